"""Disks that fill, files that vanish, rights that are taken, locks that stay: in the spool, or no answer; and then all is in the ledger again.

Where the tests run as root, file rights are felt by acting as another user for a moment.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cds.audit import ledger
from cds.audit.ledger import Ledger
from cds.audit.tree import heads
from cds.audit.writing import appending, spool
from cds.audit.writing.spool import Spool
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples
from tests.audit.limits import NOBODY, file_size_limit, unprivileged
from tests.audit.servers import Server, running

ROOT = Path(__file__).parents[2]
PAGE = 4096
"""No page of SQLite fits into a log of its pages that is no longer than this; a frame of the spool does."""
FORKING = """
import os, sys
from pathlib import Path
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples
opened = samples.opened(Path(sys.argv[1]))
opened.append(samples.record("parent"))
child = os.fork()
if child == 0:
    try:
        opened.append(samples.record("child"))
    except LedgerUnavailable as error:
        opened.close()
        os._exit(0 if "Open it in each worker" in str(error) else 2)
    os._exit(3)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
opened.append(samples.record("parent again"))
opened.close()
sys.exit(code)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.sqlite3"


@pytest.fixture
def opened(path: Path) -> Iterator[Ledger]:
    with samples.opened(path, busy_seconds=0.2, least_free=1) as opened:
        yield opened


def spooled(opened: Ledger, name: str, text: str) -> None:
    """The next record is taken by the spool; why, is said in words that say what to do and name no path."""
    opened.append(samples.record(name, padding=20_000))
    assert spool.waiting(opened.place.spool / opened.log_id) > 0
    told = opened.ready()
    assert text in told
    assert "audit.sqlite3" not in told


def refused(opened: Ledger, text: str) -> None:
    """The next record is refused, as above."""
    with pytest.raises(LedgerUnavailable, match=text) as caught:
        opened.append(samples.record("refused", padding=20_000))
    assert "audit.sqlite3" not in str(caught.value)


def goes_on(opened: Ledger, *ids: str) -> None:
    """The ledger works again: what waited is in it, then the next record, and all holds."""
    assert opened.ready() == ""
    opened.append(samples.record("goes on"))
    assert [row.entry_id for row in opened.records()] == [*ids, "goes on"]
    assert (opened.verify().faults, opened.state().spooled) == ((), 0)


def wal(path: Path) -> Path:
    """Where the next page goes."""
    return path.with_name("audit.sqlite3-wal")


