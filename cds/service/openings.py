"""What the ledger is told of explanations that were opened by their address: it is a key, so that nobody who has it signs in."""

import threading
from collections import Counter

from cds.foundation.errors import LedgerUnavailable
from cds.service import actions
from cds.service.actions import Parts
from cds.values.record import ActionRecord

ADDRESS = "address"
"""The actor: whoever had the address."""
WHAT = "an explanation by its address"
HOUR = 3600


class Openings:
    """Notes which explanations were opened: each once in an hour of the clock, by one worker, so that reloading a page fills nothing.

    How often one was opened again is in the next record of it, or in one of its own once the hour is over.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._hour = 0
        self._noted: set[str] = set()
        self._again: Counter[str] = Counter()

    def note(self, parts: Parts, decision_id: str) -> None:
        """Records it before it is shown. Raises LedgerUnavailable where it cannot, and then nothing may be shown."""
        hour = int(parts.clock().timestamp()) // HOUR
        with self._turn:
            due = self._due(hour)
            if decision_id in self._noted:
                self._again[decision_id] += 1
                return
        due[decision_id] += 1
        try:
            _append(parts, due)
        except LedgerUnavailable:
            with self._turn:
                self._again.update(due - Counter([decision_id]))
            raise
        with self._turn:
            if hour == self._hour:
                self._noted.add(decision_id)

    def flush(self, parts: Parts) -> None:
        """Records how often the others were opened again, at the end. Raises LedgerUnavailable."""
        with self._turn:
            due, self._again = self._again, Counter()
        _append(parts, due)

    def _due(self, hour: int) -> Counter[str]:
        """How often which were opened again in the hour before; nothing while it is the same one."""
        if hour == self._hour:
            return Counter()
        due, self._again = self._again, Counter()
        self._hour, self._noted = hour, set()
        return due


def _append(parts: Parts, due: Counter[str]) -> None:
    if parts.ledger and due:
        parts.ledger.append_all([_record(parts, decision_id, times) for decision_id, times in due.items()])


def _record(parts: Parts, decision_id: str, times: int) -> ActionRecord:
    detail = {"what": WHAT, "filter": {"decision": decision_id}, "count": 1, "times": times}
    return actions.made_by(parts, "reading", ADDRESS, detail=detail)
