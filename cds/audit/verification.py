"""Whether a ledger is what was written: every row and its leaf, the tree over the leaves, the signed heads, the database itself.

All is found, not only the first fault. A ledger that somebody wrote anew from its first row to its tree holds in itself: only a head
that was signed before, and is kept where the writer could not reach it, shows that. The same goes for a tail that was cut off.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from cds.audit import faults
from cds.audit.faults import LedgerDamaged
from cds.audit.inspecting import Inspector, unrecorded
from cds.audit.keys.keyring import KeyRing
from cds.audit.rows import HASH_BYTES, Found, Reading, Search, TreeState
from cds.audit.tree import checkpoints, heads, merkle
from cds.audit.tree.checkpoints import BadCheckpoint, VerifyingKey
from cds.foundation.errors import LedgerUnavailable

MOST_FAULTS = 1_000
BLOCK = 1 << merkle.KEPT[0]
TREE = "tree damaged"
DAMAGED = "The database finds a file or an index of the ledger damaged. Keep a copy for the auditor and restore the last backup."


@dataclass(frozen=True)
class Verification:
    """How many rows were looked at, the root of the tree as it says of itself, and what does not hold, at most MOST_FAULTS of it."""

    count: int
    root: bytes
    faults: tuple[Found, ...]


@dataclass(frozen=True)
class Asked:
    """What is looked at: all, only rows after the head whose text is `since`, or only those of a `month` (`2030-05`).

    `heads` are texts of heads that the tree must hold against. `ring` is for looking whether the keys open what is sealed.
    `progress` is told of how many rows of how many were looked at.
    """

    keys: Collection[VerifyingKey] = ()
    heads: Sequence[str] = ()
    since: str = ""
    month: str = ""
    ring: KeyRing | None = None
    progress: Callable[[int, int], None] | None = None


def verify(reading: Reading, asked: Asked) -> Verification:
    """Looks at one snapshot, row by row: what is held in memory does not grow with it, but for the ids of keys."""
    found: list[Found] = []
    try:
        with faults.translated():
            walk = _Walk(reading, asked)
            found += islice(walk.found(), MOST_FAULTS)
    except (LedgerDamaged, LedgerUnavailable) as error:
        return Verification(0, b"", (*found, unreadable(error)))
    return Verification(walk.count, walk.root, tuple(found))


def unreadable(error: LedgerDamaged | LedgerUnavailable) -> Found:
    """What is told of a ledger that cannot be read to its end; raises the error where nothing is damaged."""
    if isinstance(error, LedgerDamaged):
        return Found(None, TREE, error.text)
    if error.__cause__ is None or not faults.kind(error.__cause__).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLSTATE XX")):
        raise error
    return Found(None, "file damaged", DAMAGED)


class _Walk:
    """One verification on its way; `count` is how many rows were looked at so far. Raises LedgerDamaged where the tree's state is none."""

    def __init__(self, reading: Reading, asked: Asked) -> None:
        self._reading, self._asked = reading, asked
        self._state = reading.state()
        self.root = merkle.root(self._state)
        self._segments = reading.segments()
        self._origin = checkpoints.origin_of(reading.log_id())
        self._inspector = Inspector(reading, asked.ring)
        self._roots: dict[int, bytes] = {}
        self.count = 0

    def found(self) -> Iterator[Found]:
        """All that does not hold."""
        start, end = 0, self._state.size
        if self._asked.since:
            yield from self._against([self._asked.since])
            start = min(_size_of(self._asked.since), end)
        if self._asked.month:
            start, end = self._span(self._asked.month)
        yield from self._rows(start, end)
        yield from self._inspector.end()
        yield from self._upper_nodes()
        yield from self._dropped()
        yield from self._against(self._asked.heads)
        yield from (Found(None, "database damaged", f"The database finds itself damaged: {text}") for text in self._reading.problems())

    def _rows(self, start: int, end: int) -> Iterator[Found]:
        """The rows of the leaves [start, end) and, where that is the end, those behind it; with the whole blocks of leaves they are in."""
        beyond = None if end == self._state.size else end + 1
        roots = Roots(self._sizes() if start == 0 else ())
        rows = self._reading.rows(Search(after=start, before=beyond))
        waiting = next(rows, None)
        for first in range(start - start % BLOCK, end, BLOCK):
            leaves = self._reading.leaves(first, min(first + BLOCK, self._state.size))
            yield from self._block(first, leaves)
            self._roots |= roots.over(leaves)
            for seq, leaf in enumerate(leaves[max(start - first, 0) : end - first], max(first, start) + 1):
                if waiting and waiting.seq == seq:
                    yield from self._inspector.row(waiting, leaf)
                    waiting, self.count = next(rows, None), self.count + 1
                elif not self._was_dropped(seq):
                    yield Found(seq, "row missing", f"Row {seq} is missing.")
                if len(leaf) != HASH_BYTES:
                    yield Found(seq, TREE, f"The leaf of row {seq} is missing.")
            if self._asked.progress:
                self._asked.progress(min(first + BLOCK, end) - start, end - start)
        while waiting:
            yield Found(
                waiting.seq, "row beyond the tree", f"Row {waiting.seq} stands behind the end of the ledger: it was not added by the service."
            )
            waiting = next(rows, None)

    def _sizes(self) -> Iterator[int]:
        """Of the heads that the tree is held against."""
        yield from map(_size_of, (*self._asked.heads, *(one.checkpoint for one in self._segments)))

    def _block(self, first: int, leaves: Sequence[bytes]) -> Iterator[Found]:
        if len(leaves) == BLOCK:
            yield from self._node(merkle.KEPT[0], first >> merkle.KEPT[0], leaves)

    def _upper_nodes(self) -> Iterator[Found]:
        """The kept nodes above the lowest kept level, each over those of the level below, and then the tree's own state."""
        for below, level in pairwise(merkle.KEPT):
            for index in range(self._state.size >> level):
                width = 1 << level - below
                yield from self._node(level, index, self._reading.nodes(below, index * width, (index + 1) * width))
        if self._root_at_end() != self.root:
            yield Found(None, TREE, "What the tree says of its end is not what its leaves give: leaves, or its state, were changed.")

    def _node(self, level: int, index: int, below: Sequence[bytes]) -> Iterator[Found]:
        row = list(below)
        while len(row) > 1:
            row = [merkle.node(*pair) for pair in zip(row[::2], row[1::2], strict=True)]
        if list(self._reading.nodes(level, index, index + 1)) != row:
            first, last = (index << level) + 1, (index + 1) << level
            yield Found(None, TREE, f"The tree over rows {first} to {last} is not what their leaves give.")

    def _dropped(self) -> Iterator[Found]:
        """The segments: from the first row on without a hole, each under a signed head of the tree."""
        expected = 1
        for one in self._segments:
            if one.first != expected or one.last < one.first or _size_of(one.checkpoint) != one.last:
                yield Found(
                    one.first, "segment damaged", f"The segment of {one.month} does not follow from the one before it, or has no head of its size."
                )
            yield from self._against([one.checkpoint])
            expected = one.last + 1
        yield from unrecorded(self._reading, self._segments)

    def _root_at_end(self) -> bytes:
        """By its leaves and nodes; nothing where one is missing."""
        try:
            return merkle.root_at(self._reading, self._state.size)
        except LedgerDamaged:
            return b""

    def _against(self, texts: Sequence[str]) -> Iterator[Found]:
        """What does not hold between the tree and these heads; each is looked at, also where hashes are missing under another."""
        for text in texts:
            try:
                yield from heads.compare(self._reading, self._state.size, [text], self._asked.keys, self._origin, self._roots)
            except LedgerDamaged:
                yield Found(None, TREE, f"The first {_size_of(text)} records cannot be held against a signed head: hashes of the tree are missing.")

    def _span(self, month: str) -> tuple[int, int]:
        """From the first to the last leaf of a month; nothing where it has no row."""
        search = Search(months=[month], limit=1)
        numbers = [*self._reading.numbers(search), *self._reading.numbers(replace(search, newest_first=True))]
        return (numbers[0] - 1, min(numbers[-1], self._state.size)) if numbers else (0, 0)

    def _was_dropped(self, seq: int) -> bool:
        return any(one.first <= seq <= one.last for one in self._segments)


