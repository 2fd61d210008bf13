"""What the writer's thread does in a turn: what waits in the spool first, then what came, then a head where one is due.

What the store cannot take goes to the spool, and from there to the store before anything newer. Whether a commit that failed was stored all
the same need not be known: the entries go to the spool, and what is there already is passed over when they come from it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from cds.audit import faults
from cds.audit.entries.sealing import Prepared
from cds.audit.faults import LedgerDamaged
from cds.audit.keys.keyring import KeyRing
from cds.audit.rows import Store, TreeState, Writing
from cds.audit.tree.heads import Heads
from cds.audit.writing import appending
from cds.audit.writing.appending import Added, Group, Unopened
from cds.audit.writing.frames import Frame
from cds.audit.writing.spool import Spool
from cds.foundation.errors import CdsError, LedgerUnavailable

RETRY = timedelta(seconds=5)
"""How long a store that failed is left alone while callers come; without callers it is tried in every turn."""
WAITING = "Records wait in the spool for the store. Have the store work again first: they are added by themselves within seconds."
UNADOPTED = "The spool of the audit ledger, or a file in it which records wait in, cannot be opened"
GIVE_IT = "make it belong to the user that the service runs as, and its records are added by themselves"

T = TypeVar("T")
Outcome = Added | CdsError


@dataclass(frozen=True)
class Means:
    """What a writer writes with. `clock` gives the time in UTC."""

    store: Store
    ring: KeyRing
    spool: Spool
    heads: Heads
    clock: Callable[[], datetime]


class Turns:
    """The state of the writer's thread, which alone calls this; `trouble` says why the store does not take what comes, and is for all."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._tree: TreeState | None = None
        self._failed_at: datetime | None = None
        self._spooled: set[str] = set()
        self._unopened = Unopened()
        self._unadopted = ""
        self.trouble = ""

    @property
    def unopened(self) -> str:
        """That keys of subjects or files of the spool were met which do not open, and were passed over; empty where none were."""
        return " ".join(text for text in (self._unadopted, self._unopened.text) if text)

    def begin(self, *, idle: bool) -> None:
        """Brings what waits to the store, where that is worth a try. A clock that was set back counts as time gone by."""
        if idle:
            self._adopt()
        waited = self._failed_at is None or abs(self._means.clock() - self._failed_at) >= RETRY
        if self._means.spool.holds() and (idle or waited):
            self._drain()

    def keep(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        """Each group in the store, or in the spool: always there while something older waits in it."""
        if self._means.spool.holds():
            return self._spool(groups, self.trouble)
        try:
            return self._store(groups)
        except (LedgerUnavailable, LedgerDamaged) as error:
            self._failed(error)
            return self._spool(groups, error.text)

    def within(self, task: Callable[[Writing], T]) -> T:
        """Runs the task in a transaction."""
        self._drain()
        if self._means.spool.holds():
            raise LedgerUnavailable(WAITING)
        with self._means.store.writing() as writing:
            told = task(writing)
            tree = writing.state()
        self._works(tree)
        return told

    def ready(self) -> str:
        """Tries the store, and the spool: one of them must do."""
        self._drain()
        try:
            self._means.store.ready()
        except (LedgerUnavailable, LedgerDamaged) as error:
            self._failed(error)
        else:
            self.trouble = self.trouble if self._means.spool.holds() else ""
        try:
            self._means.spool.ready()
        except OSError as error:
            if self.trouble:
                raise _neither(self.trouble, error) from error
            return f"The spool of the audit ledger cannot be used {_told(error)}."
        return self.trouble or self.unopened

    def end(self) -> None:
        """Writes a head where one is due; nothing is signed that does not go on from the newest head."""
        now = self._means.clock()
        if self._tree and not self._means.heads.due(self._tree.size, now):
            return
        try:
            with self._means.store.reading() as reading:
                self._tree = self._tree or reading.state()
                if self._means.heads.due(self._tree.size, now):
                    self._means.heads.publish(self._tree, now, reading)
        except (LedgerUnavailable, LedgerDamaged) as error:
            self._failed(error)

    def close(self) -> None:
        """Lets go of heads and spool."""
        self._means.heads.close()
        self._means.spool.close()

    def _store(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        with self._means.store.writing() as writing:
            outcomes = appending.add(writing, self._means.ring, groups, self._unopened)
            tree = writing.state()
        self._works(tree)
        return outcomes

    def _spool(self, groups: Sequence[Group], cause: str) -> Sequence[Outcome]:
        """All of them with one sync. Raises LedgerUnavailable where the spool does not take them."""
        ids = set(self._spooled)
        parts = [_unspooled(group, ids) for group in groups]
        frames = [appending.spooled(new, self._means.ring) for new, _ in parts if new]
        try:
            self._means.spool.add(frames)
        except OSError as error:
            raise _neither(cause, error) from error
        self._spooled = ids
        return [outcome for _, outcome in parts]

    def _drain(self) -> None:
        """What cannot be brought to the store goes on waiting, in its order."""
        self._adopt()
        try:
            self._means.spool.drain(self._take)
        except (LedgerUnavailable, LedgerDamaged) as error:
            self._failed(error)
        except OSError as error:
            self._failed(faults.unavailable(error))

    def _take(self, frames: Sequence[Frame]) -> None:
        with self._means.store.writing() as writing:
            appending.add_spooled(writing, frames, self._means.clock())
            tree = writing.state()
        self._works(tree)
        self._spooled -= {one.entry_id for frame in frames for one in frame}

    def _adopt(self) -> None:
        """A file of the spool that cannot be taken over stops nothing else: what is in it waits until it can."""
        told = ""
        try:
            self._means.spool.adopt()
        except PermissionError as error:
            told = f"{UNADOPTED} ({faults.kind(error)}): {GIVE_IT}."
        except OSError as error:
            told = f"{UNADOPTED} {_told(error)}."
        self._unadopted = told

    def _works(self, tree: TreeState) -> None:
        self._tree, self._failed_at, self.trouble = tree, None, ""

    def _failed(self, error: CdsError) -> None:
        self._failed_at, self.trouble = self._means.clock(), error.text


def _unspooled(group: Group, ids: set[str]) -> tuple[Sequence[Prepared], Outcome]:
    """What of a group the spool does not have yet, and what is told of the group; `ids` are those in the spool, to which it adds."""
    own = set(ids)
    new = [_is_new(one, own) for one in group]
    if any(not fresh and not appending.is_feedback(one) for one, fresh in zip(group, new, strict=True)):
        return (), LedgerUnavailable(appending.DUPLICATE)
    ids |= own
    return [one for one, fresh in zip(group, new, strict=True) if fresh], tuple(new)


def _is_new(one: Prepared, ids: set[str]) -> bool:
    new = one.entry_id not in ids
    ids.add(one.entry_id)
    return new


def _neither(cause: str, error: OSError) -> LedgerUnavailable:
    return LedgerUnavailable(f"{cause} The spool cannot be used either {_told(error)}.")


def _told(error: OSError) -> str:
    return f"({faults.kind(error)}): {faults.advice(error)}"
