"""`for`, `some` and `every`: names bound to one item after the other (DMN 1.5, tables 45 and 46)."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast
from cds.dmn.feel.values import Range, Truth, Values

Domain = tuple[str, Callable[[Values], Any]]
"""The name that is bound, and what gives its items when the names before it are known."""

MOST = 100_000
"""Items of one range that are counted through; more are null."""

HUGE = 10**18
"""Whole numbers beyond it are not counted from."""


class _Unbounded(ValueError):
    """A domain that cannot be counted through."""


def scope(given: Values, bound: Values) -> Values:
    """The names given, with others before them."""
    return {**given, **bound}


def results(domains: Sequence[Domain], result: Callable[[Values], Any], given: Values) -> tuple[Any, ...] | None:
    """The result for each item in order, `partial` being those so far; null where a domain is null or endless."""
    found: list[Any] = []
    try:
        for inner in _scopes(domains, given):
            found.append(result(scope(inner, {ast.PARTIAL: tuple(found)})))
    except _Unbounded:
        return None
    return tuple(found)


def truths(domains: Sequence[Domain], condition: Callable[[Values], Truth], given: Values) -> list[Truth] | None:
    """The truth for each item; None where a domain is null or endless."""
    try:
        return [condition(inner) for inner in _scopes(domains, given)]
    except _Unbounded:
        return None


def _scopes(domains: Sequence[Domain], given: Values) -> Iterator[Values]:
    if not domains:
        yield given
        return
    name, domain = domains[0]
    for item in _items(domain(given)):
        yield from _scopes(domains[1:], scope(given, {name: item}))


def _items(domain: Any) -> Sequence[Any]:
    if domain is None:
        raise _Unbounded
    if isinstance(domain, Range):
        return _steps(domain)
    return domain if isinstance(domain, tuple) else (domain,)


def _steps(limits: Range) -> Sequence[Any]:
    """Whole numbers or days from one end to the other, downwards too."""
    low, high = (_ordinal(end) for end in (limits.low, limits.high))
    step = 1 if low <= high else -1
    first, last = low if limits.low_closed else low + step, high if limits.high_closed else high - step
    numbers = range(first, last + step, step)
    if abs(high - low) >= MOST:
        raise _Unbounded
    if isinstance(limits.low, Decimal):
        return [Decimal(number) for number in numbers]
    return [datetime.date.fromordinal(number) for number in numbers]


def _ordinal(end: Any) -> int:
    if isinstance(end, Decimal) and end == end.to_integral_value() and abs(end) < HUGE:
        return int(end)
    if type(end) is datetime.date:
        return end.toordinal()
    raise _Unbounded
