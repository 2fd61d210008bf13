"""The ledger in a database of PostgreSQL, which several hosts write: one log, whose writers take turns by a lock on the row of its tree."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import DBAPIError

from cds.audit import faults
from cds.audit.faults import LedgerAbsent
from cds.audit.stores import copying, postgresqlserver, sqlite, sqlitefile
from cds.audit.stores.postgresqlserver import Address, CopyingTransaction
from cds.audit.stores.snapshots import Snapshot, Transaction
from cds.audit.stores.tables import TREE
from cds.foundation.errors import LedgerUnavailable

LOCK = select(TREE.c.one).with_for_update()
TOUCH = update(TREE).values(size=TREE.c.size)
TIMEOUT = sqlalchemy.text("SELECT set_config('statement_timeout', :milliseconds, true)")
NO_LEDGER = "There is no ledger in this database. Name the one that the service writes."
VACUUM = "VACUUM (FULL) subject_keys"
CONNECTIONS, MORE = 4, 28
"""Kept open, and opened beyond them where many read at once, by one process."""


def open_store(url: str, *, create: bool, busy_seconds: float) -> "PostgresqlStore":
    """The store in this database, whose tables are made where `create` says so; several hosts may try at once.

    Raises LedgerRefused for a database with other tables of these names, and for one set to lose data.
    """
    address = postgresqlserver.read(url)
    with faults.named(address.shown), contextlib.ExitStack() as undo:
        store = undo.enter_context(contextlib.closing(PostgresqlStore(address, busy_seconds=busy_seconds)))
        store.look_over(create=create)
        undo.pop_all()
    return store


def migrate(url: str, *, busy_seconds: float) -> bool:
    """Brings the tables of a ledger to the newest revision; whether there was anything to do."""
    from cds.audit.stores.migrations import running  # noqa: PLC0415 - Alembic is needed only here

    address = postgresqlserver.read(url)
    with contextlib.ExitStack() as undo:
        undo.enter_context(faults.named(address.shown))
        engine = _engine(address, busy_seconds)
        undo.callback(engine.dispose)
        connection = undo.enter_context(engine.connect())
        if postgresqlserver.is_empty(connection):
            raise LedgerAbsent(NO_LEDGER)
        postgresqlserver.require_ours(connection)
        postgresqlserver.lock(connection)
        return running.run(connection)


def _engine(address: Address, busy_seconds: float) -> Engine:
    return sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: postgresqlserver.connect(address, busy_seconds=busy_seconds),
        use_native_hstore=False,
        pool_pre_ping=True,
        pool_size=CONNECTIONS,
        max_overflow=MORE,
        pool_timeout=busy_seconds,
    )


class PostgresqlStore:
    """One process's hold on a database (`Store`). What a lost connection cost is LedgerUnavailable; the next use opens another.

    Where the connection was lost at a commit nobody can say whether it was made: that too is LedgerUnavailable, and the entry may be there.
    """

    def __init__(self, address: Address, *, busy_seconds: float) -> None:
        self._busy_seconds = busy_seconds
        self._turn = threading.Lock()
        self._process = os.getpid()
        self._closed = False
        self._engine = _engine(address, busy_seconds)

    def look_over(self, *, create: bool) -> None:
        """Makes the tables where there are none and `create` says so. Raises LedgerRefused unless a ledger of today is there then."""
        with self._engine.connect() as connection:
            if postgresqlserver.is_empty(connection):
                if not create:
                    raise LedgerAbsent(NO_LEDGER)
                postgresqlserver.make(connection)
            postgresqlserver.require_ledger(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """A snapshot: what others commit meanwhile is not seen."""
        with faults.translated(), self._connected() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield Snapshot(connection, postgresqlserver.problems)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that holds the log's lock; when it ends, it is durable."""
        with faults.translated(), self._own_turn(), self._connected() as connection:
            connection.execute(TIMEOUT, {"milliseconds": str(int(self._busy_seconds * 1000) + 1000)})
            connection.execute(LOCK)
            transaction = CopyingTransaction(connection, postgresqlserver.problems)
            yield transaction
            self._commit(connection)
            if transaction.destroyed:
                self._vacuum(connection)

    def ready(self) -> None:
        """Raises LedgerUnavailable, with the reason, unless a record could be written now: the tree's row is, with what it held before."""
        with faults.translated(), self._own_turn(), self._connected() as connection:
            connection.execute(TOUCH)
            self._commit(connection)

    def backup(self, target: str) -> None:
        """A copy in a new file of SQLite, of the same form: rows of one snapshot."""
        with faults.translated(), sqlitefile.new_file(Path(target)) as fresh:
            sqlitefile.fill(fresh, timeout=self._busy_seconds)
            copy = sqlite.SqliteStore(fresh, busy_seconds=self._busy_seconds, least_free=0)
            with contextlib.closing(copy), self.reading() as source, copy.writing() as begun:
                copying.copy(source, begun)

    def close(self) -> None:
        """Ends it, after a transaction that is under way."""
        with self._turn:
            self._closed = True
            self._engine.dispose(close=self._process == os.getpid())

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Connection]:
        if self._closed:
            raise LedgerUnavailable("The audit ledger was closed: the service is stopping. Ask another instance.")
        if self._process != os.getpid():
            raise LedgerUnavailable("The audit ledger was opened before a fork. Open it in each worker.")
        with self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def _own_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise LedgerUnavailable("The audit ledger has more to write than its server takes. Try again later.")
        try:
            yield
        finally:
            self._turn.release()

    def _commit(self, connection: Connection) -> None:
        """Without a time limit: a limit would end the wait for a standby, and the commit would be called good."""
        connection.execute(TIMEOUT, {"milliseconds": "0"})
        connection.commit()

    def _vacuum(self, connection: Connection) -> None:
        """Writes the table of keys anew without those destroyed; where something is in the way, the server's own clean-up does it later."""
        with contextlib.suppress(DBAPIError):
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(VACUUM)
