"""An answer compared with the value of a condition (FHIR R4, Questionnaire.item.enableWhen): true, false, or None for what cannot be told.

A number is a point; a date, which may be partial, the span of instants that it may mean. Quantities are compared in one unit only.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, dating, numbers

_Point = Decimal | datetime | time
_Span = tuple[_Point, _Point]
_ORDERED = frozenset({"<", ">", "<=", ">="})


def compare(operator: str, kind: str, value: Any, wanted: Any) -> bool | None:
    """One of `=`, `<`, `>`, `<=`, `>=`; `kind` is the name of the condition's answer[x]. A value of another type never holds."""
    if kind in _BY_NAME:
        return _BY_NAME[kind](concepts.mapping(value), wanted) if operator == "=" else False
    if kind == "answerQuantity" and (_unit(value) != _unit(wanted) or "comparator" in concepts.mapping(value)):
        return None if _span(kind, value) else False
    left, right = _span(kind, value), _span(kind, wanted)
    if operator in _ORDERED:
        return _order(operator, left, right) if left and right else False
    if left and right:
        return _same_span(left, right)
    return kind not in _SPANS and type(value) is type(wanted) and bool(value == wanted)


def _same_code(value: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool | None:
    """By code and system; where one of the two has no system by code alone, where one has no code by the words of both."""
    if not value:
        return False
    if "code" in value and "code" in wanted:
        other = "system" in value and "system" in wanted and value["system"] != wanted["system"]
        return bool(value["code"] == wanted["code"]) and not other
    said, asked = (concepts.plain(concepts.text(one.get("display"))) for one in (value, wanted))
    if not said or not asked:
        return None
    return said == asked if "code" in value or "code" not in wanted else None if said == asked else False


def _same_target(value: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool | None:
    """By address, else by identifier; where they have neither in common it cannot be told."""
    if not value:
        return False
    for name in ("reference", "identifier"):
        if name in value and name in wanted:
            return bool(_named(value[name]) == _named(wanted[name]))
    return None


def _named(target: Any) -> Any:
    """An address as it is, an identifier by its system and value."""
    return (target.get("system"), target.get("value")) if isinstance(target, Mapping) else target


def _unit(quantity: Any) -> tuple[Any, Any]:
    held = concepts.mapping(quantity)
    return (held.get("system"), held["code"]) if "code" in held else (None, held.get("unit"))


def _span(kind: str, value: Any) -> _Span | None:
    return _SPANS[kind](value) if kind in _SPANS else None


def _number(value: Any) -> _Span | None:
    number = numbers.number(value)
    return None if number is None else (number, number)


def _quantity(value: Any) -> _Span | None:
    return _number(concepts.mapping(value).get("value"))


def _date(value: Any) -> _Span | None:
    when = dating.read(value)
    return None if when is None else (when.earliest, when.latest)


def _time(value: Any) -> _Span | None:
    try:
        clock = time.fromisoformat(concepts.text(value))
    except ValueError:
        return None
    return None if clock.tzinfo else (clock, clock)


_SPANS: Mapping[str, Callable[[Any], _Span | None]] = MappingProxyType(
    {
        "answerInteger": _number,
        "answerDecimal": _number,
        "answerQuantity": _quantity,
        "answerDate": _date,
        "answerDateTime": _date,
        "answerTime": _time,
    }
)

_BY_NAME: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], bool | None]] = MappingProxyType(
    {"answerCoding": _same_code, "answerReference": _same_target}
)


def _order(operator: str, left: _Span, right: _Span) -> bool | None:
    if operator in (">", ">="):
        return _order("<" if operator == ">" else "<=", right, left)
    if left == right:
        return operator == "<="
    (first, last), (start, end) = left, right
    if _before(last, start):
        return True
    return False if _before(end, first) else None


def _same_span(left: _Span, right: _Span) -> bool | None:
    """Dates of the same length are the same or not; a year and a day in it may be."""
    if left == right:
        return True
    apart = _before(left[1], right[0]) or _before(right[1], left[0])
    return False if apart else None


def _before(one: Any, other: Any) -> bool:
    return bool(one < other)
