"""A ledger in PostgreSQL: refused where the server may lose data, reached again after it was away, and told of without a password."""

import contextlib
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from cds.audit.faults import LedgerRefused
from cds.audit.place import beside
from cds.audit.rows import Search, TreeState
from cds.audit.stores import migrations, postgresqlserver, store
from cds.audit.stores import postgresql as stored
from cds.foundation.errors import LedgerUnavailable
from tests.audit import laying, servers
from tests.audit.servers import Server
from tests.audit.stores.test_sqlite import FORKING, ROOT

CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def refused(url: str, text: str) -> None:
    """This database cannot be opened, in words that name neither user nor password."""
    with pytest.raises(LedgerUnavailable, match=text) as caught:
        store.open_store(beside(url), create=True, busy_seconds=1.0)
    assert "canary-7731" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("synchronous_commit = off", "not durable: synchronous_commit is off"),
        ("synchronous_commit = local", ""),
        ("synchronous_commit = remote_write", ""),
        ("synchronous_commit = remote_apply", ""),
    ],
)
def test_a_database_set_to_answer_before_it_syncs_is_refused(database: str, postgresql: Server, setting: str, text: str) -> None:
    postgresql.run(f"ALTER DATABASE {postgresql.name(database)} SET {setting}")
    if text:
        refused(database, text)
    else:
        with servers.opened(beside(database)) as opened:
            laying.some(opened, 1)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"fsync": "off"}, "fsync is off"),
        ({"full_page_writes": "off"}, "full_page_writes is off"),
        ({"fsync": "off", "full_page_writes": "off"}, "fsync is off, full_page_writes is off"),
        ({"synchronous_commit": "local", "synchronous_standby_names": "far"}, "synchronous_commit is local"),
        ({"server_encoding": "LATIN1"}, "ENCODING 'UTF8'"),
    ],
)
def test_a_server_set_to_lose_data_is_refused(settings: dict[str, str], text: str) -> None:
    usual = {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "synchronous_standby_names": "",
        "server_encoding": "UTF8",
    }
    postgresqlserver.require_durable(usual)
    with pytest.raises(LedgerRefused, match=text):
        postgresqlserver.require_durable(usual | settings)


def test_a_server_whose_settings_were_changed_for_the_worse_is_refused_at_the_next_connection() -> None:
    with servers.running() as server:
        url = server.fresh()
        with servers.opened(beside(url)) as opened:
            laying.some(opened, 1)
            server.run("ALTER SYSTEM SET fsync = off")
            server.run("SELECT pg_reload_conf()")
            server.run(CUT_OFF, url=url)
            with pytest.raises(LedgerRefused, match="fsync is off"), opened.writing():
                pass
        refused(url, "fsync is off")


def test_a_server_that_was_stopped_is_written_to_again_once_it_runs() -> None:
    with servers.running() as server, servers.opened(beside(server.fresh()), busy_seconds=1.0) as opened:
        laying.some(opened, 1)
        server.stop()
        for use in (opened.writing, opened.reading):
            with pytest.raises(LedgerUnavailable, match="SQLSTATE"), use():
                pass
        with pytest.raises(LedgerUnavailable):
            opened.ready()
        server.start()
        opened.ready()
        laying.some(opened, 1)
        assert laying.numbers(opened) == [1, 2]


def test_a_connection_lost_within_a_transaction_takes_it_back(database: str, postgresql: Server) -> None:
    with servers.opened(beside(database)) as opened:
        laying.some(opened, 1)
        with pytest.raises(LedgerUnavailable), opened.writing() as writing:
            writing.add([laying.row(2)], [bytes(32)], [], TreeState(2))
            postgresql.run(CUT_OFF, url=database)
            writing.state()
        with pytest.raises(LedgerUnavailable), opened.writing():
            postgresql.run(CUT_OFF, url=database)
        laying.some(opened, 1)
        assert laying.numbers(opened) == [1, 2]


@pytest.mark.parametrize(
    ("alteration", "text"),
    [
        ("ALTER TABLE entries ADD COLUMN remark TEXT", "altered"),
        ("ALTER TABLE leaves RENAME TO leafs", "altered"),
        ("ALTER TABLE leaves SET UNLOGGED", "UNLOGGED"),
        ("DROP TABLE alembic_version", "another program"),
        ("CREATE RULE silence AS ON DELETE TO entries DO INSTEAD NOTHING", "altered"),
        ("CREATE TRIGGER silence BEFORE UPDATE ON tree FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()", "altered"),
        ("ALTER TABLE entries ENABLE ROW LEVEL SECURITY", "altered"),
    ],
)
def test_tables_that_were_altered_are_refused_and_told(database: str, postgresql: Server, alteration: str, text: str) -> None:
    with servers.opened(beside(database)) as opened:
        postgresql.run(alteration, url=database)
        with opened.reading() as reading:
            assert list(reading.problems())
    refused(database, text)


def test_the_tables_of_another_program_are_left_alone(database: str, postgresql: Server) -> None:
    postgresql.run("CREATE TABLE entries (name TEXT)", url=database)
    postgresql.run("CREATE TABLE alembic_version (version_num TEXT)", url=database)
    refused(database, "was not touched")
    assert postgresql.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", url=database) == [(2,)]


