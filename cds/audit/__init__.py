"""The ledger: every decision that was given and what was done with it, in the order it happened, in a log that shows a change.

From the top: `ledger` is what the rest of the house sees; `writing` is the way of a record in, `entries` what it says, `keys` what it is
sealed and signed with, `stores` where it lies, `tree` what proves it. `verification` holds all of it against all the rest, `carrying` makes
one ledger of another, and `verify.py` is for auditors, by itself.

Imports only `cds.values` and `cds.foundation`, and is the one owner of sqlite3, SQLAlchemy, psycopg, Alembic and cryptography.
`cds.service` appends, `cds.cli` and the console read and verify. It keeps no clock: a record brings its instant and its id. Ids are made
here of logs and of keys alone; a record that an entry from the spool was closed by an erasure is named after that entry.
"""
