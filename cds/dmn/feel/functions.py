"""The built-in functions that literal expressions may call (DMN 1.5, 10.3.4); a null where a list is expected gives null."""

import decimal
from collections.abc import Callable
from decimal import Decimal
from functools import reduce
from typing import Any

ARITHMETIC = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-300, Emax=300, traps=[])
"""Decimals of 34 digits, as DMN 1.5, 10.3.2.3.1 asks; what a double could not hold overflows to an infinity, read as null."""


def finite(number: Decimal) -> Decimal | None:
    """The number, or null where the arithmetic left the range."""
    return number if number.is_finite() else None


Function = Callable[..., Any]


def _over_list(function: Callable[[tuple[Any, ...]], Any]) -> Function:
    def over(*arguments: Any) -> Any:
        items = arguments[0] if len(arguments) == 1 else arguments
        return function(items) if isinstance(items, tuple) else None

    return over


def _numbers(items: tuple[Any, ...]) -> bool:
    return bool(items) and all(isinstance(item, Decimal) for item in items)


def _sum(items: tuple[Any, ...]) -> Decimal | None:
    return finite(reduce(ARITHMETIC.add, items, Decimal(0))) if _numbers(items) else None


def _mean(items: tuple[Any, ...]) -> Decimal | None:
    total = _sum(items)
    return None if total is None else finite(ARITHMETIC.divide(total, Decimal(len(items))))


def _count(items: tuple[Any, ...]) -> Decimal:
    return Decimal(len(items))


def _distinct(items: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(items))


def _list_contains(items: Any, item: Any) -> bool | None:
    return item in items if isinstance(items, tuple) else None


def _concatenate(*lists: Any) -> tuple[Any, ...] | None:
    return sum(lists, ()) if all(isinstance(items, tuple) for items in lists) else None


def _not(value: Any) -> bool | None:
    return not value if isinstance(value, bool) else None


BUILT_IN: dict[str, Function] = {
    "count": _over_list(_count),
    "sum": _over_list(_sum),
    "mean": _over_list(_mean),
    "min": _over_list(lambda items: min(items) if _numbers(items) else None),
    "max": _over_list(lambda items: max(items) if _numbers(items) else None),
    "distinct values": _over_list(_distinct),
    "list contains": _list_contains,
    "concatenate": _concatenate,
    "not": _not,
}

ARITY: dict[str, tuple[int, int]] = {"distinct values": (1, 1), "list contains": (2, 2), "not": (1, 1)}
"""How many arguments a function takes, where it is not one list or any number of items."""


def takes(name: str, count: int) -> bool:
    """Whether the function of that name takes so many arguments."""
    least, most = ARITY.get(name, (1, count))
    return least <= count <= most