def test_a_database_in_another_encoding_is_refused(postgresql: Server) -> None:
    postgresql.run("DROP DATABASE IF EXISTS latin")
    postgresql.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    refused(postgresql.url("latin"), "ENCODING 'UTF8'")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://somebody:canary-7731@/cds?host=/nowhere",
        "postgresql://somebody:canary-7731@127.0.0.1:1/cds",
        "postgresql://somebody:canary-7731@/cds?hosts=/nowhere",
        "postgresql://somebody:canary-7731@[/cds",
        "postgresql:///?service=canary-7731",
    ],
)
def test_a_server_that_is_not_there_is_told_without_user_and_password(url: str) -> None:
    with pytest.raises(LedgerUnavailable) as caught:
        store.open_store(beside(url), create=True, busy_seconds=1.0)
    told = str(caught.value)
    assert "canary-7731" not in told
    assert "somebody" not in told


def test_a_database_that_is_not_there_is_told_with_what_to_do(postgresql: Server) -> None:
    refused(postgresql.url("missing"), "no such database")


def test_a_service_of_libpq_names_the_database(database: str, postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "services").write_text(f"[ledger]\nhost={postgresql.server.pgdata}\nuser=postgres\ndbname={postgresql.name(database)}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    with servers.opened(beside("postgresql:///?service=ledger")) as opened:
        laying.some(opened, 1)
    with servers.opened(beside(database), create=False) as opened:
        assert laying.numbers(opened) == [1]


def test_a_role_that_may_only_read_opens_for_reading(database: str, postgresql: Server) -> None:
    with servers.opened(beside(database)) as opened:
        laying.some(opened, 1)
    postgresql.run("DROP ROLE IF EXISTS auditor")
    postgresql.run("CREATE ROLE auditor LOGIN")
    postgresql.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor", url=database)
    with servers.opened(beside(postgresql.url(postgresql.name(database), user="auditor")), create=False) as reader:
        assert laying.numbers(reader) == [1]
        with pytest.raises(LedgerUnavailable, match="may not do this"):
            reader.ready()
    postgresql.run("DROP OWNED BY auditor", url=database)
    postgresql.run("DROP ROLE auditor")


def test_the_rights_of_others_are_none(database: str, postgresql: Server) -> None:
    with servers.opened(beside(database)):
        query = "SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'public' AND grantee = 'PUBLIC'"
        assert postgresql.run(query, url=database) == [(0,)]


def test_a_writer_on_another_host_is_waited_for(database: str) -> None:
    with servers.opened(beside(database)) as opened, psycopg.connect(database) as other:
        other.execute("SELECT * FROM tree FOR UPDATE")
        assert laying.numbers(opened) == []
        with servers.opened(beside(database), busy_seconds=0.1) as hasty, pytest.raises(LedgerUnavailable, match="55P03"), hasty.writing():
            pass
        other.rollback()
        laying.some(opened, 1)


def test_a_store_carried_over_a_fork_refuses_and_leaves_the_parents_alone(database: str) -> None:
    subprocess.run([sys.executable, "-c", FORKING, database], cwd=ROOT, check=True, timeout=60)
    with servers.opened(beside(database), create=False) as opened:
        assert laying.numbers(opened) == [1, 2]


def test_of_a_destroyed_key_no_byte_stays_in_the_tables_files(database: str, postgresql: Server) -> None:
    keys = [laying.key(f"k{number}", f"s{number}", wrapped=os.urandom(60)) for number in range(20)]
    with servers.opened(beside(database)) as opened:
        with opened.writing() as writing:
            writing.add_keys(keys)
        postgresql.run("CHECKPOINT", url=database)
        before = tables_of(postgresql, database)
        assert all(key.wrapped in before for key in keys)
        with opened.writing() as writing:
            writing.drop_keys("s3")
        postgresql.run("CHECKPOINT", url=database)
        after = tables_of(postgresql, database)
        there = [key for key in keys if key.wrapped in after]
    assert there == [key for key in keys if key.key_id != "k3"]


def tables_of(server: Server, url: str) -> bytes:
    """All that is in the files of a database's tables, not in the server's write-ahead log."""
    ((oid,),) = server.run("SELECT oid FROM pg_database WHERE datname = current_database()", url=url)
    return b"".join(file.read_bytes() for file in (server.server.pgdata / "base" / str(oid)).iterdir())


def test_a_destroyed_key_is_destroyed_though_somebody_is_in_the_way_of_the_cleaning(database: str) -> None:
    with servers.opened(beside(database), busy_seconds=0.2) as opened:
        with opened.writing() as writing:
            writing.add_keys([laying.key("k")])
        with opened.reading() as reading:
            assert len(list(reading.keys())) == 1
            with opened.writing() as writing:
                assert writing.drop_keys("s1") == 1
        with opened.reading() as reading:
            assert list(reading.keys()) == []
        laying.some(opened, 1)


def test_more_readers_than_connections_wait_and_are_told(database: str) -> None:
    with servers.opened(beside(database), busy_seconds=0.1) as opened:
        with contextlib.ExitStack() as many:
            for _ in range(stored.CONNECTIONS + stored.MORE):
                many.enter_context(opened.reading())
            with pytest.raises(LedgerUnavailable), opened.reading():
                pass
        with opened.reading() as reading:
            assert list(reading.rows(Search())) == []


def test_a_revision_of_today_is_written_down(database: str) -> None:
    with servers.opened(beside(database)), closing(psycopg.connect(database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrations.HEAD,)]
