"""Alembic run on one connection: only here is it imported."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

FOLDER = Path(__file__).parent


def run(connection: Connection) -> bool:
    """Brings the tables of a ledger, or an empty database, to the newest revision, and commits; whether there was anything to do."""
    before = MigrationContext.configure(connection).get_current_heads()
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    after = MigrationContext.configure(connection).get_current_heads()
    connection.commit()
    return before != after
