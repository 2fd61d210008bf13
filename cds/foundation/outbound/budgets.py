"""How long and how much a call may take, and why one failed."""

import threading
import time
from dataclasses import dataclass

from cds.foundation.errors import CdsError

LATE = "the server did not answer in time"
UNREACHED = "the server could not be reached"
BROKEN = "the server broke off, or sent what is not HTTP"
REDIRECTED = "the server answered with a redirect, which is not followed"
NOT_JSON = "the server did not answer with JSON that can be read"
ELSEWHERE = "the name of the server leads to an address that is not called"
STOPPED = "the service is stopping"
TOO_MUCH = "the server sent more than is taken"


class NotTrusted(CdsError):
    """The server is not one that we call."""

    code = "security"


class UnusableToken(CdsError):
    """The token cannot be sent as one of RFC 6750."""

    code = "security"


class NotFetched(CdsError):
    """A call that brought nothing. The text is one of the kinds above, or a status: never an address, a token or what was sent."""

    code = "incomplete"


@dataclass(frozen=True)
class Budget:
    """Seconds to connect and in all, and bytes in all, for what is fetched to answer one question."""

    connect: float = 0.5
    total: float = 2.0
    size: int = 10_000_000


@dataclass(frozen=True)
class Deadline:
    """An instant of the monotonic clock."""

    instant: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """So many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds until then; 0 when it has passed."""
        return max(self.instant - time.monotonic(), 0.0)


class Allowance:
    """Bytes that may still be read, shared by all that is fetched to answer one question."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Uses some of it; raises NotFetched where there is not as much left."""
        with self._lock:
            self._left -= size
            if self._left < 0:
                raise NotFetched(TOO_MUCH)
