"""Text in an answer, and other values by the text they were written as: length, form, lines (FHIR R4 Questionnaire and extensions)."""

from collections.abc import Iterator
from decimal import Decimal

from cds.fhir import numbers
from cds.fhir.questionnaire import Item
from cds.fhir.validation import rules
from cds.fhir.validation.context import Context
from cds.foundation.errors import Diagnostic


def check(value: str, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """Length in characters, and the form asked for."""
    bounds = item.bounds
    if bounds.min_length is not None and len(value) < bounds.min_length:
        text = f"{item.link_id} takes at least {bounds.min_length} characters. Send a longer text."
        yield from rules.broken("minLength", context.status, text, place)
    if bounds.max_length is not None and len(value) > bounds.max_length:
        text = f"{item.link_id} takes at most {bounds.max_length} characters. Send a shorter text."
        yield from rules.broken("maxLength", context.status, text, place)
    yield from check_form(value, item, context, place)


def check_string(value: str, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """What is asked of a string alone: one line where the type is string, and no option put into words."""
    if item.type == "string" and ("\n" in value or "\r" in value):
        text = f"{item.link_id} takes one line of text. Leave the line breaks out."
        yield from rules.broken("lineBreak", context.status, text, place)
    if item.type == "open-choice" and item.named(value):
        text = f"The text in {item.link_id} is the display of an option. Send the option itself as valueCoding."
        yield from rules.broken("optionAsText", context.status, text, place)


def check_number(value: object, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """A number by its digits as they were written, without an exponent; one of too many digits is told with its bounds."""
    if numbers.number(value) is not None:
        yield from check(format(value, "f") if isinstance(value, Decimal) else str(value), item, context, place)


def check_form(value: str, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """The whole text against the regular expression of the item."""
    if not item.bounds.pattern:
        return
    matches = context.patterns.matches(item.bounds.pattern, value)
    if matches is None and context.first(item.link_id, "regex"):
        text = f"The regular expression of {item.link_id} cannot be tried here: what is answered was not compared with it."
        yield from rules.broken("notChecked", context.status, text, place)
    elif matches is False:
        text = f"{item.link_id} does not have the form that the questionnaire asks for. Send it in that form."
        yield from rules.broken("regex", context.status, text, place)
