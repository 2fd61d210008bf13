"""What stands between the service and the socket: changes a request before it is answered, or the answer afterwards."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Json = dict[str, Any]
FEEDBACK = "/feedback"
SERVICES = "/cds-services"
AUTHORIZATION = "HTTP_AUTHORIZATION"


@dataclass(frozen=True)
class Came:
    """A request: `environ` is that of WSGI but for its body."""

    environ: WSGIEnvironment = field(repr=False)
    body: bytes

    @property
    def method(self) -> str:
        """GET, POST and so on."""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        """Where it goes."""
        return str(self.environ["PATH_INFO"])

    @property
    def is_feedback(self) -> bool:
        """Whether it brings feedback."""
        return self.method == "POST" and self.path.endswith(FEEDBACK)

    @property
    def is_call(self) -> bool:
        """Whether it calls a service."""
        return self.method == "POST" and self.path.startswith(SERVICES + "/") and not self.is_feedback

    @property
    def document(self) -> Any:
        """The body as JSON; None where it is none."""
        return parsed(self.body)

    @property
    def authorization(self) -> str | None:
        """The header."""
        return self.environ.get(AUTHORIZATION)

    def carrying(self, document: Any) -> "Came":
        """It with another body."""
        return replace(self, body=json.dumps(document).encode())

    def under(self, authorization: str | None) -> "Came":
        """It with another header."""
        kept = {name: value for name, value in self.environ.items() if name != AUTHORIZATION}
        return replace(self, environ=kept if authorization is None else {**kept, AUTHORIZATION: authorization})


@dataclass(frozen=True)
class Goes:
    """An answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON; None where it is none."""
        return parsed(self.body)

    def carrying(self, document: Any) -> "Goes":
        """It with another body."""
        return replace(self, body=json.dumps(document).encode())

    def saying(self, name: str, value: str | None) -> "Goes":
        """It with another header, or without it."""
        kept = tuple((key, text) for key, text in self.headers if key.lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))


def parsed(body: bytes) -> Any:
    """JSON, or None."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def outcome(status: int) -> Goes:
    """An error as it should be."""
    body = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing", "diagnostics": "Broken."}]}
    return Goes(status, (("Content-Type", "application/fhir+json"),), json.dumps(body).encode())


def success(document: Any = None) -> Goes:
    """A success as it should be."""
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return Goes(200, headers, b"" if document is None else json.dumps(document).encode())


Before = Callable[[Came], Came | Goes]
After = Callable[[Came, Goes], Goes]


@dataclass(frozen=True)
class Fault:
    """One way to be wrong: what it does to a request (an answer instead ends it there), and what to the answer."""

    before: Before = lambda came: came
    after: After = lambda _, goes: goes


SOUND = Fault()


class Between:
    """The service with the fault of the moment."""

    def __init__(self) -> None:
        self._fault = SOUND
        self._alone = False
        self._service: WSGIApplication | None = None
        self._lock = threading.Lock()

    def wrap(self, service: WSGIApplication) -> WSGIApplication:
        """Stands before this service."""
        self._service = service
        return self._answer

    @contextmanager
    def broken(self, fault: Fault, *, alone: bool = False) -> Iterator[None]:
        """Breaks it for a while. Discovery lists the first service alone where that is enough, which saves the calls of all others."""
        with self._lock:
            self._fault, self._alone = fault, alone
            try:
                yield
            finally:
                self._fault, self._alone = SOUND, False

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        fault = self._fault
        came = fault.before(Came(environ, environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))))
        goes = came if isinstance(came, Goes) else fault.after(came, self._lone(came, self._asked(came)))
        length = () if goes.status == HTTPStatus.NO_CONTENT else (("Content-Length", str(len(goes.body))),)
        start(f"{goes.status} {HTTPStatus(goes.status).phrase}", [*goes.saying("Content-Length", None).headers, *length])
        return [goes.body]

    def _lone(self, came: Came, goes: Goes) -> Goes:
        lists = self._alone and came.path == SERVICES and came.method == "GET" and goes.status == HTTPStatus.OK
        return goes.carrying({"services": goes.document["services"][:1]}) if lists else goes

    def _asked(self, came: Came) -> Goes:
        assert self._service
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
            told.append((status, headers))
            return BytesIO().write

        sent = {**came.environ, "wsgi.input": BytesIO(came.body), "CONTENT_LENGTH": str(len(came.body))}
        body = b"".join(self._service(sent, start))
        status, headers = told[0]
        return Goes(int(status[:3]), tuple(headers), body)
