"""Rows of the ledger's forms 1 and 2, which were a hash chain: read, checked, carried over, and written again as they were.

The hash of such a row is SHA-256 over these bytes, and nothing else:

    back-pain-cds ledger 1 LF            the domain: no hash of another use or form can stand in for this one
    seq LF                               the row's number in decimal digits, from 1
    previous hash LF                     64 lower-case hex digits; 64 zeros in row 1
    body                                 the canonical JSON of the record

Both forms hash alike; form 2 only added a table of cards. An entry that was carried over keeps its number and hashes (`Former`). Once it is
opened its old body can be written again byte for byte, so that its old hash recomputes: nothing that was provable is lost.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from cds.audit.faults import LedgerDamaged
from cds.foundation import canonical, strict_json
from cds.foundation.errors import CdsError
from cds.values.record import AuditRecord, Entry, FeedbackRecord, Former, Logic, Private, RefusalRecord

DOMAIN = b"back-pain-cds ledger 1\n"
GENESIS = "0" * 64
ALWAYS = ("decisionId", "decidedAt", "channel", "hookInstance", "requestDigest", "outcome", "skipped", "assessment")
MEMBERS = frozenset((*ALWAYS, "client", "tenant", "profile", "noted"))
"""Of a decision, in form 2; form 1 lacked the last four."""
COLUMNS = ("seq", "decision_id", "decided_at", "channel", "previous_hash", "hash", "body")


@dataclass(frozen=True)
class FormerRow:
    """One row as it lies in the old file, in the order of `COLUMNS`; `entry_id` and `at` are those of whatever it holds."""

    seq: int
    entry_id: str
    at: str
    channel: str
    previous: str
    hash: str
    body: bytes


def hash_of(seq: int, previous: str, body: bytes) -> str:
    """The hash of a row, as this module's docstring defines it, in lower-case hex."""
    return hashlib.sha256(DOMAIN + f"{seq}\n{previous}\n".encode("utf-8", "surrogatepass") + body).hexdigest()


def checked(rows: Iterable[FormerRow]) -> Iterator[FormerRow]:
    """The rows in the order of `seq`. Raises LedgerDamaged at the first that does not hold, which it names."""
    count, head = 0, GENESIS
    for row in rows:
        if row.seq != count + 1:
            raise _damaged(f"Row {count + 1} is missing: row {row.seq} stands in its place.")
        if row.previous != head:
            raise _damaged(f"Row {row.seq} does not follow from the row before it.")
        if not isinstance(row.body, bytes) or hash_of(row.seq, row.previous, row.body) != row.hash:
            raise _damaged(f"Row {row.seq}: its body or its hash is not what was written.")
        yield row
        count, head = row.seq, row.hash


