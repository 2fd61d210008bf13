"""Values of ordered kinds: one below a bound, one above it, and one between two bounds where there is one."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from cds.dmn.feel.ast import YearsMonths

DAY = datetime.timedelta(days=1)
SECOND = datetime.timedelta(seconds=1)


def _every(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Order:
    """How values of one kind follow each other. `below` and `above` give None where the kind has no such value.

    `between` gives the least and the greatest value strictly between two bounds where values can be counted, else one value twice;
    None where nothing lies between. `counted` says that the values can be counted; `holds` whether a bound is itself a value.
    """

    below: Callable[[Any], Any]
    above: Callable[[Any], Any]
    between: Callable[[Any, Any], tuple[Any, Any] | None]
    counted: bool = False
    holds: Callable[[Any], bool] = _every


def kind_of(value: Any) -> Any:
    """What a value can be compared with: its type, and for a time whether it has a zone."""
    zoned = isinstance(value, datetime.datetime | datetime.time) and value.tzinfo is not None
    return type(value), zoned


def order_of(value: Any, *, whole: bool) -> Order:
    """The order of the values of that kind. `whole` numbers are counted."""
    return WHOLE if whole and isinstance(value, Decimal) else ORDERS[type(value)]


def _whole_between(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal] | None:
    first = low.to_integral_value(ROUND_FLOOR) + 1
    last = high.to_integral_value(ROUND_CEILING) - 1
    return (first, last) if first <= last else None


def _number_between(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    middle = (low + high) / 2
    return middle, middle


def _text_between(low: str, high: str) -> tuple[str, str] | None:
    after = low + "\0"
    return (after, after) if after < high else None


def _stepped(step: Any) -> Callable[[Any, Any], tuple[Any, Any] | None]:
    def between(low: Any, high: Any) -> tuple[Any, Any] | None:
        return (low + step, high - step) if low + step < high else None

    return between


def _halfway(low: Any, high: Any) -> tuple[Any, Any] | None:
    middle = low + (high - low) / 2
    return (middle, middle) if low < middle < high else None


def _moved(step: Any) -> Callable[[Any], Any]:
    def move(value: Any) -> Any:
        try:
            return value + step
        except OverflowError:
            return None

    return move


def _months_between(low: YearsMonths, high: YearsMonths) -> tuple[YearsMonths, YearsMonths] | None:
    first, last = YearsMonths(low.months + 1), YearsMonths(high.months - 1)
    return (first, last) if first <= last else None


def _on_a_day(time: datetime.time) -> datetime.datetime:
    return datetime.datetime.combine(datetime.date(2000, 1, 1), time)


def _time_between(low: datetime.time, high: datetime.time) -> tuple[datetime.time, datetime.time] | None:
    found = _halfway(_on_a_day(low), _on_a_day(high))
    return (found[0].timetz(), found[1].timetz()) if found else None


def _time_below(time: datetime.time) -> datetime.time | None:
    first = datetime.time(0, tzinfo=time.tzinfo)
    return first if first < time else None


def _time_above(time: datetime.time) -> datetime.time | None:
    last = datetime.time(23, 59, 59, 999_999, tzinfo=time.tzinfo)
    return last if time < last else None


ORDERS: dict[type, Order] = {
    Decimal: Order(lambda value: value - 1, lambda value: value + 1, _number_between),
    str: Order(lambda value: "" if value else None, lambda value: value + "\0", _text_between),
    datetime.date: Order(_moved(-DAY), _moved(DAY), _stepped(DAY), counted=True),
    datetime.datetime: Order(_moved(-SECOND), _moved(SECOND), _halfway),
    datetime.time: Order(_time_below, _time_above, _time_between),
    datetime.timedelta: Order(_moved(-SECOND), _moved(SECOND), _halfway),
    YearsMonths: Order(lambda value: YearsMonths(value.months - 1), lambda value: YearsMonths(value.months + 1), _months_between, counted=True),
}
WHOLE = Order(
    lambda value: value.to_integral_value(ROUND_CEILING) - 1,
    lambda value: value.to_integral_value(ROUND_FLOOR) + 1,
    _whole_between,
    counted=True,
    holds=lambda value: value == value.to_integral_value(),
)
