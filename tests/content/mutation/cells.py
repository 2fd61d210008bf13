"""The mutants of one input cell: bounds by one step, words swapped, dropped or added, `not` and `unknown` dropped."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from cds.dmn.feel import ast
from cds.dmn.model import ItemDefinition

STEP = Decimal(1)
FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
LIST = "list of string"


def mutants(tests: ast.UnaryTests, item: ItemDefinition) -> Iterator[ast.UnaryTests]:
    """Every cell that differs from this one in one place."""
    for index, test in enumerate(tests):
        for other in _changed(test, tests, item):
            yield (*tests[:index], *other, *tests[index + 1 :])
        if len(tests) > 1:
            yield (*tests[:index], *tests[index + 1 :])
    for more in _missing(tests, item):
        yield (*tests, more)


def _changed(test: ast.UnaryTest, cell: ast.UnaryTests, item: ItemDefinition) -> Iterator[ast.UnaryTests]:
    match test:
        case ast.Not(tests):
            yield tests
            yield from ((ast.Not(other),) for other in mutants(tests, item))
        case ast.Equals(value) if isinstance(value, Decimal):
            yield from ((ast.Equals(value + step),) for step in (-STEP, STEP))
        case ast.Compare(operator, value) if isinstance(value, Decimal):
            yield from ((ast.Compare(operator, value + step),) for step in (-STEP, STEP))
            yield (ast.Compare(FLIPPED[operator], value),)
        case ast.Interval(low, high) if isinstance(low, Decimal) and isinstance(high, Decimal):
            yield from ((other,) for other in _moved(test, low, high))
        case ast.Equals() | ast.Contains():
            yield from ((word,) for word in _next(test, cell, item))


def _moved(test: ast.Interval, low: Decimal, high: Decimal) -> Iterator[ast.Interval]:
    for step in (-STEP, STEP):
        yield replace(test, low=low + step)
        yield replace(test, high=high + step)
    yield replace(test, low_closed=not test.low_closed)
    yield replace(test, high_closed=not test.high_closed)


def _next(test: ast.Equals | ast.Contains, cell: ast.UnaryTests, item: ItemDefinition) -> list[ast.UnaryTest]:
    """The allowed word after this one that the cell does not name: what another swap would show, dropping the word shows too."""
    words = [_word(word, item) for word in item.allowed]
    place = words.index(test) if test in words else 0
    return [word for word in (*words[place:], *words[:place]) if word not in cell][:1]


def _missing(tests: ast.UnaryTests, item: ItemDefinition) -> Iterator[ast.UnaryTest]:
    """Each allowed word that the cell does not name, and unknown where the input can be unknown."""
    if any(isinstance(test, (ast.Anything, ast.Not)) for test in tests):
        return
    if item.nullable and ast.Unknown() not in tests:
        yield ast.Unknown()
    yield from (word for word in (_word(word, item) for word in item.allowed) if word not in tests)


def _word(word: str, item: ItemDefinition) -> ast.UnaryTest:
    return ast.Contains(word) if item.base == LIST else ast.Equals(word)
