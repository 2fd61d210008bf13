"""A ledger moves from a file into a database: the way from one host to several. Every record stays as provable as it was.

The file is held meanwhile, and gets another name at the end, so that nobody writes on into it. A ledger of an earlier form is upgraded on the way.
"""

import contextlib
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

from cds.audit import faults, files
from cds.audit.carrying import formerfile, restoring, upgrading
from cds.audit.carrying.upgrading import Progress, Upgraded
from cds.audit.faults import LedgerRefused
from cds.audit.keys import keyring
from cds.audit.place import POSTGRESQL, Place, with_its_keys
from cds.audit.stores import sqlitefile, store, tables
from cds.audit.writing import appending, spool
from cds.values.record import ActionRecord


def move(place: Place, target: Place, action: ActionRecord, progress: Progress) -> Upgraded:
    """Moves the ledger of a file into an empty database; `action` is completed with what was done. Until the end nothing is changed in the file.

    Raises LedgerRefused where the ledger is in use, records wait in its spool, or the database is not empty; LedgerDamaged where it does not hold.
    """
    path = store.path_of(place.url)
    if not target.url.startswith(POSTGRESQL) or not path.exists():
        raise LedgerRefused("A ledger is moved from a file that is there into a database of PostgreSQL. Name one: postgresql://user@host/database.")
    _require_drained(place.spool)
    restoring.require_empty(target)
    with formerfile.held(path) as held, faults.translated(), upgrading.aside(replace(place, keys=target.keys)) as beside:
        form = formerfile.form(held)
        kept = path.with_name(f"{path.name}.form-{form}")
        formerfile.free(path, kept)
        done = _brought(held, form, beside, place, action, progress)
        progress("writing into the database", 0, done.count)
        restoring.deliver(beside, target)
        upgrading.heads_into(target, beside.heads)
        path.rename(kept)
        files.sync(path.parent)
    return replace(done, kept=kept)


def _brought(held: sqlite3.Connection, form: int, beside: Place, place: Place, action: ActionRecord, progress: Progress) -> Upgraded:
    """The ledger in the form of today, aside, with the move in it and a signed head."""
    if form in sqlitefile.FORMER:
        return upgrading.carry(held, form, beside, action, progress)
    if form != tables.FORM:
        raise LedgerRefused("The ledger is of a form that this version of the software does not know. Use the version that wrote it.")
    formerfile.copy(held, store.path_of(beside.url))
    ring = keyring.open_ring(with_its_keys(beside))
    with contextlib.closing(store.open_store(beside, create=False)) as fresh:
        with fresh.reading() as reading:
            upgrading.require_whole(reading, ring, progress)
            log_id, count = reading.log_id(), reading.state().size
        if (place.heads / log_id).is_dir():
            shutil.copytree(place.heads / log_id, beside.heads / log_id)
        with fresh.writing() as writing:
            appending.append(writing, ring, [replace(action, detail={"form": form, "entries": count})])
        upgrading.sign(fresh, ring, beside, action.at)
    return Upgraded(form, count, "", None)


def _require_drained(folder: Path) -> None:
    if any(folder.glob(f"*/*{spool.SUFFIX}")):
        raise LedgerRefused("Records wait in the ledger's spool. Start the service once, so that they are taken into the ledger, then stop it.")
