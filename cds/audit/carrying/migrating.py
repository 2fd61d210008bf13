"""Brings a ledger of any earlier version to this one: another form row by row (`upgrading`), another revision of the tables by Alembic.

A file is migrated in a copy, which then takes its name, so that the ledger as it was stays beside it. A database migrates itself in one
transaction; who wants the ledger as it was takes a backup with the tools of PostgreSQL before.
"""

import contextlib
import sqlite3
from dataclasses import replace

from cds.audit import faults
from cds.audit.carrying import formerfile, upgrading
from cds.audit.carrying.upgrading import Progress, Upgraded
from cds.audit.faults import LedgerRefused
from cds.audit.keys import keyring
from cds.audit.place import POSTGRESQL, Place, with_its_keys
from cds.audit.stores import migrations, sqlitefile, store, tables
from cds.audit.writing import appending
from cds.values.record import ActionRecord

REVISION = "SELECT max(version_num) FROM alembic_version"


def bring_up(place: Place, action: ActionRecord, progress: Progress) -> Upgraded | None:
    """What was upgraded; None where there was nothing to do. `action` is completed with what was done.

    Raises LedgerRefused where there is no ledger, it is in use, or a later version wrote it; LedgerDamaged where it does not hold.
    """
    if place.url.startswith(POSTGRESQL):
        return _database(place, action, progress)
    path = store.path_of(place.url)
    if not path.exists():
        raise LedgerRefused("There is no ledger here. Name the one that the service writes.")
    with faults.named(path):
        form = formerfile.form_of(path)
    return upgrading.upgrade(place, action, progress) if form in sqlitefile.FORMER else _file(place, action, progress)


def _database(place: Place, action: ActionRecord, progress: Progress) -> Upgraded | None:
    keyring.open_ring(with_its_keys(place))
    return _recorded(place, action, progress, "") if store.migrate(place) else None


def _file(place: Place, action: ActionRecord, progress: Progress) -> Upgraded | None:
    path = store.path_of(place.url)
    with faults.named(path), contextlib.closing(formerfile.connect(path, "ro")) as connection:
        revision = _revision(connection)
    if revision == migrations.HEAD:
        return None
    if revision not in migrations.REVISIONS:
        migrations.require_current(revision)
    kept = path.with_name(f"{path.name}.revision-{revision}")
    with formerfile.held(path) as held, faults.translated(), upgrading.aside(place) as beside:
        formerfile.free(path, kept)
        formerfile.copy(held, store.path_of(beside.url))
        store.migrate(beside)
        done = _recorded(beside, action, progress, revision)
        formerfile.settled(store.path_of(beside.url))
        upgrading.heads_into(place, beside.heads)
        formerfile.exchange(path, store.path_of(beside.url), kept, lambda step: progress(step, done.count, done.count))
    return replace(done, kept=kept)


def _recorded(place: Place, action: ActionRecord, progress: Progress, revision: str) -> Upgraded:
    """Verifies the ledger in its new tables, and says in it that it was upgraded."""
    ring = keyring.open_ring(with_its_keys(place))
    with contextlib.closing(store.open_store(place, create=False)) as opened:
        with opened.reading() as reading:
            upgrading.require_whole(reading, ring, progress)
            count = reading.state().size
        detail = {"form": tables.FORM, "entries": count} | ({"revision": revision} if revision else {})
        with opened.writing() as writing:
            appending.append(writing, ring, [replace(action, detail=detail)])
        upgrading.sign(opened, ring, place, action.at)
    return Upgraded(tables.FORM, count, "", None)


def _revision(connection: sqlite3.Connection) -> str:
    """The revision of the tables; empty where they have none."""
    if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]:
        return ""
    return str(connection.execute(REVISION).fetchone()[0] or "")
