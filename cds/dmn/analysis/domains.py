"""Splits an input into elementary cells: sets of values that no test of the table tells apart, unknown among them.

Each cell has one value to stand for it; a set of cells is written back as the unary tests of a cell of a table.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds.dmn.analysis import orders
from cds.dmn.analysis.orders import Order
from cds.dmn.feel import ast, interpreter
from cds.dmn.model import ItemDefinition

INTEGER = "integer"
LISTS = "list of "
FIRST_VALUES: dict[str, Any] = {
    "boolean": True,
    "date": datetime.date(2000, 1, 1),
    "date and time": datetime.datetime(2000, 1, 1),  # noqa: DTZ001 a date and time of FEEL may have no zone
    "time": datetime.time(12),
    "days and time duration": datetime.timedelta(days=1),
    "years and months duration": ast.YearsMonths(12),
}
FEW = 3
"""Above so many words, what is left out is written instead where that is shorter."""


@dataclass(frozen=True)
class Span:
    """The ends of a cell of ordered values; None where it has no such end."""

    low: Any
    high: Any
    low_closed: bool = True
    high_closed: bool = True


@dataclass(frozen=True)
class Cell:
    """An elementary cell with one value of it, None being unknown. `other` is the cell of all words that nothing names."""

    sample: Any
    span: Span | None = None
    other: bool = False


def is_list(item: ItemDefinition) -> bool:
    """Whether values of that type are lists."""
    return item.collection or item.base.startswith(LISTS)


def is_constant(test: ast.UnaryTest) -> bool:
    """Whether all values that the test compares with are constants."""
    if isinstance(test, ast.Not):
        return all(is_constant(part) for part in test.tests)
    return not isinstance(test, ast.Satisfies)


def leaves(tests: Iterable[ast.UnaryTest]) -> Iterator[ast.UnaryTest]:
    """The tests, those inside `not` too."""
    for test in tests:
        if isinstance(test, ast.Not):
            yield from leaves(test.tests)
        else:
            yield test


def split(item: ItemDefinition, tests: Iterable[ast.UnaryTest]) -> tuple[Cell, ...]:
    """The elementary cells of an input that is no list, for these tests and the bounds of its type; unknown comes last."""
    constraint = item.constraint if all(map(is_constant, item.constraint)) else ()
    cells = _known(item, list(leaves((*tests, *constraint))))
    allowed = [cell for cell in cells if not constraint or interpreter.matches(constraint, cell.sample)]
    return (*allowed, Cell(None)) if item.nullable else tuple(allowed or cells)


def _constants(test: ast.UnaryTest) -> tuple[Any, ...]:
    match test:
        case ast.Equals(value) | ast.Compare(_, value):
            return (value,)
        case ast.Interval(low, high):
            return (low, high)
    return ()


def _known(item: ItemDefinition, tests: list[ast.UnaryTest]) -> list[Cell]:
    """Cells of the base type; of an input without a base type, cells of every kind that the tests name."""
    if item.base == "boolean":
        return [Cell(True), Cell(False)]
    if item.allowed:
        return [Cell(word) for word in item.allowed]
    constants = list(dict.fromkeys(value for test in tests for value in _constants(test)))
    compared = any(isinstance(value, str) for test in tests if not isinstance(test, ast.Equals) for value in _constants(test))
    words = [value for value in constants if isinstance(value, str) and not compared]
    cells = _spans(item, [value for value in constants if not isinstance(value, bool) and value not in words])
    if any(isinstance(value, bool) for value in constants):
        cells += [Cell(True), Cell(False)]
    if words or not cells:
        cells += _words(words)
    return cells


def _words(words: Sequence[str]) -> list[Cell]:
    other = next(word for word in _candidates() if word not in words)
    return [*(Cell(word) for word in words), Cell(other, other=True)]


def _candidates() -> Iterator[str]:
    yield "other"
    number = 1
    while True:
        number += 1
        yield f"other {number}"


def _spans(item: ItemDefinition, constants: list[Any]) -> list[Cell]:
    """The spans of each kind of value that the constants and the ends of the type have."""
    ends = [end for end in (item.minimum, item.maximum) if end is not None]
    if not constants and not ends:
        first = Decimal(0) if item.base in (INTEGER, "number") else FIRST_VALUES.get(item.base)
        return [] if first is None else [Cell(first, Span(None, None))]
    kinds: dict[Any, list[Any]] = {}
    for value in (*constants, *ends):
        kinds.setdefault(orders.kind_of(value), []).append(value)
    return [cell for values in kinds.values() for cell in _ordered(item, values)]


def _ordered(item: ItemDefinition, values: Sequence[Any]) -> Iterator[Cell]:
    order = orders.order_of(values[0], whole=item.base == INTEGER)
    bounded = isinstance(values[0], Decimal)
    minimum, maximum = (item.minimum, item.maximum) if bounded else (None, None)
    inside = [value for value in values if (minimum is None or value >= minimum) and (maximum is None or value <= maximum)]
    yield from _along(sorted(set(inside)), order, below=minimum is None, above=maximum is None)


def _along(bounds: Sequence[Any], order: Order, *, below: bool, above: bool) -> Iterator[Cell]:
    """Each bound and each gap, with what lies below and above all bounds where the type has no end there."""
    before, after = order.below(bounds[0]), order.above(bounds[-1])
    if below and before is not None:
        yield Cell(before, Span(None, before) if order.counted else Span(None, bounds[0], high_closed=False))
    for index, bound in enumerate(bounds):
        if order.holds(bound):
            yield Cell(bound, Span(bound, bound))
        if index + 1 < len(bounds):
            yield from _gap(bound, bounds[index + 1], order)
    if above and after is not None:
        yield Cell(after, Span(after, None) if order.counted else Span(bounds[-1], None, low_closed=False))


def _gap(low: Any, high: Any, order: Order) -> Iterator[Cell]:
    inside = order.between(low, high)
    if inside:
        yield Cell(inside[0], Span(*inside) if order.counted else Span(low, high, False, False))


def any_value(item: ItemDefinition) -> Any:
    """A value for an input that nothing tests: unknown where it may be, else one of its type."""
    if item.nullable:
        return None
    return () if is_list(item) else split(item, ())[0].sample


def tests_of(cells: Sequence[Cell], chosen: int) -> ast.UnaryTests:
    """The unary tests that hold exactly for the chosen cells (bit n is cell n)."""
    if chosen == (1 << len(cells)) - 1:
        return (ast.Anything(),)
    inside, outside = list(_tests(cells, chosen)), list(_tests(cells, ~chosen))
    known = sum(not isinstance(test, ast.Unknown) for test in inside)
    others = any(cell.other and chosen >> index & 1 for index, cell in enumerate(cells))
    if others or (known > FEW and len(outside) < known):
        return (ast.Not(tuple(outside)), *(test for test in inside if isinstance(test, ast.Unknown)))
    return tuple(inside)


def _tests(cells: Sequence[Cell], chosen: int) -> Iterator[ast.UnaryTest]:
    """The chosen cells but the other words; neighbouring spans as one test."""
    run: list[Span] = []
    for index, cell in enumerate(cells):
        inside = bool(chosen >> index & 1)
        if run and not (inside and cell.span and _follows(run[-1], cell.span)):
            yield _span_test(run)
            run = []
        if inside and cell.span:
            run.append(cell.span)
        elif inside and not cell.other:
            yield ast.Unknown() if cell.sample is None else ast.Equals(cell.sample)
    if run:
        yield _span_test(run)


def _follows(before: Span, after: Span) -> bool:
    return before.high is not None and after.low is not None


def _span_test(run: Sequence[Span]) -> ast.UnaryTest:
    first, last = run[0], run[-1]
    if first.low is None and last.high is None:
        return ast.Not((ast.Unknown(),))
    if first.low is None:
        return ast.Compare("<=" if last.high_closed else "<", last.high)
    if last.high is None:
        return ast.Compare(">=" if first.low_closed else ">", first.low)
    if first.low == last.high:
        return ast.Equals(first.low)
    return ast.Interval(first.low, last.high, first.low_closed, last.high_closed)
