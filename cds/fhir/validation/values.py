"""The answers to one item against what the item takes: the type of each value, its options and bounds, and what holds among them.

Runs on what the R4 models accepted. No text holds anything of the response.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from cds.fhir import items, keys
from cds.fhir.expansions import Option
from cds.fhir.questionnaire import Item
from cds.fhir.validation import attachments, codings, moments, quantities, rules, targets, texts
from cds.fhir.validation.context import Context
from cds.foundation.errors import Diagnostic

_Check = Callable[[Any, Item, Context, str], Iterator[Diagnostic]]


def check(answer: Mapping[str, Any], item: Item, context: Context, place: str, *, last_day: date | None) -> Iterator[Diagnostic]:
    """The breaches of one answer; one that only says why it has no value breaks nothing. No date may lie after `last_day`."""
    if items.is_absent(answer):
        return
    values = items.values_of(answer)
    if not values:
        text = f"An answer to {item.link_id} has no value. Send its value, or leave the answer out."
        yield from rules.broken("emptyAnswer", context.status, text, place)
    for name, value in values:
        if not _takes(item, name):
            yield from rules.broken("invalidAnswerType", context.status, f"{item.link_id} is of type {item.type}. {_wanted(item)}", place)
        elif not items.is_excused(value):
            yield from _value(name, value, item, context, place)
            if name == "valueDate":
                yield from moments.begun(value, item, context, place, last_day=last_day)


def check_all(answers: Sequence[Mapping[str, Any]], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """What holds among the answers of one item, `place` being the item's: nothing beside an exclusive option, and no answer twice."""
    options = [option for answer in answers for name, value in items.values_of(answer) if (option := keys.of(name, value))]
    if len(options) > 1 and any(option in item.exclusive for option in options):
        text = f"{item.link_id} has an exclusive option beside another one. Send one or the other."
        yield from rules.broken("exclusiveAnswerOption", context.status, text, f"{place}.answer")
    elif item.repeats and _twice(options):
        yield from rules.broken("duplicateAnswer", context.status, f"{item.link_id} has the same answer twice. Send it once.", f"{place}.answer")


def _twice(options: Sequence[Option]) -> bool:
    return any(count > 1 for count in Counter(options).values())


def _takes(item: Item, name: str) -> bool:
    """As the item says; an open-choice takes the values of its options as well."""
    return item.takes(name) or (item.type == "open-choice" and name in item.offered)


def _wanted(item: Item) -> str:
    if item.type == "question":
        return "It only holds other items and takes no answer."
    return "Answer with the value[x] of that type; a choice takes valueCoding, a code of the form."


def _value(name: str, value: Any, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    if name != "valueCoding":
        yield from codings.offered(name, value, item, context, place)
    for one in _CHECKS.get(name, ()):
        yield from one(value, item, context, place)


_CHECKS: Mapping[str, Sequence[_Check]] = MappingProxyType(
    {
        "valueCoding": (codings.check,),
        "valueString": (texts.check_string, texts.check),
        "valueUri": (texts.check,),
        "valueInteger": (texts.check_number, quantities.bounded),
        "valueDecimal": (texts.check_number, quantities.bounded, quantities.places),
        "valueQuantity": (quantities.check,),
        "valueDate": (texts.check_form, moments.check),
        "valueDateTime": (texts.check_form, moments.check),
        "valueTime": (texts.check_form, moments.check_time),
        "valueAttachment": (attachments.check,),
        "valueReference": (targets.check,),
    }
)
