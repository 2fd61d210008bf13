"""A ledger copied into an empty one, entry by entry: between SQLite and PostgreSQL, for backup and restore."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from cds.audit.faults import LedgerDamaged
from cds.audit.rows import Node, Reading, Search, TreeState, Writing
from cds.audit.tree.merkle import KEPT

PAGE = 1_000


def copy(source: Reading, target: Writing) -> int:
    """Copies all that a snapshot holds, under the same log id; how many leaves there are.

    Raises LedgerDamaged where the target has entries, and where the source lacks a hash. Keys that were destroyed are not copied.
    """
    target.adopt(source.log_id())
    state = source.state()
    for start, end in _spans(state.size):
        rows = list(source.rows(Search(after=start, before=end + 1)))
        target.add(rows, _whole(source.leaves(start, end)), (), TreeState(end))
    for level in KEPT:
        _copy_nodes(source, target, level, state)
    target.add((), (), (), state)
    target.add_keys(source.keys())
    for segment in source.segments():
        target.drop_rows(segment)
    return state.size


def _copy_nodes(source: Reading, target: Writing, level: int, state: TreeState) -> None:
    for start, end in _spans(state.size >> level):
        nodes = [Node(level, start + offset, one) for offset, one in enumerate(_whole(source.nodes(level, start, end)))]
        target.add((), (), nodes, state)


def _whole(hashes: Sequence[bytes]) -> Sequence[bytes]:
    if b"" in hashes:
        raise LedgerDamaged("A hash of the ledger is missing, so it was not copied. Run `cds audit verify`; keep the ledger for the auditor.")
    return hashes


def _spans(size: int) -> Iterator[tuple[int, int]]:
    return pairwise([*range(0, size, PAGE), size] if size else [])
