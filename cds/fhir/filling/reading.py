"""What was typed into a field as the value that it means; None for what cannot be read.

A person writes a day and a time in more ways than FHIR does: with other marks between the numbers, without a leading zero.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from cds.fhir import numbers
from cds.fhir.filling.asking import Question

_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,15}([.,]\d{1,15})?|[.,]\d{1,15})", re.ASCII)
_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?", re.ASCII)
_CLOSE_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:.](\d\d)(?::(\d\d(?:\.\d{1,9})?))?", re.ASCII)
_MOMENT = re.compile(r"(\S+?)(?:T|,? +)(\S+)", re.ASCII)
_WHOLE_DAY = len("2026-01-31")
_HOURS, _SIXTY = 24, 60
_READ_AS: Mapping[str, str] = MappingProxyType({"string": "valueString", "text": "valueString", "url": "valueUri", "open-choice": "valueString"})


def read(question: Question, text: str, unit: str, zone: str) -> tuple[str, Any] | None:
    """The value with the name of its value[x]; `zone` is that of a time, `unit` that of a quantity."""
    match question.kind:
        case "whole":
            return ("valueInteger", int(text)) if _WHOLE.fullmatch(text) else None
        case "number":
            return _named("valueDecimal", _number(text))
        case "quantity":
            return _quantity(question, text, unit)
        case "date":
            return _named("valueDate", _day(text))
        case "time":
            return _named("valueTime", _time(text))
        case "moment":
            return _named("valueDateTime", _moment(text, zone))
    return (_READ_AS[question.item.type], text)


def is_partial(name: str, value: Any) -> bool:
    """Whether a date is a month or a year only."""
    return name in ("valueDate", "valueDateTime") and len(str(value)) < _WHOLE_DAY


def _named(name: str, value: Any) -> tuple[str, Any] | None:
    return None if value is None else (name, value)


def _number(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return numbers.number(Decimal(text.replace(",", ".")))
    except InvalidOperation:
        return None


def _quantity(question: Question, text: str, unit: str) -> tuple[str, Any] | None:
    """In the only unit, or in the one that was chosen; None when one of several was not."""
    exact = _number(text)
    chosen = [one for one in question.units if one.key == unit] if len(question.units) > 1 else list(question.units)
    if exact is None or (question.units and not chosen):
        return None
    coding = chosen[0].value if chosen else {}
    said = {"unit": coding.get("display"), "system": coding.get("system"), "code": coding.get("code")}
    return "valueQuantity", {"value": exact, **{part: value for part, value in said.items() if value}}


def _day(text: str) -> str | None:
    """A day, a month or a year that there is."""
    match = _DAY.fullmatch(text) or _CLOSE_DAY.fullmatch(text)
    if match is None:
        return None
    parts = [int(part) for part in match.groups() if part]
    try:
        date(*[*parts, 1, 1][:3])
    except ValueError:
        return None
    return "-".join(f"{part:0{width}}" for part, width in zip(parts, (4, 2, 2), strict=False))


def _time(text: str) -> str | None:
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) >= _HOURS or int(match[2]) >= _SIXTY or float(match[3] or 0) >= _SIXTY:
        return None
    return f"{int(match[1]):02}:{match[2]}:{match[3] or '00'}"


def _moment(text: str, zone: str) -> str | None:
    """A date, or a day with a time in the zone that the page told; the page says which it is."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return _day(text)
    day, clock = _day(match[1]), _time(match[2])
    return f"{day}T{clock}{zone}" if day and clock and len(day) == _WHOLE_DAY else None
