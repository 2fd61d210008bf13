"""Tokens and calls that were seen: once for all threads and processes, after a restart too, and never longer than needed."""

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.audit.place import Place
from cds.audit.seen import calls
from cds.audit.seen.calls import Calls
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples
from tests.audit.admitting import ISSUER, NOW
from tests.audit.servers import Server

ROOT = Path(__file__).parents[3]
UNTIL = NOW + 360
PROCESSES, EACH = 3, 40


@pytest.fixture
def url(both: Place) -> str:
    """The address of a ledger in a file, and of one in a database."""
    return both.url


@pytest.fixture
def opened(url: str) -> Iterator[Calls]:
    with closing(calls.open_calls(url)) as one:
        yield one


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return samples.url(tmp_path / "audit.sqlite3")


@pytest.fixture
def in_file(file_url: str) -> Iterator[Calls]:
    with closing(calls.open_calls(file_url)) as one:
        yield one


def rows(url: str, table: str) -> object:
    """How many there are."""
    if url.startswith("postgresql:"):
        with psycopg.connect(url) as server:
            return server.execute(f"SELECT count(*) FROM calls_{table}".encode()).fetchone()
    with closing(sqlite3.connect(file(url))) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()


def file(url: str) -> Path:
    return Path(f"{url.removeprefix('sqlite:///')}-calls")


def first(opened: Calls, token_id: str = "one", *, now: int = NOW, issuer: str = ISSUER) -> bool:
    return opened.first(issuer, token_id, until=now + 360, now=now)


def test_a_token_is_new_once(opened: Calls) -> None:
    assert [first(opened), first(opened), first(opened, "two")] == [True, False, True]


def test_the_same_id_of_two_issuers_is_two_tokens(opened: Calls) -> None:
    assert first(opened, issuer="https://a.example.org")
    assert first(opened, issuer="https://b.example.org")


def test_issuer_and_id_do_not_run_into_each_other(opened: Calls) -> None:
    assert first(opened, "bc", issuer="a")
    assert first(opened, "c", issuer="ab")


def test_a_token_is_known_after_a_restart(url: str) -> None:
    with closing(calls.open_calls(url)) as before:
        assert first(before)
    with closing(calls.open_calls(url)) as after:
        assert not first(after)


def test_a_token_is_kept_until_it_could_not_be_sent_any_more_and_then_forgotten(opened: Calls, url: str) -> None:
    assert first(opened)
    assert not first(opened, now=UNTIL)
    assert first(opened, "two", now=UNTIL + 1)
    assert rows(url, "tokens") == (1,)


def test_threads_find_a_token_new_once(opened: Calls) -> None:
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(first(opened))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 7 + [True]


def test_processes_that_start_at_once_find_each_token_new_once(url: str) -> None:
    command = [sys.executable, "-m", "tests.audit.admitting", url, str(EACH)]
    children = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    new = [line for one in children for line in one.communicate(timeout=120)[0].split()]
    assert {one.returncode for one in children} == {0}
    assert sorted(map(int, new)) == list(range(EACH))
    with closing(calls.open_calls(url)) as after:
        assert after.seen_in("client", 1) == PROCESSES * EACH + 1


def test_calls_are_counted_by_key_and_span(opened: Calls) -> None:
    assert [opened.seen_in("a", 1), opened.seen_in("b", 1), opened.seen_in("a", 1), opened.seen_in("a", 2)] == [1, 1, 2, 1]


def test_spans_that_are_over_are_forgotten(opened: Calls, url: str) -> None:
    for key in "abc":
        opened.seen_in(key, 1)
    opened.seen_in("a", 2)
    assert rows(url, "counts") == (1,)


