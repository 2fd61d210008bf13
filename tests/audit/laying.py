"""Rows of entries that never were, laid into a store with the tree that belongs to them."""

from collections.abc import Sequence
from typing import Any

from cds.audit.rows import Row, Search, Store, WrappedKey
from cds.audit.tree import merkle

AT = "2030-05-06T07:08:09Z"


def row(seq: int, **changes: Any) -> Row:
    """An entry of this number."""
    members: dict[str, Any] = {
        "entry_id": f"entry-{seq}",
        "at": AT,
        "channel": "hook:low-back-pain",
        "body": f"body {seq} \x00".encode() + b"\xff",
        "month": changes.get("at", AT)[:7],
    }
    return Row(seq, **(members | changes))


def key(key_id: str, subject: str = "s1", *, wrapped: bytes = b"w" * 60, wrapped_by: str = "master-1") -> WrappedKey:
    """A key that was wrapped."""
    return WrappedKey(key_id, subject, wrapped, wrapped_by)


def lay(store: Store, *rows: Row) -> None:
    """Adds these rows at the end of the log."""
    with store.writing() as writing:
        leaves = [merkle.leaf(one.body) for one in rows]
        state, nodes = merkle.extend(writing.state(), leaves)
        writing.add(rows, leaves, nodes, state)


def some(store: Store, count: int, **changes: Any) -> list[Row]:
    """Adds so many rows at the end of the log; what was added."""
    with store.reading() as reading:
        first = reading.state().size + 1
    rows = [row(number, **changes) for number in range(first, first + count)]
    lay(store, *rows)
    return rows


def found(store: Store, search: Search | None = None) -> Sequence[Row]:
    """The rows that a search finds."""
    with store.reading() as reading:
        return list(reading.rows(search or Search()))


def numbers(store: Store, **wanted: Any) -> list[int]:
    """The numbers of the rows that a search finds."""
    return [one.seq for one in found(store, Search(**wanted))]
