"""Whether a service may go on with a ledger: it is the one whose heads lie in its folder, and the keys are those that it was written with.

Asked once, when the ledger is opened, of its newest head and its newest rows alone; the whole is for `cds audit verify`. A service that went on
with another ledger would sign what was never checked, and one with other keys would give the same patient a second name.
"""

import contextlib
from pathlib import Path

from cds.audit import faults
from cds.audit.entries import stored
from cds.audit.entries.stored import StoredRecord
from cds.audit.faults import KeysRefused, LedgerAbsent, LedgerRefused
from cds.audit.keys import keyring
from cds.audit.keys.keyring import KeyRing
from cds.audit.place import Place, with_its_keys
from cds.audit.rows import Reading, Search
from cds.audit.stores import store
from cds.audit.tree import checkpoints, heads
from cds.audit.tree.checkpoints import BadCheckpoint
from cds.audit.tree.heads import Newest
from cds.foundation.errors import CdsError
from cds.values.record import AuditRecord

LATEST = 50
"""The newest rows, among which a decision is looked for that tells by which key patients were named."""
GO_ON = "Put the right ledger back, or restore its last backup; keep a copy of this one for the auditor."


def ring(place: Place) -> KeyRing:
    """The keys to write a ledger with, made where the place allows it and there are none; but none for a ledger that was written with others.

    Raises KeysRefused, with the file's name.
    """
    return keyring.open_ring(with_its_keys(place) if place.make_keys and is_written(place) else place)


def is_written(place: Place) -> bool:
    """Whether there is a ledger with entries. Raises LedgerUnavailable where nobody can tell."""
    try:
        with contextlib.closing(store.open_store(place, create=False)) as found, found.reading() as reading:
            return reading.state().size > 0
    except LedgerAbsent:
        return False


def require(reading: Reading, ring: KeyRing, place: Place) -> None:
    """Raises LedgerRefused for a ledger that does not go on from its heads, KeysRefused, with the file's name, for keys that are not its own."""
    barred = foreign(reading, place.heads)
    if barred:
        raise LedgerRefused(f"{place.heads}: {barred}")
    _require_head(reading, ring, place)
    _require_seals(reading, ring, place.keys)
    _require_names(reading, ring, place.keys)


def foreign(reading: Reading, folder: Path) -> str:
    """Why nothing may be signed of a ledger that has entries and no head, where its folder has heads of others; empty where it may."""
    log_id = reading.log_id()
    with faults.translated():
        known = reading.state().size == 0 or Newest(folder / log_id).name()
    found = None if known else next(heads.others(folder, log_id), None)
    if not found:
        return ""
    return f"{found.text} {GO_ON} If this is the right one, and was never under a head, move the folders of the others away."


def _require_head(reading: Reading, ring: KeyRing, place: Place) -> None:
    log_id = reading.log_id()
    folder = place.heads / log_id
    try:
        with faults.translated():
            text = Newest(folder).text()
    except BadCheckpoint as error:
        raise LedgerRefused(f"{folder}: {error.text}") from error
    if not text:
        return
    found = next(heads.compare(reading, reading.state().size, [text], ring.verifiers, checkpoints.origin_of(log_id)), None)
    if found and found.kind == heads.NOT_SIGNED:
        told = f"the newest head was signed by no key of this file, or is not what was signed ({folder})"
        raise KeysRefused(f"{place.keys}: {told}. Put the signing key of the ledger back into the file, if need be as a retired one, or the head.")
    if found:
        raise LedgerRefused(f"{found.text} {GO_ON} Its heads are in {folder}, and `cds audit verify` tells more.")


def _require_seals(reading: Reading, ring: KeyRing, path: Path) -> None:
    lacking = sorted(set(reading.seals()) - set(ring.seals))
    if lacking:
        told = f"the seal key {', '.join(lacking)} is not in this file, and keys in the ledger are wrapped under it"
        raise KeysRefused(f"{path}: {told}. Put it back into the file, before those that are there.")


def _require_names(reading: Reading, ring: KeyRing, path: Path) -> None:
    """The newest decision about a patient that opens tells whether patients are still called what they were."""
    rows = list(reading.rows(Search(newest_first=True, limit=LATEST)))
    known = (name for one in stored.records(reading, rows, lambda: ring) for name in _known(one, ring))
    if next(known, True):
        return
    told = "no pseudonym key of this file gives the name that the patient of the newest decision has in the ledger"
    raise KeysRefused(f"{path}: {told}. Put the pseudonym key of the ledger back into the file, before those that are there.")


def _known(one: StoredRecord, ring: KeyRing) -> list[bool]:
    """Whether the ring has the name that the row gives its patient; nothing of a row that does not open, or is about nobody."""
    if one.sealed is None:
        return []
    try:
        entry = one.entry
    except CdsError:
        return []
    if not isinstance(entry, AuditRecord) or entry.private is None or not entry.private.patient:
        return []
    return [entry.subject in ring.pseudonyms(entry.client, entry.tenant, entry.private.patient)]
