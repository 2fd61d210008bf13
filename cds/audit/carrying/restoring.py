"""A backup becomes a ledger again: checked wholly before it gets the ledger's name, without what was erased after it, and said so in itself.

The heads know how long the ledger was. A backup that is shorter lacks records that were signed; it is taken only by a person's word, and then
the heads of what is lost are put apart, since other records come in their place: whoever holds a copy of one of them will see that, and finds
in the ledger the record of the restore.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cds.audit import faults, files, tombstones
from cds.audit.carrying import formerfile, upgrading
from cds.audit.carrying.upgrading import Progress
from cds.audit.faults import LedgerDamaged, LedgerRefused
from cds.audit.keys import erasing, keyring
from cds.audit.keys.keyring import KeyRing
from cds.audit.place import SQLITE, Place
from cds.audit.rows import Reading, Store, Writing
from cds.audit.stores import copying, sqlitefile, store
from cds.audit.tree import checkpoints, heads, inuse, merkle
from cds.audit.writing import appending
from cds.values.record import ActionRecord

LOST = "lost"
PENDING = f"{LOST}-pending"
CUT = "tail cut off"
PATIENCE = 600.0
"""Seconds that one statement may take where a whole ledger is written into a database that nobody else uses."""


@dataclass(frozen=True)
class Restored:
    """How many records the backup had, how many more were signed and are lost, and how many subjects were erased again."""

    entries: int
    missing: int
    erased: int


def restore(backup: Path, place: Place, action: ActionRecord, progress: Progress, *, accept_loss: bool = False) -> Restored:
    """Puts a backup where there is no ledger yet; `action` is completed with what was done. No ledger is made where it raises.

    Raises LedgerRefused where the place is not empty, the file is no backup of this form, a service signs into the folder of heads, or the
    file lacks records that were signed and `accept_loss` does not say to go on; LedgerDamaged where the backup or the heads do not hold.
    """
    require_empty(place)
    with faults.translated(), upgrading.aside(place) as beside, contextlib.ExitStack() as holding:
        _copied(backup, beside)
        ring = keyring.open_ring(place)
        with contextlib.closing(store.open_store(beside, create=False)) as fresh:
            entries, missing, log_id = _checked(fresh, ring, place, progress, holding)
            if missing and not accept_loss:
                raise LedgerRefused(_lacking(entries, missing))
            with fresh.writing() as writing:
                root = merkle.root(writing.state()).hex()
                done = Restored(entries, missing, _erase_again(writing, ring, place, action))
                detail = {"entries": entries, "root": root, "missing": missing, "erased": done.erased}
                appending.append(writing, ring, [replace(action, detail=detail)])
            upgrading.sign(fresh, ring, beside, action.at)
        with _without_lost(place.heads / log_id, done.entries, action.action_id):
            progress("the ledger gets its place", done.entries, done.entries)
            deliver(beside, place)
        upgrading.heads_into(place, beside.heads)
    return done


def check(backup: Path, place: Place, progress: Progress) -> Restored:
    """What restoring the backup would come to; nothing is written where ledger, heads and keys are, and nothing is signed. Raises as `restore`."""
    known = replace(place, make_keys=False)
    with faults.translated(), tempfile.TemporaryDirectory(prefix="ledger-check-") as folder:
        beside = replace(known, url=f"{SQLITE}{Path(folder).absolute() / upgrading.NAME}")
        _copied(backup, beside)
        ring = keyring.open_ring(known)
        with contextlib.closing(store.open_store(beside, create=False)) as fresh, fresh.reading() as reading:
            upgrading.require_whole(reading, ring, progress)
            return Restored(reading.state().size, _missing(reading, ring, place), len(_erased_later(reading, place)))


def deliver(beside: Place, place: Place) -> None:
    """Gives a ledger on its way its place: the name of a file that nobody has, or an empty database, in one transaction."""
    if place.url.startswith(SQLITE):
        formerfile.settled(store.path_of(beside.url))
        formerfile.place(store.path_of(place.url), store.path_of(beside.url))
        return
    with (
        contextlib.closing(store.open_store(beside, create=False)) as fresh,
        contextlib.closing(store.open_store(place, create=True, busy_seconds=PATIENCE)) as target,
        fresh.reading() as reading,
        target.writing() as writing,
    ):
        copying.copy(reading, writing)


def require_empty(place: Place) -> None:
    """Raises LedgerRefused where there is a ledger with records already; a database may have its tables."""
    if place.url.startswith(SQLITE):
        path = store.path_of(place.url)
        if path.exists() or files.size(files.wal(path)):
            raise LedgerRefused(f"{path}: there is a ledger already, or the log of one. Move both away, or name another place.")
        return
    with contextlib.closing(store.open_store(place, create=True)) as target, target.reading() as reading:
        if reading.state().size:
            raise LedgerRefused("The database has records already. Name an empty one.")


def _copied(backup: Path, beside: Place) -> None:
    """Copies the file aside, where it may be written; one of an earlier form has to be upgraded in its place."""
    if not backup.is_file() or files.size(files.wal(backup)):
        raise LedgerRefused(f"{backup}: there is no backup of that name, or it is a ledger in use. Make backups with `cds audit backup`.")
    fresh = store.path_of(beside.url)
    fresh.touch(mode=0o600)
    shutil.copyfile(backup, fresh)
    with faults.named(backup):
        if formerfile.form_of(fresh) in sqlitefile.FORMER:
            raise LedgerRefused("The file is of an earlier form. Copy it to the place of the ledger, then run `cds audit upgrade`.")


def _checked(fresh: Store, ring: KeyRing, place: Place, progress: Progress, holding: contextlib.ExitStack) -> tuple[int, int, str]:
    """How many records the backup has, how many more were signed, and the id of its log; all of it holds, and nobody else has its heads in hand."""
    with fresh.reading() as reading:
        upgrading.require_whole(reading, ring, progress)
        folder = place.heads / reading.log_id()
        inuse.hold_alone(folder, holding)
        _bring_back(folder)
        return reading.state().size, _missing(reading, ring, place), reading.log_id()


def _erase_again(writing: Writing, ring: KeyRing, place: Place, action: ActionRecord) -> int:
    """The backup is the beginning of the log: an erasure that it does not have came after all that it has. It is recorded under its own id."""
    erased = _erased_later(writing, place)
    for subject, actions in erased.items():
        for one in actions:
            again = replace(action, action_id=one, action="erasure")
            appending.append(writing, ring, [erasing.erase(writing, subject, again, waiting=0)])
    return len(erased)


def _erased_later(reading: Reading, place: Place) -> dict[str, list[str]]:
    """By subject the erasures that a note beside the heads tells of, and the backup does not have."""
    noted = tombstones.read(place.heads, reading.log_id())
    found = {subject: sorted(one for one in actions if reading.row(one) is None) for subject, actions in noted.items()}
    return {subject: actions for subject, actions in found.items() if actions}


def _missing(reading: Reading, ring: KeyRing, place: Place) -> int:
    """How many records more than the backup has were signed. Raises LedgerDamaged where a head is of other records, or not signed."""
    log_id, size = reading.log_id(), reading.state().size
    texts = [*heads.read(place.heads, log_id), *heads.read(place.heads / log_id, PENDING)]
    for found in heads.compare(reading, size, texts, ring.verifiers, checkpoints.origin_of(log_id)):
        if found.kind != CUT:
            raise LedgerDamaged(f"{found.text} The backup was not restored.")
    return max([0, *(checkpoints.read(text).size - size for text in texts)])


def _lacking(entries: int, missing: int) -> str:
    return (
        f"The backup has {entries} records, and a head of {entries + missing} was signed: {missing} or more are lost with it. "
        "Take a newer backup; if there is none, say with --accept-loss that they are lost. The ledger will say so too."
    )


@contextlib.contextmanager
def _without_lost(folder: Path, size: int, action_id: str) -> Iterator[None]:
    """Puts the heads of lost records apart before the ledger gets its place: no head there is larger than it."""
    lost = [path for path in folder.glob(f"*{heads.SUFFIX}") if int(path.name.removesuffix(heads.SUFFIX)) > size]
    pending = folder / PENDING
    if lost:
        files.make_folders(pending)
        for path in lost:
            path.rename(pending / path.name)
        files.sync(pending)
        files.sync(folder)
    yield
    if lost:
        pending.rename(folder / f"{LOST}-{action_id}")
        files.sync(folder)


def _bring_back(folder: Path) -> None:
    """Heads that a restore put apart and was killed before the ledger had its place: they count."""
    for path in (folder / PENDING).glob(f"*{heads.SUFFIX}"):
        if not (folder / path.name).exists():
            path.rename(folder / path.name)
