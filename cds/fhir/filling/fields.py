"""The fields of the form: their names, and the FHIR values that what was typed into them means.

A name is a letter for its part, the slots of the repeating items around it, a colon and the linkId: `q1.0:dose`. Names are only ever
made, never taken apart: a field that the form does not have is not looked at.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cds.fhir.filling import reading
from cds.fhir.filling.asking import Question

Fields = Mapping[str, Sequence[str]]
"""The values of each field as they came, in their order."""

Values = tuple[tuple[str, Any], ...]
"""Values with the names of their value[x]."""

MOST_SLOTS = 20
"""How often an item can be repeated in the form."""

COUNT = re.compile(r"\d{1,3}", re.ASCII)

_ZONE = re.compile(r"Z|[+-]\d\d:\d\d", re.ASCII)
_ASKED_FOR: Mapping[str, str] = MappingProxyType(
    {
        "whole": "Write a whole number, such as 12.",
        "number": "Write a number, such as 12.5.",
        "quantity": "Write a number, such as 12.5, and choose its unit.",
        "date": "Write a day that there is as year-month-day, such as 2026-01-31.",
        "moment": "Write the day and the time, such as 2026-01-31 14:30.",
        "time": "Write the time of day, such as 14:30.",
        "radio": "Take one of the choices.",
        "select": "Take one of the choices.",
        "check": "Take from the choices.",
        "open": "Take one of the choices, or write your own answer and clear the choice: not both.",
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
    """The answer to one question in one slot; a group and a display have none, a silent item what its author gave it."""
    if question.silent:
        return Typed(values=question.fixed)
    if not question.answerable:
        return Typed()
    given = tuple(text.replace("\r\n", "\n").strip() for text in fields.get(name("q", question, index), ()))
    raw = tuple(dict.fromkeys(text for text in given if text))
    other, unit, zone = (_last(fields, name(part, question, index)) for part in "ouz")
    zone = zone if _ZONE.fullmatch(zone) else "Z"
    other = other if question.open else ""
    values = _values(question, raw, other, unit, zone)
    return Typed(raw, other, unit, zone, values or (), "" if values is not None else _asked_for(question, other))


def most(question: Question) -> int:
    """How many slots it can have."""
    allowed = question.item.max_occurs
    return MOST_SLOTS if allowed is None else max(1, min(MOST_SLOTS, allowed))


def least(question: Question) -> int:
    """How many slots it has at the start."""
    return min(most(question), max(1, question.item.min_occurs or 1))


def _asked_for(question: Question, other: str) -> str:
    kind = "open" if other and question.kind == "radio" else question.kind
    return _ASKED_FOR.get(kind, "This answer cannot be read. Write it again.")


def _last(fields: Fields, name: str) -> str:
    given = fields.get(name, ())
    return given[-1].strip() if given else ""


def _values(question: Question, raw: tuple[str, ...], other: str, unit: str, zone: str) -> Values | None:
    """None where anything of it cannot be read."""
    if question.choices or question.open:
        return _chosen(question, raw, other)
    found = [reading.read(question, text, unit, zone) for text in raw]
    return None if None in found or (len(found) > 1) else tuple(one for one in found if one)


def _chosen(question: Question, raw: tuple[str, ...], other: str) -> Values | None:
    offered = {choice.key: (choice.name, choice.value) for choice in question.choices}
    if any(text not in offered for text in raw) or (len(raw) + bool(other) > 1 and question.kind != "check"):
        return None
    return tuple(offered[text] for text in raw) + ((("valueString", other),) if other else ())