def carried(row: FormerRow, form: int) -> Entry:
    """What the row holds, as an entry of today that knows where it stood.

    Raises LedgerDamaged where the columns say something else than the body, or the body has members that no earlier version wrote.
    """
    try:
        entry = _entry(strict_json.load_object(row.body, limit=len(row.body)), Former(form, row.seq, row.previous, row.hash))
        same = _columns(entry) == (row.entry_id, row.at, row.channel)
    except (CdsError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(f"Row {row.seq}: its body is not a record.") from error
    if not same:
        raise _damaged(f"Row {row.seq}: its columns are not those of its body.")
    return entry


def body_of(entry: Entry) -> bytes:
    """The body that a carried entry had in its old row, byte for byte. Raises Erased for a decision that cannot be opened."""
    match entry:
        case AuditRecord():
            return canonical.dumps(_plain_decision(entry))
        case FeedbackRecord():
            return canonical.dumps({"kind": "feedback"} | _plain(entry))
        case RefusalRecord():
            return canonical.dumps({"kind": "refusal"} | _plain(entry))
        case _:
            raise LedgerDamaged("No earlier version wrote such an entry.")


def holds(entry: Entry) -> bool:
    """Whether a carried entry is, to the byte, what its old row held. Raises Erased for a decision that cannot be opened."""
    former = getattr(entry, "former", None)
    return former is not None and hash_of(former.seq, former.previous, body_of(entry)) == former.hash


def _entry(members: Mapping[str, Any], former: Former) -> Entry:
    match members.get("kind"):
        case None:
            return _decision(members, former)
        case "feedback":
            return FeedbackRecord(**_fields(FeedbackRecord, members), former=former)
        case "refusal":
            return RefusalRecord(**_fields(RefusalRecord, members), former=former)
        case _:
            raise LedgerDamaged("A stored body is of no kind that an earlier version wrote.")


def _decision(members: Mapping[str, Any], former: Former) -> AuditRecord:
    """What earlier versions did not write down is empty."""
    if not members.keys() <= MEMBERS:
        raise KeyError("members")
    told = members["assessment"]
    release = told.get("release", {})
    return AuditRecord(
        decision_id=members["decisionId"],
        received_at="",
        decided_at=members["decidedAt"],
        channel=members["channel"],
        hook="",
        hook_instance=members["hookInstance"],
        request_digest=members["requestDigest"],
        outcome=members["outcome"],
        logic=Logic(
            **{name: release.get(name, "") for name in ("name", "version", "digest", "language")},
            selected="",
            engine=told.get("engine", {}).get("version", ""),
        ),
        urgency=told.get("triage", {}).get("urgency", ""),
        rules={one["decision"]: tuple(one["rules"]) for one in told.get("decisions", ()) if one["rules"]},
        provenance={name: fact["source"] for name, fact in told.get("facts", {}).items() if "source" in fact},
        unknown=tuple(told.get("unknown", ())),
        cards=tuple(card["uuid"] for card in told.get("cards", ())),
        **{name: members.get(name, "") for name in ("client", "tenant", "profile")},
        former=former,
        private=Private(_patient(told), told, skipped=tuple(members["skipped"]), noted=tuple(members.get("noted", ()))),
    )


def _patient(told: Mapping[str, Any]) -> str:
    """Whom the drafts on the cards are for; empty where there is no draft, or they do not agree."""
    found = {
        action.get("resource", {}).get("subject", {}).get("reference", "")
        for card in told.get("cards", ())
        for suggestion in card.get("suggestions", ())
        for action in suggestion.get("actions", ())
    } - {""}
    return str(found.pop()) if len(found) == 1 else ""


def _plain_decision(entry: AuditRecord) -> dict[str, Any]:
    always = {
        "decisionId": entry.decision_id,
        "decidedAt": entry.decided_at,
        "channel": entry.channel,
        "hookInstance": entry.hook_instance,
        "requestDigest": entry.request_digest,
        "outcome": entry.outcome,
        "skipped": entry.opened.skipped,
        "assessment": entry.opened.assessment,
    }
    said = {"client": entry.client, "tenant": entry.tenant, "profile": entry.profile, "noted": entry.opened.noted}
    return always | {name: value for name, value in said.items() if value}


def _plain(entry: FeedbackRecord | RefusalRecord) -> dict[str, Any]:
    """The members of feedback and of refusals: the fields but `former`, without those that have nothing to say."""
    said = [one for one in fields(entry) if one.name != "former" and (one.default is MISSING or getattr(entry, one.name) != one.default)]
    return {_member(one.name): getattr(entry, one.name) for one in said}


def _fields(kind: type[FeedbackRecord] | type[RefusalRecord], members: Mapping[str, Any]) -> dict[str, Any]:
    named = {_member(one.name): one.name for one in fields(kind) if one.name != "former"}
    return {named[name]: tuple(value) if isinstance(value, list) else value for name, value in members.items() if name != "kind"}


def _member(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _columns(entry: Entry) -> tuple[str, str, str]:
    match entry:
        case AuditRecord():
            return entry.decision_id, entry.decided_at, entry.channel
        case FeedbackRecord():
            return entry.feedback_id, entry.received_at, f"feedback:{entry.service}"
        case RefusalRecord():
            return entry.refusal_id, entry.refused_at, "refusal"
        case _:
            raise LedgerDamaged("No earlier version wrote such an entry.")


def _damaged(text: str) -> LedgerDamaged:
    return LedgerDamaged(f"{text} Keep a copy of the ledger for the auditor; a ledger that does not hold is not carried over.")
