"""Observations of the record: which are results, and readings at or above a bound or coded answers that set a fact."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cds.facts import RecordSource
from cds.fhir import concepts, matching, readings
from cds.fhir.entries import Entry
from cds.fhir.matching import Match, Undated
from cds.values.release import ValueSet

_STATUSES = frozenset({"final", "amended", "corrected", "preliminary"})
_NO_RESULT = frozenset({"registered", "cancelled", "entered-in-error"})
_AT_LEAST = (None, ">", ">=")


def observations(source: RecordSource, entries: Iterable[Entry], value_sets: Mapping[str, ValueSet], at: datetime) -> Iterator[Match | Undated]:
    """Those of the results whose value reaches the source's bound, or whose coded answer is in its value set, within its window."""
    for entry in entries:
        if not _says(entry.resource, source, value_sets):
            continue
        taken = readings.when(entry.resource)
        if matching.recent(taken, source.within, at):
            yield Match(entry.reference, taken)
        elif taken is None:
            yield Undated(entry.place)


def of_no_status(entries: Iterable[Entry], value_sets: Collection[ValueSet]) -> Iterator[str]:
    """The places of observations of the value sets whose status does not say whether they are results: absent, misspelt, `unknown`."""
    for entry in entries:
        if concepts.text(entry.resource.get("status")) not in _STATUSES | _NO_RESULT and any(map(entry.has, value_sets)):
            yield entry.place


def results(entries: Iterable[Entry]) -> list[Entry]:
    """Those whose status says that they are results."""
    return [entry for entry in entries if concepts.text(entry.resource.get("status")) in _STATUSES]


def compares(observation: Mapping[str, Any], source: RecordSource) -> bool:
    """Whether its value can be read, and lies on one side of the source's bound whatever it is a bound of itself."""
    value, sign, bound = readings.quantity(observation, source.unit, source.also_in), readings.comparator(observation), source.at_least
    if value is None or bound is None:
        return False
    sides: Mapping[object, bool] = {None: True, ">": value >= bound, ">=": value >= bound, "<": value <= bound, "<=": value < bound}
    return isinstance(sign, str | None) and sides.get(sign, False)


def _says(observation: Mapping[str, Any], source: RecordSource, value_sets: Mapping[str, ValueSet]) -> bool:
    if source.answer_in:
        return concepts.within(observation.get("valueCodeableConcept"), value_sets[source.answer_in])
    if source.at_least is None:
        return True
    value = readings.quantity(observation, source.unit)
    return value is not None and value >= source.at_least and readings.comparator(observation) in _AT_LEAST
