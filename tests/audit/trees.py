"""Trees for the tests of proofs: a source that counts what is read of it, and the root as RFC 6962 defines it, written down word for word."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from cds.audit.rows import Node, TreeState
from cds.audit.tree import merkle


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, over hashes of leaves."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + defined_root(leaves[:half]) + defined_root(leaves[half:])).digest()


def defined_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if index < half:
        return [*defined_path(index, leaves[:half]), defined_root(leaves[half:])]
    return [*defined_path(index - half, leaves[half:]), defined_root(leaves[:half])]


def defined_consistency(old: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2; PROOF where nothing is said of `whole`."""
    if old == len(leaves):
        return [] if whole else [defined_root(leaves)]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if old <= half:
        return [*defined_consistency(old, leaves[:half], whole), defined_root(leaves[half:])]
    return [*defined_consistency(old - half, leaves[half:], False), defined_root(leaves[:half])]


@cache
def some(count: int) -> tuple[bytes, ...]:
    """The leaves of so many entries."""
    return tuple(merkle.leaf(b"entry %d" % number) for number in range(count))


@dataclass
class Kept:
    """A log in memory, with the nodes that a store keeps."""

    state: TreeState = field(default_factory=TreeState)
    hashes: list[bytes] = field(default_factory=list)
    kept: dict[int, dict[int, bytes]] = field(default_factory=dict)
    reads: int = 0

    def add(self, leaves: Sequence[bytes]) -> list[Node]:
        """Adds a batch; the nodes that it completed."""
        self.state, nodes = merkle.extend(self.state, leaves)
        self.hashes += leaves
        for one in nodes:
            self.kept.setdefault(one.level, {})[one.index] = one.hash
        return nodes

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        """As a store has them."""
        self.reads += end - start
        return self.hashes[start:end]

    def nodes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """As a store has them."""
        self.reads += end - start
        row = self.kept.get(level, {})
        return [row.get(index, b"") for index in range(start, end)]


def grown(count: int) -> Kept:
    """A log of so many entries."""
    log = Kept()
    log.add(some(count))
    return log
