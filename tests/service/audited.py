"""A ledger of this test's own with entries that never were, and the service as a client with roles sees it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cds.audit import ledger
from cds.audit.ledger import Ledger
from cds.audit.place import Place, beside
from cds.service.application import Application
from cds.values.client import Caller
from cds.values.record import AuditRecord, FeedbackRecord, Logic, Private
from tests.fhir import entries

NOW = datetime(2030, 6, 1, tzinfo=UTC)
NORTH = Caller("spec", "north")
RULE, OTHER_RULE, INNER_RULE = "X-1", "X-2", "Z-9"


def place(folder: Path) -> Place:
    """A place whose keys may be made."""
    return beside(f"sqlite:///{folder / 'audit.sqlite3'}", make_keys=True)


def opened(folder: Path) -> Ledger:
    """A new ledger in the folder."""
    return ledger.open_ledger(place(folder), lambda: NOW)


def seen_by(app: Application, log: Ledger, caller: Caller = NORTH, **more: Any) -> Application:
    """The service with that ledger, for a caller who is an auditor."""
    members: dict[str, Any] = {"ledger": log, "caller": caller, "roles": ("auditor",), "clock": lambda: NOW}
    return replace(app, **members | more)


def card(number: int) -> str:
    """The uuid of a card."""
    return f"0f0f4f3c-1111-4222-8333-{number:012}"


def decision(number: int, *cards: int, **changes: Any) -> AuditRecord:
    """A decision of May that gave cards of these numbers by a rule, about patient 7 unless it is said otherwise."""
    changes = dict(changes)
    patient = changes.pop("patient", "Patient/7")
    facts = changes.pop("facts", {"age": {"value": 35, "source": "questionnaire", "of": "age"}})
    given = [{"uuid": card(one), "indicator": "info", "extension": {"org.back-pain-cds.decision": {"rules": [RULE]}}} for one in cards]
    members: dict[str, Any] = {
        "decision_id": f"00000000-0000-4000-8000-{number:012}",
        "decided_at": f"2030-05-{1 + number % 28:02}T07:08:09.5Z",
        "cards": tuple(map(card, cards)),
        "rules": {"urgency": (RULE,), "inner": (INNER_RULE,)},
        "subject": "",
        "private": Private(patient=patient, assessment={"facts": facts, "cards": given}, user="Practitioner/9"),
    }
    return entries.decision(**members | changes)


def feedback(number: int, about: int, outcome: str = "accepted", **changes: Any) -> FeedbackRecord:
    """What was done with a card, later by the client's clock the higher its number."""
    members: dict[str, Any] = {
        "feedback_id": f"f-{number}",
        "card": card(about),
        "outcome": outcome,
        "outcome_at": f"2030-05-30T07:{number // 60:02}:{number % 60:02}Z",
        "reason": "",
        "rules": (RULE,),
    }
    return entries.feedback(**members | changes)


def logic(version: str) -> Logic:
    """Another version of the release."""
    return replace(entries.decision().logic, version=version)
