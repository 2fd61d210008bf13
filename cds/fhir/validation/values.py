"""One submitted answer against its item: type, options, bounds, units, and dates that cannot lie ahead."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from cds.fhir import concepts, dating, items, numbers
from cds.fhir.questionnaire import Item, option_of
from cds.foundation.errors import Diagnostic


def check(answer: Mapping[str, Any], item: Item, place: str, *, last_day: date | None) -> Iterator[Diagnostic]:
    """The breaches of one answer; one that only says why it has no value breaks nothing. No date may lie after `last_day`."""
    if items.is_absent(answer):
        return
    values = items.values_of(answer)
    if not values:
        yield Diagnostic("error", "required", f"An answer to {item.link_id} has no value. Leave the answer out.", place)
    for name, value in values:
        if not item.takes(name):
            text = f"{item.link_id} is of type {item.type}. Answer with the value[x] of that type; a choice takes valueCoding, a code of the form."
            yield Diagnostic("error", "value", text, place)
        else:
            yield from _value(name, value, item, place, last_day)


def _value(name: str, value: Any, item: Item, place: str, last_day: date | None) -> Iterator[Diagnostic]:
    match name:
        case "valueCoding":
            yield from _coded(value, item, place)
        case "valueQuantity":
            yield from _quantity(value, item, place)
        case "valueInteger" | "valueDecimal":
            yield from _bounded(value, item, place)
        case "valueDate":
            yield from _dated(value, item, place, last_day)


def _coded(value: Mapping[str, Any], item: Item, place: str) -> Iterator[Diagnostic]:
    if item.options and item.type == "choice" and option_of("valueCoding", value) not in item.options:
        text = f"Not one of the options of {item.link_id}. Send system and code of an option."
        yield Diagnostic("error", "code-invalid", text, place)


def _quantity(value: Mapping[str, Any], item: Item, place: str) -> Iterator[Diagnostic]:
    """Bounds hold for the number in whichever unit is offered."""
    if "value" not in value or "comparator" in value:
        yield Diagnostic("error", "value", f"{item.link_id} takes a quantity with a value and no comparator.", place)
        return
    if item.units and option_of("valueCoding", value) not in item.units:
        units = ", ".join(sorted(code for _, code in item.units))
        yield Diagnostic("error", "value", f"Not a unit that {item.link_id} offers. Send system and code of one of: {units}.", place)
    yield from _bounded(value["value"], item, place)


def _bounded(value: object, item: Item, place: str) -> Iterator[Diagnostic]:
    number = numbers.number(value)
    low, high = numbers.number(item.bounds.minimum), numbers.number(item.bounds.maximum)
    if number is None or (low is not None and number < low) or (high is not None and number > high):
        yield Diagnostic("error", "value", f"{item.link_id} is out of its range ({_range(item)}). Send a value within it.", place)


def _range(item: Item) -> str:
    low = "" if item.bounds.minimum is None else f"from {item.bounds.minimum}"
    high = "" if item.bounds.maximum is None else f"to {item.bounds.maximum}"
    return f"{low} {high}".strip() or "what a double holds"


def _dated(value: object, item: Item, place: str, last_day: date | None) -> Iterator[Diagnostic]:
    when = dating.read(concepts.text(value))
    if last_day is None or when is None:
        return
    if when.earliest.date() > last_day:
        yield Diagnostic("error", "value", f"{item.link_id} lies in the future. Send a day that has begun.", place)
    elif when.precision != "day":
        text = f"{item.link_id} is not a full date and counts as unknown. Send year, month and day."
        yield Diagnostic("warning", "incomplete", text, place)
