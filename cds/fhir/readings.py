"""Measurements of the record: their value in one unit, the latest of several, and whether the last one is high in any part."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cds.facts import FactDefinition, RecordSource
from cds.fhir import concepts, dating, matching, numbers, units
from cds.fhir.answer_values import in_range
from cds.fhir.dating import When
from cds.fhir.entries import Entry
from cds.fhir.matching import Match

REPORTED_BELOW, REPORTED_ABOVE = "reported below", "reported above"
"""The provenance of a value that the record gives only as a bound."""
_ABOVE = (">", ">=")
BOUNDS = ("<", "<=", *_ABOVE)
"""The comparators of a value that is a bound (FHIR R4, Quantity.comparator)."""
_WRITTEN = re.compile(r"\s*(?P<comparator>[<>]=?)\s*(?P<value>\d{1,9}(?:\.\d{1,6})?)\s*(?P<unit>\S{1,40})?\s*", re.ASCII)


def when(observation: Mapping[str, Any]) -> When | None:
    """When it was observed, else when it was made available."""
    period = concepts.mapping(observation.get("effectivePeriod"))
    values = (observation.get("effectiveDateTime"), period.get("end"), period.get("start"), observation.get("effectiveInstant"))
    return next((found for found in map(dating.read, (*values, observation.get("issued"))) if found), None)


def quantity(observation: Mapping[str, Any], unit: str, also_in: tuple[str, ...] = ()) -> Decimal | None:
    """The value in that UCUM unit or one written `also_in`; degrees Fahrenheit are converted to Celsius, no other unit is."""
    given = concepts.mapping(observation.get("valueQuantity"))
    value, code = numbers.number(given.get("value")), units.code(given)
    if value is None or code == unit or (code in also_in or given.get("unit") in also_in):
        return value
    return numbers.fahrenheit_to_celsius(value) if (unit, code) == (units.CELSIUS, units.FAHRENHEIT) else None


def comparator(observation: Mapping[str, Any]) -> object:
    """What the value stands for besides itself: `<`, `<=`, `>`, `>=`; None for the value itself."""
    return concepts.mapping(observation.get("valueQuantity")).get("comparator")


def latest(definition: FactDefinition, source: RecordSource, window: timedelta | None, entries: Iterable[Entry], at: datetime) -> Match | None:
    """The newest reading within the window and in the definition's range; one dated after `at` is not yet a reading.

    Where readings below and above a figure are read, of several from the same instant the lowest is taken.
    """
    found = [reading for entry in entries if (reading := _reading(entry, definition, source, window, at))]
    match = matching.newest(found)
    if match is None or match.when is None or source.reported_below is None:
        return match
    same = [one for one in found if one.when and one.when.latest == match.when.latest]
    return min(same, key=lambda one: (one.value, one.reference))


def _reading(entry: Entry, definition: FactDefinition, source: RecordSource, window: timedelta | None, at: datetime) -> Match | None:
    taken, read = when(entry.resource), _bounded(entry.resource, definition.unit, source)
    if read is None or not in_range(read[0], definition):
        return None
    if taken is None or taken.earliest > at or not matching.recent(taken, window, at):
        return None
    return Match(entry.reference, taken, note=read[1], value=read[0])


def _bounded(observation: Mapping[str, Any], unit: str, source: RecordSource) -> tuple[Decimal, str] | None:
    """The value and, where it is only a bound, a note that says so, read the way the source says."""
    shaped = _as_quantity(observation, unit) if source.reported_below is not None else observation
    value, sign = quantity(shaped, unit, source.also_in), comparator(shaped)
    if value is None or sign is None:
        return None if value is None else (value, "")
    if source.reported_below is None or sign not in BOUNDS:
        return None
    return (value, REPORTED_ABOVE) if sign in _ABOVE else (source.reported_below, REPORTED_BELOW)


def _as_quantity(observation: Mapping[str, Any], unit: str) -> Mapping[str, Any]:
    """With a bound that was sent as text (`>60 mL/min`) as the quantity that it says; without a unit it is in the one asked for."""
    match = _WRITTEN.fullmatch(concepts.text(observation.get("valueString")))
    if match is None:
        return observation
    return {"valueQuantity": {"value": Decimal(match["value"]), "comparator": match["comparator"], "unit": match["unit"] or unit}}


def unread(definition: FactDefinition, source: RecordSource, entries: Iterable[Entry]) -> Iterator[str]:
    """The places of readings whose value, unit or date cannot be read, or whose bound is not one that is read."""
    for entry in entries:
        read = _bounded(entry.resource, definition.unit, source)
        if when(entry.resource) is None or read is None or not in_range(read[0], definition):
            yield entry.place
