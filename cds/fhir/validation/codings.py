"""A coded answer, or another one with options: by answerOption or by answerValueSet (FHIR R4 Questionnaire)."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.expansions import Option
from cds.fhir.questionnaire import Item, option_of
from cds.fhir.validation import rules
from cds.foundation.errors import Diagnostic


def check(value: Mapping[str, Any], item: Item, status: object, place: str) -> Iterator[Diagnostic]:
    """A Coding: one of the options by system and code, else in the value set; without a system it means little."""
    if item.options:
        yield from offered("valueCoding", value, item, status, place)
    elif item.value_set:
        yield from _in_value_set(value, item, status, place)
    given = option_of("valueCoding", value)
    if given and not value.get("system") and not item.options and given not in (item.coded or ()):
        text = f"The coding in {item.link_id} has no system, so its code has no meaning of its own. Send the system."
        yield from rules.broken("codingWithoutSystem", status, text, place)


def offered(name: str, value: Any, item: Item, status: object, place: str) -> Iterator[Diagnostic]:
    """Any value of an item with options is one of them, but for the free text of an open-choice."""
    free = item.type == "open-choice" and name == "valueString"
    if item.options and not free and option_of(name, value) not in item.options:
        text = f"Not one of the options of {item.link_id}. Send an option as the questionnaire has it, a coding with system and code."
        yield from rules.broken("invalidAnswerOption", status, text, place)


def _in_value_set(value: Mapping[str, Any], item: Item, status: object, place: str) -> Iterator[Diagnostic]:
    if item.coded is None:
        text = f"The codes of {item.link_id} come from a value set that is not held here: the answer was not compared with it."
        yield from rules.broken("notChecked", status, text, place)
    elif not _among(option_of("valueCoding", value), item.coded):
        text = f"Not in the value set of {item.link_id}. Send system and code of one of its codings."
        yield from rules.broken("invalidCoding", status, text, place)


def _among(given: Option | None, coded: frozenset[Option]) -> bool:
    """By system and code; without a system by the code alone, where only one system has it."""
    if given is None:
        return False
    system, code = given
    return given in coded or (not system and sum(1 for _, known in coded if known == code) == 1)
