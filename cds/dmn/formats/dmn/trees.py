"""Boxed expressions as one FEEL expression, for boxes that the model has no type of its own for."""

from cds.dmn.feel import ast
from cds.dmn.model import BoxedContext, BoxedList, DecisionTable, Invocation, LiteralExpression, Logic

RESULT = ""


def tree(logic: Logic) -> ast.Expression | None:
    """The expression with the value of the logic; None where a decision table is part of it, which no expression holds."""
    match logic:
        case LiteralExpression():
            return logic.expression
        case BoxedContext(entries):
            return _context(entries)
        case BoxedList(items):
            parts = _all(items)
            return None if parts is None else ast.ListOf(parts)
        case Invocation(function, bindings):
            parts = _all(tuple(binding for _, binding in bindings))
            return None if parts is None else ast.Invoke(ast.Name(function), parts, tuple(name for name, _ in bindings))
        case DecisionTable():
            return None


def _context(entries: tuple[tuple[str, Logic], ...]) -> ast.Expression | None:
    """A context with a result is the result, which reads the entries before it."""
    parts = _all(tuple(logic for _, logic in entries))
    if parts is None:
        return None
    context = ast.ContextOf(tuple((name, part) for (name, _), part in zip(entries, parts, strict=True)))
    return ast.Path(context, RESULT) if RESULT in dict(entries) else context


def _all(logics: tuple[Logic, ...]) -> tuple[ast.Expression, ...] | None:
    parts = [tree(logic) for logic in logics]
    known = tuple(part for part in parts if part is not None)
    return known if len(known) == len(parts) else None
