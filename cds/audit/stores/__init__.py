"""Where the ledger lies: the same tables in a file of SQLite and in a database of PostgreSQL, and what is read and written in a transaction of each.

`store` opens the one that an address names. What is in a body, a store does not know.
"""
