"""Numbers: rounding, roots, aggregates (DMN 1.5, 10.3.4.4 and 10.3.4.5)."""

import datetime
import decimal
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import reduce
from typing import Any

from cds.dmn.feel import ast, values
from cds.dmn.feel.arithmetic import ARITHMETIC, finite
from cds.dmn.feel.builtins import Listed

SCALES = range(-300, 301)


def _rounded(mode: str) -> Callable[..., Decimal | None]:
    def rounded(number: Decimal, scale: int | None = None) -> Decimal | None:
        if scale is not None and scale not in SCALES:
            return None
        if -number.as_tuple().exponent <= (scale or 0):  # type: ignore[operator]
            return number
        context = decimal.Context(prec=700, traps=[])
        return finite(ARITHMETIC.plus(number.quantize(Decimal(1).scaleb(-(scale or 0)), rounding=mode, context=context)))

    return rounded


def _absolute(value: Any) -> Any:
    if isinstance(value, ast.YearsMonths):
        return ast.YearsMonths(abs(value.months))
    if isinstance(value, datetime.timedelta) and value == datetime.timedelta.min:
        return None
    return ARITHMETIC.abs(value) if isinstance(value, Decimal) else abs(value)


def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """The remainder has the sign of the divisor."""
    rest = finite(ARITHMETIC.remainder(dividend, divisor))
    if not rest:
        return rest
    return finite(ARITHMETIC.add(rest, divisor)) if (rest < 0) is not (divisor < 0) else rest


def _sqrt(number: Decimal) -> Decimal | None:
    return finite(ARITHMETIC.sqrt(number))


def _log(number: Decimal) -> Decimal | None:
    return finite(ARITHMETIC.ln(number))


def _exp(number: Decimal) -> Decimal | None:
    return finite(ARITHMETIC.exp(number))


def _odd(number: Decimal) -> bool:
    return _modulo(number, Decimal(2)) == 1


def _even(number: Decimal) -> bool:
    return _modulo(number, Decimal(2)) == 0


def _sum(items: tuple[Decimal, ...]) -> Decimal | None:
    return finite(reduce(ARITHMETIC.add, items, Decimal(0)))


def _product(items: tuple[Decimal, ...]) -> Decimal | None:
    return finite(reduce(ARITHMETIC.multiply, items, Decimal(1)))


def _mean(items: tuple[Decimal, ...]) -> Decimal | None:
    total = _sum(items)
    return None if total is None else finite(ARITHMETIC.divide(total, Decimal(len(items))))


def _median(items: tuple[Decimal, ...]) -> Decimal | None:
    middle, even = divmod(len(items), 2)
    ranked = sorted(items)
    return ranked[middle] if even else _mean((ranked[middle - 1], ranked[middle]))


def _stddev(items: tuple[Decimal, ...]) -> Decimal | None:
    """Of a sample: divided by one less than the items are many."""
    mean = _mean(items)
    if mean is None or len(items) == 1:
        return None
    squares = [ARITHMETIC.power(ARITHMETIC.subtract(item, mean), 2) for item in items]
    return finite(ARITHMETIC.sqrt(ARITHMETIC.divide(reduce(ARITHMETIC.add, squares), Decimal(len(items) - 1))))


def _mode(items: tuple[Any, ...]) -> tuple[Decimal, ...] | None:
    """The numbers that are there most often, the smallest first."""
    if not all(isinstance(item, Decimal) for item in items):
        return None
    counts = Counter(items)
    most = max(counts.values(), default=0)
    return tuple(sorted(item for item, count in counts.items() if count == most))


def _extreme(operator: str) -> Callable[[tuple[Any, ...]], Any]:
    def better(best: Any, item: Any) -> Any:
        truth = values.order(operator, item, best)
        return None if truth is None else item if truth else best

    return lambda items: reduce(better, items)


def _several(function: Callable[[tuple[Any, ...]], Any], name: str, kind: str, item: str) -> Listed:
    """A function of a list can also be called with its items one by one."""
    return ((f"{name}(list: {kind})", function), (f"{name}(n...: {item})", lambda *items: function(items)))


FUNCTIONS: Listed = (
    ("decimal(n: number, scale: integer)", _rounded(decimal.ROUND_HALF_EVEN)),
    ("floor(n: number, scale?: integer)", _rounded(decimal.ROUND_FLOOR)),
    ("ceiling(n: number, scale?: integer)", _rounded(decimal.ROUND_CEILING)),
    ("round up(n: number, scale: integer)", _rounded(decimal.ROUND_UP)),
    ("round down(n: number, scale: integer)", _rounded(decimal.ROUND_DOWN)),
    ("round half up(n: number, scale: integer)", _rounded(decimal.ROUND_HALF_UP)),
    ("round half down(n: number, scale: integer)", _rounded(decimal.ROUND_HALF_DOWN)),
    ("abs(n: number)", _absolute),
    ("abs(n: duration)", _absolute),
    ("modulo(dividend: number, divisor: number)", _modulo),
    ("sqrt(number: number)", _sqrt),
    ("log(number: number)", _log),
    ("exp(number: number)", _exp),
    ("odd(number: number)", _odd),
    ("even(number: number)", _even),
    *_several(_sum, "sum", "numbers", "number"),
    *_several(_product, "product", "numbers", "number"),
    *_several(_mean, "mean", "numbers", "number"),
    *_several(_median, "median", "numbers", "number"),
    *_several(_stddev, "stddev", "numbers", "number"),
    *_several(_mode, "mode", "list", "number"),
    *_several(_extreme("<"), "min", "ordered values", "point"),
    *_several(_extreme(">"), "max", "ordered values", "point"),
)
