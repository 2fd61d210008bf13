"""What an auditor asks of the ledger: what was decided and done, one entry of it whole, and all that concerns one decision."""

import heapq
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from cds.audit.entries import bodies
from cds.audit.entries.stored import StoredRecord
from cds.audit.faults import LedgerDamaged
from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.foundation import canonical
from cds.foundation.errors import NotFound
from cds.hooks.cards import EXTENSION
from cds.service import activations
from cds.service.desk import Desk, Wanted
from cds.values.record import ActionRecord, AuditRecord, FeedbackRecord

NO_DECISION = "That entry is no decision. `cds audit list --kind decision` shows the decisions."
NO_ENTRY = "The ledger has nothing under that id. `cds audit list` shows what it has."
NO_CARD = "The ledger has no decision that gave a card of that uuid. `cds audit list` shows what it has."
_NUMBER = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{16}", re.ASCII)


def records(desk: Desk, wanted: Wanted, *, limit: int | None = None) -> list[dict[str, Any]]:
    """The newest entries first, each in a line, with its `kind`: decision, feedback, refusal or action."""
    searches = [replace(one, newest_first=True, limit=limit) for one in desk.searches(wanted)]
    merged = heapq.merge(*map(desk.ledger.records, searches), key=lambda stored: stored.seq, reverse=True)
    found = [_line(stored) for stored in islice(merged, limit)]
    desk.note("a listing", len(found), **desk.narrowed(wanted))
    return found


def concerning(desk: Desk, decision_id: str) -> list[dict[str, Any]]:
    """A decision, the feedback on its cards, and every reading, export, replay or erasure that names it or its patient, by number.

    What named neither, such as a listing of all or a replay of a month, is not among them. NotFound when there is no such decision.
    """
    stored = _decision(desk, decision_id)
    found = {stored.seq: stored} | {one.seq: one for _, one in desk.ledger.about(stored.row.cards)}
    actions = desk.ledger.records(Search(kinds=("action",), after=stored.seq))
    found |= {one.seq: one for one in actions if _names(one, stored)}
    lines = [_line(found[seq]) for seq in sorted(found)]
    desk.note("what concerns one decision", len(lines), decision=stored.entry_id)
    return lines


def _names(action: StoredRecord, decision: StoredRecord) -> bool:
    try:
        entry = action.public
    except LedgerDamaged:
        return True
    if not isinstance(entry, ActionRecord):
        return False
    narrowed = entry.detail.get("filter", {})
    subjects = {entry.detail.get("subject"), narrowed.get("subject"), *narrowed.get("subjects", ())}
    return narrowed.get("decision") == decision.entry_id or decision.row.subject in subjects


def show(desk: Desk, entry_id: str) -> dict[str, Any]:
    """One entry whole, by id or number, with its place in the log; of a decision also the feedback on its cards. NotFound when there is none.

    A decision is also found by the digest of its id that the log has, by reading from the newest on.
    """
    found = _whole(desk.ledger, entry(desk, entry_id))
    desk.note("one entry", **({"decision": found["decisionId"]} if found["kind"] == "decision" else {}))
    return found


def entry(desk: Desk, entry_id: str) -> StoredRecord:
    """The entry of that id or number, or the decision of which the log has that digest. NotFound when there is none."""
    stored = desk.ledger.find_entry(entry_id)
    if stored is None and _NUMBER.fullmatch(entry_id):
        return numbered(desk, int(entry_id))
    stored = stored or _logged(desk.ledger, entry_id.lower())
    if stored is None:
        raise desk.missing(NO_ENTRY)
    return stored


def numbered(desk: Desk, seq: int) -> StoredRecord:
    """The entry of that number. NotFound when there is none."""
    stored = next(desk.ledger.records(Search(after=seq - 1, before=seq + 1)), None)
    if stored is None:
        raise desk.missing(NO_ENTRY)
    return stored


def assessment(desk: Desk, decision_id: str) -> Mapping[str, Any]:
    """What was recorded of one decision. NotFound when there is none of that id, Erased when it cannot be opened any more."""
    stored = _decision(desk, decision_id)
    found = stored.record.assessment
    desk.note("one decision", decision=stored.entry_id)
    return found


def of_card(desk: Desk, card: str) -> StoredRecord:
    """The decision that gave a card. NotFound when none gave it."""
    stored = next((row for _, row in desk.ledger.about((card.lower(),), feedback=False)), None)
    if stored is None:
        raise desk.missing(NO_CARD)
    return stored


def show_card(desk: Desk, card: str) -> dict[str, Any]:
    """The decision that gave a card, as `show` has it, and under `card` the card with its rules and release. NotFound when none gave it."""
    stored = of_card(desk, card)
    found = {"card": _card(stored.record, card.lower()), **_whole(desk.ledger, stored)}
    desk.note("one card", decision=stored.entry_id)
    return found


