"""Conditions and Procedures of the record: which of them set a fact."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cds.facts import RecordSource
from cds.fhir import concepts, dating, matching
from cds.fhir.dating import When
from cds.fhir.entries import Entry
from cds.fhir.matching import Match, Undated

_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_CLINICAL = _ACTIVE | {"inactive", "remission", "resolved"}
_NOT_FACTS = frozenset({"entered-in-error", "refuted"})
_DONE = frozenset({"completed", "in-progress"})


def conditions(source: RecordSource, entries: Iterable[Entry], at: datetime) -> Iterator[Match | Undated]:
    """Those of the conditions that are facts; active when the source says so, begun within its window when it has one."""
    for entry in entries:
        if is_fact(entry.resource) and (not source.status or is_active(entry.resource)):
            yield from _dated(entry, onset(entry.resource), source, at)


def procedures(source: RecordSource, entries: Iterable[Entry], at: datetime) -> Iterator[Match | Undated]:
    """Those of the procedures that are done or under way, performed within the source's window when it has one."""
    for entry in entries:
        if concepts.text(entry.resource.get("status")) in _DONE:
            yield from _dated(entry, performed(entry.resource), source, at)


def is_fact(resource: Mapping[str, Any]) -> bool:
    """False for a condition or an allergy that was entered in error or refuted."""
    return concepts.status(resource.get("verificationStatus")).isdisjoint(_NOT_FACTS)


def is_active(condition: Mapping[str, Any]) -> bool:
    """By clinicalStatus; without a readable one, by the absence of an abatement."""
    status = concepts.status(condition.get("clinicalStatus")) & _CLINICAL
    if status:
        return not status.isdisjoint(_ACTIVE)
    return not any(name.startswith("abatement") for name in condition)


def onset(condition: Mapping[str, Any]) -> When | None:
    """When it began, else when it was recorded."""
    period = concepts.mapping(condition.get("onsetPeriod"))
    return _first(condition.get("onsetDateTime"), period.get("start"), condition.get("recordedDate"))


def performed(procedure: Mapping[str, Any]) -> When | None:
    """When it was done: the end of a period, or its start while it lasts."""
    period = concepts.mapping(procedure.get("performedPeriod"))
    return _first(procedure.get("performedDateTime"), period.get("end"), period.get("start"))


def _first(*values: object) -> When | None:
    return next((when for when in map(dating.read, values) if when), None)


def _dated(entry: Entry, when: When | None, source: RecordSource, at: datetime) -> Iterator[Match | Undated]:
    window = source.onset_within or source.within
    if matching.recent(when, window, at):
        yield Match(entry.reference, when)
    elif when is None:
        yield Undated(entry.place)
