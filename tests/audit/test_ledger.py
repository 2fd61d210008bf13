"""What a ledger keeps of its word, in a file and in a database: append, find, list, erase, and how things stand."""

import dataclasses
from pathlib import Path

import pytest

from cds.audit import ledger, tombstones
from cds.audit.faults import LedgerDamaged, LedgerRefused, RecordRefused
from cds.audit.ledger import PAGE, Ledger
from cds.audit.place import Place
from cds.audit.rows import Search
from cds.foundation.errors import Erased, LedgerUnavailable
from cds.values.record import AuditRecord, Entry
from tests.audit import samples

OTHER = "0f0f4f3c-1111-4222-8333-444455556667"


def opened(place: Place, *, create: bool = True, least_free: int = 1) -> Ledger:
    """The ledger of the place."""
    return ledger.open_ledger(place, samples.now, create=create, least_free=least_free)


def plain(entry: Entry) -> Entry:
    """The entry without the marks that the ledger gives."""
    return dataclasses.replace(entry, subject="", sealed=None) if isinstance(entry, AuditRecord) else entry


def test_an_appended_record_is_found_as_it_was(both: Place) -> None:
    with opened(both) as one:
        one.append(samples.record("one"))
        row = one.find("one")
        assert row is not None
        assert plain(row.record) == samples.record("one")
        assert row.record.subject == one.subject("", "", samples.PATIENT)
        assert (row.seq, row.entry_id, row.at, row.channel, row.kind) == (1, "one", samples.DECIDED_AT, "hook:low-back-pain", "decision")
        public = row.public
        assert isinstance(public, AuditRecord)
        assert public.private is None


@pytest.mark.parametrize("decision_id", ["", "decision-2", "' OR 1=1 --", "\udcff", "é", "a\0b"])
def test_a_decision_that_was_never_recorded_is_not_found(tmp_path: Path, decision_id: str) -> None:
    with samples.opened(tmp_path / "audit.sqlite3") as one:
        one.append(samples.record("decision-1"))
        assert one.find(decision_id) is None
        assert list(one.about([decision_id])) == []


def test_several_records_of_every_kind_are_added_in_their_order(both: Place) -> None:
    entries: list[Entry] = [
        samples.given("one", samples.CARD),
        samples.refusal(),
        samples.feedback(decision_id="one", release="r 1", digest="sha256:" + "ab" * 32),
        samples.action(detail={"subject": "ab" * 32, "keys": 0, "decisions": 0}),
    ]
    with opened(both) as one:
        assert one.append_all(entries) == (True,) * 4
        rows = list(one.records())
        assert [plain(row.entry) for row in rows] == entries
        assert [row.kind for row in rows] == ["decision", "refusal", "feedback", "action"]
        assert (one.verify().count, one.verify().faults) == (4, ())
        with pytest.raises(LedgerDamaged, match="Row 2 holds no decision"):
            _ = rows[1].record


def test_of_several_records_all_are_added_or_none(both: Place) -> None:
    with opened(both) as one:
        one.append(samples.record("one"))
        with pytest.raises(LedgerUnavailable, match="a record with this id is there already"):
            one.append_all([samples.feedback(), samples.given("two", samples.CARD), samples.record("one")])
        assert [row.entry_id for row in one.records()] == ["one"]
        assert list(one.about([samples.CARD])) == []


def test_a_second_record_with_the_same_id_is_refused_and_the_log_goes_on(both: Place) -> None:
    with opened(both) as one:
        one.append(samples.record("one"))
        with pytest.raises(LedgerUnavailable, match="a record with this id is there already"):
            one.append(samples.record("one", outcome="none"))
        one.append(samples.record("two"))
        assert (one.verify().count, one.verify().faults) == (2, ())


def test_feedback_that_is_there_already_is_not_added_again(both: Place) -> None:
    with opened(both) as one:
        assert one.append_all([samples.feedback("a"), samples.feedback("a"), samples.feedback("b")]) == (True, False, True)
        assert one.append_all([samples.feedback("b", received_at="2031-01-01T00:00:00Z")]) == (False,)
        assert one.state().size == 2


def test_the_rows_about_a_card_are_found_by_its_uuid(both: Place) -> None:
    with opened(both) as one:
        one.append_all([samples.given("one", samples.CARD, OTHER), samples.given("two"), samples.feedback("f"), samples.refusal()])
        assert [(card, row.entry_id) for card, row in one.about([samples.CARD])] == [(samples.CARD, "one"), (samples.CARD, "f")]
        assert [row.entry_id for _, row in one.about([samples.CARD], feedback=False)] == ["one"]
        assert [row.seq for _, row in one.about([OTHER])] == [1]
        assert list(one.about(["one", "é", ""])) == []
        assert list(one.about([])) == []


