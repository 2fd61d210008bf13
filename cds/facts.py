"""Facts: what may be answered and from where, and the merge of answers and record into typed facts.

Pure. Unknown is the absence of a fact, never a "no". Shared by `cds.fhir` and by populations.
A yes of the record wins over a no of the patient, and the conflict is kept; its silence says nothing; what cannot apply is `not_applicable`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

Value = str | int | Decimal | tuple[str, ...]
Source = Literal["questionnaire", "ehr", "derived"]
Base = Literal["string", "integer", "number", "list of string"]


@dataclass(frozen=True)
class PartLimit:
    """One part of a reading, by its code, and the value from which it is high."""

    system: str
    code: str
    at_least: Decimal


@dataclass(frozen=True)
class RecordSource:
    """One way in which the record sets a fact: a value set (or some of its codes), a kind of resource, and how old it may be."""

    value_set: str
    resource: Literal["Condition", "Observation", "Medication", "Procedure", "AllergyIntolerance"]
    codes: tuple[str, ...] = ()
    status: str = ""
    onset_within: timedelta | None = None
    within: timedelta | None = None
    stopped_within: timedelta | None = None
    taken: timedelta | None = None
    at_least: Decimal | None = None
    unit: str = ""
    also_in: tuple[str, ...] = ()
    answer_in: str = ""
    sooner: timedelta | None = None
    sooner_with: tuple[str, ...] = ()
    reported_below: Decimal | None = None
    parts: tuple[PartLimit, ...] = ()
    daily_dose_over: Decimal | None = None
    daily_dose_up_to: Decimal | None = None


@dataclass(frozen=True)
class Gate:
    """One condition under which an item does not apply: a known fact is one of `values`, or beyond a bound."""

    fact: str
    values: tuple[str, ...] = ()
    below: Decimal | None = None
    above: Decimal | None = None

    def closed(self, value: Value | None) -> bool:
        """True only for a known value; unknown closes nothing."""
        if value is None:
            return False
        if isinstance(value, (int, Decimal)):
            return (self.below is not None and value < self.below) or (self.above is not None and value > self.above)
        return value in self.values


@dataclass(frozen=True)
class FactDefinition:
    """One input of the decisions: its type, what may be said, which item answers it and how the record sets it.

    `otherwise` is given below every limit, or beside `otherwise_with`; lists `given` count while nothing under the keys of `whole` was lost.
    """

    name: str
    base: Base
    allowed: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    unit: str = ""
    link_id: str = ""
    onset_link_id: str = ""
    label: str = ""
    denied: str = ""
    screen: str = ""
    stale: tuple[str, ...] = ()
    worst: tuple[str, ...] = ()
    exclusive: str = ""
    sensitive: bool = False
    convert: Mapping[str, Decimal] = field(default_factory=dict)
    sets: str = ""
    sources: tuple[RecordSource, ...] = ()
    reads: RecordSource | None = None
    given: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    otherwise: str = ""
    otherwise_with: str = ""
    patient_element: str = ""
    record_wins: bool = False
    not_applicable: str = ""
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True)
class ShownDefinition:
    """What a card may show of the record although it sets no fact; with `unless`, only while the record does not set that fact."""

    name: str
    label: str
    source: RecordSource
    units: tuple[str, ...] = ()
    unless: str = ""


@dataclass(frozen=True)
class FactDefinitions:
    """The facts of a release, with what its answers and its record are read by; of `first_page` keys no further page is asked for."""

    facts: Mapping[str, FactDefinition]
    stale_after: timedelta
    skew: timedelta
    prefetch: Mapping[str, str]
    required: tuple[str, ...]
    trigger: str
    first_page: tuple[str, ...] = ()
    shown: tuple[ShownDefinition, ...] = ()


@dataclass(frozen=True)
class Answers:
    """What the patient said: known values by fact name. Unsure, skipped, absent and unreadable are left out.

    `problems` names each answer that could not be used and why (never what it was).
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    status: str = "completed"
    authored: datetime | None = None
    onset: date | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordFact:
    """What the record says of one fact, the resource that says it (`Condition/1`), and when it was recorded.

    `note` is the provenance when it is not a code, e.g. `by name`.
    """

    value: Value
    reference: str
    date: str = ""
    note: str = ""


@dataclass(frozen=True)
class Shown:
    """The newest entry of something that decides nothing; no value for a condition. `old`: past its time, or not active."""

    name: str
    value: Value | None
    unit: str
    reference: str
    date: str
    old: bool


@dataclass(frozen=True)
class Record:
    """What the record says. `not_checked` names prefetch keys that were not given or could not be read.

    `modified` are the references of resources with a modifier that nobody understands; `untold`, of `not_checked`, would tell of the trigger.
    """

    values: Mapping[str, RecordFact] = field(default_factory=dict)
    not_checked: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    modified: frozenset[str] = frozenset()
    untold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """A typed answer with its source: `of` is a linkId, a reference, or the decision that derived it."""

    value: Value
    source: Source
    of: str
    date: str = ""
    note: str = ""


