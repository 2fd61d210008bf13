"""The ledger as the rest of the house sees it: append, find, list, verify.

Durable: `append` and `append_all` return after all was committed and synced, or raise LedgerUnavailable. One chain for all
threads and processes that share the file: each append takes SQLite's write lock before it reads the last hash.
"""

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from cds.audit import bodies, chain, faults, forms, sqlite
from cds.audit.bodies import Entry
from cds.audit.chain import Fault, StoredRecord, Verification
from cds.audit.faults import LedgerRefused
from cds.foundation.errors import LedgerUnavailable
from cds.values.record import FeedbackRecord

PREFIX = "sqlite:///"
BUSY_SECONDS = 5.0
LEAST_FREE_BYTES = 16 * 1024 * 1024
PAGE = 100
DAMAGED = Fault(None, "file damaged", "SQLite finds the file or an index of it damaged. Keep a copy for the auditor and restore the last backup.")


def open_ledger(url: str, *, create: bool = True, busy_seconds: float = BUSY_SECONDS, least_free: int = LEAST_FREE_BYTES) -> "Ledger":
    """The ledger at `sqlite:///relative/path` or `sqlite:////absolute/path`, made with its folders unless `create` is False.

    Raises LedgerRefused for another kind of address, a file that is no ledger, or one that would not be durable.
    `busy_seconds` is how long an append waits for its turn among threads, and then among processes; `ready` wants
    `least_free` bytes on the disk.
    """
    path = path_of(url)
    with faults.named(path):
        if path.is_dir():
            raise LedgerRefused("This is a folder. Name a file in it.")
        if create:
            sqlite.make(path, timeout=busy_seconds)
            sqlite.bring_up(path, timeout=busy_seconds)
        elif not path.exists():
            raise LedgerRefused("There is no ledger here. Name the one that the service writes.")
        with sqlite.reading(path, timeout=busy_seconds):
            return Ledger(path, busy_seconds=busy_seconds, least_free=least_free)


