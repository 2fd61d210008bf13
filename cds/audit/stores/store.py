"""Which store an address names: a file of SQLite for one host, or a database of PostgreSQL for several."""

from pathlib import Path

from cds.audit import faults
from cds.audit.faults import LedgerRefused
from cds.audit.place import POSTGRESQL, SQLITE, Place
from cds.audit.rows import Store
from cds.audit.stores import sqlite

BUSY_SECONDS = 5.0
LEAST_FREE_BYTES = 16 * 1024 * 1024


def open_store(place: Place, *, create: bool, busy_seconds: float = BUSY_SECONDS, least_free: int = LEAST_FREE_BYTES) -> Store:
    """The store at `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user@host/database`, made where `create` says so.

    Raises LedgerRefused for another kind of address, for what is no ledger of this form, and for one that would not be durable.
    `busy_seconds` is how long a writer waits for its turn among threads, and then among processes; `ready` wants `least_free`
    bytes on the disk of a file.
    """
    if place.url.startswith(POSTGRESQL):
        from cds.audit.stores import postgresql  # noqa: PLC0415 - a service with a file needs no driver

        return postgresql.open_store(place.url, create=create, busy_seconds=busy_seconds)
    path = path_of(place.url)
    with faults.named(path):
        return sqlite.open_store(path, create=create, busy_seconds=busy_seconds, least_free=least_free)


def migrate(place: Place, *, busy_seconds: float = BUSY_SECONDS) -> bool:
    """Brings the tables of a ledger of this form to those of this version of the software; whether there was anything to do.

    Raises LedgerRefused where there is no ledger of this form.
    """
    if place.url.startswith(POSTGRESQL):
        from cds.audit.stores import postgresql  # noqa: PLC0415

        return postgresql.migrate(place.url, busy_seconds=busy_seconds)
    path = path_of(place.url)
    with faults.named(path):
        return sqlite.migrate(path, busy_seconds=busy_seconds)


def path_of(url: str) -> Path:
    """The absolute path in the address, whose text is never shown: it may hold a password."""
    name = url.removeprefix(SQLITE)
    if name == url or name in ("", ":memory:") or "?" in name or name.startswith("file:"):
        raise LedgerRefused(
            "The ledger's address is not one that this release takes: it must name a file on a local disk or a PostgreSQL database. "
            "Set CDS_AUDIT_URL to sqlite:///var/audit.sqlite3 (relative), sqlite:////var/lib/cds/audit.sqlite3 (absolute) "
            "or postgresql://user@host/database."
        )
    return Path(name).absolute()
