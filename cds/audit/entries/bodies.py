"""The stored form of an entry: canonical JSON (RFC 8785) of what is said of it in the clear, as `schemas/audit-record.schema.json` has it.

The private part of a decision is no part of the body: `cds.audit.entries.privates` writes it and `cds.audit.entries.sealing` seals it.
A member that has nothing to say is left out. A caller steers two members, `hookInstance` and `trace`: each stands in the body only in the
one form that it may have.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cds.audit.entries import shapes
from cds.audit.faults import LedgerDamaged, RecordRefused
from cds.audit.rows import Row
from cds.foundation import canonical, schemas, strict_json
from cds.foundation.errors import CdsError
from cds.values.record import ActionRecord, AuditRecord, Entry, FeedbackRecord, Former, Kind, Logic, RefusalRecord, Sealed

SCHEMA = "audit-record"
UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
CLIENT = "client:"
"""How an actor begins who is a registered client."""

_PLAIN: Mapping[str, Mapping[str, str]] = {
    "decision": {
        "decisionId": "decision_id", "receivedAt": "received_at", "decidedAt": "decided_at", "channel": "channel", "hook": "hook",
        "client": "client", "tenant": "tenant", "profile": "profile", "requestDigest": "request_digest", "urgency": "urgency",
        "subject": "subject",
    },
    "feedback": {
        "feedbackId": "feedback_id", "receivedAt": "received_at", "service": "service", "card": "card", "outcome": "outcome",
        "outcomeAt": "outcome_at", "decisionId": "decision_id", "release": "release", "digest": "digest", "reason": "reason",
        "otherReason": "other_reason", "commented": "commented", "client": "client", "tenant": "tenant",
    },
    "refusal": {"refusalId": "refusal_id", "refusedAt": "refused_at", "route": "route", "cause": "cause", "client": "client"},
    "action": {"actionId": "action_id", "at": "at", "action": "action", "actor": "actor", "role": "role", "tenant": "tenant", "detail": "detail"},
}  # fmt: skip
"""By kind: the members that are a field of the entry as it is."""

_LISTS: Mapping[str, str] = {"rules": "rules", "accepted": "accepted", "unknownSuggestions": "unknown_suggestions"}
_TYPES: Mapping[type[Entry], Kind] = {AuditRecord: "decision", FeedbackRecord: "feedback", RefusalRecord: "refusal", ActionRecord: "action"}
_IDS: Mapping[Any, tuple[str, str]] = {
    "decision": ("decisionId", "decidedAt"),
    "feedback": ("feedbackId", "receivedAt"),
    "refusal": ("refusalId", "refusedAt"),
    "action": ("actionId", "at"),
}


@dataclass(frozen=True)
class Columns:
    """What the columns of an entry's row must say. `release` is name and version (`low-back-pain 1.2.0`)."""

    entry_id: str
    at: str
    channel: str
    month: str
    subject: str
    client: str
    tenant: str
    release: str
    cards: tuple[str, ...]

    def row(self, seq: int, body: bytes, sealed: bytes | None) -> Row:
        """The row with these columns."""
        return Row(seq=seq, body=body, sealed=sealed, **vars(self))


def public(entry: Entry) -> dict[str, Any]:
    """What is said of the entry in the clear, as a JSON object; the marks of the sealed part only where the entry has them."""
    kind = _TYPES[type(entry)]
    told = {member: getattr(entry, name) for member, name in _PLAIN[kind].items()}
    match entry:
        case AuditRecord():
            told |= _decision(entry)
        case FeedbackRecord():
            told |= {member: list(getattr(entry, name)) for member, name in _LISTS.items()} | _former(entry.former)
        case RefusalRecord():
            told |= {"count": entry.count if entry.count > 1 else None} | _former(entry.former)
    return {"kind": kind, "form": shapes.FORM} | _said(told)


def dumps(entry: Entry) -> bytes:
    """The bytes that are stored and are the leaf; raises RecordRefused for a value that RFC 8785 cannot write, and an unknown detail."""
    return encoded(checked(entry))


def checked(entry: Entry) -> dict[str, Any]:
    """As `public`; raises RecordRefused for an action with a detail that its schema does not have."""
    members = public(entry)
    if isinstance(entry, ActionRecord):
        _refuse_unknown_detail(members)
    return members


def encoded(value: Any) -> bytes:
    """The canonical form; raises RecordRefused for a value that has none."""
    try:
        return canonical.dumps(value)
    except (TypeError, ValueError, ArithmeticError) as error:
        text = "A value of the record has no canonical JSON form. Report this with the version: it is a fault of the service."
        raise RecordRefused(text) from error


def around(members: Mapping[str, Any], name: str) -> tuple[bytes, bytes]:
    """The canonical form of these members with one more, whose name is in ASCII: what stands before its value, and what stands behind it.

    Raises RecordRefused as `encoded`, and for a name that is no text.
    """
    if any(not isinstance(one, str) for one in members):
        raise RecordRefused("A name in the record is not text. Report this with the version: it is a fault of the service.")
    before = encoded({one: value for one, value in members.items() if one < name})[:-1]
    behind = encoded({one: value for one, value in members.items() if one > name})[1:]
    return before + (b"," if before != b"{" else b"") + encoded(name) + b":", (b"," if behind != b"}" else b"") + behind


def loads(body: bytes) -> Entry:
    """The entry in a stored body, without its private part; raises LedgerDamaged when it is none."""
    return entry(members(body))


