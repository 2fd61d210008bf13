"""The fields of the form: their names, and the FHIR values that what was typed into them means.

A name is a letter for its part, the slots of the repeating items around it, a colon and the linkId: `q1.0:dose`. Names are only ever
made, never taken apart: a field that the form does not have is not looked at.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from cds.fhir import numbers
from cds.fhir.filling.asking import Question

Fields = Mapping[str, Sequence[str]]
"""The values of each field as they came, in their order."""

Values = tuple[tuple[str, Any], ...]
"""Values with the names of their value[x]."""

MOST_SLOTS = 20
"""How often an item can be repeated in the form."""

COUNT = re.compile(r"\d{1,3}", re.ASCII)

_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,15}([.,]\d{1,15})?|[.,]\d{1,15})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?", re.ASCII)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?)?", re.ASCII)
_ZONE = re.compile(r"Z|[+-]\d\d:\d\d", re.ASCII)
_READ_AS: Mapping[str, str] = MappingProxyType({"string": "valueString", "text": "valueString", "url": "valueUri", "open-choice": "valueString"})
_ASKED_FOR: Mapping[str, str] = MappingProxyType(
    {
        "whole": "Write a whole number, such as 12.",
        "number": "Write a number, such as 12.5.",
        "quantity": "Write a number, such as 12.5, and choose its unit.",
        "date": "Write the day as year-month-day, such as 2026-01-31.",
        "moment": "Write the day and the time, such as 2026-01-31 14:30.",
        "time": "Write the time of day, such as 14:30.",
        "radio": "Take one of the choices.",
        "select": "Take one of the choices.",
        "check": "Take from the choices.",
    }
)


def name(part: str, question: Question, index: Sequence[int]) -> str:
    """The name of the field of a part: q the answer, o another answer than those offered, u the unit, z the time zone, n how often."""
    return f"{part}{'.'.join(map(str, index))}:{question.item.link_id}"


@dataclass(frozen=True)
class Typed:
    """What stands in the fields of one question: as typed, what it means, and what is wrong with it where that cannot be told.

    `raw` holds no empty text; `fault` is a sentence for the person, empty where the answer could be read.
    """

    raw: tuple[str, ...] = ()
    other: str = ""
    unit: str = ""
    zone: str = "Z"
    values: Values = ()
    fault: str = ""

    @property
    def answered(self) -> bool:
        """Whether anything was answered, be it readable or not."""
        return bool(self.raw or self.other)


def typed(question: Question, index: Sequence[int], fields: Fields) -> Typed:
    """The answer to one question in one slot; a group and a display have none."""
    if not question.answerable:
        return Typed()
    given = tuple(text.replace("\r\n", "\n").strip() for text in fields.get(name("q", question, index), ()))
    raw = tuple(dict.fromkeys(text for text in given if text))
    other, unit, zone = (_last(fields, name(part, question, index)) for part in "ouz")
    zone = zone if _ZONE.fullmatch(zone) else "Z"
    values = _values(question, raw, other if question.open else "", unit, zone)
    fault = "" if values is not None else _ASKED_FOR.get(question.kind, "This answer cannot be read. Write it again.")
    return Typed(raw, other if question.open else "", unit, zone, values or (), fault)


def _last(fields: Fields, name: str) -> str:
    given = fields.get(name, ())
    return given[-1].strip() if given else ""


def _values(question: Question, raw: tuple[str, ...], other: str, unit: str, zone: str) -> Values | None:
    """None where anything of it cannot be read."""
    if question.choices or question.open:
        return _chosen(question, raw, other)
    found = [_read(question, text, unit, zone) for text in raw]
    return None if None in found or (len(found) > 1) else tuple(one for one in found if one)


def _chosen(question: Question, raw: tuple[str, ...], other: str) -> Values | None:
    offered = {choice.key: (choice.name, choice.value) for choice in question.choices}
    if any(text not in offered for text in raw) or (len(raw) + bool(other) > 1 and question.kind != "check"):
        return None
    return tuple(offered[text] for text in raw) + ((("valueString", other),) if other else ())


def _read(question: Question, text: str, unit: str, zone: str) -> tuple[str, Any] | None:
    match question.kind:
        case "whole":
            return ("valueInteger", int(text)) if _WHOLE.fullmatch(text) else None
        case "number":
            exact = _number(text)
            return None if exact is None else ("valueDecimal", exact)
        case "quantity":
            return _quantity(question, text, unit)
        case "date":
            return ("valueDate", text) if _DAY.fullmatch(text) else None
        case "time":
            return ("valueTime", text if text.count(":") > 1 else f"{text}:00") if _TIME.fullmatch(text) else None
        case "moment":
            return _moment(text, zone)
    return (_READ_AS[question.item.type], text)


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


def _moment(text: str, zone: str) -> tuple[str, Any] | None:
    """A day, or a day with a time in the zone that the page told; the page says which it is."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    day, clock, seconds = match.groups()
    return "valueDateTime", day if clock is None else f"{day}T{clock}{seconds or ':00'}{zone}"
