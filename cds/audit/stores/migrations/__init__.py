"""How the tables of form 3 came to be as they are, one revision after the other; Alembic is needed only where they are run (`running`)."""

from cds.audit.faults import LedgerRefused

REVISIONS = ("0001",)
"""From the first; the last is what `cds.audit.stores.tables` makes."""
HEAD = REVISIONS[-1]


def require_current(revision: str) -> None:
    """Raises LedgerRefused unless a ledger of this revision (empty for none) is one of this version of the software."""
    if revision in REVISIONS[:-1]:
        raise LedgerRefused("The ledger was written by an earlier version of the software. Run `cds audit upgrade`.")
    if revision != HEAD:
        raise LedgerRefused("The ledger was written by a later version of the software, or its tables were altered. Open it with that version.")
