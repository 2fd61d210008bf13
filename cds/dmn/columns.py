"""One input column of a table: for a value, the rows whose cell holds and the rows that unknown keeps open.

A column is split once into elementary cells (the words it names, the bounds of its numbers and the gaps between them),
each with a bitmask of rows, so that a lookup compares nothing row by row. Rows are numbered from bit 0.
Cells whose tests are not all constants (`ast.Satisfies`) are evaluated at each lookup, once for each different cell.
"""

import decimal
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from cds.dmn.feel import ast, interpreter
from cds.dmn.feel.values import Truth

Masks = tuple[int, int]
"""The rows whose cell is true, and the rows whose cell is neither true nor false."""

Cells = Sequence[ast.UnaryTests | None]
"""The cell of each row; None where the row leaves the input out."""

Groups = tuple[tuple[ast.UnaryTests, int], ...]
"""Each different cell with the rows that have it."""

NOTHING: Mapping[str, Any] = {}
HALVING = decimal.Context(prec=200)
"""Exact enough that the middle of two different decimals of 34 digits is neither."""


@dataclass(frozen=True)
class Column:
    """The masks of every elementary cell of one input.

    `free` are the rows that leave the input out, `membership` the rows of cells that only ask for items of a list;
    `truths` says that a cell names true or false.
    """

    free: int
    constant: Groups
    dynamic: Groups
    unknown: Masks
    words: Mapping[str, Masks]
    other_word: Masks | None
    bounds: tuple[Decimal, ...]
    numbers: tuple[Masks, ...]
    membership: Mapping[ast.Scalar, int]
    mixed: Groups
    truths: bool

    def masks(self, value: Any, values: Mapping[str, Any] = NOTHING) -> Masks:
        """The masks for a value; None is unknown. `values` are what the expressions of dynamic cells read."""
        true, opened = self._constants(value)
        if not self.dynamic:
            return true, opened
        more, waiting = _dynamic_masks(self.dynamic, value, values)
        return true | more, opened | waiting

    def _constants(self, value: Any) -> Masks:
        if value is None:
            return self.unknown
        if isinstance(value, Decimal):
            return self.numbers[self._cell(value)]
        if isinstance(value, str):
            known = self.words.get(value, self.other_word)
            if known is not None:
                return known
        return self._members(value) if isinstance(value, tuple) else _with(self.free, _masks(self.constant, value))

    def _cell(self, value: Decimal) -> int:
        """Bounds have odd numbers, the gaps around them even ones."""
        at = bisect_left(self.bounds, value)
        return 2 * at + 1 if at < len(self.bounds) and self.bounds[at] == value else 2 * at

    def _members(self, items: tuple[Any, ...]) -> Masks:
        true = self.free
        for item in items:
            if isinstance(item, (str, Decimal)):
                true |= self.membership.get(item, 0)
        return _with(true, _masks(self.mixed, items))


def compiled(cells: Cells, words: Iterable[str] = ()) -> Column:
    """The column of these cells; `words` are those that the input may be, beside those that the cells name."""
    free = sum(1 << row for row, tests in enumerate(cells) if tests is None)
    groups = _groups(cells)
    constant = tuple(group for group in groups if is_constant(group[0]))
    members = tuple(group for group in constant if all(isinstance(test, ast.Contains) for test in group[0]))
    tests = [test for cell, _ in constant for test in _leaves(cell)]
    bounds = tuple(sorted({end for test in tests for end in _constants(test) if isinstance(end, Decimal)}))
    named = {*words, *(end for test in tests for end in _constants(test) if isinstance(end, str))}
    ordered = any(isinstance(end, str) for test in tests if isinstance(test, (ast.Compare, ast.Interval)) for end in _constants(test))
    return Column(
        free=free,
        constant=constant,
        dynamic=tuple(group for group in groups if group not in constant),
        unknown=_with(free, _masks(constant, None)),
        words={word: _with(free, _masks(constant, word)) for word in named},
        other_word=None if ordered else _with(free, _masks(constant, max(named, default="") + ".")),
        bounds=bounds,
        numbers=tuple(_with(free, _masks(constant, value)) for value in _samples(bounds)),
        membership=_membership(members),
        mixed=tuple(group for group in constant if group not in members),
        truths=any(isinstance(constant, bool) for test in tests for constant in _constants(test)),
    )


def is_constant(tests: ast.UnaryTests) -> bool:
    """Whether the cell depends on its input alone."""
    return not any(isinstance(test, ast.Satisfies) for test in _leaves(tests))


def _groups(cells: Cells) -> Groups:
    """Cells are the same when they are equal and of the same kinds: True equals 1 in Python and not in FEEL."""
    rows: dict[tuple[ast.UnaryTests, tuple[type, ...]], int] = {}
    for row, tests in enumerate(cells):
        if tests is not None:
            key = tests, tuple(type(constant) for test in _leaves(tests) for constant in _constants(test))
            rows[key] = rows.get(key, 0) | 1 << row
    return tuple((tests, mask) for (tests, _), mask in rows.items())


def _membership(groups: Groups) -> Mapping[ast.Scalar, int]:
    rows: dict[ast.Scalar, int] = {}
    for tests, mask in groups:
        for item in (test.value for test in tests if isinstance(test, ast.Contains)):
            rows[item] = rows.get(item, 0) | mask
    return rows


def _with(free: int, masks: Masks) -> Masks:
    return masks[0] | free, masks[1]


def _masks(groups: Groups, value: Any) -> Masks:
    return _gathered((interpreter.matches(tests, value), rows) for tests, rows in groups)


def _dynamic_masks(groups: Groups, value: Any, values: Mapping[str, Any]) -> Masks:
    return _gathered((interpreter.matches(tests, value, values), rows) for tests, rows in groups)


def _gathered(truths: Iterable[tuple[Truth, int]]) -> Masks:
    true = opened = 0
    for truth, rows in truths:
        if truth:
            true |= rows
        elif truth is None:
            opened |= rows
    return true, opened


def _leaves(tests: ast.UnaryTests) -> Iterator[ast.UnaryTest]:
    for test in tests:
        if isinstance(test, ast.Not):
            yield from _leaves(test.tests)
        else:
            yield test


def _constants(test: ast.UnaryTest) -> tuple[ast.Scalar, ...]:
    match test:
        case ast.Compare(_, value) | ast.Equals(value):
            return (value,)
        case ast.Interval(low, high):
            return (low, high)
    return ()


def _samples(bounds: Sequence[Decimal]) -> Iterator[Decimal]:
    """One value below all bounds, then each bound and one value above it that is below the next."""
    if not bounds:
        yield Decimal(0)
        return
    yield bounds[0] - abs(bounds[0]) - 1
    for low, high in pairwise([*bounds, bounds[-1] + abs(bounds[-1]) + 1]):
        yield low
        yield HALVING.divide(HALVING.add(low, high), Decimal(2))
