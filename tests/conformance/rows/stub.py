"""The FHIR server of a target: it holds the record of a scene, fails as a test tells it to, and keeps what it was asked."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.foundation import server as servers
from tests.foundation.server import Answer, Request, Server
from tests.service import records

Resource = Mapping[str, Any]


def nothing(handler: BaseHTTPRequestHandler, _: Server) -> None:
    """A server that has nothing."""
    servers.send(handler, b"{}", status=404)


class Stub:
    """One server for all tests, playing what the test of the moment needs."""

    def __init__(self) -> None:
        self._answer: Answer = nothing
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Its FHIR base."""
        assert self._server
        return self._server.url

    @property
    def origin(self) -> str:
        """Where it listens."""
        return self.url.removesuffix("/fhir")

    @property
    def asked(self) -> list[Request]:
        """What it was asked since it began to play."""
        assert self._server
        return self._server.asked

    @property
    def queries(self) -> list[str]:
        """The targets below its FHIR base, in an order that does not depend on threads."""
        return sorted(one.target.removeprefix("/fhir/") for one in self.asked if one.target.startswith("/fhir/"))

    @property
    def is_holding(self) -> bool:
        """Whether what it keeps waiting is still waiting."""
        assert self._server
        return not self._server.over.is_set()

    @contextmanager
    def open(self) -> Iterator["Stub"]:
        """Listens until the end."""
        with servers.serving(self._play) as self._server:
            yield self

    @contextmanager
    def playing(self, answer: Answer) -> Iterator["Stub"]:
        """Answers so, and has been asked nothing yet; what it keeps waiting ends with it."""
        assert self._server
        before, self._answer = self._answer, answer
        self._server.over = threading.Event()
        self.asked.clear()
        try:
            yield self
        finally:
            self._server.over.set()
            self._answer = before

    def handing(self, document: Any) -> AbstractContextManager["Stub"]:
        """Plays a server that has this document at every address."""
        return self.playing(servers.resource(document, media="application/json"))

    def _play(self, handler: BaseHTTPRequestHandler, server: Server) -> None:
        self._answer(handler, server)

    def holding(self, resources: Sequence[Resource], fail: Callable[[str], int | None] = lambda _: None) -> AbstractContextManager["Stub"]:
        """Plays a server with these resources; `fail` gives a status to the targets that it fails on."""
        return self.playing(records.answering(resources, fail))


def silent(_: BaseHTTPRequestHandler, server: Server) -> None:
    """A server that never answers, until the test is over."""
    server.over.wait()
