"""Text in an answer, and other values by the text they were written as: length, form, lines (FHIR R4 Questionnaire and extensions).

Regular expressions come from questionnaires that anybody may send: re2 matches them in time linear to the text, and
refuses those that it could not. The only module that imports it.
"""

from collections.abc import Iterator

import re2

from cds.fhir.questionnaire import Item
from cds.fhir.validation import rules
from cds.foundation.errors import Diagnostic

_MAX_PATTERN = 1_000
"""Characters of a regular expression that is tried."""


def check(value: str, item: Item, status: object, place: str) -> Iterator[Diagnostic]:
    """Length in characters, and the form asked for."""
    bounds = item.bounds
    if bounds.min_length is not None and len(value) < bounds.min_length:
        text = f"{item.link_id} takes at least {bounds.min_length} characters. Send a longer text."
        yield from rules.broken("minLength", status, text, place)
    if bounds.max_length is not None and len(value) > bounds.max_length:
        text = f"{item.link_id} takes at most {bounds.max_length} characters. Send a shorter text."
        yield from rules.broken("maxLength", status, text, place)
    yield from check_form(value, item, status, place)


def check_string(value: str, item: Item, status: object, place: str) -> Iterator[Diagnostic]:
    """What is asked of a string alone: one line where the type is string, and no option put into words."""
    if item.type == "string" and ("\n" in value or "\r" in value):
        text = f"{item.link_id} takes one line of text. Leave the line breaks out."
        yield from rules.broken("lineBreak", status, text, place)
    if item.type == "open-choice" and value.strip() in {display for display, _ in item.labels}:
        text = f"The text in {item.link_id} is the display of an option. Send the option itself as valueCoding."
        yield from rules.broken("optionAsText", status, text, place)


def check_number(value: object, item: Item, status: object, place: str) -> Iterator[Diagnostic]:
    """A number by the characters that it was written with."""
    yield from check(str(value), item, status, place)


def check_form(value: str, item: Item, status: object, place: str) -> Iterator[Diagnostic]:
    """The whole text against the regular expression of the item."""
    if not item.bounds.pattern:
        return
    matches = _matches(item.bounds.pattern, value)
    if matches is None:
        text = f"The regular expression of {item.link_id} cannot be tried here: the answer was not compared with it."
        yield from rules.broken("notChecked", status, text, place)
    elif not matches:
        text = f"{item.link_id} does not have the form that the questionnaire asks for. Send it in that form."
        yield from rules.broken("regex", status, text, place)


def _matches(pattern: str, value: str) -> bool | None:
    """None for an expression that is too long, or that re2 refuses (look-around, back-references, a syntax error)."""
    if len(pattern) > _MAX_PATTERN:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.fullmatch(pattern, value, options) is not None
    except (re2.error, UnicodeEncodeError):
        return None
