"""Records of decisions that never were."""

from pathlib import Path
from typing import Any

from cds.values.record import AuditRecord, FeedbackRecord, RefusalRecord

DECIDED_AT = "2030-05-06T07:08:09Z"
CARD = "0f0f4f3c-1111-4222-8333-444455556666"


def url(path: Path) -> str:
    """The address of a ledger at this absolute path."""
    return f"sqlite:///{path}"


def record(decision_id: str = "decision-1", *, padding: int = 0, **changes: Any) -> AuditRecord:
    """A record, with some members changed and an assessment made larger by `padding` bytes."""
    members: dict[str, Any] = {
        "decided_at": DECIDED_AT,
        "channel": "hook:low-back-pain",
        "hook_instance": "0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11",
        "request_digest": "sha256:" + "ab" * 32,
        "outcome": "cards",
        "skipped": ("QuestionnaireResponse/2: entered in error",),
        "assessment": {"decisionId": decision_id, "triage": {"urgency": "routine"}, "note": "-" * padding},
    }
    return AuditRecord(decision_id=decision_id, **(members | changes))


def given(decision_id: str, *cards: str, **changes: Any) -> AuditRecord:
    """The record of a decision that gave these cards."""
    assessment = {"decisionId": decision_id, "triage": {"urgency": "routine"}, "note": "", "cards": [{"uuid": card} for card in cards]}
    return record(decision_id, assessment=assessment, **changes)


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
