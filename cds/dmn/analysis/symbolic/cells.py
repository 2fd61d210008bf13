"""Unary tests over values with conditions: when a cell is true, and when an unknown input keeps it open."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cds.dmn.analysis.symbolic import expressions, operators, values
from cds.dmn.analysis.symbolic.numbers import Quotient
from cds.dmn.analysis.symbolic.scopes import Scope, Truth
from cds.dmn.analysis.symbolic.terms import FALSE, TRUE, Unnamed
from cds.dmn.analysis.symbolic.values import Ground, Listing, Unsupported, Value
from cds.dmn.feel import ast, interpreter

YES: Truth = (TRUE, FALSE)
NO: Truth = (FALSE, TRUE)
OPEN: Truth = (FALSE, FALSE)


def truth(tests: ast.UnaryTests, value: Value, scope: Scope) -> Truth:
    """The truth of a cell: any of its tests."""
    place = (id(value), tests)
    if place not in scope.cells:
        found = _truth(tests, value, scope)
        if any(map(_dynamic, tests)):
            return found
        scope.cells[place] = (value, found)
    return scope.cells[place][1]


def _truth(tests: ast.UnaryTests, value: Value, scope: Scope) -> Truth:
    terms = scope.terms
    found = [(guard, _any(tests, ground, scope)) for guard, ground in value.cases]
    return (
        terms.some(terms.both(guard, true) for guard, (true, _) in found),
        terms.some(terms.both(guard, false) for guard, (_, false) in found),
    )


def _any(tests: ast.UnaryTests, ground: Ground, scope: Scope) -> Truth:
    if values.constant(ground) and not any(map(_dynamic, tests)):
        return _known(interpreter.matches(tests, values.python(ground)))
    found = [_test(test, ground, scope) for test in tests]
    return scope.terms.some(true for true, _ in found), scope.terms.every(false for _, false in found)


def _dynamic(test: ast.UnaryTest) -> bool:
    return isinstance(test, ast.Satisfies) or (isinstance(test, ast.Not) and any(map(_dynamic, test.tests)))


def _known(found: bool | None) -> Truth:
    return OPEN if found is None else YES if found else NO


def _test(test: ast.UnaryTest, ground: Ground, scope: Scope) -> Truth:
    match test:
        case ast.Not(tests):
            true, false = _any(tests, ground, scope)
            return false, true
        case ast.Satisfies(expression):
            return values.truth(scope.terms, expressions.evaluate(expression, scope.bind({ast.INPUT: values.only(ground)})))
    if values.constant(ground):
        return _known(interpreter.matches((test,), values.python(ground)))
    if isinstance(test, ast.Contains) and isinstance(ground, Listing):
        return _contained(test.value, ground, scope)
    if isinstance(ground, Quotient):
        return _number(test, ground, scope)
    return _known(interpreter.matches((test,), _unlike(test, ground)))


def _contained(word: str | Decimal, ground: Listing, scope: Scope) -> Truth:
    terms, wanted = scope.terms, values.only(word)
    found = terms.some(terms.both(guard, operators.equal(terms, item, wanted)) for guard, item in ground.items)
    return found, -found


def _unlike(test: ast.UnaryTest, ground: Ground) -> Any:
    """A value of the kind that the test cannot mean: an unnamed word, or a list that is not asked for an item."""
    if isinstance(ground, Unnamed) and isinstance(test, ast.Anything | ast.Unknown | ast.Equals | ast.Contains):
        return ""
    if isinstance(ground, Listing) and isinstance(test, ast.Anything | ast.Unknown):
        return ()
    raise Unsupported(f"the test {type(test).__name__} on a list, a context or an input that may be any text")


def _number(test: ast.UnaryTest, ground: Quotient, scope: Scope) -> Truth:
    value = values.only(ground)
    match test:
        case ast.Equals(Decimal() as expected):
            return _holds(scope, value, [("=", expected)])
        case ast.Compare(operator, Decimal() as bound):
            return _holds(scope, value, [(operator, bound)])
        case ast.Interval(Decimal() as low, Decimal() as high):
            ends = (">=" if test.low_closed else ">", low), ("<=" if test.high_closed else "<", high)
            return _holds(scope, value, ends)
    return _known(interpreter.matches((test,), Decimal(0)))


def _holds(scope: Scope, value: Value, ends: Iterable[tuple[str, Decimal]]) -> Truth:
    terms = scope.terms
    found = [values.truth(terms, operators.binary(terms, operator, value, values.only(end))) for operator, end in ends]
    return terms.every(true for true, _ in found), terms.some(false for _, false in found)
