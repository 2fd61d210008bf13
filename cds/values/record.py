"""What the ledger keeps of one decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AuditRecord:
    """One decision as it left: when, by which way in, from which request, by which release, with its whole assessment.

    `request_digest` is that of the raw body; `outcome` says why there is no card when there is none.
    """

    decision_id: str
    decided_at: str
    channel: str
    hook_instance: str
    request_digest: str
    outcome: str
    skipped: tuple[str, ...]
    assessment: Mapping[str, Any]
