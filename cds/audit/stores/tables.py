"""The tables of the ledger, the same in SQLite and PostgreSQL, and the statements that make them.

SQLite's tables are STRICT, so that a value of another type is refused there as it is in PostgreSQL. PostgreSQL compares these texts by
their bytes (`COLLATE "C"`), as SQLite does: instants and numbers in text sort the same in both.
"""

import os
from collections.abc import Iterator

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine

from cds.audit.rows import HASH_BYTES

FORM = 3
"""The form of the tables and of what is hashed. Forms 1 and 2 were a hash chain; a change of columns alone is a revision of Alembic."""

METADATA = MetaData()
NUMBER: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
WORDS: TypeEngine[str] = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _text(name: str) -> Column[str]:
    return Column(name, WORDS, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary(), nullable=nullable)


def _number(name: str) -> Column[int]:
    return Column(name, NUMBER, nullable=False, autoincrement=False)


ENTRIES = Table(
    "entries",
    METADATA,
    _number("seq"),
    _text("entry_id"),
    _text("at"),
    _text("channel"),
    _text("month"),
    _text("subject"),
    _text("client"),
    _text("tenant"),
    _text("release"),
    _bytes("body"),
    _bytes("sealed", nullable=True),
    PrimaryKeyConstraint("seq", name="entries_pk"),
    Unique("entry_id", name="entries_id"),
    CheckConstraint("seq > 0", name="entries_seq"),
    CheckConstraint("length(month) = 7", name="entries_month_length"),
    Index("entries_at", "at"),
    Index("entries_month", "month"),
    Index("entries_subject", "subject"),
    sqlite_strict=True,
)
"""Dropped by retention; the private part of an entry lies in `sealed`, encrypted."""

LEAVES = Table(
    "leaves",
    METADATA,
    _number("seq"),
    _bytes("hash"),
    PrimaryKeyConstraint("seq", name="leaves_pk"),
    CheckConstraint("seq > 0", name="leaves_seq"),
    CheckConstraint(f"length(hash) = {HASH_BYTES}", name="leaves_hash"),
    sqlite_strict=True,
)
"""Never dropped."""

NODES = Table(
    "nodes",
    METADATA,
    _number("level"),
    _number("idx"),
    _bytes("hash"),
    PrimaryKeyConstraint("level", "idx", name="nodes_pk"),
    CheckConstraint("level > 0 AND level % 8 = 0", name="nodes_level"),
    CheckConstraint("idx >= 0", name="nodes_idx"),
    CheckConstraint(f"length(hash) = {HASH_BYTES}", name="nodes_hash"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

TREE = Table(
    "tree",
    METADATA,
    _number("one"),
    _text("log_id"),
    _number("size"),
    _bytes("peaks"),
    PrimaryKeyConstraint("one", name="tree_pk"),
    CheckConstraint("one = 1", name="tree_one"),
    CheckConstraint("size >= 0", name="tree_size"),
    CheckConstraint(f"length(peaks) % {HASH_BYTES} = 0", name="tree_peaks"),
    sqlite_strict=True,
)
"""One row. Who writes holds its lock in PostgreSQL."""

CARDS = Table(
    "cards",
    METADATA,
    _text("uuid"),
    _number("seq"),
    PrimaryKeyConstraint("uuid", "seq", name="cards_pk"),
    Index("cards_seq", "seq"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Leads from the uuid of a card to the entries about it."""

KEYS = Table(
    "subject_keys",
    METADATA,
    _text("key_id"),
    _text("subject"),
    _text("wrapped_by"),
    _number("destroyed"),
    _bytes("wrapped"),
    PrimaryKeyConstraint("key_id", name="subject_keys_pk"),
    CheckConstraint("destroyed IN (0, 1)", name="subject_keys_destroyed"),
    Index("subject_keys_subject", "subject"),
    sqlite_strict=True,
)
"""A destroyed key stays as zeros of the same length: SQLite then overwrites it where it lies, and never moves a key to leave a copy behind."""

SEGMENTS = Table(
    "segments",
    METADATA,
    _text("month"),
    _number("first"),
    _number("last"),
    _text("checkpoint"),
    _text("dropped_at"),
    PrimaryKeyConstraint("first", name="segments_pk"),
    CheckConstraint("first > 0 AND last >= first", name="segments_span"),
    sqlite_strict=True,
)

REVISION = Table(
    "alembic_version",
    METADATA,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic itself makes it."""

COLUMNS = {table.name: tuple(column.name for column in table.columns) for table in METADATA.sorted_tables}


def statements(dialect: Dialect) -> Iterator[str]:
    """What makes all tables and indexes in this dialect."""
    for table in METADATA.sorted_tables:
        yield str(CreateTable(table).compile(dialect=dialect)).strip()
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            yield str(CreateIndex(index).compile(dialect=dialect)).strip()


def new_log_id() -> str:
    """A name for a new log: 128 bits of chance, in hex."""
    return os.urandom(16).hex()
