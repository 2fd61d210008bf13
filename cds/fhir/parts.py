"""The last reading of a measurement of several parts, such as a blood pressure: high in any part, low in all, or unknown."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from cds.facts import PartLimit, RecordSource
from cds.fhir import concepts, matching, readings
from cds.fhir.dating import When
from cds.fhir.entries import Entry

Level = Literal["high", "low", "unreadable"]


@dataclass(frozen=True)
class Reading:
    """One part of one observation against its limit."""

    level: Level
    when: When
    entry: Entry


def last(source: RecordSource, entries: Iterable[Entry], at: datetime) -> Reading | None:
    """High when the last readable value of any part is, of several from one instant when any is; low when that of every part is.

    None where neither can be said: a part was never measured, or its last value cannot be read or is a bound on the other side.
    """
    taken = [(entry, when) for entry in entries if (when := readings.when(entry.resource)) and _counts(when, source, at)]
    found = [_newest([reading for entry, when in taken for reading in _of(entry, when, part, source)]) for part in source.parts]
    high = [one for part in found for one in part if one.level == "high"]
    if high:
        return _first(high)
    low = [one for part in found for one in part]
    return _first(low) if all(found) and all(one.level == "low" for one in low) else None


def unreadable(source: RecordSource, entries: Iterable[Entry]) -> Iterator[str]:
    """The places of entries of which no part can be read, or whose date cannot."""
    for entry in (one for one in entries if not one.modified):
        taken = readings.when(entry.resource)
        found = [one for part in source.parts if taken for one in _of(entry, taken, part, source)]
        if taken is None or all(one.level == "unreadable" for one in found):
            yield entry.place


def _counts(when: When, source: RecordSource, at: datetime) -> bool:
    return when.earliest <= at and matching.recent(when, source.within, at)


def _newest(found: list[Reading]) -> list[Reading]:
    """The readings of the last instant, with those of the last instant that could be read."""
    readable = [one.when.latest for one in found if one.level != "unreadable"]
    instants = {max(moments) for moments in ([one.when.latest for one in found], readable) if moments}
    return [one for one in found if one.when.latest in instants]


def _first(found: list[Reading]) -> Reading:
    return max(found, key=lambda one: (one.when.latest, one.entry.reference))


def _of(entry: Entry, when: When, part: PartLimit, source: RecordSource) -> Iterator[Reading]:
    """The part where it is the observation itself, or a component of it."""
    wanted = (part.system, part.code)
    if wanted in concepts.codes(entry.resource.get("code")):
        yield _reading(entry.resource, when, part, source, entry)
    for component in concepts.objects(entry.resource.get("component")):
        if wanted in concepts.codes(component.get("code")):
            yield _reading(component, when, part, source, entry)


def _reading(observed: Mapping[str, Any], when: When, part: PartLimit, source: RecordSource, entry: Entry) -> Reading:
    """One with a modifier is never low."""
    level = _level(observed, part.at_least, source)
    return Reading("unreadable" if entry.modified and level == "low" else level, when, entry)


def _level(observed: Mapping[str, Any], limit: Decimal, source: RecordSource) -> Level:
    value, sign = readings.quantity(observed, source.unit, source.also_in), readings.comparator(observed)
    if value is None:
        return "unreadable"
    if value >= limit and sign in (None, ">", ">="):
        return "high"
    return "low" if (value < limit and sign in (None, "<", "<=")) or (value == limit and sign == "<") else "unreadable"
