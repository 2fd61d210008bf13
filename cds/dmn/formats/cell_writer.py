"""Writes one cell so that `cells` reads it back as the same tree; BadCell where our tables have no way to say it."""

from collections.abc import Iterator
from dataclasses import replace

from cds.dmn.feel import ast, writer
from cds.dmn.formats import cells
from cds.dmn.formats.cells import BadCell
from cds.dmn.model import ItemDefinition


def input_entry(tests: ast.UnaryTests, item: ItemDefinition) -> str:
    """The text of an input cell: bare words, also `unknown` where nothing is ever unknown, and `true` where the type is boolean."""
    return writer.unary_tests(tuple(_said(test, item) for test in tests))


def _said(test: ast.UnaryTest, item: ItemDefinition) -> ast.UnaryTest:
    match test:
        case ast.Not(tests):
            return replace(test, tests=tuple(_said(part, item) for part in tests))
        case ast.Equals("unknown") | ast.Contains("unknown") if not item.nullable:
            return ast.Unknown()
        case ast.Equals(bool() as truth) if item.base == "boolean":
            return ast.Equals(writer.constant(truth))
    return test


def output_entry(tree: ast.Expression, item: ItemDefinition, names: frozenset[str]) -> str:
    """The text of an output cell: a bare word or list of words where it is read as such, else the expression."""
    for text in (*_bare(tree), writer.expression(tree)):
        if _read(text, item, names) == tree:
            return text
    raise BadCell(f"a cell of type {item.base} cannot hold the expression {writer.expression(tree)}")


def _bare(tree: ast.Expression) -> Iterator[str]:
    match tree:
        case ast.Constant(str(word)):
            yield word
        case ast.ListOf(items) if items and all(isinstance(item, ast.Constant) and isinstance(item.value, str) for item in items):
            yield ", ".join(str(item.value) for item in items if isinstance(item, ast.Constant))


def _read(text: str, item: ItemDefinition, names: frozenset[str]) -> ast.Expression | None:
    try:
        return cells.output_entry(text, item, names)
    except BadCell:
        return None
