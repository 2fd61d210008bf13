"""Nodes of the tree that a piece of text stands for where there is more than one way to say the same."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from decimal import Decimal

from cds.dmn.feel import ast, functions
from cds.dmn.feel.lexer import Misread

HIGHEST = 200
"""Levels of one tree, which a long chain of operators has too: so many that no walk through it ends in a RecursionError."""


def compared(operator: str, operand: ast.Expression) -> ast.Expression:
    """A comparison without a left side: a range without an end, or for `=` and `!=` a test of `?`."""
    if operator in ("=", "!="):
        return ast.Binary(operator, ast.Name(ast.INPUT), operand)
    if operator in ("<", "<="):
        return ast.RangeOf(None, operand, False, operator == "<=")
    return ast.RangeOf(operand, None, operator == ">=", False)


def negative(operand: ast.Expression) -> ast.Expression:
    """A minus sign in front; a number with one is a constant."""
    match operand:
        case ast.Constant(Decimal() as number):
            return ast.Constant(number.copy_negate())
    return ast.Minus(operand)


def folded(call: ast.Call) -> ast.Expression:
    """`date("2026-01-31")` and the like are constants; what is no date stays a call, whose value is null."""
    match call:
        case ast.Call("date" | "time" | "date and time" | "duration", (ast.Constant(str()),)):
            value = functions.call(call.function, [part.value for part in call.arguments if isinstance(part, ast.Constant)])
            return call if value is None else ast.Constant(value)
    return call


def require_low(tree: ast.Expression) -> None:
    """Refuses a tree so high that a walk through it would not end well."""
    level: list[object] = [tree]
    height = 0
    while level:
        level = [part for node in level for part in _parts(node)]
        height += 1
        if height > HIGHEST:
            raise Misread(f"cannot be read: expected no more than {HIGHEST} levels or operators in a row; cut it into several decisions")


def _parts(node: object) -> Iterable[object]:
    """What a node of the tree, or a tuple of them, is made of."""
    if isinstance(node, tuple):
        return node
    return [getattr(node, field.name) for field in fields(node)] if is_dataclass(node) and not isinstance(node, type) else ()
