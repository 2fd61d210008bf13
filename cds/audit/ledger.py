"""The ledger as the rest of the house sees it: append, find, list, erase, verify.

Durable: what adds entries returns after all of them were synced to a disk, in the store or in the spool, or raises LedgerUnavailable.
One log for all threads, processes and hosts that share a store.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from cds.audit import retention, starting, tombstones, verification
from cds.audit.entries import stored
from cds.audit.entries.stored import StoredRecord
from cds.audit.faults import LedgerDamaged, translated
from cds.audit.keys import erasing, rotation
from cds.audit.keys.keyring import KeyRing
from cds.audit.place import Place
from cds.audit.retention import Retained
from cds.audit.rows import Search, Store, Writing
from cds.audit.stores import store as stores
from cds.audit.tree import heads, inuse, merkle
from cds.audit.tree.standing import Standing
from cds.audit.verification import Asked, Verification
from cds.audit.writing import appending, spool
from cds.audit.writing.inbox import CLOSED
from cds.audit.writing.turns import Means
from cds.audit.writing.writer import Writer
from cds.foundation.errors import LedgerUnavailable
from cds.values.record import ActionRecord, Entry

BUSY_SECONDS = 5.0
LEAST_FREE_BYTES = stores.LEAST_FREE_BYTES
PAGE = 200

T = TypeVar("T")


def open_ledger(
    place: Place,
    clock: Callable[[], datetime],
    *,
    create: bool = True,
    busy_seconds: float = BUSY_SECONDS,
    least_free: int = LEAST_FREE_BYTES,
) -> "Ledger":
    """The ledger of this place, made with its folders and keys unless `create` is False; then nothing is begun before it is asked for.

    Raises LedgerRefused for a store that is no ledger of this form or would not be durable, and for keys that cannot be used.
    `busy_seconds` is how long a caller waits for its turn; the store has half of it for its own locks, so that there is time for the spool.
    `ready` wants `least_free` bytes on the disks of store and spool. `clock` gives the time in UTC.
    """
    ring = starting.ring(place) if create else None
    store = stores.open_store(place, create=create, busy_seconds=busy_seconds / 2, least_free=least_free)
    with contextlib.ExitStack() as undo:
        opened = undo.enter_context(Ledger(place, clock, store, busy_seconds=busy_seconds, least_free=least_free, ring=ring))
        if create:
            opened.start()
        undo.pop_all()
    return opened


@dataclass(frozen=True)
class LedgerState:
    """How long the log is and its root, how many entries wait in the spool of this host, and which signed head is the newest.

    `trouble` says why records go to the spool, why a head was not written, or which files of the spool could not be read; empty where all is well.
    """

    size: int
    root: bytes
    spooled: int
    head_size: int
    head_at: datetime | None
    trouble: str = ""


class Ledger:
    """One process's hold on a ledger; safe for all its threads. Open it after a fork, never before one."""

    def __init__(
        self, place: Place, clock: Callable[[], datetime], store: Store, *, busy_seconds: float, least_free: int, ring: KeyRing | None = None
    ) -> None:
        self.place = place
        self.store = store
        self._clock = clock
        self._busy_seconds, self._least_free = busy_seconds, least_free
        self._given_ring = ring
        self._making = threading.Lock()
        self._closed = False
        self._holding = contextlib.ExitStack()
        self._writer: Writer | None = None
        self._heads: heads.Heads | None = None

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Begins writing: what earlier processes left in the spool is brought to the store. Raises as `require_own`."""
        self.require_own()
        inuse.hold(self.place.heads / self.log_id, self._holding)
        self._writing().start()

    def require_own(self) -> None:
        """Raises LedgerRefused where a service must not go on with it: it does not go on from its heads, or was written with other keys."""
        with self.store.reading() as reading:
            starting.require(reading, self.ring, self.place)

    def close(self) -> None:
        """Ends writing, after all that was brought; a later append raises LedgerUnavailable."""
        with self._making:
            self._closed = True
        if self._writer:
            self._writer.close()
        self._holding.close()
        self.store.close()

    @cached_property
    def ring(self) -> KeyRing:
        """The keys of the ledger. Raises LedgerRefused where they cannot be read."""
        return self._given_ring or starting.ring(self.place)

    @cached_property
    def log_id(self) -> str:
        """What this log calls itself in its heads."""
        with self.store.reading() as reading:
            return reading.log_id()

    def append(self, record: Entry) -> None:
        """Adds the record at the end; on LedgerUnavailable no answer may leave, though the record may have been stored.

        Raises RecordRefused, before anything is written, for a record that can never be stored.
        """
        self.append_all((record,))

    def append_all(self, records: Sequence[Entry]) -> tuple[bool, ...]:
        """As `append`, all of them or none. Says of each whether it was added: feedback that is there already is not."""
        return self._writing().append(appending.prepared(records, self.ring)) if records else ()

    def within(self, task: Callable[[Writing], T]) -> T:
        """What the task gives, in a transaction of its own on the writer's thread. Raises LedgerUnavailable while entries wait in the spool."""
        return self._writing().within(task)

    def erase(self, subject: str, action: ActionRecord) -> int:
        """Destroys the keys of a subject and appends the action; how many decisions were sealed for good.

        A note beside the heads keeps a backup from bringing them back.
        """

        def task(writing: Writing) -> int:
            done = erasing.erase(writing, subject, action, waiting=spool.waiting(self._spool))
            tombstones.note(self.place.heads, self.log_id, subject, action.action_id)
            appending.append(writing, self.ring, [done])
            return int(done.detail["decisions"])

        return self.within(task)

    def rotate(self, action: ActionRecord) -> int:
        """Wraps the keys of all subjects under the newest seal key and appends the action; how many there were."""

        def task(writing: Writing) -> int:
            done = rotation.rotate(writing, self.ring, action, waiting=spool.waiting(self._spool))
            appending.append(writing, self.ring, [done])
            return int(done.detail["keys"])

        return self.within(task)

    def retain(self, month: str, action: ActionRecord) -> Retained:
        """Drops the rows of all months before this one (`2030-05`) and appends the action; the command for heads is for the caller to run."""
        return self.within(lambda writing: retention.retain(writing, self.ring, self.place.heads, month, action))

    def ready(self) -> str:
        """Raises LedgerUnavailable unless a record could be kept now, in the store or in the spool.

        Tells what is wrong where it could nevertheless: why records go to the spool, or why they could not; empty where all is well.
        """
        told = self._writing().ready()
        return " ".join(filter(None, (told, self._standing.trouble(self.store))))

    def state(self) -> LedgerState:
        """How things stand with it. Raises LedgerUnavailable where the store cannot be read."""
        tree, head, told = self._standing.look(self.store)
        size, at = (head.size, head.at) if head else (0, None)
        waiting, lost = spool.seen(self._spool)
        return LedgerState(tree.size, merkle.root(tree), waiting, size, at, self._trouble(told, lost))

    def find(self, decision_id: str) -> StoredRecord | None:
        """The row of this decision, or None."""
        found = self.find_entry(decision_id)
        return found if found and found.kind == "decision" else None

    def find_entry(self, entry_id: str) -> StoredRecord | None:
        """The row of that id, whatever it holds, or None."""
        with self.store.reading() as reading:
            row = reading.row(entry_id)
            return next(stored.records(reading, [row], self._keys), None) if row else None

    def about(self, cards: Collection[str], *, feedback: bool = True) -> Iterator[tuple[str, StoredRecord]]:
        """The rows about these cards, each with the uuid that led to it, by number: the decisions that gave them, and the feedback if asked for."""
        with self.store.reading() as reading:
            found = list(reading.about(list(cards)))
            records = list(stored.records(reading, [row for _, row in found], self._keys))
        pairs = zip((card for card, _ in found), records, strict=True)
        return iter([(card, one) for card, one in pairs if feedback or one.kind != "feedback"])

    def records(self, search: Search | None = None) -> Iterator[StoredRecord]:
        """The rows wanted, all of them where nothing is said; read in pages, so that an unhurried reader holds nothing up."""
        wanted = search or Search()
        left = wanted.limit
        while left is None or left > 0:
            size = PAGE if left is None else min(left, PAGE)
            page = self._page(replace(wanted, limit=size))
            yield from page
            if len(page) < size:
                return
            left = None if left is None else left - len(page)
            wanted = replace(wanted, before=page[-1].seq) if wanted.newest_first else replace(wanted, after=page[-1].seq)

    def sign_head(self) -> None:
        """Has the head of the log as it is written now, where there is none of that size; `state` tells what went wrong, and the command is run.

        For who needs a proof of an entry that no head covers yet.
        """
        self._writing()
        with self.store.reading() as reading:
            if self._heads:
                self._heads.publish(reading.state(), self._clock(), reading)

    def subject(self, client: str, tenant: str, patient: str) -> str:
        """The pseudonym of a patient (`Patient/7` or `system|value`) in what is written now."""
        return self.ring.pseudonym(client, tenant, patient)

    def verify(
        self, *, since: str = "", month: str = "", also: Sequence[str] = (), progress: Callable[[int, int], None] | None = None
    ) -> Verification:
        """Looks at the whole ledger, or what came after the head whose text is `since`, or one month, and holds it against its signed heads.

        `also` are texts of heads from elsewhere. Raises LedgerRefused where the keys cannot be read.
        """
        try:
            with translated():
                texts = heads.read(self.place.heads, self.log_id)
        except (LedgerDamaged, LedgerUnavailable) as error:
            return Verification(0, b"", (verification.unreadable(error),))
        asked = Asked(self.ring.verifiers, [*texts, *also], since, month, self.ring, progress)
        with self.store.reading() as reading:
            told = verification.verify(reading, asked)
        others = () if texts or not told.count else heads.others(self.place.heads, self.log_id)
        return replace(told, faults=(*told.faults, *others))

    def backup(self, target: str) -> None:
        """A whole and consistent copy in a new file, while the ledger is in use."""
        self.store.backup(target)

    @property
    def _spool(self) -> Path:
        return self.place.spool / self.log_id

    def _keys(self) -> KeyRing:
        return self.ring

    def _page(self, search: Search) -> list[StoredRecord]:
        with self.store.reading() as reading:
            return list(stored.records(reading, list(reading.rows(search)), self._keys))

    def _writing(self) -> Writer:
        with self._making:
            if self._closed and self._writer is None:
                raise LedgerUnavailable(CLOSED)
            if self._writer is None:
                place = self.place
                with self.store.reading() as reading:
                    barred = starting.foreign(reading, place.heads)
                self._heads = heads.Heads(
                    place.heads, self.log_id, self.ring.signer, place.head_records, place.head_minutes, place.head_command, barred=barred
                )
                kept = spool.Spool(self._spool, least_free=self._least_free, storable=appending.storable)
                means = Means(self.store, self.ring, kept, self._heads, self._clock)
                self._writer = Writer(means, patience=self._busy_seconds)
            return self._writer

    @cached_property
    def _standing(self) -> Standing:
        return Standing(self.place.heads / self.log_id)

    def _trouble(self, standing: str, lost: str) -> str:
        told = (self._writer.trouble if self._writer else "", self._heads.trouble if self._heads else "", standing, lost)
        return " ".join(filter(None, told))
