"""Literal expressions over values with conditions. What is not written out here is tried value by value where the values are few."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from cds.dmn.analysis.symbolic import lists, numbers, operators, values
from cds.dmn.analysis.symbolic.numbers import Quotient
from cds.dmn.analysis.symbolic.scopes import Scope
from cds.dmn.analysis.symbolic.terms import FALSE, TRUE, Condition
from cds.dmn.analysis.symbolic.values import Case, Ground, Listing, Record, Unsupported, Value
from cds.dmn.feel import ast, interpreter


def evaluate(expression: ast.Expression, scope: Scope) -> Value:
    """The value of an expression; Unsupported names the construct that is not covered."""
    found = EVALUATORS.get(type(expression))
    return found(expression, scope) if found else _tried(expression, scope)


def _tried(expression: ast.Expression, scope: Scope) -> Value:
    """Each combination of the values that it reads, given to the interpreter."""
    reads = sorted(ast.names(expression))

    def each(*grounds: Ground) -> Iterable[Case]:
        if not all(values.constant(ground) for ground in grounds):
            raise Unsupported(f"{type(expression).__name__} over an input that is not one of a few values")
        known = {name: values.python(ground) for name, ground in zip(reads, grounds, strict=True)}
        return ((TRUE, values.of_python(interpreter.evaluate(expression, known))),)

    return values.combined(scope.terms, tuple(scope.value(name) for name in reads), each)


def _constant(node: ast.Constant, _: Scope) -> Value:
    return values.only(node.value)


def _name(node: ast.Name, scope: Scope) -> Value:
    return scope.value(node.name)


def _operation(node: ast.Binary, scope: Scope) -> Value:
    return operators.binary(scope.terms, node.operator, evaluate(node.left, scope), evaluate(node.right, scope))


def _minus(node: ast.Minus, scope: Scope) -> Value:
    def each(ground: Ground) -> Iterable[Case]:
        if isinstance(ground, Quotient):
            return ((TRUE, numbers.negated(ground)),)
        if isinstance(ground, Decimal):
            return ((TRUE, -ground),)
        if not values.constant(ground):
            return ((TRUE, None),)
        return ((TRUE, values.of_python(interpreter.evaluate(ast.Minus(ast.Name("x")), {"x": values.python(ground)}))),)

    return values.combined(scope.terms, (evaluate(node.operand, scope),), each)


def _if(node: ast.If, scope: Scope) -> Value:
    holds, _ = values.truth(scope.terms, evaluate(node.condition, scope))
    return values.chosen(scope.terms, holds, evaluate(node.then, scope), evaluate(node.otherwise, scope))


def _in(node: ast.In, scope: Scope) -> Value:
    if any(ast.INPUT in ast.names(option) for option in node.options):
        raise Unsupported("`in` with a test that reads `?`")
    item = evaluate(node.item, scope)
    found = [_option(item, option, scope) for option in node.options]
    terms = scope.terms
    return values.decided(terms, terms.some(true for true, _ in found), terms.every(false for _, false in found))


def _option(item: Value, option: ast.Expression, scope: Scope) -> tuple[Condition, Condition]:
    terms = scope.terms
    if isinstance(option, ast.RangeOf):
        return values.truth(terms, _inside(item, option, scope))
    value = evaluate(option, scope)
    if any(isinstance(ground, Listing) for _, ground in value.cases):
        return values.truth(terms, lists.contains(terms, value, item))
    return values.truth(terms, operators.binary(terms, "=", item, value))


def _inside(item: Value, node: ast.RangeOf, scope: Scope) -> Value:
    ends = ((node.low, ">=" if node.low_closed else ">"), (node.high, "<=" if node.high_closed else "<"))
    result = values.only(True)
    for end, operator in ends:
        if end is not None:
            side = operators.binary(scope.terms, operator, item, evaluate(end, scope))
            result = operators.binary(scope.terms, "and", result, side)
    return result


def _call(node: ast.Call, scope: Scope) -> Value:
    arguments = tuple(evaluate(argument, scope) for argument in node.arguments)
    known = lists.FUNCTIONS.get(node.function)
    if known and not all(values.fixed(argument) for argument in arguments):
        return known(scope.terms, arguments)
    names = tuple(f"argument {position}" for position in range(len(arguments)))
    call = ast.Call(node.function, tuple(map(ast.Name, names)))
    return _tried(call, scope.bind(dict(zip(names, arguments, strict=True))))


def _list(node: ast.ListOf, scope: Scope) -> Value:
    return values.listed((TRUE, evaluate(item, scope)) for item in node.items)


def _context(node: ast.ContextOf, scope: Scope) -> Value:
    entries: dict[str, Value] = {}
    for name, entry in node.entries:
        entries[name] = evaluate(entry, scope.bind(entries))
    return values.only(Record(entries))


def _filter(node: ast.Filter, scope: Scope) -> Value:
    source = evaluate(node.source, scope)
    if not node.tests_items:
        return lists.at(scope.terms, source, evaluate(node.condition, scope))

    def each(ground: Ground) -> Iterable[Case]:
        if not isinstance(ground, Listing):
            raise Unsupported("a filter of what is not a list")
        return ((TRUE, Listing(tuple(lists.kept(scope.terms, lists.closed(ground), lambda item: _passes(node, scope, item))))),)

    return values.combined(scope.terms, (source,), lambda ground: ((TRUE, None),) if ground is None else each(ground))


def _passes(node: ast.Filter, scope: Scope, item: Value) -> Condition:
    return values.truth(scope.terms, evaluate(node.condition, scope.bind({ast.ITEM: item})))[0]


def _path(node: ast.Path, scope: Scope) -> Value:
    return lists.entry(scope.terms, evaluate(node.source, scope), node.entry)


def _for(node: ast.For, scope: Scope) -> Value:
    rounds = _Rounds(node.iterators, scope)
    if ast.PARTIAL in ast.names(node.result):
        raise Unsupported("an iteration that reads `partial`")
    whole = values.listed((guard, evaluate(node.result, inner)) for guard, inner in rounds.found)
    return values.chosen(scope.terms, rounds.endless, values.NULL, whole)


def _quantified(node: ast.Quantified, scope: Scope) -> Value:
    terms, rounds = scope.terms, _Rounds(node.iterators, scope)
    found = [(guard, *values.truth(terms, evaluate(node.condition, inner))) for guard, inner in rounds.found]
    some = terms.some(terms.both(guard, false if node.every else true) for guard, true, false in found)
    every = terms.every(terms.either(-guard, true if node.every else false) for guard, true, false in found)
    true, false = (every, some) if node.every else (some, every)
    return values.decided(terms, terms.both(true, -rounds.endless), terms.both(false, -rounds.endless))


class _Rounds:
    """One scope for each combination of items, with the condition that they are all there; `endless` is when a domain is null."""

    def __init__(self, iterators: tuple[tuple[str, ast.Expression], ...], scope: Scope) -> None:
        self.found: list[tuple[Condition, Scope]] = [(TRUE, scope)]
        self.endless: Condition = FALSE
        for name, domain in iterators:
            if isinstance(domain, ast.RangeOf):
                raise Unsupported("an iteration over a range")
            self.found = [one for guard, inner in self.found for one in self._inner(guard, inner, name, domain)]

    def _inner(self, guard: Condition, scope: Scope, name: str, domain: ast.Expression) -> list[tuple[Condition, Scope]]:
        terms, found = scope.terms, []
        for case, ground in evaluate(domain, scope).cases:
            both = terms.both(guard, case)
            if ground is None:
                self.endless = terms.either(self.endless, both)
            else:
                items = lists.closed(ground).items if isinstance(ground, Listing) else ((TRUE, values.only(ground)),)
                found += [(terms.both(both, there), scope.bind({name: item})) for there, item in items]
        return [(condition, inner) for condition, inner in found if condition != FALSE]


EVALUATORS: dict[type, Callable[[Any, Scope], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Binary: _operation,
    ast.Minus: _minus,
    ast.If: _if,
    ast.In: _in,
    ast.Call: _call,
    ast.ListOf: _list,
    ast.ContextOf: _context,
    ast.Filter: _filter,
    ast.Path: _path,
    ast.For: _for,
    ast.Quantified: _quantified,
}
