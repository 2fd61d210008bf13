"""Whoever holds some of a ledger (database, spool folder, folder of heads, seal key) and makes all fit that they can: it is found."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from cds.audit import ledger
from cds.audit.entries import bodies
from cds.audit.faults import LedgerDamaged
from cds.audit.keys import keyring
from cds.audit.ledger import Ledger
from cds.audit.place import SQLITE, Place
from cds.audit.rows import Found, TreeState, WrappedKey
from cds.audit.stores import store
from cds.audit.tree import checkpoints, heads, merkle
from cds.audit.writing import appending, spool
from cds.audit.writing.frames import Spooled
from cds.foundation import canonical
from cds.values.record import AuditRecord
from tests.audit import formers, samples

NOW = datetime(2030, 6, 15, 8, tzinfo=UTC)
ERASED = samples.action("erasure-1", at="2030-06-15T08:00:00Z")
JUNK = b'{"channel":"hook:low-back-pain","decidedAt":"2030-05-06T07:08:09Z","decisionId":"d-9","kind":"decision"}'


def opened(place: Place) -> Ledger:
    """The ledger, with a head for each record that is asked for."""
    return ledger.open_ledger(place, lambda: NOW)


def changed(place: Place, *statements: tuple[str, tuple[object, ...]]) -> None:
    """What who has the database does with it."""
    if place.url.startswith(SQLITE):
        for statement, values in statements:
            formers.asked(store.path_of(place.url), statement, values)
        return
    with psycopg.connect(place.url, autocommit=True) as connection:
        for statement, values in statements:
            connection.execute(statement.replace("?", "%s").encode(), values)


def filled(place: Place, count: int = 4) -> str:
    """Decisions about one patient, each under a head; the id of the log."""
    with opened(place) as one:
        for number in range(count):
            one.append(samples.record(f"d-{number}"))
            one.sign_head()
        return one.log_id


def faults(place: Place) -> set[tuple[int | None, str]]:
    """What verification finds."""
    with ledger.open_ledger(place, lambda: NOW, create=False) as one:
        return {(found.seq, found.kind) for found in one.verify().faults}


def keys(place: Place) -> list[WrappedKey]:
    """The keys of subjects that are there."""
    with ledger.open_ledger(place, lambda: NOW, create=False) as one, one.store.reading() as reading:
        return list(reading.keys())


def erase(place: Place) -> None:
    """Erases the patient."""
    with opened(place) as one:
        one.erase(one.subject("", "", samples.PATIENT), ERASED)


def test_rows_that_were_dropped_as_if_by_retention_are_found_though_a_published_head_covers_them(both: Place) -> None:
    head = next(text for text in heads.read(both.heads, filled(both)) if checkpoints.read(text).size == 2)
    segment = "INSERT INTO segments (month, first, last, checkpoint, dropped_at) VALUES (?, 1, 2, ?, ?)"
    changed(both, ("DELETE FROM entries WHERE seq <= 2", ()), (segment, ("2030-05", head, "2030-06-01T00:00:00Z")))
    assert faults(both) == {(1, "segment not recorded")}


def test_rows_that_retention_dropped_are_not_missed(both: Place) -> None:
    filled(both)
    for month in ("2030-06", "2030-06"):
        with opened(both) as one:
            one.retain(month, samples.action(f"retention-{one.state().size}", at="2030-06-15T08:00:00Z", action="retention"))
        assert faults(both) == set()


def test_a_key_that_is_brought_back_after_an_erasure_is_found(both: Place) -> None:
    filled(both)
    (key,) = keys(both)
    erase(both)
    assert faults(both) == set()
    changed(both, ("UPDATE subject_keys SET wrapped = ?, destroyed = 0 WHERE key_id = ?", (key.wrapped, key.key_id)))
    assert faults(both) == {(1, "key brought back")}


def test_a_key_that_was_destroyed_after_an_erasure_and_without_one_is_found(both: Place) -> None:
    filled(both, 2)
    erase(both)
    with opened(both) as one:
        one.append(samples.record("later", decided_at="2030-07-01T07:08:09Z"))
    assert faults(both) == set()
    changed(both, ("DELETE FROM subject_keys WHERE destroyed = 0", ()))
    assert faults(both) == {(4, "key missing")}


def test_a_cut_ledger_under_another_name_is_not_rid_of_its_heads(both: Place) -> None:
    filled(both)
    with ledger.open_ledger(both, lambda: NOW, create=False) as one, one.store.reading() as reading:
        state, _ = merkle.extend(TreeState(), list(reading.leaves(0, 2)))
    cut = [(f"DELETE FROM {table} WHERE seq > 2", ()) for table in ("entries", "leaves", "cards")]
    changed(both, *cut, ("UPDATE tree SET size = 2, peaks = ?, log_id = ?", (b"".join(state.peaks), "0" * 32)))
    assert faults(both) == {(None, "head of another ledger")}


@pytest.mark.parametrize("name", ["../../elsewhere", "/elsewhere", "", "A" * 32])
def test_the_name_of_a_log_leads_to_no_other_folder(both: Place, name: str) -> None:
    filled(both, 1)
    changed(both, ("UPDATE tree SET log_id = ?", (name,)))
    with pytest.raises(LedgerDamaged, match="name of the ledger"):
        opened(both)


def test_a_row_that_is_no_record_is_found_where_the_tree_was_made_to_fit(both: Place) -> None:
    filled(both, 1)
    with ledger.open_ledger(both, lambda: NOW, create=False) as one, one.store.reading() as reading:
        state, _ = merkle.extend(reading.state(), [merkle.leaf(JUNK)])
    row = vars(bodies.columns(JUNK).row(2, JUNK, None))
    del row["cards"]
    names = ", ".join(row)
    changed(
        both,
        (f"INSERT INTO entries ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())),
        ("INSERT INTO leaves (seq, hash) VALUES (2, ?)", (merkle.leaf(JUNK),)),
        ("UPDATE tree SET size = 2, peaks = ?", (b"".join(state.peaks),)),
    )
    assert faults(both) == {(2, "no record")}


@pytest.mark.parametrize(
    "planted",
    [
        Spooled("d-9", b"no JSON"),
        Spooled("d-9", JUNK),
        Spooled("another id", bodies.dumps(samples.feedback())),
        Spooled("feedback-1", bodies.dumps(samples.feedback(received_at="2030"))),
        Spooled("feedback-1", bodies.dumps(samples.feedback(client="a\0b"))),
        Spooled("feedback-1", bodies.dumps(samples.feedback()), key=WrappedKey("k", "ab" * 32, b"", "seal")),
    ],
)
def test_what_no_store_takes_is_laid_aside_and_holds_nothing_up(both: Place, planted: Spooled) -> None:
    folder = both.spool / filled(both, 1)
    left = spool.Spool(folder)
    left.add([(planted,), (Spooled("feedback-2", bodies.dumps(samples.feedback("feedback-2"))),)])
    left.close()
    with opened(both) as one:
        one.ready()
        assert (one.state().spooled, spool.seen(folder)[1][:7]) == (0, "1 files")
        assert one.find_entry("feedback-2") is not None
        assert one.erase(one.subject("", "", samples.PATIENT), ERASED) == 1
    assert faults(both) == set()


def test_a_key_from_the_spool_takes_no_other_ones_place(both: Place) -> None:
    folder = both.spool / filled(both, 1)
    (key,) = keys(both)
    with opened(both) as one:
        found = one.find("d-0")
    assert found
    entry = replace(found.public, decision_id="d-9") if isinstance(found.public, AuditRecord) else found.public
    left = spool.Spool(folder)
    left.add([(Spooled("d-9", bodies.dumps(entry), found.sealed, replace(key, wrapped=bytes(len(key.wrapped)))),)])
    left.close()
    with opened(both) as one:
        one.ready()
        assert one.find_entry("d-9") is not None
    assert keys(both) == [key]


def _link(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def _name(path: Path, victim: Path) -> None:
    path.hardlink_to(victim)


def _pipe(path: Path, victim: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("plant", [_link, _name, _pipe])
def test_a_link_or_a_pipe_in_the_spool_is_not_followed_and_not_waited_for(tmp_path: Path, plant: Callable[[Path, Path], None]) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    victim, folder = tmp_path / "victim", place.spool / filled(place, 1)
    victim.write_bytes(b"not ours")
    folder.mkdir(parents=True, exist_ok=True)
    plant(folder / "0.spool", victim)
    with opened(place) as one:
        one.append(samples.record("d-9"))
        assert (one.ready(), one.state().spooled) == ("", 0)
    assert victim.read_bytes() == b"not ours"


def test_a_key_that_who_has_the_seal_key_put_in_place_of_another_opens_nothing(both: Place) -> None:
    filled(both, 1)
    (key,) = keys(both)
    other = keyring.open_ring(both).wrap(os.urandom(32), key.key_id, key.subject)
    changed(both, ("UPDATE subject_keys SET wrapped = ? WHERE key_id = ?", (other.wrapped, key.key_id)))
    with opened(both) as one, pytest.raises(LedgerDamaged, match="not sealed under this key"):
        assert one.find("d-0").record  # type: ignore[union-attr]
    assert faults(both) == {(1, "key damaged")}


def test_a_patient_whose_key_was_damaged_gets_a_fresh_one_and_it_is_told(both: Place) -> None:
    filled(both, 1)
    (key,) = keys(both)
    changed(both, ("UPDATE subject_keys SET wrapped = ? WHERE key_id = ?", (bytes(len(key.wrapped)), key.key_id)))
    for number in (7, 8):
        with opened(both) as one:
            one.append(samples.record(f"d-{number}"))
            found = one.find(f"d-{number}")
            assert found
            assert found.record.opened.patient == samples.PATIENT
            assert len(keys(both)) == 2
            told = (one.ready(), one.state().trouble) if number == 7 else ("keys of subjects are damaged", "keys of subjects are damaged")
            assert all("keys of subjects are damaged" in text for text in told)
    assert faults(both) == {(None, "key damaged")}


@pytest.mark.parametrize(
    ("decided", "opens"),
    [
        ("2030-06-15T07:00:00Z", False),
        ("2030-06-15T08:09:59Z", False),
        ("2030-06-15T08:10:01Z", True),
        ("2030-06-15T09:00:00Z", True),
        ("2030-06-15T09:00:01Z", False),
        ("2031-01-01T00:00:00Z", False),
    ],
)
def test_an_erasure_closes_what_waited_on_a_host_whose_clock_is_ahead(tmp_path: Path, decided: str, opens: bool) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    folder = place.spool / filled(place, 1)
    erase(place)
    with opened(place) as one:
        one.append(samples.record("later", decided_at="2030-06-15T08:00:01Z"))
        group = appending.prepared([samples.record("d-9", decided_at=decided)], one.ring)
        frame = appending.spooled(group, one.ring)
    left = spool.Spool(folder)
    left.add([frame])
    left.close()
    with ledger.open_ledger(place, lambda: datetime(2030, 6, 15, 9, tzinfo=UTC)) as one:
        one.ready()
        found = one.find("d-9")
        assert found
        assert (found.record.private is not None) is opens
        closed = one.find_entry(f"closed-{canonical.mark('d-9')}")
        assert (closed is not None) is (not opens and decided > "2030-06-15T08:00:00Z")
    assert faults(place) == set()


def test_an_entry_from_the_spool_about_nobody_who_was_erased_opens_whatever_the_clock_said(tmp_path: Path) -> None:
    place = samples.place(tmp_path / "audit.sqlite3")
    folder = place.spool / filled(place, 1)
    with opened(place) as one:
        frame = appending.spooled(appending.prepared([samples.record("d-9", decided_at="2031-01-01T00:00:00Z")], one.ring), one.ring)
    left = spool.Spool(folder)
    left.add([frame])
    left.close()
    with opened(place) as one:
        one.ready()
        assert one.find("d-9").record.opened.patient == samples.PATIENT  # type: ignore[union-attr]


def test_a_fault_says_what_it_is(both: Place) -> None:
    filled(both, 1)
    changed(both, ("UPDATE tree SET log_id = ?", ("0" * 32,)))
    with ledger.open_ledger(both, lambda: NOW, create=False) as one:
        (found,) = one.verify().faults
    assert found == Found(None, "head of another ledger", "")
    assert "its name changed?" in found.text
