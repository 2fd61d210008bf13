"""What the ledger keeps: decisions, the feedback on their cards, callers who were turned away, and what was done with ledger and service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from cds.foundation.errors import Erased


@dataclass(frozen=True)
class Private:
    """What is sealed of a decision: who it was about, the facts, and all that was worked out of them and sent.

    `patient` is the reference (`Patient/7`) or the identifier (`system|value`) that came, empty for nobody; `user` is the
    `userId` of a hook's context (`Practitioner/7`): who was shown it. `skipped` are resources that were sent and not used, each with its
    reason; `noted` is what was odd about the request and refused nothing: both in our words.
    `outlet` is where the cards went, enough to render them again: `address`, `form` and the whole client `profile`; empty in records of
    earlier versions. `orders` are the draft orders as they were read, empty where the hook has none. `response` is which questionnaire was
    answered by: its `reference`, with the version where it had one, and when it was `authored`; each only where it came.
    """

    patient: str
    assessment: Mapping[str, Any]
    user: str = ""
    skipped: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    outlet: Mapping[str, Any] = field(default_factory=dict)
    orders: Mapping[str, Any] = field(default_factory=dict)
    response: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sealed:
    """How a sealed part can be known again: the digests of the ciphertext, of what is in it, and of the cards, and the id of its key.

    The last two are salted: few-valued facts could be guessed from a bare hash.
    """

    digest: str
    facts: str
    output: str
    key: str


@dataclass(frozen=True)
class Former:
    """Where an entry stood in the hash chain of an earlier form: its number and hashes there."""

    form: int
    seq: int
    previous: str
    hash: str


@dataclass(frozen=True)
class Logic:
    """By what it was decided: the release, how that came to be the one (`selected`), and the software's version."""

    name: str
    version: str
    digest: str
    language: str
    selected: str
    engine: str


@dataclass(frozen=True)
class AuditRecord:
    """One decision as it left: when, by which way in, from which request, by which rules of which release.

    `hook` and `hook_instance` are empty for other ways in, `client`, `tenant` and `profile` for callers who are not registered.
    `trace` is the W3C traceparent of the request. `rules` are all that matched, by decision; `provenance` is the source of each known
    fact, `unknown` the others. `cards` are the uuids of those decided; `outcome` says why there is none when there is none.
    `subject` is the pseudonym of the patient and `sealed` the marks of the private part: the ledger gives both.
    `private` is None where it is sealed and was not opened, or erased. `received_at` and `decided_at` are RFC 3339 in UTC.
    """

    decision_id: str
    received_at: str
    decided_at: str
    channel: str
    hook: str
    hook_instance: str
    request_digest: str
    outcome: str
    logic: Logic
    urgency: str
    rules: Mapping[str, tuple[str, ...]]
    provenance: Mapping[str, str]
    unknown: tuple[str, ...]
    cards: tuple[str, ...]
    client: str = ""
    tenant: str = ""
    profile: str = ""
    trace: str = ""
    subject: str = ""
    sealed: Sealed | None = None
    former: Former | None = None
    private: Private | None = None

    @property
    def assessment(self) -> Mapping[str, Any]:
        """The whole assessment. Raises Erased where it cannot be opened any more."""
        return self.opened.assessment

    @property
    def opened(self) -> Private:
        """The private part. Raises Erased where it cannot be opened any more."""
        if self.private is None:
            raise Erased("The facts of this decision were erased or are sealed for this reader. What is left of it is in `cds audit show`.")
        return self.private

    @classmethod
    def of(cls, private: Private, *, selected: str, **members: Any) -> "AuditRecord":
        """The record of an assessment; what is said of it in the clear is taken from it, `members` are the other fields."""
        told = private.assessment
        release = told["release"]
        logic = Logic(release["name"], release["version"], release["digest"], release.get("language", "en"), selected, told["engine"]["version"])
        derived: dict[str, Any] = {
            "decision_id": told["decisionId"],
            "decided_at": told["decidedAt"],
            "logic": logic,
            "urgency": told["triage"]["urgency"],
            "rules": {one["decision"]: tuple(one["rules"]) for one in told["decisions"] if one["rules"]},
            "provenance": {name: fact["source"] for name, fact in told["facts"].items()},
            "unknown": tuple(told["unknown"]),
            "cards": tuple(card["uuid"] for card in told["cards"]),
            "private": private,
        }
        return cls(**derived | members)


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
    former: Former | None = None

    @property
    def moment(self) -> tuple[datetime, datetime]:
        """What feedback on one card is ordered by: when it happened, by the client's clock, but no later than it came; then by that clock alone."""
        told = datetime.fromisoformat(self.outcome_at)
        came = datetime.fromisoformat(self.received_at) if self.received_at else told
        return min(told, came), told


@dataclass(frozen=True)
class RefusalRecord:
    """A call that was turned away for its token, its role or its patient, or feedback there was no room for: when, at which route, and why.

    `client` is empty unless a signature of that client was found good. `count` is how often this happened since the last such record.
    """

    refusal_id: str
    refused_at: str
    route: str
    cause: str
    client: str = ""
    count: int = 1
    former: Former | None = None


Action = Literal["activation", "sign-in", "reading", "export", "replay", "erasure", "rotation", "retention", "upgrade", "backup", "restore"]


@dataclass(frozen=True)
class ActionRecord:
    """Something that was done with the service or its ledger, when, and by whom.

    `actor` is `client:` and the name of a registered client, `user:` and the name of the operating-system user, `service`, or `address`
    for whoever had the address of an explanation.
    `role` is the role by which a client might. `detail` says what, in members that `schemas/audit-record.schema.json` closes for each action.
    """

    action_id: str
    at: str
    action: Action
    actor: str
    role: str = ""
    tenant: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


Entry = AuditRecord | FeedbackRecord | RefusalRecord | ActionRecord
Kind = Literal["decision", "feedback", "refusal", "action"]
