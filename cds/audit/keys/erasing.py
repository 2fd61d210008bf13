"""Erasure: the keys of a subject are destroyed inside a transaction, and what was sealed under them opens for nobody.

The log stays valid: no row changes, a leaf covers only what is in the clear, and that has only digests of what is sealed. Two places
outside the store can hold such a key: the spool, which must be empty, and backups, which `cds.audit.tombstones` tells to forget it.
"""

import dataclasses

from cds.audit.rows import Search, Writing
from cds.foundation.errors import LedgerUnavailable
from cds.values.record import ActionRecord


def erase(writing: Writing, subject: str, action: ActionRecord, *, waiting: int) -> ActionRecord:
    """Destroys the keys of a subject; the action to append in the same transaction, with how many keys there were and decisions they opened.

    `waiting` is how many entries wait in the spool; raises LedgerUnavailable where any do, since they bring keys of their own.
    A subject that the ledger does not know is no error: the record says that there was nothing.
    """
    refuse_waiting(waiting)
    keys = {one.key_id for one in writing.keys(subjects=[subject])}
    decisions = sum(1 for row in writing.rows(Search(kinds=("decision",), subject=subject)) if row.sealed) if keys else 0
    writing.drop_keys(subject)
    return dataclasses.replace(action, detail={"subject": subject, "keys": len(keys), "decisions": decisions})


def refuse_waiting(waiting: int) -> None:
    """Raises LedgerUnavailable where entries wait in the spool."""
    if waiting:
        text = f"{waiting} records wait in the ledger's spool, each with a key of its own. Wait until the store has taken them, then ask again."
        raise LedgerUnavailable(text)
