"""What was done with the cards: kept in the ledger, each item joined to the decision, release and rules of its card.

A card that this caller was not sent is kept apart: it may be of another node or an earlier installation, and it tells nobody whether it is
the card of somebody else. What a person typed is not kept, only that there was something.
"""

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from cds.audit.entries.stored import StoredRecord
from cds.audit.faults import LedgerDamaged
from cds.audit.ledger import Ledger
from cds.foundation import canonical, strict_json
from cds.foundation.errors import Diagnostic, LedgerUnavailable, WrongShape
from cds.hooks import cards, feedback
from cds.hooks.feedback import Batch, Item, Reason
from cds.service import offers
from cds.service.application import Application
from cds.service.offers import Offer
from cds.values.record import AuditRecord, FeedbackRecord

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAMESPACE = uuid.UUID("6a1f3a52-6a0c-4a5e-9d3e-0f7f5a1c2b90")
"""Of the ids of feedback, which are made from what it says: a repeat has the id of what it repeats."""

AHEAD = timedelta(days=1)
"""How far the clock of a client may be ahead: what is said to have happened later than that cannot be so."""

ROUTE = "/cds-services/<service_id>/feedback"
NOT_KEPT = "feedback on unknown cards"
"""The cause under which the ledger counts items that there was no room for."""
SLICE = 200
"""Items that are written in one transaction."""
RECORDED = "recorded"
REPEATED = "repeated"
UNKNOWN = "card-unknown"


@dataclass(frozen=True)
class Given:
    """A card that this caller was sent, and the decision behind it. `reasons` are the codes of the override reasons that it offered.

    Of a decision that was erased nobody knows the rules, the reasons and the suggestions of a card: the last are None.
    """

    decision_id: str
    release: str
    digest: str
    rules: tuple[str, ...]
    suggestions: frozenset[str] | None
    reasons: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Meter:
    """What feedback costs its client: `charge` is told how many items came; `room` is asked how many of so many on unknown cards are kept."""

    charge: Callable[[int], None]
    room: Callable[[int], int]


FREE = Meter(lambda items: None, lambda number: number)
"""Where nobody is counted."""


def take(app: Application, service_id: str, body: bytes, meter: Meter = FREE) -> dict[str, Any]:
    """Keeps what can be read and says of each item what became of it; durable when it returns.

    Raises NotFound, NotJson, TooLarge, LedgerUnavailable, and WrongShape: where some items cannot be read, after the others were kept.
    """
    offer = offers.find(app, service_id)
    now = app.clock()
    batch = feedback.parse(strict_json.load_object(body, limit=app.settings.body_limit), latest=now + AHEAD)
    meter.charge(len(batch.items) + len(batch.problems))
    if app.ledger is None:
        raise LedgerUnavailable("Feedback is kept in the ledger, and there is none here. Send it to the service.")
    received_at = _written(now.isoformat())
    given = _given(app, {kept_id(item.card) for _, item in batch.items})
    records = [_record(app, offer, item, given.get(kept_id(item.card)), received_at) for _, item in batch.items]
    added = _keep(app.ledger, records, meter)
    if batch.problems:
        raise _unreadable(batch)
    told = [_told(index, record, new=new) for (index, _), record, new in zip(batch.items, records, added, strict=True)]
    return {"received": len(told), **({"items": told} if told else {})}


def _keep(ledger: Ledger, records: list[FeedbackRecord], meter: Meter) -> list[bool]:
    """Writes them, of those on unknown cards as many as there is room for; whether each was added.

    In slices, so that a hook call need not wait for a whole batch. Where one cannot be written those before it are kept: all may come again.
    """
    unknown = [index for index, record in enumerate(records) if record.decision_id is None]
    left_out = set(unknown[meter.room(len(unknown)) :]) if unknown else set()
    kept = [record for index, record in enumerate(records) if index not in left_out]
    added = iter([new for start in range(0, len(kept), SLICE) for new in ledger.append_all(kept[start : start + SLICE])])
    return [index not in left_out and next(added) for index in range(len(records))]