def test_many_cards_are_looked_for_in_one_go(tmp_path: Path) -> None:
    cards = [f"0f0f4f3c-1111-4222-8333-{number:012d}" for number in range(PAGE * 2 + 1)]
    with samples.opened(tmp_path / "audit.sqlite3") as one:
        one.append(samples.given("one", *cards))
        assert sorted(card for card, _ in one.about(cards)) == cards


def test_only_decisions_are_found_as_decisions(both: Place) -> None:
    with opened(both) as one:
        one.append_all([samples.feedback("f"), samples.refusal("r")])
        assert (one.find("f"), one.find("r")) == (None, None)
        row = one.find_entry("f")
        assert row is not None
        assert row.entry == samples.feedback("f")


def test_records_come_in_either_order_and_no_more_than_asked_for(both: Place) -> None:
    count = PAGE * 2 + 1
    with opened(both) as one:
        one.append_all([samples.refusal(f"refusal-{number}") for number in range(1, count + 1)])
        assert [row.seq for row in one.records(Search(newest_first=True))] == list(range(count, 0, -1))
        assert [row.seq for row in one.records()] == list(range(1, count + 1))
        assert [row.seq for row in one.records(Search(newest_first=True, limit=3))] == [count, count - 1, count - 2]
        assert [row.seq for row in one.records(Search(limit=PAGE + 1))][-1] == PAGE + 1
        assert [row.seq for row in one.records(Search(after=PAGE, before=PAGE + 3))] == [PAGE + 1, PAGE + 2]
        assert list(one.records(Search(limit=0))) == []


def test_records_are_narrowed_by_what_they_are_about(both: Place) -> None:
    with opened(both) as one:
        one.append_all([samples.record("one", client="A"), samples.record("two", client="B", patient="Patient/8"), samples.refusal()])
        eighth = one.subject("B", "", "Patient/8")
        assert [row.entry_id for row in one.records(Search(subject=eighth))] == ["two"]
        assert [row.entry_id for row in one.records(Search(client="A"))] == ["one"]
        assert [row.entry_id for row in one.records(Search(kinds=("decision",)))] == ["one", "two"]
        assert [row.entry_id for row in one.records(Search(release="low-back-pain 1.2.0", newest_first=True))] == ["two", "one"]


def test_a_reader_that_stops_half_way_holds_nothing_up(both: Place) -> None:
    with opened(both) as one:
        one.append(samples.record("one"))
        reader = one.records()
        next(reader)
        one.append(samples.record("two"))
        assert one.state().spooled == 0


def test_a_log_goes_on_where_an_earlier_process_ended_it(both: Place) -> None:
    for decision_id in ("one", "two"):
        with opened(both) as one:
            one.append(samples.record(decision_id))
    with opened(both) as one:
        assert [row.entry_id for row in one.records()] == ["one", "two"]
        assert one.verify().faults == ()


def test_being_ready_leaves_no_trace(both: Place) -> None:
    with opened(both) as one:
        one.append(samples.record())
        one.ready()
        before = one.state()
        assert one.ready() == ""
        assert one.state() == before


def test_a_ledger_with_little_room_left_for_store_and_spool_is_not_ready(tmp_path: Path) -> None:
    with samples.opened(tmp_path / "audit.sqlite3", least_free=2**62) as one, pytest.raises(LedgerUnavailable, match=r"Free space.*ENOSPC"):
        one.ready()


def test_a_closed_ledger_takes_no_more_records_and_is_closed_again_in_peace(both: Place) -> None:
    one = opened(both)
    one.append(samples.record())
    one.close()
    one.close()
    with pytest.raises(LedgerUnavailable, match="the service is stopping"):
        one.append(samples.record("two"))
    with pytest.raises(LedgerUnavailable, match="the service is stopping"):
        one.ready()
    assert not both.spool.exists() or not list(both.spool.rglob("*.spool"))


def test_a_ledger_closed_before_anything_was_written_takes_nothing_either(both: Place) -> None:
    opened(both).close()
    reading = opened(both, create=False)
    reading.close()
    with pytest.raises(LedgerUnavailable, match="the service is stopping"):
        reading.append(samples.record())


def test_no_records_need_no_ledger_that_can_be_written(both: Place) -> None:
    one = opened(both)
    one.close()
    assert one.append_all([]) == ()


def test_an_auditor_who_names_a_ledger_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match=r"audit\.sqlite3: There is no ledger here"):
        samples.opened(tmp_path / "audit.sqlite3", create=False)
    assert list(tmp_path.iterdir()) == []


