"""Elementary cells: every value has one, no test tells two values of one cell apart, and a set of cells reads as a cell of a table."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.analysis import domains
from cds.dmn.feel import ast, interpreter, parser, writer
from cds.dmn.model import ItemDefinition

BOUNDED = ItemDefinition("integer", (), Decimal(0), Decimal(120))


def texts(item: ItemDefinition, *cells: str) -> list[str]:
    """Each elementary cell of an input with these cells, as text."""
    found = domains.split(item, [test for text in cells for test in parser.unary_tests(text)])
    return [writer.unary_tests(domains.tests_of(found, 1 << index)) for index in range(len(found))]


def test_whole_numbers_have_only_gaps_that_hold_a_whole_number() -> None:
    assert texts(BOUNDED, "< 16", "[17..20]", "> 20.5") == ["0", "[1..15]", "16", "17", "[18..19]", "20", "[21..119]", "120", "unknown"]


def test_numbers_have_a_gap_between_any_two_bounds() -> None:
    assert texts(ItemDefinition("number", nullable=False), "[1..2)") == ["< 1", "1", "(1..2)", "2", "> 2"]


def test_an_open_input_has_words_that_nobody_names() -> None:
    assert texts(ItemDefinition("string"), "a, b") == ["a", "b", "not(a, b, unknown)", "unknown"]


def test_words_that_are_compared_have_gaps_like_numbers() -> None:
    found = domains.split(ItemDefinition("string", nullable=False), (ast.Compare("<", "b"), ast.Equals("b\0")))
    assert [cell.sample for cell in found] == ["", "b", "b\0", "b\0\0"]


def test_a_truth_value_has_two_cells_whatever_is_tested() -> None:
    assert texts(ItemDefinition("boolean")) == ["= true", "= false", "unknown"]


def test_an_input_without_a_base_type_has_the_kinds_that_are_tested() -> None:
    found = domains.split(ItemDefinition("Any"), (ast.Equals(True), ast.Equals("a"), ast.Compare("<", Decimal(3))))
    assert [cell.sample for cell in found] == [Decimal(2), Decimal(3), Decimal(4), True, False, "a", "other", None]


def test_allowed_values_that_are_no_words_and_no_range_bound_the_cells() -> None:
    item = ItemDefinition("number", nullable=False, constraint=parser.unary_tests("[0..3], > 10"))
    assert texts(item, "< 2") == ["0", "(0..2)", "2", "(2..3)", "3", "> 10"]


@pytest.mark.parametrize(
    ("base", "low", "high", "samples"),
    [
        ("date", datetime.date(2024, 1, 1), datetime.date(2024, 1, 2), 4),
        ("date", datetime.date(2024, 1, 1), datetime.date(2024, 1, 4), 5),
        ("date", datetime.date.min, datetime.date.max, 3),
        ("time", datetime.time(0), datetime.time(12), 4),
        ("date and time", datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC), datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC), 5),
        ("days and time duration", datetime.timedelta(1), datetime.timedelta(2), 5),
        ("years and months duration", ast.YearsMonths(1), ast.YearsMonths(2), 4),
    ],
)
def test_dates_times_and_durations_have_cells_around_their_bounds(base: str, low: ast.Temporal, high: ast.Temporal, samples: int) -> None:
    found = domains.split(ItemDefinition(base, nullable=False), (ast.Compare("<", low), ast.Compare("<=", high)))
    assert len(found) == samples
    assert [cell.sample for cell in found] == sorted({cell.sample for cell in found})


NUMBER = st.integers(-1, 6).map(Decimal) | st.integers(0, 8).map(lambda half: Decimal(half) / 2)
TEST: st.SearchStrategy[ast.UnaryTest] = st.one_of(
    st.builds(ast.Equals, NUMBER),
    st.builds(ast.Compare, st.sampled_from(("<", "<=", ">", ">=")), NUMBER),
    st.builds(ast.Interval, NUMBER, NUMBER, st.booleans(), st.booleans()),
    st.just(ast.Unknown()),
)
ITEMS = st.sampled_from(
    (
        ItemDefinition("number"),
        ItemDefinition("integer", (), Decimal(0), Decimal(5)),
        ItemDefinition("integer"),
        ItemDefinition("number", nullable=False),
    )
)


@given(ITEMS, st.lists(TEST, min_size=1, max_size=4), NUMBER | st.none(), st.data())
@settings(max_examples=80, deadline=None, derandomize=True)
def test_every_value_has_one_cell_that_no_test_divides(
    item: ItemDefinition, tests: list[ast.UnaryTest], value: Decimal | None, data: st.DataObject
) -> None:
    cells = domains.split(item, tests)
    if not _allowed(item, value):
        return
    (at,) = [index for index in range(len(cells)) if interpreter.matches(domains.tests_of(cells, 1 << index), value)]
    assert all(interpreter.matches((test,), value) == interpreter.matches((test,), cells[at].sample) for test in tests)
    chosen = data.draw(st.integers(1, (1 << len(cells)) - 1))
    assert (interpreter.matches(domains.tests_of(cells, chosen), value) is True) == bool(chosen >> at & 1)


def _allowed(item: ItemDefinition, value: Decimal | None) -> bool:
    if value is None:
        return item.nullable
    whole = item.base != "integer" or value == value.to_integral_value()
    return whole and (item.minimum is None or value >= item.minimum) and (item.maximum is None or value <= item.maximum)
