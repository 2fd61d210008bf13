"""The revisions make the same tables as a new ledger has, in both kinds of database; and a ledger of another revision is not opened."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from cds.audit.faults import LedgerRefused
from cds.audit.place import Place, beside
from cds.audit.stores import migrations, store
from cds.audit.stores.migrations import running
from tests.audit import servers
from tests.audit.servers import Server

CONSTRAINTS = "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
COLUMNS = """
SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable, collation_name, column_default
FROM information_schema.columns WHERE table_schema = 'public'
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


def connected(place: Place) -> Iterator[Connection]:
    """A connection past all guards."""
    engine = sqlalchemy.create_engine(place.url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        yield connection


def layout(place: Place) -> set[tuple[Any, ...]]:
    """All that the database says of how its tables are made."""
    (found,) = (set(_layout(connection)) for connection in connected(place))
    return found


def _layout(connection: Connection) -> Iterator[tuple[Any, ...]]:
    if connection.dialect.name == "sqlite":
        for name, sql in connection.exec_driver_sql("SELECT name, sql FROM sqlite_master"):
            yield name, " ".join(sql.split()) if sql else None
        return
    for query in (CONSTRAINTS, COLUMNS, INDEXES):
        yield from (tuple(found) for found in connection.exec_driver_sql(query))


def migrate(place: Place) -> bool:
    """Whether there was anything to do."""
    (found,) = [running.run(connection) for connection in connected(place)]
    return found


def another(place: Place, postgresql: Server, tmp_path: Path) -> Place:
    """A second empty place of the same kind."""
    return beside(f"sqlite:///{tmp_path / 'another.sqlite3'}" if place.url.startswith("sqlite") else postgresql.fresh())


def test_the_revisions_make_the_tables_that_a_new_ledger_has(both: Place, postgresql: Server, tmp_path: Path) -> None:
    migrated = another(both, postgresql, tmp_path)
    assert migrate(migrated)
    assert not migrate(migrated)
    with servers.opened(both):
        made = layout(both)
    assert len(made) > 10
    assert layout(migrated) == made


def test_a_ledger_of_today_is_left_as_it_is_by_the_revisions(both: Place) -> None:
    with servers.opened(both) as opened, opened.reading() as reading:
        before, log_id = layout(both), reading.log_id()
    assert not store.migrate(both)
    assert layout(both) == before
    with servers.opened(both, create=False) as opened, opened.reading() as reading:
        assert reading.log_id() == log_id


def test_every_revision_is_known_in_its_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(running.FOLDER))
    config.set_main_option("path_separator", "newline")
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == migrations.REVISIONS


@pytest.mark.parametrize("revision", ["0000", "9999", ""])
def test_a_ledger_of_another_revision_is_not_opened(both: Place, revision: str) -> None:
    with servers.opened(both):
        pass
    for connection in connected(both):
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        connection.commit()
    with pytest.raises(LedgerRefused, match="later version"):
        store.open_store(both, create=True)


def test_a_ledger_of_an_older_revision_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "REVISIONS", ("0001", "0002"))
    monkeypatch.setattr(migrations, "HEAD", "0002")
    with pytest.raises(LedgerRefused, match="cds audit upgrade"):
        migrations.require_current("0001")


def test_what_is_no_ledger_is_not_migrated(both: Place) -> None:
    path = store.path_of(both.url) if both.url.startswith("sqlite") else None
    if path:
        path.write_bytes(b"")
    with pytest.raises(LedgerRefused):
        store.migrate(both)
    assert path is None or path.read_bytes() == b""
