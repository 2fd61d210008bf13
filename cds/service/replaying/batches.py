"""Many decisions made again, in batches by several processes; what comes of them comes in the order of the ledger.

Each process is started afresh, opens the ledger and loads the releases for itself, and sends on what it made of every n-th batch. One that is
ahead waits until its batch is taken.
"""

import heapq
import multiprocessing
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from cds.audit.entries.stored import StoredRecord
from cds.audit.faults import LedgerDamaged
from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.audit.writing import appending
from cds.foundation.errors import CdsError
from cds.foundation.settings import Settings
from cds.service import ledgers
from cds.service.replaying import again
from cds.service.replaying.again import Replayed
from cds.service.replaying.shelf import Shelf
from cds.values.record import AuditRecord

BATCH = 25
ENDED = "A process of the replay ended before its work was done. Run it again, with fewer --processes where memory is short."
CLOSED = "Its facts cannot be opened, and the ledger does not say that they were erased. Run `cds audit verify`."


class ReplayFailed(CdsError):
    """A replay that could not be carried through."""


@dataclass(frozen=True)
class Task:
    """Which decisions, by which release (empty: by that of then), and only those in which `rule` matched where one is named.

    Those that any of `searches` finds are wanted; none is found by two of them.
    """

    settings: Settings
    searches: tuple[Search, ...]
    release: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Batch:
    """The entries from `first` to `last`; `count` of them are wanted."""

    first: int
    last: int
    count: int


@dataclass(frozen=True)
class Done:
    """What came of one batch: the batch, and each decision of it."""

    batch: Batch
    replayed: tuple[Replayed, ...]


def planned(ledger: Ledger, task: Task) -> tuple[Batch, ...]:
    """The batches of all entries that are wanted now; what is appended later is in none."""
    found: list[Batch] = []
    with ledger.store.reading() as reading:
        for seq in heapq.merge(*map(reading.numbers, task.searches)):
            if found and found[-1].count < BATCH:
                found[-1] = Batch(found[-1].first, seq, found[-1].count + 1)
            else:
                found.append(Batch(seq, seq, 1))
    return tuple(found)


def here(ledger: Ledger, task: Task, batches: Sequence[Batch]) -> Generator[Done, None, None]:
    """The batches one by one, in this process."""
    shelf = Shelf(task.settings.content)
    for batch in batches:
        within = [replace(search, after=batch.first - 1, before=batch.last + 1) for search in task.searches]
        wanted = heapq.merge(*map(ledger.records, within), key=lambda stored: stored.seq)
        found = (_replayed(ledger, stored, shelf, task) for stored in wanted)
        yield Done(batch, tuple(one for one in found if one is not None))


def across(task: Task, batches: Sequence[Batch], processes: int, clock: Callable[[], datetime]) -> Generator[Done, None, None]:
    """The batches by so many processes, in order; none of them is left when this ends, however it ends."""
    context = multiprocessing.get_context("spawn")
    workers: list[tuple[SpawnProcess, Connection]] = []
    try:
        for number in range(processes):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(task, batches[number::processes], clock, theirs), daemon=True)
            process.start()
            theirs.close()
            workers.append((process, ours))
        for place in range(len(batches)):
            yield _taken(workers[place % processes][1])
    finally:
        for process, ours in workers:
            ours.close()
            process.terminate()
            process.join()


def _taken(connection: Connection) -> Done:
    try:
        told = connection.recv()
    except (EOFError, ConnectionError):
        raise ReplayFailed(ENDED) from None
    if isinstance(told, Done):
        return told
    raise ReplayFailed(str(told))


def _work(task: Task, batches: Sequence[Batch], clock: Callable[[], datetime], connection: Connection) -> None:
    """In a process of its own. An interruption is for the one that started it, which ends this one; without that one it ends too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with closing(ledgers.for_reading(task.settings, clock)) as ledger:
            for done in here(ledger, task, batches):
                connection.send(done)
    except CdsError as error:
        connection.send(error.text)
    except BrokenPipeError:
        return
    finally:
        connection.close()


def _replayed(ledger: Ledger, stored: StoredRecord, shelf: Shelf, task: Task) -> Replayed | None:
    """What came of one entry; None for one in which the rule that is looked for did not match, as far as that can be told."""
    try:
        record = stored.record
    except LedgerDamaged as error:
        return Replayed(stored.seq, stored.entry_id, stored.at, "", "damaged", error.text)
    if task.rule and not _matched(record, task.rule):
        return None
    if record.private is None and not _was_erased(ledger, stored):
        return Replayed(stored.seq, stored.entry_id, stored.at, record.logic.version, "damaged", CLOSED)
    return again.judged(stored.seq, record, shelf, task.release or None)


def _was_erased(ledger: Ledger, stored: StoredRecord) -> bool:
    """Whether the log says so: a key that is gone may also have been taken away."""
    with ledger.store.reading() as reading:
        return appending.was_erased(reading, stored.row)


def _matched(record: AuditRecord, rule: str) -> bool:
    return any(rule in rules for rules in record.rules.values())
