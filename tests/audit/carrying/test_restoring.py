"""A backup becomes a ledger again: wholly checked, without what was erased after it, and only by a person's word where it is too short."""

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from cds.audit import ledger, tombstones, verification
from cds.audit.carrying import restoring
from cds.audit.carrying.restoring import Restored
from cds.audit.entries import bodies, sealing
from cds.audit.faults import LedgerDamaged, LedgerRefused
from cds.audit.keys import keyring
from cds.audit.place import Place
from cds.audit.rows import Row, Search
from cds.audit.tree import heads
from cds.audit.verification import Asked
from cds.audit.writing import appending
from cds.values.record import ActionRecord, AuditRecord, Entry
from tests.audit import decided, formers, servers

AT = "2031-01-02T03:04:05Z"
ACTION = ActionRecord("restore-1", AT, "restore", "user:tester")


class Killed(Exception):
    """The death of the process, where a test goes on after it."""


def quiet(what: str, done: int, total: int) -> None:
    """Tells nobody."""


def decision(number: int) -> Entry:
    """The decision of that number, about a patient of its own."""
    return decided.decision(f"d-{number}", private=replace(decided.PRIVATE, patient=f"Patient/{number}"))


def add(place: Place, *added: Entry, head: bool = False) -> None:
    """Adds entries, with a signed head behind them if asked for."""
    ring = keyring.open_ring(place)
    with servers.opened(place) as opened:
        with opened.writing() as writing:
            appending.append(writing, ring, added)
        if head:
            with opened.reading() as reading:
                writer = heads.Heads(place.heads, reading.log_id(), ring.signer, 1, 0)
                assert writer.publish(reading.state(), datetime.fromisoformat(AT), reading)


def backed_up(place: Place, target: Path) -> Path:
    """A backup of the ledger."""
    with servers.opened(place, create=False) as opened:
        opened.backup(str(target))
    return target


def lost(place: Place, tmp_path: Path) -> Place:
    """The place after the ledger's disk or database was lost; heads and keys are elsewhere."""
    for path in tmp_path.glob("audit.sqlite3*"):
        path.unlink()
    return place


def restored(backup: Path, place: Place, *, accept_loss: bool = False) -> Restored:
    """What a restore does."""
    return restoring.restore(backup, place, ACTION, quiet, accept_loss=accept_loss)


def read(place: Place) -> list[Entry]:
    """All entries, opened where they can be; fails unless all of it holds, against all heads."""
    ring = keyring.open_ring(place)
    with servers.opened(place, create=False) as opened, opened.reading() as reading:
        texts = heads.read(place.heads, reading.log_id())
        assert verification.verify(reading, Asked(keys=ring.verifiers, heads=texts, ring=ring)).faults == ()
        keys = {key.key_id: key for key in list(reading.keys())}
        return [sealing.open_record(row, keys.get(_key(row)), ring) for row in reading.rows(Search())]


def _key(row: Row) -> str:
    """The id of the key that the row was sealed under."""
    told = bodies.loads(row.body)
    return told.sealed.key if isinstance(told, AuditRecord) and told.sealed else ""


