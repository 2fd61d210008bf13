"""Somebody who can write to the database itself, and knows how the tree is made."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, delete, insert, pool, select, update

from cds.audit.place import POSTGRESQL, Place
from cds.audit.rows import TreeState
from cds.audit.stores.tables import CARDS, ENTRIES, LEAVES, NODES, TREE
from cds.audit.tree import merkle

Change = Callable[[Connection], None]


@contextmanager
def inside(place: Place) -> Iterator[Connection]:
    """A connection that goes round all of ours."""
    url = place.url.replace(POSTGRESQL, "postgresql+psycopg://", 1)
    engine = sqlalchemy.create_engine(url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def in_pages(path: Path, size: int) -> None:
    """Writes a file of SQLite anew in pages of so many bytes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA journal_mode = DELETE; PRAGMA page_size = {size}; VACUUM; PRAGMA journal_mode = WAL;")


def values(path: Path) -> Sequence[bytes]:
    """Every text and every run of bytes that a file of SQLite holds, in whichever table."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        cells = [cell for name in tables for row in connection.execute(f'SELECT * FROM "{name}"') for cell in row]
    return [cell.encode() if isinstance(cell, str) else cell for cell in cells if isinstance(cell, str | bytes)]


def remove(seq: int) -> Change:
    """Takes a row out."""
    return lambda connection: _run(connection, delete(ENTRIES).where(ENTRIES.c.seq == seq), delete(CARDS).where(CARDS.c.seq == seq))


def remove_whole(seq: int) -> Change:
    """Takes a row out with its leaf."""
    return lambda connection: _run(connection, delete(ENTRIES).where(ENTRIES.c.seq == seq), delete(LEAVES).where(LEAVES.c.seq == seq))


def exchange(one: int, other: int) -> Change:
    """Lets two rows change places, with all that they say."""

    def change(connection: Connection) -> None:
        for old, new in ((one, -one), (other, one), (-one, other)):
            target = abs(new) + 1_000_000 if new < 0 else new
            source = abs(old) + 1_000_000 if old < 0 else old
            connection.execute(update(ENTRIES).where(ENTRIES.c.seq == source).values(seq=target))

    return change


def set_column(seq: int, name: str, value: str | bytes) -> Change:
    """Lets a row say something else in a column."""
    return lambda connection: _run(connection, update(ENTRIES).where(ENTRIES.c.seq == seq).values({name: value}))


def exchange_sealed(one: int, other: int) -> Change:
    """Lets two decisions have each other's sealed parts."""

    def change(connection: Connection) -> None:
        rows = {row.seq: row.sealed for row in connection.execute(select(ENTRIES.c.seq, ENTRIES.c.sealed))}
        for seq, sealed in ((one, rows[other]), (other, rows[one])):
            connection.execute(update(ENTRIES).where(ENTRIES.c.seq == seq).values(sealed=sealed))

    return change


def cut(last: int) -> Change:
    """Cuts the tail off after this row, and makes the tree as if it had never been."""

    def change(connection: Connection) -> None:
        for table in (ENTRIES, LEAVES, CARDS):
            connection.execute(delete(table).where(table.c.seq > last))
        _plant(connection)

    return change


def forge(seq: int, old: bytes, new: bytes) -> Change:
    """Writes a body anew, and the whole tree after it, as if it had always been so."""

    def change(connection: Connection) -> None:
        body = connection.execute(select(ENTRIES.c.body).where(ENTRIES.c.seq == seq)).scalar_one()
        assert old in body
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == seq).values(body=body.replace(old, new)))
        connection.execute(update(LEAVES).where(LEAVES.c.seq == seq).values(hash=merkle.leaf(body.replace(old, new))))
        _plant(connection)

    return change


def _plant(connection: Connection) -> None:
    """The tree over the leaves that there are."""
    leaves: Sequence[bytes] = connection.execute(select(LEAVES.c.hash).order_by(LEAVES.c.seq)).scalars().all()
    state, nodes = merkle.extend(TreeState(), leaves)
    connection.execute(delete(NODES))
    if nodes:
        connection.execute(insert(NODES), [{"level": one.level, "idx": one.index, "hash": one.hash} for one in nodes])
    connection.execute(update(TREE).values(size=state.size, peaks=b"".join(state.peaks)))


def _run(connection: Connection, *statements: sqlalchemy.Executable) -> None:
    for statement in statements:
        connection.execute(statement)
