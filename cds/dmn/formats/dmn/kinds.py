"""The built-in type that an expression has for certain, so that a clash of types is told before anything runs."""

from collections.abc import Mapping

from cds.dmn import typing
from cds.dmn.feel import ast
from cds.dmn.model import ItemDefinition

COMPARISONS = frozenset({"<", "<=", ">", ">=", "=", "!="})
LOGICAL = frozenset({"and", "or"})


def inferred(expression: ast.Expression, items: Mapping[str, ItemDefinition]) -> str:
    """The built-in type of every value the expression can have but null; `Any` where that cannot be told."""
    match expression:
        case ast.Constant(value):
            return typing.base_of(value)
        case ast.Name(name):
            return _base(items.get(name))
        case ast.Path():
            return _base(_item(expression, items))
        case ast.Binary(operator, left, right):
            return _binary(operator, inferred(left, items), inferred(right, items))
        case ast.If(_, then, otherwise):
            return _same(inferred(then, items), inferred(otherwise, items))
        case ast.Minus(operand):
            return inferred(operand, items)
    return typing.ANY


def names(test: ast.UnaryTest) -> frozenset[str]:
    """Every name that a test reads."""
    match test:
        case ast.Satisfies(expression):
            return ast.names(expression)
        case ast.Not(tests):
            return frozenset().union(*(names(part) for part in tests))
    return frozenset()


def _item(expression: ast.Expression, items: Mapping[str, ItemDefinition]) -> ItemDefinition | None:
    match expression:
        case ast.Name(name):
            return items.get(name)
        case ast.Path(source, entry):
            outer = _item(source, items)
            return dict(outer.components).get(entry) if outer and not outer.collection else None
    return None


def item(expression: ast.Expression, items: Mapping[str, ItemDefinition]) -> ItemDefinition:
    """The declared type of a name or a path, the built-in type of another expression."""
    return _item(expression, items) or ItemDefinition(inferred(expression, items))


def _base(found: ItemDefinition | None) -> str:
    return typing.ANY if found is None or found.collection or found.base == typing.WORDS else found.base


def _binary(operator: str, left: str, right: str) -> str:
    if operator in COMPARISONS or operator in LOGICAL:
        return typing.BOOLEAN
    both = _same(left, right)
    return both if both in typing.NUMERIC or (operator == "+" and both == typing.STRING) else typing.ANY


def _same(left: str, right: str) -> str:
    return left if left == right else typing.NUMBER if {left, right} <= typing.NUMERIC else typing.ANY
