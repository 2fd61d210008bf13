"""The stored form of a record: canonical JSON (RFC 8785) with the member names of `schemas/audit-record.schema.json`."""

from typing import Any

from cds.audit.faults import LedgerDamaged, RecordRefused
from cds.foundation import canonical, schemas, strict_json
from cds.foundation.errors import CdsError
from cds.values.record import AuditRecord

SCHEMA = "audit-record"


def plain(record: AuditRecord) -> dict[str, Any]:
    """The record as a JSON object."""
    return {
        "decisionId": record.decision_id,
        "decidedAt": record.decided_at,
        "channel": record.channel,
        "hookInstance": record.hook_instance,
        "requestDigest": record.request_digest,
        "outcome": record.outcome,
        "skipped": list(record.skipped),
        "assessment": record.assessment,
    }


def dumps(record: AuditRecord) -> bytes:
    """The bytes that are stored and hashed; raises RecordRefused for a value that RFC 8785 cannot write."""
    try:
        return canonical.dumps(plain(record))
    except (TypeError, ValueError, ArithmeticError) as error:
        text = "A value of the record has no canonical JSON form. Report this with the version: it is a fault of the service."
        raise RecordRefused(text) from error


def loads(body: bytes) -> AuditRecord:
    """The record in a stored body, numbers with a fraction as exact decimals; raises LedgerDamaged when it is none."""
    members = _members(body)
    problems = schemas.problems(SCHEMA, members)
    if problems:
        more = tuple(diagnostic for _, diagnostic in problems)
        raise LedgerDamaged("A stored body is not an audit record. Run `cds audit verify`.", more=more)
    return AuditRecord(
        decision_id=members["decisionId"],
        decided_at=members["decidedAt"],
        channel=members["channel"],
        hook_instance=members["hookInstance"],
        request_digest=members["requestDigest"],
        outcome=members["outcome"],
        skipped=tuple(members["skipped"]),
        assessment=members["assessment"],
    )


def columns(body: bytes) -> tuple[Any, Any, Any]:
    """What the columns `decision_id`, `decided_at` and `channel` of this body's row must say; None for what it lacks."""
    members = _members(body)
    return members.get("decisionId"), members.get("decidedAt"), members.get("channel")


def _members(body: bytes) -> dict[str, Any]:
    try:
        return strict_json.load_object(body, limit=len(body))
    except CdsError as error:
        raise LedgerDamaged("A stored body is not a JSON object. Run `cds audit verify`.") from error
