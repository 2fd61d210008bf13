"""Asks the service about the examples: at the instant each is written for, and with ids that never change."""

import dataclasses
import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds.foundation.settings import Settings
from cds.service import application
from cds.web.application import create_app
from examples import services
from tests import openapi

EXAMPLES = Path(__file__).parents[2] / "examples"
ANSWERS = EXAMPLES / "answers"
HOOK = "/cds-services/low-back-pain"


@dataclasses.dataclass(frozen=True)
class Example:
    """One entry of the index with its request; `expect` holds what the clinical notes promise."""

    name: str
    title: str
    at: datetime
    expect: Mapping[str, Any]
    request: Mapping[str, Any]

    @property
    def answer(self) -> Path:
        """Where its golden answer lies."""
        return ANSWERS / f"{self.name}.json"


def examples() -> list[Example]:
    """All examples, in the order of the index."""
    entries = read(EXAMPLES / "requests" / "index.json")
    return [_example(entry) for entry in entries]


def _example(entry: Mapping[str, Any]) -> Example:
    request = read(EXAMPLES / "requests" / entry["file"])
    return Example(entry["file"].removesuffix(".json"), entry["title"], datetime.fromisoformat(entry["at"]), entry["expect"], request)


def read(path: Path) -> Any:
    """The JSON of a file."""
    return json.loads(path.read_text(encoding="utf-8"))


def pretty(answer: Any) -> str:
    """The text of a golden file."""
    return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"


@contextmanager
def running(folder: Path) -> Iterator[application.Application]:
    """The service on the packaged content, with a new ledger in `folder`."""
    app = application.start(Settings(audit_url=f"sqlite:///{folder / 'audit.sqlite3'}", log_level="error"))
    try:
        yield app
    finally:
        application.stop(app)


def answered(app: application.Application, example: Example) -> TestResponse:
    """What the hook answers, with ids that are the same each time: once for a ledger, since an id is used once."""
    return client(dataclasses.replace(app, new_id=_ids(example.name)), example.at).post(path(example.request), json=example.request)


def path(request: Mapping[str, Any]) -> str:
    """The address of the service on the hook of a request."""
    return f"/cds-services/{services.of(request)}"


def client(app: application.Application, at: datetime) -> FlaskClient:
    """A client of the service as it stands at the instant `at`."""
    return openapi.client(create_app(dataclasses.replace(app, clock=lambda: at)))


def explained(client: FlaskClient, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The decision that the first card of an answer names, as JSON."""
    decision = answer["cards"][0]["extension"]["org.back-pain-cds.decision"]["decisionId"]
    document: dict[str, Any] = client.get(f"/decisions/{decision}", headers={"Accept": "application/json"}).get_json()
    return document


def _ids(name: str) -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://back-pain-cds.example/examples/{name}/{next(numbers)}"))
