"""The values of FEEL: their kinds, equality and order (DMN 1.5, 10.3.2.2, tables 53 and 54).

Numbers are Decimal, lists are tuples, contexts are mappings, unknown is None; functions and ranges are the two types of this module.
"""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast

Truth = bool | None
"""True, False, or None where an unknown value decides."""

Values = Mapping[str, Any]
"""What names stand for."""

NULL, NUMBER, STRING, BOOLEAN, LIST, CONTEXT, RANGE, FUNCTION = "null", "number", "string", "boolean", "list", "context", "range", "function"
DATE, TIME, DATE_AND_TIME = "date", "time", "date and time"
DAYS, MONTHS = "days and time duration", "years and months duration"

KINDS: Mapping[type, str] = {
    type(None): NULL,
    Decimal: NUMBER,
    str: STRING,
    bool: BOOLEAN,
    tuple: LIST,
    datetime.date: DATE,
    datetime.time: TIME,
    datetime.datetime: DATE_AND_TIME,
    datetime.timedelta: DAYS,
    ast.YearsMonths: MONTHS,
}
ORDERED = frozenset((NUMBER, STRING, DATE, TIME, DATE_AND_TIME, DAYS, MONTHS))
"""The kinds whose values can be compared."""


@dataclass(frozen=True)
class Function:
    """A function as a value: a knowledge model or a `function(...)`. `call` takes one value a parameter, null for what is not given."""

    parameters: tuple[str, ...]
    call: Callable[[tuple[Any, ...]], Any]

    def given(self, *arguments: Any) -> Any:
        """The value for these arguments; null where they are too many or too few."""
        return self.call(arguments) if len(arguments) == len(self.parameters) else None


@dataclass(frozen=True)
class Range:
    """A range as a value; an end that is None is not bounded."""

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool


def kind(value: Any) -> str:
    """The FEEL type of a value."""
    found = KINDS.get(type(value))
    if found:
        return found
    if isinstance(value, Mapping):
        return CONTEXT
    return RANGE if isinstance(value, Range) else FUNCTION


def equal(left: Any, right: Any) -> Truth:
    """Null equals only null; values of two kinds are not comparable (DMN 1.5, table 53)."""
    if left is None or right is None:
        return left is right
    shared = kind(left)
    if shared != kind(right) or shared == FUNCTION:
        return None
    if shared == LIST:
        return len(left) == len(right) and all(same(*pair) for pair in zip(left, right, strict=True))
    if shared == CONTEXT:
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if shared == RANGE:
        return same((left.low, left.high, left.low_closed, left.high_closed), (right.low, right.high, right.low_closed, right.high_closed))
    return bool(left == right)


def same(left: Any, right: Any) -> bool:
    """Whether both are equal, where not comparable means they are not."""
    return equal(left, right) is True


def among(items: tuple[Any, ...], value: Any) -> bool:
    """Whether one of the items equals the value."""
    return any(same(item, value) for item in items)


def order(operator: str, left: Any, right: Any) -> Truth:
    """`< <= > >=` of two values of one kind; null for others, and for times of which only one has an offset."""
    if not comparable(left, right):
        return None
    match operator:
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
    return bool(left >= right)


def comparable(left: Any, right: Any) -> bool:
    """Whether the values have an order."""
    shared = kind(left)
    if shared not in ORDERED or shared != kind(right):
        return False
    return shared not in (TIME, DATE_AND_TIME) or (left.tzinfo is None) is (right.tzinfo is None)


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


def negated(truth: Truth) -> Truth:
    """Kleene's not."""
    return None if truth is None else not truth


def holds(limits: Range, value: Any) -> Truth:
    """Whether the value lies in the range; both ends by Kleene's and."""
    low = True if limits.low is None else order(">=" if limits.low_closed else ">", value, limits.low)
    high = True if limits.high is None else order("<=" if limits.high_closed else "<", value, limits.high)
    return all_of([low, high])
