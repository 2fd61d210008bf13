"""One input column of a table, compiled: for a value, the rows whose cell holds and the rows that unknown keeps open.

A column is split once into elementary cells (the words it names, the bounds of its numbers and the gaps between them),
each with a bitmask of rows; a lookup then costs no comparison per row. Rows are numbered from bit 0.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast, interpreter

Masks = tuple[int, int]
"""The rows whose cell is true, and the rows whose cell is neither true nor false."""

Cells = Sequence[ast.UnaryTests | None]
"""The cell of each row; None where the row leaves the input out."""


@dataclass(frozen=True)
class Column:
    """The masks of every elementary cell of one input."""

    cells: tuple[ast.UnaryTests | None, ...]
    unknown: Masks
    words: dict[str, Masks]
    other_word: Masks
    bounds: tuple[Decimal, ...]
    numbers: tuple[Masks, ...]
    elsewhere: int
    membership: dict[str, int]
    other_rows: tuple[int, ...]

    def masks(self, value: Any) -> Masks:
        """The masks for a value; None is unknown."""
        if value is None:
            return self.unknown
        if isinstance(value, str):
            return self.words.get(value, self.other_word)
        if isinstance(value, Decimal):
            return self.numbers[self._cell(value)]
        return self._members(value)

    def _cell(self, value: Decimal) -> int:
        """Bounds have odd numbers, the gaps around them even ones."""
        at = bisect_left(self.bounds, value)
        return 2 * at + 1 if at < len(self.bounds) and self.bounds[at] == value else 2 * at

    def _members(self, items: Iterable[Any]) -> Masks:
        true = self.elsewhere
        for item in items:
            true |= self.membership.get(item, 0)
        mixed, opened = _masks([self.cells[row] for row in self.other_rows], tuple(items))
        for position, row in enumerate(self.other_rows):
            true |= ((mixed >> position) & 1) << row
        return true, opened


def compiled(cells: Cells) -> Column:
    """The column of these cells."""
    words = {test.value for test in _leaves(cells) if isinstance(test, ast.Equals) and isinstance(test.value, str)}
    bounds = tuple(sorted({bound for test in _leaves(cells) for bound in _bounds(test)}))
    plain = [row for row, tests in enumerate(cells) if tests and all(isinstance(test, ast.Equals) for test in tests)]
    return Column(
        cells=tuple(cells),
        unknown=_masks(cells, None),
        words={word: _masks(cells, word) for word in words},
        other_word=_masks(cells, ""),
        bounds=bounds,
        numbers=tuple(_masks(cells, value) for value in _samples(bounds)),
        elsewhere=sum(1 << row for row, tests in enumerate(cells) if tests is None),
        membership={word: sum(1 << row for row in plain if ast.Equals(word) in (cells[row] or ())) for word in words},
        other_rows=tuple(row for row, tests in enumerate(cells) if tests is not None and row not in plain),
    )


def _masks(cells: Cells, value: Any) -> Masks:
    truths = [True if tests is None else interpreter.matches(tests, value) for tests in cells]
    return sum(1 << row for row, truth in enumerate(truths) if truth), sum(1 << row for row, truth in enumerate(truths) if truth is None)


def _leaves(cells: Cells) -> Iterator[ast.UnaryTest]:
    for tests in cells:
        for test in tests or ():
            yield from _leaves([test.tests]) if isinstance(test, ast.Not) else (test,)


def _bounds(test: ast.UnaryTest) -> tuple[Decimal, ...]:
    match test:
        case ast.Compare(_, value):
            return (value,)
        case ast.Equals(value) if isinstance(value, Decimal):
            return (value,)
        case ast.Interval(low, high):
            return (low, high)
    return ()


def _samples(bounds: Sequence[Decimal]) -> Iterator[Decimal]:
    """One value below all bounds, then each bound and one value above it that is below the next."""
    if not bounds:
        yield Decimal(0)
        return
    yield bounds[0] - 1
    for low, high in zip(bounds, [*bounds[1:], bounds[-1] + 2], strict=True):
        yield low
        yield (low + high) / 2
