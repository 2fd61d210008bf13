"""One row as it is read: what it says, checked against its leaf before anybody relies on it, and opened where the keys allow it."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cds.audit.entries import bodies, sealing
from cds.audit.entries.bodies import Columns
from cds.audit.faults import LedgerDamaged
from cds.audit.keys.keyring import KeyRing
from cds.audit.rows import Reading, Row, WrappedKey
from cds.audit.tree import merkle
from cds.values.record import AuditRecord, Entry, Kind

CONTENT = "content changed"
KEY = re.compile(rb'"key":"([^"]+)"')


@dataclass(frozen=True)
class StoredRecord:
    """A row, its leaf, and the key that it was sealed under, where it was there when the row was read.

    Its columns are what the row says, unchecked until it is opened.
    `ring` gives the keys of the ledger when they are needed: who reads only what is in the clear needs none.
    """

    row: Row
    leaf: bytes
    keys: Mapping[str, WrappedKey] = field(repr=False)
    ring: Callable[[], KeyRing] = field(repr=False)

    @property
    def seq(self) -> int:
        """Its number, from 1."""
        return self.row.seq

    @property
    def entry_id(self) -> str:
        """The id of what the row holds."""
        return self.row.entry_id

    @property
    def at(self) -> str:
        """The instant of what the row holds (RFC 3339 UTC)."""
        return self.row.at

    @property
    def channel(self) -> str:
        """By which way a decision came in; of other entries their kind, and what of it."""
        return self.row.channel

    @property
    def body(self) -> bytes:
        """What is in the clear, to the byte."""
        return self.row.body

    @property
    def sealed(self) -> bytes | None:
        """The ciphertext; None where there is none."""
        return self.row.sealed

    @property
    def kind(self) -> Kind:
        """What the row says that it holds."""
        return bodies.kind_of(self.row.channel)

    @property
    def public(self) -> Entry:
        """The entry without what is sealed. Raises LedgerDamaged for a row that is not what was written."""
        return bodies.entry(self._members())

    @property
    def entry(self) -> Entry:
        """The entry, opened; a decision has no private part only where it was erased.

        Raises LedgerDamaged for a row that is not what was written, and KeyMissing where a key is not in the file of keys.
        """
        members = self._members()
        entry, wrapped = bodies.entry(members), self._wrapped(members)
        return sealing.opened(entry, self.row.sealed, wrapped, self.ring()) if wrapped else entry

    @property
    def record(self) -> AuditRecord:
        """The decision of a row that holds one, opened. Raises LedgerDamaged too where it holds none."""
        entry = self.entry
        if not isinstance(entry, AuditRecord):
            raise LedgerDamaged(f"Row {self.seq} holds no decision. `cds audit list` says what it holds.")
        return entry

    @property
    def wrapped(self) -> WrappedKey | None:
        """The key that this row was sealed under; None where it was destroyed, or nothing is sealed. Raises LedgerDamaged as `public`."""
        return self._wrapped(self._members())

    def _wrapped(self, members: Mapping[str, Any]) -> WrappedKey | None:
        return self.keys.get(members.get("facts", {}).get("key", "")) if self.keys else None

    def _members(self) -> Mapping[str, Any]:
        members, wrong = looked_at(self.row, self.leaf)
        if wrong:
            raise LedgerDamaged(f"{wrong[1]} Run `cds audit verify`, and keep a copy of the ledger for the auditor.")
        return members


def looked_at(row: Row, leaf: bytes) -> tuple[Mapping[str, Any], tuple[str, str] | None]:
    """The members of a row's body, and what is wrong within the row, its kind and in words; no members where the body cannot be relied on.

    Wrong is a body that is not that of its leaf, or a column that says something else than the body.
    """
    if not isinstance(row.body, bytes) or merkle.leaf(row.body) != leaf:
        return {}, (CONTENT, f"Row {row.seq}: its body or its leaf is not what was written.")
    try:
        members = bodies.members(row.body)
    except LedgerDamaged:
        return {}, (CONTENT, f"Row {row.seq}: its body is not a JSON object.")
    if _comparable(bodies.row_columns(members)) != _comparable(row):
        return members, ("columns disagree with body", f"Row {row.seq}: its columns are not those of its body.")
    return members, None


def records(reading: Reading, rows: Sequence[Row], ring: Callable[[], KeyRing]) -> Iterator[StoredRecord]:
    """The rows of one page with their leaves and keys: one question for each run of numbers, and one for all keys."""
    leaves = _leaves(reading, sorted({row.seq for row in rows}))
    named = {row.seq: _keys_named(row) for row in rows}
    asked = set().union(*named.values())
    keys = {(key.subject, key.key_id): key for key in reading.keys(key_ids=asked)} if asked else {}
    for row in rows:
        mine = {key_id: keys[row.subject, key_id] for key_id in named[row.seq] if (row.subject, key_id) in keys}
        yield StoredRecord(row, leaves.get(row.seq, b""), mine, ring)


def _keys_named(row: Row) -> set[str]:
    """What may be the id of the key that it was sealed under, before anybody has read the body: a subject may have thousands."""
    return {one.decode("utf-8", "replace") for one in KEY.findall(row.body)} if row.sealed is not None else set()


def _comparable(row: Row | Columns) -> tuple[object, ...]:
    """The columns; the order of cards is not kept."""
    return row.entry_id, row.at, row.channel, row.month, row.subject, row.client, row.tenant, row.release, frozenset(row.cards)


def _leaves(reading: Reading, numbers: Collection[int]) -> Mapping[int, bytes]:
    found: dict[int, bytes] = {}
    for first, last in _runs(numbers):
        found |= dict(enumerate(reading.leaves(first - 1, last), first))
    return found


def _runs(numbers: Collection[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of numbers without a gap."""
    first = last = 0
    for number in numbers:
        if first and number != last + 1:
            yield first, last
            first = 0
        first, last = first or number, number
    if first:
        yield first, last
