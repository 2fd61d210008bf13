"""Ledgers of earlier forms become one of today, row by row, with every record as provable as it was.

The new ledger is written aside, in the same folder, while the old one is held against everybody. When it was read back, and each record of it
opened to the bytes and the hash of its old row, the two exchange names. Killed at any moment before, the old ledger is whole under its name.
"""

import contextlib
import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cds.audit import faults, files, verification
from cds.audit.carrying import formerfile
from cds.audit.entries import former, sealing
from cds.audit.entries.former import FormerRow
from cds.audit.faults import LedgerDamaged, LedgerRefused
from cds.audit.keys import keyring
from cds.audit.keys.keyring import KeyRing
from cds.audit.place import SQLITE, Place
from cds.audit.rows import Reading, Row, Search, Store, TreeState
from cds.audit.stores import sqlitefile, store
from cds.audit.tree import heads, merkle
from cds.audit.verification import Asked
from cds.audit.writing import appending
from cds.values.record import ActionRecord, Entry

BATCH = 200
NAME = "audit.sqlite3"
NOT_WRITTEN = "The new ledger is not what was written; the old one was left as it was. Check the disk, then try again."

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many rows are done, and of how many."""


@dataclass(frozen=True)
class Upgraded:
    """From which form, how many rows, the last hash of their chain, and the name that the old file has now.

    The head is empty, and there may be no other file, where the ledger was of today's form already. A file of form 1 or 2 has its facts in the clear.
    """

    form: int
    count: int
    head: str
    kept: Path | None


def upgrade(place: Place, action: ActionRecord, progress: Progress) -> Upgraded | None:
    """Brings a ledger of form 1 or 2 to the form of today; None where there is nothing to do. `action` is completed with what was done.

    Raises LedgerRefused where the ledger is in use or there is none, and LedgerDamaged, which names the row, where its chain does not hold:
    then nothing is changed.
    """
    path = store.path_of(place.url)
    if not path.exists():
        raise LedgerRefused("There is no ledger here. Name the one that the service writes.")
    with faults.named(path):
        form = formerfile.form_of(path)
    if form not in sqlitefile.FORMER:
        return None
    with formerfile.held(path) as old, faults.translated():
        kept = path.with_name(f"{path.name}.form-{form}")
        formerfile.free(path, kept)
        with aside(place) as beside:
            done = carry(old, form, beside, action, progress)
            heads_into(place, beside.heads)
            formerfile.exchange(path, store.path_of(beside.url), kept, lambda step: progress(step, done.count, done.count))
    progress("upgraded", done.count, done.count)
    return replace(done, kept=kept)


@contextlib.contextmanager
def aside(place: Place) -> Iterator[Place]:
    """A place for a ledger on its way, in the folder of the ledger's file, or of its heads; what an earlier attempt left there is removed."""
    path = store.path_of(place.url) if place.url.startswith(SQLITE) else place.heads / NAME
    folder = path.with_name(f".{path.name}.aside")
    shutil.rmtree(folder, ignore_errors=True)
    files.make_folders(folder.parent)
    folder.mkdir(mode=0o700)
    try:
        yield replace(place, url=f"{SQLITE}{folder / path.name}", heads=folder / "heads", spool=folder / "spool", head_command=())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def carry(old: sqlite3.Connection, form: int, place: Place, action: ActionRecord, progress: Progress) -> Upgraded:
    """Writes all of a held ledger of form 1 or 2 into a new ledger, with a signed head, and reads it back."""
    count, ring = formerfile.count(old), keyring.open_ring(place)
    with contextlib.closing(store.open_store(place, create=True)) as fresh:
        head = former.GENESIS
        for done, rows in _batches(old):
            with fresh.writing() as writing:
                appending.append(writing, ring, [former.carried(row, form) for row in rows])
            head = rows[-1].hash
            progress("carrying over", done, count)
        told = replace(action, detail={"form": form, "head": head, "entries": count})
        with fresh.writing() as writing:
            appending.append(writing, ring, [told])
        sign(fresh, ring, place, told.at)
        _require_same(old, fresh, ring, lambda done: progress("checking", min(done, count), count))
        with fresh.reading() as reading:
            require_whole(reading, ring, progress, opened=False)
    formerfile.settled(store.path_of(place.url))
    return Upgraded(form, count, head, None)


def heads_into(place: Place, folder: Path) -> None:
    """Puts the heads of a ledger on its way, and its notes of erasures, where those of the ledger are looked for."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        mode = heads.ANYBODY if path.suffix == heads.SUFFIX else 0o600
        with contextlib.suppress(FileExistsError), files.made_aside(place.heads / path.relative_to(folder), mode=mode) as fresh:
            fresh.write_bytes(path.read_bytes())


def sign(fresh: Store, ring: KeyRing, place: Place, at: str) -> None:
    """Writes the head of a ledger on its way. Raises LedgerRefused where it cannot."""
    with fresh.reading() as reading:
        writer = heads.Heads(place.heads, reading.log_id(), ring.signer, 1, 0)
        written = writer.publish(reading.state(), datetime.fromisoformat(at), reading)
    if written is None:
        raise LedgerRefused(f"The first head of the new ledger was not written. {writer.trouble}")


def require_whole(reading: Reading, ring: KeyRing, progress: Progress, *, opened: bool = True) -> None:
    """Raises LedgerDamaged, with the first fault, for a ledger that does not hold; sealed parts are looked into where `opened`."""
    asked = Asked(keys=ring.verifiers, ring=ring if opened else None, progress=lambda done, total: progress("verifying", done, total))
    found = verification.verify(reading, asked).faults
    if found:
        raise LedgerDamaged(f"{found[0].text} It was not taken. Keep it for the auditor, and take another.")


def _batches(old: sqlite3.Connection) -> Iterator[tuple[int, Sequence[FormerRow]]]:
    checked = former.checked(formerfile.rows(old))
    done = 0
    while rows := list(itertools.islice(checked, BATCH)):
        done += len(rows)
        yield done, rows


def _require_same(old: sqlite3.Connection, fresh: Store, ring: KeyRing, told: Callable[[int], None]) -> None:
    """Reads the new ledger back: its tree is that of its rows, and each of them opens to the bytes of the old row of its number."""
    rows, tree, size = formerfile.rows(old), TreeState(), 0
    with fresh.reading() as reading:
        found = reading.rows(Search())
        while page := list(itertools.islice(found, BATCH)):
            keys = {key.subject: key for key in reading.keys(subjects={row.subject for row in page})}
            for row, was in zip(page, itertools.islice(rows, len(page)), strict=False):
                _require_row(row, was, sealing.open_record(row, keys.get(row.subject), ring))
            tree, _ = merkle.extend(tree, [merkle.leaf(row.body) for row in page])
            size += len(page)
            told(size)
        if tree != reading.state() or next(rows, None) is not None or list(reading.problems()):
            raise LedgerDamaged(NOT_WRITTEN)


def _require_row(row: Row, was: FormerRow, entry: Entry) -> None:
    known = None if isinstance(entry, ActionRecord) else entry.former
    marks = (known.seq, known.previous, known.hash) if known else ()
    if marks != (row.seq, was.previous, was.hash) or former.body_of(entry) != was.body:
        raise LedgerDamaged(f"{NOT_WRITTEN} The first row that differs is {was.seq}.")