def kept_id(sent: str) -> str:
    """A uuid as we write it; anything else as its digest, since it may be anything typed."""
    return sent.lower() if UUID.fullmatch(sent.lower()) else canonical.digest(sent.encode("utf-8"))


def _given(app: Application, asked: Collection[str]) -> dict[str, Given]:
    """The cards that this caller was sent, of those asked for."""
    found: dict[str, Given] = {}
    read: dict[int, AuditRecord | None] = {}
    for card, stored in app.ledger.about(asked, feedback=False) if app.ledger else ():
        if card not in found:
            if stored.seq not in read:
                read = {stored.seq: _decision(app, stored)}
            record = read[stored.seq]
            if record:
                found[card] = _card(record, card)
    return found


def _decision(app: Application, stored: StoredRecord) -> AuditRecord | None:
    """The decision of a row where it was given to this caller. A row that was damaged since is for `cds audit verify`, not for this caller."""
    try:
        record = stored.record
    except LedgerDamaged:
        return None
    return record if (record.client, record.tenant) == (app.caller.client, app.caller.tenant) else None


def _card(record: AuditRecord, uuid: str) -> Given:
    release = f"{record.logic.name} {record.logic.version}"
    if record.private is None:
        return Given(record.decision_id, release, record.logic.digest, (), None, frozenset())
    card = next(one for one in record.assessment["cards"] if one["uuid"] == uuid)
    return Given(
        record.decision_id,
        release,
        record.logic.digest,
        tuple(card["extension"][cards.EXTENSION].get("rules", ())),
        frozenset(one["uuid"] for one in card.get("suggestions", ())),
        frozenset((one["system"], one["code"]) for one in card.get("overrideReasons", ())),
    )


def _record(app: Application, offer: Offer, item: Item, given: Given | None, received_at: str) -> FeedbackRecord:
    """The item as it is kept, its id made from all that it says."""
    accepted = tuple(kept_id(one) for one in item.accepted)
    ours = {(one.system, one.code) for one in offer.release.cards.override_reasons} | (given.reasons if given else frozenset())
    reason = _known_code(item.reason, ours)
    kept = FeedbackRecord(
        feedback_id="",
        received_at="",
        service=offer.id,
        card=kept_id(item.card),
        outcome=item.outcome,
        outcome_at=_written(item.at.isoformat()),
        accepted=accepted,
        unknown_suggestions=tuple(one for one in accepted if given and given.suggestions is not None and one not in given.suggestions),
        reason=reason,
        other_reason=item.reason is not None and not reason,
        commented=item.commented,
        client=app.caller.client,
        tenant=app.caller.tenant,
    )
    if given:
        kept = replace(kept, decision_id=given.decision_id, release=given.release, digest=given.digest, rules=given.rules)
    said = canonical.dumps(vars(kept)).decode("utf-8")
    return replace(kept, feedback_id=str(uuid.uuid5(NAMESPACE, said)), received_at=received_at)


def _known_code(reason: Reason | None, ours: Iterable[tuple[str, str]]) -> str:
    """The code of an override reason of ours, also where its system was left out; else nothing."""
    return next((code for system, code in ours if reason and reason.code == code and reason.system in (None, system)), "")


def _written(instant: str) -> str:
    return instant.replace("+00:00", "Z")


def _unreadable(batch: Batch) -> WrongShape:
    text = f"{len(batch.problems)} items could not be read and were not kept. The other {len(batch.items)} were kept."
    return WrongShape(text, more=(*batch.problems, Diagnostic("information", "informational", text, "feedback")))


def _told(index: int, record: FeedbackRecord, *, new: bool) -> Mapping[str, Any]:
    if record.decision_id is None:
        return {"index": index, "status": UNKNOWN}
    flagged = {"unknownSuggestions": len(record.unknown_suggestions)} if record.unknown_suggestions else {}
    return {"index": index, "status": RECORDED if new else REPEATED, "card": record.card, **flagged}
