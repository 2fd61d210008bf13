"""Records of decisions that never were."""

from pathlib import Path
from typing import Any

from cds.values.record import AuditRecord

DECIDED_AT = "2030-05-06T07:08:09Z"


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
