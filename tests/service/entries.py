"""What the ledger of a test has kept."""

from cds.audit.rows import Search
from cds.audit.stored import StoredRecord
from cds.service.application import Application


def newest(app: Application) -> StoredRecord:
    """The last entry."""
    return next(app.require_ledger().records(Search(newest_first=True)))