def test_an_auditor_who_reads_begins_no_spool_and_no_heads(tmp_path: Path) -> None:
    with samples.opened(tmp_path / "audit.sqlite3") as one:
        one.append(samples.record("one"))
    for path in sorted((tmp_path / "heads").rglob("*.checkpoint")):
        path.unlink()
    with samples.opened(tmp_path / "audit.sqlite3", create=False) as one:
        assert [row.record.decision_id for row in one.records()] == ["one"]
        assert (one.verify().faults, one.state().head_size) == ((), 0)
    assert not (tmp_path / "spool").exists()
    assert not list((tmp_path / "heads").rglob("*.checkpoint"))


def test_a_new_ledger_and_all_beside_it_are_for_its_owner_only(tmp_path: Path) -> None:
    with samples.opened(tmp_path / "audit.sqlite3") as one:
        one.append(samples.record())
        secret = [*tmp_path.glob("audit.sqlite3*"), *(tmp_path / "keys").glob("*")]
        assert {file.stat().st_mode & 0o777 for file in secret} == {0o600}


def test_a_record_that_has_no_canonical_form_changes_nothing(both: Place) -> None:
    broken = dataclasses.replace(samples.record().opened, assessment={"value": float("nan")})
    with opened(both) as one:
        with pytest.raises(RecordRefused, match="no canonical JSON form"):
            one.append(samples.record(private=broken))
        one.append(samples.record("two"))
        assert (one.verify().count, one.verify().faults) == (1, ())


def test_its_state_tells_size_root_and_the_newest_head(both: Place) -> None:
    with opened(both) as one:
        assert (one.state().size, one.state().head_at) == (0, None)
        one.append(samples.record("one"))
        one.within(lambda writing: None)
        state = one.state()
        assert (state.size, state.spooled, state.head_size, state.head_at, state.trouble) == (1, 0, 1, samples.NOW, "")
        assert state.root == one.verify().root


def test_what_was_erased_opens_for_nobody_and_the_log_stays_valid(both: Place) -> None:
    with opened(both) as one:
        one.append_all([samples.record("one"), samples.record("two", patient="Patient/8"), samples.record("three")])
        subject = one.subject("", "", samples.PATIENT)
        assert one.erase(subject, samples.action()) == 2
        erased, kept = one.find("one"), one.find("two")
        assert erased is not None
        assert kept is not None
        with pytest.raises(Erased):
            _ = erased.record.assessment
        assert kept.record.opened.patient == "Patient/8"
        assert one.verify().faults == ()
        assert list(tombstones.read(both.heads, one.log_id)) == [subject]
        one.append(samples.record("after"))
        after = one.find("after")
        assert after is not None
        assert after.record.opened.patient == samples.PATIENT
        assert one.verify().faults == ()


def test_a_rotation_is_recorded_and_all_still_opens(both: Place) -> None:
    with opened(both) as one:
        one.append(samples.record("one"))
        assert one.rotate(samples.action(action="rotation")) == 0
        assert [row.channel for row in one.records(Search(kinds=("action",)))] == ["action:rotation"]


def test_months_that_are_dropped_leave_a_log_that_holds(both: Place) -> None:
    with opened(both) as one:
        one.append_all([samples.record(f"{month}-{n}", decided_at=f"2030-0{month}-01T00:00:00Z") for month in (3, 4, 5) for n in range(3)])
        assert one.retain("2030-05", samples.action(action="retention", at="2030-06-01T00:00:00Z")).rows == 6
        assert [row.entry_id for row in one.records(Search(kinds=("decision",)))] == ["5-0", "5-1", "5-2"]
        assert one.verify().faults == ()


def test_a_backup_holds_all_and_verifies(both: Place, tmp_path: Path) -> None:
    with opened(both) as one:
        one.append_all([samples.record("one"), samples.feedback()])
        one.backup(str(tmp_path / "backup.sqlite3"))
        log_id = one.log_id
    copy = dataclasses.replace(both, url=samples.url(tmp_path / "backup.sqlite3"))
    with opened(copy, create=False) as one:
        assert [row.entry_id for row in one.records()] == ["one", "feedback-1"]
        assert (one.verify().faults, one.log_id) == ((), log_id)


def test_a_row_that_was_changed_is_not_relied_on(tmp_path: Path) -> None:
    with samples.opened(tmp_path / "audit.sqlite3") as one:
        one.append(samples.refusal("one"))
        row = next(one.records())
    for changed in ({"body": row.body.replace(b"expired", b"expirde")}, {"at": "2030-01-01T00:00:00Z"}, {"cards": (samples.CARD,)}):
        altered = dataclasses.replace(row, row=dataclasses.replace(row.row, **changed))
        with pytest.raises(LedgerDamaged, match="Row 1.*Run `cds audit verify`"):
            _ = altered.entry
