"""Reads one cell against the type of its input or output: allowed words, numbers where numbers belong, unknown said aloud."""

import datetime
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from cds.dmn.feel import ast, parser
from cds.dmn.model import LIST, ItemDefinition

KINDS: Mapping[str, type] = MappingProxyType(
    {
        "string": str,
        "integer": Decimal,
        "number": Decimal,
        LIST: str,
        "boolean": bool,
        "date": datetime.date,
        "time": datetime.time,
        "date and time": datetime.datetime,
        "days and time duration": datetime.timedelta,
        "years and months duration": ast.YearsMonths,
    }
)
"""What a constant must be to be compared with a value of that base, or with the items of a list."""

TRUTHS: Mapping[ast.Ordered | bool, bool] = MappingProxyType({"true": True, "false": False})


class BadCell(ValueError):
    """Says what is wrong with the cell and what was expected."""


def input_entry(text: str, item: ItemDefinition, names: frozenset[str] = frozenset()) -> ast.UnaryTests:
    """The unary tests of an input cell, each word checked against the allowed ones; `names` may be bounds of a comparison."""
    tests = tuple(_checked(test, item) for test in _unary(text, names))
    if item.nullable and any(isinstance(test, ast.Not) for test in tests) and not _says_unknown(tests):
        raise BadCell("not(...) must say what unknown does: write not(a, unknown), or not(a), unknown")
    return tests


def output_entry(text: str, item: ItemDefinition, names: frozenset[str]) -> ast.Expression:
    """An output cell: an allowed word, a number, a list of words, or a literal expression over names."""
    words = [word.strip() for word in text.split(",")]
    if item.base == LIST and all(_is_word(word, item) for word in words):
        return ast.ListOf(tuple(ast.Constant(word) for word in words))
    if item.base == "string" and text in item.allowed:
        return ast.Constant(text)
    if item.base == "string" and not item.allowed and text and text not in names and not text.startswith('"'):
        return ast.Constant(text)
    try:
        return expression(text, names)
    except BadCell as error:
        allowed = f"; allowed are {', '.join(item.allowed)}" if item.allowed else ""
        raise BadCell(f"{error}{allowed}") from error


def expression(text: str, names: frozenset[str]) -> ast.Expression:
    """A literal expression; BadCell where it cannot be read."""
    try:
        return parser.expression(text, names)
    except parser.Misread as error:
        raise BadCell(f"{error}, or a word that is not allowed here") from error


def _is_word(word: str, item: ItemDefinition) -> bool:
    return word in item.allowed if item.allowed else word.replace("_", "").replace("-", "").isalnum()


def _unary(text: str, names: frozenset[str]) -> ast.UnaryTests:
    try:
        return parser.unary_tests(text, names)
    except parser.Misread as error:
        raise BadCell(str(error)) from error


def _says_unknown(tests: ast.UnaryTests) -> bool:
    return any(isinstance(test, ast.Unknown) or (isinstance(test, ast.Not) and _says_unknown(test.tests)) for test in tests)


def _checked(test: ast.UnaryTest, item: ItemDefinition) -> ast.UnaryTest:
    match test:
        case ast.Not(tests):
            return replace(test, tests=tuple(_checked(part, item) for part in tests))
        case ast.Unknown() if not item.nullable:
            return _checked(ast.Equals("unknown"), item)
        case ast.Equals(value):
            return _equal(value, item)
        case ast.Contains(value):
            _equal(value, item)
        case ast.Compare(_, bound):
            _require_kind(bound, item)
        case ast.Interval(low, high):
            _require_kind(low, item)
            _require_kind(high, item)
    return test


def _equal(value: ast.Ordered | bool, item: ItemDefinition) -> ast.UnaryTest:
    """A value; on a list, membership. The words true and false are truths where the type is."""
    value = TRUTHS.get(value, value) if item.base == "boolean" else value
    _require_kind(value, item)
    if item.allowed and value not in item.allowed:
        raise BadCell(f"the word {value!r} is not allowed; allowed are {', '.join(item.allowed)}")
    listed = (item.base == LIST or item.collection) and isinstance(value, str | Decimal)
    return ast.Contains(value) if listed else ast.Equals(value)  # type: ignore[arg-type]


def _require_kind(value: ast.Ordered | bool, item: ItemDefinition) -> None:
    kind = KINDS.get(item.base)
    if kind is not None and type(value) is not kind:
        raise BadCell(f"{_told(value)}, but the input is {item.base}")


def _told(value: ast.Ordered | bool) -> str:
    if isinstance(value, str):
        return f"the word {value!r}"
    return next((f"a {base}" for base, kind in list(KINDS.items())[::-1] if type(value) is kind), "another value")
