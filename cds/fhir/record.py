"""Prefetched or submitted resources -> Record: what the patient's record says of the facts of a release.

Read leniently and entry by entry: a bad entry is dropped and recorded, and the rest is used. The record only ever sets
a fact to the value that its definition names; its silence says nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cds.facts import FactDefinition, FactDefinitions, Record, RecordFact, RecordSource
from cds.fhir import conditions, entries, limits, matching, medicines, observations, patients, references
from cds.fhir.entries import Entries
from cds.fhir.matching import Match, Undated
from cds.fhir.medicines import Medicine
from cds.values.release import ValueSet


@dataclass(frozen=True)
class _Chart:
    """The entries of one patient by kind, with what they are matched against."""

    entries: Entries
    medicines: list[Medicine]
    value_sets: Mapping[str, ValueSet]
    at: datetime


def read(
    resources: Mapping[str, Any],
    definitions: FactDefinitions,
    value_sets: Mapping[str, ValueSet],
    *,
    subject: str,
    at: datetime,
) -> Record:
    """What the record says at the instant `at`.

    `resources` are by prefetch key, or any mix of them under `bundle`: each a resource, a Bundle, null for none, or an
    OperationOutcome. `subject` is the patient's id or a reference; left empty, the one Patient sent is meant.
    """
    who = references.subject(subject, *resources.values())
    gathered = entries.gather(resources, definitions.prefetch, who)
    found, faults = medicines.read((*gathered.of("MedicationRequest"), *gathered.of("MedicationStatement")), gathered.of("Medication"))
    chart = _Chart(gathered, found, value_sets, at)
    values: dict[str, RecordFact] = {}
    unclear = observations.of_no_status(gathered.of("Observation"), value_sets.values())
    problems = [*gathered.problems, *faults, *(f"{place}: without a status that can be read; not used." for place in unclear)]
    for definition in definitions.facts.values():
        fact, faults = _fact(definition, chart)
        values |= {definition.name: fact} if fact else {}
        problems += faults
    return Record(values, gathered.not_checked, limits.limited(problems), _triggers(definitions.trigger, chart))


def _fact(definition: FactDefinition, chart: _Chart) -> tuple[RecordFact | None, list[str]]:
    if definition.patient_element:
        return _of_patient(definition, chart)
    if definition.reads:
        return _reading(definition, definition.reads, chart)
    results = [result for source in definition.sources for result in _results(source, chart)]
    match = matching.newest(result for result in results if isinstance(result, Match))
    undated = [f"{result.place}: without a date, which this needs; not used." for result in results if isinstance(result, Undated)]
    unreadable = [place for source in definition.sources for place in _unreadable(source, chart)]
    problems = undated + [f"{place}: a value in a unit that cannot be read; not used." for place in unreadable]
    fact = RecordFact(definition.sets, match.reference, match.date(), match.note) if match else None
    return fact, problems


def _results(source: RecordSource, chart: _Chart) -> Iterator[Match | Undated]:
    value_set = chart.value_sets[source.value_set]
    match source.resource:
        case "Condition":
            yield from conditions.conditions(source, chart.entries.of("Condition"), value_set, chart.at)
        case "Procedure":
            yield from conditions.procedures(source, chart.entries.of("Procedure"), value_set, chart.at)
        case "Observation":
            yield from observations.observations(source, chart.entries.of("Observation"), chart.value_sets, chart.at)
        case "Medication":
            yield from medicines.matches(source, chart.medicines, value_set, chart.at)


def _unreadable(source: RecordSource, chart: _Chart) -> Iterator[str]:
    if source.resource == "Observation" and source.at_least is not None:
        yield from observations.unreadable(chart.entries.of("Observation"), chart.value_sets[source.value_set], source.unit)


def _reading(definition: FactDefinition, source: RecordSource, chart: _Chart) -> tuple[RecordFact | None, list[str]]:
    match = observations.latest(definition, chart.entries.of("Observation"), chart.value_sets[source.value_set], chart.at)
    if match is None or match.value is None:
        return None, []
    return RecordFact(match.value, match.reference, match.date()), []


def _of_patient(definition: FactDefinition, chart: _Chart) -> tuple[RecordFact | None, list[str]]:
    for entry in chart.entries.of("Patient"):
        value, problem = patients.read(entry.resource, definition, chart.at)
        fact = None if value is None else RecordFact(value, entry.reference)
        return fact, [f"{entry.place}: {problem}."] if problem else []
    return None, []


def _triggers(name: str, chart: _Chart) -> tuple[str, ...]:
    """The value set that makes the hook offer the form, when an active Condition is in it."""
    if name not in chart.value_sets:
        return ()
    source = RecordSource(name, "Condition", status="active")
    return (name,) if any(True for _ in _results(source, chart)) else ()
