"""The service on the content that ships, in this process, with what it logs."""

import io
import itertools
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import flask
from flask.testing import FlaskClient

from cds.foundation.settings import Settings
from cds.service import application
from cds.web import application as web
from cds.web import logs, uses

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LIMIT = 200_000


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
        return self.flask.test_client()

    def logged(self) -> str:
        """What was logged since this was last asked."""
        text = self.log.getvalue()
        self.log.seek(0)
        self.log.truncate()
        return text


@contextmanager
def started() -> Iterator[Fuzzed]:
    """The service with a ledger of its own; two of them that are asked the same answer the same, ids included."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = itertools.count(1)
        app = application.start(
            Settings(audit_url=f"sqlite:///{folder}/audit.sqlite3", body_limit=LIMIT),
            clock=lambda: AT,
            new_id=lambda: str(uuid.uuid5(uuid.NAMESPACE_OID, str(next(numbers)))),
        )
        log = io.StringIO()
        served = web.assemble(uses.bind(app), body_limit=LIMIT, secure=False, log=logs.lines("info", log))
        ((name, release),) = app.releases.items()
        yield Fuzzed(served, dict(release.questionnaire), name, log)
        application.stop(app)