class Roots:
    """The roots that a tree had at some sizes, worked out while its leaves go by, block by block from the first."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self._sizes = sorted(set(sizes), reverse=True)
        self._blocks = TreeState()

    def over(self, leaves: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        """Of those sizes that end in the next leaves: no more than a block, and where fewer, the last. From a missing leaf on there are none."""
        if any(len(leaf) != HASH_BYTES for leaf in leaves):
            self._sizes.clear()
        first = self._blocks.size * BLOCK
        while self._sizes and self._sizes[-1] <= first + len(leaves):
            size = self._sizes.pop()
            if size > first:
                within, _ = merkle.extend(TreeState(), leaves[: size - first])
                peaks = self._grown(within).peaks if size - first == BLOCK else self._blocks.peaks + within.peaks
                yield size, merkle.root(TreeState(size, peaks))
        if self._sizes and len(leaves) == BLOCK:
            self._blocks = self._grown(merkle.extend(TreeState(), leaves)[0])

    def _grown(self, block: TreeState) -> TreeState:
        """With a whole block more."""
        return merkle.extend(self._blocks, block.peaks)[0]


def _size_of(text: str) -> int:
    """How many records a head says that it covers; none where it is no head."""
    try:
        return checkpoints.read(text).size
    except BadCheckpoint:
        return 0
