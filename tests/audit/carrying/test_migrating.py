"""A ledger whose tables are of an older revision is brought to this one, in either store; there is one revision, so an older one is planted."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy

from cds.audit.carrying import migrating
from cds.audit.carrying.upgrading import Upgraded
from cds.audit.faults import LedgerRefused
from cds.audit.place import Place
from cds.audit.stores import migrations
from cds.audit.stores.migrations import running
from cds.values.record import ActionRecord
from tests.audit import decided, formers
from tests.audit.carrying.test_restoring import add, decision, quiet, read

ACTION = ActionRecord("migrate-1", "2031-01-02T03:04:05Z", "upgrade", "user:tester")
OLDER = 'revision = "0000"\ndown_revision = None\n\n\ndef upgrade():\n    pass\n'
NEWER = """
from alembic import op

revision = "0001"
down_revision = "0000"


def upgrade():
    op.create_index("entries_month", "entries", ["month"])
"""


@pytest.fixture
def older(both: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A ledger of two decisions, whose tables lack an index that the newer of two revisions makes."""
    add(both, decision(1), decision(2), head=True)
    engine = sqlalchemy.create_engine(both.url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX entries_month")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    shutil.copy(running.FOLDER / "env.py", folder)
    (folder / "versions" / "older.py").write_text(OLDER)
    (folder / "versions" / "newer.py").write_text(NEWER)
    monkeypatch.setattr(running, "FOLDER", folder)
    monkeypatch.setattr(migrations, "REVISIONS", ("0000", "0001"))
    return both


def test_an_older_revision_is_brought_up_with_all_records_and_says_so(older: Place, tmp_path: Path) -> None:
    done = migrating.bring_up(older, ACTION, quiet)
    kept = tmp_path / "audit.sqlite3.revision-0000" if older.url.startswith("sqlite") else None
    assert done == Upgraded(3, 2, "", kept)
    *same, last = read(older)
    assert len(same) == 2
    assert isinstance(last, ActionRecord)
    assert (last.action, last.detail["entries"]) == ("upgrade", 2)
    assert len(list(older.heads.glob("*/*"))) == 2
    assert migrating.bring_up(older, ACTION, quiet) is None
    if kept:
        assert formers.asked(kept, "SELECT version_num FROM alembic_version") == [("0000",)]


def test_a_ledger_of_today_needs_nothing(both: Place) -> None:
    add(both, decision(1))
    assert migrating.bring_up(both, ACTION, quiet) is None
    assert len(read(both)) == 1


def test_a_ledger_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    place = decided.place(tmp_path)
    add(place, decision(1))
    formers.asked(tmp_path / "audit.sqlite3", "UPDATE alembic_version SET version_num = '0002'")
    with pytest.raises(LedgerRefused, match="later version"):
        migrating.bring_up(place, ACTION, quiet)
    assert not list(tmp_path.glob("*revision*"))


def test_a_ledger_of_an_earlier_form_is_upgraded(tmp_path: Path) -> None:
    formers.written(tmp_path / "audit.sqlite3", 1)
    done = migrating.bring_up(decided.place(tmp_path), ACTION, quiet)
    assert done == Upgraded(1, 3, formers.HEADS[1], tmp_path / "audit.sqlite3.form-1")


def test_where_there_is_no_ledger_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match="no ledger here"):
        migrating.bring_up(decided.place(tmp_path), ACTION, quiet)
    assert not list(tmp_path.iterdir())