def opens(entries: list[Entry]) -> list[bool]:
    """Of each decision, whether it can be opened."""
    return [entry.private is not None for entry in entries if isinstance(entry, AuditRecord)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A ledger of three decisions with a head."""
    made = decided.place(tmp_path)
    add(made, *(decision(number) for number in (1, 2, 3)), head=True)
    return made


@pytest.fixture
def log_id(place: Place) -> str:
    """What it calls itself."""
    with servers.opened(place, create=False) as opened, opened.reading() as reading:
        return reading.log_id()


def test_a_backup_becomes_the_same_ledger_again_and_says_so(place: Place, log_id: str, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    before = read(place)
    assert restored(backup, lost(place, tmp_path)) == Restored(3, 0, 0)
    *same, last = read(place)
    assert same == before
    assert isinstance(last, ActionRecord)
    assert (last.action, last.detail["entries"], last.detail["missing"], last.detail["erased"]) == ("restore", 3, 0, 0)
    with servers.opened(place) as opened, opened.reading() as reading:
        assert reading.log_id() == log_id
    add(place, decision(4), head=True)
    assert len(read(place)) == 5


def test_it_is_for_the_owner_alone_and_leaves_nothing_aside(place: Place, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    restored(backup, lost(place, tmp_path))
    assert (tmp_path / "audit.sqlite3").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".*"))


def test_the_head_of_a_restored_ledger_is_for_whoever_copies_heads(place: Place, log_id: str, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    restored(backup, lost(place, tmp_path))
    modes = {path.stat().st_mode for path in (place.heads / log_id).glob("*.checkpoint")}
    assert modes == {(place.heads / log_id / heads.name(3)).stat().st_mode}


def test_a_place_that_is_not_empty_is_not_restored_into(place: Place, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    with pytest.raises(LedgerRefused, match="there is a ledger already"):
        restored(backup, place)
    assert len(read(place)) == 3


def test_a_log_without_its_ledger_is_not_restored_onto(place: Place, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    lost(place, tmp_path)
    (tmp_path / "audit.sqlite3-wal").write_bytes(b"records")
    with pytest.raises(LedgerRefused, match="the log of one"):
        restored(backup, place)


def test_a_backup_that_lacks_signed_records_is_taken_only_by_a_persons_word(place: Place, log_id: str, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    add(place, decision(4), decision(5), head=True)
    lost(place, tmp_path)
    with pytest.raises(LedgerRefused, match="--accept-loss"):
        restored(backup, place)
    assert not (tmp_path / "audit.sqlite3").exists()
    assert len(heads.read(place.heads, log_id)) == 2
    assert restored(backup, place, accept_loss=True) == Restored(3, 2, 0)
    last = read(place)[-1]
    assert isinstance(last, ActionRecord)
    assert last.detail["missing"] == 2
    assert [path.name for path in (place.heads / log_id / "lost-restore-1").iterdir()] == [heads.name(5)]


def test_heads_of_lost_records_count_again_where_a_restore_was_killed(
    place: Place, log_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = backed_up(place, tmp_path / "backup")
    add(place, decision(4), head=True)
    lost(place, tmp_path)

    def dies(what: str, done: int, total: int) -> None:
        if what == "the ledger gets its place":
            raise Killed

    with pytest.raises(Killed):
        restoring.restore(backup, place, ACTION, dies, accept_loss=True)
    with pytest.raises(LedgerRefused, match="--accept-loss"):
        restored(backup, place)
    assert restored(backup, place, accept_loss=True) == Restored(3, 1, 0)
    assert len(read(place)) == 4


def test_what_was_erased_after_the_backup_does_not_come_back(place: Place, log_id: str, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    subject = next(entry.subject for entry in read(place) if isinstance(entry, AuditRecord) and entry.decision_id == "d-2")
    tombstones.note(place.heads, log_id, subject, "erasure-1")
    lost(place, tmp_path)
    assert restored(backup, place) == Restored(3, 0, 1)
    assert opens(read(place)) == [True, False, True]
    with servers.opened(place) as opened, opened.reading() as reading:
        wrapped = {key.subject for key in list(reading.keys())}
        erasure = reading.row("erasure-1")
    assert subject not in wrapped
    assert erasure is not None
    assert (erasure.channel, erasure.subject) == ("action:erasure", subject)


def test_an_erasure_of_a_running_ledger_holds_over_a_restore_of_an_older_backup(place: Place, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    erasure = ActionRecord("erasure-1", AT, "erasure", "user:tester")
    with ledger.open_ledger(place, lambda: datetime.fromisoformat(AT)) as opened:
        assert opened.erase(opened.subject("client", "", "Patient/2"), erasure) == 0
        subject = next(entry.subject for entry in read(place) if isinstance(entry, AuditRecord) and entry.decision_id == "d-2")
        assert opened.erase(subject, replace(erasure, action_id="erasure-2")) == 1
        assert opens(read(place)) == [True, False, True]
    lost(place, tmp_path)
    for path in place.heads.rglob("*.checkpoint"):
        path.unlink()
    assert restored(backup, place) == Restored(3, 0, 2)
    assert opens(read(place)) == [True, False, True]


def test_what_was_written_after_an_erasure_that_the_backup_has_still_opens(place: Place, log_id: str, tmp_path: Path) -> None:
    subject = next(entry.subject for entry in read(place) if isinstance(entry, AuditRecord) and entry.decision_id == "d-2")
    tombstones.note(place.heads, log_id, subject, "erasure-1")
    with servers.opened(place) as opened, opened.writing() as writing:
        writing.drop_keys(subject)
    again = decided.decision("d-4", private=replace(decided.PRIVATE, patient="Patient/2"))
    add(place, ActionRecord("erasure-1", AT, "erasure", "user:tester", detail={"subject": subject, "keys": 1, "decisions": 1}), again)
    backup = backed_up(place, tmp_path / "backup")
    lost(place, tmp_path)
    assert restored(backup, place) == Restored(5, 0, 0)
    assert opens(read(place)) == [True, False, True, True]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'low', 'lou') AS BLOB) WHERE seq = 2",
        "UPDATE entries SET sealed = zeroblob(100) WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 3",
        "UPDATE leaves SET hash = zeroblob(32) WHERE seq = 1",
        "UPDATE subject_keys SET wrapped = zeroblob(length(wrapped))",
    ],
)
def test_a_backup_that_does_not_hold_is_refused(place: Place, tmp_path: Path, statement: str) -> None:
    backup = backed_up(place, tmp_path / "backup")
    formers.asked(backup, statement)
    lost(place, tmp_path)
    with pytest.raises(LedgerDamaged):
        restored(backup, place)
    assert not (tmp_path / "audit.sqlite3").exists()


def test_a_backup_that_was_written_anew_is_found_by_the_heads(place: Place, log_id: str, tmp_path: Path) -> None:
    other = decided.place(tmp_path / "other", keys=place.keys)
    add(other, *(decision(number) for number in (7, 8, 9)))
    backup = backed_up(other, tmp_path / "backup")
    formers.asked(backup, "UPDATE tree SET log_id = ?", (log_id,))
    lost(place, tmp_path)
    with pytest.raises(LedgerDamaged, match="rewritten"):
        restored(backup, place)


def test_a_backup_of_an_earlier_form_is_to_be_upgraded(tmp_path: Path) -> None:
    backup = formers.written(tmp_path / "backup", 2)
    with pytest.raises(LedgerRefused, match="cds audit upgrade"):
        restored(backup, decided.place(tmp_path))


def test_the_file_of_a_ledger_in_use_is_no_backup(place: Place, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "audit.sqlite3", tmp_path / "backup")
    (tmp_path / "backup-wal").write_bytes(b"records")
    with pytest.raises(LedgerRefused, match="cds audit backup"):
        restored(tmp_path / "backup", lost(place, tmp_path))


def test_a_backup_of_either_store_is_restored_into_either(both: Place, tmp_path: Path) -> None:
    add(both, *(decision(number) for number in (1, 2, 3)), head=True)
    before = read(both)
    backup = backed_up(both, tmp_path / "backup")
    other = replace(both, url=f"sqlite:///{tmp_path / 'other.sqlite3'}")
    assert restored(backup, other) == Restored(3, 0, 0)
    assert read(other)[:3] == before


def test_a_backup_is_restored_into_an_empty_database_and_into_no_other(place: Place, database: str, tmp_path: Path) -> None:
    before = read(place)
    backup = backed_up(place, tmp_path / "backup")
    target = replace(place, url=database)
    assert restored(backup, target) == Restored(3, 0, 0)
    assert read(target)[:3] == before
    with pytest.raises(LedgerRefused, match="has records already"):
        restored(backup, target)


def everything(folder: Path) -> dict[str, bytes]:
    """Each file under the folder, but what SQLite keeps beside a ledger in use."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file() and not one.name.endswith(("-wal", "-shm"))}


def test_a_check_says_what_a_restore_would_come_to_and_writes_and_signs_nothing(place: Place, log_id: str, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    add(place, decision(4), decision(5), head=True)
    subject = next(entry.subject for entry in read(place) if isinstance(entry, AuditRecord) and entry.decision_id == "d-2")
    tombstones.note(place.heads, log_id, subject, "erasure-1")
    before = everything(tmp_path)
    assert restoring.check(backup, place, quiet) == Restored(3, 2, 1)
    assert everything(tmp_path) == before


def test_a_check_counts_heads_that_a_killed_restore_put_apart_and_leaves_them(place: Place, log_id: str, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    add(place, decision(4), head=True)
    pending = place.heads / log_id / restoring.PENDING
    pending.mkdir()
    (place.heads / log_id / heads.name(4)).rename(pending / heads.name(4))
    assert restoring.check(backup, place, quiet) == Restored(3, 1, 0)
    assert (pending / heads.name(4)).exists()


def test_a_check_finds_a_backup_that_does_not_hold_or_is_not_what_was_signed(place: Place, log_id: str, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    formers.asked(backup, "UPDATE entries SET sealed = zeroblob(100) WHERE seq = 2")
    with pytest.raises(LedgerDamaged):
        restoring.check(backup, place, quiet)
    other = decided.place(tmp_path / "other", keys=place.keys)
    add(other, *(decision(number) for number in (7, 8, 9)))
    anew = backed_up(other, tmp_path / "anew")
    formers.asked(anew, "UPDATE tree SET log_id = ?", (log_id,))
    with pytest.raises(LedgerDamaged, match="rewritten"):
        restoring.check(anew, place, quiet)


def test_nothing_is_restored_under_the_heads_of_a_ledger_that_a_service_has_open(place: Place, log_id: str, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    trial = replace(place, url=f"sqlite:///{tmp_path / 'trial.sqlite3'}")
    before = heads.read(place.heads, log_id)
    with ledger.open_ledger(place, lambda: datetime.fromisoformat(AT)):
        assert restoring.check(backup, place, quiet) == Restored(3, 0, 0), "a check needs no folder for itself"
        with pytest.raises(LedgerRefused, match="CDS_AUDIT_HEADS"):
            restored(backup, trial, accept_loss=True)
        assert (heads.read(place.heads, log_id), (tmp_path / "trial.sqlite3").exists()) == (before, False)
        copy = replace(trial, heads=tmp_path / "heads-copy")
        shutil.copytree(place.heads, copy.heads)
        restored(backup, copy)
        assert heads.read(place.heads, log_id) == before
    assert len(read(copy)) == 4


def test_heads_that_were_put_apart_stay_so_while_a_service_has_the_ledger_open(place: Place, log_id: str, tmp_path: Path) -> None:
    backup = backed_up(place, tmp_path / "backup")
    pending = place.heads / log_id / restoring.PENDING
    pending.mkdir()
    (pending / heads.name(5)).write_text("of records that are lost")
    with ledger.open_ledger(place, lambda: datetime.fromisoformat(AT)), pytest.raises(LedgerRefused, match="CDS_AUDIT_HEADS"):
        restored(backup, replace(place, url=f"sqlite:///{tmp_path / 'trial.sqlite3'}"), accept_loss=True)
    assert (pending / heads.name(5)).exists()


@pytest.mark.parametrize("known", [True, False])
def test_no_service_begins_under_the_heads_that_a_restore_has_in_hand(place: Place, tmp_path: Path, *, known: bool) -> None:
    """Also where no service ever signed into the folder, or the heads came back from a copy of them alone."""
    backup = backed_up(place, tmp_path / "backup")
    trial = replace(place, url=f"sqlite:///{tmp_path / 'trial.sqlite3'}")
    told: list[str] = []

    def begins(what: str, done: int, total: int) -> None:
        if what == "the ledger gets its place":
            with pytest.raises(LedgerRefused, match="start again") as caught:
                ledger.open_ledger(place, lambda: datetime.fromisoformat(AT)).close()
            told.append(caught.value.text)

    if known:
        ledger.open_ledger(place, lambda: datetime.fromisoformat(AT)).close()
    restoring.restore(backup, trial, ACTION, begins)
    assert len(told) == 1
    ledger.open_ledger(trial, lambda: datetime.fromisoformat(AT)).close()
