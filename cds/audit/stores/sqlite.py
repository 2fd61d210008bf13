"""The ledger in a file of SQLite: opened durable or not at all, and watched that it is still the same file.

Write-ahead logging with `synchronous=FULL`: a commit returns after its bytes were synced (https://sqlite.org/pragma.html#pragma_synchronous).
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.pool import NullPool

from cds.audit import faults, files
from cds.audit.faults import LedgerAbsent, LedgerRefused
from cds.audit.files import FileIds
from cds.audit.stores import sqlitefile
from cds.audit.stores.snapshots import Snapshot, Transaction
from cds.foundation.errors import LedgerUnavailable

MOVED = "The audit ledger's file was moved or deleted while it was written. Put it back."


@dataclass(frozen=True)
class _Writer:
    """A connection that may write, and which files it has open: those that had the ledger's names at the time."""

    connection: Connection
    path: Path
    process: int
    ids: FileIds

    def of_this_process(self) -> bool:
        """Whether it was opened here: SQLite's connections must not be carried over a fork, not even to be closed."""
        return self.process == os.getpid()

    def in_place(self) -> bool:
        """Whether the ledger's names still lead to the open files: SQLite itself writes on into a file that was deleted."""
        return self.ids == files.ids(self.path)


def open_store(path: Path, *, create: bool, busy_seconds: float, least_free: int) -> "SqliteStore":
    """The store at this path, made with its folders where `create` says so. Raises LedgerRefused for a file that is no ledger of this form."""
    if path.is_dir():
        raise LedgerRefused("This is a folder. Name a file in it.")
    if create:
        sqlitefile.make(path, timeout=busy_seconds)
    elif not path.exists():
        raise LedgerAbsent("There is no ledger here. Name the one that the service writes.")
    store = SqliteStore(path, busy_seconds=busy_seconds, least_free=least_free)
    with store.reading():
        return store


def migrate(path: Path, *, busy_seconds: float) -> bool:
    """Brings the tables of a ledger of this form to the newest revision; whether there was anything to do."""
    from cds.audit.stores.migrations import running  # noqa: PLC0415 - Alembic is needed only here

    engine = sqlalchemy.create_engine("sqlite://", poolclass=NullPool, creator=lambda: sqlitefile.connect_to_any_revision(path, timeout=busy_seconds))
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return running.run(connection)


class SqliteStore:
    """One process's hold on a file (`Store`)."""

    def __init__(self, path: Path, *, busy_seconds: float, least_free: int) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._least_free = least_free
        self._turn = threading.Lock()
        self._readers, self._writers = self._engine("ro"), self._engine("rw")
        self._writer: _Writer | None = None
        self._to_wipe = files.size(files.wal(path)) > 0
        self._closed = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """A snapshot, on a connection of its own that cannot write."""
        with faults.translated():
            if self._closed:
                raise _closed()
            with self._readers.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                yield Snapshot(connection, sqlitefile.problems)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction; when it ends, it is durable in the file that has the ledger's name, or LedgerUnavailable was raised."""
        with faults.translated(), self._own_turn(), contextlib.ExitStack() as undo:
            undo.callback(self._drop_writer)
            writer = self._current_writer()
            writer.connection.exec_driver_sql("BEGIN IMMEDIATE")
            transaction = Transaction(writer.connection, sqlitefile.problems)
            yield transaction
            writer.connection.commit()
            if not writer.in_place():
                raise LedgerUnavailable(MOVED)
            self._to_wipe = self._to_wipe or transaction.destroyed
            if self._to_wipe:
                self._to_wipe = not sqlitefile.wipe(writer.connection, timeout=self._busy_seconds)
            undo.pop_all()

    def ready(self) -> None:
        """Raises LedgerUnavailable, with the reason, unless a record could be written now: a page is, with what it held before."""
        with faults.translated(), self._own_turn(), contextlib.ExitStack() as undo:
            undo.callback(self._drop_writer)
            self._current_writer().connection.exec_driver_sql(sqlitefile.TOUCH)
            free = shutil.disk_usage(self._path.parent).free
            undo.pop_all()
        if free < self._least_free:
            raise LedgerUnavailable(f"The audit ledger's disk has {free} bytes left, fewer than {self._least_free}. Free space.")

    def backup(self, target: str) -> None:
        """A copy in a new file, by SQLite's online backup: writers go on."""
        with faults.translated():
            sqlitefile.backup(self._path, Path(target), timeout=self._busy_seconds)

    def close(self) -> None:
        """Ends it, after a transaction that is under way."""
        with self._turn:
            self._closed = True
            self._drop_writer()

    def _engine(self, mode: str) -> Engine:
        return sqlalchemy.create_engine(
            "sqlite://", poolclass=NullPool, creator=lambda: sqlitefile.connect(self._path, mode, timeout=self._busy_seconds)
        )

    @contextlib.contextmanager
    def _own_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise LedgerUnavailable("The audit ledger has more to write than its disk takes. Try again later.")
        try:
            yield
        finally:
            self._turn.release()

    def _current_writer(self) -> _Writer:
        if self._closed:
            raise _closed()
        if self._writer and not self._writer.of_this_process():
            raise LedgerUnavailable("The audit ledger was opened before a fork. Open it in each worker.")
        if self._writer and not self._writer.in_place():
            self._drop_writer()
        self._writer = self._writer or _Writer(self._writers.connect(), self._path, os.getpid(), files.ids(self._path))
        return self._writer

    def _drop_writer(self) -> None:
        """Closes the connection, which rolls back what it had not committed; the next transaction opens another."""
        if self._writer and self._writer.of_this_process():
            self._writer.connection.close()
            self._writer = None


def _closed() -> LedgerUnavailable:
    return LedgerUnavailable("The audit ledger was closed: the service is stopping. Ask another instance.")
