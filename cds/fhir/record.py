"""Prefetched or submitted resources -> Record: what the patient's record says of the facts of a release.

Read leniently and entry by entry: a bad entry is dropped and recorded, and the rest is used. The record only ever sets
a fact to a value that its definition names; its silence says nothing. What has a modifier that nobody understands may still warn;
it gives no reading, lowers no level, makes no list whole, does not rule a question out, and is not shown.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from cds.facts import FactDefinition, FactDefinitions, Record, RecordFact, RecordSource
from cds.fhir import entries, limits, matching, medicines, observations, parts, patients, readings, references, showing, unread
from cds.fhir.charts import Chart
from cds.fhir.matching import Match, Undated
from cds.values.release import ValueSet

_TRIGGER: Final = "Condition"
"""What the trigger is looked for in."""
_Found = tuple[RecordFact | None, list[str]]


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
    chart = _chart(resources, definitions, value_sets, references.subject(subject, *resources.values()), at)
    lacking, closing = unread.of(definitions, chart), _closing(definitions)
    problems = [*chart.entries.problems, *_statusless(chart), *lacking.problems]
    values: dict[str, RecordFact] = {}
    for definition in sorted(filter(_is_recorded, definitions.facts.values()), key=_rests_on_others):
        if definition.whole and _lost(definition.whole, problems):
            continue
        fact, faults = _fact(definition, chart, values, closes=definition.name in closing)
        values |= {definition.name: fact} if fact else {}
        problems += faults
    shown = [showing.read(one, chart, values) for one in definitions.shown]
    problems += [problem for _, places in shown for problem in _unreadable(places)]
    told = tuple(one for one, _ in shown if one)
    found = limits.limited(list(dict.fromkeys(problems)))
    unchecked = tuple(key for key in definitions.prefetch if key in chart.entries.not_checked or key in lacking.keys)
    untold = tuple(key for key in unchecked if chart.kinds[key] == _TRIGGER)
    return Record(values, unchecked, found, _triggers(definitions.trigger, chart), told, chart.entries.modified, untold)


def _chart(resources: Mapping[str, Any], definitions: FactDefinitions, sets: Mapping[str, ValueSet], who: references.Subject, at: datetime) -> Chart:
    gathered = entries.gather(resources, definitions, who)
    requests = (*gathered.of("MedicationRequest"), *gathered.of("MedicationStatement"))
    found, unread = medicines.read(requests, gathered.of("Medication"))
    return Chart(gathered, found, unread, sets, entries.kinds(definitions.prefetch), at)


def _statusless(chart: Chart) -> list[str]:
    unclear = observations.of_no_status(chart.entries.of("Observation"), chart.value_sets.values())
    dropped = [f"{entry.place}: without a status that can be read; dropped." for entry in chart.unread]
    return [*dropped, *(f"{place}: without a status that can be read; not used." for place in unclear)]


def _closing(definitions: FactDefinitions) -> frozenset[str]:
    """The facts of which what the record sets rules another question out, which reassures."""
    facts = definitions.facts
    gates = (gate for one in facts.values() for gate in one.gates)
    return frozenset(gate.fact for gate in gates if gate.fact in facts and gate.closed(facts[gate.fact].sets))


def _is_recorded(definition: FactDefinition) -> bool:
    return bool(definition.sources or definition.reads or definition.given or definition.patient_element)


def _rests_on_others(definition: FactDefinition) -> int:
    """Facts that rest on no other are read first, then lists that must be whole, then those that rest on what was found."""
    if definition.whole:
        return 2
    return 3 if definition.otherwise_with else 1 if definition.reads and definition.reads.sooner_with else 0


def _lost(keys: tuple[str, ...], problems: list[str]) -> bool:
    """Whether something sent under these keys, or in a mixed Bundle, could not be used."""
    return any(problem.partition("[")[0].partition(":")[0] in (*keys, entries.BUNDLE) for problem in problems)


def _fact(definition: FactDefinition, chart: Chart, known: Mapping[str, RecordFact], *, closes: bool) -> _Found:
    if definition.patient_element:
        return _of_patient(definition, chart)
    if definition.given:
        key = chart.given(definition.given)
        return RecordFact(definition.sets, key) if key else None, []
    if definition.reads:
        return (_level if definition.reads.parts else _reading)(definition, definition.reads, chart, known)
    return _of_sources(definition, chart, known, without=chart.entries.modified if closes else frozenset())


def _of_sources(definition: FactDefinition, chart: Chart, known: Mapping[str, RecordFact], *, without: frozenset[str]) -> _Found:
    results = [result for source in definition.sources for result in chart.results(source)]
    match = matching.newest(result for result in results if isinstance(result, Match) and result.reference not in without)
    undated = [result for result in results if isinstance(result, Undated)]
    problems = [f"{result.place}: without a date, which this needs; not used." for result in undated]
    if match:
        return RecordFact(definition.sets, match.reference, match.date(), match.note), problems
    because = None if undated else known.get(definition.otherwise_with)
    return RecordFact(definition.otherwise, because.reference) if because else None, problems


def _reading(definition: FactDefinition, source: RecordSource, chart: Chart, known: Mapping[str, RecordFact]) -> _Found:
    window = source.sooner if any(name in known for name in source.sooner_with) else source.within
    match = readings.latest(definition, source, window, chart.plain(source), chart.at)
    problems = _unreadable(readings.unread(definition, source, chart.plain(source))) if source.reported_below is not None else []
    if match is None or match.value is None:
        return None, problems
    return RecordFact(match.value, match.reference, match.date(), match.note), problems


def _level(definition: FactDefinition, source: RecordSource, chart: Chart, _: Mapping[str, RecordFact]) -> _Found:
    problems = _unreadable(parts.unreadable(source, chart.coded(source)))
    last = parts.last(source, chart.coded(source), chart.at)
    if last is None:
        return None, problems
    value = definition.sets if last.level == "high" else definition.otherwise
    return RecordFact(value, last.entry.reference, last.when.text), problems


def _of_patient(definition: FactDefinition, chart: Chart) -> _Found:
    for entry in chart.entries.of("Patient"):
        value, problem = patients.read(entry.resource, definition, chart.at)
        fact = None if value is None else RecordFact(value, entry.reference)
        return fact, [f"{entry.place}: {problem}."] if problem else []
    return None, []


def _triggers(name: str, chart: Chart) -> tuple[str, ...]:
    """The value set that makes the hook offer the form, when an active Condition is in it."""
    if name not in chart.value_sets:
        return ()
    source = RecordSource(name, _TRIGGER, status="active")
    return (name,) if any(True for _ in chart.results(source)) else ()


def _unreadable(places: Iterable[str]) -> list[str]:
    return [f"{place}: a value or unit that cannot be read; not used." for place in places]
