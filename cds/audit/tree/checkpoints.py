"""Signed heads of the log: checkpoints as c2sp.org/tlog-checkpoint has them, in a note signed as c2sp.org/signed-note has it, by Ed25519.

The name of the key that signs is the origin. One extension line says when the head was written: `time 2030-05-06T07:08:09Z`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cds.audit.rows import HASH_BYTES
from cds.foundation import instants
from cds.foundation.errors import CdsError

ORIGIN = "back-pain-cds.example/ledger/"
SIGNATURE = "\u2014 "
ED25519 = b"\x01"
LARGEST_NOTE = 1 << 20
MOST_SIGNATURES = 100
KEY_ID_BYTES = 4
SIGNATURE_BYTES = 64
TEXT_LINES = 4
TIME = re.compile(r"time (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)", re.ASCII)
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class BadCheckpoint(CdsError):
    """The text is no checkpoint, or nobody who is trusted signed it."""

    code = "invalid"


@dataclass(frozen=True)
class VerifyingKey:
    """A public key of Ed25519, 32 bytes, and what the operator calls it."""

    id: str
    public: bytes

    def key_id(self, origin: str) -> bytes:
        """The four bytes by which signatures of this key at this log are found."""
        return hashlib.sha256(origin.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID_BYTES]

    def text(self, origin: str) -> str:
        """The key in one line, as other verifiers of signed notes take it: name, key id and key, with a plus between them."""
        return f"{origin}+{self.key_id(origin).hex()}+{in_base64(ED25519 + self.public)}"


@dataclass(frozen=True)
class SigningKey:
    """A private key of Ed25519: its seed, 32 bytes."""

    id: str
    seed: bytes = field(repr=False)

    @property
    def verifying(self) -> VerifyingKey:
        """The public half."""
        return VerifyingKey(self.id, self._private.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private.sign(data)

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True)
class Checkpoint:
    """The log's root at a size, and when that was said; `text` is the whole note."""

    origin: str
    size: int
    root: bytes
    at: datetime
    text: str


@dataclass(frozen=True)
class _Signature:
    name: str
    key_id: bytes
    value: bytes


def origin_of(log_id: str) -> str:
    """The name of a log in its heads."""
    return ORIGIN + log_id


def write(origin: str, size: int, root: bytes, at: datetime, key: SigningKey) -> str:
    """The signed note."""
    text = f"{origin}\n{size}\n{in_base64(root)}\ntime {instants.written(at)}\n"
    mark = key.verifying.key_id(origin) + key.sign(text.encode())
    return f"{text}\n{SIGNATURE}{origin} {in_base64(mark)}\n"


def read(text: str) -> Checkpoint:
    """What a note says, without a look at its signatures. Raises BadCheckpoint."""
    return _checkpoint(text, _parts(text)[0])


def verify(text: str, keys: Collection[VerifyingKey]) -> Checkpoint:
    """What a note says that one of the keys signed; signatures of other keys do not count. Raises BadCheckpoint.

    A signature under the name and id of a key that is not that key's refuses the note, whatever else it is signed by.
    """
    said, signatures = _parts(text)
    checkpoint = _checkpoint(text, said)
    known = [(key, one) for one in signatures for key in keys if (one.name, one.key_id) == (checkpoint.origin, key.key_id(checkpoint.origin))]
    if not known:
        raise BadCheckpoint("The head is not signed by a known key. Name the key that signs the heads of this ledger.")
    if not all(_signed(key, one, said.encode()) for key, one in known):
        raise BadCheckpoint("A signature of the head does not hold: the head was changed. Take it from where it was kept.")
    return checkpoint


def _parts(text: str) -> tuple[str, list[_Signature]]:
    """The text that was signed, and the signatures."""
    if len(text) > LARGEST_NOTE or any(char < " " and char != "\n" for char in text) or not _is_utf8(text):
        raise _malformed("it is too long, or not plain text")
    said, parted, signed = text.rpartition("\n\n")
    lines = signed.split("\n")
    if not parted or not said or lines.pop() != "" or not 1 <= len(lines) <= MOST_SIGNATURES:
        raise _malformed("text, an empty line and signatures were expected")
    return said + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> _Signature:
    name, _, encoded = line.removeprefix(SIGNATURE).partition(" ")
    value = _decoded(encoded)
    if not line.startswith(SIGNATURE) or not name or "+" in name or any(char.isspace() for char in name) or len(value) <= KEY_ID_BYTES:
        raise _malformed("a signature line is not as it should be")
    return _Signature(name, value[:KEY_ID_BYTES], value[KEY_ID_BYTES:])


def _checkpoint(text: str, said: str) -> Checkpoint:
    lines = said.removesuffix("\n").split("\n")
    if len(lines) != TEXT_LINES or not all(lines):
        raise _malformed("four lines were expected: origin, size, root, time")
    name, size, encoded, time = lines
    root = _decoded(encoded)
    if not SIZE.fullmatch(size) or len(root) != HASH_BYTES or "+" in name or any(char.isspace() for char in name):
        raise _malformed("origin, size or root is not as it should be")
    return Checkpoint(name, int(size), root, _instant(time), text)


def _instant(line: str) -> datetime:
    matched = TIME.fullmatch(line)
    try:
        return datetime.fromisoformat(matched[1] if matched else "")
    except ValueError as error:
        raise _malformed("the fourth line is not `time` and an instant in UTC") from error


def _signed(key: VerifyingKey, signature: _Signature, said: bytes) -> bool:
    if len(signature.value) != SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature.value, said)
    except InvalidSignature:
        return False
    return True


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def in_base64(data: bytes) -> str:
    """As heads and proofs write bytes: base64."""
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    """The bytes of base64 in its one canonical writing; none for what is not that."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if in_base64(data) == text else b""


def _malformed(why: str) -> BadCheckpoint:
    return BadCheckpoint(f"This is no signed head: {why}. Take the file from the folder of heads.")
