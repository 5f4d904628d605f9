"""A key file and a key server do the same; what is no answer of a server is never "gone"."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import aclosing, closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.outages import tries
from storage.key_server import MOST, KeyServer
from storage.key_store import open_store
from storage.keys import KeyGone, Keys
from storage.location import KeysAwayError, KeyServerAt, SettingError
from tests import key_servers
from tests.loopback import Loopback, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.key_store import KeyStore

FIRST, SECOND, THIRD = (bytes([n]) * 32 for n in (1, 2, 3))
TODAY = 20_000


@pytest.fixture(autouse=True)
def _asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.key_server.PAUSE", 0)


@pytest.fixture(params=["file", "server"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KeyStore]:
    if request.param == "file":
        async with aclosing(await open_store(f"sqlite:///{tmp_path / 'keys'}")) as opened:
            yield opened
        return
    async with (
        key_servers.serving(tmp_path / "keys") as at,
        aclosing(await open_store(at)) as opened,
    ):
        yield opened


def bytes_of(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.glob("keys*")))


async def test_the_mark_stays_and_the_first_who_claims_it_owns_it(store: KeyStore) -> None:
    assert await store.mark() == await store.mark()
    assert await store.owner() is None

    assert await store.claim("one") == "one"
    assert await store.claim("two") == "one"

    await store.give("two")
    assert await store.owner() == "two"


async def test_a_key_that_is_put_twice_is_there_once(store: KeyStore, tmp_path: Path) -> None:
    await store.put("a", FIRST, TODAY)
    await store.put("a", FIRST, TODAY)

    assert FIRST in bytes_of(tmp_path), "on disk before it was answered"
    assert await store.read(["a", "b"]) == {"a": FIRST}
    assert await store.ids() == {"a"}


async def test_keys_are_listed_by_the_day_on_which_they_were_made(store: KeyStore) -> None:
    await store.put("a", FIRST, TODAY - 1)
    await store.put("b", SECOND, TODAY)
    await store.put("c", THIRD, TODAY + 1)

    assert await store.ids(until=TODAY) == {"a", "b"}
    assert await store.ids() == {"a", "b", "c"}


async def test_destroyed_keys_are_in_neither_file_nor_log(store: KeyStore, tmp_path: Path) -> None:
    await store.put("a", FIRST, TODAY)
    await store.put("b", SECOND, TODAY)

    assert await store.destroy(["a"])
    assert await store.destroy(["a"]), "once more changes nothing"

    assert FIRST not in bytes_of(tmp_path)
    assert SECOND in bytes_of(tmp_path)
    assert await store.read(["a"]) == {}


async def test_a_reader_keeps_the_log_from_being_tidy(store: KeyStore, tmp_path: Path) -> None:
    await store.put("a", FIRST, TODAY)
    with closing(sqlite3.connect(tmp_path / "keys", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM key").fetchone()

        assert not await store.destroy(["a"])

    assert await store.destroy(["a"])


async def test_more_ids_than_go_into_one_question_are_asked_in_turn(store: KeyStore) -> None:
    await store.put("a", FIRST, TODAY)
    many = [f"{n:032x}" for n in range(MOST + 1)]

    assert await store.read([*many, "a"]) == {"a": FIRST}
    assert await store.destroy([*many, "a"])
    assert await store.ids() == set()


async def test_a_server_that_is_away_is_an_outage_told_once_and_the_keys_are_there_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "storage")
    async with key_servers.serving(tmp_path / "keys") as at:
        keys = await Keys.open(at)
        key = await keys.new(TODAY)
        keys.forget(key)
    async with aclosing(keys):
        for ask in (keys.get(key.id), keys.new(TODAY), keys.answer()):
            with pytest.raises(KeysAwayError, match="does not answer") as failed:
                await ask
            assert tries(failed.value) is None, "it counts against nobody"

        async with key_servers.serving(tmp_path / "keys", int(at.url.rpartition(":")[2])):
            assert await keys.get(key.id) == key

        assert [each.message for each in caplog.records if each.name.startswith("storage")] == [
            "key_server_away",
            "key_server_back",
        ]
        assert key_servers.SECRET not in f"{caplog.text}{keys!r}{key!r}"
        assert key.secret.hex() not in f"{caplog.text}{keys!r}{key!r}"
        assert repr(key.secret) not in f"{keys!r}{key!r}"


async def test_nobody_else_waits_for_a_server_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.key_server.PATIENCE", 0.2)
    monkeypatch.setattr("storage.key_server.PAUSE", 3_600)
    asked = 0

    async def hangs(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await gone.wait()
        writer.close()

    gone = asyncio.Event()
    async with key_servers.serving(tmp_path / "keys") as at:
        store = await open_store(at)
    port = int(at.url.rpartition(":")[2])
    async with aclosing(store), await asyncio.start_server(hangs, "127.0.0.1", port):
        for _ in range(9):
            with pytest.raises(KeysAwayError, match="does not answer"):
                await store.read(["a"])
        gone.set()
    assert asked == 1


async def test_which_keys_there_are_is_told_without_them(store: KeyStore) -> None:
    await store.put("a", FIRST, TODAY)

    assert await store.there(["a", "b"]) == {"a"}
    assert await store.there([]) == set()


async def test_a_server_that_came_back_with_another_file_is_away_and_no_key_is_gone(
    tmp_path: Path,
) -> None:
    async with key_servers.serving(tmp_path / "keys") as at:
        keys = await Keys.open(at)
        key = await keys.new(TODAY)
        keys.forget(key)
    async with (
        aclosing(keys),
        key_servers.serving(tmp_path / "another", int(at.url.rpartition(":")[2])),
    ):
        for ask in (keys.get(key.id), keys.new(TODAY)):
            with pytest.raises(KeysAwayError, match="has another key file than before"):
                await ask


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response(200, b"{}"), "has another key file than before"),
        (Response(503, b"busy"), "answers 503"),
        (Response(302, b""), "answers 302"),
        (None, "does not answer"),
    ],
    ids=["something else", "busy", "elsewhere", "hangs up"],
)
async def test_what_is_no_answer_of_the_server_is_no_key_that_is_gone(
    tmp_path: Path, answer: Response | None, said: str
) -> None:
    async def other(_: object) -> Response | None:
        return answer

    async with key_servers.serving(tmp_path / "keys") as at:
        keys = await Keys.open(at)
        key = await keys.new(TODAY)
        keys.forget(key)
    loopback = Loopback(other)
    await loopback.start(int(at.url.rpartition(":")[2]))
    async with aclosing(keys):
        with pytest.raises(KeysAwayError, match=said):
            await keys.get(key.id)
    await loopback.stop()


async def test_what_never_was_a_key_server_is_told_from_one(tmp_path: Path) -> None:
    async def other(_: object) -> Response:
        return Response(200, b"<html>")

    loopback = Loopback(other)
    await loopback.start()
    with pytest.raises(KeysAwayError, match="answers no sense"):
        await KeyServer.open(KeyServerAt(f"http://127.0.0.1:{loopback.port}", key_servers.SECRET))
    await loopback.stop()


async def test_a_key_that_is_gone_from_the_server_is_gone(tmp_path: Path) -> None:
    async with (
        key_servers.serving(tmp_path / "keys") as at,
        aclosing(await Keys.open(at)) as keys,
    ):
        with pytest.raises(KeyGone):
            await keys.get("none")


async def test_a_wrong_secret_is_a_wrong_setting(tmp_path: Path) -> None:
    async with key_servers.serving(tmp_path / "keys") as at:
        with pytest.raises(SettingError, match=r"refuses database\.keys_secret") as refused:
            await open_store(replace(at, secret=key_servers.SECRET[:-1] + "x"))

    assert refused.value.setting == "database.keys_secret"


async def test_a_certificate_is_believed_only_where_somebody_vouches_for_it(
    tmp_path: Path,
) -> None:
    certificate, private = key_servers.certified(tmp_path)
    more = {"ssl_certfile": str(certificate), "ssl_keyfile": str(private)}
    async with key_servers.serving(tmp_path / "keys", **more) as at:
        async with aclosing(await open_store(replace(at, ca=str(certificate)))) as store:
            await store.put("a", FIRST, TODAY)
            assert await store.read(["a"]) == {"a": FIRST}

        with pytest.raises(KeysAwayError, match="a certificate that is not trusted here"):
            await open_store(at)
        with pytest.raises(SettingError, match=r"none is no file of certificates: No such file"):
            await open_store(replace(at, ca="none"))
        with pytest.raises(SettingError, match="is no file of certificates"):
            await open_store(replace(at, ca=str(private)))
