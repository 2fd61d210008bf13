"""The hash chain: what a row's hash covers, and the first place where a chain does not hold.

The hash of a row is SHA-256 over these bytes, and nothing else:

    back-pain-cds ledger 1 LF            the domain: no hash of another use or form can stand in for this one
    seq LF                               the row's number in decimal digits, from 1
    previous hash LF                     64 lower-case hex digits; 64 zeros in row 1
    body                                 the canonical JSON of the record

so that `{ printf 'back-pain-cds ledger 1\\n%d\\n%s\\n' SEQ PREVIOUS; cat BODY; } | sha256sum` recomputes it.

A chain shows every row that was changed, taken out, put in or moved before the last one. It cannot show that its tail
was cut off or that all of it was written anew: for that a hash of its head has to be kept somewhere else.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cds.audit import bodies
from cds.audit.bodies import Entry, Kind
from cds.audit.faults import LedgerDamaged
from cds.values.record import AuditRecord

DOMAIN = b"back-pain-cds ledger 1\n"
GENESIS = "0" * 64

FaultKind = Literal["row missing or out of sequence", "chain broken", "content changed", "columns disagree with body", "file damaged"]


@dataclass(frozen=True)
class Fault:
    """What does not hold, and at which row; `seq` is None where the file as a whole is damaged."""

    seq: int | None
    kind: FaultKind
    text: str


@dataclass(frozen=True)
class Verification:
    """How many rows hold from the first one on, the hash of the last of them, and the first fault, if any."""

    count: int
    head: str
    fault: Fault | None


@dataclass(frozen=True)
class StoredRecord:
    """One row as it lies in the store; its columns are what the row says, unchecked until `entry` is read.

    `decision_id` is the id of what the row holds and `decided_at` its instant, also where that is no decision.
    """

    seq: int
    decision_id: str
    decided_at: str
    channel: str
    previous: str
    hash: str
    body: bytes

    @property
    def kind(self) -> Kind:
        """What the row says that it holds."""
        return bodies.kind_of(self.channel)

    @property
    def entry(self) -> Entry:
        """What a row holds that fits its own hash and columns; else raises LedgerDamaged."""
        if fault := _hash_fault(self):
            raise _damaged(fault)
        entry = bodies.loads(self.body)
        if bodies.row_columns(entry) != (self.decision_id, self.decided_at, self.channel):
            raise _damaged(_columns_fault(self))
        return entry

    @property
    def record(self) -> AuditRecord:
        """The decision of a row that holds one, and is what was written; else raises LedgerDamaged."""
        entry = self.entry
        if not isinstance(entry, AuditRecord):
            raise LedgerDamaged(f"Row {self.seq} holds no decision. `cds audit list` says what it holds.")
        return entry


def hash_of(seq: int, previous: str, body: bytes) -> str:
    """The hash of a row, as this module's docstring defines it, in lower-case hex."""
    return hashlib.sha256(DOMAIN + f"{seq}\n{previous}\n".encode() + body).hexdigest()


def verify(rows: Iterable[StoredRecord]) -> Verification:
    """Walks the rows in the order of `seq` and stops at the first that does not hold."""
    count, head = 0, GENESIS
    for row in rows:
        fault = _link_fault(row, count + 1, head) or content_fault(row)
        if fault:
            return Verification(count, head, fault)
        count, head = row.seq, row.hash
    return Verification(count, head, None)


def content_fault(row: StoredRecord) -> Fault | None:
    """What is wrong within one row: its body or hash was changed, or a column says something else than the body."""
    return _hash_fault(row) or (None if _columns_fit(row) else _columns_fault(row))


def _hash_fault(row: StoredRecord) -> Fault | None:
    if isinstance(row.body, bytes) and _rehashed(row) == row.hash:
        return None
    return Fault(row.seq, "content changed", f"Row {row.seq}: its body or its hash is not what was written.")


def _columns_fault(row: StoredRecord) -> Fault:
    return Fault(row.seq, "columns disagree with body", f"Row {row.seq}: its columns are not those of its body.")


def _damaged(fault: Fault) -> LedgerDamaged:
    return LedgerDamaged(f"{fault.text} Run `cds audit verify`, and keep a copy of the ledger for the auditor.")


def _link_fault(row: StoredRecord, expected: int, head: str) -> Fault | None:
    if row.seq != expected:
        text = f"Row {expected} is missing: row {row.seq} stands in its place."
        return Fault(expected, "row missing or out of sequence", text)
    if row.previous != head:
        return Fault(row.seq, "chain broken", f"Row {row.seq} does not follow from the row before it.")
    return None


def _rehashed(row: StoredRecord) -> str | None:
    try:
        return hash_of(row.seq, row.previous, row.body)
    except UnicodeEncodeError:
        return None


def _columns_fit(row: StoredRecord) -> bool:
    try:
        return bodies.columns(row.body) == (row.decision_id, row.decided_at, row.channel)
    except LedgerDamaged:
        return False
