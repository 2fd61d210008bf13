"""What the ledger is told of callers who were turned away, and how often an address that is turned away all the time is looked at closely."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from cds.audit.ledger import Ledger
from cds.foundation import instants
from cds.foundation.errors import LedgerUnavailable
from cds.values.record import RefusalRecord

MINUTE = 60
ROWS = 20
"""Rows a minute of one worker for strangers, and as many for clients whose signature was good: no stranger can hide what a client does."""
SIGNATURES = 600
"""Checks a minute of one worker for one address over its limit that let nobody in: each costs about a thousandth of a second."""

Kind = tuple[str, str, str]
"""A cause, the client, and a route."""
REST: Kind = ("more than are told apart in a minute", "", "any")
"""What is summed in one row: refusals of an address over its limit, and those for which the minute has no row left."""


def record(name: str, at: datetime, kind: Kind, count: int = 1) -> RefusalRecord:
    """What the ledger keeps of a kind of refusal; `name` is the id of the record."""
    cause, client, route = kind
    return RefusalRecord(name, instants.written(at, "milliseconds"), route, str(cause), client, count)


class Refusals:
    """Notes who was turned away: for one cause, client and route once a minute, with how often, in so many rows, so that a flood fills nothing."""

    def __init__(self, ledger: Ledger | None, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._new_id = new_id
        self._turn = threading.Lock()
        self._waiting: Counter[Kind] = Counter()
        self._noted: dict[Kind, int] = {}
        self._minute = 0
        self._rows: Counter[bool] = Counter()

    def note(self, cause: str, client: str, route: str, times: int = 1) -> None:
        """Counts it, so many times, and writes what may be written in this minute. Raises LedgerUnavailable."""
        with self._turn:
            self._waiting[cause, client, route] += times
        self.flush()

    def tally(self) -> None:
        """Counts it among the rest, and writes nothing: the next notes do."""
        with self._turn:
            self._waiting[REST] += 1

    def flush(self, *, ending: bool = False) -> None:
        """Writes what was counted and not yet written; nothing twice in a minute, but at the end. Raises LedgerUnavailable and keeps it then."""
        now = self._clock()
        with self._turn:
            due = self._due(int(now.timestamp()) // MINUTE, ending=ending)
        try:
            self._append([record(self._new_id(), now, kind, count) for kind, count in due.items()])
        except LedgerUnavailable:
            self._take_back(due)
            raise

    def _due(self, minute: int, *, ending: bool) -> Counter[Kind]:
        """What is written now, and no longer waits; kinds for which there is no row left join the rest."""
        if minute != self._minute:
            self._minute, self._rows = minute, Counter()
        due = Counter[Kind]()
        for kind in self._writable(minute, self._waiting.keys() - {REST}, ending=ending):
            count = self._waiting.pop(kind)
            if self._rows[bool(kind[1])] < ROWS:
                self._rows[bool(kind[1])] += 1
                due[kind] = count
            else:
                self._waiting[REST] += count
        for kind in self._writable(minute, self._waiting.keys() & {REST}, ending=ending):
            due[kind] = self._waiting.pop(kind)
        self._noted |= dict.fromkeys(due, minute)
        return due

    def _writable(self, minute: int, kinds: Iterable[Kind], *, ending: bool) -> list[Kind]:
        return sorted(kind for kind in kinds if ending or self._noted.get(kind) != minute)

    def _take_back(self, due: Counter[Kind]) -> None:
        with self._turn:
            for kind, count in due.items():
                self._waiting[kind] += count
                self._noted.pop(kind, None)
                self._rows[bool(kind[1])] -= kind != REST

    def _append(self, records: list[RefusalRecord]) -> None:
        if self._ledger and records:
            self._ledger.append_all(records)


class Checks:
    """How many signatures of an address over its limit are still checked in this minute, by this worker."""

    def __init__(self, clock: Callable[[], datetime], most: int = SIGNATURES) -> None:
        self._clock = clock
        self._most = most
        self._turn = threading.Lock()
        self._minute = 0
        self._spent: Counter[str] = Counter()

    def take(self, sender: str) -> bool:
        """Takes one, if there is one left."""
        minute = int(self._clock().timestamp()) // MINUTE
        with self._turn:
            if minute != self._minute:
                self._minute, self._spent = minute, Counter()
            if self._spent[sender] >= self._most:
                return False
            self._spent[sender] += 1
            return True

    def give_back(self, sender: str) -> None:
        """Gives back that of a call which was let in: what counts is what a stranger costs."""
        with self._turn:
            self._spent[sender] = max(0, self._spent[sender] - 1)
