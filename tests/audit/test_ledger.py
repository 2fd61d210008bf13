"""Opening a ledger, and what append, find, records and ready keep of their word."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cds.audit import ledger, sqlite
from cds.audit.bodies import Entry
from cds.audit.faults import LedgerDamaged, LedgerRefused
from cds.foundation.errors import LedgerUnavailable
from tests.audit import samples


def make_sqlite(path: Path, *statements: str) -> None:
    """Runs these statements on the SQLite file at `path`."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?cache=shared",
        "sqlite:///var/audit.sqlite3?synchronous=NORMAL",
        "var/audit.sqlite3",
        "postgresql://cds:canary-7731@db.example/audit",
        "SQLITE:///var/audit.sqlite3",
    ],
)
def test_an_address_that_names_no_local_file_is_refused_with_what_to_set(url: str) -> None:
    with pytest.raises(LedgerRefused, match="Set CDS_AUDIT_URL to sqlite:///") as caught:
        ledger.open_ledger(url)
    assert "canary-7731" not in str(caught.value)


def test_a_relative_address_is_read_from_the_current_folder_and_its_folders_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ledger.open_ledger("sqlite:///var/deep/audit.sqlite3") as opened:
        monkeypatch.chdir("/")
        opened.append(samples.record())
    assert (tmp_path / "var" / "deep" / "audit.sqlite3").is_file()


def test_a_path_with_signs_that_mean_something_in_addresses_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "an audit#1 100%25.sqlite3"
    with ledger.open_ledger(samples.url(path)) as opened:
        opened.append(samples.record())
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_new_ledger_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite3"
    with ledger.open_ledger(samples.url(path)) as opened:
        opened.append(samples.record())
        assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_an_auditor_who_names_a_ledger_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match=r"audit\.sqlite3: There is no ledger here"):
        ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3"), create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_refused_as_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match="This is a folder"):
        ledger.open_ledger(samples.url(tmp_path))


def test_a_path_through_a_file_is_told_to_the_operator_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerUnavailable, match=r"audit\.sqlite3: .*\(\w+\): a part of its path is a file"):
        ledger.open_ledger(samples.url(tmp_path / "file" / "audit.sqlite3"))


@pytest.mark.parametrize("content", [b"", b"no database", b"no database" * 1000])
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "audit.sqlite3"
    path.write_bytes(content)
    with pytest.raises(LedgerRefused, match=r"audit\.sqlite3: The file is not.*was not touched"):
        ledger.open_ledger(samples.url(path))
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    make_sqlite(tmp_path / "audit.sqlite3", "CREATE TABLE ledger (seq INTEGER)")
    with pytest.raises(LedgerRefused, match="not an audit ledger"):
        ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3"))


@pytest.mark.parametrize(
    "alteration",
    [
        "PRAGMA user_version = 3",
        "ALTER TABLE ledger ADD COLUMN remark TEXT",
        "ALTER TABLE ledger RENAME TO journal",
        "CREATE TRIGGER silence AFTER INSERT ON ledger BEGIN DELETE FROM ledger WHERE seq = NEW.seq; END",
    ],
)
def test_a_ledger_of_another_form_is_refused(tmp_path: Path, alteration: str) -> None:
    url = samples.url(tmp_path / "audit.sqlite3")
    ledger.open_ledger(url).close()
    make_sqlite(tmp_path / "audit.sqlite3", alteration)
    with pytest.raises(LedgerRefused, match="another form"):
        ledger.open_ledger(url)


