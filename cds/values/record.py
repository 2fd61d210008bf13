"""What the ledger keeps: decisions, the feedback on their cards, and callers who were turned away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AuditRecord:
    """One decision as it left: when, by which way in, from which request, by which release, with its whole assessment.

    `request_digest` is that of the raw body; `outcome` says why there is no card when there is none. `client`, `tenant` and `profile`
    are empty for callers who are not registered, and in records of earlier versions. `noted` is what was odd about the request and
    refused nothing, in our words.
    """

    decision_id: str
    decided_at: str
    channel: str
    hook_instance: str
    request_digest: str
    outcome: str
    skipped: tuple[str, ...]
    assessment: Mapping[str, Any]
    client: str = ""
    tenant: str = ""
    profile: str = ""
    noted: tuple[str, ...] = ()


@dataclass(frozen=True)
class FeedbackRecord:
    """What a clinician did with one card, as one item of feedback says; nothing that a person typed.

    `decision_id`, `release`, `digest` and `rules` are those of the card; None and empty where the card is not known here: kept apart.
    `accepted` are the uuids of suggestions, `unknown_suggestions` those of them that the card did not have.
    `reason` is the code of an override reason of the release; `other_reason` says that another was given, `commented` that there was
    a comment. `outcome_at` is when the client says it happened, `received_at` when it came (RFC 3339 UTC).
    """

    feedback_id: str
    received_at: str
    service: str
    card: str
    outcome: str
    outcome_at: str
    decision_id: str | None = None
    release: str = ""
    digest: str = ""
    rules: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    unknown_suggestions: tuple[str, ...] = ()
    reason: str = ""
    other_reason: bool = False
    commented: bool = False
    client: str = ""
    tenant: str = ""


@dataclass(frozen=True)
class RefusalRecord:
    """A call that was turned away for its token or its patient, or feedback there was no room for: when, at which route, and why, in our own words.

    `client` is empty unless a signature of that client was found good. `count` is how often this happened since the last such record.
    """

    refusal_id: str
    refused_at: str
    route: str
    cause: str
    client: str = ""
    count: int = 1
