"""The ledger's file: what is refused at the start, what is noticed while it is open, and what is left of keys that were destroyed.

Where the tests run as root, file rights are felt by acting as another user for a moment.
"""

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.audit.faults import LedgerRefused
from cds.audit.place import beside
from cds.audit.rows import Search, Store, WrappedKey
from cds.audit.stores import sqlitefile, store
from cds.foundation.errors import LedgerUnavailable
from tests.audit import laying, servers
from tests.audit.limits import file_size_limit, unprivileged

ROOT = Path(__file__).parents[3]
FORKING = """
import os, sys
from cds.foundation.errors import LedgerUnavailable
from tests.audit import laying, servers
from cds.audit.place import beside
with servers.opened(beside(sys.argv[1])) as opened:
    laying.some(opened, 1)
    child = os.fork()
    if child == 0:
        try:
            laying.some(opened, 1)
        except LedgerUnavailable as error:
            opened.close()
            os._exit(0 if "Open it in each worker" in str(error) else 2)
        os._exit(3)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    laying.some(opened, 1)
sys.exit(code)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.sqlite3"


@pytest.fixture
def opened(path: Path) -> Iterator[Store]:
    with at(path, busy_seconds=0.1) as one:
        yield one


def at(path: Path, *, create: bool = True, busy_seconds: float = 1.0) -> AbstractContextManager[Store]:
    """The store in this file."""
    return servers.opened(beside(f"sqlite:///{path}"), create=create, busy_seconds=busy_seconds)


def make_sqlite(path: Path, *statements: str) -> None:
    """Runs these statements on the SQLite file at `path`."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def refused(opened: Store, text: str) -> None:
    """The next row is refused, in words that say what to do and name no path."""
    with pytest.raises(LedgerUnavailable, match=text) as caught:
        laying.lay(opened, laying.row(1_000, body=b"-" * 20_000))
    assert "audit.sqlite3" not in str(caught.value)


def goes_on(opened: Store, *, after: int) -> None:
    """The next row is taken, and the log is whole."""
    laying.some(opened, 1)
    with opened.reading() as reading:
        assert ([one.seq for one in reading.rows(Search())], list(reading.problems())) == (list(range(1, after + 2)), [])


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


def test_a_relative_address_is_read_from_the_current_folder_and_its_folders_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with servers.opened(beside("sqlite:///var/deep/audit.sqlite3")) as opened:
        monkeypatch.chdir("/")
        laying.some(opened, 1)
    assert (tmp_path / "var" / "deep" / "audit.sqlite3").is_file()


def test_a_path_with_signs_that_mean_something_in_addresses_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "an audit#1 100%25.sqlite3"
    with at(path) as opened:
        laying.some(opened, 1)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_new_ledger_is_readable_by_its_owner_only(path: Path, opened: Store) -> None:
    laying.some(opened, 1)
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_a_ledger_says_what_it_is(path: Path, opened: Store) -> None:
    with closing(sqlite3.connect(path)) as connection:
        told = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    assert told == [0x42504C47, 3]


def test_an_auditor_who_names_a_ledger_that_is_not_there_makes_none(path: Path) -> None:
    with pytest.raises(LedgerRefused, match=r"audit\.sqlite3: There is no ledger here"):
        store.open_store(beside(f"sqlite:///{path}"), create=False)
    assert list(path.parent.iterdir()) == []


def test_a_folder_is_refused_as_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match="This is a folder"):
        store.open_store(beside(f"sqlite:///{tmp_path}"), create=True)


def test_a_path_through_a_file_is_told_to_the_operator_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerUnavailable, match=r"audit\.sqlite3: .*\(\w+\): a part of its path is a file"):
        store.open_store(beside(f"sqlite:///{tmp_path / 'file' / 'audit.sqlite3'}"), create=True)


@pytest.mark.parametrize("content", [b"", b"no database", b"no database" * 1000])
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LedgerRefused, match=r"audit\.sqlite3: The file is not.*was not touched"):
        store.open_store(beside(f"sqlite:///{path}"), create=True)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_refused(path: Path) -> None:
    make_sqlite(path, "CREATE TABLE entries (seq INTEGER)")
    with pytest.raises(LedgerRefused, match="not an audit ledger"):
        store.open_store(beside(f"sqlite:///{path}"), create=True)


@pytest.mark.parametrize(
    ("alteration", "text"),
    [
        ("PRAGMA user_version = 4", "another form"),
        ("PRAGMA user_version = 2", "Run `cds audit upgrade`"),
        ("PRAGMA user_version = 1", "Run `cds audit upgrade`"),
        ("ALTER TABLE entries ADD COLUMN remark TEXT", "altered"),
        ("ALTER TABLE leaves RENAME TO leafs", "altered"),
        ("DROP TABLE segments", "altered"),
        ("DROP TABLE alembic_version", "altered"),
        ("CREATE TRIGGER silence AFTER INSERT ON entries BEGIN DELETE FROM entries WHERE seq = NEW.seq; END", "altered"),
    ],
)
def test_a_ledger_of_another_form_is_refused(path: Path, alteration: str, text: str) -> None:
    with at(path):
        pass
    make_sqlite(path, alteration)
    with pytest.raises(LedgerRefused, match=text):
        store.open_store(beside(f"sqlite:///{path}"), create=True)