class Ledger:
    """One process's hold on a ledger; safe for all its threads. Open it after a fork, never before one."""

    def __init__(self, path: Path, *, busy_seconds: float, least_free: int) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._least_free = least_free
        self._turn = threading.Lock()
        self._writer: sqlite.Writer | None = None
        self._closed = False

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends writing, after an append that is under way; a later append raises LedgerUnavailable."""
        with self._turn:
            self._closed = True
            self._drop_writer()

    def append(self, record: Entry) -> None:
        """Adds the record at the end; on LedgerUnavailable no answer may leave, though the record may have been stored.

        Raises RecordRefused, before anything is written, for a record that can never be stored.
        """
        self.append_all((record,))

    def append_all(self, records: Sequence[Entry]) -> tuple[bool, ...]:
        """As `append`, all of them or none, with one sync. Says of each whether it was added: feedback that is there already is not."""
        stored = [(record, bodies.dumps(record)) for record in records]
        if not stored:
            return ()
        with self._writing() as connection:
            added = _add_all(connection, stored)
        return added

    def ready(self) -> None:
        """Raises LedgerUnavailable, with the reason, unless a record could be written now: a page is, with what it held before."""
        with self._writing() as connection:
            connection.execute(forms.TOUCH)
            free = shutil.disk_usage(self._path.parent).free
        if free < self._least_free:
            raise LedgerUnavailable(f"The audit ledger's disk has {free} bytes left, fewer than {self._least_free}. Free space.")

    def find(self, decision_id: str) -> StoredRecord | None:
        """The row of this decision, or None."""
        stored = self.find_entry(decision_id)
        return stored if stored and stored.kind == "decision" else None

    def find_entry(self, entry_id: str) -> StoredRecord | None:
        """The row of that id, whatever it holds, or None; ids are ASCII, so that any other text names nothing."""
        if not entry_id.isascii():
            return None
        with self._reading() as connection:
            values = connection.execute(f"{forms.SELECT} WHERE decision_id = ?", (entry_id,)).fetchone()
        return sqlite.row(values) if values else None

    def about(self, cards: Collection[str], *, feedback: bool = True) -> Iterator[tuple[str, StoredRecord]]:
        """The rows about these cards, each with the uuid that led to it, by number: the decisions that gave them, and the feedback if asked for."""
        asked = [one for one in cards if one.isascii()]
        with self._reading() as connection:
            for start in range(0, len(asked), PAGE):
                page = asked[start : start + PAGE]
                for card, *values in connection.execute(forms.about(connection, len(page), feedback=feedback), page):
                    yield card, StoredRecord(*values)

    def records(self, *, newest_first: bool = True, limit: int | None = None) -> Iterator[StoredRecord]:
        """The rows by number, at most `limit` of them; read in pages, so that an unhurried reader holds nothing up."""
        left, after = limit, None
        while left is None or left > 0:
            page = self._page(after, newest_first=newest_first, size=PAGE if left is None else min(left, PAGE))
            yield from page
            if len(page) < PAGE:
                return
            left, after = None if left is None else left - len(page), page[-1].seq

    def verify(self) -> Verification:
        """Checks every row, as of one moment, and then the file itself; see `chain` for what this cannot find."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            try:
                found = chain.verify(sqlite.row(values) for values in connection.execute(f"{forms.SELECT} ORDER BY seq"))
                whole = found.fault is not None or sqlite.is_whole(connection)
            except sqlite3.DatabaseError as error:
                if not sqlite.is_corruption(error):
                    raise
                return Verification(0, chain.GENESIS, DAMAGED)
        return found if whole else Verification(found.count, found.head, DAMAGED)

    def _page(self, after: int | None, *, newest_first: bool, size: int) -> list[StoredRecord]:
        order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
        where = "" if after is None else f"WHERE seq {beyond} {after}"
        with self._reading() as connection:
            rows = connection.execute(f"{forms.SELECT} {where} ORDER BY seq {order} LIMIT {size}").fetchall()
        return [sqlite.row(values) for values in rows]

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with faults.translated(), sqlite.reading(self._path, timeout=self._busy_seconds) as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; when it ends, it is durable in the file that has the ledger's name, or LedgerUnavailable was raised."""
        with faults.translated(), self._own_turn(), contextlib.ExitStack() as undo:
            undo.callback(self._drop_writer)
            writer = self._current_writer()
            writer.connection.execute("BEGIN IMMEDIATE")
            yield writer.connection
            writer.connection.execute("COMMIT")
            if not writer.in_place():
                raise LedgerUnavailable("The audit ledger's file was moved or deleted while it was written. Put it back.")
            undo.pop_all()

    @contextlib.contextmanager
    def _own_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise LedgerUnavailable("The audit ledger has more to write than its disk takes. Try again later.")
        try:
            yield
        finally:
            self._turn.release()

    def _current_writer(self) -> sqlite.Writer:
        if self._closed:
            raise LedgerUnavailable("The audit ledger was closed: the service is stopping. Ask another instance.")
        if self._writer and not self._writer.of_this_process():
            raise LedgerUnavailable("The audit ledger was opened before a fork. Open it in each worker.")
        if self._writer and not self._writer.in_place():
            self._drop_writer()
        self._writer = self._writer or sqlite.open_writer(self._path, timeout=self._busy_seconds)
        return self._writer

    def _drop_writer(self) -> None:
        """Closes the connection, which rolls back what it had not committed; the next append opens another."""
        if self._writer and self._writer.of_this_process():
            self._writer.connection.close()
            self._writer = None


def _add_all(connection: sqlite3.Connection, stored: Sequence[tuple[Entry, bytes]]) -> tuple[bool, ...]:
    """Within a transaction, in which nobody else moves the end of the chain: it is looked up once."""
    seq, previous = connection.execute(forms.LAST).fetchone() or (0, chain.GENESIS)
    added = []
    for record, body in stored:
        own = chain.hash_of(seq + 1, previous, body)
        insert = forms.INSERT_NEW if isinstance(record, FeedbackRecord) else forms.INSERT
        new = connection.execute(insert, (seq + 1, *bodies.row_columns(record), previous, own, body)).rowcount == 1
        if new:
            seq, previous = seq + 1, own
            connection.executemany(forms.INSERT_CARD, [(card, seq) for card in bodies.cards(record)])
        added.append(new)
    return tuple(added)


def path_of(url: str) -> Path:
    """The absolute path in the address, whose text is never shown: it may hold a password."""
    name = url.removeprefix(PREFIX)
    if name == url or name in ("", ":memory:") or "?" in name or name.startswith("file:"):
        raise LedgerRefused(
            "The ledger's address is not one that this release takes: it must name a file on a local disk. "
            "Set CDS_AUDIT_URL to sqlite:///var/audit.sqlite3 (relative) or sqlite:////var/lib/cds/audit.sqlite3 (absolute)."
        )
    return Path(name).absolute()
