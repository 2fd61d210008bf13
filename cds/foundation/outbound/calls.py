"""Calls to one server to answer one question: in parallel, with one token, one deadline and one allowance of bytes."""

import contextlib
import queue
import re
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass, field
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any

from cds.foundation import strict_json
from cds.foundation.errors import NotJson, Overloaded, WrongShape
from cds.foundation.outbound import budgets, origins
from cds.foundation.outbound.budgets import Allowance, Budget, Deadline, NotFetched, NotTrusted, UnusableToken
from cds.foundation.outbound.origins import Location, Policy

THREADS = 32
"""Calls to the server of one client at once, by one worker; more wait, within their own deadlines."""
QUESTIONS = 32
"""Questions of one client that are answered from its server at once: half of the requests that a worker can hold, so that others are heard."""
ABREAST = 6
"""Calls to one server at once, as browsers have it: a small server refuses more, and they would be late."""
LOOKUPS = 8
"""Names that are looked up at once for one client: a lookup cannot be ended, so that slow ones must not take the threads of the calls."""
FULL = "More calls need the FHIR server at once than this service makes. Nothing was decided. Try again in a moment, or send the whole prefetch."
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{1,16384}={0,8}")


@dataclass(frozen=True)
class Kind:
    """A kind of document: what is asked for, and the media types that are taken as it."""

    accept: str
    media: frozenset[str]


RESOURCE = Kind("application/fhir+json, application/json;q=0.9", frozenset({"application/fhir+json", "application/json", "application/json+fhir"}))
"""FHIR in JSON; the last is the type of FHIR before R3, which servers still send."""
KEY_SET = Kind("application/jwk-set+json, application/json;q=0.9", frozenset({"application/jwk-set+json", "application/json"}))
"""A key set (RFC 7517, 8.5)."""


@dataclass(frozen=True)
class Call:
    """What may be asked of one server, from now until the deadline. The token is shown nowhere."""

    base: Location
    addresses: futures.Future[tuple[str, ...]] = field(repr=False)
    token: str | None = field(repr=False)
    budget: Budget
    deadline: Deadline
    allowance: Allowance = field(repr=False)
    outbound: "Outbound" = field(repr=False)

    def below(self, target: str) -> Location:
        """A path with its query below the base of the server."""
        return Location(self.base.origin, f"{self.base.target.rstrip('/')}/{target}")

    def get(self, location: Location, kind: Kind = RESOURCE) -> dict[str, Any]:
        """The JSON object found there; raises NotFetched. The location must be of the origin of the base."""
        if location.origin != self.base.origin:
            raise NotTrusted("A location of another server was asked for.")
        from cds.foundation.outbound import network  # noqa: PLC0415 (httpcore is loaded by whoever fetches something first)

        line = network.Line(self._addresses(), self.deadline, self.budget.connect, lambda: self.outbound.trust)
        return _object(network.get(location, self._headers(kind), line, admit=partial(_admit, kind), take=self.allowance.take))

    def together(self, jobs: Iterable[Callable[[], None]]) -> None:
        """Runs them, so many abreast; returns when all have ended or the deadline has passed, and raises what one of them raised.

        Raises Overloaded where something was never begun for want of a thread: that says nothing of the server.
        """
        with self._room():
            waiting = queue.SimpleQueue[Callable[[], None]]()
            for job in jobs:
                waiting.put(job)
            lanes = [self.outbound.threads.submit(_drain, waiting) for _ in range(min(ABREAST, waiting.qsize()))]
            ended, late = futures.wait(lanes, timeout=self.deadline.left())
            never = [lane for lane in late if lane.cancel()]
            if (never and not waiting.empty()) or self.addresses.cancelled() or (late and self.addresses.cancel()):
                raise Overloaded(FULL)
            for lane in ended:
                lane.result()

    @contextlib.contextmanager
    def _room(self) -> Iterator[None]:
        """One of the places for questions; who finds none is told at once, and holds up nobody."""
        if not self.outbound.room.acquire(blocking=False):
            self.addresses.cancel()
            raise Overloaded(FULL)
        try:
            yield
        finally:
            self.outbound.room.release()

    def _addresses(self) -> tuple[str, ...]:
        """Those that were judged, the same for the whole call; the lookup counts against its time."""
        try:
            return self.addresses.result(self.deadline.left())
        except (futures.TimeoutError, futures.CancelledError):
            self.addresses.cancel()
            raise NotFetched(budgets.LATE) from None

    def _headers(self, kind: Kind) -> Mapping[bytes | str, bytes | str]:
        asked: dict[bytes | str, bytes | str] = {"Accept": kind.accept, "Accept-Encoding": "identity"}
        return asked | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


