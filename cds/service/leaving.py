"""Which decisions may leave: those whose record the ledger has acknowledged. An answer without is stopped and counted; there must be none."""

import threading
from collections.abc import Collection

from cds.audit.ledger import Ledger
from cds.foundation.errors import LedgerUnavailable
from cds.values.record import AuditRecord

STOPPED = "The service made an answer that the ledger has no record of, and stopped it: a fault of ours. Try again, then tell its operator."


class Leaving:
    """Knows what was acknowledged for the request that a thread has in hand, and counts the answers that it stopped, of this process."""

    def __init__(self) -> None:
        self._here = threading.local()
        self._turn = threading.Lock()
        self._unaudited = 0

    @property
    def unaudited(self) -> int:
        """How many answers with a decision were stopped, since the ledger had acknowledged no record of it."""
        with self._turn:
            return self._unaudited

    def keep(self, ledger: Ledger, record: AuditRecord) -> None:
        """Records the decision, which may leave then. Raises LedgerUnavailable."""
        ledger.append(record)
        self._acknowledged().add(record.decision_id)

    def begin(self) -> None:
        """A request comes in: what was acknowledged before lets nothing of it leave."""
        self._acknowledged().clear()

    def leave(self, decisions: Collection[str]) -> None:
        """The answer may leave, made of these decisions, or of one that is not named in it.

        LedgerUnavailable, and one more is counted, where the record of one of them was not acknowledged.
        """
        known = self._acknowledged()
        may = bool(known) and known.issuperset(decisions)
        known.clear()
        if not may:
            with self._turn:
                self._unaudited += 1
            raise LedgerUnavailable(STOPPED)

    def _acknowledged(self) -> set[str]:
        found: set[str] | None = getattr(self._here, "decisions", None)
        if found is None:
            found = self._here.decisions = set()
        return found
