"""A ledger of an earlier form becomes one of today: all of it is provable as before, and a death on the way leaves one of both whole.

The ledgers are those of `formers`, which the software wrote that had these forms.
"""

import contextlib
import itertools
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cds.audit import verification
from cds.audit.carrying import upgrading
from cds.audit.carrying.upgrading import Upgraded
from cds.audit.entries import former, sealing
from cds.audit.faults import LedgerDamaged, LedgerRefused
from cds.audit.keys import keyring
from cds.audit.place import Place
from cds.audit.rows import Search
from cds.audit.tree import checkpoints, heads, merkle
from cds.audit.verification import Asked
from cds.foundation import canonical
from cds.values.record import ActionRecord, AuditRecord, Entry
from tests.audit import decided, formers, servers
from tests.audit.entries.test_former import decision

AT = "2031-01-02T03:04:05Z"
ACTION = ActionRecord("action-1", AT, "upgrade", "user:tester")
FORMS = pytest.mark.parametrize("form", [1, 2])
STEPS = 30
CHILD = """
import os, signal, sys
from tests.audit.carrying import test_upgrading

left = int(sys.argv[2])

def die(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

test_upgrading.upgraded(test_upgrading.Path(sys.argv[1]), die)
"""


class Interrupted(Exception):
    """The death of the process, where a test goes on after it."""


def quiet(what: str, done: int, total: int) -> None:
    """Tells nobody."""


def upgraded(folder: Path, progress: upgrading.Progress = quiet) -> Upgraded | None:
    """Upgrades the ledger in the folder."""
    return upgrading.upgrade(decided.place(folder), ACTION, progress)


def until(last: str, progress: upgrading.Progress) -> upgrading.Progress:
    """Tells of what comes before one step, and raises there."""

    def tell(what: str, done: int, total: int) -> None:
        if what == last:
            raise Interrupted
        progress(what, done, total)

    return tell


def entries(place: Place) -> list[Entry]:
    """All that the ledger holds, opened, by number."""
    ring = keyring.open_ring(place)
    with servers.opened(place, create=False) as opened, opened.reading() as reading:
        keys = {key.subject: key for key in list(reading.keys())}
        return [sealing.open_record(row, keys.get(row.subject), ring) for row in reading.rows(Search())]


def faults_of(place: Place) -> tuple[object, ...]:
    """What verification finds, with the heads that are there."""
    ring = keyring.open_ring(place)
    with servers.opened(place, create=False) as opened, opened.reading() as reading:
        texts = heads.read(place.heads, reading.log_id())
        return verification.verify(reading, Asked(keys=ring.verifiers, heads=texts, ring=ring)).faults


@FORMS
def test_every_record_is_carried_over_and_provable_as_before(tmp_path: Path, form: int) -> None:
    was = formers.rows(formers.written(tmp_path / "audit.sqlite3", form))
    done = upgraded(tmp_path)
    assert done == Upgraded(form, len(was), formers.HEADS[form], tmp_path / f"audit.sqlite3.form-{form}")
    *carried, last = entries(decided.place(tmp_path))
    assert [former.body_of(entry) for entry in carried] == [row.body for row in was]
    assert all(former.holds(entry) for entry in carried)
    assert isinstance(last, ActionRecord)
    assert last.detail == {"form": form, "entries": len(was), "head": formers.HEADS[form]}
    assert faults_of(decided.place(tmp_path)) == ()


def test_the_first_head_covers_all_that_was_carried_over(tmp_path: Path) -> None:
    formers.written(tmp_path / "audit.sqlite3", 2)
    upgraded(tmp_path)
    place = decided.place(tmp_path)
    with servers.opened(place, create=False) as opened, opened.reading() as reading:
        (text,) = heads.read(place.heads, reading.log_id())
        head = checkpoints.verify(text, keyring.open_ring(place).verifiers)
        assert (head.size, head.root) == (95, merkle.root(reading.state()))


