"""What the ledger of a test has kept."""

from cds.audit.entries.stored import StoredRecord
from cds.audit.rows import Search
from cds.service.application import Application


def newest(app: Application) -> StoredRecord:
    """The last entry."""
    return next(app.require_ledger().records(Search(newest_first=True)))
