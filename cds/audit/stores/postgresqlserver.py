"""A server of PostgreSQL as the ledger needs it: reached, found durable, and the tables in it made or looked over."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import conninfo, sql
from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from cds.audit.faults import LedgerRefused
from cds.audit.stores import migrations, tables
from cds.audit.stores.snapshots import Transaction

MAKING = 0x42504C47
"""The advisory lock that is held while tables are made."""
USUAL = {"connect_timeout": 5, "keepalives_idle": 10, "tcp_user_timeout": 15_000, "application_name": "back-pain-cds"}
"""What is asked of libpq where the address says nothing else: a server that vanished is noticed in seconds."""
SETTINGS = ("fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names", "server_encoding")
ASK = "SELECT set_config('lock_timeout', %s, false), " + ", ".join(f"current_setting('{name}')" for name in SETTINGS)
CREATE = tuple(tables.statements(PGDialect_psycopg()))  # type: ignore[no-untyped-call]
LAYOUT = text("""
    SELECT name, array_agg(piece.attname::text ORDER BY piece.attnum), found.relkind::text, found.relpersistence::text,
        EXISTS (SELECT FROM pg_trigger WHERE tgrelid = found.oid AND NOT tgisinternal)
        OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = found.oid) OR found.relrowsecurity
    FROM unnest(CAST(:names AS text[])) AS name
    JOIN pg_class AS found ON found.oid = to_regclass(quote_ident(name))
    JOIN pg_attribute AS piece ON piece.attrelid = found.oid AND piece.attnum > 0 AND NOT piece.attisdropped
    GROUP BY name, found.oid
""")

TYPES = {int: "int8", str: "text", bytes: "bytea"}
Layout = tuple[tuple[str, ...], str, str, bool]


class CopyingTransaction(Transaction):
    """A transaction that adds rows by COPY, which takes a third of the time of so many INSERT."""

    def _insert(self, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
        if not values:
            return
        names = list(values[0])
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        driver: Any = self._connection.connection.driver_connection
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                copy.set_types([TYPES[table.c[name].type.python_type] for name in names])
                for row in values:
                    copy.write_row([row[name] for name in names])
        except psycopg.Error as error:
            raise DBAPIError(None, None, error) from error


@dataclass(frozen=True)
class Address:
    """Where a database is; `shown` has neither user nor password."""

    parameters: Mapping[str, Any]
    shown: str


def read(url: str) -> Address:
    """The address in `postgresql://user@host/database`, with all that libpq takes in one: a service, a password file, several hosts.

    Raises LedgerRefused where it cannot be read; its text is never shown.
    """
    try:
        given = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise LedgerRefused("The ledger's address cannot be read. Set CDS_AUDIT_URL to postgresql://user@host/database.") from None
    return Address(USUAL | given, f"postgresql://{given.get('host', '')}/{given.get('dbname', '')}")


def connect(address: Address, *, busy_seconds: float, first: LiteralString = "") -> psycopg.Connection[Any]:
    """A connection whose commits are synced before they return, unless the statement `first` says otherwise.

    Raises LedgerRefused where the server is set to lose data.
    """
    with contextlib.ExitStack() as undo:
        connection = psycopg.connect(**address.parameters, client_encoding="utf8", autocommit=True)
        undo.callback(connection.close)
        found = connection.execute(ASK, (f"{int(busy_seconds * 1000)}ms",)).fetchone()
        require_durable(dict(zip(SETTINGS, found[1:] if found else (), strict=True)))
        if first:
            connection.execute(first)
        connection.autocommit = False
        undo.pop_all()
    return connection


def is_empty(connection: Connection) -> bool:
    """Whether none of our tables is there."""
    return not _layout(connection)


def make(connection: Connection) -> None:
    """Makes the tables in one transaction, unless another host was faster: who comes second waits, and finds them."""
    lock(connection)
    if is_empty(connection):
        for statement in CREATE:
            connection.exec_driver_sql(statement)
        connection.execute(tables.TREE.insert(), {"one": 1, "log_id": tables.new_log_id(), "size": 0, "peaks": b""})
        connection.execute(tables.REVISION.insert(), {"version_num": migrations.HEAD})
    connection.commit()


def lock(connection: Connection) -> None:
    """Waits until nobody else makes or alters the tables; held until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MAKING})


def require_ours(connection: Connection) -> None:
    """Raises LedgerRefused where tables of these names are there that are another program's."""
    if not {"alembic_version", "tree", "entries"} <= set(_layout(connection)):
        raise LedgerRefused("The database has tables of another program. Name an empty database; this one was not touched.")


def require_ledger(connection: Connection) -> None:
    """Raises LedgerRefused unless the tables are those of a ledger of today, as they were made."""
    require_ours(connection)
    found = _layout(connection)
    migrations.require_current(str(connection.exec_driver_sql("SELECT max(version_num) FROM alembic_version").scalar()))
    if not all(_is_as_made(found.get(name), columns) for name, columns in tables.COLUMNS.items()):
        raise LedgerRefused(
            "The ledger's tables were altered: columns, a trigger, a rule, or UNLOGGED. Keep a copy for the auditor and restore the last backup."
        )


def problems(connection: Connection) -> Iterator[str]:
    """What was altered at the tables since they were opened; the server itself says at reading where a page's checksum is wrong."""
    found = _layout(connection)
    yield from (f"{name}: not as it was made" for name, columns in tables.COLUMNS.items() if not _is_as_made(found.get(name), columns))


def _layout(connection: Connection) -> Mapping[str, Layout]:
    """Of those of our tables that are there: columns, what it is, whether it is logged, whether something stands between it and who writes."""
    found = connection.execute(LAYOUT, {"names": list(tables.COLUMNS)})
    return {name: (tuple(columns), kind, logged, watched) for name, columns, kind, logged, watched in found}


def _is_as_made(found: Layout | None, columns: tuple[str, ...]) -> bool:
    """Whether it is a table of these columns, logged, with no trigger, rule or policy."""
    return found == (columns, "r", "p", False)


def require_durable(settings: Mapping[str, str]) -> None:
    """Raises LedgerRefused unless a commit on a server with these settings is on its disk, and its standby's, before it returns."""
    if settings["server_encoding"] != "UTF8":
        raise LedgerRefused(f"The database is encoded in {settings['server_encoding']}. Create one with ENCODING 'UTF8'.")
    wrong = [name for name in ("fsync", "full_page_writes") if settings[name] != "on"]
    weak = ("off", "local") if settings["synchronous_standby_names"] else ("off",)
    if settings["synchronous_commit"] in weak:
        wrong.append("synchronous_commit")
    if wrong:
        told = ", ".join(f"{name} is {settings[name]}" for name in wrong)
        raise LedgerRefused(f"The audit ledger is not durable: {told}. Set it to on, for the server, this database and this user.")
