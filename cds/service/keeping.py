"""Keeping the ledger over the years: backups and restores, forms of earlier versions, old months, keys, and patients who are to be forgotten."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cds.audit.carrying import migrating, moving, restoring
from cds.audit.carrying.restoring import Restored
from cds.audit.carrying.upgrading import Progress, Upgraded
from cds.audit.entries.stored import StoredRecord
from cds.audit.faults import LedgerDamaged
from cds.audit.keys import rotation
from cds.audit.ledger import Ledger
from cds.audit.place import Place
from cds.audit.rows import Search
from cds.audit.tree import headcommand, heads
from cds.foundation.errors import CdsError, NotFound
from cds.foundation.settings import Settings
from cds.service import desk as desks
from cds.service import erasures, ledgers
from cds.service import ledger as entries
from cds.service.desk import Desk, Wanted
from cds.values.record import AuditRecord

PATIENCE = 600.0
"""Seconds that a change of a large ledger may take before who waits for it gives up."""

THERE = "There is something of that name already. Name another; a backup is never overwritten."
NO_PATIENT = (
    "The ledger has no decision about this patient. Name the patient as it was sent (Patient/7, or system|value), with the client and the tenant "
    "that sent it; without --client it is a patient of callers who are not registered."
)
HEADS = f"*/*{heads.SUFFIX}"
FORMS_IN_THE_CLEAR = 2
"""Ledgers up to this form hold facts in the clear."""


@dataclass(frozen=True)
class Sealed:
    """What an erasure would reach: the pseudonyms, how many decisions are about them, and how many of these can still be opened."""

    subjects: tuple[str, ...]
    decisions: int
    open: int


def reached(desk: Desk, wanted: Wanted, decision_id: str = "") -> Sealed:
    """What erasing a patient, or the patient of one decision, would seal for good. NotFound where there is no such decision."""
    subjects = _of_decision(desk, decision_id) if decision_id else desk.subjects(wanted)
    found = [one for subject in subjects for one in desk.ledger.records(Search(kinds=("decision",), subject=subject))]
    if not found:
        raise desk.missing(NO_PATIENT)
    with desk.ledger.store.reading() as reading:
        left = {key.subject for key in reading.keys(subjects=subjects)}
    return Sealed(subjects, len(found), sum(1 for one in found if _may_be_open(one, left)))


def _may_be_open(stored: StoredRecord, left: Collection[str]) -> bool:
    """Of a row that is not what was written nobody can say which key it needs: any that is `left` of its patient may be the one."""
    try:
        return stored.sealed is not None and stored.wrapped is not None
    except LedgerDamaged:
        return stored.row.subject in left


def erase(desk: Desk, sealed: Sealed) -> int:
    """Destroys the keys, each with its record; how many decisions were sealed for good."""
    return sum(desk.ledger.erase(subject, desks.made("erasure")) for subject in sealed.subjects)


def _of_decision(desk: Desk, decision_id: str) -> tuple[str, ...]:
    entry = entries.entry(desk, decision_id).entry
    if not isinstance(entry, AuditRecord):
        raise NotFound(entries.NO_DECISION)
    return erasures.pseudonyms(desk.ledger, entry)


def backup(desk: Desk, target: Path) -> dict[str, Any]:
    """A copy of the ledger while it is in use, with the record of the backup in it; of how many entries the ledger was, and its root."""
    if target.exists() or target.is_symlink():
        raise CdsError(THERE, expression=str(target))
    state = desk.ledger.state()
    told = {"entries": state.size, "root": state.root.hex()}
    desk.record("backup", told)
    desk.ledger.backup(str(target.absolute()))
    return {"written": str(target), **told}


def restore(settings: Settings, source: Path, progress: Progress, *, accept_loss: bool, warn: Callable[[str], None] = desks.nobody) -> Restored:
    """Puts a backup where there is no ledger yet. Raises as `restoring.restore`."""
    place = ledgers.with_its_keys(settings)
    with _telling(place, warn):
        return restoring.restore(source.absolute(), place, desks.made("restore"), progress, accept_loss=accept_loss)


def check(settings: Settings, source: Path, progress: Progress) -> Restored:
    """Verifies a backup, against the heads too, and writes and signs nothing. Raises as `restoring.restore`."""
    return restoring.check(source.absolute(), ledgers.with_its_keys(settings), progress)


def upgrade(settings: Settings, progress: Progress, *, into: str = "", warn: Callable[[str], None] = desks.nobody) -> Upgraded | None:
    """Brings the ledger to the form of today, or moves it into a database; None where there was nothing to do.

    The database is to have the keys that the ledger has: none are made for it.
    """
    place = ledgers.place(settings)
    if not into:
        with _telling(place, warn):
            return migrating.bring_up(place, desks.made("upgrade"), progress)
    target = ledgers.place(settings.model_copy(update={"audit_url": into}))
    known = replace(target, make_keys=target.make_keys and target.keys == place.keys)
    with _telling(known, warn):
        return moving.move(place, known, desks.made("upgrade"), progress)


@contextmanager
def _telling(place: Place, warn: Callable[[str], None]) -> Iterator[None]:
    """Has the command for heads run for the newest of those that are new afterwards; `warn` is told where it did not end well."""
    before = set(place.heads.glob(HEADS))
    try:
        yield
    finally:
        if new := set(place.heads.glob(HEADS)) - before:
            _tell(place, max(new, key=lambda path: path.name), warn)


def _tell(place: Place, path: Path, warn: Callable[[str], None]) -> None:
    if trouble := headcommand.run(place.head_command, path):
        warn(trouble)


def in_the_clear(done: Upgraded) -> bool:
    """Whether the file that was kept holds facts that anybody can read."""
    return done.kept is not None and done.form <= FORMS_IN_THE_CLEAR


def retain(desk: Desk, before: str) -> int:
    """Drops the entries of all months before this one, and has the command for heads run for those of the months; how many entries there were."""
    place, log_id = desk.ledger.place, desk.ledger.log_id
    there = heads.by_size(place.heads, log_id)
    done = desk.ledger.retain(before, desks.made("retention"))
    for size in (segment.last for segment in done.segments if segment.last not in there):
        _tell(place, place.heads / log_id / heads.name(size), desk.warn)
    return done.rows


def rotate(desk: Desk) -> dict[str, Any]:
    """Wraps the keys of all subjects under the newest seal key; how many, and which older ones wrapped them."""
    older = [one for one in _needed(desk.ledger) if one != desk.ledger.ring.newest_seal]
    return {"keys": desk.ledger.rotate(desks.made("rotation")), "to": desk.ledger.ring.newest_seal, "from": older}


def _needed(ledger: Ledger) -> Sequence[str]:
    with ledger.store.reading() as reading:
        return list(rotation.needed(reading))
