"""A server on loopback that does what a test tells it to, right or wrong, and keeps what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FHIR = "application/fhir+json; charset=utf-8"
NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Request:
    """One request: its target, its headers, its method and its body."""

    target: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass
class Server:
    """Where it listens, what it was asked so far, and an event that ends what it keeps waiting."""

    port: int
    asked: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its FHIR base."""
        return f"http://127.0.0.1:{self.port}/fhir"

    @property
    def targets(self) -> list[str]:
        """What it was asked for, in an order that does not depend on threads."""
        return sorted(one.target for one in self.asked)


Answer = Callable[[BaseHTTPRequestHandler, Server], None]


def send(handler: BaseHTTPRequestHandler, body: bytes, *, status: int = 200, media: str = FHIR, headers: Mapping[str, str] = NONE) -> None:
    """A whole answer."""
    handler.send_response(status)
    for name, value in ({"Content-Type": media, "Content-Length": str(len(body))} | dict(headers)).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def resource(value: Any, **changes: Any) -> Answer:
    """Answers with this JSON."""
    return lambda handler, _: send(handler, json.dumps(value).encode(), **changes)


@contextmanager
def serving(answer: Answer) -> Iterator[Server]:
    """A server that answers every request so."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer, lambda: held))
    held = Server(running.server_port)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield held
    finally:
        held.over.set()
        running.shutdown()
        thread.join()
        running.server_close()


def _handler(answer: Answer, server: Callable[[], Server]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server().asked.append(Request(self.path, dict(self.headers), self.command, body))
            try:
                answer(self, server())
            except OSError:
                self.close_connection = True

        do_HEAD = do_POST = do_OPTIONS = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on stderr."""

    return Handler
