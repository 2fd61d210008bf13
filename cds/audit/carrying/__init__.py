"""A ledger becomes another: from a backup, from a form of an earlier version of the software, from a file into a database; as provable as it was."""
