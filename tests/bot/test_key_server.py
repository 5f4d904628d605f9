"""Whoever brings the secret may use the keys; whoever does not is told nothing."""

from __future__ import annotations

import asyncio
import signal
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette

from bot import outages
from bot.channels.telegram_intake import Intake
from bot.channels.telegram_updates import NotNowError
from bot.conversation import Conversation
from bot.health import Health
from bot.key_server import LONGEST
from bot.vitals import Vitals
from storage.key_server import FILE
from storage.keys import Keys
from tests import key_servers
from tests.bot.test_cli import SURVEY, Assay, assay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.house import House
    from storage.database import Database
    from storage.location import KeyServerAt

__all__ = ["assay"]

KNOWN = {"Authorization": f"Bearer {key_servers.SECRET}"}
KEY = "0f" * 32


@pytest.fixture(autouse=True)
def _asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.key_server.PAUSE", 0)


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[KeyServerAt]:
    async with key_servers.serving(tmp_path / "keys") as server:
        yield server


@pytest.fixture
async def client(at: KeyServerAt) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=at.url, trust_env=False) as opened:
        yield opened


@pytest.mark.parametrize("what", ["mark", "put", "no-such-thing", ""])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": key_servers.SECRET},
        {"Authorization": f"Bearer {key_servers.SECRET[:-1]}"},
        {"Authorization": f"Bearer {key_servers.SECRET}x"},
        {"Authorization": "Bearer \u00e9"},
    ],
    ids=["none", "bare", "shorter", "longer", "odd"],
)
async def test_without_the_secret_nothing_is_said(
    client: httpx.AsyncClient, what: str, headers: dict[str, str]
) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    for answer in (
        await client.post(f"/{what}", headers=encoded, json={}),
        await client.get(f"/{what}", headers=encoded),
    ):
        assert (answer.status_code, answer.content) == (403, b"")
        assert FILE not in answer.headers


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("put", {"id": "a", "secret": KEY[:-1], "day": 1}),
        ("put", {"id": "a", "secret": KEY, "day": "1"}),
        ("put", {"id": "a" * 33, "secret": KEY, "day": 1}),
        ("put", {"secret": KEY, "day": 1}),
        ("read", {"ids": "a"}),
        ("claim", {"own": ""}),
        ("mark", {"more": 1}),
        ("mark", []),
    ],
)
async def test_nonsense_is_refused_and_not_repeated(
    client: httpx.AsyncClient, what: str, asked: object
) -> None:
    answer = await client.post(f"/{what}", headers=KNOWN, json=asked)

    assert (answer.status_code, answer.content) == (400, b"")
    assert (await client.post("/ids", headers=KNOWN, json={"until": None})).json() == []


async def test_there_is_nothing_else_to_ask(client: httpx.AsyncClient) -> None:
    assert (await client.post("/keys", headers=KNOWN, json={})).status_code == 404


async def test_what_is_too_long_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    answer = await client.post("/read", headers=KNOWN, content=b"x" * (LONGEST + 1))

    assert answer.status_code == 413


async def test_an_instance_that_means_another_key_file_changes_nothing(
    client: httpx.AsyncClient,
) -> None:
    headers = KNOWN | {FILE: "another"}

    answer = await client.post("/claim", headers=headers, json={"own": "mine"})

    assert answer.status_code == 409
    assert (await client.post("/owner", headers=KNOWN, json={})).json() is None


# An instance.


@pytest.fixture
def updates() -> Iterator[dict[str, object]]:
    """What somebody writes, anew each time."""

    def written() -> Iterator[dict[str, object]]:
        person = {"id": 7, "is_bot": False, "first_name": "A"}
        chat = {"id": 7, "type": "private"}
        for number, words in enumerate(("/start", "1", "Start", "1"), 1):
            message = {"message_id": number, "date": 0, "chat": chat, "from": person}
            yield {"update_id": number, "message": message | {"text": words}}

    return written()


async def test_while_the_server_is_away_a_press_is_told_to_come_again_and_taken_when_it_is_back(
    house: House, database: Database, tmp_path: Path, updates: Iterator[dict[str, object]]
) -> None:
    aside: list[int] = []

    async def set_aside(number: int, _: str) -> None:
        aside.append(number)

    async def answer(*_: object, **__: object) -> None:
        """Nobody waits for it."""

    async with key_servers.serving(tmp_path / "keys") as at:
        keys = await Keys.open(at)
        await keys.belong(database)
    async with aclosing(keys):
        talk = Conversation(replace(house, keys=keys), database)
        intake = Intake(talk.take, set_aside, answer, tries=outages.tries)
        first = await _first_that_needs_a_key(intake, updates)
        for _ in range(outages.PATIENCE + 1):
            with pytest.raises(NotNowError):
                await intake.receive([first])

        async with key_servers.serving(tmp_path / "keys", int(at.url.rpartition(":")[2])):
            for each in (first, *updates):
                await intake.receive([each])
            shown = await talk.current("telegram", "7")
            assert len(await keys._store.ids()) == 1, "the key of the draft"

    assert any(row.marked for row in shown.card.rows)
    assert aside == []


