"""The stored form of an entry: canonical JSON (RFC 8785), with the member names of one schema for each kind.

A decision is what `schemas/audit-record.schema.json` says; the other kinds name themselves in `kind`. A member that has nothing to say is
left out, so that an entry of an earlier version is read, and written again, to the same bytes.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass
from typing import Any, Literal

from cds.audit.faults import LedgerDamaged, RecordRefused
from cds.foundation import canonical, schemas, strict_json
from cds.foundation.errors import CdsError
from cds.values.record import AuditRecord, FeedbackRecord, RefusalRecord

SCHEMA = "audit-record"
FEEDBACK = "feedback"
REFUSAL = "refusal"

Entry = AuditRecord | FeedbackRecord | RefusalRecord
Kind = Literal["decision", "feedback", "refusal"]


@dataclass(frozen=True)
class _Shape:
    kind: type[Entry]
    schema: str
    id: str
    at: str


DECISIONS = _Shape(AuditRecord, SCHEMA, "decisionId", "decidedAt")
OTHERS: Mapping[Any, _Shape] = {
    FEEDBACK: _Shape(FeedbackRecord, "feedback-record", "feedbackId", "receivedAt"),
    REFUSAL: _Shape(RefusalRecord, "refusal-record", "refusalId", "refusedAt"),
}


def plain(entry: Entry) -> dict[str, Any]:
    """The entry as a JSON object."""
    named = next(({"kind": name} for name, shape in OTHERS.items() if isinstance(entry, shape.kind)), {})
    return named | {_member(one): _listed(getattr(entry, one.name)) for one in dataclasses.fields(entry) if _is_said(entry, one)}


def dumps(entry: Entry) -> bytes:
    """The bytes that are stored and hashed; raises RecordRefused for a value that RFC 8785 cannot write."""
    try:
        return canonical.dumps(plain(entry))
    except (TypeError, ValueError, ArithmeticError) as error:
        text = "A value of the record has no canonical JSON form. Report this with the version: it is a fault of the service."
        raise RecordRefused(text) from error


def loads(body: bytes) -> Entry:
    """The entry in a stored body, numbers with a fraction as exact decimals; raises LedgerDamaged when it is none."""
    members = _members(body)
    shape = _shape(members)
    problems = schemas.problems(shape.schema, members)
    if problems:
        more = tuple(diagnostic for _, diagnostic in problems)
        raise LedgerDamaged("A stored body is not an audit record. Run `cds audit verify`.", more=more)
    return shape.kind(**{one.name: _unlisted(members[_member(one)]) for one in dataclasses.fields(shape.kind) if _member(one) in members})


def columns(body: bytes) -> tuple[Any, Any, Any]:
    """What the columns `decision_id`, `decided_at` and `channel` of this body's row must say; None for what it lacks."""
    members = _members(body)
    shape = _shape(members)
    return members.get(shape.id), members.get(shape.at), _channel(members)


def row_columns(entry: Entry) -> tuple[str, str, str]:
    """The same of an entry that is about to be stored."""
    match entry:
        case AuditRecord():
            return entry.decision_id, entry.decided_at, entry.channel
        case FeedbackRecord():
            return entry.feedback_id, entry.received_at, f"{FEEDBACK}:{entry.service}"
        case RefusalRecord():
            return entry.refusal_id, entry.refused_at, REFUSAL


def kind_of(channel: str) -> Kind:
    """Which kind of entry a row of this channel holds: no way in has the name of another kind."""
    match channel.partition(":")[0]:
        case "feedback":
            return "feedback"
        case "refusal":
            return "refusal"
        case _:
            return "decision"


def cards(entry: Entry) -> tuple[str, ...]:
    """The uuids of the cards that the entry is about: those that a decision gave, or the one that feedback names."""
    match entry:
        case AuditRecord():
            return tuple(card["uuid"] for card in entry.assessment.get("cards", ()))
        case FeedbackRecord():
            return (entry.card,)
        case RefusalRecord():
            return ()


def _shape(members: Mapping[str, Any]) -> _Shape:
    kind = members.get("kind")
    return OTHERS.get(kind, DECISIONS) if isinstance(kind, str) else DECISIONS


def _channel(members: Mapping[str, Any]) -> Any:
    match members.get("kind"):
        case "feedback":
            return f"{FEEDBACK}:{members.get('service')}"
        case "refusal":
            return REFUSAL
        case _:
            return members.get("channel")


def _member(field: Field[Any]) -> str:
    first, *rest = field.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _is_said(entry: Entry, field: Field[Any]) -> bool:
    return field.default is MISSING or getattr(entry, field.name) != field.default


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _unlisted(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _members(body: bytes) -> dict[str, Any]:
    try:
        return strict_json.load_object(body, limit=len(body))
    except CdsError as error:
        raise LedgerDamaged("A stored body is not a JSON object. Run `cds audit verify`.") from error
