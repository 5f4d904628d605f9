"""Reads pages as somebody does whose browser runs no scripts: sees labels, presses, writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


@dataclass
class Control:
    """A button, a link or a field: what it shows, and its attributes."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def label(self) -> str:
        """What it says, with the spaces of a browser."""
        return " ".join(self.text.split())


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.controls: list[Control] = []
        self.open: list[Control] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        control = Control(tag, {name: value or "" for name, value in attrs})
        self.controls.append(control)
        if tag not in {"input", "meta", "link", "path"}:
            self.open.append(control)

    def handle_endtag(self, tag: str) -> None:
        if tag in {each.tag for each in self.open}:
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        for control in self.open:
            control.text += data


@dataclass
class Sheet:
    """One page as read."""

    html: str
    controls: list[Control] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        reading = _Reading()
        reading.feed(self.html)
        self.controls, self.text = reading.controls, " ".join("".join(reading.text).split())

    def all(self, tag: str, **attributes: str) -> list[Control]:
        """The elements of this kind with these attributes, in the order of the page."""
        return [
            each
            for each in self.controls
            if each.tag == tag and attributes.items() <= each.attributes.items()
        ]

    def one(self, tag: str, **attributes: str) -> Control:
        """The only element of this kind with these attributes."""
        (found,) = self.all(tag, **attributes)
        return found

    def alert(self) -> str:
        """What the page says went wrong."""
        return self.one("div", role="alert").label

    def hidden(self) -> dict[str, str]:
        """The hidden fields of the card's form."""
        fields = self.all("input", type="hidden")
        return {
            each.attributes["name"]: each.attributes["value"]
            for each in fields
            if each.attributes["name"] != "path"
        }

    def code(self, label: str) -> str:
        """What the button with this label, or this beginning of one, presses."""
        buttons = self.all("button", name="press")
        exact = [each for each in buttons if each.label == label]
        found = exact or [each for each in buttons if each.label.startswith(label)]
        return found[0].attributes["value"]


class Reader:
    """Somebody with a browser without scripts."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = Sheet("")
        self.answer: httpx.Response | None = None

    async def looks(self, path: str = "/", **headers: str) -> Sheet:
        return self._read(await self.client.get(path, headers=headers, follow_redirects=True))

    async def presses(self, label: str) -> Sheet:
        return await self.sends(press=self.page.code(label))

    async def writes(self, text: str) -> Sheet:
        return await self.sends(press="", text=text)

    async def sends(self, **fields: str) -> Sheet:
        """Send the form that is on the page, with these fields."""
        data = {**self.page.hidden(), **fields}
        return self._read(await self.client.post("/press", data=data, follow_redirects=True))

    async def swaps(self, **fields: str) -> Sheet:
        """The same as htmx does it."""
        data = {**self.page.hidden(), **fields}
        return self._read(
            await self.client.post("/press", data=data, headers={"HX-Request": "true"})
        )

    def _read(self, answer: httpx.Response) -> Sheet:
        self.answer = answer
        self.page = Sheet(answer.text)
        return self.page
