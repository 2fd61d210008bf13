"""What is sealed of a decision, as canonical JSON (RFC 8785) by `schemas/audit-private.schema.json`, and the salted digests of it.

The salt inside keeps few-valued facts from being guessed by whoever has only a digest. `request` holds what of the request itself could be
guessed or could name somebody: the digest of its bytes, and a `hookInstance` that is no UUID.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cds.audit.entries import bodies, shapes
from cds.audit.faults import LedgerDamaged, RecordRefused
from cds.foundation import canonical, schemas, strict_json
from cds.foundation.errors import CdsError
from cds.values.record import AuditRecord, Private

SCHEMA = "audit-private"
SALT_BYTES = 32
MOST_BYTES = 32 * 2**20
"""More is neither sealed nor opened: an assessment has some 50,000 bytes."""

_LISTS = ("skipped", "noted")


@dataclass(frozen=True)
class Content:
    """The plaintext: its bytes, the salted digest of the cards in it, and the digest of the whole."""

    text: bytes
    salt: bytes
    cards: str
    digest: str


def content(record: AuditRecord, salt: bytes) -> Content:
    """What is to be sealed of the record; raises RecordRefused where it has no canonical form, or is too large."""
    cards = bodies.encoded(record.opened.assessment.get("cards", []))
    request = _request(record)
    others = {"salt": base64.b64encode(salt).decode()} | ({"request": request} if request else {})
    text = _private(record.opened, cards).join(bodies.around(others, "private"))
    if len(text) > MOST_BYTES:
        raise RecordRefused(f"The record of the decision has {len(text)} bytes; at most {MOST_BYTES} are kept. Send less history.")
    return Content(text, salt, salted(salt, cards), canonical.digest(text))


def salted(salt: bytes, data: bytes) -> str:
    """The digest of the data behind the salt."""
    return canonical.digest(salt + data)


def public(record: AuditRecord, salt: bytes) -> AuditRecord:
    """The record as it is said in the clear: the digest of the request is salted, a `hookInstance` that is no UUID is left out."""
    digest = salted(salt, record.request_digest.encode()) if record.request_digest else ""
    given = record.hook_instance if bodies.UUID.fullmatch(record.hook_instance) else ""
    return replace(record, request_digest=digest, hook_instance=given, private=None)


def loads(text: bytes) -> Mapping[str, Any]:
    """The plaintext as a JSON object, numbers with a fraction as exact decimals; raises LedgerDamaged where it is no such thing."""
    try:
        members = strict_json.load_object(text, limit=MOST_BYTES)
    except CdsError as error:
        raise LedgerDamaged("The sealed part of a record is not a JSON object. Run `cds audit verify`.") from error
    if not shapes.fits_sealed(members):
        more = tuple(diagnostic for _, diagnostic in schemas.problems(SCHEMA, members))
        raise LedgerDamaged("The sealed part of a record is not what is sealed of a decision. Run `cds audit verify`.", more=more)
    return members


def private(members: Mapping[str, Any]) -> Private:
    """The private part that such an object holds."""
    told: dict[str, Any] = {name: tuple(value) if name in _LISTS else value for name, value in members["private"].items()}
    return Private(**{"patient": ""} | told)


def salt(members: Mapping[str, Any]) -> bytes:
    """The salt of such an object."""
    return base64.b64decode(members["salt"])


def request(members: Mapping[str, Any], salt: bytes) -> str:
    """What the clear part says of the request: its digest behind the salt, empty where there was none."""
    digest = members.get("request", {}).get("digest", "")
    return salted(salt, digest.encode()) if digest else ""


def joined(record: AuditRecord, members: Mapping[str, Any]) -> AuditRecord:
    """The record as it was before it was sealed, of what is in the clear of it and such an object."""
    request = members.get("request", {})
    digest, instance = request.get("digest", ""), request.get("hookInstance", record.hook_instance)
    return replace(record, request_digest=digest, hook_instance=instance, private=private(members))


def _request(record: AuditRecord) -> Mapping[str, str]:
    unclear = "" if bodies.UUID.fullmatch(record.hook_instance) else record.hook_instance
    said = {"digest": record.request_digest, "hookInstance": unclear}
    return {name: value for name, value in said.items() if value}


def _private(told: Private, cards: bytes) -> bytes:
    others = {one.name: getattr(told, one.name) for one in fields(told) if one.name != "assessment"}
    said = {name: value for name, value in others.items() if value}
    return _assessment(told.assessment, cards).join(bodies.around(said, "assessment"))


def _assessment(told: Mapping[str, Any], cards: bytes) -> bytes:
    """The cards in it are not written a second time."""
    if "cards" not in told:
        return bodies.encoded(told)
    return cards.join(bodies.around({name: value for name, value in told.items() if name != "cards"}, "cards"))
