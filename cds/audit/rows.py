"""What a store holds, row by row, and what it must be able to do: the same for SQLite and PostgreSQL.

A store knows nothing of what is in a body. Entries are numbered from 1; entry `seq` is leaf `seq - 1` of the Merkle tree (RFC 6962).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

HASH_BYTES = 32
NODE_LEVELS = 8
"""Interior nodes are kept at every eighth level (8, 16, 24): node `index` of level n is the hash of leaves [index * 2**n, (index + 1) * 2**n)."""


@dataclass(frozen=True)
class Row:
    """One entry as it lies in the store. `body` is in the clear and is what the leaf covers; `sealed` is ciphertext, whose digest the body has.

    `month` is that of `at` (`2026-11`). The columns repeat what the body says, so that it can be searched by them: unchecked until verified.
    """

    seq: int
    entry_id: str
    at: str
    channel: str
    body: bytes
    sealed: bytes | None = None
    month: str = ""
    subject: str = ""
    client: str = ""
    tenant: str = ""
    release: str = ""
    cards: tuple[str, ...] = ()


@dataclass(frozen=True)
class TreeState:
    """The Merkle tree at a size: the roots of its perfect subtrees from left to right (its compact range), 32 bytes each."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Node:
    """An interior node at one of the kept levels."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True)
class WrappedKey:
    """A subject's key, encrypted under the master key `wrapped_by`. There is one for each subject, and more where the store was away."""

    key_id: str
    subject: str
    wrapped: bytes
    wrapped_by: str


@dataclass(frozen=True)
class Segment:
    """A month whose rows were dropped: its first and last number, the signed head that covers them, and when."""

    month: str
    first: int
    last: int
    checkpoint: str
    dropped_at: str


@dataclass(frozen=True)
class Search:
    """Which rows are wanted; what is left out or empty does not narrow. `since` and `until` bound `at`, the later one not included.

    `kinds` are channels, each with all that begin with it and a colon (`action` is also `action:erasure`), or `decision` for all ways in.
    `after` and `before` bound `seq`, neither included.
    """

    kinds: Collection[str] = ()
    since: str = ""
    until: str = ""
    subject: str = ""
    client: str | None = None
    tenant: str | None = None
    release: str = ""
    months: Collection[str] = ()
    after: int | None = None
    before: int | None = None
    newest_first: bool = False
    limit: int | None = None


class Reading(Protocol):
    """One snapshot of the store: nothing that is read of it changes while it is open."""

    def state(self) -> TreeState:
        """The tree as it is."""

    def log_id(self) -> str:
        """What this log calls itself in its heads; made when the store was made, and never changed."""

    def rows(self, search: Search) -> Iterator[Row]:
        """The rows wanted, by number; read in pages."""

    def numbers(self, search: Search) -> Sequence[int]:
        """The numbers of the rows wanted; nothing else is read of them."""

    def row(self, entry_id: str) -> Row | None:
        """The row of that id."""

    def about(self, cards: Sequence[str]) -> Iterator[tuple[str, Row]]:
        """The rows about any of these cards, each after the uuid that led to it, by number."""

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        """The hashes of the leaves [start, end), also of rows that were dropped."""

    def nodes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """The hashes of the kept nodes [start, end) of a level."""

    def keys(self, *, subjects: Collection[str] = (), key_ids: Collection[str] = ()) -> Sequence[WrappedKey]:
        """The keys of these subjects, or those of these ids; all of them where neither is given."""

    def seals(self) -> Collection[str]:
        """The ids of the keys that keys of subjects are wrapped under."""

    def segments(self) -> Sequence[Segment]:
        """Those dropped, by number."""

    def known(self, entry_ids: Collection[str]) -> Collection[str]:
        """Those of the ids that are there."""

    def problems(self) -> Iterator[str]:
        """What the database itself finds wrong with its files, tables and indexes; for `cds audit verify`."""


class Writing(Reading, Protocol):
    """One transaction, in which nobody else appends; durable when it ended without an error."""

    def add(self, rows: Sequence[Row], leaves: Sequence[bytes], nodes: Sequence[Node], state: TreeState) -> None:
        """Adds rows, leaves, nodes that they completed, and the tree's new state, whose last leaves they are. The ids are not there yet."""

    def add_keys(self, keys: Sequence[WrappedKey]) -> None:
        """Adds keys; one whose id is there already is replaced (it was wrapped anew)."""

    def drop_keys(self, subject: str) -> int:
        """Destroys the keys of a subject beyond what the file still shows of them; how many there were."""

    def drop_rows(self, segment: Segment) -> int:
        """Drops the rows of a segment, not their leaves, and notes it; how many there were."""

    def adopt(self, log_id: str) -> None:
        """Gives an empty log the id of the one that it becomes a copy of."""


class Store(Protocol):
    """One process's hold on a store; safe for all its threads. Opened after a fork, never before one.

    Every trouble of the database is LedgerUnavailable, with the kind of trouble and what to do, never a password or a path for callers.
    """

    def reading(self) -> AbstractContextManager[Reading]:
        """A snapshot, closed at the end."""

    def writing(self) -> AbstractContextManager[Writing]:
        """A transaction: committed and synced at the end, taken back where anything was raised."""

    def ready(self) -> None:
        """Raises LedgerUnavailable unless something could be written now."""

    def backup(self, target: str) -> None:
        """A whole and consistent copy of a store in use, in a new file."""

    def close(self) -> None:
        """Ends it; what is asked later raises LedgerUnavailable."""


@dataclass(frozen=True)
class Found:
    """Something that does not hold, and where: `seq` is None where it is not one row."""

    seq: int | None
    kind: str
    text: str = field(compare=False)
