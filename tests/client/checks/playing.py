"""A service of plain functions in place of a wire, so that checks are tried on answers that no service of ours gives."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cds.client import checks
from cds.client.checks import Terms
from cds.client.report import Report
from cds.client.scenes import Scene
from cds.client.wire import Wire
from cds.foundation.outbound.budgets import UNREACHED, NotFetched
from cds.foundation.outbound.exchanges import NONE, Answer, Exchange
from cds.foundation.outbound.origins import Location, Origin

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SOMEBODY = Scene("p", record=({"resourceType": "Patient", "id": "p"},))
JSON = {"content-type": "application/json", "cache-control": "no-store", "www-authenticate": "Bearer"}
NOTHING = Terms()
Answering = Callable[[str, str, Any], tuple[int, Any] | None]


@dataclass(frozen=True)
class Played(Exchange):
    """Answers by method, path and body (None where it is no JSON) with a status and a document; None breaks the connection."""

    answer: Answering = field(default=lambda *_: None)
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, *, headers: Mapping[str, str] = NONE, body: bytes | None = None) -> Answer:
        """The answer of the function."""
        given = self.answer(method, path, _read(body))
        if given is None:
            raise NotFetched(UNREACHED)
        status, document = given
        return Answer(status, self.headers, document if isinstance(document, bytes) else json.dumps(document).encode())


def report(answer: Answering, base: str = "https://cds.example", terms: Terms = NOTHING, headers: Mapping[str, str] = JSON) -> Report:
    """What the checks say of such a service, whose answers have these headers."""
    exchange = Played(Location(Origin("https", "cds.example", 443), ""), answer=answer, headers=headers)
    return checks.run(Wire(base, exchange), None, SOMEBODY, terms, clock=lambda: NOW)


def _read(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"")
    except ValueError:
        return None
