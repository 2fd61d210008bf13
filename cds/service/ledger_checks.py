"""The part of `cds serve --check` that looks at the ledger: its keys, the store and its newest record, the spool, and the folder of signed heads."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cds.audit import ledger, starting
from cds.audit.faults import KeysRefused, LedgerAbsent, LedgerDamaged
from cds.audit.keys import keyring
from cds.audit.ledger import Ledger
from cds.audit.place import SQLITE, Place, with_its_keys
from cds.audit.rows import Search
from cds.audit.stores import store
from cds.audit.tree import headcommand
from cds.audit.writing import spool
from cds.foundation.errors import LedgerUnavailable
from cds.foundation.settings import Settings
from cds.service import ledgers
from cds.service.findings import REMEDIES, Finding, failing

WAITING = "They are added when the service starts and the ledger works. Of a ledger that is not here any more keep the folder for the auditor."
Clock = Callable[[], datetime]


def look(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """All that is found of the ledger. Writes to it only what it held before, and leaves nothing where there is none."""
    place = ledgers.place(settings)
    keys = _keys(place)
    yield keys
    if keys.state == "failed":
        yield from (Finding(what, "not checked", "without its keys the ledger cannot be opened", advice=keys.remedy) for what in ("ledger", "spool"))
    else:
        yield from _store(place, clock)
    yield _heads(place)


def _keys(place: Place) -> Finding:
    if _may_be_made(place):
        return Finding("ledger keys", "ok", "none are there yet; they are made beside the ledger, as development allows")
    try:
        ring = keyring.open_ring(replace(place, make_keys=False))
    except LedgerUnavailable as error:
        return failing("ledger keys", error, state="warning" if with_its_keys(place).make_keys else "failed")
    return Finding("ledger keys", "ok", f"{len(ring.seals)} to seal, {len(ring.names)} for pseudonyms, {len(ring.signers)} to sign")


def _may_be_made(place: Place) -> bool:
    """What is wrong with the ledger itself is told of the ledger."""
    try:
        return place.make_keys and not place.keys.exists() and not starting.is_written(place)
    except (LedgerUnavailable, LedgerDamaged):
        return True


def _store(place: Place, clock: Clock) -> Iterator[Finding]:
    try:
        if _is_there(place):
            with closing(ledger.open_ledger(place, clock, create=False)) as opened:
                opened.require_own()
                opened.store.ready()
                yield _newest(opened)
                yield _spool(place)
        else:
            _write_aside(place, clock)
            yield Finding("ledger", "ok", "none is there yet; its folder takes one that is synced at each record")
            yield _spool(place)
    except LedgerAbsent:
        yield Finding("ledger", "ok", "none is in the database yet; its tables are made when the service starts")
        yield _spool(place)
    except KeysRefused as error:
        yield replace(failing("ledger", error), advice=REMEDIES["ledger keys"])
        yield _spool(place)
    except (LedgerUnavailable, LedgerDamaged) as error:
        yield failing("ledger", error)
        yield _spool(place)


def _newest(opened: Ledger) -> Finding:
    """Whether the newest record is what was written and what its leaf in the tree is of; all of them are for `cds audit verify`."""
    newest = next(iter(opened.records(Search(newest_first=True, limit=1))), None)
    if newest is None:
        return Finding("ledger", "ok", "synced at each record, and still empty")
    try:
        _ = newest.entry
    except LedgerDamaged as error:
        return failing("ledger", error)
    return Finding("ledger", "ok", "synced at each record, and its newest record holds")


def _spool(place: Place) -> Finding:
    """Whether it would take records, and how many wait in it: they stay there, for the service."""
    if not _takes_files(place.spool):
        return Finding("spool", "failed", "its folder cannot be written to")
    if shutil.disk_usage(_nearest(place.spool)).free < ledger.LEAST_FREE_BYTES:
        return Finding("spool", "failed", f"its disk has fewer than {ledger.LEAST_FREE_BYTES} bytes left", advice="Free space on the disk.")
    try:
        waiting = sum(spool.waiting(folder) for folder in place.spool.glob("*") if folder.is_dir())
    except LedgerUnavailable as error:
        return failing("spool", error)
    if waiting:
        return Finding("spool", "warning", f"{waiting} records wait for the ledger", advice=WAITING)
    return Finding("spool", "ok", "empty, and its folder can be written to")


def _heads(place: Place) -> Finding:
    command = place.head_command
    if not _takes_files(place.heads):
        return Finding("heads", "failed", "the folder of signed heads cannot be written to")
    if command and shutil.which(command[0], path=headcommand.ENVIRONMENT["PATH"]) is None:
        return Finding("heads", "failed", "the program that is to be run after each head is not there")
    told = "a program is run after each" if command else "no program is run after each, so that they are copied elsewhere by you or not at all"
    return Finding("heads", "ok", f"one after {place.head_records} records or {place.head_minutes} minutes; {told}")


def _takes_files(folder: Path) -> bool:
    """Whether files can be made in it, or in the nearest folder above that is there."""
    nearest = _nearest(folder)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def _nearest(folder: Path) -> Path:
    """The folder, or that above it which is there."""
    return next((one for one in (folder, *folder.parents) if one.exists()), folder)


def _is_there(place: Place) -> bool:
    return not place.url.startswith(SQLITE) or store.path_of(place.url).exists()


def _write_aside(place: Place, clock: Clock) -> None:
    """Makes a ledger in the folder, writes to it and takes it away; raises LedgerUnavailable."""
    folder = next(one for one in store.path_of(place.url).parents if one.exists())
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".check-") as made:
            aside = Path(made)
            keys = aside / "keys" / place.keys.name if place.make_keys else place.keys
            tried = replace(place, url=f"{SQLITE}{aside / 'x'}", spool=aside / "spool", heads=aside / "heads", keys=keys, head_command=())
            with closing(ledger.open_ledger(tried, clock)) as opened:
                opened.ready()
    except OSError as error:
        raise LedgerUnavailable("The folder of the ledger cannot be written to.") from error
