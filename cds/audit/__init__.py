"""The ledger: every decision that was given, in the order it was given, in a chain that shows a change.

Imports only `cds.values` and `cds.foundation`, and is the one owner of sqlite3. `cds.service` appends,
`cds.cli` and the console read and verify. It keeps no clock and makes no ids: a record brings both.
"""
