"""The ledger's file: made whole or not at all, opened durable or not at all, and watched that it is still the same file.

Write-ahead logging with `synchronous=FULL`: a commit returns after its bytes were synced (https://sqlite.org/pragma.html#pragma_synchronous).
"""

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cds.audit import faults, forms
from cds.audit.chain import StoredRecord
from cds.audit.faults import LedgerRefused

APPLICATION_ID = 0x42504C47
"""Marks the file as ours (`BPLG`), for `file` and for us."""

FULL = 2

FileIds = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True)
class Writer:
    """A connection that may write, and which files it has open: those that had the ledger's names at the time."""

    connection: sqlite3.Connection
    path: Path
    process: int
    files: FileIds

    def of_this_process(self) -> bool:
        """Whether it was opened here: SQLite's connections must not be carried over a fork, not even to be closed."""
        return self.process == os.getpid()

    def in_place(self) -> bool:
        """Whether the ledger's names still lead to the open files: SQLite itself writes on into a file that was deleted."""
        return self.files == _file_ids(self.path)


def open_writer(path: Path, *, timeout: float) -> Writer:
    """Opens an existing ledger for writing, in the form of today; it is never made here, so that a deleted ledger is not begun anew in silence."""
    with contextlib.ExitStack() as undo:
        connection = _connect(path, "rw", timeout)
        undo.callback(connection.close)
        _require_ledger(connection)
        forms.upgrade(connection)
        _require_writable(connection)
        undo.pop_all()
    return Writer(connection, path, os.getpid(), _file_ids(path))


@contextlib.contextmanager
def reading(path: Path, *, timeout: float) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, closed at the end."""
    with contextlib.closing(_connect(path, "ro", timeout)) as connection:
        _require_ledger(connection)
        yield connection


def make(path: Path, *, timeout: float) -> None:
    """Makes an empty ledger at `path` unless one is there, for the owner's eyes only; several processes may try at once.

    It is made aside and then linked to its name, so that nobody ever sees a half-made one.
    """
    _make_folders(path.parent)
    if _size(_wal(path)) and not path.exists():
        raise LedgerRefused(f"The ledger is gone, but {_wal(path).name} has records of it. Put the ledger back, or move that file away.")
    if path.exists():
        return
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".ledger-") as aside:
        fresh = Path(aside) / path.name
        fresh.touch(mode=0o600)
        _fill(fresh, timeout)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
    _sync_folder(path.parent)


def bring_up(path: Path, *, timeout: float) -> None:
    """Brings a ledger of an older form to the form of today; a ledger of today is only looked at."""
    with reading(path, timeout=timeout) as connection:
        current = forms.is_current(connection)
    if not current:
        open_writer(path, timeout=timeout).connection.close()


def row(values: tuple[int, str, str, str, str, str, bytes]) -> StoredRecord:
    """One row in the order of `forms.COLUMNS`."""
    return StoredRecord(*values)


def require_durable(connection: sqlite3.Connection) -> None:
    """Raises LedgerRefused unless a commit on this connection is synced before it returns."""
    mode, level = _pragma(connection, "journal_mode"), _pragma(connection, "synchronous")
    if mode != "wal" or level != FULL:
        raise LedgerRefused(
            f"The audit ledger is not durable: journal_mode {mode} (expected wal), synchronous {level} (expected {FULL}). "
            "Keep it on a local disk, not on a network share, and use an SQLite built without weaker defaults."
        )


def is_whole(connection: sqlite3.Connection) -> bool:
    """Whether SQLite finds the file, its indexes and its constraints in order."""
    return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))


def is_corruption(error: sqlite3.DatabaseError) -> bool:
    """Whether the file could be read but is not what SQLite wrote."""
    return faults.kind(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def _connect(path: Path, mode: str, timeout: float) -> sqlite3.Connection:
    with contextlib.ExitStack() as undo:
        address = f"{path.as_uri()}?mode={mode}"
        connection = sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)
        undo.callback(connection.close)
        connection.text_factory = _text
        _set_durable(connection)
        undo.pop_all()
    return connection


def _set_durable(connection: sqlite3.Connection) -> None:
    """Both settings hold for one connection only; the first thing asked of a file also shows whether it is SQLite."""
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
    except sqlite3.DatabaseError as error:
        if not is_corruption(error):
            raise
        raise LedgerRefused("The file is not SQLite, so it is no audit ledger. Name another; this one was not touched.") from error


def _text(raw: bytes) -> str:
    """Text as stored; bytes that are not UTF-8 stay visible as a difference instead of ending the reading."""
    return raw.decode("utf-8", "surrogateescape")


def _require_ledger(connection: sqlite3.Connection) -> None:
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise LedgerRefused("The file is not an audit ledger. Name another; this one was not touched.")
    if not forms.is_known(connection):
        raise LedgerRefused(
            f"The file is an audit ledger of another form ({forms.number(connection)}, expected {forms.FORM}), or its table was altered. "
            "Open it with the version of the software that wrote it."
        )
    require_durable(connection)


def _require_writable(connection: sqlite3.Connection) -> None:
    """Raises where only reading is possible: SQLite opens such a file in silence, and even begins a transaction on it."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(forms.TOUCH)
    connection.execute("ROLLBACK")


def _fill(path: Path, timeout: float) -> None:
    with contextlib.closing(_connect(path, "rw", timeout)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        forms.create(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")


def _pragma(connection: sqlite3.Connection, name: str) -> int | str:
    value: int | str = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _file_ids(path: Path) -> FileIds:
    return (_file_id(path), _file_id(_wal(path)))


def _file_id(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_dev, status.st_ino)


def _make_folders(folder: Path) -> None:
    """Makes the folder and those above it, each name synced into its parent."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