def test_what_a_full_disk_does_not_take_is_in_the_spool_and_then_in_the_ledger(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    with file_size_limit(PAGE):
        spooled(opened, "one", "free space")
    goes_on(opened, "before", "one")


def test_where_the_disk_takes_nothing_the_record_is_refused_and_space_brings_the_ledger_back(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    with file_size_limit(64):
        refused(opened, "free space.*The spool cannot be used either.*free space")
        refused(opened, "free space.*The spool cannot be used either.*free space")
    assert opened.find("refused") is None
    goes_on(opened, "before")


def test_a_deleted_ledger_is_not_written_on_and_not_begun_anew(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    path.unlink()
    spooled(opened, "one", "put it back")
    spooled(opened, "two", "put it back")
    assert not path.exists()


def test_a_ledger_that_was_moved_works_again_where_it_was(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    path.rename(path.with_name("elsewhere"))
    spooled(opened, "one", "put it back")
    path.with_name("elsewhere").rename(path)
    goes_on(opened, "before", "one")


def test_a_ledger_restored_under_the_running_service_is_the_one_written_to(path: Path, opened: Ledger) -> None:
    backup = path.with_name("backup")
    opened.append(samples.record("before"))
    opened.backup(str(backup))
    opened.append(samples.record("lost with the disk"))
    for leftover in path.parent.glob("audit.sqlite3*"):
        leftover.unlink()
    shutil.copy(backup, path)
    goes_on(opened, "before")


def test_a_lost_write_ahead_log_is_noticed_and_loses_no_record(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    wal(path).unlink()
    goes_on(opened, "before")


def test_a_file_put_in_the_ledgers_place_is_never_written(path: Path, opened: Ledger) -> None:
    for leftover in path.parent.glob("audit.sqlite3*"):
        leftover.unlink()
    path.write_bytes(b"something else" * 500)
    spooled(opened, "one", "was not touched")
    assert path.read_bytes() == b"something else" * 500


def test_a_ledger_that_another_program_holds_goes_to_the_spool_in_time_and_then_works(path: Path, opened: Ledger) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        spooled(opened, "one", "another program holds it")
        assert opened.find("one") is None
        other.execute("ROLLBACK")
    goes_on(opened, "one")


def test_a_spool_that_cannot_be_used_is_said_and_holds_nothing_up(path: Path, opened: Ledger) -> None:
    opened.place.spool.mkdir()
    (opened.place.spool / opened.log_id).write_text("a file where the folder should be")
    assert "The spool of the audit ledger cannot be used (" in opened.ready()
    opened.append(samples.record("one"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused(opened, "another program holds it.*The spool cannot be used either")
        with pytest.raises(LedgerUnavailable, match="The spool cannot be used either"):
            opened.ready()
        other.execute("ROLLBACK")
    opened.append(samples.record("two"))
    assert [row.entry_id for row in opened.records()] == ["one", "two"]


def test_a_file_of_the_spool_that_the_service_may_not_open_is_told_and_stops_nothing() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.sqlite3"
        Path(folder).chmod(0o777)
        with unprivileged(), samples.opened(path, busy_seconds=0.2, least_free=1) as opened:
            opened.append(samples.record("before"))
            left = Spool(opened.place.spool / opened.log_id)
            left.add([appending.spooled(appending.prepared([samples.record("of another")], opened.ring), opened.ring)])
            left.close()
            (file,) = spool.spool_files(opened.place.spool / opened.log_id)
            file.chmod(0)
            with file_size_limit(PAGE):
                opened.append(samples.record("one", padding=20_000))
            told = opened.ready()
            assert "cannot be opened (EACCES)" in told
            assert told in opened.state().trouble
            opened.append(samples.record("two"))
            assert [row.entry_id for row in opened.records()] == ["before", "one", "two"]
            with pytest.raises(LedgerUnavailable, match="wait in the ledger's spool"):
                opened.erase("0" * 64, samples.action())
            file.chmod(0o600)
            goes_on(opened, "before", "one", "two", "of another")


def test_a_spool_that_the_service_may_not_look_into_is_told_and_counts_as_no_empty_one() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.sqlite3"
        Path(folder).chmod(0o777)
        with unprivileged(), samples.opened(path, least_free=1) as opened:
            own = opened.place.spool / opened.log_id
            opened.append(samples.record("one"))
            left = Spool(own)
            left.add([appending.spooled(appending.prepared([samples.record("of another")], opened.ring), opened.ring)])
            left.close()
            own.chmod(0)
            assert "its folder is not the service's to use" in opened.ready()
            opened.append(samples.record("two"))
            assert [row.entry_id for row in opened.records()] == ["one", "two"]
            assert "What waits in the spool cannot be seen" in opened.state().trouble
            with pytest.raises(LedgerUnavailable, match="EACCES"):
                opened.erase("0" * 64, samples.action())
            own.chmod(0o700)
            goes_on(opened, "one", "two", "of another")


def test_the_head_of_dropped_months_is_for_whoever_copies_heads(path: Path, opened: Ledger) -> None:
    opened.append_all([samples.record("one"), samples.record("two", decided_at="2030-06-05T07:08:09Z")])
    opened.retain("2030-06", samples.action(action="retention", at="2030-06-07T07:08:09Z"))
    (path.parent / "for anybody").touch(mode=heads.ANYBODY)
    (head,) = (opened.place.heads / opened.log_id).glob(f"*1{heads.SUFFIX}")
    assert head.stat().st_mode == (path.parent / "for anybody").stat().st_mode


def test_an_error_carries_its_cause(opened: Ledger) -> None:
    with file_size_limit(0), pytest.raises(LedgerUnavailable) as caught:
        opened.append(samples.record())
    assert isinstance(caught.value.__cause__, OSError)


def test_a_read_only_ledger_is_told_and_what_came_meanwhile_is_in_it_once_it_is_writable() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.sqlite3"
        with samples.opened(path) as opened:
            opened.append(samples.record("before"))
        everything = [Path(folder), *Path(folder).rglob("*")]
        for each in everything:
            each.chmod(0o777 if each.is_dir() else 0o600)
            if os.geteuid() == 0:
                os.chown(each, NOBODY, NOBODY)
        path.chmod(0o444)
        with unprivileged(), samples.opened(path, least_free=1) as opened:
            spooled(opened, "one", "make the file and its folder writable")
        for each in path.parent.glob("audit.sqlite3*"):
            each.chmod(0o600)
        with unprivileged(), samples.opened(path, least_free=1) as opened:
            goes_on(opened, "before", "one")


def test_what_a_process_that_was_killed_left_in_the_spool_is_in_the_ledger_when_the_next_one_starts(path: Path) -> None:
    code = (
        "import sqlite3, sys, os; from pathlib import Path; from tests.audit import samples; path = Path(sys.argv[1])\n"
        "opened = samples.opened(path, busy_seconds=0.2)\n"
        "other = sqlite3.connect(path, isolation_level=None); other.execute('BEGIN IMMEDIATE')\n"
        "opened.append(samples.record('one')); opened.append_all([samples.record('two'), samples.feedback()])\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False, timeout=60).returncode == -9
    with samples.opened(path, least_free=1) as opened:
        goes_on(opened, "one", "two", "feedback-1")


def test_a_ledger_carried_over_a_fork_refuses_and_leaves_the_parents_alone(path: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING, str(path)], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0
    with samples.opened(path) as opened:
        assert [row.entry_id for row in opened.records()] == ["parent", "parent again"]
        assert opened.verify().faults == ()


def test_what_comes_while_the_server_is_away_is_in_the_spool_and_then_in_the_ledger(tmp_path: Path) -> None:
    with running() as server, opened_at(server, tmp_path) as opened:
        opened.append(samples.record("before"))
        server.stop()
        opened.append(samples.record("one"))
        opened.append(samples.record("two"))
        assert "the database server" in opened.ready()
        assert "postgres@" not in opened.ready()
        server.start()
        goes_on(opened, "before", "one", "two")


def opened_at(server: Server, folder: Path) -> Ledger:
    """A ledger in a new database of the server."""
    return ledger.open_ledger(replace(samples.place(folder / "audit"), url=server.fresh()), samples.now, least_free=1)
