"""Old months are dropped, and what is left is proved as before."""

import itertools
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.audit import retention, verification
from cds.audit.faults import LedgerDamaged
from cds.audit.keys import keyring
from cds.audit.keys.keyring import KeyRing
from cds.audit.place import Place
from cds.audit.retention import Retained
from cds.audit.rows import Reading, Search
from cds.audit.stores import store
from cds.audit.tree import checkpoints, heads, merkle
from cds.audit.verification import Asked
from cds.audit.writing import appending
from cds.foundation.errors import WrongShape
from cds.values.record import ActionRecord, Entry
from tests.audit import decided, formers, servers

AT = "2030-06-15T08:00:00Z"
ACTION = ActionRecord("retention-1", AT, "retention", "user:tester")


def entry(number: int, month: str, patient: str = "Patient/1") -> Entry:
    """A decision of that month."""
    return decided.decision(f"d-{number}", decided_at=f"{month}-10T07:08:09Z", private=replace(decided.PRIVATE, patient=patient))


def filled(place: Place, months: Sequence[str], patients: Sequence[str] = ("Patient/1",)) -> KeyRing:
    """A ledger with a decision of each month in that order, of the patients in turn."""
    ring = keyring.open_ring(place)
    people = itertools.cycle(patients)
    with servers.opened(place) as opened, opened.writing() as writing:
        appending.append(writing, ring, [entry(number, month, next(people)) for number, month in enumerate(months, 1)])
    return ring


def retained(place: Place, before: str, action: ActionRecord = ACTION) -> Retained:
    """What retention drops."""
    with servers.opened(place, create=False) as opened, opened.writing() as writing:
        return retention.retain(writing, keyring.open_ring(place), place.heads, before, action)


def faults_of(place: Place, ring: KeyRing) -> tuple[object, ...]:
    """What verification finds, with all heads."""
    with servers.opened(place, create=False) as opened, opened.reading() as reading:
        asked = Asked(keys=ring.verifiers, heads=heads.read(place.heads, reading.log_id()), ring=ring)
        return verification.verify(reading, asked).faults


def numbers(place: Place) -> list[int]:
    """The rows that are left."""
    with servers.opened(place, create=False) as opened, opened.reading() as reading:
        return [row.seq for row in reading.rows(Search())]


def test_whole_months_before_the_one_named_are_dropped_and_it_is_recorded(both: Place) -> None:
    ring = filled(both, ["2030-01", "2030-01", "2030-02", "2030-03", "2030-03"])
    done = retained(both, "2030-03")
    assert [(one.month, one.first, one.last) for one in done.segments] == [("2030-01", 1, 2), ("2030-02", 3, 3)]
    assert (done.rows, numbers(both)) == (3, [4, 5, 6])
    with servers.opened(both, create=False) as opened, opened.reading() as reading:
        assert [one.month for one in reading.segments()] == ["2030-01", "2030-02"]
        assert reading.row("d-1") is None
        assert retention.gone(reading).startswith("Records up to number 3, of 2030-01 to 2030-02, were dropped")
        assert reading.row("retention-1") is not None
    assert faults_of(both, ring) == ()


def test_the_head_of_each_segment_is_signed_and_published(tmp_path: Path) -> None:
    place = decided.place(tmp_path)
    ring = filled(place, ["2030-01", "2030-01", "2030-02", "2030-03"])
    done = retained(place, "2030-03")
    with servers.opened(place, create=False) as opened, opened.reading() as reading:
        assert heads.read(place.heads, reading.log_id()) == [one.checkpoint for one in done.segments]
        for one in done.segments:
            head = checkpoints.verify(one.checkpoint, ring.verifiers)
            assert (head.size, head.root) == (one.last, merkle.root_at(reading, one.last))


def test_the_keys_of_subjects_who_have_no_decision_left_are_destroyed_and_no_others(both: Place) -> None:
    filled(both, ["2030-01", "2030-01", "2030-02"], ["Patient/1", "Patient/2", "Patient/1"])
    with servers.opened(both, create=False) as opened, opened.reading() as reading:
        gone, stays = (row.subject for row in itertools.islice(reading.rows(Search(newest_first=True)), 2))
        before = {key.subject for key in list(reading.keys())}
    assert retained(both, "2030-02").keys == 1
    with servers.opened(both, create=False) as opened, opened.reading() as reading:
        left = {key.subject for key in list(reading.keys())}
    assert (len(before), left) == (2, {gone})
    assert before - left == {stays}


