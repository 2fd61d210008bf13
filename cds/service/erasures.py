"""Erasing a patient: the key of the facts is destroyed, so that nobody can read them any more, and the ledger stays valid."""

from typing import Any

from cds.audit.ledger import Ledger
from cds.foundation import strict_json
from cds.foundation.errors import NotFound, WrongShape
from cds.service import actions, deciding, roles
from cds.service.application import Application
from cds.values.record import AuditRecord

ROUTE = "/audit/erasures"
SEND = 'Send {"patient": "Patient/7"}, or {"patient": "system|value"}, or {"decision": "the id of one of its decisions"}, and nothing else.'
NO_DECISION = "There is no decision of that id that was given to this caller."
MOST_CHARACTERS = 2_000
"""Of the name of a patient."""


def take(app: Application, body: bytes) -> dict[str, Any]:
    """Erases what the caller names among its own decisions, for good; says how many decisions had facts to lose. Durable when it returns.

    Raises Forbidden, NotJson, WrongShape, NotFound and LedgerUnavailable.
    """
    ledger = roles.require(app, "eraser", ROUTE)
    return {"erased": sum(_erase(app, ledger, one) for one in _subjects(app, ledger, strict_json.load_object(body, limit=app.settings.body_limit)))}


def _erase(app: Application, ledger: Ledger, subject: str) -> int:
    made = actions.made_by(app, "erasure", actions.of_client(app.caller), "eraser", tenant=app.caller.tenant)
    return ledger.erase(subject, made)


def _subjects(app: Application, ledger: Ledger, asked: dict[str, Any]) -> tuple[str, ...]:
    """What the patient is called in the ledger, under each pseudonym key that there was."""
    match asked:
        case {"patient": str(patient), **rest} if patient and not rest and len(patient) <= MOST_CHARACTERS:
            return ledger.ring.pseudonyms(app.caller.client, app.caller.tenant, deciding.patient_named(patient) or patient)
        case {"decision": str(decision), **rest} if not rest:
            return _of_decision(app, ledger, decision)
    raise WrongShape(SEND)


def _of_decision(app: Application, ledger: Ledger, decision_id: str) -> tuple[str, ...]:
    stored = ledger.find(decision_id)
    entry = stored.entry if stored else None
    if not isinstance(entry, AuditRecord) or (entry.client, entry.tenant) != (app.caller.client, app.caller.tenant):
        raise NotFound(NO_DECISION)
    return pseudonyms(ledger, entry)


def pseudonyms(ledger: Ledger, entry: AuditRecord) -> tuple[str, ...]:
    """The patient of a decision under each pseudonym key; of one that was erased already only what the record itself says."""
    patient = entry.private.patient if entry.private else ""
    others = ledger.ring.pseudonyms(entry.client, entry.tenant, patient) if patient else ()
    return tuple(dict.fromkeys((entry.subject, *others)))
