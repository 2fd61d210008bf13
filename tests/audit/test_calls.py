"""Tokens and calls that were seen: once for all threads and processes, after a restart too, and never longer than needed."""

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.audit import calls
from cds.audit.calls import Calls
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples
from tests.audit.admitting import ISSUER, NOW

ROOT = Path(__file__).parents[2]
UNTIL = NOW + 360
PROCESSES, EACH = 3, 40


@pytest.fixture
def url(tmp_path: Path) -> str:
    return samples.url(tmp_path / "audit.sqlite3")


@pytest.fixture
def opened(url: str) -> Iterator[Calls]:
    with closing(calls.open_calls(url)) as one:
        yield one


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
    with closing(sqlite3.connect(file(url))) as connection:
        assert connection.execute("SELECT count(*) FROM tokens").fetchone() == (1,)


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
    with closing(sqlite3.connect(file(url))) as connection:
        assert connection.execute("SELECT count(*) FROM counts").fetchone() == (1,)


@given(issuer=st.text(), token_id=st.text())
def test_any_text_is_an_id_and_none_of_it_is_kept(issuer: str, token_id: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    url = samples.url(tmp_path_factory.mktemp("calls") / "audit.sqlite3")
    with closing(calls.open_calls(url)) as opened:
        assert first(opened, token_id, issuer=issuer)
        assert not first(opened, token_id, issuer=issuer)


def test_the_file_holds_no_id_and_no_key(opened: Calls, url: str) -> None:
    first(opened, "canary-7f3a")
    opened.seen_in("canary-7f3a", 1)
    written = b"".join(path.read_bytes() for path in file(url).parent.iterdir())
    assert b"canary-7f3a" not in written


def test_the_file_is_for_its_owner_alone_and_the_ledger_is_another(opened: Calls, url: str) -> None:
    assert stat.S_IMODE(file(url).stat().st_mode) == 0o600
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_a_file_that_was_deleted_lets_nobody_in(opened: Calls, url: str) -> None:
    file(url).unlink()
    with pytest.raises(LedgerUnavailable):
        first(opened)


def test_a_file_that_was_replaced_lets_nobody_in(opened: Calls, url: str) -> None:
    file(url).rename(file(url).with_name("aside"))
    calls.open_calls(url).close()
    with pytest.raises(LedgerUnavailable):
        opened.seen_in("a", 1)


def test_what_is_closed_lets_nobody_in(url: str) -> None:
    opened = calls.open_calls(url)
    opened.close()
    with pytest.raises(LedgerUnavailable):
        first(opened)


def test_a_file_that_somebody_else_holds_lets_nobody_in_and_serves_again_afterwards(url: str) -> None:
    with closing(calls.open_calls(url, busy_seconds=0.05)) as opened, closing(sqlite3.connect(file(url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable):
            first(opened)
        other.execute("ROLLBACK")
        assert first(opened)


@pytest.mark.parametrize("content", [b"not SQLite" * 100, b""])
def test_another_file_in_its_place_is_refused_and_left_as_it_is(url: str, content: bytes) -> None:
    file(url).write_bytes(content)
    with pytest.raises(LedgerUnavailable):
        calls.open_calls(url)
    assert file(url).read_bytes() == content


def test_a_ledger_in_its_place_is_refused(url: str) -> None:
    with closing(sqlite3.connect(file(url))) as connection:
        connection.execute("CREATE TABLE ledger (seq)")
    with pytest.raises(LedgerUnavailable):
        calls.open_calls(url)


def test_looking_counts_nothing(opened: Calls) -> None:
    assert [opened.seen("a", 1), opened.seen_in("a", 1), opened.seen("a", 1), opened.seen("a", 1)] == [0, 1, 1, 1]
    assert [opened.seen("b", 1), opened.seen("a", 2)] == [0, 0]
