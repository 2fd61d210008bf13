"""The service on the content that ships, in this process, with what it logs: open, or with one registered client who signs every call."""

import io
import itertools
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask
from flask.testing import FlaskClient
from werkzeug.wsgi import get_path_info

from cds.foundation.settings import Settings
from cds.service import application
from cds.web import application as web
from cds.web import logs, uses
from tests import openapi
from tests.tokens import Issuer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LIMIT = 200_000
ADDRESS = "https://cds.example.org"
EHR = Issuer("A hospital")
MANY = 10_000_000
"""Calls a minute: the clock stands still here."""


@dataclass(frozen=True)
class Fuzzed:
    """A service, its form, and the stream that it logs to."""

    flask: flask.Flask
    form: dict[str, Any]
    name: str
    log: io.StringIO

    @cached_property
    def client(self) -> FlaskClient:
        """Calls it."""
        return openapi.client(self.flask)

    def logged(self) -> str:
        """What was logged since this was last asked."""
        text = self.log.getvalue()
        self.log.seek(0)
        self.log.truncate()
        return text


@dataclass(frozen=True)
class Signing:
    """Puts a fresh token of the registered client on each call, for exactly what it calls."""

    served: "WSGIApplication"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = "/" + get_path_info(environ).lstrip("/")
        return self.served(environ | {"HTTP_AUTHORIZATION": EHR.bearer(ADDRESS + path, now=AT.timestamp())}, start_response)


@contextmanager
def started() -> Iterator[Fuzzed]:
    """The service with a ledger of its own; two of them that are asked the same answer the same, ids included."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _served(Settings(audit_url=f"sqlite:///{folder}/audit.sqlite3", body_limit=LIMIT))


@contextmanager
def guarded(*, signed: bool = True) -> Iterator[Fuzzed]:
    """The service that asks for a token; with `signed` every call that reaches it has a good one."""
    with tempfile.TemporaryDirectory() as folder:
        clients = EHR.write(Path(folder))
        address: dict[str, Any] = {"public_url": ADDRESS, "clients": clients, "rate_limit": MANY, "stranger_rate_limit": MANY}
        yield from _served(Settings(audit_url=f"sqlite:///{folder}/audit.sqlite3", body_limit=LIMIT, **address), signed=signed)


def _served(settings: Settings, *, signed: bool = False) -> Iterator[Fuzzed]:
    numbers = itertools.count(1)
    app = application.start(settings, clock=lambda: AT, new_id=lambda: str(uuid.uuid5(uuid.NAMESPACE_OID, str(next(numbers)))))
    log, stores = io.StringIO(), uses.stores(app)
    entrance = web.entrance(app, stores)
    served = web.assemble(
        uses.bind(app, stores), body_limit=LIMIT, secure=False, log=logs.lines("info", log), address=settings.address, entrance=entrance
    )
    if signed:
        served.wsgi_app = Signing(served.wsgi_app)  # type: ignore[method-assign]
    ((name, release),) = app.releases.items()
    yield Fuzzed(served, dict(release.questionnaire), name, log)
    entrance.door.close()
    application.stop(app)
