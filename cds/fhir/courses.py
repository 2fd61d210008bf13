"""When a medicine was taken: the course of a MedicationRequest or MedicationStatement (FHIR R4)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from cds.fhir import concepts, dating, numbers
from cds.fhir.dating import When

State = Literal["running", "ended", "nothing"]

_STATES: Mapping[str, State] = MappingProxyType(
    {
        "active": "running",
        "on-hold": "running",
        "completed": "ended",
        "stopped": "ended",
        "ended": "ended",
        "unknown": "ended",
        "cancelled": "nothing",
        "entered-in-error": "nothing",
        "draft": "nothing",
        "not-taken": "nothing",
        "intended": "nothing",
    }
)
_ONLY_THOUGHT_OF = frozenset({"proposal", "option"})
_DAYS: Mapping[str, Decimal] = MappingProxyType(
    {"h": Decimal(1) / 24, "d": Decimal(1), "wk": Decimal(7), "mo": Decimal("30.4375"), "a": Decimal("365.25")}
)
"""UCUM units of time in days; a duration without a unit is read in days."""


@dataclass(frozen=True)
class Course:
    """Whether it runs, its first possible start, and its end where it has one."""

    state: State
    start: When | None
    end: When | None

    def date(self) -> When | None:
        """The date that an assessment names: the end of what has ended, the start of what runs."""
        return self.end or self.start if self.state == "ended" else self.start

    def span(self, at: datetime, window: timedelta | None) -> tuple[datetime, datetime] | None:
        """The time covered inside the window before `at`; what runs is taken until `at`. None without a start."""
        if self.start is None:
            return None
        last = at if self.state == "running" or self.end is None else min(self.end.latest, at)
        first = self.start.earliest if window is None else max(self.start.earliest, at - window)
        return (first, last) if first < last else None


def read(resource: Mapping[str, Any]) -> Course | None:
    """The course; None when the status cannot be read. What was only proposed or forbidden is nothing."""
    state = _STATES.get(concepts.text(resource.get("status")))
    if state is None:
        return None
    if concepts.text(resource.get("intent")) in _ONLY_THOUGHT_OF or resource.get("doNotPerform") is True:
        state = "nothing"
    start = _first(_starts(resource))
    return Course(state, start, _end(resource) if state == "ended" else None)


def covered(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """The time covered by the spans together; what overlaps counts once."""
    total = timedelta()
    reached: datetime | None = None
    for first, last in sorted(spans):
        begin = first if reached is None else max(first, reached)
        total += max(last - begin, timedelta())
        reached = last if reached is None else max(reached, last)
    return total


def _starts(resource: Mapping[str, Any]) -> Iterator[object]:
    yield concepts.mapping(resource.get("effectivePeriod")).get("start")
    yield resource.get("effectiveDateTime")
    yield _validity(resource).get("start")
    yield from (bounds.get("start") for bounds in _bounds(resource))
    yield resource.get("authoredOn")


def _end(resource: Mapping[str, Any]) -> When | None:
    """The planned or recorded end; else the supply counted from the order; else the last date known of it."""
    ends = [_validity(resource).get("end"), *(bounds.get("end") for bounds in _bounds(resource))]
    known = _first([*ends, concepts.mapping(resource.get("effectivePeriod")).get("end")])
    if known:
        return known
    ordered = dating.read(resource.get("authoredOn"))
    last = (resource.get("effectiveDateTime"), concepts.mapping(resource.get("effectivePeriod")).get("start"))
    return _supplied(resource, ordered) or ordered or _first([*last, resource.get("dateAsserted")])


def _supplied(resource: Mapping[str, Any], ordered: When | None) -> When | None:
    """The order's date moved on by the supply that was expected to last; the day named stays that of the order."""
    duration = concepts.mapping(concepts.mapping(resource.get("dispenseRequest")).get("expectedSupplyDuration"))
    amount, unit = numbers.number(duration.get("value")), concepts.text(duration.get("code", "d"))
    if ordered is None or amount is None or unit not in _DAYS:
        return None
    try:
        length = timedelta(days=float(amount * _DAYS[unit]))
        return When(ordered.earliest + length, ordered.latest + length, ordered.text, ordered.precision)
    except OverflowError:
        return None


def _validity(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return concepts.mapping(concepts.mapping(resource.get("dispenseRequest")).get("validityPeriod"))


def _bounds(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The bounds of each dosage; a request calls them dosageInstruction, a statement dosage."""
    for dosage in concepts.objects(resource.get("dosageInstruction", resource.get("dosage"))):
        repeat = concepts.mapping(concepts.mapping(dosage.get("timing")).get("repeat"))
        yield concepts.mapping(repeat.get("boundsPeriod"))


def _first(values: Iterable[object]) -> When | None:
    return next((when for when in map(dating.read, values) if when), None)
