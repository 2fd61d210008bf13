"""Whether a box is covered by rows: the one question behind gaps, dead rules, rules that are never alone and redundant cells.

The walk looks for one cell of each level such that no row is left alive. It goes down the levels with the set of rows still alive,
takes only cells that leave least alive, and remembers the sets from which there was no way. In the worst case the walk is exponential;
it then ends at a bound and says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cds.dmn.analysis.findings import NotProved
from cds.dmn.analysis.grid import Grid

MOST_STATES = 50_000

Box = tuple[int, ...]
"""For each level its cells, as bits."""

Option = tuple[int, int]
"""Rows that are let through, and the cells that do so."""


def whole(grid: Grid) -> Box:
    """Every cell of every level."""
    return tuple((1 << len(level.cells)) - 1 for level in grid.levels)


def inside(grid: Grid, rows: int) -> Box:
    """The cells that let all these rows through."""
    return tuple(sum(1 << index for index, mask in enumerate(level.masks) if not rows & ~mask) for level in grid.levels)


def crossing(grid: Grid, box: Sequence[int], rows: int) -> int:
    """Those of the rows that reach into the box; a level without cells in the box is left out of account."""
    for level, cells in zip(grid.levels, box, strict=True):
        if cells and rows & ~level.always:
            rows &= _any(mask for mask, held in level.groups.items() if held & cells)
    return rows


def bits(rows: int) -> Iterator[int]:
    """Each row by itself, lowest first."""
    while rows:
        yield rows & -rows
        rows &= rows - 1


def escape(grid: Grid, box: Box, rows: int, *, most: int = MOST_STATES) -> tuple[int, ...] | NotProved | None:
    """One cell of each level, inside the box, where none of the rows holds; None where the rows cover the box.

    NotProved when more than `most` states would have to be visited.
    """
    if not all(box):
        return None
    search = _Search(most)
    alive = rows & crossing(grid, box, rows)
    options = {index: _options(grid.levels[index].groups, cells) for index, cells in enumerate(box) if alive & ~grid.levels[index].always}
    try:
        found = search.run(alive, options)
    except _TooManyStates:
        return NotProved(f"more than {most} states would have to be visited")
    return None if found is None else tuple(_lowest(found.get(index, cells)) for index, cells in enumerate(box))


class _TooManyStates(Exception):
    """The bound was hit."""


@dataclass
class _Search:
    """Counts the states visited, and keeps those that had no way out: the rows alive and the levels left."""

    most: int
    visited: int = 0
    closed: set[tuple[int, frozenset[int]]] = field(default_factory=set)

    def run(self, alive: int, options: Mapping[int, Sequence[Option]]) -> dict[int, int] | None:
        """The cells to take at the levels that matter; None where some row always stays alive."""
        chosen, alive, left = _forced(alive, options)
        if not alive:
            return chosen
        killing = {index: alive & ~_always(several) for index, several in left.items()}
        state = (alive, frozenset(left))
        if state in self.closed or alive & ~_any(killing.values()):
            return None
        self.visited += 1
        if self.visited > self.most:
            raise _TooManyStates
        level = _next(left, killing)
        below = {index: several for index, several in left.items() if index != level}
        for mask, cells in sorted(left[level], key=_survivors):
            found = self.run(alive & mask, below)
            if found is not None:
                return chosen | {level: cells} | found
        self.closed.add(state)
        return None


def _options(groups: Mapping[int, int], cells: int) -> tuple[Option, ...]:
    return tuple((mask, held & cells) for mask, held in groups.items() if held & cells)


def _forced(alive: int, options: Mapping[int, Sequence[Option]]) -> tuple[dict[int, int], int, dict[int, list[Option]]]:
    """Takes at each level the one choice that is best whatever else is chosen, as long as there is such a level."""
    chosen: dict[int, int] = {}
    left: dict[int, list[Option]] = {index: list(several) for index, several in options.items()}
    before = -1
    while alive and alive != before:
        before = alive
        for index in list(left):
            left[index] = _best(left[index], alive)
            if len(left[index]) == 1:
                ((mask, cells),) = left.pop(index)
                chosen[index], alive = cells, alive & mask
    return chosen, alive, left


def _best(options: Sequence[Option], alive: int) -> list[Option]:
    """The options by what they leave alive, without those that leave more than another does."""
    merged: dict[int, int] = {}
    for mask, cells in options:
        merged[mask & alive] = merged.get(mask & alive, 0) | cells
    return [(mask, cells) for mask, cells in merged.items() if not any(other != mask and not other & ~mask for other in merged)]


def _always(options: Sequence[Option]) -> int:
    rows = -1
    for mask, _ in options:
        rows &= mask
    return rows


def _any(masks: Iterable[int]) -> int:
    rows = 0
    for mask in masks:
        rows |= mask
    return rows


def _next(left: Mapping[int, Sequence[Option]], killing: Mapping[int, int]) -> int:
    """The level to branch on: one that alone can end some row, else one with few choices that can end many."""
    once = twice = 0
    for rows in killing.values():
        twice |= once & rows
        once |= rows
    only = once & ~twice
    return min(left, key=lambda index: (not killing[index] & only, len(left[index]), -killing[index].bit_count()))


def _survivors(option: Option) -> int:
    return option[0].bit_count()


def _lowest(cells: int) -> int:
    return (cells & -cells).bit_length() - 1
