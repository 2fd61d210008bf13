"""Calls to a server that the person at the command line named: any method, to any address, and whatever the answer is.

This is no way out for the service, which calls only whom its policy trusts (`calls`).
"""

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cds.foundation.errors import CdsError
from cds.foundation.outbound import budgets, origins
from cds.foundation.outbound.budgets import Allowance, Budget, Deadline, NotFetched
from cds.foundation.outbound.origins import Location

NONE: Mapping[str, str] = {}
PATIENT = Budget(connect=5.0, total=20.0)
"""A person waits for these calls, and wants to see what a slow server answers."""


class NotAnAddress(CdsError):
    """Not a URL that can be called."""

    code = "value"


@dataclass(frozen=True)
class Answer:
    """What came back, whatever the status. Names of headers are in lower case; one sent several times is joined by commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Exchange:
    """A way to one server. No redirect is followed, no proxy used, nothing tried twice; each call has the whole budget."""

    base: Location
    budget: Budget = PATIENT

    @classmethod
    def to(cls, url: str, budget: Budget = PATIENT) -> "Exchange":
        """The server of a base URL; raises NotAnAddress."""
        base = origins.parse(url)
        if base is None or "?" in base.target:
            raise NotAnAddress(
                "This is not the address of a server. Give one that begins with http:// or https://, without a name, a password, ? or #."
            )
        return cls(base, budget)

    def send(self, method: str, path: str, *, headers: Mapping[str, str] = NONE, body: bytes | None = None) -> Answer:
        """One request for what is at `path` (it begins with a slash) below the base. Raises NotFetched, and NotAnAddress for what no URL may hold."""
        from cds.foundation.outbound import network  # noqa: PLC0415 (httpcore is loaded by whoever calls something first)

        location = origins.parse(f"{self.base.url.rstrip('/')}{path}")
        if location is None or location.origin != self.base.origin:
            raise NotAnAddress("The path holds what no URL may hold. Encode it.")
        line = network.Line((location.origin.host.strip("[]"),), Deadline.after(self.budget.total), self.budget.connect, lambda: self._trust)
        try:
            with network.opened(method, location, _sent(headers), line, body) as reply:
                read = b"".join(network.pieces(reply, Allowance(self.budget.size).take))
                return Answer(reply.status, _received(reply.headers), read)
        except UnicodeError as error:
            raise NotFetched(budgets.UNREACHED) from error

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def _sent(headers: Mapping[str, str]) -> Mapping[bytes | str, bytes | str]:
    """Whole, and not compressed: the size that is read is the size that was sent."""
    sent: dict[bytes | str, bytes | str] = {"Accept-Encoding": "identity"}
    return sent | {name: value.encode("latin-1", "replace") for name, value in headers.items()}


def _received(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw, value in headers:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found
