"""Reads the unary tests of a cell (DMN 1.5, 7.3.5, 10.3.1.2 and table 55). Tests with constants are exact; others become Satisfies."""

import re
from decimal import Decimal

from cds.dmn.feel import ast, values
from cds.dmn.feel.lexer import Misread, Scanner
from cds.dmn.feel.reader import COMPARISONS, SUM, Reader

WORD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*(?:[-.:+/][A-Za-z0-9_]+)*)(?=\s*(?:[,)]|$))")
ANYTHING = re.compile(r"-\s*$")
NEGATION = re.compile(r"not\s*\(")
UNKNOWN = "unknown"
INPUT = ast.Name(ast.INPUT)


def read(scanner: Scanner, *, words: bool) -> ast.UnaryTests:
    """The tests of the whole text."""
    if scanner.follows(ANYTHING):
        return (ast.Anything(),)
    with scanner.bound(ast.INPUT):
        tests = _tests(scanner, words=words)
        Reader(scanner).end()
    return tests


def _tests(scanner: Scanner, *, words: bool) -> ast.UnaryTests:
    tests = [_test(scanner, words=words)]
    while scanner.accept(","):
        tests.append(_test(scanner, words=words))
    return tuple(tests)


def _test(scanner: Scanner, *, words: bool) -> ast.UnaryTest:
    word = scanner.label(WORD) if words else ""
    if word:
        return ast.Unknown() if word == UNKNOWN else ast.Equals(word)
    if not scanner.follows(NEGATION):
        return _expression(scanner)
    return _negation(scanner, words=words)


def _negation(scanner: Scanner, *, words: bool) -> ast.UnaryTest:
    """`not(...)` around tests, or an expression that begins with the function of that name."""
    start = scanner.position
    try:
        return _not(scanner, words=words)
    except Misread as error:
        scanner.move(start)
        try:
            return _expression(scanner)
        except Misread:
            raise error from None


def _not(scanner: Scanner, *, words: bool) -> ast.Not:
    with scanner.deeper():
        scanner.take()
        scanner.expect("(")
        tests = _tests(scanner, words=words)
        scanner.expect(")")
    if not scanner.sees(",", ")") and scanner.peek().kind != "end":
        scanner.refuse("`,` or the end")
    return ast.Not(tests)


def _expression(scanner: Scanner) -> ast.UnaryTest:
    operator = scanner.accept(*COMPARISONS)
    if operator:
        return _compared(scanner, operator, Reader(scanner).whole(SUM))
    return _exact(scanner, Reader(scanner).whole())


def _exact(scanner: Scanner, node: ast.Expression) -> ast.UnaryTest:
    """The test with constants that the expression is, where it is one."""
    match node:
        case ast.Constant(value):
            return ast.Unknown() if value is None else ast.Equals(value)
        case ast.Binary("<" | "<=" | ">" | ">=" | "=", ast.Name(ast.INPUT), ast.Constant() as constant):
            return _compared(scanner, node.operator, constant)
        case ast.Binary("!=", ast.Name(ast.INPUT), ast.Constant(None) as constant):
            return _compared(scanner, "!=", constant)
        case ast.Call("list contains", (ast.Name(ast.INPUT), ast.Constant(str() | Decimal() as value))):
            return ast.Contains(value)
        case ast.In(ast.Name(ast.INPUT), (option,)) if not ast.reads_input(option):
            return _exact(scanner, option)
        case ast.RangeOf():
            return _range(scanner, node)
    return ast.Satisfies(node if ast.reads_input(node) else ast.In(INPUT, (node,)))


def _compared(scanner: Scanner, operator: str, operand: ast.Expression) -> ast.UnaryTest:
    if operator in ("=", "!="):
        same = _equal(operand)
        return same if operator == "=" else ast.Not((same,))
    if not isinstance(operand, ast.Constant):
        return ast.Satisfies(ast.Binary(operator, INPUT, operand))
    return ast.Compare(operator, _bound(scanner, operand.value))


def _equal(operand: ast.Expression) -> ast.UnaryTest:
    if isinstance(operand, ast.Constant):
        return ast.Unknown() if operand.value is None else ast.Equals(operand.value)
    return ast.Satisfies(ast.In(INPUT, (operand,)))


def _range(scanner: Scanner, node: ast.RangeOf) -> ast.UnaryTest:
    match node:
        case ast.RangeOf(None, ast.Constant() as high):
            return _compared(scanner, "<=" if node.high_closed else "<", high)
        case ast.RangeOf(ast.Constant() as low, None):
            return _compared(scanner, ">=" if node.low_closed else ">", low)
        case ast.RangeOf(ast.Constant(low), ast.Constant(high)):
            ends = _bound(scanner, low), _bound(scanner, high)
            if not values.comparable(*ends):
                scanner.refuse("two ends of one kind before this")
            return ast.Interval(*ends, node.low_closed, node.high_closed)
    return ast.Satisfies(ast.In(INPUT, (node,)))


def _bound(scanner: Scanner, value: ast.Scalar) -> ast.Ordered:
    if value is None or isinstance(value, bool):
        scanner.refuse("a number, text, date, time or duration as the bound before this")
    return value
