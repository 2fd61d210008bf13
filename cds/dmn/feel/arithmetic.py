"""`+ - * / **` of numbers, dates, times and durations (DMN 1.5, tables 56 to 61); null for every other pair."""

import datetime
import decimal
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast, temporal, values
from cds.dmn.feel.values import DATE, DATE_AND_TIME, DAYS, MONTHS, NUMBER, STRING, TIME

ARITHMETIC = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-300, Emax=300, traps=[])
"""Decimals of 34 digits, as DMN 1.5, 10.3.2.3.1 asks; what a double could not hold overflows to an infinity, read as null."""


def finite(number: Decimal) -> Decimal | None:
    """The number, or null where the arithmetic left the range."""
    return number if number.is_finite() else None


def binary(operator: str, left: Any, right: Any) -> Any:
    """The value of an operator of arithmetic; null where it has none, or one that this calendar does not reach."""
    operation = OPERATIONS.get((operator, values.kind(left), values.kind(right)))
    try:
        return operation(left, right) if operation else None
    except (OverflowError, ValueError):
        return None


def negative(value: Any) -> Any:
    """`-value` of a number or a duration."""
    if isinstance(value, Decimal):
        return ARITHMETIC.minus(value)
    if isinstance(value, ast.YearsMonths):
        return ast.YearsMonths(-value.months)
    try:
        return -value if isinstance(value, datetime.timedelta) else None
    except OverflowError:
        return None


def _divided(left: Decimal, right: Decimal) -> Decimal | None:
    return finite(ARITHMETIC.divide(left, right)) if right else None


def _numbers(operation: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Decimal, Decimal], Decimal | None]:
    return lambda left, right: finite(operation(left, right))


def _between(left: Any, right: Any) -> datetime.timedelta | None:
    """From `right` to `left`; a date is its midnight, in UTC where the other has an offset."""
    ends = [temporal.moment(value) for value in (left, right)]
    if type(left) is not type(right) and any(end.tzinfo for end in ends):
        ends = [
            end if end.tzinfo else end.replace(tzinfo=datetime.UTC) if type(value) is datetime.date else end
            for end, value in zip(ends, (left, right), strict=True)
        ]
    return ends[0] - ends[1] if (ends[0].tzinfo is None) is (ends[1].tzinfo is None) else None


def _between_dates(left: datetime.date, right: datetime.date) -> datetime.timedelta:
    return left - right


def _later(start: Any, days: datetime.timedelta) -> Any:
    if isinstance(start, datetime.time):
        anchor = datetime.datetime.combine(datetime.date(2000, 1, 1), start)
        return (anchor + datetime.timedelta(seconds=days.seconds, microseconds=days.microseconds)).timetz()
    return start + days if isinstance(start, datetime.datetime) else (temporal.moment(start) + days).date()


def _months_later(start: Any, months: ast.YearsMonths) -> Any:
    return temporal.months_later(start, months.months)


def _scaled_days(days: datetime.timedelta, factor: Decimal) -> datetime.timedelta:
    return temporal.days(temporal.microseconds(days) * factor)


def _scaled_months(months: ast.YearsMonths, factor: Decimal) -> ast.YearsMonths | None:
    return temporal.whole_months(ARITHMETIC.multiply(Decimal(months.months), factor))


def _shared_months(months: ast.YearsMonths, divisor: Decimal) -> ast.YearsMonths | None:
    return temporal.whole_months(ARITHMETIC.divide(Decimal(months.months), divisor)) if divisor else None


def _swapped(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: operation(right, left)


def _minus(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: operation(left, negative(right))


def _shifts() -> Mapping[tuple[str, str, str], Callable[[Any, Any], Any]]:
    """A date or a time plus or minus a duration, in either order for plus."""
    pairs: list[tuple[str, str, Callable[[Any, Any], Any]]] = [(start, DAYS, _later) for start in (DATE, TIME, DATE_AND_TIME)]
    pairs += [(start, MONTHS, _months_later) for start in (DATE, DATE_AND_TIME)]
    found: dict[tuple[str, str, str], Callable[[Any, Any], Any]] = {}
    for start, duration, operation in pairs:
        found["+", start, duration] = operation
        found["+", duration, start] = _swapped(operation)
        found["-", start, duration] = _minus(operation)
    return found


OPERATIONS: Mapping[tuple[str, str, str], Callable[[Any, Any], Any]] = {
    ("+", NUMBER, NUMBER): _numbers(ARITHMETIC.add),
    ("-", NUMBER, NUMBER): _numbers(ARITHMETIC.subtract),
    ("*", NUMBER, NUMBER): _numbers(ARITHMETIC.multiply),
    ("/", NUMBER, NUMBER): _divided,
    ("**", NUMBER, NUMBER): _numbers(ARITHMETIC.power),
    ("+", STRING, STRING): lambda left, right: left + right,
    ("-", DATE, DATE): _between_dates,
    ("-", DATE, DATE_AND_TIME): _between,
    ("-", DATE_AND_TIME, DATE): _between,
    ("-", DATE_AND_TIME, DATE_AND_TIME): _between,
    ("-", TIME, TIME): _between,
    ("+", DAYS, DAYS): lambda left, right: left + right,
    ("-", DAYS, DAYS): lambda left, right: left - right,
    ("+", MONTHS, MONTHS): lambda left, right: ast.YearsMonths(left.months + right.months),
    ("-", MONTHS, MONTHS): lambda left, right: ast.YearsMonths(left.months - right.months),
    ("*", DAYS, NUMBER): _scaled_days,
    ("*", NUMBER, DAYS): _swapped(_scaled_days),
    ("/", DAYS, NUMBER): lambda left, right: temporal.days(temporal.microseconds(left) / right) if right else None,
    ("/", DAYS, DAYS): lambda left, right: _divided(temporal.microseconds(left), temporal.microseconds(right)),
    ("*", MONTHS, NUMBER): _scaled_months,
    ("*", NUMBER, MONTHS): _swapped(_scaled_months),
    ("/", MONTHS, NUMBER): _shared_months,
    ("/", MONTHS, MONTHS): lambda left, right: _divided(Decimal(left.months), Decimal(right.months)),
    **_shifts(),
}
