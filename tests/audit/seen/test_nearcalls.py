"""Calls of hosts that share a database: counted and checked together, and by each host for itself while the database is away."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cds.audit.place import Place
from cds.audit.seen import nearcalls
from cds.audit.seen.calls import Calls
from cds.audit.seen.nearcalls import RETRY
from cds.foundation.errors import LedgerUnavailable
from tests.audit import decided, servers
from tests.audit.admitting import ISSUER, NOW
from tests.audit.servers import Server

AT = datetime(2030, 1, 2, tzinfo=UTC)


@dataclass
class Clock:
    """Stands until it is set."""

    at: datetime = AT

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Away:
    """A database that cannot be asked, and how often it was."""

    asked: list[str] = field(default_factory=list)

    def close(self) -> None:
        self.asked.append("close")

    def first(self, issuer: str, token_id: str, *, until: int, now: int) -> bool:
        return bool(self._fail())

    def seen_in(self, key: str, span: int, times: int = 1) -> int:
        return self._fail()

    def seen(self, key: str, span: int) -> int:
        return self._fail()

    def _fail(self) -> int:
        self.asked.append("asked")
        raise LedgerUnavailable("The database is away.")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with servers.running() as one:
        yield one


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    server.start()
    made = server.fresh()
    yield made
    server.start()
    server.drop(made)


def place(folder: Path, url: str) -> Place:
    return replace(decided.place(folder), url=url, spool=folder / "spool")


def first(opened: Calls, token_id: str) -> bool:
    return opened.first(ISSUER, token_id, until=NOW + 360, now=NOW)


@pytest.fixture
def hosts(tmp_path: Path, url: str) -> Iterator[tuple[Calls, Calls, Clock]]:
    """Two that share the database, and the clock of both."""
    clock = Clock()
    with ExitStack() as closings:
        one, other = (closings.enter_context(closing(nearcalls.open_calls(place(tmp_path / name, url), clock))) for name in ("a", "b"))
        yield one, other, clock


def test_hosts_know_each_others_tokens_and_count_together(hosts: tuple[Calls, Calls, Clock]) -> None:
    one, other, _ = hosts
    assert [first(one, "t"), first(other, "t"), first(one, "t")] == [True, False, False]
    assert [one.seen_in("k", 7), other.seen_in("k", 7, 3), one.seen("k", 7)] == [1, 4, 4]


def test_while_the_database_is_away_a_host_lets_in_whose_token_it_has_not_seen(server: Server, hosts: tuple[Calls, Calls, Clock]) -> None:
    one, _, clock = hosts
    assert first(one, "before")
    assert one.seen_in("k", 7) == 1
    server.stop()
    assert [first(one, "before"), first(one, "since"), first(one, "since")] == [False, True, False]
    assert [one.seen_in("k", 7), one.seen("k", 7)] == [2, 2]
    server.start()
    clock.at += RETRY
    assert [first(one, "since"), first(one, "after")] == [False, True]
    assert one.seen("k", 7) == 1


def test_after_it_came_back_hosts_count_together_again(server: Server, hosts: tuple[Calls, Calls, Clock]) -> None:
    one, other, clock = hosts
    server.stop()
    assert first(one, "away")
    server.start()
    clock.at += RETRY
    assert [first(one, "t"), first(other, "t")] == [True, False]


def test_workers_of_one_host_know_each_others_tokens_while_it_is_away(tmp_path: Path, server: Server, url: str) -> None:
    with ExitStack() as closings:
        one, other = (closings.enter_context(closing(nearcalls.open_calls(place(tmp_path, url), Clock()))) for _ in range(2))
        server.stop()
        assert [first(one, "t"), first(other, "t")] == [True, False]


@pytest.mark.parametrize(("later", "asked"), [(timedelta(seconds=4), 1), (RETRY, 2), (-RETRY, 2)])
def test_a_database_that_failed_is_left_alone_for_a_while(tmp_path: Path, later: timedelta, asked: int) -> None:
    clock, away = Clock(), Away()
    with closing(nearcalls.NearCalls(nearcalls.open_calls(decided.place(tmp_path), clock), away, clock)) as opened:
        assert [opened.seen_in("k", 7), opened.seen_in("k", 7)] == [1, 2]
        clock.at += later
        assert opened.seen("k", 7) == 2
        assert away.asked == ["asked"] * asked


def test_without_file_and_database_nobody_is_let_in() -> None:
    opened = nearcalls.NearCalls(Away(), Away(), Clock())
    for _ in range(2):
        with pytest.raises(LedgerUnavailable, match="away"):
            first(opened, "t")


def test_a_file_that_cannot_be_used_keeps_nobody_out_while_the_database_answers(tmp_path: Path) -> None:
    clock = Clock()
    with closing(nearcalls.NearCalls(Away(), nearcalls.open_calls(decided.place(tmp_path), clock), clock)) as opened:
        assert [first(opened, "t"), first(opened, "t")] == [True, False]


def test_beside_a_ledger_in_a_file_there_is_one_file_of_calls(tmp_path: Path) -> None:
    at = decided.place(tmp_path)
    nearcalls.open_calls(at, Clock()).close()
    assert [path.name for path in tmp_path.rglob("*-calls")] == ["audit.sqlite3-calls"]
