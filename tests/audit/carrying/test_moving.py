"""A ledger moves from a file into a database: of any form, whole, with its heads, and only into an empty one."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from cds.audit.carrying import formerfile, moving
from cds.audit.carrying.upgrading import Upgraded
from cds.audit.entries import former
from cds.audit.faults import LedgerRefused
from cds.audit.place import Place
from cds.audit.writing.frames import Spooled
from cds.audit.writing.spool import Spool
from cds.values.record import ActionRecord
from tests.audit import decided, formers
from tests.audit.carrying.test_restoring import add, decision, quiet, read

ACTION = ActionRecord("move-1", "2031-01-02T03:04:05Z", "upgrade", "user:tester")


@pytest.fixture
def target(database: str, tmp_path: Path) -> Place:
    """An empty database, whose heads are kept apart from those of the file."""
    return replace(decided.place(tmp_path), url=database, heads=tmp_path / "new-heads", spool=tmp_path / "new-spool")


def moved(folder: Path, target: Place) -> Upgraded:
    """Moves the ledger of the folder."""
    return moving.move(decided.place(folder), target, ACTION, quiet)


@pytest.mark.parametrize("form", [1, 2])
def test_a_ledger_of_an_earlier_form_is_upgraded_on_its_way_with_all_of_it_provable(tmp_path: Path, target: Place, form: int) -> None:
    was = formers.rows(formers.written(tmp_path / "audit.sqlite3", form))
    done = moved(tmp_path, target)
    assert done == Upgraded(form, len(was), formers.HEADS[form], tmp_path / f"audit.sqlite3.form-{form}")
    *carried, last = read(target)
    assert [former.body_of(entry) for entry in carried] == [row.body for row in was]
    assert isinstance(last, ActionRecord)
    assert formers.rows(tmp_path / f"audit.sqlite3.form-{form}") == was
    assert not (tmp_path / "audit.sqlite3").exists()


def test_a_ledger_of_today_moves_with_its_heads_under_its_own_id(tmp_path: Path, target: Place) -> None:
    place = decided.place(tmp_path)
    add(place, decision(1), decision(2), head=True)
    before = read(place)
    done = moved(tmp_path, target)
    assert read(target)[:-1] == before
    assert [path.name for path in sorted(target.heads.glob("*/*"))] == [f"{size:020}.checkpoint" for size in (2, 3)]
    assert done.kept
    with formerfile.held(done.kept) as kept:
        assert formerfile.form(kept) == 3
    add(target, decision(3), head=True)
    assert len(read(target)) == 4


def test_a_database_that_has_records_is_not_moved_into(tmp_path: Path, target: Place) -> None:
    formers.written(tmp_path / "audit.sqlite3", 1)
    add(target, decision(1))
    with pytest.raises(LedgerRefused, match="has records already"):
        moved(tmp_path, target)
    assert len(formers.rows(tmp_path / "audit.sqlite3")) == 3


def test_a_ledger_whose_spool_has_records_is_not_moved(tmp_path: Path, target: Place) -> None:
    formers.written(tmp_path / "audit.sqlite3", 1)
    with contextlib.closing(Spool(tmp_path / "spool" / "0123456789abcdef0123456789abcdef")) as left:
        left.add([(Spooled("one", b"{}"),)])
    with pytest.raises(LedgerRefused, match="Records wait"):
        moved(tmp_path, target)


def test_a_ledger_is_moved_into_a_database_only(tmp_path: Path) -> None:
    formers.written(tmp_path / "audit.sqlite3", 1)
    with pytest.raises(LedgerRefused, match="PostgreSQL"):
        moved(tmp_path, decided.place(tmp_path / "other"))
