"""Our service as a target: registered clients, a ledger of its own, behind a socket on loopback, in this process."""

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server

from cds.audit.ledger import Ledger
from cds.foundation.settings import Settings
from cds.service import application
from cds.service.application import Application
from cds.web.application import create_app
from tests.conformance.rows.stub import Stub
from tests.conformance.rows.target import ORIGIN, Target
from tests.tokens import Issuer

EHR = "ehr"
MANY = 1_000_000
"""Calls in a minute, more than all tests make."""
PLENTY = 1_000_000
Wrap = Callable[[WSGIApplication], WSGIApplication]
Guests = Mapping[str, Mapping[str, Any]]
NOBODY: Guests = {}


@dataclass(frozen=True)
class Served:
    """The target, and what only we can look into: the application, the folder of its ledger, and what it logged."""

    target: Target
    app: Application
    folder: Path
    log: io.StringIO

    @property
    def ledger(self) -> Ledger:
        """Where it records."""
        assert self.app.ledger
        return self.app.ledger

    def kept(self) -> bytes:
        """Every byte that it wrote to a file."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())


@contextmanager
def serving(folder: Path, *, wrap: Wrap = lambda app: app, guests: Guests = NOBODY) -> Iterator[Served]:
    """The service with everybody registered, and `guests` with what is said of each; `wrap` may stand between it and the socket."""
    with Stub().open() as fhir, Stub().open() as keys, socket.create_server(("127.0.0.1", 0)) as door:
        base = f"http://127.0.0.1:{door.getsockname()[1]}"
        people = _people(guests)
        clients = _registered(folder, people, fhir, keys, guests)
        (folder / "kept").mkdir()
        settings = Settings(
            public_url=base,
            clients=clients,
            audit_url=f"sqlite:///{folder / 'kept' / 'audit.sqlite3'}",
            log_level="info",
            rate_limit=PLENTY,
            stranger_rate_limit=PLENTY,
        )
        with keys.handing(people["rotating"].jwks), contextlib.closing(_Started(settings)) as started, _listening(door, wrap(started.wsgi)):
            yield Served(Target(base, fhir, keys, people, people[EHR]), started.app, folder / "kept", started.log)


class _Started:
    """The application with the web in front of it; its log goes to a text of its own."""

    def __init__(self, settings: Settings) -> None:
        self.log = io.StringIO()
        with contextlib.redirect_stderr(self.log):
            self.app = application.start(settings)
            self.wsgi: WSGIApplication = create_app(self.app)

    def close(self) -> None:
        application.stop(self.app)


def _people(guests: Guests) -> dict[str, Issuer]:
    """Everybody who is registered; the first signs what a test does not sign itself."""
    return {name: Issuer(name, "RS384" if name == "rsa" else "ES384") for name in (EHR, "rsa", "tenanted", "rotating", "lenient", *guests)}


def _registered(folder: Path, people: Mapping[str, Issuer], fhir: Stub, keys: Stub, guests: Guests) -> Path:
    more: dict[str, dict[str, Any]] = {
        EHR: {"fhir_server": fhir.url, "origins": [ORIGIN]},
        "rsa": {},
        "tenanted": {"tenants": ["north"]},
        "rotating": {"jwks_url": f"{keys.origin}/jwks.json"},
        "lenient": {"lenient_feedback": True},
        **{name: dict(said) for name, said in guests.items()},
    }
    entries = [people[name].write(folder, **changes).read_text(encoding="utf-8") for name, changes in more.items()]
    file = folder / "clients.toml"
    file.write_text("\n".join(entries), encoding="utf-8")
    return file


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def _listening(door: socket.socket, wsgi: WSGIApplication) -> Iterator[None]:
    server = make_server("127.0.0.1", door.getsockname()[1], wsgi, threaded=True, request_handler=_Quiet, fd=door.fileno())
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
