"""Operators on two values of an expression: exact on numbers that depend on inputs, the interpreter's own on everything else."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cds.dmn.analysis.symbolic import comparisons, numbers, values
from cds.dmn.analysis.symbolic.numbers import Quotient
from cds.dmn.analysis.symbolic.terms import FALSE, TRUE, Condition, Terms, Unnamed
from cds.dmn.analysis.symbolic.values import Case, Ground, Listing, Record, Unsupported, Value
from cds.dmn.feel import ast, interpreter

COMPARING = ("=", "!=", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/")
LEFT, RIGHT = ast.Name("left"), ast.Name("right")


def binary(terms: Terms, operator: str, left: Value, right: Value) -> Value:
    """The value of `left operator right`."""
    if operator in ("and", "or"):
        return _connected(terms, operator, left, right)
    return values.combined(terms, (left, right), lambda a, b: _cases(terms, operator, a, b))


def _connected(terms: Terms, operator: str, left: Value, right: Value) -> Value:
    (true, false), (also_true, also_false) = values.truth(terms, left), values.truth(terms, right)
    if operator == "and":
        return values.decided(terms, terms.both(true, also_true), terms.either(false, also_false))
    return values.decided(terms, terms.either(true, also_true), terms.both(false, also_false))


def equal(terms: Terms, left: Value, right: Value) -> Condition:
    """The two are the same value, as an item of a list is the same: null is null."""
    return terms.some(
        terms.both(guard, other, same)
        for guard, a in left.cases
        for other, b in right.cases
        if (same := _same(terms, a, b)) != FALSE and terms.both(guard, other) != FALSE
    )


def _same(terms: Terms, left: Ground, right: Ground) -> Condition:
    if isinstance(left, Quotient | Decimal) and isinstance(right, Quotient | Decimal):
        return comparisons.compare(terms, "=", numbers.quotient(left), numbers.quotient(right))
    if isinstance(left, Record) and isinstance(right, Record):
        if left.entries.keys() != right.entries.keys():
            return FALSE
        return terms.every(equal(terms, value, right.entries[name]) for name, value in left.entries.items())
    if isinstance(left, Listing) and isinstance(right, Listing):
        return _same_lists(terms, left, right)
    return TRUE if values.key(left) == values.key(right) else FALSE


def _same_lists(terms: Terms, left: Listing, right: Listing) -> Condition:
    if left is right:
        return TRUE
    if not (values.constant(left) and values.constant(right)):
        raise Unsupported("two lists that depend on inputs, compared")
    return TRUE if values.python(left) == values.python(right) else FALSE


def _cases(terms: Terms, operator: str, left: Ground, right: Ground) -> Iterable[Case]:
    if isinstance(left, Quotient | Decimal) and isinstance(right, Quotient | Decimal):
        if isinstance(left, Quotient) or isinstance(right, Quotient):
            return _numeric(terms, operator, numbers.quotient(left), numbers.quotient(right))
    elif isinstance(left, Unnamed | str) and isinstance(right, Unnamed | str) and (isinstance(left, Unnamed) or isinstance(right, Unnamed)):
        return ((TRUE, _of_unnamed(operator, left, right)),)
    if type(left) is type(right) and not (values.constant(left) and values.constant(right)):
        raise Unsupported(f"`{operator}` between two lists or contexts that depend on inputs")
    result = interpreter.evaluate(ast.Binary(operator, LEFT, RIGHT), {"left": _sample(left), "right": _sample(right)})
    return ((TRUE, values.of_python(result)),)


def _of_unnamed(operator: str, left: Ground, right: Ground) -> bool:
    """A word that the model never mentions equals none that it does."""
    if operator not in ("=", "!="):
        raise Unsupported(f"`{operator}` on an input that may be any text")
    return (left == right) == (operator == "=")


def _sample(ground: Ground) -> Any:
    """The constant, or one of its kind where only the kind can matter, the other side being of another."""
    if values.constant(ground):
        return values.python(ground)
    kinds: dict[type, Any] = {Quotient: Decimal(0), Unnamed: "", Listing: (), Record: {}}
    return kinds[type(ground)]


def _numeric(terms: Terms, operator: str, left: Quotient, right: Quotient) -> Iterable[Case]:
    if operator in COMPARING:
        holds = comparisons.compare(terms, operator, left, right)
        return (holds, True), (-holds, False)
    if operator not in ARITHMETIC:
        raise Unsupported(f"`{operator}` on a number that depends on inputs")
    if operator == "/":
        none = comparisons.zero(terms, right.above)
        return (none, None), (-none, numbers.plain(numbers.multiply(left, numbers.inverse(right))))
    result = {
        "+": lambda: numbers.add(left, right),
        "-": lambda: numbers.add(left, numbers.negated(right)),
        "*": lambda: numbers.multiply(left, right),
    }[operator]()
    return ((TRUE, numbers.plain(result)),)
