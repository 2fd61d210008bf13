"""The file of SQLite that a ledger is: made, opened, looked at, copied, and cleaned of keys that were destroyed."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlalchemy.exc
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from cds.audit import faults, files
from cds.audit.faults import LedgerRefused
from cds.audit.stores import migrations, tables

APPLICATION_ID = 0x42504C47
"""Marks the file as ours (`BPLG`), for `file` and for us."""
FULL = 2
THERE_ALREADY = "There is a file of that name already. Name another; this one was not touched."
FORMER = (1, 2)
TOUCH = f"PRAGMA user_version = {tables.FORM}"
"""Writes the file's first page as it is: SQLite begins and ends a transaction without a write even where it could not write."""
CREATE = tuple(tables.statements(SQLiteDialect_pysqlite()))
LAYOUT = "SELECT found.name, piece.name FROM sqlite_master AS found JOIN pragma_table_info(found.name) AS piece WHERE found.type = 'table'"
TRIGGERS = "SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')"
PROBLEMS = 100
"""As many as SQLite is asked to list."""


def connect(path: Path, mode: str, *, timeout: float) -> sqlite3.Connection:
    """A connection to a ledger of this form, `ro` or `rw`; the file is never made here, so that a deleted one is not begun anew in silence."""
    with contextlib.ExitStack() as undo:
        connection = undo.enter_context(contextlib.closing(_connect(path, mode, timeout)))
        _require_form(connection)
        _require_as_made(connection)
        if mode == "rw":
            _require_writable(connection)
        undo.pop_all()
    return connection


def connect_to_any_revision(path: Path, *, timeout: float) -> sqlite3.Connection:
    """A connection to a ledger of this form that an earlier version of the software may have made, to bring it up."""
    with contextlib.ExitStack() as undo:
        connection = undo.enter_context(contextlib.closing(_connect(path, "rw", timeout)))
        _require_form(connection)
        undo.pop_all()
    return connection


def make(path: Path, *, timeout: float) -> None:
    """Makes an empty ledger at `path` unless one is there; several processes may try at once."""
    files.make_folders(path.parent)
    if files.size(files.wal(path)) and not path.exists():
        raise LedgerRefused(f"The ledger is gone, but {files.wal(path).name} has records of it. Put the ledger back, or move that file away.")
    if path.exists():
        return
    with contextlib.suppress(FileExistsError), files.made_aside(path) as fresh:
        fill(fresh, timeout=timeout)


def fill(path: Path, *, timeout: float) -> None:
    """Turns an empty file into an empty ledger."""
    with contextlib.closing(_connect(path, "rw", timeout)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in CREATE:
            connection.execute(statement)
        connection.execute("INSERT INTO tree (one, log_id, size, peaks) VALUES (1, ?, 0, x'')", (tables.new_log_id(),))
        connection.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (migrations.HEAD,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(TOUCH)
        connection.execute("COMMIT")


def backup(path: Path, target: Path, *, timeout: float) -> None:
    """A copy of one moment in a new file, synced, while others write. Raises LedgerRefused where the target is there already."""
    with (
        contextlib.closing(connect(path, "ro", timeout=timeout)) as source,
        new_file(target) as fresh,
        contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as copy,
    ):
        source.backup(copy)


@contextlib.contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A file made aside for a backup. Raises LedgerRefused where the target is there already."""
    if target.exists():
        raise LedgerRefused(THERE_ALREADY)
    try:
        with files.made_aside(target.absolute()) as fresh:
            yield fresh
    except FileExistsError as error:
        raise LedgerRefused(THERE_ALREADY) from error


def wipe(connection: Connection, *, timeout: float) -> bool:
    """Empties the write-ahead log into the file, so that no older copy of a page stays in it; False where a reader is in the way.

    It waits for nobody: a long reader must not hold up who writes. `timeout` is how long the connection waits otherwise.
    """
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(timeout * 1000)}")
    connection.rollback()
    return not busy


def problems(connection: Connection) -> Iterator[str]:
    """What SQLite finds wrong with the file, its indexes and its constraints, in its words."""
    try:
        found = list(connection.exec_driver_sql(f"PRAGMA integrity_check({PROBLEMS})").scalars())
    except sqlalchemy.exc.DatabaseError as error:
        if not is_corruption(error):
            raise
        found = [faults.kind(error)]
    yield from (one for one in found if one != "ok")


def is_corruption(error: BaseException) -> bool:
    """Whether the file could be read but is not what SQLite wrote."""
    return faults.kind(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def require_durable(connection: sqlite3.Connection) -> None:
    """Raises LedgerRefused unless a commit on this connection is synced before it returns."""
    mode, level = _pragma(connection, "journal_mode"), _pragma(connection, "synchronous")
    if mode != "wal" or level != FULL:
        raise LedgerRefused(
            f"The audit ledger is not durable: journal_mode {mode} (expected wal), synchronous {level} (expected {FULL}). "
            "Keep it on a local disk, not on a network share, and use an SQLite built without weaker defaults."
        )


def _connect(path: Path, mode: str, timeout: float) -> sqlite3.Connection:
    with contextlib.ExitStack() as undo:
        address = f"{path.as_uri()}?mode={mode}"
        connection = sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)
        undo.callback(connection.close)
        connection.text_factory = _text
        _set_up(connection)
        undo.pop_all()
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    """These settings hold for one connection only; the first thing asked of a file also shows whether it is SQLite."""
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA secure_delete = ON")
    except sqlite3.DatabaseError as error:
        if not is_corruption(error):
            raise
        raise LedgerRefused("The file is not SQLite, so it is no audit ledger. Name another; this one was not touched.") from error


def _text(raw: bytes) -> str:
    """Text as stored; bytes that are not UTF-8 stay visible as a difference instead of ending the reading."""
    return raw.decode("utf-8", "surrogateescape")


def _require_form(connection: sqlite3.Connection) -> None:
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise LedgerRefused("The file is not an audit ledger. Name another; this one was not touched.")
    form = _pragma(connection, "user_version")
    if form in FORMER:
        raise LedgerRefused(f"The ledger was written by an earlier version of the software (form {form}). Run `cds audit upgrade`.")
    if form != tables.FORM:
        raise LedgerRefused(f"The ledger is of another form ({form}, expected {tables.FORM}). Open it with the version that wrote it.")


def _require_as_made(connection: sqlite3.Connection) -> None:
    migrations.require_current(_revision(connection))
    if _layout(connection) != tables.COLUMNS or connection.execute(TRIGGERS).fetchone() != (0,):
        raise LedgerRefused("The ledger's tables were altered. Keep a copy for the auditor and restore the last backup.")
    require_durable(connection)


def _layout(connection: sqlite3.Connection) -> Mapping[str, tuple[str, ...]]:
    """The columns of those of our tables that are there."""
    found: dict[str, tuple[str, ...]] = {}
    for table, column in connection.execute(LAYOUT):
        if table in tables.COLUMNS:
            found[table] = (*found.get(table, ()), column)
    return found


def _revision(connection: sqlite3.Connection) -> str:
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if faults.kind(error) != "SQLITE_ERROR":
            raise
        return ""
    return str(found[0]) if found else ""


def _require_writable(connection: sqlite3.Connection) -> None:
    """Raises where only reading is possible: SQLite opens such a file in silence, and even begins a transaction on it."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(TOUCH)
    connection.execute("ROLLBACK")


def _pragma(connection: sqlite3.Connection, name: str) -> int | str:
    value: int | str = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
