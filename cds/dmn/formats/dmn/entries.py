"""Reads the entries of a rule against the types of their columns."""

from cds.dmn import typing
from cds.dmn.feel import ast
from cds.dmn.formats.cells import BadCell
from cds.dmn.formats.dmn import kinds, types
from cds.dmn.formats.dmn.scope import Scope
from cds.dmn.model import Clause, ItemDefinition

IRRELEVANT = ("", "-")


def input_entry(text: str, item: ItemDefinition, scope: Scope) -> ast.UnaryTests | None:
    """The tests of an input entry, None for any value. BadCell where they cannot be read or are of another type than the input."""
    if text in IRRELEVANT:
        return None
    tests = scope.tests(text)
    for test in tests:
        _check(test, item, scope)
    return _with_null(tests) if item.nullable else tests


def output_entry(text: str, clause: Clause, scope: Scope) -> ast.Expression | None:
    """The expression of an output entry, None where it is empty. BadCell as for inputs, and for a value that the output does not have."""
    if text in IRRELEVANT:
        return None
    tree = scope.expression(text)
    _require_output(tree, clause, scope)
    return tree


def _with_null(tests: ast.UnaryTests) -> ast.UnaryTests:
    """By the standard null is not equal to a value, so `not("a")` holds for null; our `Not` holds for what is known only, and null is said."""
    match tests:
        case (ast.Not(parts),) if all(isinstance(part, ast.Equals) for part in parts):
            return (*tests, ast.Unknown())
    return tests


def _require_output(tree: ast.Expression, clause: Clause, scope: Scope) -> None:
    base = scope.base(tree)
    if not clause.item.collection and not typing.compatible(base, clause.item.base):
        raise BadCell(f"holds {base}, but the output is {clause.item.base}")
    if not isinstance(tree, ast.Constant) or tree.value is None:
        return
    if clause.values and tree.value not in clause.values:
        raise BadCell(f"is not one of the output values {', '.join(map(str, clause.values))}")
    if not clause.item.collection and not typing.allows(clause.item, tree.value):
        raise BadCell(f"is not a value of the output, which is {typing.described(clause.item)}")


def _check(test: ast.UnaryTest, item: ItemDefinition, scope: Scope) -> None:
    if isinstance(test, ast.Not):
        for part in test.tests:
            _check(part, item, scope)
        return
    if item.collection or item.base == typing.WORDS:
        return
    if isinstance(test, ast.Contains) and item.base != typing.ANY:
        raise BadCell(f"asks what a list contains, but the input is {item.base}")
    for base in _bases(test, scope):
        if not typing.compatible(base, item.base):
            raise BadCell(f"holds {base}, but the input is {item.base}")
    if isinstance(test, ast.Equals) and item.allowed and test.value not in item.allowed:
        raise BadCell(f"is not one of the input values {', '.join(item.allowed)}")


def _bases(test: ast.UnaryTest, scope: Scope) -> tuple[str, ...]:
    """The types with which the input is compared."""
    match test:
        case ast.Satisfies(ast.Binary(operator, ast.Name(name), right)) if name == ast.INPUT and operator in kinds.COMPARISONS:
            return (scope.base(right),)
    return tuple(typing.base_of(value) for value in types.constants(test))
