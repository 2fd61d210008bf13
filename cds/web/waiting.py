"""A worker that is started while the store of the ledger is away waits for it: one that ended would take the whole server with it."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from cds.foundation.errors import CdsError, LedgerUnavailable
from cds.web.logs import Log

EVERY_SECONDS = 3.0
T = TypeVar("T")


def for_ledger(begin: Callable[[], T], log: Log, pause: Callable[[float], None] = time.sleep) -> T:
    """What `begin` gives, begun again as long as nothing but a ledger that may come back stands against it; any other error is raised."""
    while True:
        try:
            return begin()
        except CdsError as error:
            if not _may_pass(error):
                raise
        log.error("a worker waits for the ledger")
        pause(EVERY_SECONDS)


@contextmanager
def ending() -> Iterator[None]:
    """Meanwhile SIGTERM and SIGINT end this process: a child has its parent's handlers until it serves, and they would pass over them."""
    before = {number: signal.signal(number, _end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def _may_pass(error: CdsError) -> bool:
    """Whether all that was found is of a store that cannot be used now; one that was refused has another code."""
    return all(one.code == LedgerUnavailable.code for one in error.diagnostics())
