// Everything works without this file. With it: digits tick rows, and after a swap the reader is
// taken to the top of the new card.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
  const row = document.querySelector(`#card [data-number="${event.key}"]`);
  if (row) row.click();
});

document.addEventListener("htmx:after:swap", () => {
  const card = document.getElementById("card");
  if (!card) return;
  document.title = card.dataset.title;
  document.documentElement.lang = card.lang;
  const alarm = card.querySelector("[role=alert]");
  const kept = sessionStorage.getItem("pressed");
  const again = kept && card.dataset.place === sessionStorage.getItem("place")
    ? card.querySelector(`[data-number="${kept}"]`) : null;
  const heading = card.querySelector("h1");
  (alarm || again || heading).focus();
  if (!again) window.scrollTo(0, 0);
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-number]");
  const card = document.getElementById("card");
  sessionStorage.setItem("pressed", row ? row.dataset.number : "");
  sessionStorage.setItem("place", card ? card.dataset.place : "");
});
