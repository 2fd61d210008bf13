"""Tokens that were seen, and how often somebody called, in the ledger's PostgreSQL database: all workers of all hosts share them.

As in the file of `calls`: digests only, for minutes, and a commit that a loss of power may undo (`synchronous_commit = off`). Each
statement is a transaction of its own and touches one row, or skips rows that another has locked, so that none waits for another in a circle.
"""

import contextlib
import os
from collections.abc import Iterator

import sqlalchemy
from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, MetaData, Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import CreateIndex, CreateTable

from cds.audit import faults
from cds.audit.seen import calls
from cds.audit.stores import postgresqlserver
from cds.audit.stores.postgresqlserver import Address
from cds.foundation.errors import LedgerUnavailable

METADATA = MetaData()
TOKENS = Table(
    "calls_tokens",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("until", BigInteger, nullable=False),
    Index("calls_tokens_until", "until"),
)
COUNTS = Table(
    "calls_counts",
    METADATA,
    Column("span", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, primary_key=True),
    Column("seen", BigInteger, nullable=False),
)
CONNECTIONS, MORE = 2, 30
THERE = sqlalchemy.text("SELECT to_regclass(:name) IS NOT NULL")
HASTY = "SET synchronous_commit = off"


def open_calls(url: str, *, busy_seconds: float) -> "SharedCalls":
    """The tables in this database, made where there are none. Raises LedgerUnavailable where they cannot be used."""
    address = postgresqlserver.read(url)
    with faults.named(address.shown), contextlib.ExitStack() as undo:
        opened = undo.enter_context(contextlib.closing(SharedCalls(address, busy_seconds=busy_seconds)))
        opened.make()
        undo.pop_all()
    return opened


class SharedCalls:
    """`Calls` in PostgreSQL."""

    def __init__(self, address: Address, *, busy_seconds: float) -> None:
        self._process = os.getpid()
        self._closed = False
        self._engine = sqlalchemy.create_engine(
            "postgresql+psycopg://",
            creator=lambda: postgresqlserver.connect(address, busy_seconds=busy_seconds, first=HASTY),
            isolation_level="AUTOCOMMIT",
            use_native_hstore=False,
            pool_pre_ping=True,
            pool_size=CONNECTIONS,
            max_overflow=MORE,
            pool_timeout=busy_seconds,
        )

    def make(self) -> None:
        """Makes the tables where there are none; several hosts may try at once."""
        with self._engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
            postgresqlserver.lock(connection)
            for table in METADATA.sorted_tables:
                if not connection.execute(THERE, {"name": table.name}).scalar():
                    connection.execute(CreateTable(table))
                    for index in table.indexes:
                        connection.execute(CreateIndex(index))
            connection.commit()

    def close(self) -> None:
        """Ends it; a later question raises LedgerUnavailable."""
        self._closed = True
        self._engine.dispose(close=self._process == os.getpid())

    def first(self, issuer: str, token_id: str, *, until: int, now: int) -> bool:
        """Whether this `jti` of the issuer is seen for the first time; it is kept until that second (since 1970)."""
        added = insert(TOKENS).values(digest=calls.digest(issuer, token_id), until=until).on_conflict_do_nothing().returning(TOKENS.c.until)
        with self._connected() as connection:
            over = select(TOKENS.c.digest).where(TOKENS.c.until < now).with_for_update(skip_locked=True)
            connection.execute(delete(TOKENS).where(TOKENS.c.digest.in_(over)))
            return connection.execute(added).scalar() is not None

    def seen_in(self, key: str, span: int, times: int = 1) -> int:
        """How often `key` called in this span of time, with this call, which counts so many times; earlier spans are forgotten."""
        new = insert(COUNTS).values(span=span, digest=calls.digest(key), seen=times)
        counted = new.on_conflict_do_update(index_elements=["span", "digest"], set_={"seen": COUNTS.c.seen + new.excluded.seen})
        with self._connected() as connection:
            over = select(COUNTS.c.span, COUNTS.c.digest).where(COUNTS.c.span < span).with_for_update(skip_locked=True)
            connection.execute(delete(COUNTS).where(sqlalchemy.tuple_(COUNTS.c.span, COUNTS.c.digest).in_(over)))
            return int(connection.execute(counted.returning(COUNTS.c.seen)).scalar_one())

    def seen(self, key: str, span: int) -> int:
        """How often `key` called in this span of time so far; nothing is written."""
        asked = select(COUNTS.c.seen).where(COUNTS.c.span == span, COUNTS.c.digest == calls.digest(key))
        with self._connected() as connection:
            return int(connection.execute(asked).scalar() or 0)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Connection]:
        if self._closed or self._process != os.getpid():
            raise LedgerUnavailable("What was seen of calls was closed, or opened before a fork: the service is stopping. Ask another instance.")
        with faults.translated(), self._engine.connect() as connection:
            yield connection
