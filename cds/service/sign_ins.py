"""That a registered client was let in, as a record of the ledger: the first time of a day (UTC) for each of its tenants and keys."""

import threading
from datetime import UTC, date

from cds.foundation import canonical
from cds.service import actions
from cds.service.actions import Parts
from cds.values.client import Caller


class SignIns:
    """Notes them for one worker."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._turn = threading.Lock()
        self._day = date.min
        self._noted: set[tuple[Caller, str]] = set()

    def note(self, caller: Caller, key_id: str) -> None:
        """Records it where it was not yet. Raises LedgerUnavailable, and then nobody is let in."""
        seen = caller, canonical.digest(key_id.encode("utf-8", "surrogatepass"))
        day = self._due(seen)
        if day is None:
            return
        actions.record(self._parts, "sign-in", actions.of_client(caller), detail={"key": seen[1]}, tenant=caller.tenant)
        with self._turn:
            if day == self._day:
                self._noted.add(seen)

    def _due(self, seen: tuple[Caller, str]) -> date | None:
        """The day for which it is to be recorded; None where it was already."""
        with self._turn:
            today = self._parts.clock().astimezone(UTC).date()
            if today != self._day:
                self._day, self._noted = today, set()
            return None if seen in self._noted else today
