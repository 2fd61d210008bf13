"""Entries of a ledger that never was, one of each kind and action."""

import typing
from typing import Any

from cds.fhir.audit_codes import Position
from cds.values.record import Action, ActionRecord, AuditRecord, Entry, FeedbackRecord, Logic, Private, RefusalRecord

ADDRESS = "https://cds.example.org"
AT = "2030-05-06T07:08:09.250000Z"
DECISION = "6f1d3a52-6a0c-4a5e-9d3e-0f7f5a1c2b90"
CARD = "0f0f4f3c-1111-4222-8333-444455556666"
OFFER = "1a0f4f3c-1111-4222-8333-444455556666"
SUBJECT = "5d" * 32
POSITION = Position(seq=17, leaf="ab" * 32, log="log-1")
CANARY = "canary-7f3a"


def private(**changes: Any) -> Private:
    """What is sealed: a fact of each source, and a card that proposes something."""
    resource = {"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "subject": {"reference": f"Patient/{CANARY}"}}
    offer = {"uuid": OFFER, "label": "Refer", "actions": [{"type": "create", "description": "Refer", "resource": resource}]}
    facts = {
        "age": {"value": 35, "source": "questionnaire", "of": "age"},
        "fever": {"value": "yes", "source": "ehr", "of": "Observation/o-1"},
        "chill": {"value": "yes", "source": "ehr", "of": "Observation/o-1"},
        "band": {"value": "w2to3", "source": "derived", "of": "duration"},
    }
    members: dict[str, Any] = {
        "patient": f"Patient/{CANARY}",
        "user": "Practitioner/7",
        "assessment": {"facts": facts, "cards": [{"uuid": CARD, "suggestions": [offer]}]},
    }
    return Private(**members | changes)


def decision(**changes: Any) -> AuditRecord:
    """A decision that nobody opened."""
    members: dict[str, Any] = {
        "decision_id": DECISION,
        "received_at": "2030-05-06T07:08:09Z",
        "decided_at": AT,
        "channel": "hook:low-back-pain",
        "hook": "patient-view",
        "hook_instance": "0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11",
        "request_digest": "sha256:" + "ab" * 32,
        "outcome": "cards",
        "logic": Logic("low-back-pain", "1.0.0", "sha256:" + "cd" * 32, "en", "in force", "0.1.0"),
        "urgency": "routine",
        "rules": {"urgency": ("X-1",)},
        "provenance": {"age": "questionnaire"},
        "unknown": ("fever",),
        "cards": (CARD,),
        "client": "spec",
        "tenant": "north",
        "profile": "spec",
        "trace": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "subject": SUBJECT,
    }
    return AuditRecord(**members | changes)


def feedback(**changes: Any) -> FeedbackRecord:
    """A card that was overridden."""
    members: dict[str, Any] = {"reason": "not-now", "decision_id": DECISION, "release": "low-back-pain 1.0.0", "client": "spec", "tenant": "north"}
    return FeedbackRecord(**{"feedback_id": "f-1", "received_at": AT, "service": "low-back-pain", "card": CARD} | OVERRIDDEN | members | changes)


OVERRIDDEN = {"outcome": "overridden", "outcome_at": "2030-05-06T07:00:00Z"}


def refusal(**changes: Any) -> RefusalRecord:
    """A caller who was turned away three times."""
    members: dict[str, Any] = {"refusal_id": "r-1", "refused_at": AT, "route": "/cds-services/<service_id>", "cause": "expired", "count": 3}
    return RefusalRecord(**members | changes)


def action(kind: Action, **changes: Any) -> ActionRecord:
    """Something that a client of the north did."""
    return ActionRecord(**{"action_id": "a-1", "at": AT, "action": kind, "actor": "client:spec", "role": "auditor", "tenant": "north"} | changes)


ACTIONS: tuple[Action, ...] = typing.get_args(Action)
ENTRIES: tuple[Entry, ...] = (
    decision(),
    decision(private=private()),
    decision(private=private(patient="", user=""), client="", tenant=""),
    decision(received_at="", hook="", hook_instance="", trace="", request_digest="", subject="", cards=(), logic=Logic("", "", "", "", "", "")),
    feedback(),
    feedback(outcome="accepted", reason="", accepted=(OFFER,), decision_id=None, release="", commented=True, card="sha256:" + "ef" * 32),
    feedback(reason="", other_reason=True),
    refusal(),
    refusal(client="spec", route=""),
    *(action(kind, actor=actor) for kind in ACTIONS for actor in ("client:spec", "user:ada", "service")),
    action("reading", detail={"what": "one decision", "filter": {"decision": DECISION, "subject": SUBJECT}}),
    action("reading", detail={"what": "a search", "filter": {"since": AT, "subject": SUBJECT, "kinds": ["decision"]}, "count": 0}),
    action("export", detail={"format": "zip", "filter": {"decision": DECISION, "subject": SUBJECT}, "opened": True}),
    action("erasure", detail={"subject": SUBJECT, "keys": 1, "decisions": 2}),
    action("activation", actor="service", detail={"releases": [{"name": "low-back-pain", "version": "1.0.0"}], "software": "0.1.0"}),
)
