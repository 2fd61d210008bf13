"""Whether a decision could be recorded now, looked at once a second at most, however often it is asked: the look writes a page of the ledger."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cds.service import application
from cds.service.application import Application

Found = dict[str, Any]
KEPT = timedelta(seconds=1)


class Readiness:
    """What was found last, and a new look when that is older than a second."""

    def __init__(self, look: Callable[[], Found], clock: Callable[[], datetime]) -> None:
        self._look = look
        self._clock = clock
        self._turn = threading.Lock()
        self._last: tuple[datetime, Found] | None = None

    def __call__(self) -> Found:
        """What was found; others wait for a look that is under way. A clock that was set back makes a new look."""
        with self._turn:
            if self._last is None or not timedelta() <= self._clock() - self._last[0] < KEPT:
                found = self._look()
                self._last = self._clock(), found
            return self._last[1]


def of(app: Application) -> Readiness:
    """That of an application, by its clock."""
    return Readiness(lambda: application.readiness(app), app.clock)
