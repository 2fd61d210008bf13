"""The way of a record into the ledger: the queue, the one writer of a process, its turns, and the spool for what the store cannot take."""
