"""Reads one cell against the type of its input or output: allowed words, numbers where numbers belong, unknown said aloud."""

from dataclasses import replace

from cds.dmn.feel import ast, parser
from cds.dmn.model import ItemDefinition

NUMERIC = ("integer", "number")


class BadCell(ValueError):
    """Says what is wrong with the cell and what was expected."""


def input_entry(text: str, item: ItemDefinition) -> ast.UnaryTests:
    """The unary tests of an input cell, each word checked against the allowed ones."""
    tests = tuple(_checked(test, item) for test in _unary(text))
    if item.nullable and any(isinstance(test, ast.Not) for test in tests) and not _says_unknown(tests):
        raise BadCell("not(...) must say what unknown does: write not(a, unknown), or not(a), unknown")
    return tests


def output_entry(text: str, item: ItemDefinition, names: frozenset[str]) -> ast.Expression:
    """An output cell: an allowed word, a number, a list of words, or a literal expression over names."""
    words = [word.strip() for word in text.split(",")]
    if item.base == "list of string" and all(_is_word(word, item) for word in words):
        return ast.ListOf(tuple(ast.Constant(word) for word in words))
    if item.base == "string" and text in item.allowed:
        return ast.Constant(text)
    if item.base == "string" and not item.allowed and text not in names and not text.startswith('"'):
        return ast.Constant(text)
    return expression(text, names)


def expression(text: str, names: frozenset[str]) -> ast.Expression:
    """A literal expression; BadCell where it cannot be read."""
    try:
        return parser.expression(text, names)
    except parser.Misread as error:
        raise BadCell(f"{error}, or a word that is not allowed here") from error


def _is_word(word: str, item: ItemDefinition) -> bool:
    return word in item.allowed if item.allowed else word.replace("_", "").replace("-", "").isalnum()


def _unary(text: str) -> ast.UnaryTests:
    try:
        return parser.unary_tests(text)
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
        case ast.Equals(value) if isinstance(value, str):
            return _word(test, value, item)
        case ast.Compare() | ast.Interval() | ast.Equals() if item.base not in NUMERIC:
            raise BadCell(f"a number, but the input is {item.base}")
    return test


def _word(test: ast.Equals, word: str, item: ItemDefinition) -> ast.Equals:
    if item.base in NUMERIC:
        raise BadCell(f"the word {word!r}, but the input is {item.base}")
    if item.allowed and word not in item.allowed:
        raise BadCell(f"the word {word!r} is not allowed; allowed are {', '.join(item.allowed)}")
    return test
