"""A compiled column says of every value what its cells say one by one."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cds.dmn import columns
from cds.dmn.feel import ast, interpreter

NUMBERS = st.decimals(min_value=-5, max_value=5, places=1)
WORDS = st.sampled_from(["none", "minor", "major"])
OF_NUMBERS = st.one_of(
    NUMBERS.map(ast.Equals),
    st.builds(ast.Compare, st.sampled_from(["<", "<=", ">", ">="]), NUMBERS),
    st.builds(
        lambda low, width, left, right: ast.Interval(low, low + width, left, right),
        NUMBERS,
        st.decimals(0, 4, places=1),
        st.booleans(),
        st.booleans(),
    ),
    st.just(ast.Unknown()),
    st.just(ast.Anything()),
)
OF_WORDS = st.one_of(WORDS.map(ast.Equals), st.just(ast.Unknown()), st.just(ast.Anything()))


def cells(tests: st.SearchStrategy[Any]) -> st.SearchStrategy[list[ast.UnaryTests | None]]:
    plain = st.lists(tests, min_size=1, max_size=3).map(tuple)
    denied = plain.map(lambda inner: (ast.Not(inner),))
    return st.lists(st.one_of(st.none(), plain, denied), max_size=6)


def one_by_one(column: list[ast.UnaryTests | None], value: Any) -> tuple[int, int]:
    truths = [True if tests is None else interpreter.matches(tests, value) for tests in column]
    return sum(1 << row for row, truth in enumerate(truths) if truth is True), sum(1 << row for row, truth in enumerate(truths) if truth is None)


@given(cells(OF_NUMBERS), st.one_of(st.none(), NUMBERS, st.decimals(-9, 9, places=2)))
def test_of_numbers_on_their_bounds_and_between_them(column: list[ast.UnaryTests | None], value: Decimal | None) -> None:
    assert columns.compiled(column).masks(value) == one_by_one(column, value)


@given(cells(OF_WORDS), st.one_of(st.none(), WORDS, st.just("elsewhere")))
def test_of_words_named_and_not_named(column: list[ast.UnaryTests | None], value: str | None) -> None:
    assert columns.compiled(column).masks(value) == one_by_one(column, value)


@given(cells(OF_WORDS), st.lists(st.one_of(WORDS, st.just("elsewhere")), max_size=3).map(tuple))
def test_of_lists_by_membership(column: list[ast.UnaryTests | None], value: tuple[str, ...]) -> None:
    assert columns.compiled(column).masks(value) == one_by_one(column, value)
