"""Proofs as documents: that an entry is in the log under a signed head, and that a head goes on from an older one.

A proof is checked here before it is handed out, so that a ledger that does not hold gives none. `bundle` packs all that an
auditor needs to check one decision on a machine that has never heard of us.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cds.audit.faults import LedgerDamaged
from cds.audit.rows import Reading
from cds.audit.tree import checkpoints, merkle
from cds.audit.tree.checkpoints import BadCheckpoint, Checkpoint, VerifyingKey
from cds.foundation.errors import NotFound

VERIFIER = Path(__file__).parents[1] / "verify.py"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The instant of every file in a bundle: the same bundle has the same bytes."""

FOR_ITS_OWNER = 0o600 << 16
RELEASE = "release/"

DECISIONS = "decisions/{}.yaml"
RULES = """
Where to read the rules that matched
------------------------------------
Each rule is the row of that id in the table of its decision:

"""

README = """What this is
============
One record of a decision of Back Pain CDS, with the proof that it is in the ledger.

Check it offline, with Python 3.9 or later and its package `cryptography`:

    python verify.py THIS.zip --key KEY

For anything that matters, take verify.py from a release of Back Pain CDS, or from its repository, and not from this file:
whoever made this file could put another program in it, one that finds nothing. The verify.py here is for a first look.
`cds audit key` prints the SHA-256 of the one that the service has.

KEY is the public key that signs the heads of the ledger. Ask for it by another way than the one by which this file came,
for whoever can change this file can also put another key in it. Without --key nothing is shown about who signed, and the
program ends with 2.

With `--heads FOLDER` the head is compared with copies of heads that you keep yourself. Where you keep none of its size, the
program says which proof of consistency to ask for; name that proof with `--between PROOF`.

What is in it
-------------
record.json      what is said of the decision in the clear, to the byte
sealed.bin       the facts and the cards as they are stored: sealed. Left out where there are none
opened.json      the same, opened. Only for readers who may; it is health data
release.json     the manifest of the release by which it was decided; it names the digest of every file of that release
release/         of these files those in which the rules are read: tables of decisions, facts, cards, texts, evidence, changes
proof.json       the position of the record in the ledger, and the hashes that lead from it to the head
head.checkpoint  the signed head (c2sp.org/tlog-checkpoint)
keys.json        the public keys as the sender names them: not to be trusted by themselves
verify.py        the program that checks all this, for a first look; it needs nothing else of Back Pain CDS
SHA256SUMS       the digest of every file here: finds accidents, not intent

What it shows
-------------
That this record stood in the ledger when the head was signed, and was not changed since. It does not show that what the
record says was true, nor that the signed time is right, nor that nothing was left out of the ledger before it was written.
"""

WITHOUT = """
The release is not here
-----------------------
Whoever made this file did not hold the release that decided any more: release.json and release/ are left out. The record names
its version and its digest, by which it is recognised wherever it is found.
"""


@dataclass(frozen=True)
class Proof:
    """That an entry is leaf `index` of the tree under a head. `body` is None for an entry of which only the leaf is left."""

    index: int
    leaf: bytes
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    body: bytes | None = None

    @property
    def size(self) -> int:
        """The number of leaves under the head."""
        return self.checkpoint.size

    @property
    def steps(self) -> list[str]:
        """The path, as documents have it."""
        return [checkpoints.in_base64(one) for one in self.path]

    def document(self, *, with_body: bool = True) -> dict[str, Any]:
        """The proof as `schemas/inclusion-proof.schema.json` has it."""
        body = {"body": self.body.decode()} if with_body and self.body is not None else {}
        proof = {"kind": "inclusion", "index": self.index, "leaf": checkpoints.in_base64(self.leaf), "path": self.steps}
        return proof | {"checkpoint": self.checkpoint.text} | body


@dataclass(frozen=True)
class Consistency:
    """That the log under the newer head begins with all of the log under the older one."""

    older: Checkpoint
    newer: Checkpoint
    path: tuple[bytes, ...]

    def document(self) -> dict[str, Any]:
        """The proof as `schemas/consistency-proof.schema.json` has it."""
        return {"kind": "consistency", "older": self.older.text, "newer": self.newer.text, "path": [checkpoints.in_base64(one) for one in self.path]}


