"""What the ledger keeps of a flood: so many rows a minute and no more, nobody uncounted; and how many signatures of a crowd are checked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.audit.ledger import Ledger
from cds.foundation.settings import Settings
from cds.service import application, ledgers
from cds.service.refusals import REST, ROWS, Checks, Refusals
from cds.values.record import RefusalRecord
from tests.audit import samples

START = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)


class Clock:
    """Turned by the test."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Ledger]:
    with ledgers.for_service(Settings(audit_url=samples.url(tmp_path / "audit.sqlite3")), application.now) as opened:
        yield opened


def refusals(kept: Ledger, clock: Clock) -> Refusals:
    ids = (f"refusal-{number}" for number in count())
    return Refusals(kept, clock, lambda: next(ids))


def rows(kept: Ledger) -> list[RefusalRecord]:
    return [one.entry for one in kept.records() if isinstance(one.entry, RefusalRecord)]


def test_a_minute_has_so_many_rows_and_one_for_the_rest(kept: Ledger) -> None:
    clock = Clock()
    noting = refusals(kept, clock)
    for number in range(5 * ROWS):
        noting.note(f"cause {number}", "", "/a")
    assert len(rows(kept)) == ROWS + 1
    assert (rows(kept)[-1].cause, rows(kept)[-1].client, rows(kept)[-1].route) == REST
    clock.now += timedelta(minutes=1)
    noting.flush()
    assert (rows(kept)[-1].cause, rows(kept)[-1].count) == (REST[0], 4 * ROWS - 1)
    assert sum(row.count for row in rows(kept)) == 5 * ROWS


def test_a_flood_of_strangers_hides_no_client(kept: Ledger) -> None:
    noting = refusals(kept, Clock())
    for number in range(5 * ROWS):
        noting.note(f"cause {number}", "", "/a")
    noting.note("expired", "A hospital", "/a")
    assert (rows(kept)[-1].cause, rows(kept)[-1].client) == ("expired", "A hospital")


def test_what_is_tallied_is_written_with_the_next_notes_and_by_itself_not(kept: Ledger) -> None:
    clock = Clock()
    noting = refusals(kept, clock)
    for _ in range(1000):
        noting.tally()
    assert rows(kept) == []
    noting.flush()
    for _ in range(1000):
        noting.tally()
    noting.flush()
    assert [(row.cause, row.count) for row in rows(kept)] == [(REST[0], 1000)]
    noting.flush(ending=True)
    assert [row.count for row in rows(kept)] == [1000, 1000]


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["", "A"]), st.booleans())))
def test_nobody_is_left_uncounted_and_no_minute_has_more_rows_than_it_may(flood: list[tuple[int, str, bool]]) -> None:
    written: list[list[RefusalRecord]] = []

    class Kept(Ledger):
        """Keeps what it is given."""

        def __init__(self) -> None:
            """Holds no file."""

        def append_all(self, records: object) -> tuple[bool, ...]:
            """Keeps them."""
            written[-1].extend(records)  # type: ignore[arg-type]
            return ()

    clock = Clock()
    noting = refusals(Kept(), clock)
    written.append([])
    for cause, client, later in flood:
        if later:
            clock.now += timedelta(minutes=1)
            written.append([])
        noting.note(f"cause {cause}", client, "/a")
    assert all(len(minute) <= 2 * ROWS + 1 for minute in written)
    noting.flush(ending=True)
    assert sum(row.count for minute in written for row in minute) == len(flood)


def test_so_many_signatures_of_an_address_are_checked_in_a_minute() -> None:
    clock = Clock()
    checks = Checks(clock, most=2)
    assert [checks.take("a"), checks.take("a"), checks.take("a"), checks.take("b")] == [True, True, False, True]
    clock.now += timedelta(minutes=1)
    assert checks.take("a")


def test_what_let_somebody_in_is_given_back() -> None:
    checks = Checks(Clock(), most=1)
    for _ in range(5):
        assert checks.take("a")
        checks.give_back("a")
    checks.give_back("a")
    assert [checks.take("a"), checks.take("a")] == [True, False]
