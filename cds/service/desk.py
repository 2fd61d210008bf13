"""The desk at which somebody on this machine reads the ledger or does something with it; what is done there is recorded with the user's name.

A record comes before anything is told. A ledger that cannot be written, such as a copy on an auditor's laptop, is read all the same: whoever has
the file can read it without us. Then it is said that nothing was recorded. Nothing is exported or copied without its record.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cds.audit import retention
from cds.audit.ledger import BUSY_SECONDS, Ledger
from cds.audit.rows import Search
from cds.foundation import instants
from cds.foundation.errors import LedgerUnavailable, NotFound
from cds.foundation.settings import Settings
from cds.releases import catalogue
from cds.service import actions, application, deciding, ledgers
from cds.values.record import Action, ActionRecord

UNKNOWN = "not in the ledger"
NOT_RECORDED = "That this was done could not be recorded in the ledger"
IN_SPOOL = "This is recorded in the spool beside the ledger, which comes into the ledger when that takes records again. Waiting there: "


def nobody(_text: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Wanted:
    """Which entries are wanted; what is empty does not narrow.

    `patient` is the reference or identifier as it was sent by `client` and `tenant`; without a client, by callers who are not registered.
    """

    since: datetime | None = None
    until: datetime | None = None
    patient: str = ""
    client: str | None = None
    tenant: str | None = None
    release: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hand:
    """What a record is made with; the ledger is None before there is one."""

    ledger: Ledger | None = None
    clock: Callable[[], datetime] = application.now
    new_id: Callable[[], str] = application.new_id


@dataclass(frozen=True)
class Desk:
    """An open ledger. `warn` is told what the user should know beside the answer."""

    settings: Settings
    ledger: Ledger
    warn: Callable[[str], None] = nobody

    def note(self, what: str, count: int = 1, **narrowed: Any) -> None:
        """Records that entries were read, or warns that it cannot be recorded."""
        try:
            self.record("reading", {"what": what, "filter": narrowed, "count": count})
        except LedgerUnavailable as error:
            self.warn(f"{NOT_RECORDED}. {error.text}")

    def record(self, action: Action, detail: Mapping[str, Any], *, role: str = "") -> None:
        """Records what is about to be given out or done. Raises LedgerUnavailable where it cannot be recorded: then it must not be."""
        done = actions.record(Hand(self.ledger), action, actions.of_user(), role, detail)
        with suppress(LedgerUnavailable):
            if self.ledger.find_entry(done.action_id) is None:
                self.warn(f"{IN_SPOOL}{self.ledger.state().spooled}.")

    def missing(self, text: str) -> NotFound:
        """The error for what is not there, with the months that were dropped."""
        with self.ledger.store.reading() as reading:
            return NotFound(" ".join(filter(None, (text, retention.gone(reading)))))

    def subjects(self, wanted: Wanted) -> tuple[str, ...]:
        """What the patient is called in the ledger, under each pseudonym key there was, the newest last; none where none is named."""
        if not wanted.patient:
            return ()
        named = deciding.patient_named(wanted.patient) or wanted.patient
        return self.ledger.ring.pseudonyms(wanted.client or "", wanted.tenant or "", named)

    def searches(self, wanted: Wanted) -> tuple[Search, ...]:
        """One for each pseudonym of the patient and each condition that may have had a release of that version.

        A patient's pseudonym is of one client and tenant, so that these narrow no further then.
        """
        told = [instants.written(one, "milliseconds") if one else "" for one in (wanted.since, wanted.until)]
        client, tenant = (None, None) if wanted.patient else (wanted.client, wanted.tenant)
        return tuple(
            Search(kinds=wanted.kinds, since=told[0], until=told[1], subject=subject, client=client, tenant=tenant, release=release)
            for subject in self.subjects(wanted) or ("",)
            for release in self._releases(wanted.release)
        )

    def narrowed(self, wanted: Wanted) -> dict[str, Any]:
        """The same for a record: a patient by the pseudonyms."""
        first, subjects = self.searches(wanted)[0], self.subjects(wanted)
        told = {"since": first.since, "until": first.until, "subjects": sorted(subjects), "kinds": list(wanted.kinds)}
        names = {
            "client": self._name(first.client or "", {"client": first.client}),
            "tenant": self._name(first.tenant or "", {"tenant": first.tenant}),
            "release": self._name(wanted.release, *({"release": one} for one in self._releases(wanted.release))),
        }
        return {name: value for name, value in (told | names).items() if value}

    def _name(self, name: str, *columns: Mapping[str, Any]) -> str:
        """A name for a record, where the ledger has an entry of it: what else somebody typed may be anything, and a record stays."""
        found = not name or any(next(self.ledger.records(Search(limit=1, **one)), None) for one in columns)
        return name if found else UNKNOWN

    def _releases(self, version: str) -> tuple[str, ...]:
        """As the ledger names them: condition and version."""
        if not version or " " in version:
            return (version,)
        return tuple(f"{name} {version}" for name in catalogue.names(self.settings.content)) or (version,)


@contextmanager
def at(settings: Settings, warn: Callable[[str], None] = nobody, *, patience: float = BUSY_SECONDS) -> Iterator[Desk]:
    """The desk of the ledger that the settings name, which must be there. `patience` is how long its turn is waited for, in seconds.

    What an earlier command left in the spool is brought in, where that can be done.
    Raises LedgerUnavailable, and LedgerRefused for what is no ledger of this form.
    """
    with closing(ledgers.for_reading(settings, application.now, busy_seconds=patience)) as opened:
        with suppress(LedgerUnavailable):
            if opened.state().spooled:
                opened.ready()
        yield Desk(settings, opened, warn)


def made(action: Action) -> ActionRecord:
    """The record of what the user of this machine does, for what keeps it in one transaction."""
    return actions.made_by(Hand(), action, actions.of_user())
