"""The ledger: every decision that was given and what was done with it, in the order it happened, in a log that shows a change.

Imports only `cds.values` and `cds.foundation`, and is the one owner of sqlite3, SQLAlchemy, psycopg, Alembic and cryptography.
`cds.service` appends, `cds.cli` and the console read and verify. It keeps no clock and makes no ids: a record brings both.
"""
