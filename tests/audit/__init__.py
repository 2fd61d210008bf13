"""The ledger: what it keeps, what it finds, and what it survives."""