@dataclass(frozen=True)
class Evidence:
    """What goes into the bundle of one entry: exact bytes, each None where there is none or the reader may not have it."""

    proof: Proof
    keys: Sequence[VerifyingKey]
    sealed: bytes | None = None
    opened: bytes | None = None
    release: bytes | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Those of the release in which its rules are read, by their path in it."""


def covering(texts: Iterable[str], seq: int, keys: Sequence[VerifyingKey], origin: str) -> Checkpoint:
    """The first head of this log that is signed well and covers entry `seq`; no text behind it is asked for. Raises NotFound where there is none."""
    for text in texts:
        try:
            head = checkpoints.verify(text, keys)
        except BadCheckpoint:
            continue
        if head.origin == origin and head.size >= seq:
            return head
    raise NotFound("No signed head covers this entry yet. Wait until the next one is written, and ask again.")


def held(reading: Reading, head: Checkpoint) -> Checkpoint:
    """The head, which is one of the ledger as it is. Raises LedgerDamaged where the ledger does not go on from it."""
    if head.origin != checkpoints.origin_of(reading.log_id()):
        raise LedgerDamaged(f"The head of {head.size} records is of another ledger. Take heads from this one's folder.")
    if head.size > reading.state().size or merkle.root_at(reading, head.size) != head.root:
        raise LedgerDamaged(f"The ledger does not go on from its signed head of {head.size} records. Run `cds audit verify`.")
    return head


def inclusion(source: merkle.Source, seq: int, body: bytes | None, head: Checkpoint) -> Proof:
    """The proof of entry `seq` under a head. Raises NotFound where the head does not cover it, LedgerDamaged where there is no proof."""
    path = tuple(merkle.inclusion(source, seq - 1, head.size))
    hashed = merkle.leaf(body) if body is not None else source.leaves(seq - 1, seq)[0]
    if not merkle.verify_inclusion(hashed, seq - 1, head.size, path, head.root):
        raise LedgerDamaged(f"Entry {seq} is not what the signed head of {head.size} records covers. Run `cds audit verify`.")
    return Proof(seq - 1, hashed, path, head, body)


def consistency(source: merkle.Source, older: Checkpoint, newer: Checkpoint) -> Consistency:
    """The proof between two heads of one log. Raises NotFound where they are the wrong way round, LedgerDamaged where there is no proof."""
    path = tuple(merkle.consistency(source, older.size, newer.size))
    fits = older.origin == newer.origin and merkle.verify_consistency(older.size, newer.size, older.root, newer.root, path)
    if not fits:
        raise LedgerDamaged(f"The head of {newer.size} records does not go on from that of {older.size}. Run `cds audit verify`.")
    return Consistency(older, newer, path)


def bundle(evidence: Evidence) -> bytes:
    """A zip that `verify.py` checks by itself; the same evidence gives the same bytes. Raises NotFound for an entry whose body was dropped."""
    if evidence.proof.body is None:
        raise NotFound("The record was dropped when its time was over; only its leaf is left. `cds audit prove` proves that.")
    checkpoint = evidence.proof.checkpoint
    parts = {
        "README.txt": (README + (_where(evidence) if evidence.release else WITHOUT)).encode(),
        "head.checkpoint": checkpoint.text.encode(),
        "keys.json": written({"keys": [{"id": key.id, "key": key.text(checkpoint.origin)} for key in evidence.keys]}),
        "opened.json": evidence.opened,
        "proof.json": written(evidence.proof.document(with_body=False)),
        "record.json": evidence.proof.body,
        "release.json": evidence.release,
        "sealed.bin": evidence.sealed,
        "verify.py": VERIFIER.read_bytes(),
        **{RELEASE + path: data for path, data in evidence.files.items()},
    }
    return _zipped({name: data for name, data in parts.items() if data is not None})


def _where(evidence: Evidence) -> str:
    """Where each rule that matched is read; nothing where the release is not in the bundle."""
    matched = json.loads(evidence.proof.body or b"{}").get("rules", {})
    told = [(RELEASE + DECISIONS.format(name), rules) for name, rules in matched.items() if DECISIONS.format(name) in evidence.files and rules]
    return RULES + "".join(f"{path}\n    {', '.join(rules)}\n" for path, rules in told) if told else ""


def written(document: Mapping[str, Any]) -> bytes:
    """A proof as a file, for people and programs."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def sums(parts: Mapping[str, bytes]) -> bytes:
    """The digests of files, as `sha256sum --check` takes them."""
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(parts.items())).encode()


def verifier() -> str:
    """The SHA-256 of `verify.py` in hex, for whoever compares the one that they have."""
    return hashlib.sha256(VERIFIER.read_bytes()).hexdigest()


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in [*sorted(parts.items()), ("SHA256SUMS", sums(parts))]:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = FOR_ITS_OWNER
            archive.writestr(entry, data)
    return packed.getvalue()
