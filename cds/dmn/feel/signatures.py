"""What a built-in function takes: parameters by name and kind, checked before it is called, so that it meets no value it cannot use."""

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds.dmn.feel import values
from cds.dmn.feel.values import BOOLEAN, CONTEXT, DATE, DATE_AND_TIME, DAYS, FUNCTION, LIST, MONTHS, NUMBER, RANGE, STRING, TIME

PARAMETER = re.compile(r"(?P<name>[^:?.]+)(?P<mark>\?|\.\.\.)?: (?P<kind>.+)")
HUGE = 10**18
"""Whole numbers beyond it are no position and no scale of anything."""


class _Unfit(ValueError):
    """The value is not of the kind."""


@dataclass(frozen=True)
class Parameter:
    """A parameter: its name and kind, whether it can be left out, whether it takes all further arguments."""

    name: str
    kind: str
    optional: bool = False
    many: bool = False


@dataclass(frozen=True)
class Signature:
    """One way to call a function; `text` is how the reference shows it."""

    text: str
    parameters: tuple[Parameter, ...]
    function: Callable[..., Any]

    @property
    def least(self) -> int:
        """The fewest arguments that it takes."""
        return sum(1 for parameter in self.parameters if not parameter.optional)

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        many = bool(self.parameters) and self.parameters[-1].many
        return self.least <= count and (many or count <= len(self.parameters))

    def order(self, names: Sequence[str]) -> tuple[int | None, ...] | None:
        """For each parameter the place of its named argument, None for one left out; None when the names do not fit."""
        known = [parameter.name for parameter in self.parameters]
        required = {parameter.name for parameter in self.parameters if not parameter.optional}
        if len(set(names)) != len(names) or not required <= set(names) <= set(known):
            return None
        places = [names.index(name) if name in names else None for name in known]
        return tuple(places[: max(known.index(name) for name in names) + 1])

    def bound(self, arguments: Sequence[Any]) -> tuple[Any, ...] | None:
        """The arguments as the function wants them; None where one is not of its kind."""
        if not self.takes(len(arguments)):
            return None
        last = self.parameters[-1]
        parameters = [*self.parameters, *[last] * (len(arguments) - len(self.parameters))] if last.many else self.parameters
        try:
            return tuple(_fit(parameter, value) for parameter, value in zip(parameters, arguments, strict=False))
        except _Unfit:
            return None


def signature(text: str, function: Callable[..., Any]) -> Signature:
    """Reads `name(parameter: kind, optional?: kind, several...: kind)`."""
    inside = text[text.index("(") + 1 : -1]
    found = [PARAMETER.fullmatch(part) for part in inside.split(", ")]
    parameters = [Parameter(part["name"], part["kind"], part["mark"] == "?", part["mark"] == "...") for part in found if part]
    return Signature(text, tuple(parameters), function)


def _fit(parameter: Parameter, value: Any) -> Any:
    if parameter.optional and value is None:
        return None
    return FITTING[parameter.kind](value)


def _of(*kinds: str) -> Callable[[Any], Any]:
    def fitted(value: Any) -> Any:
        if values.kind(value) not in kinds:
            raise _Unfit
        return value

    return fitted


def _integer(value: Any) -> int:
    if not isinstance(value, Decimal) or value != value.to_integral_value() or abs(value) > HUGE:
        raise _Unfit
    return int(value)


def _list(value: Any) -> tuple[Any, ...]:
    """A value that is no list is one of one item (DMN 1.5, 10.3.2.9.4); null is none."""
    if value is None:
        raise _Unfit
    return value if isinstance(value, tuple) else (value,)


def _list_of(*kinds: str) -> Callable[[Any], tuple[Any, ...]]:
    """A list with items, all of one of the kinds."""

    def fitted(value: Any) -> tuple[Any, ...]:
        items = _list(value)
        found = {values.kind(item) for item in items}
        if len(found) != 1 or not found <= set(kinds):
            raise _Unfit
        return items

    return fitted


def _day(value: Any) -> datetime.date:
    return _of(DATE, DATE_AND_TIME)(value)  # type: ignore[no-any-return]


FITTING: Mapping[str, Callable[[Any], Any]] = {
    "any": lambda value: value,
    "number": _of(NUMBER),
    "integer": _integer,
    "string": _of(STRING),
    "boolean": _of(BOOLEAN),
    "list": _list,
    "numbers": _list_of(NUMBER),
    "ordered values": _list_of(*sorted(values.ORDERED)),
    "context": _of(CONTEXT),
    "function": _of(FUNCTION),
    "range": _of(RANGE),
    "point": _of(*sorted(values.ORDERED)),
    "date": _of(DATE),
    "time": _of(TIME),
    "day": _day,
    "moment": _of(TIME, DATE_AND_TIME),
    "duration": _of(DAYS, MONTHS),
    "days and time duration": _of(DAYS),
    "string or list": _of(STRING, LIST),
}