def entry(members: Mapping[str, Any]) -> Entry:
    """The same of a body that was read already."""
    if not shapes.fits(members):
        raise LedgerDamaged("A stored body is not an audit record. Run `cds audit verify`.")
    plain = {name: members[member] for member, name in _PLAIN[members["kind"]].items() if member in members}
    carried = {"former": Former(**members["former"])} if "former" in members else {}
    match members["kind"]:
        case "decision":
            return AuditRecord(**_absent() | plain | _read_decision(members) | carried)
        case "feedback":
            lists = {name: tuple(members.get(member, ())) for member, name in _LISTS.items()}
            return FeedbackRecord(**plain | lists | carried)
        case "refusal":
            return RefusalRecord(**plain | {"count": members.get("count", 1)} | carried)
        case _:
            return ActionRecord(**plain)


def columns(body: bytes) -> Columns:
    """What the columns of this body's row must say; raises LedgerDamaged where it is no JSON object. Empty text for what it lacks."""
    return row_columns(members(body))


def members(body: bytes) -> dict[str, Any]:
    """The JSON object in a stored body; raises LedgerDamaged where it is none."""
    try:
        return strict_json.load_object(body, limit=len(body))
    except CdsError as error:
        raise LedgerDamaged("A stored body is not a JSON object. Run `cds audit verify`.") from error


def row_columns(members: Mapping[str, Any]) -> Columns:
    """What the columns must say of a body with these members."""
    told = {name: value for name, value in members.items() if isinstance(value, str)}
    kind, actor = told.get("kind", ""), told.get("actor", "")
    entry_id, at = (told.get(name, "") for name in _IDS.get(kind, ("", "")))
    return Columns(
        entry_id=entry_id,
        at=at,
        channel=_channel(kind, told),
        month=at[:7],
        subject=_text(_object(members.get("detail")).get("subject")) if kind == "action" else told.get("subject", ""),
        client=actor.removeprefix(CLIENT) if actor.startswith(CLIENT) else told.get("client", ""),
        tenant=told.get("tenant", ""),
        release=_release(members.get("release")),
        cards=_cards(kind, members),
    )


def kind_of(channel: str) -> Kind:
    """Which kind of entry a row of this channel holds: no way in has the name of another kind."""
    match channel.partition(":")[0]:
        case "feedback":
            return "feedback"
        case "refusal":
            return "refusal"
        case "action":
            return "action"
        case _:
            return "decision"


def _decision(entry: AuditRecord) -> dict[str, Any]:
    logic = asdict(entry.logic)
    engine = logic.pop("engine")
    output = {"digest": entry.sealed.output if entry.sealed else "", "cards": list(entry.cards), "outcome": entry.outcome}
    facts = {"digest": entry.sealed.facts, "sealed": entry.sealed.digest, "key": entry.sealed.key} if entry.sealed else {}
    return {
        "hookInstance": _matching(UUID, entry.hook_instance),
        "trace": _matching(TRACE, entry.trace),
        "release": _said(logic),
        "engine": _said({"version": engine}),
        "rules": {decision: list(rules) for decision, rules in entry.rules.items()},
        "provenance": _by_source(entry.provenance),
        "unknown": list(entry.unknown),
        "output": _said(output),
        "facts": facts,
    } | _former(entry.former)


def _read_decision(members: Mapping[str, Any]) -> dict[str, Any]:
    release, output, facts = members.get("release", {}), members["output"], members["facts"]
    named = {name: release.get(name, "") for name in ("name", "version", "digest", "language", "selected")}
    return {
        "hook_instance": members.get("hookInstance", ""),
        "trace": members.get("trace", ""),
        "logic": Logic(**named, engine=members.get("engine", {}).get("version", "")),
        "rules": {decision: tuple(rules) for decision, rules in members.get("rules", {}).items()},
        "provenance": dict(sorted((fact, source) for source, facts in members.get("provenance", {}).items() for fact in facts)),
        "unknown": tuple(members.get("unknown", ())),
        "cards": tuple(output.get("cards", ())),
        "outcome": output["outcome"],
        "sealed": Sealed(digest=facts["sealed"], facts=facts["digest"], output=output["digest"], key=facts["key"]),
    }


def _by_source(provenance: Mapping[str, str]) -> dict[str, list[str]]:
    """The facts by their source, in the order of their names: a third of the bytes."""
    found: dict[str, list[str]] = {}
    for fact in sorted(provenance):
        found.setdefault(provenance[fact], []).append(fact)
    return found


def _absent() -> dict[str, str]:
    return dict.fromkeys(("received_at", "hook", "hook_instance", "request_digest", "urgency"), "")


def _former(former: Former | None) -> dict[str, Any]:
    return {"former": asdict(former)} if former else {}


def _said(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in ("", None, False, [], {})}


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""


def _refuse_unknown_detail(members: Mapping[str, Any]) -> None:
    problems = schemas.problems(SCHEMA, members)
    if problems:
        more = tuple(diagnostic for _, diagnostic in problems)
        raise RecordRefused("What an action's record would say is not in its schema. Report this: it is a fault of the service.", more=more)


def _channel(kind: str, told: Mapping[str, str]) -> str:
    match kind:
        case "feedback":
            return f"feedback:{told.get('service', '')}"
        case "refusal":
            return "refusal"
        case "action":
            return f"action:{told.get('action', '')}"
        case _:
            return told.get("channel", "")


def _cards(kind: str, members: Mapping[str, Any]) -> tuple[str, ...]:
    cards = [members.get("card")] if kind == "feedback" else _object(members.get("output")).get("cards", ())
    return tuple(value for value in cards if isinstance(value, str)) if isinstance(cards, (list, tuple)) else ()


def _release(release: Any) -> str:
    if isinstance(release, dict):
        return f"{_text(release.get('name'))} {_text(release.get('version'))}".strip()
    return _text(release)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
