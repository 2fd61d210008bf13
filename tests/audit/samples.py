"""Records of decisions that never were, and ledgers to put them in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cds.audit import ledger
from cds.audit.ledger import Ledger
from cds.audit.place import Place, beside
from cds.values.record import ActionRecord, AuditRecord, FeedbackRecord, Logic, Private, RefusalRecord

DECIDED_AT = "2030-05-06T07:08:09Z"
NOW = datetime(2030, 5, 6, 7, 8, 10, tzinfo=UTC)
CARD = "0f0f4f3c-1111-4222-8333-444455556666"
PATIENT = "Patient/7"
LOGIC = Logic("low-back-pain", "1.2.0", "sha256:" + "cd" * 32, "en", "in force", "0.7.0")


def url(path: Path) -> str:
    """The address of a ledger at this absolute path."""
    return f"sqlite:///{path}"


def place(path: Path, **chosen: Any) -> Place:
    """The place of a ledger at this absolute path, whose keys may be made."""
    return beside(url(path), **{"make_keys": True} | chosen)


def now() -> datetime:
    """A clock that stands still."""
    return NOW


def opened(path: Path, **chosen: Any) -> Ledger:
    """The ledger at this absolute path."""
    return ledger.open_ledger(place(path), now, **chosen)


def record(decision_id: str = "decision-1", *, padding: int = 0, patient: str = PATIENT, **changes: Any) -> AuditRecord:
    """A record, with some members changed and an assessment made larger by `padding` bytes."""
    assessment = {"decisionId": decision_id, "triage": {"urgency": "routine"}, "note": "-" * padding}
    return _decision(decision_id, assessment, patient, changes)


def given(decision_id: str, *cards: str, patient: str = PATIENT, **changes: Any) -> AuditRecord:
    """The record of a decision that gave these cards."""
    assessment = {"decisionId": decision_id, "triage": {"urgency": "routine"}, "note": "", "cards": [{"uuid": card} for card in cards]}
    return _decision(decision_id, assessment, patient, {"cards": cards} | changes)


def feedback(feedback_id: str = "feedback-1", *, card: str = CARD, **changes: Any) -> FeedbackRecord:
    """What was done with a card."""
    members: dict[str, Any] = {
        "received_at": DECIDED_AT,
        "service": "low-back-pain",
        "outcome": "overridden",
        "outcome_at": "2030-05-06T07:00:00.250000Z",
    }
    return FeedbackRecord(feedback_id=feedback_id, card=card, **(members | changes))


def refusal(refusal_id: str = "refusal-1", **changes: Any) -> RefusalRecord:
    """A caller who was turned away."""
    members: dict[str, Any] = {"refused_at": DECIDED_AT, "route": "/cds-services/<service_id>", "cause": "expired"}
    return RefusalRecord(refusal_id=refusal_id, **(members | changes))


def action(action_id: str = "action-1", **changes: Any) -> ActionRecord:
    """An erasure that a user of the machine asked for."""
    members: dict[str, Any] = {"at": "2030-05-07T07:08:09Z", "action": "erasure", "actor": "user:operator"}
    return ActionRecord(action_id=action_id, **(members | changes))


def _decision(decision_id: str, assessment: dict[str, Any], patient: str, changes: dict[str, Any]) -> AuditRecord:
    members: dict[str, Any] = {
        "received_at": "2030-05-06T07:08:08Z",
        "decided_at": DECIDED_AT,
        "channel": "hook:low-back-pain",
        "hook": "patient-view",
        "hook_instance": "0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11",
        "request_digest": "sha256:" + "ab" * 32,
        "outcome": "cards",
        "logic": LOGIC,
        "urgency": "routine",
        "rules": {"follow-up": ("U-01",)},
        "provenance": {"age": "ehr"},
        "unknown": ("temperature",),
        "cards": (),
        "private": Private(patient, assessment, skipped=("QuestionnaireResponse/2: entered in error",)),
    }
    return AuditRecord(decision_id=decision_id, **(members | changes))
