"""A coded answer, or another one with options: by answerOption or by answerValueSet (FHIR R4 Questionnaire)."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir import keys
from cds.fhir.expansions import Codes
from cds.fhir.questionnaire import Item
from cds.fhir.validation import rules
from cds.fhir.validation.context import Context
from cds.foundation.errors import Diagnostic


def check(value: Mapping[str, Any], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """A Coding: one of the options by system and code, else in the value set; without a system it means little.

    An option that has no code is answered by its display.
    """
    if item.options:
        yield from offered("valueCoding", value, item, context, place)
    elif item.value_set:
        yield from _in_value_set(value, item, context, place)
    given = keys.of("valueCoding", value)
    if "code" in value and not value.get("system") and not item.options and given not in (item.coded or ()):
        text = f"The coding in {item.link_id} has no system, so its code has no meaning of its own. Send the system."
        yield from rules.broken("codingWithoutSystem", context.status, text, place)
    yield from _worded(value, item, context, place)


def _worded(value: Mapping[str, Any], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """A display that is that of another option: nobody can tell which of the two was meant."""
    other = item.options and keys.of("valueCoding", value) not in item.options
    if "code" in value and not other and item.contradicts(str(value["code"]), value.get("display")):
        text = f"The display in {item.link_id} is that of another option than the code. Check which was meant, and send both of one option."
        yield from rules.broken("displayDiffers", context.status, text, f"{place}.value")


def offered(name: str, value: Any, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """Any value of an item with options is one of them, but for the free text of an open-choice."""
    free = item.type == "open-choice" and name == "valueString"
    if item.options and not free and item.options.isdisjoint(keys.all_of(name, value)):
        text = f"Not one of the options of {item.link_id}. Send an option as the questionnaire has it, a coding with system and code."
        yield from rules.broken("invalidAnswerOption", context.status, text, place)


def _in_value_set(value: Mapping[str, Any], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    if item.coded is None:
        text = f"The codes of {item.link_id} come from a value set that is not held here: the answer was not compared with it."
        yield from rules.broken("tsError", context.status, text, place)
    elif not _among(value, item, item.coded):
        text = f"Not in the value set of {item.link_id}. Send system and code of one of its codings."
        yield from rules.broken("invalidCoding", context.status, text, place)


def _among(value: Mapping[str, Any], item: Item, coded: Codes) -> bool:
    """By system and code; without a system by the code alone, where only one system has it."""
    alone = "code" in value and not value.get("system")
    return keys.of("valueCoding", value) in coded or (alone and item.is_lone(str(value["code"])))
