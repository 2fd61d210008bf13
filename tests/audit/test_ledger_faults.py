"""Disks that fill, files that vanish, rights that are taken, locks that stay: no record, no answer; and then it works again.

Where the tests run as root, file rights are felt by acting as another user for a moment.
"""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cds.audit import ledger
from cds.audit.faults import RecordRefused
from cds.audit.ledger import Ledger
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples

ROOT = Path(__file__).parents[2]
NOBODY = 65534
FORKING = """
import os, sys
from cds.audit import ledger
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples
opened = ledger.open_ledger(sys.argv[1])
opened.append(samples.record("parent"))
child = os.fork()
if child == 0:
    try:
        opened.append(samples.record("child"))
    except LedgerUnavailable as error:
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
    with ledger.open_ledger(samples.url(path), busy_seconds=0.1) as opened:
        yield opened


def refused(opened: Ledger, text: str) -> None:
    """The next record is refused, in words that say what to do and name no path."""
    with pytest.raises(LedgerUnavailable, match=text) as caught:
        opened.append(samples.record("refused", padding=20_000))
    assert "audit.sqlite3" not in str(caught.value)


def goes_on(opened: Ledger, *, after: int) -> None:
    """The next record is taken, and the chain is whole."""
    opened.append(samples.record("goes on"))
    assert (opened.verify().count, opened.verify().fault) == (after + 1, None)


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """Files of this process cannot grow beyond `limit` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root acts as nobody for a moment, so that file rights bind."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(own)


@contextmanager
def rights(path: Path, *, file: int, folder: int) -> Iterator[None]:
    """File and folder have these rights for a moment, and then all rights, as has what SQLite laid beside the file."""
    path.chmod(file)
    path.parent.chmod(folder)
    try:
        yield
    finally:
        path.parent.chmod(0o777)
        for each in path.parent.iterdir():
            each.chmod(0o666)


def test_a_full_disk_refuses_the_record_and_space_brings_the_ledger_back(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    with file_size_limit(path.with_name("audit.sqlite3-wal").stat().st_size + 8_192):
        refused(opened, "free space")
        refused(opened, "free space")
    goes_on(opened, after=1)


def test_a_ledger_whose_disk_takes_no_page_is_not_ready(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    with file_size_limit(path.with_name("audit.sqlite3-wal").stat().st_size), pytest.raises(LedgerUnavailable, match="free space"):
        opened.ready()
    opened.ready()
    goes_on(opened, after=1)


def test_nothing_of_a_refused_record_is_left(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    with file_size_limit(path.with_name("audit.sqlite3-wal").stat().st_size + 8_192):
        refused(opened, "free space")
    assert opened.find("refused") is None


def test_a_record_that_cannot_be_written_canonically_changes_nothing(opened: Ledger) -> None:
    with pytest.raises(RecordRefused, match="no canonical JSON form"):
        opened.append(samples.record(assessment={"value": float("nan")}))
    goes_on(opened, after=0)


def test_a_read_only_ledger_refuses_records_until_it_is_writable() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.sqlite3"
        with ledger.open_ledger(samples.url(path)) as opened:
            opened.append(samples.record("before"))
        with rights(path, file=0o444, folder=0o555), unprivileged(), pytest.raises(LedgerUnavailable, match="make the file and its folder"):
            ledger.open_ledger(samples.url(path))
        with rights(path, file=0o444, folder=0o777), unprivileged():
            opened = ledger.open_ledger(samples.url(path))
            refused(opened, "make the file and its folder writable")
            with pytest.raises(LedgerUnavailable, match="read-only"):
                opened.ready()
        with unprivileged(), opened:
            opened.ready()
            goes_on(opened, after=1)


def test_a_folder_that_may_not_be_written_is_told_at_the_start() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.sqlite3"
        Path(folder).chmod(0o555)
        with unprivileged(), pytest.raises(LedgerUnavailable, match="EACCES.*change the rights or name another"):
            ledger.open_ledger(samples.url(path))


def test_a_deleted_ledger_is_not_written_on_and_not_begun_anew(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    path.unlink()
    refused(opened, "put it back")
    refused(opened, "put it back")
    assert not path.exists()


def test_a_ledger_that_was_moved_works_again_where_it_was(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    path.rename(path.with_name("elsewhere"))
    refused(opened, "put it back")
    path.with_name("elsewhere").rename(path)
    goes_on(opened, after=1)


def test_a_ledger_restored_under_the_running_service_is_the_one_written_to(path: Path, opened: Ledger) -> None:
    backup = path.with_name("backup")
    with ledger.open_ledger(samples.url(backup)) as other:
        other.append(samples.record("restored"))
    opened.append(samples.record("before"))
    for leftover in path.parent.glob("audit.sqlite3*"):
        leftover.unlink()
    shutil.copy(backup, path)
    goes_on(opened, after=1)
    assert [row.decision_id for row in opened.records()] == ["goes on", "restored"]


def test_a_lost_write_ahead_log_is_noticed_and_loses_no_record(path: Path, opened: Ledger) -> None:
    opened.append(samples.record("before"))
    path.with_name("audit.sqlite3-wal").unlink()
    goes_on(opened, after=1)


def test_a_file_put_in_the_ledgers_place_is_never_written(path: Path, opened: Ledger) -> None:
    path.unlink()
    path.write_bytes(b"something else" * 500)
    with pytest.raises(LedgerUnavailable, match="not SQLite.*was not touched"):
        opened.append(samples.record())
    assert path.read_bytes() == b"something else" * 500


def test_a_ledger_that_another_program_holds_refuses_in_time_and_then_works(path: Path, opened: Ledger) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused(opened, "another program holds it")
        with pytest.raises(LedgerUnavailable, match="another program holds it"):
            opened.ready()
        assert opened.find("refused") is None
        other.execute("ROLLBACK")
    goes_on(opened, after=0)


def test_an_error_carries_its_cause(path: Path, opened: Ledger) -> None:
    path.unlink()
    with pytest.raises(LedgerUnavailable) as caught:
        opened.append(samples.record())
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)


def test_a_ledger_carried_over_a_fork_refuses_and_leaves_the_parents_alone(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FORKING, samples.url(path)], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0
    with ledger.open_ledger(samples.url(path)) as opened:
        assert [row.decision_id for row in opened.records()] == ["parent again", "parent"]
        assert opened.verify().fault is None