def test_a_ledger_that_was_taken_out_of_write_ahead_logging_is_refused(path: Path) -> None:
    with at(path):
        pass
    make_sqlite(path, "PRAGMA journal_mode = DELETE")
    with pytest.raises(LedgerRefused, match=r"not durable: journal_mode delete \(expected wal\)"):
        store.open_store(beside(f"sqlite:///{path}"), create=True)


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_a_connection_that_syncs_less_than_full_is_refused(path: Path, level: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {level}")
        with pytest.raises(LedgerRefused, match=r"not durable.*synchronous \d \(expected 2\)"):
            sqlitefile.require_durable(connection)


@pytest.mark.parametrize("mode", ["ro", "rw"])
def test_every_connection_to_the_ledger_syncs_in_full_and_overwrites_what_it_deletes(path: Path, opened: Store, mode: str) -> None:
    with closing(sqlitefile.connect(path, mode, timeout=1.0)) as connection:
        settings = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "secure_delete", "journal_mode")]
    assert settings == [sqlitefile.FULL, 1, "wal"]


def test_a_reader_cannot_write(path: Path, opened: Store) -> None:
    with closing(sqlitefile.connect(path, "ro", timeout=1.0)) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM entries")


def test_a_write_ahead_log_without_its_ledger_is_not_begun_anew(path: Path) -> None:
    path.with_name("audit.sqlite3-wal").write_bytes(b"records")
    with pytest.raises(LedgerRefused, match="Put the ledger back"):
        store.open_store(beside(f"sqlite:///{path}"), create=True)
    assert not path.exists()


def test_a_ledger_with_little_room_left_is_not_ready(path: Path) -> None:
    with closing(store.open_store(beside(f"sqlite:///{path}"), create=True, least_free=1 << 62)) as opened:
        laying.some(opened, 1)
        with pytest.raises(LedgerUnavailable, match=r"has \d+ bytes left.*Free space"):
            opened.ready()


def test_a_full_disk_refuses_the_row_and_space_brings_the_ledger_back(path: Path, opened: Store) -> None:
    laying.some(opened, 1)
    with file_size_limit(path.with_name("audit.sqlite3-wal").stat().st_size + 8_192):
        refused(opened, "free space")
        refused(opened, "free space")
    goes_on(opened, after=1)


def test_a_ledger_whose_disk_takes_no_page_is_not_ready(path: Path, opened: Store) -> None:
    laying.some(opened, 1)
    with file_size_limit(path.with_name("audit.sqlite3-wal").stat().st_size), pytest.raises(LedgerUnavailable, match="free space"):
        opened.ready()
    opened.ready()
    goes_on(opened, after=1)


def test_a_read_only_ledger_refuses_rows_until_it_is_writable() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.sqlite3"
        with at(path) as opened:
            laying.some(opened, 1)
        with rights(path, file=0o444, folder=0o555), unprivileged(), pytest.raises(LedgerUnavailable, match="make the file and its folder"):
            store.open_store(beside(f"sqlite:///{path}"), create=True)
        with rights(path, file=0o444, folder=0o777), unprivileged():
            one = store.open_store(beside(f"sqlite:///{path}"), create=True)
            refused(one, "make the file and its folder writable")
            with pytest.raises(LedgerUnavailable, match="read-only"):
                one.ready()
        with unprivileged(), closing(one):
            one.ready()
            goes_on(one, after=1)


def test_a_folder_that_may_not_be_written_is_told_at_the_start() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        with unprivileged(), pytest.raises(LedgerUnavailable, match="EACCES.*change the rights or name another"):
            store.open_store(beside(f"sqlite:///{folder}/audit.sqlite3"), create=True)


def test_a_deleted_ledger_is_not_written_on_and_not_begun_anew(path: Path, opened: Store) -> None:
    laying.some(opened, 1)
    path.unlink()
    refused(opened, "put it back")
    refused(opened, "put it back")
    assert not path.exists()


def test_a_ledger_that_was_moved_while_it_was_written_is_no_record(path: Path, opened: Store) -> None:
    with pytest.raises(LedgerUnavailable, match="moved or deleted while it was written"), opened.writing():
        path.rename(path.with_name("elsewhere"))