async def _first_that_needs_a_key(
    intake: Intake, updates: Iterator[dict[str, object]]
) -> dict[str, object]:
    for each in updates:
        try:
            await intake.receive([each])
        except NotNowError:
            return each
    raise AssertionError


async def test_that_the_server_is_away_is_told_and_sends_nobody_to_another_instance(
    database: Database, universe, tmp_path: Path
) -> None:
    async with key_servers.serving(tmp_path / "keys") as at:
        keys = await Keys.open(at)
        routes = Health(Vitals(), database, universe, keys).routes(metrics=False)
        transport = httpx.ASGITransport(Starlette(routes=routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://assay.test") as client:
            before = await client.get("/readyz")
            assert before.json()["keys"] == "ok"
    async with httpx.AsyncClient(transport=transport, base_url="http://assay.test") as client:
        answer = await client.get("/readyz")
        assert answer.json()["keys"] == "failing"
        assert answer.status_code == before.status_code
        assert (await client.get("/healthz")).status_code == 200, "the process itself is well"
    await keys.aclose()


# The commands.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The key server's own."""
    found = tmp_path / "key server"
    found.mkdir()
    return found


def told(server: key_servers.Server, **more: str) -> dict[str, str]:
    """What an instance's settings say."""
    named = {
        "ASSAY_DATABASE__KEYS": server.told,
        "ASSAY_DATABASE__KEYS_SECRET": key_servers.SECRET,
        "ASSAY_LOG__LEVEL": "debug",
    }
    return named | more


async def test_commands_work_through_the_server_and_no_log_has_a_key(
    assay: Assay, folder: Path
) -> None:
    async with key_servers.running(folder) as server:
        here = told(server)
        said = [
            await asyncio.to_thread(assay, *args, typed=typed, **here)
            for args, typed in [
                (("check",), ""),
                (("chat", SURVEY), "Start\n1\n"),
                (("backup", "copy"), ""),
                (("check",), ""),
                (("restore", "copy", "--yes"), ""),
                (("db", "rekey", "--yes"), ""),
                (("chat", SURVEY), ""),
            ]
        ]
        secrets = [each.hex() for each in await _keys_in(folder)]
        code, log = await server.ends()

    assert code == 0
    assert secrets
    everything = log + "".join(each.stdout + each.stderr for each in said)
    assert [each for each in (*secrets, key_servers.SECRET) if each in everything] == []
    assert "ready" in log
    assert "stopped" in log
    assert "no findings" in said[3].stdout
    assert "deleted: 0 drafts, 0 responses" in said[4].stdout
    assert " 1 [x] " in said[-1].stdout, "the draft is opened with the key of before"
    assert not list(assay.folder.glob("*.keys*"))


async def _keys_in(folder: Path) -> list[bytes]:
    async with key_servers.opened(folder / "keys") as file:
        return list((await file.read(sorted(await file.ids()))).values())


async def test_a_database_is_moved_together_with_the_server_of_its_keys(
    assay: Assay, folder: Path, postgresql_url: str
) -> None:
    async with key_servers.running(folder) as server:
        here = told(server)
        there = here | {"ASSAY_DATABASE__URL": postgresql_url}
        await asyncio.to_thread(assay, "chat", SURVEY, typed="Start\n1\n", **here)
        moved = await asyncio.to_thread(assay, "db", "move", postgresql_url, **here)
        refused = await asyncio.to_thread(assay, "check", exits=78, **here)
        gone_on = await asyncio.to_thread(assay, "chat", SURVEY, **there)

    assert f'database.keys to "{server.told}"' in moved.stdout
    assert f"what {server.told} serves is the key file of another database" in refused.stdout
    assert " 1 [x] " in gone_on.stdout


@pytest.mark.parametrize("command", ["check", "run", "chat", "rekey"])
def test_a_server_that_is_away_is_one_line_and_not_a_wrong_setting(
    assay: Assay, command: str, unused_tcp_port: int
) -> None:
    args = {"chat": ("chat", SURVEY), "rekey": ("db", "rekey", "--yes")}.get(command, (command,))
    url = f"http://127.0.0.1:{unused_tcp_port}"
    assay("db", "upgrade")

    said = assay(
        *args, exits=1, ASSAY_DATABASE__KEYS=url, ASSAY_DATABASE__KEYS_SECRET=key_servers.SECRET,
        ASSAY_LOG__LEVEL="error",
    )  # fmt: skip

    (line,) = (said.stdout + said.stderr).splitlines()
    assert line == f"the key server {url} does not answer: ClientConnectorError"


async def test_a_wrong_secret_is_found_where_it_is_written(assay: Assay, folder: Path) -> None:
    async with key_servers.running(folder) as server:
        wrong = told(server, ASSAY_DATABASE__KEYS_SECRET="x" * 32, ASSAY_LOG__LEVEL="error")
        checked = await asyncio.to_thread(assay, "check", exits=78, **wrong)
        refused = await asyncio.to_thread(assay, "run", exits=78, **wrong)

    for said in (checked.stdout, refused.stderr):
        assert said == (
            f"ASSAY_DATABASE__KEYS_SECRET: the key server {server.told} refuses"
            " database.keys_secret; write the one that the server was given\n"
        )


async def test_a_second_server_on_a_file_is_refused_and_the_first_goes_on(
    assay: Assay, folder: Path
) -> None:
    async with key_servers.running(folder) as server:
        said = await asyncio.to_thread(
            assay.refuses, "keys", "serve", exits=1,
            ASSAY_DATABASE__KEYS=f"sqlite:///{folder}/keys",
            ASSAY_DATABASE__KEYS_SECRET=key_servers.SECRET, ASSAY_KEY_SERVER__PORT="0",
        )  # fmt: skip
        assert said == (
            f"the key file {folder}/keys is served by a key server;"
            " stop that one first, or name another file"
        )
        assert (await server.ends(signal.SIGINT))[0] == 0


async def test_a_file_that_is_served_is_given_to_no_other_database(
    assay: Assay, folder: Path
) -> None:
    file = {"ASSAY_DATABASE__KEYS": f"sqlite:///{folder}/keys"}
    await asyncio.to_thread(assay, "db", "upgrade")
    async with key_servers.running(folder):
        said = await asyncio.to_thread(assay.refuses, "db", "rekey", "--yes", exits=1, **file)
    assert said == (
        f"the key file {folder}/keys is served by a key server;"
        " stop that one first, or name another file"
    )
    await asyncio.to_thread(assay, "db", "rekey", "--yes", **file)


async def test_it_speaks_https_with_its_certificate(assay: Assay, folder: Path) -> None:
    certificate, private = key_servers.certified(folder)
    more = {
        "ASSAY_KEY_SERVER__CERTIFICATE": str(certificate),
        "ASSAY_KEY_SERVER__PRIVATE_KEY": str(private),
    }
    async with key_servers.running(folder, **more) as server:
        assert server.told.startswith("https://127.0.0.1:")
        trusted = told(server, ASSAY_DATABASE__KEYS_CA=str(certificate))
        await asyncio.to_thread(assay, "check", **trusted)
        said = await asyncio.to_thread(assay, "check", exits=1, **told(server))

    assert "shows a certificate that is not trusted here" in said.stdout


@pytest.mark.parametrize(
    ("changed", "place", "said"),
    [
        ({"ASSAY_DATABASE__KEYS": "https://k.example.org"}, "DATABASE__KEYS", "write its file"),
        ({"ASSAY_DATABASE__KEYS_SECRET": ""}, "DATABASE__KEYS_SECRET", "is empty"),
        ({"ASSAY_DATABASE__KEYS": "sqlite:///none/keys"}, "DATABASE__KEYS", "none is no folder"),
        (
            {"ASSAY_KEY_SERVER__CERTIFICATE": "a", "ASSAY_KEY_SERVER__PRIVATE_KEY": "b"},
            "KEY_SERVER__CERTIFICATE",
            "cannot be used: No such file or directory",
        ),
    ],
    ids=["a server", "no secret", "no folder", "no certificate"],
)
def test_what_cannot_be_served_is_one_line_with_its_place(
    assay: Assay, changed: dict[str, str], place: str, said: str
) -> None:
    whole = {
        "ASSAY_DATABASE__KEYS": "sqlite:///keys",
        "ASSAY_DATABASE__KEYS_SECRET": key_servers.SECRET,
        "ASSAY_KEY_SERVER__PORT": "0",
    }
    line = assay.refuses("keys", "serve", exits=78, **whole | changed)

    assert place in line
    assert said in line
    assert not (assay.folder / "keys").exists()