def _decision(desk: Desk, decision_id: str) -> StoredRecord:
    stored = entry(desk, decision_id)
    if stored.kind != "decision":
        raise NotFound(NO_DECISION)
    return stored


def _line(stored: StoredRecord) -> dict[str, Any]:
    try:
        found = stored.public
    except LedgerDamaged as error:
        return {"seq": stored.seq, "kind": stored.kind, "id": stored.entry_id, "at": stored.at, "damaged": error.text}
    if not isinstance(found, AuditRecord):
        return {"seq": stored.seq, **_said(found)}
    return {
        "seq": stored.seq,
        "kind": stored.kind,
        "decisionId": found.decision_id,
        "decidedAt": found.decided_at,
        "channel": found.channel,
        "release": f"{found.logic.name} {found.logic.version}",
        "urgency": found.urgency,
        "rules": [rule for rules in found.rules.values() for rule in rules],
        "outcome": found.outcome,
        **_caller(found),
        **({"erased": True} if _is_erased(stored) else {}),
    }


def _is_erased(stored: StoredRecord) -> bool:
    return stored.sealed is not None and stored.wrapped is None


def _said(found: Any) -> dict[str, Any]:
    return {name: value for name, value in bodies.public(found).items() if name != "form"}


def _logged(opened: Ledger, digest: str) -> StoredRecord | None:
    if not _DIGEST.fullmatch(digest):
        return None
    decisions = opened.records(Search(kinds=("decision",), newest_first=True))
    return next((row for row in decisions if canonical.mark(row.entry_id) == digest), None)


def _card(record: AuditRecord, uuid: str) -> dict[str, Any]:
    """Of an erased decision the card is sealed for good: what is left is by which release it was given, and the rules that matched."""
    release = {"release": f"{record.logic.name} {record.logic.version}", "digest": record.logic.digest}
    if record.private is None:
        return {"uuid": uuid, **release}
    found = next(one for one in record.assessment["cards"] if one["uuid"] == uuid)
    return {"uuid": uuid, "summary": found["summary"], "rules": list(found["extension"][EXTENSION].get("rules", ())), **release}


def _whole(opened: Ledger, stored: StoredRecord) -> dict[str, Any]:
    """Of a decision that was erased only what is in the clear."""
    place = {"seq": stored.seq, "leaf": stored.leaf.hex()}
    found = stored.entry
    if not isinstance(found, AuditRecord):
        return {**place, **_said(found)}
    given = list(_feedback(opened, found))
    return {
        **place,
        **_said(found),
        **_activation(opened, stored),
        "provenance": dict(found.provenance),
        "decisionDigest": canonical.mark(found.decision_id),
        **({"feedback": given} if given else {}),
        **(_opened(found) if found.private else {"erased": True}),
    }


def _activation(opened: Ledger, decision: StoredRecord) -> dict[str, Any]:
    """The newest record before it of which releases the service answered by."""
    before = opened.records(Search(kinds=("action",), before=decision.seq, newest_first=True))
    found = next((one for one in before if one.channel == activations.CHANNEL), None)
    return {"activation": {"seq": found.seq, "at": found.at}} if found else {}


def _opened(record: AuditRecord) -> dict[str, Any]:
    told = record.opened
    kept = {"skipped": list(told.skipped), "noted": list(told.noted), "patient": told.patient, "user": told.user, "response": dict(told.response)}
    clear = {"hookInstance": record.hook_instance, "requestDigest": record.request_digest}
    return {name: value for name, value in (clear | kept).items() if value} | {"assessment": dict(told.assessment)}


def _caller(record: AuditRecord) -> dict[str, Any]:
    told = {"client": record.client, "tenant": record.tenant, "profile": record.profile}
    return {name: value for name, value in told.items() if value}


def _feedback(opened: Ledger, record: AuditRecord) -> Iterator[Mapping[str, Any]]:
    """For each card that was acted on: its state, which is the newest outcome, and all events in the order in which they happened."""
    events: dict[str, list[tuple[tuple[datetime, datetime], int, FeedbackRecord]]] = {}
    for card, stored in opened.about(record.cards):
        found = stored.public if stored.kind == "feedback" else None
        if isinstance(found, FeedbackRecord) and found.decision_id == record.decision_id:
            events.setdefault(card, []).append((found.moment, stored.seq, found))
    for card, given in events.items():
        told = [{"seq": seq, **_said(one)} for _, seq, one in sorted(given, key=lambda event: event[:2])]
        yield {"card": card, "state": told[-1]["outcome"], "events": told}