def test_a_ledger_that_was_moved_works_again_where_it_was(path: Path, opened: Store) -> None:
    laying.some(opened, 1)
    path.rename(path.with_name("elsewhere"))
    refused(opened, "put it back")
    path.with_name("elsewhere").rename(path)
    goes_on(opened, after=1)


def test_a_ledger_restored_under_the_running_service_is_the_one_written_to(path: Path, opened: Store) -> None:
    backup = path.with_name("backup")
    with at(backup) as other:
        laying.lay(other, laying.row(1, entry_id="restored"))
    laying.some(opened, 1)
    for leftover in path.parent.glob("audit.sqlite3*"):
        leftover.unlink()
    shutil.copy(backup, path)
    goes_on(opened, after=1)
    assert [row.entry_id for row in laying.found(opened)] == ["restored", "entry-2"]


def test_a_lost_write_ahead_log_is_noticed_and_loses_no_row(path: Path, opened: Store) -> None:
    laying.some(opened, 1)
    path.with_name("audit.sqlite3-wal").unlink()
    laying.lay(opened, laying.row(2))
    goes_on(opened, after=2)


def test_a_file_put_in_the_ledgers_place_is_never_written(path: Path, opened: Store) -> None:
    path.unlink()
    path.write_bytes(b"something else" * 500)
    with pytest.raises(LedgerUnavailable, match="not SQLite.*was not touched"), opened.writing():
        pass
    assert path.read_bytes() == b"something else" * 500


def test_an_error_carries_its_cause(path: Path, opened: Store) -> None:
    path.unlink()
    with pytest.raises(LedgerUnavailable) as caught, opened.writing():
        pass
    assert caught.value.__cause__ is not None


def test_a_ledger_carried_over_a_fork_refuses_and_leaves_the_parents_alone(path: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKING, f"sqlite:///{path}"], cwd=ROOT, check=True, timeout=60)
    with at(path, create=False) as opened:
        goes_on(opened, after=2)


def test_text_that_is_not_text_stays_visible(path: Path, opened: Store) -> None:
    laying.some(opened, 1)
    make_sqlite(path, "UPDATE entries SET client = CAST(x'C3' AS TEXT)")
    assert [row.client for row in laying.found(opened)] == ["\udcc3"]


def test_a_damaged_index_is_told(path: Path, opened: Store) -> None:
    laying.some(opened, 2)
    make_sqlite(
        path,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, '(\"at\")', '(channel)') WHERE name = 'entries_at'",
        "UPDATE sqlite_master SET sql = replace(sql, '(at)', '(channel)') WHERE name = 'entries_at'",
    )
    with opened.reading() as reading:
        assert any("entries_at" in one for one in reading.problems())


def test_a_damaged_page_is_told(path: Path, opened: Store) -> None:
    laying.some(opened, 50)
    opened.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with closing(sqlite3.connect(path)) as connection:
        assert sqlitefile.is_corruption(_error(connection))


def _error(connection: sqlite3.Connection) -> BaseException:
    with pytest.raises(sqlite3.DatabaseError) as caught:
        connection.execute("SELECT * FROM entries").fetchall()
    return caught.value


@settings(max_examples=10)
@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    destroyed=st.sets(st.integers(0, 29), min_size=1, max_size=6),
    rewrapped=st.booleans(),
)
def test_of_a_destroyed_key_no_byte_stays_in_the_files(
    sizes: list[int], destroyed: set[int], rewrapped: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("keys") / "audit.sqlite3"
    keys = [laying.key(f"{number:02x}" * 16, f"subject-{number}", wrapped=os.urandom(60)) for number in range(30)]
    left = iter(keys)
    with at(path) as opened:
        for size in [*sizes, 30]:
            some = list(itertools.islice(left, size))
            with opened.writing() as writing:
                writing.add_keys(some)
            laying.some(opened, 3)
        if rewrapped:
            old, keys = keys, [WrappedKey(key.key_id, key.subject, os.urandom(60), "master-2") for key in keys]
            with opened.writing() as writing:
                writing.add_keys(keys)
            assert not any(key.wrapped in written(path) for key in old)
        for number in destroyed:
            with opened.writing() as writing:
                assert writing.drop_keys(f"subject-{number}") == 1
        there = {number for number, key in enumerate(keys) if key.wrapped in written(path)}
    assert there == set(range(30)) - destroyed


def written(path: Path) -> bytes:
    """All that is in the files of a ledger."""
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_a_key_destroyed_while_somebody_reads_is_wiped_with_the_next_transaction(path: Path, opened: Store) -> None:
    key = laying.key("k", wrapped=os.urandom(60))
    with opened.writing() as writing:
        writing.add_keys([key])
    with opened.reading() as reading:
        assert list(reading.keys()) == [key]
        with opened.writing() as writing:
            writing.drop_keys("s1")
        assert key.wrapped in written(path)
    laying.some(opened, 1)
    assert key.wrapped not in written(path)