@dataclass(frozen=True)
class Outbound:
    """The way out of one worker for one client: whom it trusts, what it spends on one question, and its threads, begun when they are needed.

    `others` are those made `apart`, which are closed with this one.
    """

    policy: Policy
    budget: Budget = field(default_factory=Budget)
    threads: futures.ThreadPoolExecutor = field(default_factory=lambda: futures.ThreadPoolExecutor(THREADS, "outbound"), repr=False, compare=False)
    lookups: futures.ThreadPoolExecutor = field(default_factory=lambda: futures.ThreadPoolExecutor(LOOKUPS, "lookup"), repr=False, compare=False)
    room: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(QUESTIONS), repr=False, compare=False)
    others: list["Outbound"] = field(default_factory=list, repr=False, compare=False)

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """The certificates of the system (or of `SSL_CERT_FILE`), read once."""
        return ssl.create_default_context()

    def apart(self, policy: Policy, budget: Budget | None = None) -> "Outbound":
        """Another way out, with threads of its own: where a server is slow, only those wait who ask for it."""
        made = Outbound(policy, budget or self.budget)
        self.others.append(made)
        return made

    def call(self, server: str, token: str | None) -> Call:
        """Begins to answer one question with what `server`, a base URL, has; its time runs from now. Raises NotTrusted or UnusableToken."""
        base = origins.parse(server)
        if base is None or "?" in base.target or not self.policy.trusts(base):
            raise NotTrusted(
                "This is not a server that is called: it must be the one registered for the client, or in development one of the same machine."
            )
        if token is not None and not _TOKEN.fullmatch(token):
            raise UnusableToken("The token is not one that can be sent (RFC 6750, 2.1).")
        deadline = Deadline.after(self.budget.total)
        found = self.lookups.submit(self.policy.addresses, base.origin)
        return Call(base, found, token, self.budget, deadline, Allowance(self.budget.size), self)

    def key_set(self, url: str) -> dict[str, Any]:
        """The JSON object at the URL of a key set, trusted as any other server; raises NotTrusted or NotFetched, also once this is closed."""
        try:
            call = self.call(url, None)
        except RuntimeError as error:
            raise NotFetched(budgets.STOPPED) from error
        return call.get(call.base, KEY_SET)

    def close(self) -> None:
        """Ends the threads; what still runs ends at its deadline."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.lookups.shutdown(wait=False, cancel_futures=True)
        for other in self.others:
            other.close()


def _drain(waiting: queue.SimpleQueue[Callable[[], None]]) -> None:
    """Runs what waits; once the deadline has passed each job ends at its first call."""
    with contextlib.suppress(queue.Empty):
        while True:
            waiting.get_nowait()()


def _admit(kind: Kind, status: int, media: str) -> None:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise NotFetched(budgets.REDIRECTED)
    if status != HTTPStatus.OK:
        raise NotFetched(f"the server answered with status {status}")
    if media not in kind.media:
        raise NotFetched(budgets.NOT_JSON)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return strict_json.load_object(body, limit=len(body))
    except (NotJson, WrongShape) as error:
        raise NotFetched(budgets.NOT_JSON) from error
