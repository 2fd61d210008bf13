"""The keys of the ledger and of its subjects: read, made, exchanged for newer ones, and destroyed."""
