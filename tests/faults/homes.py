"""A ledger of each kind for a test of faults, and what is asked of it when the dust has settled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cds.audit import ledger
from cds.audit.ledger import Ledger
from cds.audit.place import Place
from cds.service import application

PLENTY = 60.0


@dataclass(frozen=True)
class Home:
    """Where a ledger is, and the environment by which another process finds it."""

    place: Place

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings of a process that writes into it."""
        place = self.place
        return {
            "CDS_AUDIT_URL": place.url,
            "CDS_AUDIT_HEADS": str(place.heads),
            "CDS_AUDIT_SPOOL": str(place.spool),
            "CDS_AUDIT_KEYS": str(place.keys),
            "CDS_AUDIT_HEAD_RECORDS": str(place.head_records),
        }

    def open(self, *, create: bool = True) -> Ledger:
        """The ledger, by a patient caller."""
        return ledger.open_ledger(self.place, application.now, create=create, busy_seconds=PLENTY)


def lost(home: Home, answered: Iterable[str]) -> list[str]:
    """Those of the decisions that are not in the ledger, or cannot be opened; whoever opens it brings in what waited in spools."""
    with home.open() as opened:
        opened.ready()
        return [one for one in answered if (found := opened.find(one)) is None or found.record.private is None]


def wrong(home: Home) -> list[str]:
    """What verification finds, with the heads that were written."""
    with home.open() as opened:
        opened.ready()
        return [f"{one.seq}: {one.kind}" for one in opened.verify().faults]


def size(home: Home) -> int:
    """How many entries it has."""
    with home.open(create=False) as opened:
        return opened.state().size
