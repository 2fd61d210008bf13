"""What expressions and unary tests mean: Kleene's three values, exact decimals of 34 digits, null for what cannot be computed."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast, functions
from cds.dmn.feel.functions import ARITHMETIC, finite

Truth = bool | None
"""True, False, or None where an unknown input decides."""

ITEM = "item"
ORDER = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def any_of(truths: list[Truth]) -> Truth:
    """True if one is, else None if one is unknown, else False."""
    if True in truths:
        return True
    return None if None in truths else False


def all_of(truths: list[Truth]) -> Truth:
    """False if one is, else None if one is unknown, else True."""
    if False in truths:
        return False
    return None if None in truths else True


def matches(tests: ast.UnaryTests, value: Any) -> Truth:
    """Whether a cell holds for an input value; None (unknown) matches only `-` and `unknown`."""
    return any_of([_test(test, value) for test in tests])


def _test(test: ast.UnaryTest, value: Any) -> Truth:
    match test:
        case ast.Anything():
            return True
        case ast.Unknown():
            return value is None
        case ast.Not(tests):
            truth = matches(tests, value)
            return None if truth is None else not truth
    if value is None:
        return None
    match test:
        case ast.Equals(expected):
            return expected in value if isinstance(value, tuple) else bool(value == expected)
        case ast.Compare(operator, bound):
            return ORDER[operator](value, bound) if isinstance(value, Decimal) else None
        case ast.Interval():
            return _inside(test, value) if isinstance(value, Decimal) else None


def _inside(interval: ast.Interval, value: Decimal) -> bool:
    above = value >= interval.low if interval.low_closed else value > interval.low
    below = value <= interval.high if interval.high_closed else value < interval.high
    return above and below


def evaluate(expression: ast.Expression, values: Mapping[str, Any]) -> Any:
    """The value of a literal expression; a name that is unknown is null."""
    return EVALUATORS[type(expression)](expression, values)


def _constant(node: ast.Constant, _: Mapping[str, Any]) -> Any:
    return node.value


def _name(node: ast.Name, values: Mapping[str, Any]) -> Any:
    return values[node.name]


def _operation(node: ast.Binary, values: Mapping[str, Any]) -> Any:
    return _binary(node.operator, evaluate(node.left, values), evaluate(node.right, values))


def _if(node: ast.If, values: Mapping[str, Any]) -> Any:
    return evaluate(node.then if evaluate(node.condition, values) is True else node.otherwise, values)


def _in(node: ast.In, values: Mapping[str, Any]) -> Truth:
    item = evaluate(node.item, values)
    return any_of([_equal(item, evaluate(option, values)) for option in node.options])


def _call(node: ast.Call, values: Mapping[str, Any]) -> Any:
    return functions.BUILT_IN[node.function](*(evaluate(argument, values) for argument in node.arguments))


def _list(node: ast.ListOf, values: Mapping[str, Any]) -> Any:
    return tuple(evaluate(item, values) for item in node.items)


def _binary(operator: str, left: Any, right: Any) -> Any:
    if operator in ("and", "or"):
        truths = [item if isinstance(item, bool) else None for item in (left, right)]
        return all_of(truths) if operator == "and" else any_of(truths)
    if operator in ("=", "!="):
        same = _equal(left, right)
        return same if operator == "=" or same is None else not same
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    if not (isinstance(left, Decimal) and isinstance(right, Decimal)):
        return None
    return ORDER[operator](left, right) if operator in ORDER else _arithmetic(operator, left, right)


def _arithmetic(operator: str, left: Decimal, right: Decimal) -> Decimal | None:
    if operator == "/":
        return finite(ARITHMETIC.divide(left, right)) if right else None
    operations = {"+": ARITHMETIC.add, "-": ARITHMETIC.subtract, "*": ARITHMETIC.multiply}
    return finite(operations[operator](left, right))


def _equal(left: Any, right: Any) -> Truth:
    """Null equals only null; values of two kinds are not comparable (DMN 1.5, table 53)."""
    if left is None or right is None:
        return left is right
    return bool(left == right) if type(left) is type(right) else None


def _filter(node: ast.Filter, values: Mapping[str, Any]) -> Any:
    source = evaluate(node.source, values)
    if not isinstance(source, tuple):
        return None
    if _mentions_item(node.condition):
        return tuple(item for item in source if evaluate(node.condition, {**values, ITEM: item}) is True)
    index = evaluate(node.condition, values)
    inside = isinstance(index, Decimal) and 1 <= index <= len(source)
    return source[int(index) - 1] if inside else None


def _mentions_item(node: object) -> bool:
    if isinstance(node, ast.Name):
        return node.name == ITEM
    parts = node if isinstance(node, tuple) else vars(node).values() if hasattr(node, "__dict__") else ()
    return any(_mentions_item(part) for part in parts)


def _path(node: ast.Path, values: Mapping[str, Any]) -> Any:
    return _entry(evaluate(node.source, values), node.entry)


def _entry(source: Any, entry: str) -> Any:
    if isinstance(source, tuple):
        return tuple(_entry(item, entry) for item in source)
    return source.get(entry) if isinstance(source, Mapping) else None


EVALUATORS: dict[type, Callable[[Any, Mapping[str, Any]], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Binary: _operation,
    ast.If: _if,
    ast.In: _in,
    ast.Call: _call,
    ast.ListOf: _list,
    ast.Filter: _filter,
    ast.Path: _path,
}
