"""The writer's thread: groups that stand or fall alone, a store that fails at every point, callers who are never left waiting."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cds.audit.keys import keyring
from cds.audit.rows import TreeState, Writing
from cds.audit.tree import merkle
from cds.audit.tree.heads import Heads
from cds.audit.writing import appending, inbox, spool
from cds.audit.writing.appending import Added
from cds.audit.writing.inbox import Inbox
from cds.audit.writing.spool import Spool
from cds.audit.writing.turns import Means
from cds.audit.writing.writer import Writer
from cds.foundation.errors import LedgerUnavailable
from cds.values.record import Entry
from tests.audit import samples
from tests.audit.fakes import Failure, MemoryStore


@dataclass
class Bench:
    """A writer on a store in memory, and all that it has in hand."""

    folder: Path
    patience: float = 30.0
    store: MemoryStore = field(default_factory=MemoryStore)
    now: datetime = samples.NOW

    def __post_init__(self) -> None:
        place = samples.place(self.folder / "audit.sqlite3", head_records=3)
        self.ring = keyring.open_ring(place)
        self.heads = Heads(place.heads, "memory", self.ring.signer, place.head_records, place.head_minutes)
        self.writer = self.another()

    def another(self) -> Writer:
        """One more writer, as a process after this one would have."""
        means = Means(self.store, self.ring, Spool(self.folder / "spool"), self.heads, lambda: self.now)
        return Writer(means, patience=self.patience)

    def append(self, *entries: Entry) -> Added:
        """Brings a group."""
        return self.writer.append(appending.prepared(entries, self.ring))

    def ids(self) -> list[str]:
        """What is in the store, in order."""
        return [row.entry_id for row in self.store.held.rows.values()]

    def waiting(self) -> int:
        """How many wait in the spool."""
        return spool.waiting(self.folder / "spool")

    def is_whole(self) -> bool:
        """The tree is the one over the rows, and numbers have no gap."""
        held = self.store.held
        leaves = [merkle.leaf(row.body) for row in held.rows.values()]
        return list(held.rows) == list(range(1, len(held.rows) + 1)) and held.state == merkle.extend(TreeState(), leaves)[0]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.gate.set()
    made.writer.close()


def later(bench: Bench, count: int) -> tuple[list[threading.Thread], list[str]]:
    """Callers who each bring a record, while the store is held up by one before them; and what becomes of it."""
    told: list[str] = []

    def work(number: int) -> None:
        try:
            bench.append(samples.record(f"later-{number}"))
        except LedgerUnavailable as error:
            told.append(error.text)
        else:
            told.append("kept")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for one in threads:
        one.start()
    return threads, told


def held_up(bench: Bench) -> threading.Thread:
    """A caller whose transaction is under way and does not end before the gate opens."""
    bench.store.gate.clear()
    bench.store.entered.clear()
    first = threading.Thread(target=bench.append, args=(samples.record("first"),))
    first.start()
    assert bench.store.entered.wait(timeout=30)
    return first


def test_callers_who_wait_together_are_written_in_one_transaction(bench: Bench) -> None:
    first = held_up(bench)
    threads, told = later(bench, 20)
    while bench.writer.waiting < 20:
        threads[-1].join(timeout=0.01)
    bench.store.gate.set()
    for one in [first, *threads]:
        one.join(timeout=30)
    assert (told, bench.store.commits) == (["kept"] * 20, 2)
    assert sorted(bench.ids()) == sorted(["first", *(f"later-{number}" for number in range(20))])
    assert bench.is_whole()


def test_a_group_that_cannot_be_added_fails_alone(bench: Bench) -> None:
    bench.append(samples.record("one"))
    first = held_up(bench)
    failed: list[str] = []

    def again() -> None:
        try:
            bench.append(samples.feedback("f"), samples.record("one"))
        except LedgerUnavailable as error:
            failed.append(error.text)

    threads, told = later(bench, 3)
    threads.append(threading.Thread(target=again))
    threads[-1].start()
    while bench.writer.waiting < 4:
        threads[0].join(timeout=0.01)
    bench.store.gate.set()
    for one in [first, *threads]:
        one.join(timeout=30)
    assert told == ["kept"] * 3
    assert failed == [appending.DUPLICATE]
    assert sorted(bench.ids()) == ["first", "later-0", "later-1", "later-2", "one"]
    assert bench.is_whole()


def test_records_of_one_subject_have_one_key_whoever_brings_them(bench: Bench) -> None:
    bench.append(samples.record("one"), samples.record("two"))
    bench.append(samples.record("three"), samples.record("of another", patient="Patient/8"))
    assert len({row.subject for row in bench.store.held.rows.values()}) == 2
    assert len(bench.store.held.keys) == 2


@pytest.mark.parametrize("failing", ["at once", "at the commit", "after the commit"])
def test_a_store_that_fails_anywhere_neither_loses_nor_doubles_a_record(bench: Bench, failing: Failure) -> None:
    bench.append(samples.record("before"))
    bench.store.failing = failing
    assert bench.append(samples.record("one"), samples.feedback("f")) == (True, True)
    assert bench.append(samples.record("two")) == (True,)
    assert bench.waiting() == 3
    bench.store.failing = ""
    assert bench.writer.ready() == ""
    assert bench.ids() == ["before", "one", "f", "two"]
    assert (bench.waiting(), bench.is_whole()) == (0, True)


def test_what_waits_in_the_spool_comes_before_what_is_newer(bench: Bench) -> None:
    bench.store.failing = "at once"
    bench.append(samples.record("one"))
    bench.store.failing = ""
    bench.append(samples.record("two"))
    assert bench.waiting() == 2
    bench.now += timedelta(seconds=5)
    bench.append(samples.record("three"))
    assert (bench.ids(), bench.waiting()) == (["one", "two", "three"], 0)


def test_a_clock_set_back_does_not_keep_the_spool_waiting(bench: Bench) -> None:
    bench.store.failing = "at once"
    bench.append(samples.record("one"))
    bench.store.failing = ""
    bench.now -= timedelta(days=400)
    bench.append(samples.record("two"))
    assert bench.ids() == ["one", "two"]


def test_without_callers_the_spool_is_emptied_by_itself(bench: Bench) -> None:
    bench.store.failing = "at once"
    bench.append(samples.record("one"))
    bench.store.entered.clear()
    bench.store.failing = ""
    assert bench.store.entered.wait(timeout=30)
    bench.writer.within(lambda writing: None)
    assert (bench.ids(), bench.waiting()) == (["one"], 0)


def test_what_a_process_left_in_the_spool_is_brought_to_the_store_by_the_next(bench: Bench) -> None:
    bench.store.failing = "at once"
    bench.append(samples.record("one"), samples.record("two"))
    bench.writer.close()
    bench.store.failing = ""
    bench.writer = bench.another()
    bench.append(samples.record("three"))
    bench.writer.within(lambda writing: None)
    assert sorted(bench.ids()) == ["one", "three", "two"]
    assert (bench.waiting(), bench.is_whole()) == (0, True)


def test_repeats_are_known_in_the_spool_too(bench: Bench) -> None:
    bench.store.failing = "at once"
    assert bench.append(samples.feedback("f"), samples.feedback("f"), samples.record("one")) == (True, False, True)
    assert bench.append(samples.feedback("f")) == (False,)
    with pytest.raises(LedgerUnavailable, match="a record with this id is there already"):
        bench.append(samples.record("one", padding=10))
    assert bench.waiting() == 2


def test_an_entry_from_the_spool_can_be_opened_and_one_of_a_subject_erased_meanwhile_cannot(bench: Bench) -> None:
    bench.append(samples.record("zero", patient="Patient/8"))
    (subject,) = {row.subject for row in bench.store.held.rows.values()}
    bench.store.failing = "at once"
    bench.append(samples.record("of the erased", patient="Patient/8"), samples.record("of another"))
    bench.append(samples.record("after the erasure", patient="Patient/8", decided_at="2030-05-08T00:00:00Z"))
    bench.store.failing = ""
    elsewhere = samples.action(detail={"subject": subject, "keys": 1, "decisions": 1})
    with bench.store.writing() as writing:
        writing.drop_keys(subject)
        appending.append(writing, bench.ring, [elsewhere])
    bench.now = datetime(2030, 5, 9, tzinfo=UTC)
    bench.writer.ready()
    held = bench.store.held
    rows = {row.entry_id: row for row in held.rows.values()}
    sealed_under = {name: json.loads(row.body)["facts"]["key"] for name, row in rows.items() if row.sealed}
    assert {name for name, key in sealed_under.items() if key in held.keys} == {"of another", "after the erasure"}
    assert bench.is_whole()


def test_where_neither_store_nor_spool_takes_it_nothing_is_acknowledged(bench: Bench) -> None:
    (bench.folder / "spool").write_text("a file where the folder should be")
    bench.store.failing = "at once"
    with pytest.raises(LedgerUnavailable, match=r"The store fails at once\. The spool cannot be used either \(E\w+\)"):
        bench.append(samples.record("one"))
    with pytest.raises(LedgerUnavailable, match=r"The spool cannot be used either"):
        bench.writer.ready()
    bench.store.failing = ""
    assert bench.append(samples.record("two")) == (True,)
    assert bench.ids() == ["two"]


def test_a_writer_says_why_records_go_to_the_spool_and_that_the_spool_cannot_be_used(bench: Bench) -> None:
    bench.store.failing = "at once"
    assert bench.writer.ready() == bench.writer.trouble == "The store fails at once."
    bench.store.failing = ""
    assert bench.writer.ready() == bench.writer.trouble == ""
    (bench.folder / "spool").rmdir()
    (bench.folder / "spool").write_text("a file where the folder should be")
    assert "The spool of the audit ledger cannot be used" in bench.writer.ready()


def test_a_task_has_a_transaction_of_its_own_and_its_errors_are_its_callers(bench: Bench) -> None:
    def fails(writing: Writing) -> None:
        appending.append(writing, bench.ring, [samples.record("taken back")])
        raise KeyError("canary")

    bench.append(samples.record("one"))
    assert bench.writer.within(lambda writing: writing.state().size) == 1
    with pytest.raises(KeyError):
        bench.writer.within(fails)
    bench.append(samples.record("two"))
    assert bench.ids() == ["one", "two"]


def test_no_task_runs_while_entries_wait_in_the_spool(bench: Bench) -> None:
    bench.store.failing = "at once"
    bench.append(samples.record("one"))
    with pytest.raises(LedgerUnavailable, match="Records wait in the spool"):
        bench.writer.within(lambda writing: None)


def test_a_caller_whose_turn_does_not_come_is_told_so_and_nothing_of_it_is_written(tmp_path: Path) -> None:
    bench = Bench(tmp_path, patience=0.05)
    first = held_up(bench)
    threads, told = later(bench, 3)
    for one in threads:
        one.join(timeout=30)
    bench.store.gate.set()
    first.join(timeout=30)
    bench.writer.close()
    assert told == [inbox.FULL] * 3
    assert bench.ids() == ["first"]


def test_closing_finishes_what_was_brought_and_takes_no_more(bench: Bench) -> None:
    first = held_up(bench)
    threads, told = later(bench, 5)
    while bench.writer.waiting < 5:
        threads[0].join(timeout=0.01)
    closing = threading.Thread(target=bench.writer.close)
    closing.start()
    bench.store.gate.set()
    for one in [first, closing, *threads]:
        one.join(timeout=30)
    assert (told, len(bench.ids())) == (["kept"] * 5, 6)
    with pytest.raises(LedgerUnavailable, match="the service is stopping"):
        bench.append(samples.record("too late"))


def test_a_head_is_written_after_so_many_records_and_after_so_many_minutes(bench: Bench) -> None:
    def sizes() -> list[int]:
        bench.writer.within(lambda writing: None)
        return sorted(int(path.stem) for path in (bench.folder / "heads" / "memory").glob("*.checkpoint"))

    bench.append(samples.record("one"))
    bench.append(samples.record("two"))
    assert sizes() == [1]
    bench.append(samples.record("three"), samples.record("four"))
    assert sizes() == [1, 4]
    bench.append(samples.record("five"))
    bench.now += timedelta(minutes=10)
    bench.writer.ready()
    assert sizes() == [1, 4, 5]


def test_a_head_that_became_due_while_no_process_ran_is_written_by_the_next_without_a_record(bench: Bench) -> None:
    bench.append(samples.record("one"))
    bench.append(samples.record("two"))
    bench.writer.close()
    bench.now += timedelta(minutes=10)
    bench.writer = bench.another()
    bench.writer.ready()
    bench.writer.ready()
    assert [one.size for one in [bench.heads.newest] if one] == [2]


def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST_WAITING", 2)
    queue: Inbox[int] = Inbox(size=lambda one: one, alone=lambda one: one == 0)
    queue.put(1)
    queue.put(2)
    with pytest.raises(LedgerUnavailable, match="more to write than its disk takes"):
        queue.put(3)
    assert queue.take(0) == [1, 2]
    assert queue.take(0) == []


def test_what_must_be_alone_is_taken_alone_and_no_handful_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST_BYTES", 10)
    queue: Inbox[int] = Inbox(size=lambda one: one, alone=lambda one: one == 0)
    for one in (1, 2, 0, 0, 6, 6, 6):
        queue.put(one)
    queue.close()
    assert [queue.take(0) for _ in range(6)] == [[1, 2], [0], [0], [6, 6], [6], None]


def test_an_error_that_nobody_foresaw_is_its_callers_and_the_thread_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*words: object) -> None:
        raise RuntimeError("nobody foresaw this")

    with monkeypatch.context() as planted:
        planted.setattr(bench.store, "writing", fails)
        with pytest.raises(RuntimeError):
            bench.append(samples.record("one"))
    assert bench.append(samples.record("two")) == (True,)


def test_every_caller_gets_an_answer_when_many_come_and_the_store_comes_and_goes(bench: Bench) -> None:
    told: list[str] = []

    def work(name: str) -> None:
        for number in range(15):
            bench.append(samples.record(f"{name}-{number}"))
            told.append(f"{name}-{number}")

    threads = [threading.Thread(target=work, args=(f"caller-{number}",)) for number in range(6)]
    for one in threads:
        one.start()
    failures: list[Failure] = ["at once", "after the commit", "at the commit", ""]
    while any(one.is_alive() for one in threads):
        for failing in failures:
            bench.store.failing = failing
            threads[0].join(timeout=0.01)
            bench.now += timedelta(seconds=3)
    bench.store.failing = ""
    bench.writer.ready()
    assert sorted(bench.ids()) == sorted(told)
    assert (len(told), bench.is_whole(), bench.waiting()) == (90, True, 0)
