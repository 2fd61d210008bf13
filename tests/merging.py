"""Small definitions of facts, and the merge of what a patient says with them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from cds import facts
from cds.facts import Answers, FactDefinition, FactDefinitions, Facts, Gate, Record, RecordFact, Value

AT = datetime(2030, 6, 15, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FRESH = AT - timedelta(hours=1)
YES_NO = ("yes", "no")
DEFINED = (
    FactDefinition("age", "integer", minimum=Decimal(0), link_id="age", patient_element="birthDate", record_wins=True),
    FactDefinition("sex", "string", ("male", "female"), link_id="sex", patient_element="gender"),
    FactDefinition("lbp-present", "string", YES_NO, link_id="lbp-present"),
    FactDefinition("fever", "string", YES_NO, link_id="fever", stale=("no",), sets="yes"),
    FactDefinition("weakness", "string", ("severe", "mild", "none"), link_id="weakness", stale=("none",)),
    FactDefinition("cancer", "string", YES_NO, link_id="cancer", sets="yes"),
    FactDefinition(
        "pregnant",
        "string",
        YES_NO,
        link_id="pregnant",
        stale=("no",),
        sets="yes",
        not_applicable="no",
        gates=(Gate("sex", ("male",)), Gate("age", below=Decimal(12)), Gate("age", above=Decimal(55))),
    ),
    FactDefinition("preg-warning", "string", YES_NO, link_id="preg-warning", stale=("no",), not_applicable="no", gates=(Gate("pregnant", ("no",)),)),
    FactDefinition("days", "integer", link_id="days", onset_link_id="onset"),
    FactDefinition("temperature", "number", unit="Cel"),
    FactDefinition("response-status", "string", ("completed", "in-progress")),
    FactDefinition("conflicts", "list of string"),
)
DEFINITIONS = FactDefinitions({one.name: one for one in DEFINED}, timedelta(hours=72), timedelta(minutes=10), {}, (), "")
RECORDED = RecordFact("yes", "Condition/1", "2030-01-02", "by name")


def merged(
    said: Mapping[str, Value] | None = None,
    recorded: Mapping[str, RecordFact] | None = None,
    *,
    at: datetime = AT,
    authored: datetime | None = FRESH,
    **more: object,
) -> Facts:
    """The facts of these answers and this record; `more` are further members of the answers."""
    answers = replace(Answers(said or {}, authored=authored), **more)  # type: ignore[arg-type]
    return facts.merge(DEFINITIONS, answers, Record(recorded or {}), at=at)


def value(name: str, found: Facts) -> Value | None:
    """The value of a fact; None when it is unknown, and then it must be listed as unknown."""
    assert (name in found.unknown) == (name not in found.known)
    return found.values()[name]
