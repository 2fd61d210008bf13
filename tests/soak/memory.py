"""How much memory the service holds after some requests and after many: `python -m tests.soak.memory 1000 10000`, in a process of its own."""

import gc
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from cds.foundation.settings import Settings
from cds.service import application
from cds.web import application as web
from cds.web import logs, uses

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "examples" / "requests"
VALIDATE = "/fhir/QuestionnaireResponse/$validate"
EVALUATE = "/fhir/QuestionnaireResponse/$evaluate"
FHIR, JSON = "application/fhir+json", "application/json"
STATM = Path("/proc/self/statm")
Call = tuple[str, str, bytes]


class Nowhere(io.StringIO):
    """A log that keeps nothing."""

    def write(self, text: str) -> int:
        """Takes the line and lets it go."""
        return len(text)


def responses() -> Iterator[dict[str, Any]]:
    """The responses of the examples, each right and with a fault."""
    for path in sorted(EXAMPLES.glob("[0-9]*.json")):
        prefetch = json.loads(path.read_text(encoding="utf-8"))["prefetch"]
        for entry in (prefetch.get("response") or {}).get("entry", ()):
            yield entry["resource"]
            yield entry["resource"] | {"item": entry["resource"]["item"][::-1], "status": "final"}


def calls() -> list[Call]:
    """Validations and evaluations, in both renderings, as address, type and body."""
    bodies = [json.dumps(one).encode() for one in responses()]
    return [call for body in bodies for call in ((VALIDATE, FHIR, body), (EVALUATE, JSON, body), (EVALUATE, FHIR, body))]


def resident() -> int:
    """The bytes of memory that this process holds."""
    gc.collect()
    return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measured(client: FlaskClient, first: int, last: int) -> dict[str, int]:
    """The memory after `first` requests and after `last`, and how many of them were answered with 200."""
    good, held = 0, {}
    for number, (path, kind, body) in enumerate(islice(cycle(calls()), last), start=1):
        good += client.post(path, data=body, content_type=FHIR, headers={"Accept": kind}).status_code == 200
        if number in (first, last):
            held[number] = resident()
    return {"first": held[first], "last": held[last], "good": good}


def main(first: int, last: int) -> None:
    """Prints what was measured as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        app = application.start(Settings(audit_url=f"sqlite:///{folder}/audit.sqlite3"), clock=lambda: AT)
        served = web.assemble(uses.bind(app), body_limit=app.settings.body_limit, secure=False, log=logs.lines("info", Nowhere()))
        sys.stdout.write(json.dumps(measured(served.test_client(), first, last)) + "\n")
        application.stop(app)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
