"""A ledger of an older form: verified and read as it is, brought to the form of today with every row unchanged, its cards found in both.

`form-1.sql` is a ledger that the software wrote when it had no cards table, as SQLite prints it.
"""

import shutil
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.audit import forms, ledger, sqlite
from cds.audit.bodies import Entry
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples

HEAD = "f52d218de5eb06cbdf7b0f144a2d35976d5c7744cef8a31dc7b8da3a453521f2"
DECISIONS = ["one", "two", "three"]
FIRST, SECOND, THIRD = (f"0f0f4f3c-1111-4222-8333-44445555660{number}" for number in (1, 2, 3))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the old ledger."""
    path = tmp_path / "audit.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(Path(__file__).with_name("form-1.sql").read_text(encoding="utf-8"))
    return path


def asked(path: Path, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What SQLite says."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(question, values).fetchall()


def found(path: Path, *cards: str) -> list[tuple[str, str]]:
    """Each card with the id of the rows about it, for a reader who changes nothing."""
    with ledger.open_ledger(samples.url(path), create=False) as opened:
        return [(card, row.decision_id) for card, row in opened.about(cards)]


def test_an_auditor_reads_and_verifies_an_old_ledger_and_leaves_it_as_it_is(old: Path) -> None:
    before = old.read_bytes()
    with ledger.open_ledger(samples.url(old), create=False) as opened:
        assert (opened.verify().count, opened.verify().head, opened.verify().fault) == (3, HEAD, None)
        assert [row.record.decision_id for row in opened.records(newest_first=False)] == DECISIONS
    assert found(old, FIRST, THIRD) == [(FIRST, "one"), (THIRD, "three")]
    assert old.read_bytes() == before
    assert asked(old, "PRAGMA user_version") == [(1,)]


def test_the_service_brings_an_old_ledger_to_the_form_of_today_with_every_row_unchanged(old: Path) -> None:
    before = asked(old, "SELECT * FROM ledger")
    with ledger.open_ledger(samples.url(old)) as opened:
        assert asked(old, "PRAGMA user_version") == [(forms.FORM,)]
        assert asked(old, "SELECT * FROM ledger") == before
        assert (opened.verify().count, opened.verify().head, opened.verify().fault) == (3, HEAD, None)
        opened.append_all([samples.feedback(card=THIRD), samples.given("four", samples.CARD)])
        assert (opened.verify().count, opened.verify().fault) == (5, None)
    assert found(old, FIRST, SECOND, THIRD, samples.CARD) == [
        (FIRST, "one"), (SECOND, "one"), (THIRD, "three"), (THIRD, "feedback-1"), (samples.CARD, "four"),
    ]  # fmt: skip


def test_several_at_once_bring_a_ledger_up_once(old: Path) -> None:
    gate = threading.Barrier(4)

    def work() -> None:
        gate.wait(timeout=30)
        ledger.open_ledger(samples.url(old), busy_seconds=30.0).close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found(old, SECOND) == [(SECOND, "one")]


def test_a_ledger_that_is_held_is_not_brought_up_and_stays_as_it_was(old: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="another program holds it"):
            ledger.open_ledger(samples.url(old), busy_seconds=0.1)
        other.execute("ROLLBACK")
    assert asked(old, "PRAGMA user_version") == [(1,)]
    ledger.open_ledger(samples.url(old)).close()
    assert found(old, SECOND) == [(SECOND, "one")]


def test_cards_that_were_lost_are_worked_out_again(old: Path) -> None:
    with ledger.open_ledger(samples.url(old)) as opened:
        opened.append_all([samples.feedback(card=SECOND), samples.refusal()])
    kept = asked(old, "SELECT * FROM cards ORDER BY uuid, seq")
    asked(old, "DROP TABLE cards")
    assert found(old, SECOND) == [(SECOND, "one"), (SECOND, "feedback-1")]
    ledger.open_ledger(samples.url(old)).close()
    assert asked(old, "SELECT * FROM cards ORDER BY uuid, seq") == kept


def test_verification_does_not_rest_on_the_cards(old: Path) -> None:
    ledger.open_ledger(samples.url(old)).close()
    asked(old, "DELETE FROM cards")
    asked(old, "INSERT INTO cards VALUES (?, 1), (?, 77)", ("invented", FIRST))
    with ledger.open_ledger(samples.url(old)) as opened:
        assert (opened.verify().count, opened.verify().head, opened.verify().fault) == (3, HEAD, None)
        assert list(opened.about([FIRST])) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"[]", b'{"assessment": 1}', b'{"assessment": {"cards": [1, "x", [], {"uuid": 7}, {}]}}', b'{"assessment": {"cards": {}}}'],
)
def test_a_damaged_row_does_not_keep_a_ledger_from_being_brought_up_and_is_still_found(old: Path, body: bytes) -> None:
    asked(old, "UPDATE ledger SET body = ? WHERE seq = 2", (body,))
    with ledger.open_ledger(samples.url(old)) as opened:
        fault = opened.verify().fault
    assert fault is not None
    assert (fault.seq, fault.kind) == (2, "content changed")
    assert found(old, FIRST, THIRD) == [(FIRST, "one"), (THIRD, "three")]


ENTRIES = st.lists(
    st.tuples(st.sampled_from(["decision", "feedback", "refusal"]), st.lists(st.sampled_from([FIRST, SECOND, THIRD]), min_size=1, max_size=2)),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(entries=ENTRIES)
def test_the_cards_written_with_the_rows_are_those_that_the_bodies_say(tmp_path_factory: pytest.TempPathFactory, entries: list[Any]) -> None:
    path = tmp_path_factory.mktemp("cards") / "audit.sqlite3"
    with ledger.open_ledger(samples.url(path)) as opened:
        for number, (kind, cards) in enumerate(entries):
            made: dict[str, Entry] = {
                "decision": samples.given(f"d-{number}", *cards),
                "feedback": samples.feedback(f"f-{number}", card=cards[0]),
                "refusal": samples.refusal(f"r-{number}"),
            }
            opened.append(made[kind])
    assert sorted(asked(path, "SELECT uuid, seq FROM cards")) == sorted(set(asked(path, forms.CARDS_OF_BODIES)))
    shutil.rmtree(path.parent)


def test_a_new_ledger_has_the_form_of_today(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite3"
    ledger.open_ledger(samples.url(path)).close()
    with sqlite.reading(path, timeout=1.0) as connection:
        assert forms.is_current(connection)
