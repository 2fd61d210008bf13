"""What expressions and unary tests mean: Kleene's three values, exact decimals of 34 digits, null for what cannot be computed."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cds.dmn.feel import arithmetic, ast, functions, iteration, temporal, types, values
from cds.dmn.feel.iteration import scope
from cds.dmn.feel.values import Function, Range, Truth, Values, all_of, any_of
from cds.foundation.errors import CdsError


class Endless(CdsError):
    """A function calls itself without an end."""


NOTHING: Values = {}


def matches(tests: ast.UnaryTests, value: Any, values: Values = NOTHING) -> Truth:
    """Whether a cell holds for an input value; None (unknown) matches only `-` and `unknown`. `values` is what Satisfies reads by name."""
    return any_of([_test(test, value, values) for test in tests])


def _test(test: ast.UnaryTest, value: Any, given: Values) -> Truth:
    match test:
        case ast.Anything():
            return True
        case ast.Unknown():
            return value is None
        case ast.Not(tests):
            return values.negated(matches(tests, value, given))
        case ast.Satisfies(expression):
            return _satisfies(expression, value, given)
    return None if value is None else _constant_test(test, value)


def _constant_test(test: ast.UnaryTest, value: Any) -> Truth:
    """A test with constants of a value that is known; one of another kind equals nothing and has no order."""
    match test:
        case ast.Equals(expected):
            return values.same(value, expected)
        case ast.Contains(expected):
            return values.among(value, expected) if isinstance(value, tuple) else None
        case ast.Compare(operator, bound):
            return values.order(operator, value, bound)
        case ast.Interval(low, high, low_closed, high_closed):
            return values.holds(Range(low, high, low_closed, high_closed), value)
    return None


def _satisfies(expression: ast.Expression, value: Any, given: Values) -> Truth:
    """`limit` as a cell is `? in (limit)`: an unknown on either side keeps it open."""
    known = scope(given, {ast.INPUT: value})
    match expression:
        case ast.In(ast.Name(ast.INPUT), options):
            return any_of([_option(option, value, known, opened=True) for option in options])
    return _truth(evaluate(expression, known))


def evaluate(expression: ast.Expression, values: Values) -> Any:
    """The value of a literal expression; a name that is unknown is null. Endless when a function calls itself without an end."""
    return EVALUATORS[type(expression)](expression, values)


def _truth(value: Any) -> Truth:
    return value if isinstance(value, bool) else None


def _constant(node: ast.Constant, _: Values) -> Any:
    return node.value


def _name(node: ast.Name, given: Values) -> Any:
    return given[node.name]


def _binary(node: ast.Binary, given: Values) -> Any:
    left, right = evaluate(node.left, given), evaluate(node.right, given)
    match node.operator:
        case "and":
            return all_of([_truth(left), _truth(right)])
        case "or":
            return any_of([_truth(left), _truth(right)])
        case "=":
            return values.equal(left, right)
        case "!=":
            return values.negated(values.equal(left, right))
        case "<" | "<=" | ">" | ">=":
            return values.order(node.operator, left, right)
    return arithmetic.binary(node.operator, left, right)


def _minus(node: ast.Minus, given: Values) -> Any:
    return arithmetic.negative(evaluate(node.operand, given))


def _if(node: ast.If, given: Values) -> Any:
    return evaluate(node.then if evaluate(node.condition, given) is True else node.otherwise, given)


def _in(node: ast.In, given: Values) -> Truth:
    item = evaluate(node.item, given)
    return any_of([_option(option, item, given) for option in node.options])


def _option(option: ast.Expression, item: Any, given: Values, *, opened: bool = False) -> Truth:
    """One test behind `in`; with `opened` a null on either side makes it unknown and not false."""
    if ast.reads_input(option):
        return _truth(evaluate(option, scope(given, {ast.INPUT: item})))
    value = evaluate(option, given)
    if opened and (item is None or value is None):
        return None
    if isinstance(value, tuple) and not values.same(item, value):
        return any_of([_inside(part, item) is True for part in value])
    return _inside(value, item)


def _inside(value: Any, item: Any) -> Truth:
    return values.holds(value, item) if isinstance(value, Range) and not isinstance(item, Range) else values.equal(item, value)


def _call(node: ast.Call, given: Values) -> Any:
    return functions.call(node.function, [evaluate(argument, given) for argument in node.arguments])


def _invoke(node: ast.Invoke, given: Values) -> Any:
    function = evaluate(node.function, given)
    if not isinstance(function, Function):
        return None
    arguments = tuple(evaluate(argument, given) for argument in node.arguments)
    if node.parameters:
        named = dict(zip(node.parameters, arguments, strict=True))
        return function.call(tuple(named.get(name) for name in function.parameters)) if named.keys() <= set(function.parameters) else None
    return function.given(*arguments)


def _lambda(node: ast.Lambda, given: Values) -> Function:
    names = tuple(name for name, _ in node.parameters)

    def call(arguments: tuple[Any, ...]) -> Any:
        fitting = zip(node.parameters, arguments, strict=False)
        if not all(wanted is None or types.conforms(value, wanted) for (_, wanted), value in fitting):
            return None
        try:
            return evaluate(node.body, scope(given, dict(zip(names, arguments, strict=False))))
        except RecursionError as error:
            raise Endless(f"The function of {', '.join(names)} calls itself without an end. Remove the call.") from error

    return Function(names, call)


def _list(node: ast.ListOf, given: Values) -> Any:
    return tuple([evaluate(item, given) for item in node.items])


def _context(node: ast.ContextOf, given: Values) -> Any:
    made: dict[str, Any] = {}
    for name, entry in node.entries:
        made[name] = evaluate(entry, scope(given, made))
    return made


def _range(node: ast.RangeOf, given: Values) -> Range | None:
    """Null where an end is null, or the ends are not of one kind that has an order."""
    low, high = (None if end is None else evaluate(end, given) for end in (node.low, node.high))
    known = [value for end, value in ((node.low, low), (node.high, high)) if end is not None]
    return Range(low, high, node.low_closed, node.high_closed) if all(values.comparable(value, known[0]) for value in known) else None


def _for(node: ast.For, given: Values) -> Any:
    domains = _domains(node.iterators)
    return iteration.results(domains, lambda inner: evaluate(node.result, inner), given)


def _quantified(node: ast.Quantified, given: Values) -> Truth:
    truths = iteration.truths(_domains(node.iterators), lambda inner: _truth(evaluate(node.condition, inner)), given)
    if truths is None:
        return None
    return all_of(truths) if node.every else any_of(truths)


def _domains(iterators: tuple[tuple[str, ast.Expression], ...]) -> list[iteration.Domain]:
    def domain(expression: ast.Expression) -> Callable[[Values], Any]:
        return lambda inner: evaluate(expression, inner)

    return [(name, domain(expression)) for name, expression in iterators]


def _instance(node: ast.InstanceOf, given: Values) -> bool:
    return types.instance(evaluate(node.value, given), node.type)


def _filter(node: ast.Filter, given: Values) -> Any:
    source = evaluate(node.source, given)
    if source is None:
        return None
    items = source if isinstance(source, tuple) else (source,)
    if not node.tests_items:
        position = evaluate(node.condition, given)
        if isinstance(position, Decimal):
            return _at(items, position)
    return tuple([item for item in items if evaluate(node.condition, _of_item(item, given)) is True])


def _of_item(item: Any, given: Values) -> Values:
    return scope(given, {**item, ast.ITEM: item} if isinstance(item, Mapping) else {ast.ITEM: item})


def _at(items: tuple[Any, ...], position: Decimal) -> Any:
    inside = position and position == position.to_integral_value() and abs(position) <= len(items)
    return items[int(position) - (position > 0)] if inside else None


def _path(node: ast.Path, given: Values) -> Any:
    return _entry(evaluate(node.source, given), node.entry)


def _entry(source: Any, entry: str) -> Any:
    if isinstance(source, tuple):
        return tuple([_entry(item, entry) for item in source])
    if isinstance(source, Mapping):
        return source.get(entry)
    if isinstance(source, Range):
        return OF_RANGE[entry](source) if entry in OF_RANGE else None
    return temporal.part(source, entry)


OF_RANGE: Mapping[str, Callable[[Range], Any]] = {
    "start": lambda limits: limits.low,
    "end": lambda limits: limits.high,
    "start included": lambda limits: limits.low_closed,
    "end included": lambda limits: limits.high_closed,
}

EVALUATORS: dict[type, Callable[[Any, Values], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Binary: _binary,
    ast.Minus: _minus,
    ast.If: _if,
    ast.In: _in,
    ast.Call: _call,
    ast.Invoke: _invoke,
    ast.Lambda: _lambda,
    ast.ListOf: _list,
    ast.ContextOf: _context,
    ast.RangeOf: _range,
    ast.For: _for,
    ast.Quantified: _quantified,
    ast.InstanceOf: _instance,
    ast.Filter: _filter,
    ast.Path: _path,
}