@dataclass(frozen=True)
class Conflict:
    """Patient and record disagree; the record's value was used."""

    name: str
    questionnaire: Value
    ehr: Value


@dataclass(frozen=True)
class Facts:
    """All that is known for one assessment. A name that is in `unknown` has no value and is never "no"."""

    known: Mapping[str, Fact]
    unknown: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    not_checked: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    stale: bool = False
    shown: tuple[Shown, ...] = ()

    def values(self) -> dict[str, Value | None]:
        """The inputs of the decision model: every declared fact, None where unknown."""
        return {name: None for name in self.unknown} | {name: fact.value for name, fact in self.known.items()}


def is_stale(definitions: FactDefinitions, authored: datetime | None, at: datetime) -> bool:
    """True when the answers are too old to reassure, or when their age cannot be known (absent, in the future)."""
    return authored is None or authored > at + definitions.skew or at - authored > definitions.stale_after


def merge(definitions: FactDefinitions, answers: Answers, record: Record, *, at: datetime) -> Facts:
    """One Facts of what the patient said and what the record says, at the instant `at` (time zone aware).

    Merge rule of D0: answer yes -> yes; no against a record's yes -> yes and a conflict; unknown against yes -> yes.
    """
    stale = is_stale(definitions, answers.authored, at)
    said = _answered(definitions, answers, stale=stale, at=at)
    known: dict[str, Fact] = {}
    conflicts: list[Conflict] = []
    for name, definition in definitions.facts.items():
        fact, conflict = _merged(definition, said.get(name), record.values.get(name))
        known |= {name: fact} if fact else {}
        conflicts += [conflict] if conflict else []
    _apply_gates(definitions, known)
    known |= _bookkeeping(answers, conflicts)
    unknown = tuple(name for name in definitions.facts if name not in known)
    return Facts(known, unknown, tuple(conflicts), record.not_checked, answers.problems + record.problems, stale, record.shown)


def _answered(definitions: FactDefinitions, answers: Answers, *, stale: bool, at: datetime) -> dict[str, Fact]:
    said: dict[str, Fact] = {}
    for name, value in answers.values.items():
        definition = definitions.facts[name]
        if not (stale and value in definition.stale):
            said[name] = Fact(value, "questionnaire", definition.link_id, _day(answers))
    for definition in definitions.facts.values():
        if definition.onset_link_id:
            said = _with_duration(definition, answers, said, at=at)
    return said


def _day(answers: Answers) -> str:
    return answers.authored.date().isoformat() if answers.authored else ""


def _with_duration(definition: FactDefinition, answers: Answers, said: dict[str, Fact], *, at: datetime) -> dict[str, Fact]:
    """Whole days from the onset date to `at`; else the days answered plus whole days since authored; else unknown."""
    given = said.pop(definition.name, None)
    zone = answers.authored.tzinfo if answers.authored else None
    today = (at.astimezone(zone) if zone else at).date()
    if answers.onset is not None and answers.onset <= today:
        return said | {definition.name: Fact((today - answers.onset).days, "questionnaire", definition.onset_link_id, _day(answers))}
    if given is None or not isinstance(given.value, int) or answers.authored is None:
        return said
    days = given.value + max((at - answers.authored).days, 0)
    return said | {definition.name: Fact(days, "questionnaire", definition.link_id, given.date)}


def _merged(definition: FactDefinition, said: Fact | None, recorded: RecordFact | None) -> tuple[Fact | None, Conflict | None]:
    if recorded is None:
        return said, None
    fact = Fact(recorded.value, "ehr", recorded.reference, recorded.date, recorded.note)
    if said is None or definition.record_wins:
        return fact, None
    if said.value == recorded.value or definition.patient_element:
        return said, None
    return fact, Conflict(definition.name, said.value, recorded.value)


def _apply_gates(definitions: FactDefinitions, known: dict[str, Fact]) -> None:
    """An item that is not answered and cannot apply gets its `not_applicable` value; a given yes stays."""
    for definition in definitions.facts.values():
        if definition.not_applicable and definition.name not in known:
            closed = next((gate.fact for gate in definition.gates if gate.fact in known and gate.closed(known[gate.fact].value)), "")
            known |= {definition.name: Fact(definition.not_applicable, "derived", closed, note="not applicable")} if closed else {}


def _bookkeeping(answers: Answers, conflicts: list[Conflict]) -> dict[str, Fact]:
    status = "completed" if answers.status in ("completed", "amended") else "in-progress"
    names = tuple(conflict.name for conflict in conflicts)
    return {
        "response-status": Fact(status, "derived", "QuestionnaireResponse.status"),
        "conflicts": Fact(names, "derived", "merge"),
    }