@given(issuer=st.text(), token_id=st.text())
def test_any_text_is_an_id_and_none_of_it_is_kept(issuer: str, token_id: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    url = samples.url(tmp_path_factory.mktemp("calls") / "audit.sqlite3")
    with closing(calls.open_calls(url)) as opened:
        assert first(opened, token_id, issuer=issuer)
        assert not first(opened, token_id, issuer=issuer)


def test_the_file_holds_no_id_and_no_key(in_file: Calls, file_url: str) -> None:
    first(in_file, "canary-7f3a")
    in_file.seen_in("canary-7f3a", 1)
    written = b"".join(path.read_bytes() for path in file(file_url).parent.iterdir())
    assert b"canary-7f3a" not in written


def test_the_file_is_for_its_owner_alone_and_the_ledger_is_another(in_file: Calls, file_url: str) -> None:
    assert stat.S_IMODE(file(file_url).stat().st_mode) == 0o600
    assert not Path(file_url.removeprefix("sqlite:///")).exists()


def test_a_file_that_was_deleted_lets_nobody_in(in_file: Calls, file_url: str) -> None:
    file(file_url).unlink()
    with pytest.raises(LedgerUnavailable):
        first(in_file)


def test_a_file_that_was_replaced_lets_nobody_in(in_file: Calls, file_url: str) -> None:
    file(file_url).rename(file(file_url).with_name("aside"))
    calls.open_calls(file_url).close()
    with pytest.raises(LedgerUnavailable):
        in_file.seen_in("a", 1)


def test_what_is_closed_lets_nobody_in(url: str) -> None:
    opened = calls.open_calls(url)
    opened.close()
    with pytest.raises(LedgerUnavailable):
        first(opened)


def test_a_file_that_somebody_else_holds_lets_nobody_in_and_serves_again_afterwards(file_url: str) -> None:
    with closing(calls.open_calls(file_url, busy_seconds=0.05)) as opened, closing(sqlite3.connect(file(file_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable):
            first(opened)
        other.execute("ROLLBACK")
        assert first(opened)


@pytest.mark.parametrize("content", [b"not SQLite" * 100, b""])
def test_another_file_in_its_place_is_refused_and_left_as_it_is(file_url: str, content: bytes) -> None:
    file(file_url).write_bytes(content)
    with pytest.raises(LedgerUnavailable):
        calls.open_calls(file_url)
    assert file(file_url).read_bytes() == content


def test_a_ledger_in_its_place_is_refused(file_url: str) -> None:
    with closing(sqlite3.connect(file(file_url))) as connection:
        connection.execute("CREATE TABLE ledger (seq)")
    with pytest.raises(LedgerUnavailable):
        calls.open_calls(file_url)


def test_looking_counts_nothing(opened: Calls) -> None:
    assert [opened.seen("a", 1), opened.seen_in("a", 1), opened.seen("a", 1), opened.seen("a", 1)] == [0, 1, 1, 1]
    assert [opened.seen("b", 1), opened.seen("a", 2)] == [0, 0]


def test_a_database_that_is_gone_lets_nobody_in(postgresql: Server) -> None:
    url = postgresql.fresh()
    with closing(calls.open_calls(url)) as opened:
        assert first(opened)
        postgresql.drop(url)
        with pytest.raises(LedgerUnavailable):
            first(opened, "two")


def test_who_was_cut_off_from_the_database_is_let_in_again_afterwards(database: str, postgresql: Server) -> None:
    with closing(calls.open_calls(database)) as opened:
        assert first(opened)
        postgresql.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()")
        assert not first(opened)


def test_a_database_holds_no_id_and_no_key(database: str) -> None:
    with closing(calls.open_calls(database)) as opened:
        first(opened, "canary-7f3a")
        opened.seen_in("canary-7f3a", 1)
    with psycopg.connect(database) as server:
        written = server.execute("SELECT one::text FROM calls_tokens one UNION ALL SELECT one::text FROM calls_counts one").fetchall()
    assert len(written) == 2
    assert "canary-7f3a" not in str(written) and b"canary-7f3a".hex() not in str(written)


def test_a_database_that_cannot_be_reached_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable) as refusal:
        calls.open_calls(f"postgresql://somebody:secret-7f3a@/cds?host={tmp_path}")
    assert "secret-7f3a" not in refusal.value.text and "somebody" not in refusal.value.text
