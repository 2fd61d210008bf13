"""The ledger that the settings name: where it and what belongs to it are, and how it is opened."""

from collections.abc import Callable
from datetime import datetime

from cds.audit import ledger
from cds.audit import place as places
from cds.audit.ledger import Ledger
from cds.audit.place import POSTGRESQL, Place
from cds.audit.stores import store
from cds.foundation import settings as rules
from cds.foundation.settings import Settings


def place(settings: Settings) -> Place:
    """The ledger with its heads, its spool and its keys; what is not set stands beside the ledger. Only in development keys are made."""
    return places.beside(
        settings.audit_url,
        heads=settings.audit_heads and settings.audit_heads.absolute(),
        spool=settings.audit_spool and settings.audit_spool.absolute(),
        keys=settings.audit_keys and settings.audit_keys.absolute(),
        make_keys=settings.mode == "development" and settings.audit_keys is None,
        head_records=settings.audit_head_records,
        head_minutes=settings.audit_head_minutes,
        head_command=rules.words(settings.audit_head_command) if settings.audit_head_command else None,
    )


def require_address(settings: Settings) -> None:
    """Raises LedgerRefused unless the address is of a kind that can be opened at all."""
    if not settings.audit_url.startswith(POSTGRESQL):
        store.path_of(settings.audit_url)


def for_service(settings: Settings, clock: Callable[[], datetime]) -> Ledger:
    """That of a service, made where there is none. Raises LedgerUnavailable, LedgerRefused where it would not last, and for keys that are wrong."""
    return ledger.open_ledger(place(settings), clock)


def for_reading(settings: Settings, clock: Callable[[], datetime], *, busy_seconds: float = ledger.BUSY_SECONDS) -> Ledger:
    """One that is there already, with the keys that it has: none are made. Raises as `for_service`."""
    return ledger.open_ledger(with_its_keys(settings), clock, create=False, busy_seconds=busy_seconds)


def with_its_keys(settings: Settings) -> Place:
    """The place of a ledger that was written before: no keys are made for it."""
    return places.with_its_keys(place(settings))
