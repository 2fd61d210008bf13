"""Types of values (DMN 1.5, 7.3.3 and 10.3.2): JSON to FEEL values by item definition, FEEL values to JSON text, and which types fit.

JSON has no dates: dates, times and durations are ISO 8601 text that the type turns into values. Numbers may be numeric text.
"""

import decimal
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cds.dmn.feel import interpreter, temporal, values
from cds.dmn.model import LIST, ItemDefinition
from cds.foundation.errors import CdsError

ANY = "Any"
STRING = values.STRING
NUMBER = values.NUMBER
INTEGER = "integer"
BOOLEAN = values.BOOLEAN
DATE = values.DATE
TIME = values.TIME
DATE_AND_TIME = values.DATE_AND_TIME
DAYS_DURATION = values.DAYS
MONTHS_DURATION = values.MONTHS
CONTEXT = values.CONTEXT
WORDS = LIST

NUMERIC = frozenset({NUMBER, INTEGER})
NUMERAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
MAX_EXPONENT = 300
PLAIN_DIGITS = 40
DIGITS = decimal.Context(prec=10_000)
"""Enough for every number that was let in: none is rounded on the way out."""
EXAMPLES = {
    DATE: "2026-03-01",
    TIME: "09:30:00",
    DATE_AND_TIME: "2026-03-01T09:30:00",
    DAYS_DURATION: "P1DT12H",
    MONTHS_DURATION: "P1Y6M",
}


class WrongType(CdsError):
    """An input is not of its type or not one of its allowed values; names the input and what was expected, never the value."""

    code = "value"


class _Misfit(ValueError):
    """A value does not fit; holds the path under the input and the type expected there."""

    def __init__(self, path: str, item: ItemDefinition) -> None:
        super().__init__(path)
        self.path = path
        self.item = item


def base_of(value: Any) -> str:
    """The built-in type of a value; `Any` for null, lists, functions and ranges."""
    kind = values.kind(value)
    return kind if kind in READERS or kind == CONTEXT else ANY


def compatible(base: str, other: str) -> bool:
    """Whether a value of one built-in type can stand where the other is expected; a date also as date and time (DMN 1.5, 10.3.2.9.4)."""
    pair = {base, other}
    return base == other or ANY in pair or pair <= NUMERIC or pair == {DATE, DATE_AND_TIME}


def allows(item: ItemDefinition, value: Any) -> bool:
    """Whether a value of the base of the type is among its allowed values."""
    if item.allowed and value not in item.allowed:
        return False
    if item.minimum is not None and value < item.minimum:
        return False
    if item.maximum is not None and value > item.maximum:
        return False
    return not item.constraint or interpreter.matches(item.constraint, value, {}) is True


def from_json(name: str, item: ItemDefinition, value: Any) -> Any:
    """The FEEL value of an input; null is unknown and fits every type. WrongType for all else that is not of the type."""
    try:
        return _read("", item, value)
    except _Misfit as error:
        place = f"inputs.{name}{error.path}"
        raise WrongType(f"The value is not one of this input. Expected: {described(error.item)}; null for unknown.", expression=place) from error


def described(item: ItemDefinition) -> str:
    """What a value of the type looks like, for the person who has to write one."""
    if item.collection:
        return f"a list, each item {_one(item)}"
    return _one(item)


def json_text(value: Any) -> str:
    """The value as one line of JSON; numbers keep every digit, dates and the like are their text, functions and ranges only named."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key), ensure_ascii=False)}: {json_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    if value is None or isinstance(value, (bool, str, int)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return _numeral(value)
    return json.dumps(temporal.string(value) if base_of(value) in EXAMPLES else values.kind(value))


def _numeral(number: Decimal) -> str:
    shortest = number.normalize(DIGITS) or Decimal(0)
    return format(shortest, "f" if abs(shortest.adjusted()) <= PLAIN_DIGITS else "E")


def _one(item: ItemDefinition) -> str:
    if item.allowed:
        return "one of " + ", ".join(item.allowed)
    if item.components:
        return "an object with " + ", ".join(f"{name} ({described(part)})" for name, part in item.components)
    if item.base in EXAMPLES:
        return f"{item.base} as ISO 8601 text, such as {EXAMPLES[item.base]}"
    return f"{item.base}{_range(item)}{' within the allowed values' if item.constraint else ''}"


def _range(item: ItemDefinition) -> str:
    low = "" if item.minimum is None else f" from {item.minimum}"
    return low if item.maximum is None else f"{low} to {item.maximum}"


def _read(path: str, item: ItemDefinition, value: Any) -> Any:
    """A single value stands for a list of one, and a list of one for its value (DMN 1.5, 10.3.2.9.4)."""
    if value is None:
        return None
    if item.collection or item.base == WORDS:
        items, single = value if isinstance(value, list) else [value], replace(item, collection=False)
        return tuple(_read_one(f"{path}[{index}]", single, one) for index, one in enumerate(items))
    if isinstance(value, list) and len(value) == 1 and item.base != ANY:
        value = value[0]
    return _read_one(path, item, value)


def _read_one(path: str, item: ItemDefinition, value: Any) -> Any:
    if value is None:
        return None
    found = _context(path, item, value) if item.base == CONTEXT else READERS[item.base](value)
    if found is None or not allows(item, found):
        raise _Misfit(path, item)
    return found


def _context(path: str, item: ItemDefinition, value: Any) -> Any:
    """Entries beyond the components are kept; a component that is left out is null."""
    if not isinstance(value, dict):
        return None
    known = {name: _read(f"{path}.{name}", part, value.get(name)) for name, part in item.components}
    return known | {name: _anything(entry) for name, entry in value.items() if name not in known}


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        return None
    if isinstance(value, str) and not NUMERAL.fullmatch(value.strip()):
        return None
    number = Decimal(value)
    return number if not number or abs(number.adjusted()) <= MAX_EXPONENT else None


def _integer(value: Any) -> Decimal | None:
    number = _number(value)
    return number if number is not None and number == number.to_integral_value() else None


def _of_text(read: Callable[[str], Any], base: str) -> Callable[[Any], Any]:
    def of_text(value: Any) -> Any:
        found = read(value) if isinstance(value, str) else None
        return found if base_of(found) == base else None

    return of_text


def _moment(text: str) -> Any:
    """A date stands for its midnight (DMN 1.5, 10.3.2.9.4)."""
    day = temporal.date(text)
    return temporal.moment(day) if day else temporal.date_and_time(text)


def _anything(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _anything(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return tuple(_anything(item) for item in value)
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


READERS: Mapping[str, Callable[[Any], Any]] = {
    ANY: _anything,
    STRING: _string,
    WORDS: _string,
    NUMBER: _number,
    INTEGER: _integer,
    BOOLEAN: _boolean,
    DATE: _of_text(temporal.date, DATE),
    TIME: _of_text(temporal.time, TIME),
    DATE_AND_TIME: _of_text(_moment, DATE_AND_TIME),
    DAYS_DURATION: _of_text(temporal.duration, DAYS_DURATION),
    MONTHS_DURATION: _of_text(temporal.duration, MONTHS_DURATION),
}
"""How JSON is read for each type but contexts."""