def test_a_segment_ends_where_a_later_month_begins_when_the_clock_was_set_back(tmp_path: Path) -> None:
    place = decided.place(tmp_path)
    ring = filled(place, ["2030-01", "2030-03", "2030-01", "2030-02", "2030-04", "2030-01"])
    done = retained(place, "2030-03")
    assert [(one.month, one.first, one.last) for one in done.segments] == [("2030-01", 1, 1)]
    done = retained(place, "2030-04", replace(ACTION, action_id="retention-2"))
    assert [(one.month, one.first, one.last) for one in done.segments] == [("2030-03", 2, 4)]
    assert numbers(place) == [5, 6, 7, 8]
    assert faults_of(place, ring) == ()


def test_where_no_month_is_old_enough_nothing_is_dropped_and_nothing_recorded(tmp_path: Path) -> None:
    place = decided.place(tmp_path)
    filled(place, ["2030-03"])
    assert retained(place, "2030-03") == Retained([], 0, 0)
    assert numbers(place) == [1]
    with servers.opened(place, create=False) as opened, opened.reading() as reading:
        assert retention.gone(reading) == ""


@pytest.mark.parametrize("before", ["2030-07", "2031-01", "2030", "2030-13", "2030-00", "2030-1", "2030-01-01", "\uff12\uff10\uff13\uff10-01"])
def test_a_month_that_has_not_ended_or_is_none_is_refused(tmp_path: Path, before: str) -> None:
    place = decided.place(tmp_path)
    filled(place, ["2030-01"])
    with pytest.raises(WrongShape, match="year and month"):
        retained(place, before)
    assert numbers(place) == [1]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'low', 'lou') AS BLOB) WHERE seq = 2", "Of the rows 1 to 3"),
        ("DELETE FROM entries WHERE seq = 2", "Of the rows 1 to 3"),
        ("UPDATE leaves SET hash = zeroblob(32) WHERE seq = 1", "rewritten"),
    ],
)
def test_what_cannot_be_proved_is_not_dropped(tmp_path: Path, statement: str, told: str) -> None:
    place = decided.place(tmp_path)
    ring = filled(place, ["2030-01", "2030-01", "2030-01", "2030-02"])
    with servers.opened(place) as opened, opened.reading() as reading:
        writer = heads.Heads(place.heads, reading.log_id(), ring.signer, 1, 0)
        assert writer.publish(reading.state(), datetime.fromisoformat(AT), reading)
    formers.asked(tmp_path / "audit.sqlite3", statement)
    left = numbers(place)
    with pytest.raises(LedgerDamaged, match=told):
        retained(place, "2030-02")
    assert numbers(place) == left


MONTHS = st.lists(st.sampled_from(["2030-01", "2030-02", "2030-03", "2030-04"]), max_size=30)


@settings(max_examples=25, deadline=None)
@given(months=MONTHS, before=st.sampled_from(["2030-01", "2030-02", "2030-03", "2030-05"]), old=st.integers(0, 30))
def test_after_retention_everything_left_is_proved_as_before(
    tmp_path_factory: pytest.TempPathFactory, months: list[str], before: str, old: int
) -> None:
    place = decided.place(tmp_path_factory.mktemp("retention"))
    ring = filled(place, months)
    with closing(store.open_store(place, create=False)) as opened, opened.reading() as reading:
        size = min(old, reading.state().size)
        was = merkle.root_at(reading, size)
    retained(place, before)
    assert faults_of(place, ring) == ()
    with closing(store.open_store(place, create=False)) as opened, opened.reading() as reading:
        _require_provable(reading, size, was)
        gone = sum(one.last - one.first + 1 for one in reading.segments())
        assert all(month >= before for month in months[gone : gone + 1])


def _require_provable(reading: Reading, old: int, was: bytes) -> None:
    size, root = reading.state().size, merkle.root(reading.state())
    assert merkle.verify_consistency(old, size, was, root, merkle.consistency(reading, old, size))
    for row in reading.rows(Search()):
        path = merkle.inclusion(reading, row.seq - 1, size)
        assert merkle.verify_inclusion(merkle.leaf(row.body), row.seq - 1, size, path, root)