def test_heads_are_put_there_for_whoever_copies_them_and_notes_of_erasures_for_their_owner(tmp_path: Path) -> None:
    place, folder = decided.place(tmp_path), tmp_path / "aside" / "heads"
    (folder / "log" / "erased").mkdir(parents=True)
    head, note = Path("log") / heads.name(7), Path("log") / "erased" / f"{'a' * 64}.erasure-1"
    for path in (head, note):
        (folder / path).write_text("told")
    upgrading.heads_into(place, folder)
    assert stat.S_IMODE((place.heads / head).stat().st_mode) == stat.S_IMODE((folder / head).stat().st_mode)
    assert stat.S_IMODE((place.heads / note).stat().st_mode) == 0o600


def test_the_old_file_is_kept_to_the_byte_for_its_owner_alone_and_the_new_one_tells_nothing_in_the_clear(tmp_path: Path) -> None:
    path = formers.written(tmp_path / "audit.sqlite3", 2)
    path.chmod(0o644)
    was = formers.rows(path)
    upgraded(tmp_path)
    kept = tmp_path / "audit.sqlite3.form-2"
    assert formers.rows(kept) == was
    assert stat.S_IMODE(kept.stat().st_mode) == stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"Patient/ex-" in kept.read_bytes()
    assert b"Patient/ex-" not in path.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_a_patient_is_found_by_a_pseudonym_after_the_upgrade(tmp_path: Path) -> None:
    formers.written(tmp_path / "audit.sqlite3", 2)
    upgraded(tmp_path)
    place = decided.place(tmp_path)
    subject = keyring.open_ring(place).pseudonym("", "", "Patient/ex-marek")
    found = [entry for entry in entries(place) if isinstance(entry, AuditRecord) and entry.subject == subject]
    assert {entry.opened.patient for entry in found} == {"Patient/ex-marek"}
    assert len(found) == 9


def test_odd_records_are_carried_over_to_the_byte_too(tmp_path: Path) -> None:
    path = formers.written(tmp_path / "audit.sqlite3", 1)
    bodies = [
        decision("odd-1", hookInstance="no uuid", noted=["hookInstance: not a UUID."], client="a", tenant="b", profile="spec"),
        decision("odd-2"),
    ]
    formers.chained(path, [(body["decisionId"], body["decidedAt"], body["channel"], canonical.dumps(body)) for body in bodies])
    was = formers.rows(path)
    upgraded(tmp_path)
    place = decided.place(tmp_path)
    assert [former.body_of(entry) for entry in entries(place)[:-1]] == [row.body for row in was]
    assert faults_of(place) == ()


def test_upgrading_twice_says_that_nothing_is_to_do(tmp_path: Path) -> None:
    path = formers.written(tmp_path / "audit.sqlite3", 1)
    upgraded(tmp_path)
    before = path.read_bytes()
    assert upgraded(tmp_path) is None
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE ledger SET body = CAST(replace(CAST(body AS TEXT), 'low-back-pain', 'low-back-paim') AS BLOB) WHERE seq = 50", "Row 50: its body"),
        ("UPDATE ledger SET channel = 'evaluate' WHERE seq = 1", "Row 1: its columns"),
        ("DELETE FROM ledger WHERE seq = 7", "Row 7 is missing"),
        ("UPDATE ledger SET previous_hash = hash WHERE seq = 9", "Row 9 does not follow"),
    ],
)
def test_a_chain_that_does_not_hold_is_not_carried_over_and_the_row_is_named(tmp_path: Path, statement: str, told: str) -> None:
    path = formers.written(tmp_path / "audit.sqlite3", 2)
    formers.asked(path, statement)
    before = formers.rows(path)
    with pytest.raises(LedgerDamaged, match=told):
        upgraded(tmp_path)
    assert formers.rows(path) == before
    assert [one.name for one in tmp_path.glob("*.sqlite3*")] == ["audit.sqlite3"]


def test_a_ledger_that_somebody_has_open_is_not_upgraded(tmp_path: Path) -> None:
    path = formers.written(tmp_path / "audit.sqlite3", 2)
    with closing(sqlite3.connect(path, isolation_level=None)) as service:
        service.execute("SELECT count(*) FROM ledger").fetchone()
        with pytest.raises(LedgerRefused, match="Stop the service"):
            upgraded(tmp_path)
    assert upgraded(tmp_path) is not None


