"""Tokens and calls that were seen, where hosts share a database: there and in a file of each host, so that callers are let in while it is away.

While the database is away this host knows what it saw itself, before and since, and not what the others saw: a token that another host has
seen may then be taken here once. Where the ledger is a file there is one file of calls, and this is that file.
"""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from cds.audit.place import POSTGRESQL, SQLITE, Place
from cds.audit.seen import calls
from cds.audit.seen.calls import Calls
from cds.foundation.errors import LedgerUnavailable

NAME = "host"
RETRY = timedelta(seconds=5)
"""How long a database that failed is left alone: asking one that does not answer takes seconds, and callers wait."""

T = TypeVar("T")


def open_calls(place: Place, clock: Callable[[], datetime]) -> Calls:
    """What was seen beside this ledger; for one in a database also a file in the folder of its spool. Raises LedgerUnavailable for either."""
    if not place.url.startswith(POSTGRESQL):
        return calls.open_calls(place.url)
    with contextlib.ExitStack() as undo:
        near = undo.enter_context(contextlib.closing(calls.open_calls(f"{SQLITE}{place.spool / NAME}")))
        opened = NearCalls(near, calls.open_calls(place.url), clock)
        undo.pop_all()
    return opened


class NearCalls:
    """`Calls` of this host and of all hosts together. Raises LedgerUnavailable where neither can be used: nobody is let in unchecked."""

    def __init__(self, near: Calls, shared: Calls, clock: Callable[[], datetime]) -> None:
        self._near, self._shared, self._clock = near, shared, clock
        self._failed: tuple[datetime, LedgerUnavailable] | None = None

    def close(self) -> None:
        """Ends both; a later question raises LedgerUnavailable."""
        self._near.close()
        self._shared.close()

    def first(self, issuer: str, token_id: str, *, until: int, now: int) -> bool:
        """Whether neither this host nor, where it can be asked, any other saw this `jti` of the issuer."""
        return all(self._asked(lambda one: one.first(issuer, token_id, until=until, now=now)))

    def seen_in(self, key: str, span: int, times: int = 1) -> int:
        """How often `key` called in this span of time, with this call: at all hosts, or at this one while the others cannot be asked."""
        return self._asked(lambda one: one.seen_in(key, span, times))[-1]

    def seen(self, key: str, span: int) -> int:
        """As `seen_in`, so far; nothing is written."""
        return self._asked(lambda one: one.seen(key, span))[-1]

    def _asked(self, ask: Callable[[Calls], T]) -> list[T]:
        """What those say that can be asked, the database last."""
        found = []
        with contextlib.suppress(LedgerUnavailable):
            found.append(ask(self._near))
        try:
            found.append(self._far(ask))
        except LedgerUnavailable:
            if not found:
                raise
        return found

    def _far(self, ask: Callable[[Calls], T]) -> T:
        """What the database says; after a failure one caller in five seconds tries. A clock that was set back counts as time gone by."""
        now, failed = self._clock(), self._failed
        if failed:
            if abs(now - failed[0]) < RETRY:
                raise failed[1]
            self._failed = now, failed[1]
        try:
            told = ask(self._shared)
        except LedgerUnavailable as error:
            self._failed = now, error
            raise
        self._failed = None
        return told
