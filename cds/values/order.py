"""The orders that a clinician is about to place, as far as they are looked at."""

from dataclasses import dataclass, field
from datetime import datetime

from cds.values.release import OrderedSet


@dataclass(frozen=True)
class Order:
    """One draft order: its reference (`ServiceRequest/1`), the type of the resource, its codings as (system, code), and the words beside them.

    Codings of the client stand as ours where its profile translates ours to them. `sets` are the sets of codes of the release that
    it is in. `selected` is False for one that is only on the list while another was selected (order-select); in order-sign all are.
    `priority` is that of FHIR, `routine` where none is given. `due` is the last instant at which it may be done as it says, with a time zone;
    None where it says none that can be read.
    """

    reference: str
    kind: str
    codes: frozenset[tuple[str, str]]
    names: tuple[str, ...] = ()
    priority: str = "routine"
    sets: frozenset[OrderedSet] = field(default_factory=frozenset)
    selected: bool = True
    due: datetime | None = None


@dataclass(frozen=True)
class Drafts:
    """All the draft orders of a call, and in our words what could not be read of them, and which name another patient."""

    orders: tuple[Order, ...] = ()
    problems: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """Everything that was passed over."""
        return self.problems + self.others
