"""Whether a service may be started at all with the settings that it has: what is missing is told all at once."""

from collections.abc import Iterator

from cds.audit import ledger as ledgers
from cds.audit.faults import LedgerRefused
from cds.foundation import settings as rules
from cds.foundation.errors import Diagnostic, LedgerUnavailable
from cds.foundation.settings import BadSettings, Settings


def require(settings: Settings) -> None:
    """Raises BadSettings with all that stands against a start; in production that is also a ledger that would not last."""
    faults = rules.faults(settings)
    if settings.mode == "production":
        faults = (*faults, *_ledger(settings))
    if faults:
        raise BadSettings(f"The service does not start in {settings.mode} mode.", more=faults)


def _ledger(settings: Settings) -> Iterator[Diagnostic]:
    try:
        ledgers.open_ledger(settings.audit_url).close()
    except (LedgerRefused, LedgerUnavailable) as error:
        yield Diagnostic("error", error.code, error.text, "CDS_AUDIT_URL")