def test_a_ledger_that_was_taken_out_of_write_ahead_logging_is_refused(tmp_path: Path) -> None:
    url = samples.url(tmp_path / "audit.sqlite3")
    ledger.open_ledger(url).close()
    make_sqlite(tmp_path / "audit.sqlite3", "PRAGMA journal_mode = DELETE")
    with pytest.raises(LedgerRefused, match=r"not durable: journal_mode delete \(expected wal\)"):
        ledger.open_ledger(url)


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_a_connection_that_syncs_less_than_full_is_refused(tmp_path: Path, level: str) -> None:
    with closing(sqlite3.connect(tmp_path / "any.sqlite3")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {level}")
        with pytest.raises(LedgerRefused, match=r"not durable.*synchronous \d \(expected 2\)"):
            sqlite.require_durable(connection)


def test_every_connection_to_the_ledger_syncs_in_full(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite3"
    ledger.open_ledger(samples.url(path)).close()
    with closing(sqlite.open_writer(path, timeout=1.0).connection) as writing, sqlite.reading(path, timeout=1.0) as reading:
        levels = [connection.execute("PRAGMA synchronous").fetchone() for connection in (writing, reading)]
    assert levels == [(sqlite.FULL,), (sqlite.FULL,)]


def test_a_write_ahead_log_without_its_ledger_is_not_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "audit.sqlite3-wal").write_bytes(b"records")
    assert not (tmp_path / "audit.sqlite3").exists()
    with pytest.raises(LedgerRefused, match="Put the ledger back"):
        ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3"))


def test_an_appended_record_is_found_as_it_was(tmp_path: Path) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        opened.append(samples.record("one"))
        row = opened.find("one")
    assert row is not None
    assert row.record == samples.record("one")
    assert (row.seq, row.decision_id, row.decided_at, row.channel) == (1, "one", samples.DECIDED_AT, "hook:low-back-pain")


@pytest.mark.parametrize("decision_id", ["", "decision-2", "' OR 1=1 --", "\udcff", "é"])
def test_a_decision_that_was_never_recorded_is_not_found(tmp_path: Path, decision_id: str) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        opened.append(samples.record("decision-1"))
        assert opened.find(decision_id) is None


def test_records_come_in_either_order_and_no_more_than_asked_for(tmp_path: Path) -> None:
    count = ledger.PAGE * 2 + 1
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        for number in range(1, count + 1):
            opened.append(samples.record(f"decision-{number}"))
        assert [row.seq for row in opened.records()] == list(range(count, 0, -1))
        assert [row.seq for row in opened.records(newest_first=False)] == list(range(1, count + 1))
        assert [row.seq for row in opened.records(limit=3)] == [count, count - 1, count - 2]
        assert [row.seq for row in opened.records(limit=ledger.PAGE + 1)][-1] == ledger.PAGE + 1
        assert list(opened.records(limit=0)) == []


def test_a_reader_that_stops_half_way_holds_nothing_up(tmp_path: Path) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3"), busy_seconds=0.1) as opened:
        opened.append(samples.record("one"))
        reader = opened.records()
        next(reader)
        opened.append(samples.record("two"))


def test_a_second_record_with_the_same_id_is_refused_and_the_chain_goes_on(tmp_path: Path) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        opened.append(samples.record("one"))
        with pytest.raises(LedgerUnavailable, match="a record with this id is there already"):
            opened.append(samples.record("one", outcome="none"))
        opened.append(samples.record("two"))
        assert (opened.verify().count, opened.verify().fault) == (2, None)


def test_a_chain_goes_on_where_an_earlier_process_ended_it(tmp_path: Path) -> None:
    url = samples.url(tmp_path / "audit.sqlite3")
    for decision_id in ("one", "two"):
        with ledger.open_ledger(url) as opened:
            opened.append(samples.record(decision_id))
    with ledger.open_ledger(url) as opened:
        assert [row.decision_id for row in opened.records()] == ["two", "one"]
        assert opened.verify().fault is None


def test_being_ready_leaves_no_trace(tmp_path: Path) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        opened.append(samples.record())
        before = opened.verify()
        opened.ready()
        assert opened.verify() == before


def test_a_ledger_with_little_room_left_is_not_ready(tmp_path: Path) -> None:
    with (
        ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3"), least_free=2**62) as opened,
        pytest.raises(LedgerUnavailable, match="Free space"),
    ):
        opened.ready()


def test_a_closed_ledger_takes_no_more_records_and_is_closed_again_in_peace(tmp_path: Path) -> None:
    opened = ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3"))
    opened.append(samples.record())
    opened.close()
    opened.close()
    with pytest.raises(LedgerUnavailable, match="the service is stopping"):
        opened.append(samples.record("two"))
    with pytest.raises(LedgerUnavailable, match="the service is stopping"):
        opened.ready()


def test_several_records_of_every_kind_are_added_in_their_order(tmp_path: Path) -> None:
    entries: list[Entry] = [
        samples.given("one", samples.CARD),
        samples.refusal(),
        samples.feedback(decision_id="one", release="r 1", digest="sha256:" + "ab" * 32),
    ]
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        assert opened.append_all(entries) == (True, True, True)
        rows = list(opened.records(newest_first=False))
        assert [row.entry for row in rows] == entries
        assert [row.kind for row in rows] == ["decision", "refusal", "feedback"]
        assert (opened.verify().count, opened.verify().fault) == (3, None)


def test_of_several_records_all_are_added_or_none(tmp_path: Path) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        opened.append(samples.record("one"))
        with pytest.raises(LedgerUnavailable, match="a record with this id is there already"):
            opened.append_all([samples.feedback(), samples.given("two", samples.CARD), samples.record("one")])
        assert [row.decision_id for row in opened.records()] == ["one"]
        assert list(opened.about([samples.CARD])) == []


def test_no_records_need_no_ledger_that_can_be_written(tmp_path: Path) -> None:
    opened = ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3"))
    opened.close()
    assert opened.append_all([]) == ()


def test_feedback_that_is_there_already_is_not_added_again(tmp_path: Path) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        assert opened.append_all([samples.feedback("a"), samples.feedback("a"), samples.feedback("b")]) == (True, False, True)
        assert opened.append_all([samples.feedback("b", received_at="2031-01-01T00:00:00Z")]) == (False,)
        assert opened.verify().count == 2


def test_the_rows_about_a_card_are_found_by_its_uuid(tmp_path: Path) -> None:
    other = "0f0f4f3c-1111-4222-8333-444455556667"
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        opened.append_all([samples.given("one", samples.CARD, other), samples.given("two"), samples.feedback("f"), samples.refusal()])
        assert [(card, row.decision_id) for card, row in opened.about([samples.CARD])] == [(samples.CARD, "one"), (samples.CARD, "f")]
        assert [row.decision_id for _, row in opened.about([samples.CARD], feedback=False)] == ["one"]
        assert [row.seq for _, row in opened.about([other])] == [1]
        assert list(opened.about(["one", "é", ""])) == []
        assert list(opened.about([])) == []


def test_many_cards_are_looked_for_in_one_go(tmp_path: Path) -> None:
    cards = [f"0f0f4f3c-1111-4222-8333-{number:012d}" for number in range(ledger.PAGE * 2 + 1)]
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        opened.append(samples.given("one", *cards))
        assert sorted(card for card, _ in opened.about(cards)) == cards


def test_only_decisions_are_found_as_decisions(tmp_path: Path) -> None:
    with ledger.open_ledger(samples.url(tmp_path / "audit.sqlite3")) as opened:
        opened.append_all([samples.feedback("f"), samples.refusal("r")])
        assert (opened.find("f"), opened.find("r")) == (None, None)
        row = opened.find_entry("f")
        assert row is not None
        assert row.entry == samples.feedback("f")
        with pytest.raises(LedgerDamaged, match="Row 1 holds no decision"):
            _ = row.record
