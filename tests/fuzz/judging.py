"""Whether an answer is one that may be given to anything: documented, of its shape, and without an echo."""

import json
from typing import Any

from werkzeug.test import TestResponse

from cds.foundation import schemas
from tests.fuzz import messages
from tests.fuzz.serving import Fuzzed

STATUSES = {200, 400, 404, 405, 406, 412, 413, 415, 422}


def judge(fuzzed: Fuzzed, response: TestResponse, kind: str) -> Any:
    """The document, which is of that kind where the answer is 200 and else an OperationOutcome."""
    logged = fuzzed.logged()
    assert response.status_code in STATUSES, logged
    document = json.loads(response.data)
    wanted = kind if response.status_code == 200 else "OperationOutcome"
    for outcome in outcomes(document):
        assert messages.CANARY not in json.dumps(outcome)
        assert all(issue["severity"] and issue["code"] and len(issue["diagnostics"]) > 10 for issue in outcome["issue"])
    if wanted == "cards":
        assert schemas.problems("cards-sent", document) == []
    elif wanted == "feedback":
        assert {one["status"] for one in document.get("items", ())} <= {"recorded", "repeated", "card-unknown"}
        assert document["received"] == len(document.get("items", ()))
        assert messages.CANARY not in json.dumps(document)
    else:
        assert document["resourceType"] == wanted
    assert messages.CANARY not in logged
    return document


def outcomes(document: Any) -> list[Any]:
    """Every OperationOutcome in a document."""
    if isinstance(document, dict):
        own = [document] if document.get("resourceType") == "OperationOutcome" else []
        return own + [one for member in document.values() for one in outcomes(member)]
    return [one for member in document for one in outcomes(member)] if isinstance(document, list) else []
