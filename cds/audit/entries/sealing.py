"""Sealing: what a decision was about is encrypted under a key of its subject, and the body in the clear holds only digests of it.

Stored is one byte for the form (1), 12 bytes of nonce, and AES-256-GCM of the deflated plaintext with its tag. The decision's id and its subject
are authenticated with it, so that a sealed part fits no other entry. A nonce is random: a subject would need some four thousand million
decisions before one is likely to come twice.
"""

import dataclasses
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cds.audit.entries import bodies, privates
from cds.audit.entries.bodies import Columns
from cds.audit.faults import LedgerDamaged, RecordRefused
from cds.audit.keys.keyring import KeyRing
from cds.audit.rows import Row, WrappedKey
from cds.foundation import canonical
from cds.values.record import AuditRecord, Entry, Sealed

FORM = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32
KEY_ID_BYTES = 16
LEVEL = 4
"""Of deflate: a level 6 takes half as long again for a 25th less."""
DOMAIN = b"back-pain-cds sealed 1"


@dataclass(frozen=True)
class Prepared:
    """An entry that lacks only a key: what could be worked out of it by the thread that brought it.

    `subject` is whose key it needs, empty where it needs none. `body` is in two parts where what is said of the sealed part goes between them.
    """

    columns: Columns
    subject: str
    body: tuple[bytes, ...] = field(repr=False)
    content: bytes = field(default=b"", repr=False)
    facts: str = ""
    output: str = ""

    @property
    def entry_id(self) -> str:
        """The id of the entry."""
        return self.columns.entry_id

    @property
    def size(self) -> int:
        """About how many bytes it will take."""
        return len(self.content) + sum(map(len, self.body))


def prepare(entry: Entry, ring: KeyRing) -> Prepared:
    """The entry made ready to be sealed and stored; raises RecordRefused where it cannot be."""
    if not isinstance(entry, AuditRecord):
        members = bodies.checked(entry)
        return Prepared(bodies.row_columns(members), "", (bodies.encoded(members),))
    if entry.private is None:
        raise RecordRefused("A decision came without what is sealed of it. Report this with the version: it is a fault of the service.")
    salt = os.urandom(privates.SALT_BYTES)
    content = privates.content(entry, salt)
    subject = _subject(entry, entry.private.patient, ring)
    told = dataclasses.replace(privates.public(entry, salt), subject=subject, sealed=Sealed("", content.digest, content.cards, ""))
    members = bodies.public(told)
    del members["facts"]
    body, deflated = bodies.around(members, "facts"), zlib.compress(content.text, LEVEL)
    return Prepared(bodies.row_columns(members), subject, body, deflated, content.digest, content.cards)


def close(prepared: Prepared, key: bytes, key_id: str) -> tuple[bytes, bytes | None]:
    """The body and the sealed part, under the key of the entry's subject; the key is not looked at where it needs none."""
    if not prepared.subject:
        return b"".join(prepared.body), None
    nonce = os.urandom(NONCE_BYTES)
    said = _said(prepared.entry_id, prepared.subject)
    sealed = FORM + nonce + AESGCM(key).encrypt(nonce, prepared.content, said)
    facts = {"digest": prepared.facts, "key": key_id, "sealed": canonical.digest(sealed)}
    return bodies.encoded(facts).join(prepared.body), sealed


def new_key(subject: str, ring: KeyRing) -> tuple[bytes, WrappedKey]:
    """A fresh key for a subject, as it is and as it may be stored."""
    key, key_id = os.urandom(KEY_BYTES), os.urandom(KEY_ID_BYTES).hex()
    return key, ring.wrap(key, key_id, subject)


def plaintext(row: Row, wrapped: WrappedKey | None, ring: KeyRing) -> bytes | None:
    """What is sealed of a decision, to the byte; None where its key was destroyed, and for an entry that has nothing sealed.

    Raises LedgerDamaged where it is not what was sealed, KeyMissing where the key that wraps its key is not on the ring.
    """
    found = _opened(bodies.loads(row.body), row.sealed, wrapped, ring)
    return found[0] if found else None


def open_record(row: Row, wrapped: WrappedKey | None, ring: KeyRing) -> Entry:
    """The entry of the row, as whole as it can be had: a decision without its private part where the key was destroyed. Errors as `plaintext`."""
    return opened(bodies.loads(row.body), row.sealed, wrapped, ring)


def opened(entry: Entry, sealed: bytes | None, wrapped: WrappedKey | None, ring: KeyRing) -> Entry:
    """As `open_record`, of an entry that was read already and the sealed part of its row."""
    found = _opened(entry, sealed, wrapped, ring)
    return privates.joined(entry, found[1]) if found and isinstance(entry, AuditRecord) else entry


def _checked(entry: AuditRecord, marks: Sealed, text: bytes) -> Mapping[str, Any]:
    """The members of a plaintext, which and whose cards must be those that the body has digests of."""
    members = privates.loads(text)
    salt = privates.salt(members)
    cards = privates.salted(salt, bodies.encoded(members["private"]["assessment"].get("cards", [])))
    if (canonical.digest(text), cards) != (marks.facts, marks.output):
        raise _damaged("what is in it is not what the record has digests of")
    if entry.request_digest != privates.request(members, salt):
        raise _damaged("it is of another request than the record says")
    return members


def _subject(entry: AuditRecord, patient: str, ring: KeyRing) -> str:
    if patient:
        return ring.pseudonym(entry.client, entry.tenant, patient)
    return ring.nobody(entry.client, entry.tenant, entry.decision_id)


def _opened(entry: Entry, sealed: bytes | None, wrapped: WrappedKey | None, ring: KeyRing) -> tuple[bytes, Mapping[str, Any]] | None:
    """The plaintext, and its members; None where there is none that opens."""
    if not isinstance(entry, AuditRecord) or entry.sealed is None or wrapped is None:
        return None
    if sealed is None or canonical.digest(sealed) != entry.sealed.digest:
        raise _damaged("it is not there or was changed")
    text = _inflated(decrypted(entry.decision_id, entry.subject, sealed, ring.unwrap(wrapped)))
    return text, _checked(entry, entry.sealed, text)


def decrypted(decision_id: str, subject: str, sealed: bytes, key: bytes) -> bytes:
    """The deflated plaintext of a sealed part. Raises LedgerDamaged where it was not sealed under this key for this decision."""
    if sealed[:1] != FORM or len(sealed) < 1 + NONCE_BYTES + TAG_BYTES:
        raise _damaged("it has another form")
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, rest, _said(decision_id, subject))
    except InvalidTag as error:
        raise _damaged("it was not sealed under this key for this record") from error


def _inflated(deflated: bytes) -> bytes:
    machine = zlib.decompressobj()
    try:
        text = machine.decompress(deflated, privates.MOST_BYTES)
    except zlib.error as error:
        raise _damaged("it cannot be inflated") from error
    if not machine.eof or machine.unused_data:
        raise _damaged(f"it is cut, has something behind it, or is larger than {privates.MOST_BYTES} bytes")
    return text


def _said(entry_id: str, subject: str) -> bytes:
    return b"\n".join((DOMAIN, entry_id.encode(), subject.encode()))


def _damaged(text: str) -> LedgerDamaged:
    return LedgerDamaged(f"The sealed part of a record cannot be relied on: {text}. Run `cds audit verify`.")
