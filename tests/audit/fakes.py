"""A store in memory, which fails when a test says so."""

import contextlib
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cds.audit.entries import bodies
from cds.audit.rows import Node, Row, Search, Segment, TreeState, WrappedKey
from cds.foundation.errors import LedgerUnavailable

Failure = Literal["", "at once", "at the commit", "after the commit"]


@dataclass
class Held:
    """What is in the store."""

    rows: dict[int, Row] = field(default_factory=dict)
    leaves: list[bytes] = field(default_factory=list)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    keys: dict[str, WrappedKey] = field(default_factory=dict)
    destroyed: set[str] = field(default_factory=set)
    segments: list[Segment] = field(default_factory=list)
    state: TreeState = field(default_factory=TreeState)

    def copy(self) -> "Held":
        """The same, apart."""
        return Held(dict(self.rows), list(self.leaves), dict(self.nodes), dict(self.keys), set(self.destroyed), list(self.segments), self.state)


class MemoryStore:
    """`failing` says where the next transactions fail; `commits` counts those that did not, `begun` those that were tried.

    `gate` is closed while a transaction must not go on: `entered` says that one came to it.
    """

    def __init__(self) -> None:
        self.held = Held()
        self.failing: Failure = ""
        self.commits = self.begun = 0
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()
        self._turn = threading.Lock()

    @contextlib.contextmanager
    def reading(self) -> Iterator["Memory"]:
        """What is there now."""
        yield Memory(self.held.copy())

    @contextlib.contextmanager
    def writing(self) -> Iterator["Memory"]:
        """A transaction."""
        with self._turn:
            self.begun += 1
            self.entered.set()
            self.gate.wait()
            self._fail("at once")
            memory = Memory(self.held.copy())
            yield memory
            self._fail("at the commit")
            self.held, self.commits = memory.held, self.commits + 1
            self._fail("after the commit")

    def ready(self) -> None:
        """Fails as a transaction would."""
        self._fail("at once")

    def backup(self, target: str) -> None:
        """There is none."""
        raise LedgerUnavailable("A store in memory has no backup.")

    def close(self) -> None:
        """From now on all fails."""
        self.failing = "at once"

    def _fail(self, where: Failure) -> None:
        if self.failing == where:
            raise LedgerUnavailable(f"The store fails {where}.")


def _is_of(row: Row, kind: str) -> bool:
    """As a store finds it by the channel."""
    if kind == "decision":
        return bodies.kind_of(row.channel) == kind
    return row.channel == kind or row.channel.startswith(f"{kind}:")


class Memory:
    """A transaction's view."""

    def __init__(self, held: Held) -> None:
        self.held = held

    def state(self) -> TreeState:
        return self.held.state

    def log_id(self) -> str:
        return "memory"

    def rows(self, search: Search) -> Iterator[Row]:
        """By kind, subject and number: nothing else is asked of it."""
        for row in list(self.held.rows.values()):
            wanted = not search.kinds or any(_is_of(row, kind) for kind in search.kinds)
            if wanted and search.subject in ("", row.subject) and row.seq > (search.after or 0):
                yield row

    def numbers(self, search: Search) -> Sequence[int]:
        return [row.seq for row in self.rows(search)]

    def row(self, entry_id: str) -> Row | None:
        return next((row for row in self.held.rows.values() if row.entry_id == entry_id), None)

    def about(self, cards: Sequence[str]) -> Iterator[tuple[str, Row]]:
        return ((card, row) for row in self.held.rows.values() for card in row.cards if card in cards)

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        return self.held.leaves[start:end]

    def nodes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        return [self.held.nodes.get((level, index), b"") for index in range(start, end)]

    def keys(self, *, subjects: Collection[str] = (), key_ids: Collection[str] = ()) -> Sequence[WrappedKey]:
        every = not subjects and not key_ids
        return [one for one in self.held.keys.values() if every or one.subject in subjects or one.key_id in key_ids]

    def seals(self) -> Collection[str]:
        return {one.wrapped_by for one in self.held.keys.values()}

    def segments(self) -> Sequence[Segment]:
        return self.held.segments

    def known(self, entry_ids: Collection[str]) -> Collection[str]:
        return {row.entry_id for row in self.held.rows.values()} & set(entry_ids)

    def problems(self) -> Iterator[str]:
        return iter(())

    def add(self, rows: Sequence[Row], leaves: Sequence[bytes], nodes: Sequence[Node], state: TreeState) -> None:
        self.held.rows |= {row.seq: row for row in rows}
        self.held.leaves += leaves
        self.held.nodes |= {(node.level, node.index): node.hash for node in nodes}
        self.held.state = state

    def add_keys(self, keys: Sequence[WrappedKey]) -> None:
        """A key that was destroyed stays so."""
        self.held.keys |= {key.key_id: key for key in keys if key.key_id not in self.held.destroyed}

    def drop_keys(self, subject: str) -> int:
        gone = [one.key_id for one in self.held.keys.values() if one.subject == subject]
        for key_id in gone:
            del self.held.keys[key_id]
        self.held.destroyed |= set(gone)
        return len(gone)

    def drop_rows(self, segment: Segment) -> int:
        gone = [seq for seq in self.held.rows if segment.first <= seq <= segment.last]
        for seq in gone:
            del self.held.rows[seq]
        self.held.segments.append(segment)
        return len(gone)

    def adopt(self, log_id: str) -> None:
        raise LedgerUnavailable("A store in memory keeps its name.")
