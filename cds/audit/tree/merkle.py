"""The Merkle tree of RFC 6962, section 2: leaves and nodes, growth by a compact range, and proofs from what a store keeps.

Nothing here reads a store by itself: who asks hands over a `Source`. Of the interior nodes only those of the levels in
`KEPT` are kept, so that a proof reads at most some 255 hashes for each level kept and each ragged edge, at any size.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from cds.audit.faults import LedgerDamaged
from cds.audit.rows import HASH_BYTES, NODE_LEVELS, Node, TreeState
from cds.foundation.errors import NotFound

KEPT = tuple(NODE_LEVELS * step for step in (1, 2, 3))
MOST_KEPT = 1_000
"""Answers of a source that are kept at a time."""

EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


class Source(Protocol):
    """What proofs are made of; every Reading is one."""

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        """The hashes of the leaves [start, end)."""

    def nodes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """The hashes of the kept nodes [start, end) of a level."""


class Remembered:
    """A source that keeps what it was asked for lately: the proofs of entries near each other are made of the same hashes."""

    def __init__(self, source: Source) -> None:
        self.leaves = lru_cache(MOST_KEPT)(source.leaves)
        self.nodes = lru_cache(MOST_KEPT)(source.nodes)


def leaf(body: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + body).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def extend(state: TreeState, leaves: Sequence[bytes]) -> tuple[TreeState, list[Node]]:
    """The tree with more leaves behind it, and the nodes of kept levels that they completed. Raises LedgerDamaged for a state that is none."""
    peaks, size, completed = _peaks(state), state.size, []
    for added in leaves:
        level, rest = 0, size
        while rest & 1:
            added, rest, level = node(peaks.pop(), added), rest >> 1, level + 1  # noqa: PLW2901
            if level in KEPT:
                completed.append(Node(level, size >> level, added))
        peaks.append(added)
        size += 1
    return TreeState(size, tuple(peaks)), completed


def root(state: TreeState) -> bytes:
    """The root of the whole tree. Raises LedgerDamaged for a state that is none."""
    return _join(_peaks(state))


def root_at(source: Source, size: int) -> bytes:
    """The root that the tree had when it was of that size. This and both kinds of proof raise LedgerDamaged where a hash is missing."""
    return _range(source, 0, size)


def inclusion(source: Source, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of that size (RFC 6962, 2.1.1). Raises NotFound for a leaf that is not in it."""
    if not 0 <= index < size:
        raise NotFound("The entry is not in a tree of that size. Take a head that was written after it.")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(source, middle, end))
            end = middle
        else:
            path.append(_range(source, start, middle))
            start = middle
    return path[::-1]


def consistency(source: Source, old: int, new: int) -> list[bytes]:
    """The proof that the tree of size `new` begins with all of the tree of size `old` (RFC 6962, 2.1.2); empty where either is all or nothing.

    Raises NotFound where `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise NotFound("The older head is larger than the newer one. Name the smaller one first.")
    if old in (0, new):
        return []
    return list(_subproof(source, old, new))[::-1]


def verify_inclusion(hashed: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether the path leads from the leaf's hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, reached = index, size - 1, hashed
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            reached = node(sibling, reached)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            reached = node(reached, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and reached == expected


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the newer tree begins with the older one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not path and old_root == (EMPTY if old == 0 else new_root)
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    return bool(steps) and _two_roots(old, new, steps) == (old_root, new_root)


def _two_roots(old: int, new: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The roots of both trees that the steps lead to; None where they are too many or too few."""
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    older = newer = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            older, newer = node(step, older), node(step, newer)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            newer = node(newer, step)
        at, last = at >> 1, last >> 1
    return (older, newer) if last == 0 else None


def _subproof(source: Source, old: int, new: int) -> Iterator[bytes]:
    """The proof from the root down to where both trees are the same."""
    start, end, whole = 0, new, True
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            yield _range(source, middle, end)
            end = middle
        else:
            yield _range(source, start, middle)
            start, whole = middle, False
    if not whole:
        yield _range(source, start, end)


def _peaks(state: TreeState) -> list[bytes]:
    if state.size < 0 or len(state.peaks) != state.size.bit_count():
        raise LedgerDamaged("The state of the tree does not fit its size. Run `cds audit verify`, and keep a copy of the ledger for the auditor.")
    return list(state.peaks)


def _join(peaks: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees from left to right."""
    if not peaks:
        return EMPTY
    joined = peaks[-1]
    for peak in peaks[-2::-1]:
        joined = node(peak, joined)
    return joined


def _split(count: int) -> int:
    """The largest power of two below a count of two or more."""
    return 1 << (count - 1).bit_length() - 1


def _range(source: Source, start: int, end: int) -> bytes:
    """The root over the leaves [start, end), where `start` is a multiple of the largest power of two that fits in."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(_perfect(source, level, start >> level))
        start += 1 << level
    return _join(peaks)


def _perfect(source: Source, level: int, index: int) -> bytes:
    """The node of a level, from the nearest level below it that is kept."""
    base = max((one for one in KEPT if one <= level), default=0)
    start, count = index << level - base, 1 << level - base
    row = list(source.nodes(base, start, start + count) if base else source.leaves(start, start + count))
    if [len(one) for one in row] != [HASH_BYTES] * count:
        raise LedgerDamaged("Hashes of the tree are missing. Run `cds audit verify`, and keep a copy of the ledger for the auditor.")
    while len(row) > 1:
        row = [node(*pair) for pair in zip(row[::2], row[1::2], strict=True)]
    return row[0]
