"""Whether a service may be started at all with the settings that it has: what is missing is told all at once."""

from collections.abc import Callable, Iterator
from datetime import datetime

from cds.audit.faults import KeysRefused, LedgerDamaged
from cds.foundation import settings as rules
from cds.foundation.errors import Diagnostic, LedgerUnavailable
from cds.foundation.settings import BadSettings, Settings
from cds.service import ledgers


def require(settings: Settings, clock: Callable[[], datetime]) -> None:
    """Raises BadSettings with all that stands against a start; in production that is also a ledger that would not last."""
    faults = rules.faults(settings)
    if settings.mode == "production":
        faults = (*faults, *_ledger(settings, clock))
    if faults:
        raise BadSettings(f"The service does not start in {settings.mode} mode.", more=faults)


def _ledger(settings: Settings, clock: Callable[[], datetime]) -> Iterator[Diagnostic]:
    try:
        if settings.audit_keys is None:
            ledgers.require_address(settings)
        else:
            ledgers.for_service(settings, clock).close()
    except (LedgerUnavailable, LedgerDamaged) as error:
        yield Diagnostic("error", error.code, error.text, "CDS_AUDIT_KEYS" if isinstance(error, KeysRefused) else "CDS_AUDIT_URL")
