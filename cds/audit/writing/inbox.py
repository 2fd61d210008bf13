"""The queue before the writer: bounded, and emptied by handfuls."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from cds.foundation.errors import LedgerUnavailable

MOST_WAITING = 4_096
MOST_TOGETHER = 512
MOST_BYTES = 16 * 1024 * 1024
FULL = "The audit ledger has more to write than its disk takes. Try again later."
T = TypeVar("T")
CLOSED = "The audit ledger was closed: the service is stopping. Ask another instance."


class Inbox(Generic[T]):
    """Jobs in the order they came. `size` tells the bytes of one, `alone` whether it must not be taken with others."""

    def __init__(self, *, size: Callable[[T], int], alone: Callable[[T], bool]) -> None:
        self._size, self._alone = size, alone
        self._jobs: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: T) -> None:
        """Adds a job; raises LedgerUnavailable when there is no more room, or after `close`."""
        with self._changed:
            if self._closed:
                raise LedgerUnavailable(CLOSED)
            if len(self._jobs) >= MOST_WAITING:
                raise LedgerUnavailable(FULL)
            self._jobs.append(job)
            self._changed.notify()

    def take(self, timeout: float) -> list[T] | None:
        """The next jobs, as many as fit together; none after so many seconds without any, and None when all was taken after `close`."""
        with self._changed:
            if not self._jobs and not self._closed:
                self._changed.wait(timeout)
            if not self._jobs and self._closed:
                return None
            return self._handful()

    def close(self) -> None:
        """Takes no more jobs; those that are here may still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _handful(self) -> list[T]:
        taken: list[T] = []
        size = 0
        while self._jobs and len(taken) < MOST_TOGETHER and size < MOST_BYTES:
            if self._alone(self._jobs[0]) and taken:
                break
            taken.append(self._jobs.popleft())
            size += self._size(taken[-1])
            if self._alone(taken[-1]):
                break
        return taken
