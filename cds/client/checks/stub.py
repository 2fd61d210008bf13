"""A FHIR server on this machine for the length of one report: answers the queries it was told of, and writes down each request."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cds.foundation import canonical

LOOPBACK = "127.0.0.1"
ROOT = "/fhir"
KEYS = "/jwks.json"
POLL = 0.005
NOT_THERE = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}

Query = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Asked:
    """One request that came: what for, and the headers that matter."""

    query: Query
    authorization: str
    accept: str


@dataclass(frozen=True)
class Stub:
    """A started server. `answers` are by query; all else is 404."""

    base: str
    answers: dict[Query, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def fhir(self) -> str:
        """The base URL of its FHIR server."""
        return self.base + ROOT


def query(relative: str) -> Query:
    """A FHIR query as one thing to compare: its path, and its parameters in any order."""
    parts = urlsplit(relative)
    return parts.path.strip("/"), tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))


@contextmanager
def started(port: int = 0) -> Iterator[Stub]:
    """A stub on loopback; port 0 takes a free one."""
    server = ThreadingHTTPServer((LOOPBACK, port), BaseHTTPRequestHandler)
    stub = Stub(f"http://{LOOPBACK}:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(stub)
    thread = threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = query(self.path.removeprefix(ROOT))
            stub.asked.append(Asked(wanted, self.headers.get("Authorization", ""), self.headers.get("Accept", "")))
            found = stub.answers.get(wanted)
            _send(self, NOT_THERE if found is None else found, status=404 if found is None else 200)

        def log_message(self, *_: object) -> None:
            """Nothing: what was asked is in the list."""

    return Handler


def _send(handler: BaseHTTPRequestHandler, document: Mapping[str, Any], *, status: int) -> None:
    body = json.dumps(document, default=canonical.plain).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/fhir+json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
