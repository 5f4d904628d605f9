"""What every test may ask for; two rules for all: stay on this machine, skip what is listed."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from storage.keys import Keys
from tests import network, postgres, secrets
from tests.spawner import Spawner

# Deadlines measure the machine, not the code; a printed blob repeats a failure anywhere.
SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile(
    "assay", deadline=None, print_blob=True, suppress_health_check=SLOW
)
hypothesis.settings.load_profile("assay")

ALLOWED_SKIPS = Path(__file__).with_name("allowed_skips.txt")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept",
        action="store_true",
        help="rewrite golden files with what the code says now; the diff is the review",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in which a test may take long begin first: at the end none leaves the other cores idle.
    A file stays together, and the rest in the order that chance gave it.
    """
    long = {each.path for each in items if each.get_closest_marker("timeout")}
    items.sort(key=lambda each: each.path not in long)


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    """Whether a golden file that differs is to be rewritten instead of failing."""
    return bool(request.config.getoption("--accept"))


@pytest.fixture(scope="session")
def forked() -> Iterator[Spawner]:
    """Where processes of the product come from that begin at once."""
    ready = Spawner()
    yield ready
    ready.ends()


@pytest.fixture(scope="session", autouse=True)
def _stay_on_this_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        network.stay_on_this_machine(patch)
        yield


@pytest.fixture(autouse=True)
def _nothing_secret_is_logged(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """No line of the log, at DEBUG, holds a token, an address or anything that somebody typed."""
    with secrets.watched(monkeypatch) as (lines, typed):
        yield
    if request.node.get_closest_marker("logs_anything") is None:
        assert secrets.found(lines, typed) == []


# Databases. A test that takes `database_url` runs twice, on an empty SQLite file and on an empty
# PostgreSQL database. Tests that want tables there override `postgres_template` in their folder's
# conftest.py: create a database with `postgres_server.create(name)`, migrate it, close every
# connection and return the name; each test then gets a copy.


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    with postgres.running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template() -> str | None:
    return None


@pytest.fixture
def postgresql_url(
    postgres_server: postgres.PostgresServer, postgres_template: str | None
) -> Iterator[str]:
    with postgres_server.database(postgres_template) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'assay.sqlite3'}"


@pytest.fixture
async def keys(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Keys]:
    """A key file of the test's own, in a folder of its own."""
    opened = await Keys.open(f"sqlite:///{tmp_path_factory.mktemp('keys') / 'keys'}")
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_url")


# In CI a skipped test fails, unless its name or its reason is a line of allowed_skips.txt.


def allowed_skips() -> dict[str, str]:
    """Test name or skip reason -> why that is all right."""
    allowed = {}
    for line in ALLOWED_SKIPS.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        what, _, why = line.partition("  # ")
        if not why.strip():
            raise pytest.UsageError(f"{ALLOWED_SKIPS.name}: no reason beside {line!r}")
        allowed[what.strip()] = why.strip()
    return allowed


def _fail_if_skipped_unlisted(report: pytest.TestReport | pytest.CollectReport) -> None:
    expected_failure = hasattr(report, "wasxfail")
    if not report.skipped or expected_failure or os.environ.get("CI") != "true":
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not {report.nodeid, reason} & allowed_skips().keys():
        report.outcome = "failed"
        report.longrepr = f"skipped, and {ALLOWED_SKIPS.name} does not list it: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    _fail_if_skipped_unlisted(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    _fail_if_skipped_unlisted(report)
    return report
