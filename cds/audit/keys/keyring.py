"""The keys of the ledger: those that wrap the subjects' keys, name the patients and sign the heads; read once, when the ledger is opened.

The file is what `schemas/audit-keys.schema.json` says. The last key of a use is the one to write with, all are there to read with.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cds.audit.faults import KeysRefused, LedgerDamaged, LedgerRefused
from cds.audit.keys import keyfile, keymaking, pseudonyms
from cds.audit.keys.keyfile import Key
from cds.audit.place import Place
from cds.audit.rows import WrappedKey
from cds.audit.tree.checkpoints import SigningKey, VerifyingKey
from cds.foundation.errors import LedgerUnavailable

FORM = b"\x01"
NONCE_BYTES = 12
DOMAIN = b"back-pain-cds wrapped 1"


class KeyMissing(LedgerUnavailable):
    """A key that something in the ledger needs is not in the file of keys."""


@dataclass(frozen=True)
class KeyRing:
    """The keys, by use and in the order of the file; nothing of them shows when it is printed.

    `exposed` are the ids of keys whose file others than its owner can read: allowed where keys may be made, for a warning.
    """

    seals: Mapping[str, bytes] = field(repr=False)
    names: Sequence[bytes] = field(repr=False)
    signers: Sequence[SigningKey] = field(repr=False)
    verifiers: Sequence[VerifyingKey] = ()
    exposed: Sequence[str] = ()

    @property
    def signer(self) -> SigningKey:
        """The key that signs heads."""
        return self.signers[-1]

    @property
    def newest_seal(self) -> str:
        """The id of the key that wraps the keys of subjects."""
        return list(self.seals)[-1]

    def pseudonym(self, client: str, tenant: str, patient: str) -> str:
        """What a patient is called in what is written now."""
        return self.pseudonyms(client, tenant, patient)[-1]

    def pseudonyms(self, client: str, tenant: str, patient: str) -> tuple[str, ...]:
        """All that a patient is called in the ledger, one for each pseudonym key there was, the newest last."""
        return tuple(pseudonyms.of_patient(key, client, tenant, patient) for key in self.names)

    def nobody(self, client: str, tenant: str, decision_id: str) -> str:
        """What the subject of a decision about no patient is called: it is that of this decision alone."""
        return pseudonyms.of_decision(self.names[-1], client, tenant, decision_id)

    def wrap(self, key: bytes, key_id: str, subject: str) -> WrappedKey:
        """A subject's key, encrypted under the newest seal key, and good for that id and subject only."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.seals[self.newest_seal]).encrypt(nonce, key, _said(key_id, subject))
        return WrappedKey(key_id, subject, FORM + nonce + sealed, self.newest_seal)

    def unwrap(self, wrapped: WrappedKey) -> bytes:
        """The subject's key. Raises KeyMissing where its seal key is not here, LedgerDamaged where it is not what was wrapped."""
        self.require([wrapped.wrapped_by])
        nonce, sealed = wrapped.wrapped[1 : 1 + NONCE_BYTES], wrapped.wrapped[1 + NONCE_BYTES :]
        try:
            if wrapped.wrapped[:1] != FORM:
                raise _damaged(wrapped)
            return AESGCM(self.seals[wrapped.wrapped_by]).decrypt(nonce, sealed, _said(wrapped.key_id, wrapped.subject))
        except (InvalidTag, ValueError) as error:
            raise _damaged(wrapped) from error

    def require(self, seal_ids: Collection[str]) -> None:
        """Raises KeyMissing unless all these seal keys are here."""
        lacking = sorted(set(seal_ids) - set(self.seals))
        if lacking:
            text = f"The seal key {', '.join(lacking)} is not in the file that CDS_AUDIT_KEYS names, and keys in the ledger are wrapped under it"
            raise KeyMissing(f"{text}. Put it back into that file, before those that are there.")


def open_ring(place: Place) -> KeyRing:
    """The keys of a ledger, made first where there are none and the place allows it. Raises KeysRefused, with the file's name."""
    try:
        return _opened(place)
    except LedgerRefused as error:
        raise KeysRefused(error.text, more=error.more) from error


def _opened(place: Place) -> KeyRing:
    if place.make_keys:
        keymaking.make(place.keys)
    keys = keyfile.read(place.keys)
    exposed = tuple(key.id for key in keys if key.exposed)
    if exposed and not place.make_keys:
        text = f"{place.keys}: others than its owner can read the file of the key {', '.join(exposed)}"
        raise LedgerRefused(f"{text}. Take their rights away (chmod 600), and make a new key if somebody may have read it.")
    return _ring(place.keys, keys, exposed)


def _ring(path: Path, keys: Sequence[Key], exposed: Sequence[str]) -> KeyRing:
    signers = [SigningKey(key.id, key.secret) for key in keys if key.use == "sign" and not key.retired]
    seals = {key.id: key.secret for key in keys if key.use == "seal"}
    names = [key.secret for key in keys if key.use == "pseudonym"]
    for use, found in (("seal", seals), ("pseudonym", names), ("sign", signers)):
        if not found:
            raise LedgerRefused(f"{path}: there is no key of the use `{use}`. The ledger needs one of each use; see docs/how-to/keep-the-keys.md.")
    verifiers = [VerifyingKey(key.id, key.public) for key in keys if key.use == "sign"]
    return KeyRing(seals, names, signers, verifiers, exposed)


def _said(key_id: str, subject: str) -> bytes:
    return b"\n".join((DOMAIN, key_id.encode(), subject.encode()))


def _damaged(wrapped: WrappedKey) -> LedgerDamaged:
    text = f"The key of a subject is not what was wrapped under the seal key {wrapped.wrapped_by}, or that key is another one of the same id"
    return LedgerDamaged(f"{text}. Look which file CDS_AUDIT_KEYS names, and run `cds audit verify`.")
