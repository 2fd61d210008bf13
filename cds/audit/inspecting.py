"""What verification looks at within a row, and between it and others: sealed parts, their keys, and the chain of carried rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.audit.entries import bodies, former, sealing, shapes, stored
from cds.audit.keys.keyring import KeyRing
from cds.audit.rows import Found, Reading, Row, Search, Segment, WrappedKey
from cds.audit.writing import appending
from cds.foundation import canonical
from cds.foundation.errors import CdsError
from cds.values.record import ActionRecord, AuditRecord

CHAIN = "former chain broken"
RETENTION = "action:retention"
KEY = "key damaged"


class Inspector:
    """Looks at rows in their order. With a ring it also looks whether the keys that are kept can be opened, and are there for what is sealed."""

    def __init__(self, reading: Reading, ring: KeyRing | None) -> None:
        self._reading, self._ring = reading, ring
        self._keys: set[str] = set()
        self._untried: dict[str, bytes] = {}
        self._bad_keys = 0
        self._lacking: dict[str, int] = {}
        self._used: dict[str, int] = {}
        self._erased: dict[str, int] = {}
        self._former: Mapping[str, Any] | None = None
        for key in reading.keys() if ring else ():
            self._keys.add(key.key_id)
            if ring and (opened := _opened(ring, key)):
                self._untried[key.key_id] = opened
            else:
                self._bad_keys += 1

    def row(self, row: Row, leaf: bytes) -> Iterator[Found]:
        """What does not hold of this row."""
        members, wrong = stored.looked_at(row, leaf)
        if wrong:
            yield Found(row.seq, *wrong)
        if not wrong or wrong[0] != stored.CONTENT:
            if not shapes.fits(members):
                yield Found(row.seq, "no record", f"Row {row.seq}: its body is not a record that the service writes.")
            if row.channel == appending.ERASURE and members.get("actor") != appending.SERVICE:
                self._erased[row.subject] = row.seq
            yield from self._sealed(row, members)
            yield from self._carried(row, members.get("former"))

    def end(self) -> Iterator[Found]:
        """What does not hold of the keys: every row was looked at before."""
        for _ in range(self._bad_keys):
            yield Found(None, KEY, "The key of a subject is not what was wrapped, or the key that wraps it is not in the file of keys.")
        for seq in self._lacking.values():
            yield Found(seq, "key missing", f"Row {seq} cannot be opened, and the ledger does not say that its subject was erased.")
        yield from self._brought_back()

    def _brought_back(self) -> Iterator[Found]:
        """What opens by a key that an erasure behind it destroyed."""
        for subject, erased in self._erased.items() if self._ring else ():
            first = min((self._used.get(key.key_id, erased) for key in self._reading.keys(subjects=[subject])), default=erased)
            if first < erased:
                yield Found(first, "key brought back", f"Row {first} can be opened, though its subject was erased by row {erased}.")

    def _sealed(self, row: Row, members: Mapping[str, Any]) -> Iterator[Found]:
        """The sealed part is the one that the body has the digest of, or both are not there; the first under each key opens by it."""
        facts = members.get("facts")
        told = facts if isinstance(facts, dict) else {}
        key = str(told.get("key"))
        if told.get("sealed") != (canonical.digest(row.sealed) if row.sealed is not None else None):
            yield Found(row.seq, "sealed part changed", f"Row {row.seq}: its sealed part is not what was written.")
        elif row.sealed is not None and not self._fits(row.sealed, members, self._untried.pop(key, None)):
            yield Found(row.seq, KEY, f"Row {row.seq} does not open by the key of its subject: another key was put in its place.")
        if key in self._keys:
            self._used.setdefault(key, row.seq)
        elif told and self._ring and row.subject not in self._lacking and not appending.was_erased(self._reading, row):
            self._lacking[row.subject] = row.seq

    def _fits(self, sealed: bytes, members: Mapping[str, Any], key: bytes | None) -> bool:
        """Whether the key opens the sealed part; one that was tried before, or is told already, is not asked."""
        try:
            return key is None or sealing.decrypted(members["decisionId"], members["subject"], sealed, key) != b""
        except (CdsError, KeyError, AttributeError, TypeError):
            return False

    def _carried(self, row: Row, told: Any) -> Iterator[Found]:
        """A row of an earlier form follows from the one before it, and holds what it held there."""
        if not isinstance(told, dict):
            return
        before, self._former = self._former, told
        if row.seq == 1:
            before = {"seq": 0, "hash": former.GENESIS}
        if before and (told.get("seq"), told.get("previous")) != (before["seq"] + 1, before["hash"]):
            yield Found(row.seq, CHAIN, f"Row {row.seq} does not follow from the row that stood before it in the earlier form.")
        if self._can_open(row) and not self._holds(row):
            yield Found(row.seq, CHAIN, f"Row {row.seq} is not what it was in the earlier form.")

    def _can_open(self, row: Row) -> bool:
        return row.sealed is None or self._ring is not None

    def _holds(self, row: Row) -> bool:
        """Whether its old hash comes out again; what was erased is not asked."""
        try:
            entry = bodies.loads(row.body)
            if isinstance(entry, AuditRecord) and self._ring and entry.sealed:
                wrapped = next(iter(self._reading.keys(key_ids=[entry.sealed.key])), None)
                return wrapped is None or former.holds(sealing.open_record(row, wrapped, self._ring))
            return former.holds(entry)
        except CdsError:
            return False


def _opened(ring: KeyRing, key: WrappedKey) -> bytes | None:
    try:
        return ring.unwrap(key)
    except CdsError:
        return None


def unrecorded(reading: Reading, segments: Sequence[Segment]) -> Iterator[Found]:
    """The newest segment, where no record of a retention names it: then somebody else dropped its rows.

    The records of older ones may be dropped themselves, by one that is recorded.
    """
    newest = segments[-1] if segments else None
    rows = reading.rows(Search(kinds=(RETENTION,), newest_first=True)) if newest else ()
    named = (one for row in rows for one in _dropped(row))
    if newest and {"month": newest.month, "first": newest.first, "last": newest.last} not in named:
        text = f"The rows {newest.first} to {newest.last} are gone, and the ledger does not say that they were dropped by retention."
        yield Found(newest.first, "segment not recorded", text)


def _dropped(row: Row) -> Sequence[Any]:
    try:
        entry = bodies.loads(row.body)
    except CdsError:
        return ()
    found = entry.detail.get("segments") if isinstance(entry, ActionRecord) else None
    return found if isinstance(found, list) else ()
