"""The QuestionnaireResponse that the form makes, and which field each of its places came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any

from cds.fhir.filling.fields import Values
from cds.fhir.filling.sheet import Asked, Page
from cds.fhir.questionnaire import Form

ROOT = "QuestionnaireResponse"
Resource = dict[str, Any]

_ALONE = 2
"""A field left out so often is left out alone."""


@dataclass(frozen=True)
class Written:
    """A response, the question that stands at each FHIRPath of it, and the values that it has of each field."""

    response: Resource
    places: Mapping[str, Asked]
    used: Mapping[str, Values]

    def at(self, path: str) -> Asked | None:
        """The question that a FHIRPath lies in, the nearest around it; None for a place that is of no question."""
        while path and path not in self.places:
            path = path.rpartition(".")[0]
        return self.places.get(path)


def write(pages: Sequence[Page], form: Form, *, status: str, authored: datetime, without: Mapping[str, int] = MappingProxyType({})) -> Written:
    """The response with every answer that could be read.

    A field that `without` has once gives only the answers that exclude no other one; a field that it has twice gives none, and one
    that it has more often is left out with all below it. A group is left out that it has once.
    The response refers to no subject: nobody has said who fills in the form.
    """
    writing = _Writing(without)
    items = writing.level([one for page in pages for one in page.asked], ROOT)
    head: Resource = {"resourceType": ROOT, "questionnaire": f"{form.url}|{form.version}" if form.version else form.url, "status": status}
    return Written(head | {"authored": authored.isoformat(timespec="seconds")} | ({"item": items} if items else {}), writing.places, writing.used)


@dataclass(frozen=True)
class _Writing:
    without: Mapping[str, int]
    places: dict[str, Asked] = field(default_factory=dict)
    used: dict[str, Values] = field(default_factory=dict)

    def level(self, asked: Sequence[Asked], path: str) -> list[Resource]:
        """A group that repeats is an item a slot; a question that repeats is one item with an answer a slot."""
        items: list[Resource] = []
        for _, slots in groupby(asked, lambda one: one.question.number):
            for together in _items(list(slots)):
                place = f"{path}.item[{len(items)}]"
                item = self._group(together[0], place) if together[0].question.kind == "group" else self._question(together, place)
                items += [item] if item else []
        return items

    def _group(self, one: Asked, place: str) -> Resource:
        """A slot that nobody filled in is none, whatever its author gave it."""
        self.places[place] = one
        if self.without.get(one.name) or (one.position and not one.holds_answer):
            return {}
        below = self.level(one.children, place)
        return {**_head(one), "item": below} if below else {}

    def _question(self, slots: Sequence[Asked], place: str) -> Resource:
        self.places[place] = slots[0]
        answers: list[Resource] = []
        for one in (one for one in slots if self.without.get(one.name, 0) <= _ALONE):
            values = self._values(one)
            for value in values or [None]:
                where = f"{place}.answer[{len(answers)}]"
                self.places[where] = one
                below = self.level(one.children, where) if value is None or len(values) == 1 else []
                answer = ({value[0]: value[1]} if value else {}) | ({"item": below} if below else {})
                answers += [answer] if answer else []
            self.used[one.name] = values
        return {**_head(slots[0]), "answer": answers} if answers else {}

    def _values(self, one: Asked) -> Values:
        often = self.without.get(one.name, 0)
        if not often:
            return one.typed.values
        exclusive = [(choice.name, choice.value) for choice in one.question.choices if choice.exclusive]
        rest = tuple(value for value in one.typed.values if value not in exclusive)
        return rest if often == 1 and len(rest) < len(one.typed.values) else ()


def _items(slots: list[Asked]) -> Iterator[list[Asked]]:
    if slots[0].question.kind == "group":
        yield from ([one] for one in slots)
    else:
        yield slots


def _head(one: Asked) -> Resource:
    text = one.question.item.text
    return {"linkId": one.question.item.link_id, **({"text": text} if text else {})}
