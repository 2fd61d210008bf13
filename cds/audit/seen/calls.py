"""Tokens that were seen, and how often somebody called: in a file beside the ledger that all workers of a host share.

Where the ledger is in PostgreSQL they are there too, for all hosts (`sharedcalls`).

It holds digests only, for minutes. `synchronous=NORMAL`: a commit outlives every end of a process, and a loss of power may take the
last ones (https://sqlite.org/pragma.html#pragma_synchronous). A token lives for six minutes at most, so little is lost with them.
"""

import contextlib
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from cds.audit import faults, files
from cds.audit.faults import LedgerRefused
from cds.audit.place import POSTGRESQL, SQLITE
from cds.foundation.errors import LedgerUnavailable

SUFFIX = "-calls"
APPLICATION_ID = 0x42504343
"""Marks the file as ours (`BPCC`)."""
BUSY_SECONDS = 2.0
CREATE = f"""
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
CREATE TABLE tokens (digest BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX tokens_until ON tokens (until);
CREATE TABLE counts (span INTEGER NOT NULL, digest BLOB NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (span, digest)) WITHOUT ROWID;
PRAGMA application_id = {APPLICATION_ID};
COMMIT;
"""
COUNT = "INSERT INTO counts (span, digest, seen) VALUES (?, ?, ?) ON CONFLICT (span, digest) DO UPDATE SET seen = seen + excluded.seen RETURNING seen"


class Calls(Protocol):
    """One process's hold on what was seen; safe for all its threads, opened after a fork.

    All trouble is LedgerUnavailable: nobody is let in unchecked.
    """

    def close(self) -> None:
        """Ends it; a later question raises LedgerUnavailable."""

    def first(self, issuer: str, token_id: str, *, until: int, now: int) -> bool:
        """Whether this `jti` of the issuer is seen for the first time; it is kept until that second (since 1970)."""

    def seen_in(self, key: str, span: int, times: int = 1) -> int:
        """How often `key` called in this span of time, with this call, which counts so many times; earlier spans are forgotten.

        Spans are numbered by the caller.
        """

    def seen(self, key: str, span: int) -> int:
        """How often `key` called in this span of time so far; nothing is written."""


def open_calls(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Calls:
    """What was seen beside the ledger of this address: tables in its database, or a file beside its file. Made where there is none.

    Raises LedgerUnavailable where it cannot be used.
    """
    if url.startswith(POSTGRESQL):
        from cds.audit.seen import sharedcalls  # noqa: PLC0415 - a service with a file needs no driver

        return sharedcalls.open_calls(url, busy_seconds=busy_seconds)
    path = Path(f"{url.removeprefix(SQLITE)}{SUFFIX}").absolute()
    with faults.named(path):
        _make(path)
        return FileCalls(path, busy_seconds=busy_seconds)


class FileCalls:
    """`Calls` in a file."""

    def __init__(self, path: Path, *, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = _connect(path, busy_seconds)
        self._process = os.getpid()
        self._file = files.one_id(path)

    def close(self) -> None:
        """Ends it; a later question raises LedgerUnavailable."""
        with self._turn:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def first(self, issuer: str, token_id: str, *, until: int, now: int) -> bool:
        """Whether this `jti` of the issuer is seen for the first time; it is kept until that second (since 1970)."""
        with self._writing() as connection:
            connection.execute("DELETE FROM tokens WHERE until < ?", (now,))
            return connection.execute("INSERT OR IGNORE INTO tokens (digest, until) VALUES (?, ?)", (digest(issuer, token_id), until)).rowcount == 1

    def seen_in(self, key: str, span: int, times: int = 1) -> int:
        """How often `key` called in this span of time, with this call, which counts so many times; earlier spans are forgotten.

        Spans are numbered by the caller.
        """
        with self._writing() as connection:
            connection.execute("DELETE FROM counts WHERE span < ?", (span,))
            (seen,) = connection.execute(COUNT, (span, digest(key), times)).fetchone()
            return int(seen)

    def seen(self, key: str, span: int) -> int:
        """How often `key` called in this span of time so far; nothing is written."""
        with faults.translated(), self._own_turn():
            found = self._usable().execute("SELECT seen FROM counts WHERE span = ? AND digest = ?", (span, digest(key))).fetchone()
            return int(found[0]) if found else 0

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, taken back where anything fails."""
        with faults.translated(), self._own_turn():
            connection = self._usable()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _own_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise LedgerUnavailable("More calls come in than the disk can note. Try again later.")
        try:
            yield
        finally:
            self._turn.release()

    def _usable(self) -> sqlite3.Connection:
        """The connection, if it still leads to the file: SQLite writes on into one that was deleted, and other workers would see another."""
        if self._connection is None or self._process != os.getpid():
            raise LedgerUnavailable("The file of calls was closed, or opened before a fork: the service is stopping. Ask another instance.")
        if self._file != files.one_id(self._path):
            raise LedgerUnavailable("The file of calls was moved or deleted. Restart the service; it makes another.")
        return self._connection


def _make(path: Path) -> None:
    """Makes it, unless it is there: several workers start at once, and none may see half of it."""
    files.make_folders(path.parent)
    if path.exists():
        return
    with (
        contextlib.suppress(FileExistsError),
        files.made_aside(path) as fresh,
        contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as connection,
    ):
        connection.executescript(CREATE)


def _connect(path: Path, timeout: float) -> sqlite3.Connection:
    with contextlib.ExitStack() as undo:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)
        undo.callback(connection.close)
        if _pragma(connection, "application_id") != APPLICATION_ID or _pragma(connection, "journal_mode") != "wal":
            raise LedgerRefused("This is no file of calls, or it is not on a local disk. Move it away; the service makes another.")
        connection.execute("PRAGMA synchronous = NORMAL")
        undo.pop_all()
    return connection


def _pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def digest(*words: str) -> bytes:
    """Of fixed size whatever was sent; each word is told from the next by its length."""
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    return hashlib.sha256(b"".join(len(one).to_bytes(8, "big") + one for one in encoded)).digest()
