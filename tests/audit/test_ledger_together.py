"""Several threads, several processes, and processes that are killed: one chain, and nothing lost that was acknowledged."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from cds.audit import ledger
from cds.audit.ledger import Ledger
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples

ROOT = Path(__file__).parents[2]
THREADS, PROCESSES, EACH = 6, 3, 20


def child(url: str, name: str, count: int, kind: str = "decisions") -> subprocess.Popen[str]:
    """A process that appends `count` records and prints what was acknowledged."""
    command = [sys.executable, "-m", "tests.audit.child", url, name, str(count), kind]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def ids(opened: Ledger) -> set[str]:
    """Every decision in the ledger."""
    return {row.decision_id for row in opened.records()}


def append_many(opened: Ledger, name: str) -> None:
    """What one thread does."""
    for number in range(EACH):
        opened.append(samples.record(f"{name}-{number}"))


def lines(stream: IO[str] | None, count: int) -> list[str]:
    """The next `count` lines that a child prints."""
    assert stream is not None
    return [stream.readline().strip() for _ in range(count)]


def test_threads_append_to_one_chain(tmp_path: Path) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        threads = [threading.Thread(target=append_many, args=(opened, f"thread-{number}")) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (opened.verify().count, opened.verify().fault) == (THREADS * EACH, None)


def test_processes_that_start_at_once_make_one_ledger_and_append_to_one_chain(tmp_path: Path) -> None:
    url = samples.url(tmp_path / "audit.sqlite3")
    children = [child(url, f"process-{number}", EACH) for number in range(PROCESSES)]
    acknowledged = {line for one in children for line in one.communicate(timeout=120)[0].split()}
    assert {one.returncode for one in children} == {0}
    with ledger.open_ledger(url) as opened:
        assert (opened.verify().count, opened.verify().fault) == (PROCESSES * EACH, None)
        assert ids(opened) == acknowledged


def test_feedback_and_decisions_of_several_processes_stand_in_one_chain_and_no_repeat_twice(tmp_path: Path) -> None:
    url = samples.url(tmp_path / "audit.sqlite3")
    told = [("decisions", "decisions"), ("same", "feedback"), ("same", "feedback"), ("other", "feedback")]
    children = [child(url, name, EACH, kind) for name, kind in told]
    acknowledged = {line for one in children for line in one.communicate(timeout=120)[0].split()}
    assert {one.returncode for one in children} == {0}
    with ledger.open_ledger(url) as opened:
        assert (opened.verify().count, opened.verify().fault) == (3 * EACH, None)
        assert ids(opened) == acknowledged
        assert sum(1 for _ in opened.about([samples.CARD])) == 2 * EACH


def test_a_killed_process_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    url = samples.url(tmp_path / "audit.sqlite3")
    acknowledged: set[str] = set()
    for kill in range(4):
        with child(url, f"kill-{kill}", 1_000_000) as one:
            acknowledged.update(lines(one.stdout, 3 + kill * 7))
            one.kill()
            acknowledged.update(one.stdout.read().split("\n")[:-1] if one.stdout else ())
        with ledger.open_ledger(url, create=False) as opened:
            assert acknowledged <= ids(opened)
            assert opened.verify().fault is None


def test_closing_waits_for_the_append_under_way_and_refuses_the_rest(tmp_path: Path) -> None:
    opened = ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3"))
    acknowledged: list[str] = []
    begun, refusals = threading.Event(), []

    def work() -> None:
        for number in range(1_000_000):
            try:
                opened.append(samples.record(f"decision-{number}"))
            except LedgerUnavailable as error:
                refusals.append(str(error))
                return
            acknowledged.append(f"decision-{number}")
            begun.set()

    worker = threading.Thread(target=work)
    worker.start()
    assert begun.wait(timeout=30)
    opened.close()
    worker.join()
    assert ["the service is stopping" in text for text in refusals] == [True]
    assert ids(opened) == set(acknowledged)


def test_callers_that_queue_behind_a_locked_ledger_are_all_refused_in_time(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite3"
    told: list[str] = []

    def work(opened: Ledger, name: str) -> None:
        with pytest.raises(LedgerUnavailable) as caught:
            opened.append(samples.record(name))
        told.append(caught.value.text)

    with ledger.open_ledger(samples.url(path), busy_seconds=0.3) as opened, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        threads = [threading.Thread(target=work, args=(opened, f"thread-{number}")) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)
        other.execute("ROLLBACK")
        assert len(told) == len(threads)
        assert any("more to write than its disk takes" in text for text in told)
        opened.append(samples.record("goes on"))
        assert ids(opened) == {"goes on"}
