"""Whole interviews at the pages, over HTTP and with the database, by people with and without
JavaScript.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import tempfile
import time
import tomllib
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.speed.browser import Browser, Page, loaded, read
from tests.benchmarks.speed.contenders import ASSAY
from tests.benchmarks.speed.ledger import percentile
from tests.benchmarks.speed.measuring import READY, wait
from tests.benchmarks.speed.people import DECLINES, ONWARD, OVER, TICKS
from tests.benchmarks.speed.processes import cores, running, standing_in
from tests.benchmarks.speed.scenarios import scenario
from tests.benchmarks.speed.tables import Bound, bounds, short, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.speed.processes import Process
    from tests.benchmarks.speed.scenarios import Wish

INTERVIEWS = 200
AT_ONCE = 64
PACE = 50
"""Requests a second, for the answers' p95."""


@contextmanager
def pages() -> Iterator[tuple[int, Process]]:
    """The product with its pages open, and the Telegram door too: its port, and its process."""
    with tempfile.TemporaryDirectory() as name, standing_in() as api:
        folder = Path(name)
        words, environment = ASSAY.command(folder, api.base_url, "polling")
        port = tomllib.loads((folder / "config.toml").read_text("utf-8"))["web"]["port"]
        with running(words, folder / "log", cores()[0], environment) as process:
            wait(lambda: api.told()["ready"] is not None, READY, "the pages do not open")
            yield port, process


async def interview(browser: Browser, number: int) -> list[str]:
    """Walk the survey from the front page to its end; what was typed."""
    said: list[str] = []
    prompts = count(1)
    page = read((await browser.get("/")).body.decode())
    while not (OVER in page.buttons and "Send" not in page.buttons):
        words, sends = None, ""
        if _asks_for_words(page) and next(prompts) % 2 == 0:
            words = f"words {len(said)} of visitor {number}"
            said.append(words)
        else:
            sends = _next(page)
        page = read(await browser.press(page, sends, words))
    browser.close()
    return said


def _asks_for_words(page: Page) -> bool:
    return page.words is not None and any(each in page.buttons for each in DECLINES)


def _next(page: Page) -> str:
    chosen = sum(marked for _, marked in page.rows)
    if page.rows and chosen < TICKS and not (chosen and _is_single(page)):
        return next(sends for sends, marked in page.rows if not marked)
    for label in ONWARD:
        if label in page.buttons:
            return page.buttons[label]
    return page.lines[0]


def _is_single(page: Page) -> bool:
    return any(sends.startswith("c:") for sends, _ in page.rows)


async def together(port: int, interviews: int, at_once: int, *, htmx: bool) -> list[float]:
    """So many interviews, so many at a time; how long each answer took."""
    waits: list[float] = []
    numbers = iter(range(interviews))

    async def one_after_the_other() -> None:
        for number in numbers:
            await interview(Browser(port, htmx=htmx, waits=waits), number)

    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    return waits


async def paced(port: int, seconds: float, *, htmx: bool) -> list[float]:
    """Requests at a steady pace, of many interviews side by side; how long each answer took."""
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    due = loop.time()

    async def turn() -> None:
        nonlocal due
        due += 1 / PACE
        await asyncio.sleep(due - loop.time())

    async def for_ever() -> None:
        for number in count():
            await interview(Browser(port, htmx=htmx, turn=turn, waits=waits), number)

    people = [asyncio.create_task(for_ever()) for _ in range(AT_ONCE)]
    failed, _ = await asyncio.wait(people, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for each in failed:
        each.result()
    for each in people:
        each.cancel()
    await asyncio.gather(*people, return_exceptions=True)
    return waits


async def first_page(port: int) -> tuple[int, int]:
    """Bytes of the first page and of all that it loads: as they come, and packed by gzip."""
    browser = Browser(port, htmx=False)
    home = await browser.get("/")
    html = gzip.decompress(home.body) if _is_packed(home.head) else home.body
    parts = [home, *[await browser.get(each) for each in loaded(html.decode())]]
    browser.close()
    plain = sum(len(each.head) + len(each.body) for each in parts)
    packed = sum(
        len(each.head) + len(each.body if _is_packed(each.head) else gzip.compress(each.body))
        for each in parts
    )
    return plain, packed


def _is_packed(head: bytes) -> bool:
    return b"content-encoding: gzip" in head.lower()


def _way(*, htmx: bool) -> str:
    return "htmx" if htmx else "no JavaScript"


@scenario("web", "200 whole interviews at the pages, 64 at once, with the database")
def web(wish: Wish) -> str:
    """The pages, as browsers ask for them; ``--interviews`` for fewer."""
    os.sched_setaffinity(0, cores()[1])
    rows, found = [], []
    interviews = wish.interviews or INTERVIEWS
    for htmx in (False, True):
        took, cpu, waits, paces = [], [], [], []
        for _ in range(wish.rounds):
            with pages() as (port, process):
                size, packed = asyncio.run(first_page(port))
                before, began = process.cpu(), time.perf_counter()
                waits += asyncio.run(together(port, interviews, wish.users or AT_ONCE, htmx=htmx))
                took.append(time.perf_counter() - began)
                cpu.append(process.cpu() - before)
                paces += asyncio.run(paced(port, wish.seconds, htmx=htmx))
        requests = len(waits) / wish.rounds
        steady = 1000 * percentile(sorted(paces), 95)
        rows.append(
            [
                _way(htmx=htmx), short(median(took)),
                f"{requests:,.0f}", short(1000 * median(cpu) / requests),
                " / ".join(short(1000 * percentile(sorted(waits), each)) for each in (50, 95, 99)),
                " / ".join(short(1000 * percentile(sorted(paces), each)) for each in (50, 95, 99)),
            ]
        )  # fmt: skip
        found += [
            Bound(f"{interviews} interviews, {_way(htmx=htmx)}", median(took), 5, unit=" s"),
            Bound(f"answer p95 at {PACE}/s, {_way(htmx=htmx)}", steady, 50, unit=" ms"),
        ]
    found.append(Bound(f"first page (gzip: {packed / 1000:.1f} kB)", size / 1000, 80, unit=" kB"))
    head = ["people", f"{interviews} interviews s", "requests", "CPU ms/request",
            "answer p50 / p95 / p99 ms, 64 at once", f"the same at {PACE} requests/s"]  # fmt: skip
    return f"{table(head, rows)}\n\n{bounds(found)}"
