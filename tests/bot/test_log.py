from __future__ import annotations

import ast
import asyncio
import io
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import bot
from bot import log
from bot.channels import Incoming, Typed
from tests import secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Written = Callable[[], str]

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET = "what Anna said"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, "bot", "storage", "flows")]
    before = [(each, each.handlers, each.level) for each in loggers]
    yield
    for each, handlers, level in before:
        each.handlers, each.level = handlers, level
    logging.root.manager._clear_cache()


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Written:
    """What was written so far, at the lowest level, to standard error."""
    standard_error = io.StringIO()
    monkeypatch.setattr(sys, "stderr", standard_error)
    log.configure("debug", request.param)
    return standard_error.getvalue


def fail() -> None:
    raise ValueError(SECRET)


def test_a_line_is_an_event_and_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info", "json")

    logging.getLogger("bot.app").warning("set_aside", extra={"reason": "malformed", "count": 3})

    line = json.loads(capsys.readouterr().err)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "set_aside",
        "level": "warning",
        "logger": "bot.app",
        "reason": "malformed",
        "count": 3,
    }


@pytest.mark.parametrize("field", ["text", "participant", "address", "token", "_answer", "title"])
def test_a_field_that_is_not_allowed_is_left_out(written: Written, field: str) -> None:
    logging.getLogger("bot.visit").warning("taken", extra={field: SECRET, "count": 1})

    said = written()
    assert "taken" in said
    assert "count" in said
    assert SECRET not in said
    assert field not in said


def test_of_an_exception_only_its_type_is_written(written: Written) -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("bot.visit").exception("failed")

    said = written()
    assert "ValueError" in said
    assert SECRET not in said
    assert "Traceback" not in said


def test_what_fills_a_librarys_message_is_left_out(written: Written) -> None:
    logging.getLogger("sqlalchemy.pool").error("Cannot store %r", SECRET)

    said = written()
    assert "Cannot store" in said
    assert SECRET not in said


async def test_a_task_that_nobody_waited_for_tells_its_type_alone(written: Written) -> None:
    failed = asyncio.ensure_future(asyncio.to_thread(fail))
    await asyncio.wait([failed])

    asyncio.get_running_loop().call_exception_handler(
        {
            "message": "Task exception was never retrieved",
            "exception": failed.exception(),
            "future": failed,
        }
    )

    said = written()
    assert "Task exception was never retrieved" in said
    assert "ValueError" in said
    assert SECRET not in said


def test_a_stack_is_not_written(written: Written) -> None:
    logging.getLogger("bot").warning("here", stack_info=True)

    assert "test_log.py" not in written()


@pytest.mark.parametrize("level", ["debug", "info", "warning"])
def test_a_call_to_telegram_does_not_write_its_token(
    capsys: pytest.CaptureFixture[str], level: str
) -> None:
    log.configure(level, "console")
    answers = httpx.MockTransport(lambda _: httpx.Response(200, json={"ok": True}))

    with httpx.Client(transport=answers) as client:
        client.get(f"https://api.telegram.org/bot{TOKEN}/getMe")

    assert capsys.readouterr().err == ""


def test_a_librarys_message_does_not_hold_a_token_even_if_it_is_let_through(
    written: Written,
) -> None:
    logging.getLogger("httpx").setLevel(logging.INFO)
    answers = httpx.MockTransport(lambda _: httpx.Response(200, json={"ok": True}))

    try:
        with httpx.Client(transport=answers) as client:
            client.get(f"https://api.telegram.org/bot{TOKEN}/getMe")
    finally:
        logging.getLogger("httpx").setLevel(logging.NOTSET)

    said = written()
    assert "HTTP Request" in said
    assert TOKEN not in said


@pytest.mark.parametrize(("level", "lines"), [("info", 2), ("warning", 1), ("error", 0)])
def test_our_own_lines_are_written_from_the_configured_level_on(
    capsys: pytest.CaptureFixture[str], level: str, lines: int
) -> None:
    log.configure(level, "json")

    logging.getLogger("bot.app").debug("detail")
    logging.getLogger("bot.app").info("ready")
    logging.getLogger("storage").warning("slow")
    logging.getLogger("alembic").info("Running upgrade")

    assert len(capsys.readouterr().err.splitlines()) == lines


def test_configured_twice_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info", "json")
    log.configure("info", "json")

    logging.getLogger("bot.app").info("ready")

    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.logs_anything
@pytest.mark.parametrize(
    "said", ["这是我自己写的一段意见", 'they say "never again" here', "Zürich wäre besser"]
)
async def test_the_watch_knows_a_text_however_a_line_writes_it(talk, said: str) -> None:
    with pytest.MonkeyPatch.context() as patch, secrets.watched(patch) as (lines, typed):
        await talk.take([Incoming("web", "1", Typed(said))])
        logging.getLogger("bot.here").debug("leaks", extra={"reason": said})

    assert secrets.found(lines, typed) == [said]


@pytest.mark.logs_anything
async def test_the_watch_over_every_test_finds_a_text_a_token_and_an_address(talk) -> None:
    with pytest.MonkeyPatch.context() as patch, secrets.watched(patch) as (lines, typed):
        await talk.take([Incoming("web", "1", Typed("a secret comment of mine"))])
        for said in ("a secret comment of mine", "t" * 43, "anna@example.org", "4242:" + "x" * 35):
            logging.getLogger("bot.here").debug("leaks", extra={"reason": said})

    assert typed == {"a secret comment of mine"}
    assert {each.split('"')[0] for each in secrets.found(lines, typed)} >= {
        "a secret comment of mine", "t" * 43, "anna@example.org", "4242:" + "x" * 35,
    }  # fmt: skip


# Every field that the code hands in.


def handed_in() -> set[str]:
    """The names of all fields of all lines, from the source."""
    root = Path(bot.__file__).parent.parent
    found: set[str] = set()
    for path in (*root.glob("bot/**/*.py"), *root.glob("storage/**/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        functions = {at.name: at for at in ast.walk(tree) if isinstance(at, ast.FunctionDef)}
        for call in (at for at in ast.walk(tree) if isinstance(at, ast.Call)):
            on = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(on, ast.Name) and on.id == "log":
                for each in (word.value for word in call.keywords if word.arg == "extra"):
                    found |= fields(each, functions)
    return found


def fields(handed: ast.expr, functions: dict[str, ast.FunctionDef]) -> set[str]:
    """Those of a dictionary as it stands there, or of a function beside it that makes one."""
    if isinstance(handed, ast.Call) and isinstance(handed.func, ast.Name):
        made = functions[handed.func.id].body[-1]
        assert isinstance(made, ast.Return)
        return fields(made.value, functions)
    assert isinstance(handed, ast.Dict), ast.unparse(handed)
    return {ast.literal_eval(key) for key in handed.keys}


def test_every_field_that_is_handed_in_is_allowed_and_no_other_one() -> None:
    assert handed_in() == log.FIELDS
