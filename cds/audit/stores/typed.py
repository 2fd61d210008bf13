"""Values as their columns have them. A damaged file of SQLite can give one of another type, even null: it is read as an empty one.

So whoever compares it with what was written finds a difference, and nobody stumbles over it.
"""

from collections.abc import Iterable
from typing import Any

TEXT, BYTES, NUMBER, SEALED = "text", "bytes", "number", "sealed"
EMPTY: dict[str, Any] = {TEXT: "", BYTES: b"", NUMBER: 0, SEALED: b""}
TYPES: dict[str, tuple[type, ...]] = {TEXT: (str,), BYTES: (bytes,), NUMBER: (int,), SEALED: (bytes, type(None))}
"""Of sealed parts null is one: an entry need not have any."""


def values(found: Iterable[Any], kinds: Iterable[str]) -> tuple[Any, ...]:
    """The values of one row of a result, each of the kind that its column has."""
    return tuple(value if isinstance(value, TYPES[kind]) else EMPTY[kind] for value, kind in zip(found, kinds, strict=True))


def hashed(value: Any) -> bytes:
    """A hash, or empty bytes where there is none."""
    return value if isinstance(value, bytes) else b""


def is_number(value: Any) -> bool:
    """Whether it is the number of an entry."""
    return isinstance(value, int)
