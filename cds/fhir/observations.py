"""Observations of the record: readings at or above a bound, coded answers, and the latest value of a measurement."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cds.facts import FactDefinition, RecordSource
from cds.fhir import concepts, dating, matching, numbers
from cds.fhir.answer_values import in_range
from cds.fhir.dating import When
from cds.fhir.entries import Entry
from cds.fhir.matching import Match, Undated
from cds.values.release import ValueSet

_STATUSES = frozenset({"final", "amended", "corrected", "preliminary"})
_NO_RESULT = frozenset({"registered", "cancelled", "entered-in-error"})
_CELSIUS, _FAHRENHEIT = "Cel", "[degF]"
_AT_LEAST = (None, ">", ">=")


def observations(source: RecordSource, entries: Iterable[Entry], value_sets: Mapping[str, ValueSet], at: datetime) -> Iterator[Match | Undated]:
    """Observations whose value reaches the source's bound, or whose coded answer is in its value set, within its window."""
    for entry in _coded(entries, value_sets[source.value_set]):
        if not _says(entry.resource, source, value_sets):
            continue
        taken = when(entry.resource)
        if matching.recent(taken, source.within, at):
            yield Match(entry.reference, taken)
        elif taken is None:
            yield Undated(entry.place)


def latest(definition: FactDefinition, entries: Iterable[Entry], value_set: ValueSet, at: datetime) -> Match | None:
    """The newest reading within the window and in the definition's range; one dated after `at` is not yet a reading."""
    readings = (_reading(entry, definition, at) for entry in _coded(entries, value_set))
    return matching.newest(reading for reading in readings if reading)


def _reading(entry: Entry, definition: FactDefinition, at: datetime) -> Match | None:
    taken, value = when(entry.resource), quantity(entry.resource, definition.unit)
    window = definition.reads.within if definition.reads else None
    if value is None or not in_range(value, definition) or _comparator(entry.resource) is not None:
        return None
    if taken is None or taken.earliest > at or not matching.recent(taken, window, at):
        return None
    return Match(entry.reference, taken, value=value)


def unreadable(entries: Iterable[Entry], value_set: ValueSet, unit: str) -> Iterator[str]:
    """The places of readings that have a value in no unit that can be read."""
    for entry in _coded(entries, value_set):
        if "valueQuantity" in entry.resource and quantity(entry.resource, unit) is None:
            yield entry.place


def of_no_status(entries: Iterable[Entry], value_sets: Collection[ValueSet]) -> Iterator[str]:
    """The places of observations of the value sets whose status does not say whether they are results: absent, misspelt, `unknown`."""
    for entry in entries:
        if concepts.text(entry.resource.get("status")) not in _STATUSES | _NO_RESULT and any(map(entry.has, value_sets)):
            yield entry.place


def when(observation: Mapping[str, Any]) -> When | None:
    """When it was observed, else when it was made available."""
    period = concepts.mapping(observation.get("effectivePeriod"))
    values = (observation.get("effectiveDateTime"), period.get("end"), period.get("start"), observation.get("effectiveInstant"))
    return next((found for found in map(dating.read, (*values, observation.get("issued"))) if found), None)


def quantity(observation: Mapping[str, Any], unit: str) -> Decimal | None:
    """The value in that UCUM unit; degrees Fahrenheit are converted to Celsius, no other unit is."""
    given = concepts.mapping(observation.get("valueQuantity"))
    value, code = numbers.number(given.get("value")), given.get("code", given.get("unit"))
    if value is None or code == unit:
        return value
    return numbers.fahrenheit_to_celsius(value) if (unit, code) == (_CELSIUS, _FAHRENHEIT) else None


def _coded(entries: Iterable[Entry], value_set: ValueSet) -> Iterator[Entry]:
    for entry in entries:
        if concepts.text(entry.resource.get("status")) in _STATUSES and entry.has(value_set):
            yield entry


def _says(observation: Mapping[str, Any], source: RecordSource, value_sets: Mapping[str, ValueSet]) -> bool:
    if source.answer_in:
        return concepts.within(observation.get("valueCodeableConcept"), value_sets[source.answer_in])
    if source.at_least is None:
        return True
    value = quantity(observation, source.unit)
    return value is not None and value >= source.at_least and _comparator(observation) in _AT_LEAST


def _comparator(observation: Mapping[str, Any]) -> object:
    return concepts.mapping(observation.get("valueQuantity")).get("comparator")