def test_nobody_can_open_the_ledger_while_it_is_upgraded(tmp_path: Path) -> None:
    path = formers.written(tmp_path / "audit.sqlite3", 2)
    told = []

    def look(what: str, done: int, total: int) -> None:
        with closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as service, pytest.raises(sqlite3.OperationalError, match="locked"):
            service.execute("BEGIN IMMEDIATE")
        told.append(what)

    with pytest.raises(Interrupted):
        upgraded(tmp_path, until("the new ledger gets its name", look))
    assert {"carrying over", "checking", "verifying", "the old ledger gets its other name"} <= set(told)


def test_what_a_crash_left_beside_the_old_file_is_carried_over_and_not_played_into_the_new_one(tmp_path: Path) -> None:
    formers.written(tmp_path / "old.sqlite3", 2)
    with closing(sqlite3.connect(tmp_path / "old.sqlite3", isolation_level=None)) as crashed:
        crashed.execute("PRAGMA wal_autocheckpoint = 0")
        crashed.execute("DELETE FROM ledger WHERE seq > 90")
        for suffix in ("", "-wal"):
            shutil.copy(tmp_path / f"old.sqlite3{suffix}", tmp_path / f"audit.sqlite3{suffix}")
    assert (tmp_path / "audit.sqlite3-wal").stat().st_size > 0
    done = upgraded(tmp_path)
    assert done is not None
    assert done.count == 90
    assert len(entries(decided.place(tmp_path))) == 91


def test_another_file_under_the_name_of_the_old_one_is_not_overwritten(tmp_path: Path) -> None:
    formers.written(tmp_path / "audit.sqlite3", 1)
    (tmp_path / "audit.sqlite3.form-1").write_text("mine")
    with pytest.raises(LedgerRefused, match="Move it"):
        upgraded(tmp_path)
    assert (tmp_path / "audit.sqlite3.form-1").read_text() == "mine"


@pytest.mark.parametrize("content", [b"", b"text" * 500])
def test_a_file_that_is_no_ledger_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "audit.sqlite3").write_bytes(content)
    with pytest.raises(LedgerRefused):
        upgraded(tmp_path)
    assert (tmp_path / "audit.sqlite3").read_bytes() == content


def whole(path: Path) -> int:
    """The form of the ledger that has the name; fails unless all of it is there."""
    form = formers.asked(path, "PRAGMA user_version")[0][0]
    if form == 1:
        rows = list(former.checked(formers.rows(path)))
        assert (len(rows), rows[-1].hash) == (3, formers.HEADS[1])
    else:
        assert faults_of(decided.place(path.parent)) == ()
        assert len(entries(decided.place(path.parent))) == 4
    return int(form)


def interrupted(left: int) -> upgrading.Progress:
    """Raises when it is told for that time."""
    times: Iterator[int] = itertools.count(1)

    def tell(what: str, done: int, total: int) -> None:
        if next(times) == left:
            raise Interrupted

    return tell


def test_an_upgrade_that_fails_at_any_step_leaves_one_of_both_whole_and_the_next_one_ends_it(tmp_path: Path) -> None:
    forms = []
    for left in range(1, STEPS):
        folder = tmp_path / str(left)
        folder.mkdir()
        path = formers.written(folder / "audit.sqlite3", 1)
        with contextlib.suppress(Interrupted):
            if upgraded(folder, interrupted(left)):
                break
        forms.append(whole(path))
        assert (upgraded(folder) is None) == (forms[-1] == 3)
        assert whole(path) == 3
    assert forms == [1] * (len(forms) - 1) + [3]
    assert len(forms) >= 6


def test_an_upgrade_that_is_killed_at_any_step_leaves_one_of_both_whole_and_the_next_one_ends_it(tmp_path: Path) -> None:
    forms = []
    for left in range(1, STEPS):
        folder = tmp_path / str(left)
        folder.mkdir()
        path = formers.written(folder / "audit.sqlite3", 1)
        ended = subprocess.run([sys.executable, "-c", CHILD, str(folder), str(left)], check=False, capture_output=True)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        forms.append(whole(path))
        assert (upgraded(folder) is None) == (forms[-1] == 3)
        assert whole(path) == 3
    assert forms == [1] * (len(forms) - 1) + [3]
    assert len(forms) >= 6
