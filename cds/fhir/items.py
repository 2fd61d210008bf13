"""The items of a QuestionnaireResponse wherever they stand: answers by linkId, order and nesting disregarded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds.fhir import concepts


@dataclass(frozen=True)
class Collected:
    """Raw answers by linkId, and how many items could not be read at all."""

    answers: Mapping[str, list[Any]]
    malformed: int

    def values(self) -> dict[str, list[Any]]:
        """The bare value[x] values by linkId, for enableWhen; an answer without a value is left out."""
        found = {link_id: [value for answer in given for _, value in values_of(answer)] for link_id, given in self.answers.items()}
        return {link_id: values for link_id, values in found.items() if values}


def collect(response: Mapping[str, Any]) -> Collected:
    """Every answer at any level, under `item` and under `answer.item`."""
    answers: dict[str, list[Any]] = {}
    malformed = 0
    for item in walk(response):
        link_id = concepts.mapping(item).get("linkId")
        if isinstance(link_id, str):
            answers.setdefault(link_id, []).extend(_answers(concepts.mapping(item)))
        else:
            malformed += 1
    return Collected(answers, malformed)


def walk(response: Mapping[str, Any]) -> Iterator[object]:
    """Whatever stands where an item should, at any level; iterative, so that no nesting breaks it."""
    waiting = [response.get("item", [])]
    while waiting:
        level = waiting.pop()
        for item in level if isinstance(level, list) else [level]:
            yield item
            waiting += _below(item)


def values_of(answer: object) -> list[tuple[str, Any]]:
    """The value[x] of an answer by name and value; a well-formed answer has one."""
    return [(name, value) for name, value in concepts.mapping(answer).items() if name.startswith("value")]


def is_absent(answer: object) -> bool:
    """True when an answer says only why it has no value (data-absent-reason or another extension), or holds items only."""
    said = concepts.mapping(answer)
    return not values_of(said) and any(name in ("item", "extension") or name.startswith("_value") for name in said)


def _answers(item: Mapping[str, Any]) -> list[Any]:
    given = item.get("answer", [])
    return given if isinstance(given, list) else [given]


def _below(item: object) -> Iterator[Any]:
    within = concepts.mapping(item)
    holders = [within, *concepts.objects(within.get("answer"))]
    yield from (holder["item"] for holder in holders if "item" in holder)
