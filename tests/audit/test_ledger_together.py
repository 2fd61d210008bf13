"""Several threads, several processes, and processes that are killed: one log, and nothing lost that was acknowledged."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from cds.audit import ledger
from cds.audit.ledger import Ledger
from cds.audit.place import Place
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples

ROOT = Path(__file__).parents[2]
THREADS, PROCESSES, EACH = 6, 3, 20


def child(path: Path, name: str, count: int, kind: str = "decisions") -> subprocess.Popen[str]:
    """A process that appends `count` records and prints what was acknowledged."""
    command = [sys.executable, "-m", "tests.audit.child", str(path), name, str(count), kind]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def ids(opened: Ledger) -> set[str]:
    """Every entry in the ledger."""
    return {row.entry_id for row in opened.records()}


def lines(stream: IO[str] | None, count: int) -> list[str]:
    """The next `count` lines that a child prints."""
    assert stream is not None
    return [stream.readline().strip() for _ in range(count)]


def whole(opened: Ledger) -> int:
    """How many rows there are, all of which hold."""
    found = opened.verify()
    assert found.faults == ()
    return found.count


def test_threads_of_two_ledgers_append_to_one_log(both: Place) -> None:
    def work(opened: Ledger, name: str) -> None:
        for number in range(EACH):
            opened.append(samples.record(f"{name}-{number}", patient=f"Patient/{number % 4}"))

    with ledger.open_ledger(both, samples.now) as one, ledger.open_ledger(both, samples.now) as other:
        threads = [threading.Thread(target=work, args=((one, other)[number % 2], f"thread-{number}")) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert whole(one) == THREADS * EACH
        assert one.state().root == other.state().root
        with one.store.reading() as reading:
            assert len(reading.keys()) == 4


def test_processes_that_start_at_once_make_one_ledger_and_append_to_one_log(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite3"
    children = [child(path, f"process-{number}", EACH) for number in range(PROCESSES)]
    acknowledged = {line for one in children for line in one.communicate(timeout=120)[0].split()}
    assert {one.returncode for one in children} == {0}
    with samples.opened(path) as opened:
        opened.ready()
        assert whole(opened) == PROCESSES * EACH
        assert ids(opened) == acknowledged


def test_feedback_and_decisions_of_several_processes_stand_in_one_log_and_no_repeat_twice(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite3"
    told = [("decisions", "decisions"), ("same", "feedback"), ("same", "feedback"), ("other", "feedback")]
    children = [child(path, name, EACH, kind) for name, kind in told]
    acknowledged = {line for one in children for line in one.communicate(timeout=120)[0].split()}
    assert {one.returncode for one in children} == {0}
    with samples.opened(path) as opened:
        opened.ready()
        assert whole(opened) == 3 * EACH
        assert ids(opened) == acknowledged
        assert sum(1 for _ in opened.about([samples.CARD])) == 2 * EACH


def test_a_killed_process_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite3"
    acknowledged: set[str] = set()
    for kill in range(4):
        with child(path, f"kill-{kill}", 1_000_000) as one:
            acknowledged.update(lines(one.stdout, 3 + kill * 7))
            one.kill()
            acknowledged.update(one.stdout.read().split("\n")[:-1] if one.stdout else ())
        with samples.opened(path) as opened:
            opened.ready()
            assert acknowledged <= ids(opened)
            assert whole(opened) >= len(acknowledged)


def test_closing_waits_for_the_append_under_way_and_refuses_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite3"
    opened = samples.opened(path)
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
    with samples.opened(path, create=False) as reading:
        assert ids(reading) == set(acknowledged)
