"""Calls to one server to answer one question: in parallel, with one token, one deadline and one allowance of bytes."""

import contextlib
import queue
import re
import ssl
from collections.abc import Callable, Iterable, Mapping
from concurrent import futures
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

from cds.foundation import strict_json
from cds.foundation.errors import NotJson, WrongShape
from cds.foundation.outbound import budgets, origins
from cds.foundation.outbound.budgets import Allowance, Budget, Deadline, NotFetched, NotTrusted, UnusableToken
from cds.foundation.outbound.origins import Location, OriginPolicy

ACCEPT = "application/fhir+json, application/json;q=0.9"
MEDIA = frozenset({"application/fhir+json", "application/json", "application/json+fhir"})
"""Media types taken as JSON; the last is the one of FHIR before R3, which servers still send."""
THREADS = 32
"""Calls of a worker at once; more wait, within their own deadlines."""
ABREAST = 6
"""Calls to one server at once, as browsers have it: a small server refuses more, and they would be late."""
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{1,16384}={0,8}")


@dataclass(frozen=True)
class Call:
    """What may be asked of one server, from now until the deadline. The token is shown nowhere."""

    base: Location
    addresses: tuple[str, ...]
    token: str | None = field(repr=False)
    budget: Budget
    deadline: Deadline
    allowance: Allowance = field(repr=False)
    outbound: "Outbound" = field(repr=False)

    def below(self, target: str) -> Location:
        """A path with its query below the base of the server."""
        return Location(self.base.origin, f"{self.base.target.rstrip('/')}/{target}")

    def get(self, location: Location) -> dict[str, Any]:
        """The JSON object found there; raises NotFetched. The location must be of the origin of the base."""
        if location.origin != self.base.origin:
            raise NotTrusted("A location of another server was asked for.")
        from cds.foundation.outbound import network  # noqa: PLC0415 (httpcore is loaded by whoever fetches something first)

        line = network.Line(self.addresses, self.deadline, self.budget.connect, lambda: self.outbound.trust)
        return _object(network.get(location, self._headers(), line, admit=_admit, take=self.allowance.take))

    def together(self, jobs: Iterable[Callable[[], None]]) -> None:
        """Runs them, so many abreast; returns when all have ended or the deadline has passed, and raises what one of them raised."""
        waiting = queue.SimpleQueue[Callable[[], None]]()
        for job in jobs:
            waiting.put(job)
        lanes = [self.outbound.threads.submit(_drain, waiting) for _ in range(min(ABREAST, waiting.qsize()))]
        ended, late = futures.wait(lanes, timeout=self.deadline.left())
        for lane in late:
            lane.cancel()
        for lane in ended:
            lane.result()

    def _headers(self) -> Mapping[bytes | str, bytes | str]:
        asked: dict[bytes | str, bytes | str] = {"Accept": ACCEPT, "Accept-Encoding": "identity"}
        return asked | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


@dataclass(frozen=True)
class Outbound:
    """The way out of one worker: whom it trusts, what it spends on one question, and its threads."""

    policy: OriginPolicy
    budget: Budget = field(default_factory=Budget)
    threads: futures.ThreadPoolExecutor = field(default_factory=lambda: futures.ThreadPoolExecutor(THREADS, "outbound"), repr=False, compare=False)

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """The certificates of the system (or of `SSL_CERT_FILE`), read once."""
        return ssl.create_default_context()

    def call(self, server: str, token: str | None) -> Call:
        """Begins to answer one question with what `server`, a base URL, has; its time runs from now. Raises NotTrusted or UnusableToken."""
        base = origins.parse(server)
        addresses = self.policy.addresses(base.origin) if base and "?" not in base.target else ()
        if base is None or not addresses:
            raise NotTrusted("This is not a server that is called. In development a FHIR server of the same machine is.")
        if token is not None and not _TOKEN.fullmatch(token):
            raise UnusableToken("The token is not one that can be sent (RFC 6750, 2.1).")
        return Call(base, addresses, token, self.budget, Deadline.after(self.budget.total), Allowance(self.budget.size), self)

    def close(self) -> None:
        """Ends the threads; what still runs ends at its deadline."""
        self.threads.shutdown(wait=False, cancel_futures=True)


def _drain(waiting: queue.SimpleQueue[Callable[[], None]]) -> None:
    """Runs what waits; once the deadline has passed each job ends at its first call."""
    with contextlib.suppress(queue.Empty):
        while True:
            waiting.get_nowait()()


def _admit(status: int, media: str) -> None:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise NotFetched(budgets.REDIRECTED)
    if status != HTTPStatus.OK:
        raise NotFetched(f"the server answered with status {status}")
    if media not in MEDIA:
        raise NotFetched(budgets.NOT_JSON)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return strict_json.load_object(body, limit=len(body))
    except (NotJson, WrongShape) as error:
        raise NotFetched(budgets.NOT_JSON) from error
