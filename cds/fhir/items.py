"""The items of a QuestionnaireResponse wherever they stand: answers by linkId, order and nesting disregarded.

FHIR JSON has a list for `item` and for `answer`; an object standing alone and a list within a list are read too, and counted.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds.fhir import concepts, limits, modifiers

_REASONS = frozenset(
    {"http://hl7.org/fhir/StructureDefinition/data-absent-reason", "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"}
    | {"http://hl7.org/fhir/StructureDefinition/iso21090-nullFlavor"}
)
"""Extensions that say why there is no value (FHIR R4, Extensibility; ISO 21090)."""


@dataclass(frozen=True)
class Collected:
    """Raw answers by linkId, how many items could not be read at all, and how many lists were not lists as FHIR has them.

    `modified` are the linkIds of which an item or an answer has a modifier, or stands in one that has.
    """

    answers: Mapping[str, list[Any]]
    malformed: int
    misshapen: int
    modified: frozenset[str] = frozenset()

    def values(self) -> dict[str, list[Any]]:
        """The bare value[x] values by linkId, for enableWhen; an answer without a value is left out."""
        found = {link_id: [value for answer in given for _, value in values_of(answer)] for link_id, given in self.answers.items()}
        return {link_id: values for link_id, values in found.items() if values}


def collect(response: Mapping[str, Any]) -> Collected:
    """Every answer at any level, under `item` and under `answer.item`."""
    answers: dict[str, list[Any]] = {}
    turned: set[str] = set()
    malformed, misshapen = 0, _faults(response, "item")
    for item, modified in _walk(response):
        held = concepts.mapping(item)
        link_id, given = held.get("linkId"), _members(held, "answer")
        misshapen += _faults(held, "item") + _faults(held, "answer") + sum(_faults(answer, "item") for answer in given)
        if isinstance(link_id, str):
            answers.setdefault(link_id, []).extend(given)
            turned |= {link_id} if modified or any(map(modifiers.has, given)) else set()
        else:
            malformed += 1
    return Collected(answers, malformed, misshapen, frozenset(turned))


def walk(response: Mapping[str, Any]) -> Iterator[object]:
    """Whatever stands where an item should, at any level; iterative, so that no nesting breaks it."""
    yield from (item for item, _ in _walk(response))


def _walk(response: Mapping[str, Any]) -> Iterator[tuple[object, bool]]:
    """With each item whether it or one around it has a modifier."""
    waiting: list[tuple[object, bool]] = [(response, False)]
    while waiting:
        holder, around = waiting.pop()
        for item in _members(holder, "item"):
            modified = around or modifiers.has(item)
            yield item, modified
            waiting += [(item, modified), *((answer, modified or modifiers.has(answer)) for answer in _members(item, "answer"))]


def fits(response: Mapping[str, Any]) -> bool:
    """True for a response of a size that is read."""
    found = list(itertools.islice(walk(response), limits.MAX_ITEMS + 1))
    return len(found) <= limits.MAX_ITEMS and sum(len(_members(item, "answer")) for item in found) <= limits.MAX_ANSWERS


def values_of(answer: object) -> list[tuple[str, Any]]:
    """The value[x] of an answer by name and value; a well-formed answer has one."""
    return [(name, value) for name, value in concepts.mapping(answer).items() if name.startswith("value")]


def is_absent(answer: object) -> bool:
    """True when an answer says only why it has no value (data-absent-reason or another extension), or holds items only."""
    said = concepts.mapping(answer)
    return not values_of(said) and any(name in ("item", "extension") or name.startswith("_value") for name in said)


def is_excused(value: object) -> bool:
    """True for a Coding, Quantity or the like that only says why it is not there (data-absent-reason, nullFlavor)."""
    held = concepts.mapping(value)
    parts = [held, *(concepts.mapping(held.get(name)) for name in ("_code", "_value", "_reference", "_data"))]
    reasons = {concepts.text(extension.get("url")) for part in parts for extension in concepts.objects(part.get("extension"))}
    return not reasons.isdisjoint(_REASONS) and held.keys().isdisjoint({"code", "value", "reference", "data"})


def _members(holder: object, name: str) -> list[Any]:
    return _level(holder, name)[0]


def _faults(holder: object, name: str) -> int:
    return _level(holder, name)[1]


def _level(holder: object, name: str) -> tuple[list[Any], int]:
    """The members of a list and of the lists within it, in their order, and how many lists were too many, or one too few."""
    held = concepts.mapping(holder)
    if name not in held:
        return [], 0
    waiting, members, lists = [held[name]], [], 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            lists += 1
            waiting += reversed(one)
        else:
            members.append(one)
    return members, abs(lists - 1)
