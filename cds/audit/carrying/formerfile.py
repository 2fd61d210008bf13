"""The SQLite file of a ledger while it is exchanged for another: read and held, and never written.

Held means that nobody else has it open, not even to read, and nobody can open it: SQLite's own lock (`locking_mode = EXCLUSIVE`), which a
service that runs, of any version, keeps us from taking. Closing any other handle of the file would drop the lock, so none is opened.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from cds.audit import faults, files
from cds.audit.entries import former
from cds.audit.entries.former import FormerRow
from cds.audit.faults import LedgerRefused
from cds.audit.stores import sqlitefile

SELECT = f"SELECT {', '.join(former.COLUMNS)} FROM ledger ORDER BY seq"
HELD = "The ledger is in use, so it cannot be exchanged. Stop the service on every host, end other programs that have the file open, then try again."


@contextlib.contextmanager
def held(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that keeps everybody else out until it is closed, with all that was written in the file itself and none in its log.

    Raises LedgerRefused where somebody has the file open, or it is no ledger.
    """
    with faults.named(path), contextlib.closing(connect(path, "rw")) as connection:
        _take(connection)
        with contextlib.suppress(FileNotFoundError):
            files.sync(files.wal(path))
        yield connection


def form_of(path: Path) -> int:
    """The form that the file says it has. Raises LedgerRefused for a file that is no ledger."""
    with contextlib.closing(connect(path, "ro")) as connection:
        try:
            return form(connection)
        except sqlite3.DatabaseError as error:
            if not sqlitefile.is_corruption(error):
                raise
            raise LedgerRefused("The file is not SQLite, so it is no audit ledger. Name another; this one was not touched.") from error


def form(connection: sqlite3.Connection) -> int:
    """The same of a file that is open."""
    if _pragma(connection, "application_id") != sqlitefile.APPLICATION_ID:
        raise LedgerRefused("The file is not an audit ledger. Name another; this one was not touched.")
    return _pragma(connection, "user_version")


def rows(connection: sqlite3.Connection) -> Iterator[FormerRow]:
    """The rows of a ledger of form 1 or 2, by number, unchecked."""
    return (FormerRow(*values) for values in connection.execute(SELECT))


def count(connection: sqlite3.Connection) -> int:
    """How many rows a ledger of form 1 or 2 has. Raises LedgerRefused where its table was altered."""
    columns = tuple(str(column[1]) for column in connection.execute("PRAGMA table_info(ledger)"))
    if columns != former.COLUMNS:
        raise LedgerRefused("The table of the ledger was altered. Restore the last backup, or ask the auditor.")
    return int(connection.execute("SELECT count(*) FROM ledger").fetchone()[0])


def copy(connection: sqlite3.Connection, target: Path) -> None:
    """A whole copy of the held file in a new one, for the owner's eyes only, synced."""
    target.touch(mode=0o600, exist_ok=False)
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copied:
        connection.backup(copied)
    files.sync(target)


def exchange(path: Path, fresh: Path, kept: Path, step: Callable[[str], None]) -> None:
    """Gives the fresh file the ledger's name, and the held one the name `kept`: killed at any moment, one of both is whole under that name.

    The fresh file is closed and has no log beside it.
    """
    step("the old ledger gets its other name")
    free(path, kept)
    if not kept.exists():
        kept.hardlink_to(path)
    kept.chmod(0o600)
    files.sync(path.parent)
    step("the new ledger gets its name")
    fresh.replace(path)
    files.sync(path.parent)


def free(path: Path, kept: Path) -> None:
    """Raises LedgerRefused where another file than the ledger itself has the name that it is to be kept under."""
    if kept.exists() and not kept.samefile(path):
        raise LedgerRefused(f"{kept.name} is there already, from an earlier upgrade. Move it to where you keep it, then try again.")


def place(path: Path, fresh: Path) -> None:
    """Gives the fresh file a name that nobody has. Raises LedgerRefused where somebody was faster."""
    try:
        path.hardlink_to(fresh)
    except FileExistsError as error:
        raise LedgerRefused("There is a ledger of that name already. Name another, or move that one away.") from error
    fresh.unlink()
    files.sync(path.parent)


def settled(path: Path) -> None:
    """Brings all that was written of a closed ledger into the file itself, so that it may be given another name; synced."""
    with contextlib.closing(connect(path, "rw")) as connection:
        _take(connection)
    files.sync(path)
    files.sync(path.parent)


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection to a file of any form, `ro` or `rw`, which waits for nobody."""
    return sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, timeout=0.0, isolation_level=None)


def _take(connection: sqlite3.Connection) -> None:
    """Takes the lock, which this connection then keeps also between its transactions."""
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        if not faults.kind(error).startswith("SQLITE_BUSY"):
            raise
        raise LedgerRefused(HELD) from error


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
