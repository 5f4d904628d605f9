// Every page works without this file. With it, digits tick rows, the reader is taken to what is new,
// "back" of the browser goes back through the places, a lost connection is said, and words that were
// not sent are not left behind unasked.
"use strict";
(() => {
  const main = document.getElementById("card");
  if (!main || !main.querySelector("form")) return; // a page that is only read
  const form = () => main.querySelector("form");
  const place = () => form().dataset.place;
  let shown = place();
  let returning = false;
  let sending = false;

  const say = (text) => {
    const line = document.createElement("p");
    line.className = "alert";
    line.tabIndex = -1;
    line.textContent = text;
    document.getElementById("alert").replaceChildren(line);
    line.focus();
  };

  // Focus: on a refusal, else on the title of another place; on the same place it stays on its row.
  const arrive = () => {
    sending = false;
    const alert = main.querySelector(".alert");
    const moved = place() !== shown;
    shown = place();
    if (alert) alert.focus();
    else if (moved || !main.contains(document.activeElement)) main.querySelector("h1").focus();
    if (moved && !alert) window.scrollTo(0, 0);
    if (moved && !returning) history.pushState({ place: shown }, "");
    returning = false;
  };
  document.addEventListener("htmx:after:swap", arrive);

  document.addEventListener("htmx:error", () => {
    sending = false;
    say(main.dataset.offline);
  });

  document.addEventListener("submit", (event) => {
    sending = event.target === form();
  });
  window.addEventListener("beforeunload", (event) => {
    const field = document.getElementById("text");
    if (field && field.value !== field.defaultValue && !sending) event.preventDefault();
  });

  // Places have no addresses of their own: going back in the browser presses "go there".
  if (form().hasAttribute("hx-post")) history.replaceState({ place: shown }, "");
  window.addEventListener("popstate", (event) => {
    const to = event.state && event.state.place;
    if (!to || to === place() || !form().hasAttribute("hx-post")) return;
    const press = document.createElement("button");
    press.name = "press";
    press.value = `g:${to}`;
    press.hidden = true;
    form().append(press);
    returning = true;
    form().requestSubmit(press);
  });

  // Digits count only while the reader is in the card and not in a field.
  main.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
    if (event.target.closest("input, textarea")) return;
    const row = document.getElementById(`row-${event.key}`);
    if (row) row.click();
  });
})();
