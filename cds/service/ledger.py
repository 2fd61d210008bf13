"""What an auditor asks on the command line: which decisions were taken, one of them whole, and whether the chain holds."""

from typing import Any

from cds.audit import ledger
from cds.audit.chain import StoredRecord
from cds.audit.faults import LedgerDamaged
from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings


def records(settings: Settings, *, limit: int | None = None) -> list[dict[str, Any]]:
    """The newest decisions first, in a line each."""
    with ledger.open_ledger(settings.audit_url, create=False) as opened:
        return [_line(stored) for stored in opened.records(limit=limit)]


def _line(stored: StoredRecord) -> dict[str, Any]:
    try:
        record = stored.record
    except LedgerDamaged as error:
        return {"seq": stored.seq, "decisionId": stored.decision_id, "decidedAt": stored.decided_at, "outcome": error.text}
    assessment = record.assessment
    return {
        "seq": stored.seq,
        "decisionId": record.decision_id,
        "decidedAt": record.decided_at,
        "channel": record.channel,
        "release": f"{assessment['release']['name']} {assessment['release']['version']}",
        "urgency": assessment["triage"]["urgency"],
        "rules": assessment["triage"]["because"],
        "outcome": record.outcome,
    }


def show(settings: Settings, decision_id: str) -> dict[str, Any]:
    """One record whole, with its place in the chain; NotFound when there is none."""
    with ledger.open_ledger(settings.audit_url, create=False) as opened:
        stored = opened.find(decision_id)
    if stored is None:
        raise NotFound("The ledger has no decision of that id. `cds audit list` shows what it has.")
    record = stored.record
    chain = {"seq": stored.seq, "hash": stored.hash, "previous": stored.previous}
    question = {"channel": record.channel, "hookInstance": record.hook_instance, "requestDigest": record.request_digest}
    return {**chain, **question, "outcome": record.outcome, "skipped": list(record.skipped), "assessment": dict(record.assessment)}


def verify(settings: Settings) -> dict[str, Any]:
    """How many records hold, the hash of the last, and the first fault where there is one."""
    with ledger.open_ledger(settings.audit_url, create=False) as opened:
        result = opened.verify()
    fault = {"fault": {"seq": result.fault.seq, "kind": result.fault.kind, "text": result.fault.text}} if result.fault else {}
    return {"records": result.count, "head": result.head, "holds": result.fault is None, **fault}
