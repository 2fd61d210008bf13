"""What the ledger takes: appends by callers at once on both stores, bytes a record, and how long proofs and verification of many take."""

import contextlib
import itertools
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cds.audit import ledger
from cds.audit.ledger import Ledger
from cds.audit.place import Place, beside
from cds.audit.rows import Search
from cds.audit.tree import merkle
from cds.foundation.settings import Settings
from cds.service import application, hook
from cds.values.record import AuditRecord
from tests.audit import servers
from tests.benchmarks import body, filling, replaying, timing
from tests.benchmarks.replaying import Replays
from tests.benchmarks.timing import Timing

CALLERS = (1, 8, 32)
MANY = 1_000_000
PATIENCE = 120.0
PROVED = 200
"""Proofs that are timed, spread over the whole log."""


@dataclass(frozen=True)
class Appends:
    """How many records a second so many callers at once were told of; each waits for its own before it brings the next."""

    store: str
    callers: int
    rate: float


@dataclass(frozen=True)
class Figures:
    """One run. `bytes` is what a record takes in the file with its indexes and its part of the tree; `records` and the times are of the large log.

    `verification` is in seconds; `inclusion` and `consistency` are the times of one proof, made and checked.
    """

    bytes: float
    records: int
    verification: float
    inclusion: Timing
    consistency: Timing
    appends: Sequence[Appends] = ()
    replays: Sequence[Replays] = ()


def measured(*, records: int = MANY, each: int = 2_000, replayed: int = replaying.DECISIONS) -> Figures:
    """All of it; `each` is how many records are appended for each number of callers, `replayed` how many decisions are made again."""
    with tempfile.TemporaryDirectory() as folder:
        sample = decision(Path(folder))
        large = _large(Path(folder) / "large", sample, records)
        appends = [one for kind in servers.KINDS for one in _appends(Path(folder) / kind, kind, sample, each)]
        return replace(large, appends=appends, replays=replaying.measured(decisions=replayed))


def decision(folder: Path) -> AuditRecord:
    """The record of one real decision."""
    app = application.start(Settings(audit_url=f"sqlite:///{folder}/one.sqlite3"), clock=lambda: body.AT)
    try:
        hook.answer(app, "low-back-pain", body.encoded(body.hook_request()))
        assert app.ledger
        found = next(one.record for one in app.ledger.records(Search(kinds=["decision"])))
        return replace(found, subject="", sealed=None)
    finally:
        application.stop(app)


@contextlib.contextmanager
def _opened(folder: Path, kind: str) -> Iterator[Ledger]:
    with contextlib.ExitStack() as held:
        url = held.enter_context(servers.running()).fresh() if kind == "postgresql" else f"sqlite:///{folder / 'audit.sqlite3'}"
        place: Place = beside(url, heads=folder / "heads", spool=folder / "spool", keys=folder / "keys" / "keys.toml", make_keys=True)
        yield held.enter_context(ledger.open_ledger(place, application.now, busy_seconds=PATIENCE))


def _appends(folder: Path, kind: str, sample: AuditRecord, each: int) -> Iterator[Appends]:
    with _opened(folder, kind) as opened:
        for callers in CALLERS:
            yield Appends(kind, callers, _rate(opened, sample, callers, each))


def _rate(opened: Ledger, sample: AuditRecord, callers: int, each: int) -> float:
    """Records a second, made before the clock starts: what is timed is sealing, writing and syncing."""
    records = [[filling.another(sample, f"{callers}-{one}-{n}", n) for n in range(each // callers)] for one in range(callers)]
    threads = [threading.Thread(target=_append, args=(opened, mine)) for mine in records]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(map(len, records)) / (time.perf_counter() - begun)


def _append(opened: Ledger, records: Sequence[AuditRecord]) -> None:
    for record in records:
        opened.append(record)


def _large(folder: Path, sample: AuditRecord, records: int) -> Figures:
    with _opened(folder, "sqlite") as opened:
        filling.fill(opened, sample, records)
        begun = time.perf_counter()
        found = opened.verify()
        seconds = time.perf_counter() - begun
        assert (found.count, found.faults) == (records, ())
        size = sum(path.stat().st_size for path in folder.glob("audit.sqlite3*"))
        return Figures(size / records, records, seconds, *_proofs(opened, records))


def _proofs(opened: Ledger, records: int) -> tuple[Timing, Timing]:
    """One inclusion proof and one consistency proof, each made from the store and checked, at places spread over the log."""
    with opened.store.reading() as reading:
        places = itertools.cycle(range(0, records, max(records // PROVED, 1)))
        root = merkle.root(reading.state())

        def include() -> None:
            at = next(places)
            (leaf,) = reading.leaves(at, at + 1)
            assert merkle.verify_inclusion(leaf, at, records, merkle.inclusion(reading, at, records), root)

        def go_on() -> None:
            old = next(places) + 1
            assert merkle.verify_consistency(old, records, merkle.root_at(reading, old), root, merkle.consistency(reading, old, records))

        return timing.measure(include, rounds=PROVED), timing.measure(go_on, rounds=PROVED)


def lines(found: Figures) -> list[str]:
    """The figures for people."""
    rates = [f"{one.store:12}{one.callers:>4} callers at once{one.rate:>12,.0f} records a second" for one in found.appends]
    again = [f"{one.rate:,.0f} decisions a second made again by {one.processes} processes, of {one.decisions:,}" for one in found.replays]
    return [
        "\nThe ledger: records of a real decision, each synced before its caller is told\n",
        *rates,
        f"{found.bytes:,.0f} bytes a record in SQLite, with indexes and tree, of {found.records:,} records",
        f"{found.verification:,.1f} s to verify {found.records:,} records, {found.records / found.verification:,.0f} a second",
        f"one of them proved and checked in {found.inclusion.latency.p50:,.0f} microseconds (p95 {found.inclusion.latency.p95:,.0f}),"
        f" a head proved to go on from an older one in {found.consistency.latency.p50:,.0f} (p95 {found.consistency.latency.p95:,.0f})",
        *again,
    ]
