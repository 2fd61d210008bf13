"""What an auditor asks on the command line: what was decided and done, one entry of the ledger whole, and whether the chain holds."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cds.audit import bodies, ledger
from cds.audit.chain import StoredRecord
from cds.audit.faults import LedgerDamaged
from cds.audit.ledger import Ledger
from cds.foundation import canonical
from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings
from cds.hooks.cards import EXTENSION
from cds.values.record import AuditRecord, FeedbackRecord

NO_DECISION = "The ledger has no decision of that id. `cds audit list` shows what it has."
NO_ENTRY = "The ledger has nothing under that id. `cds audit list` shows what it has."
_DIGEST = re.compile(r"[0-9a-f]{16}", re.ASCII)
NO_CARD = "The ledger has no decision that gave a card of that uuid. `cds audit list` shows what it has."


def records(settings: Settings, *, limit: int | None = None) -> list[dict[str, Any]]:
    """The newest entries first, each in a line, with its `kind`: decision, feedback or refusal."""
    with ledger.open_ledger(settings.audit_url, create=False) as opened:
        return [_line(stored) for stored in opened.records(limit=limit)]


def _line(stored: StoredRecord) -> dict[str, Any]:
    try:
        entry = stored.entry
    except LedgerDamaged as error:
        return {
            "seq": stored.seq,
            "kind": stored.kind,
            "decisionId": stored.decision_id,
            "decidedAt": stored.decided_at,
            "damaged": error.text,
        }
    if not isinstance(entry, AuditRecord):
        return {"seq": stored.seq, **bodies.plain(entry)}
    assessment = entry.assessment
    return {
        "seq": stored.seq,
        "kind": stored.kind,
        "decisionId": entry.decision_id,
        "decidedAt": entry.decided_at,
        "channel": entry.channel,
        "release": f"{assessment['release']['name']} {assessment['release']['version']}",
        "urgency": assessment["triage"]["urgency"],
        "rules": assessment["triage"]["because"],
        "outcome": entry.outcome,
        **_caller(entry),
    }


def show(settings: Settings, entry_id: str) -> dict[str, Any]:
    """One entry whole, with its place in the chain; of a decision also the feedback on its cards. NotFound when there is none.

    A decision is also found by the digest of its id that the log has, by reading from the newest on.
    """
    with ledger.open_ledger(settings.audit_url, create=False) as opened:
        stored = opened.find_entry(entry_id) or _logged(opened, entry_id.lower())
        if stored is None:
            raise NotFound(NO_ENTRY)
        return _whole(opened, stored)


def _logged(opened: Ledger, digest: str) -> StoredRecord | None:
    if not _DIGEST.fullmatch(digest):
        return None
    return next((row for row in opened.records() if row.kind == "decision" and canonical.mark(row.decision_id) == digest), None)


def assessment(settings: Settings, decision_id: str) -> Mapping[str, Any]:
    """What was recorded of one decision. NotFound when there is none of that id."""
    with ledger.open_ledger(settings.audit_url, create=False) as opened:
        stored = opened.find(decision_id)
    if stored is None:
        raise NotFound(NO_DECISION)
    return stored.record.assessment


def show_card(settings: Settings, card: str) -> dict[str, Any]:
    """The decision that gave a card, as `show` has it, and under `card` the card with its rules and release. NotFound when none gave it."""
    wanted = card.lower()
    with ledger.open_ledger(settings.audit_url, create=False) as opened:
        stored = next((row for _, row in opened.about((wanted,), feedback=False)), None)
        if stored is None:
            raise NotFound(NO_CARD)
        return {"card": _card(stored.record, wanted), **_whole(opened, stored)}


def _card(record: AuditRecord, uuid: str) -> dict[str, Any]:
    found = next(one for one in record.assessment["cards"] if one["uuid"] == uuid)
    release = record.assessment["release"]
    return {
        "uuid": uuid,
        "summary": found["summary"],
        "rules": list(found["extension"][EXTENSION].get("rules", ())),
        "release": f"{release['name']} {release['version']}",
        "digest": release["digest"],
    }


def _whole(opened: Ledger, stored: StoredRecord) -> dict[str, Any]:
    place = {"seq": stored.seq, "hash": stored.hash, "previous": stored.previous}
    entry = stored.entry
    if not isinstance(entry, AuditRecord):
        return {**place, **bodies.plain(entry)}
    given = list(_feedback(opened, entry))
    return {
        **place,
        "kind": stored.kind,
        "decisionDigest": canonical.mark(entry.decision_id),
        "channel": entry.channel,
        "hookInstance": entry.hook_instance,
        "requestDigest": entry.request_digest,
        "outcome": entry.outcome,
        "skipped": list(entry.skipped),
        **_caller(entry),
        **({"noted": list(entry.noted)} if entry.noted else {}),
        **({"feedback": given} if given else {}),
        "assessment": dict(entry.assessment),
    }


def _caller(record: AuditRecord) -> dict[str, Any]:
    told = {"client": record.client, "tenant": record.tenant, "profile": record.profile}
    return {name: value for name, value in told.items() if value}


def _feedback(opened: Ledger, record: AuditRecord) -> Iterator[Mapping[str, Any]]:
    """For each card that was acted on: its state, which is the newest outcome, and all events in the order in which they happened."""
    events: dict[str, list[tuple[datetime, int, FeedbackRecord]]] = {}
    for card, stored in opened.about(bodies.cards(record)):
        entry = stored.entry if stored.kind == "feedback" else None
        if isinstance(entry, FeedbackRecord) and entry.decision_id == record.decision_id:
            events.setdefault(card, []).append((datetime.fromisoformat(entry.outcome_at), stored.seq, entry))
    for card, found in events.items():
        told = [bodies.plain(entry) for _, _, entry in sorted(found, key=lambda event: event[:2])]
        yield {"card": card, "state": told[-1]["outcome"], "events": told}


def verify(settings: Settings) -> dict[str, Any]:
    """How many records hold, the hash of the last, and the first fault where there is one."""
    with ledger.open_ledger(settings.audit_url, create=False) as opened:
        result = opened.verify()
    fault = {"fault": {"seq": result.fault.seq, "kind": result.fault.kind, "text": result.fault.text}} if result.fault else {}
    return {"records": result.count, "head": result.head, "holds": result.fault is None, **fault}
