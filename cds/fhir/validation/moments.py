"""A date, dateTime or time in an answer against its bounds, and against the day that has begun.

A partial date is a span: one that may lie within the bounds does.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from cds.fhir import concepts, dating
from cds.fhir.dating import When
from cds.fhir.questionnaire import Item
from cds.fhir.validation import rules
from cds.fhir.validation.context import Context
from cds.foundation.errors import Diagnostic

_TIME = re.compile(r"(\d\d:\d\d:\d\d)(?:\.(\d+))?", re.ASCII)
_WORDS = MappingProxyType({"minValue": "before the first", "maxValue": "after the last"})
_START = datetime(1, 1, 1, tzinfo=UTC)
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
"""A day without a zone begins first at UTC+14 and ends last at UTC-12."""


def check(value: object, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """A date or dateTime that cannot lie within the bounds, whatever was left out of it."""
    said = dating.read(value)
    for rule, bound in (("minValue", item.bounds.minimum), ("maxValue", item.bounds.maximum)):
        limit = dating.read(bound)
        if bound is None:
            continue
        if said is None or limit is None:
            yield from _unread(item, context, place)
        elif _outside(rule, said, limit):
            yield from _beyond(rule, item, context, place)


def check_time(value: object, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """A time of day that lies outside the bounds."""
    said = _clock(value)
    for rule, bound in (("minValue", item.bounds.minimum), ("maxValue", item.bounds.maximum)):
        limit = _clock(bound)
        if bound is None:
            continue
        if said is None or limit is None:
            yield from _unread(item, context, place)
        elif said < limit if rule == "minValue" else said > limit:
            yield from _beyond(rule, item, context, place)


def begun(value: object, item: Item, context: Context, place: str, *, last_day: date | None) -> Iterator[Diagnostic]:
    """A date that must lie in the past, `last_day` being the last that has begun; a partial one counts as unknown."""
    when = dating.read(value)
    if last_day is None or when is None:
        return
    if when.earliest.date() > last_day:
        yield from rules.broken("futureDate", context.status, f"{item.link_id} lies in the future. Send a day that has begun.", place)
    elif when.precision != "day":
        text = f"{item.link_id} is not a full date and counts as unknown. Send year, month and day."
        yield from rules.broken("partialDate", context.status, text, place)


def _outside(rule: str, said: When, limit: When) -> bool:
    """Two dates without a zone are compared as they stand; beside an instant a date may be that of any zone."""
    mixed = (said.precision == "instant") is not (limit.precision == "instant")
    (first, last), (least, greatest) = _span(said, mixed), _span(limit, mixed)
    return last < least if rule == "minValue" else first > greatest


def _span(when: When, mixed: bool) -> tuple[timedelta, timedelta]:
    first, last = when.earliest - _START, when.latest - _START
    return (first - _EAST, last + _WEST) if mixed and when.precision != "instant" else (first, last)


def _clock(value: object) -> tuple[str, str] | None:
    """Hours, minutes and seconds, and the fraction without the zeros that say nothing."""
    match = _TIME.fullmatch(concepts.text(value))
    return (match[1], (match[2] or "").rstrip("0")) if match else None


def _beyond(rule: str, item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    bound = item.bounds.minimum if rule == "minValue" else item.bounds.maximum
    text = f"{item.link_id} lies {_WORDS[rule]} that the questionnaire allows ({bound}). Send a value within the bounds."
    yield from rules.broken(rule, context.status, text, place)


def _unread(item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    text = f"The answer to {item.link_id} and its bound are not of one kind: they were not compared."
    yield from rules.broken("notChecked", context.status, text, place)
