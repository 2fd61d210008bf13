"""Walks two versions of a table together down the levels, with the rows of each that are still alive.

It ends where both have decided, or where nothing that changed is alive any more. Equal pairs of sets at one level are walked once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from cds.dmn.analysis.grid import TEST, Grid
from cds.dmn.analysis.walk import Box
from cds.dmn.difference.diagram import INSIDE, OUTSIDE, Diagram
from cds.dmn.difference.findings import Outcome, Region
from cds.dmn.difference.versions import Version, Versions

MOST_STATES = 100_000
MOST_REGIONS = 300

Told = Callable[[Outcome, Outcome], bool]
"""Whether a pair of outcomes that differ is to be told."""


class TooMuch(Exception):
    """A bound was hit; says which."""


def regions(decision: str, both: Versions, rules: tuple[int, int], told: Told, *, most: int = MOST_STATES) -> Iterator[Region]:
    """The regions in which the versions differ, for these rows of the older and of the newer; TooMuch where a bound is hit."""
    walked = _Walk(both, _levels(both), most)
    root = walked.node(0, *rules)
    told_boxes = _told(both.grid, walked.levels)
    count = 0
    for number, (old, new) in enumerate(walked.outcomes):
        if told(old, new):
            for box in walked.diagram.boxes(walked.diagram.points(root, _leaf(number)), told_boxes):
                count += 1
                if count > MOST_REGIONS:
                    raise TooMuch(f"there are more than {MOST_REGIONS} regions")
                yield _region(decision, both.grid, _by_level(walked.levels, box), old, new)


def _levels(both: Versions) -> tuple[int, ...]:
    """The levels that rows which changed read come first, then those that many rows read."""

    def weight(index: int) -> tuple[bool, int, int]:
        masks = both.grid.levels[index].masks
        reading = sum(1 << row for row in range(both.grid.rows.bit_length()) if any(not mask >> row & 1 for mask in masks))
        return not reading & both.changed, -reading.bit_count(), index

    return tuple(sorted(range(len(both.grid.levels)), key=weight))


def _leaf(number: int) -> int:
    return INSIDE - 1 - number


def _by_level(levels: Sequence[int], box: Sequence[int]) -> Box:
    """A box in the order of the walk, as a box of the grid."""
    return tuple(cells for _, cells in sorted(zip(levels, box, strict=True)))


def _told(found: Grid, levels: Sequence[int]) -> Callable[[Box], Box]:
    def told(box: Box) -> Box:
        by_level = found.told(_by_level(levels, box))
        return tuple(by_level[index] for index in levels)

    return told


def _region(decision: str, found: Grid, box: Box, old: Outcome, new: Outcome) -> Region:
    tests = any(level.key.kind == TEST and cells != (1 << len(level.cells)) - 1 for level, cells in zip(found.levels, box, strict=True))
    return Region(decision, found.texts(box), found.witness(list(_point(found, box))), old, new, certain=not tests)


def _point(found: Grid, box: Box) -> Iterator[int]:
    """The first cell of each level that the box bounds; of the others the last, which is unknown where it may be."""
    for level, cells in zip(found.levels, box, strict=True):
        whole = cells == (1 << len(level.cells)) - 1
        yield len(level.cells) - 1 if whole else (cells & -cells).bit_length() - 1


@dataclass
class _Walk:
    """The diagram of the pairs of outcomes that differ, as far as it is walked."""

    both: Versions
    levels: tuple[int, ...]
    most: int
    visited: int = 0
    outcomes: list[tuple[Outcome, Outcome]] = field(default_factory=list)
    leaves: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = field(default_factory=dict)
    seen: dict[tuple[int, int, int], int] = field(default_factory=dict)
    diagram: Diagram = field(init=False)
    sure: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.diagram = Diagram(tuple(len(self.both.grid.levels[index].cells) for index in self.levels))
        self.sure = list(_sure(self.both.grid, self.levels))

    def node(self, depth: int, old: int, new: int) -> int:
        """The node for what is left of both at this depth."""
        old, new = self._settled(self.both.old, old, depth), self._settled(self.both.new, new, depth)
        if old == new and self.both.alike and not old & self.both.changed:
            return OUTSIDE
        if self._decided(self.both.old, old, depth) and self._decided(self.both.new, new, depth):
            return self._outcome(self.both.old.outcome(old), self.both.new.outcome(new))
        state = (depth, old, new)
        if state not in self.seen:
            self.visited += 1
            if self.visited > self.most:
                raise TooMuch(f"more than {self.most} states would have to be visited")
            self.seen[state] = self._below(depth, old, new)
        return self.seen[state]

    def _below(self, depth: int, old: int, new: int) -> int:
        level = self.both.grid.levels[self.levels[depth]]
        known: dict[int, int] = {}
        for mask in level.masks:
            if mask not in known:
                known[mask] = self.node(depth + 1, old & mask, new & mask)
        return self.diagram.node(depth, tuple(known[mask] for mask in level.masks))

    def _settled(self, version: Version, alive: int, depth: int) -> int:
        """The rows without those that a row which holds in any case makes idle."""
        sure = alive & self.sure[depth]
        if not sure:
            return alive
        if version.ranked:
            return alive & (((sure & -sure) << 1) - 1)
        for rows in version.of_rule:
            held = rows & sure
            if held and rows & alive != held & -held:
                alive = alive & ~rows | held & -held
        return alive

    def _decided(self, version: Version, alive: int, depth: int) -> bool:
        open_rows = alive & ~self.sure[depth]
        return not (open_rows & (alive & -alive)) if version.ranked else not open_rows

    def _outcome(self, old: Outcome, new: Outcome) -> int:
        if old == new:
            return OUTSIDE
        pair = (old.rules, new.rules)
        if pair not in self.leaves:
            self.leaves[pair] = _leaf(len(self.outcomes))
            self.outcomes.append((old, new))
        return self.leaves[pair]


def _sure(found: Grid, levels: Sequence[int]) -> Iterator[int]:
    """For each depth the rows that hold whatever the levels from there on say."""
    holding = [found.rows]
    for index in reversed(levels):
        rows = holding[-1]
        for mask in found.levels[index].masks:
            rows &= mask
        holding.append(rows)
    yield from reversed(holding)
