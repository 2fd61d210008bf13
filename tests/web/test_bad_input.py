"""Whatever comes in: the status of interfaces.md, an OperationOutcome that says where and what to do, no echo, and a process that lives."""

import copy
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.foundation import schemas
from cds.foundation.settings import Settings
from cds.service import application
from cds.service.application import Application
from cds.web import application as web
from cds.web import logs, uses
from tests import openapi

CANARY = "canary-7731"
LIMIT = 100_000
HOOK = "/cds-services/low-back-pain"
EVALUATE = "/fhir/QuestionnaireResponse/$evaluate"
VALIDATE = "/fhir/QuestionnaireResponse/$validate"
PROCESS = "/fhir/Questionnaire/$process-response"
EXAMPLE = Path(__file__).parents[2] / "examples" / "requests" / "09-numb-between-the-legs.json"
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception", "diagnostics": CANARY}]}
REQUEST: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
RESPONSE: dict[str, Any] = REQUEST["prefetch"]["response"]["entry"][0]["resource"]


def changed(document: dict[str, Any], *path: str | int, to: Any) -> bytes:
    """The document with the value at a path replaced."""
    copied: Any = copy.deepcopy(document)
    place = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return json.dumps(copied).encode()


def without(document: dict[str, Any], *path: str) -> bytes:
    """The document without the member at a path."""
    copied = copy.deepcopy(document)
    place = copied
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return json.dumps(copied).encode()


ANYWHERE = {
    "nothing": (b"", 400),
    "not JSON": (f"{CANARY} has pain".encode(), 400),
    "a comment": (b'{"a": 1} // canary-7731', 400),
    "a trailing comma": (b'{"canary-7731": 1,}', 400),
    "two documents": (b"{}{}", 400),
    "not UTF-8": (b'{"canary-7731": "\xff"}', 400),
    "cut off": (json.dumps(REQUEST).encode()[:500], 400),
    "a list": (b'["canary-7731"]', 400),
    "a text": (b'"canary-7731"', 400),
    "null": (b"null", 400),
    "the same key twice": (b'{"hook": "patient-view", "hook": "canary-7731"}', 400),
    "NaN": (b'{"canary-7731": NaN}', 400),
    "Infinity": (b'{"canary-7731": -Infinity}', 400),
    "a number out of range": (b'{"canary-7731": 1e400}', 400),
    "too deep": (b'{"a":' * 33 + b"1" + b"}" * 33, 400),
    "far too deep": (b"[" * 40_000 + b"]" * 40_000, 400),
    "too large": (b'{"canary-7731": "' + b"x" * LIMIT + b'"}', 413),
}

AT_THE_HOOK = {
    "another hook": (changed(REQUEST, "hook", to=CANARY), 400, "hook"),
    "a hook of the wrong type": (changed(REQUEST, "hook", to=[CANARY]), 400, "hook"),
    "no hookInstance": (without(REQUEST, "hookInstance"), 400, "hookInstance"),
    "no context": (without(REQUEST, "context"), 400, "context"),
    "no patient in the context": (without(REQUEST, "context", "patientId"), 400, "context.patientId"),
    "a patient of the wrong type": (changed(REQUEST, "context", "patientId", to={CANARY: 1}), 400, "context.patientId"),
    "a prefetch of the wrong type": (changed(REQUEST, "prefetch", to=CANARY), 400, "prefetch"),
    "no prefetch": (without(REQUEST, "prefetch"), 412, "prefetch.patient prefetch.response"),
    "no patient in the prefetch": (without(REQUEST, "prefetch", "patient"), 412, "prefetch.patient"),
    "no response in the prefetch": (without(REQUEST, "prefetch", "response"), 412, "prefetch.response"),
    "a patient that the client could not get": (changed(REQUEST, "prefetch", "patient", to=OUTCOME), 412, "prefetch.patient"),
    "another patient": (changed(REQUEST, "prefetch", "patient", "id", to=CANARY), 422, "prefetch.patient.id"),
}

SUBMITTED = {
    "no member at all": (b"{}", 422),
    "another resource": (json.dumps({"resourceType": "Patient", "id": CANARY}).encode(), 422),
    "no response in the Bundle": (json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": OUTCOME}]}).encode(), 422),
    "another questionnaire": (changed(RESPONSE, "questionnaire", to=f"https://example.org/{CANARY}"), 422),
    "entered in error": (changed(RESPONSE, "status", to="entered-in-error"), 422),
    "an unknown status": (changed(RESPONSE, "status", to=CANARY), 422),
    "an answer of the wrong type": (changed(RESPONSE, "item", 0, "item", 0, "answer", to=[{"valueString": CANARY}]), 422),
    "items of the wrong type": (changed(RESPONSE, "item", to=CANARY), 422),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The service on the packaged content with a small body limit."""
    ledger = tmp_path_factory.mktemp("bad") / "audit.sqlite3"
    started = application.start(Settings(audit_url=f"sqlite:///{ledger}", body_limit=LIMIT), clock=lambda: AT)
    yield started
    application.stop(started)


@pytest.fixture
def lines() -> io.StringIO:
    """What the service logs in one test."""
    return io.StringIO()


@pytest.fixture
def client(app: Application, lines: io.StringIO) -> FlaskClient:
    return openapi.client(web.assemble(uses.bind(app), body_limit=LIMIT, secure=False, log=logs.lines("debug", lines)))


def refused(client: FlaskClient, path: str, body: bytes) -> tuple[int, list[dict[str, Any]]]:
    """Status and issues of a refusal that tells what to do and repeats nothing."""
    response = client.post(path, data=body, content_type="application/json")
    assert CANARY not in response.text
    document = json.loads(response.data)
    assert document["resourceType"] == "OperationOutcome"
    assert all(issue["severity"] in ("error", "fatal") and len(issue["diagnostics"]) > 10 for issue in document["issue"][:1])
    return response.status_code, document["issue"]


def lives(client: FlaskClient) -> bool:
    """Whether a good request is still answered with cards that conform."""
    answer = client.post(HOOK, json=REQUEST)
    return answer.status_code == 200 and answer.get_json()["cards"] != [] and schemas.problems("cards-sent", answer.get_json()) == []


@pytest.mark.parametrize("path", [HOOK, EVALUATE, VALIDATE, PROCESS])
@pytest.mark.parametrize("name", ANYWHERE)
def test_what_is_no_request_at_all_is_refused_by_every_way_in(client: FlaskClient, lines: io.StringIO, path: str, name: str) -> None:
    body, status = ANYWHERE[name]
    assert refused(client, path, body)[0] == status
    assert CANARY not in lines.getvalue()
    assert lives(client)


@pytest.mark.parametrize("name", AT_THE_HOOK)
def test_a_wrong_hook_call_is_refused_with_its_place(client: FlaskClient, lines: io.StringIO, name: str) -> None:
    body, status, places = AT_THE_HOOK[name]
    given, issues = refused(client, HOOK, body)
    assert (given, [issue["expression"] for issue in issues]) == (status, [[place] for place in places.split()])
    assert CANARY not in lines.getvalue()


@pytest.mark.parametrize("name", SUBMITTED)
def test_a_wrong_submission_is_refused(client: FlaskClient, lines: io.StringIO, name: str) -> None:
    body, status = SUBMITTED[name]
    assert refused(client, EVALUATE, body)[0] == status
    assert CANARY not in lines.getvalue()


@pytest.mark.parametrize("name", [name for name in SUBMITTED if name != "entered in error"])
def test_what_is_no_response_has_an_outcome_at_validate_and_is_not_accepted(client: FlaskClient, lines: io.StringIO, name: str) -> None:
    body, _ = SUBMITTED[name]
    assert refused(client, VALIDATE, body)[0] == 200
    assert refused(client, PROCESS, body)[0] == 422
    assert CANARY not in lines.getvalue()


def test_a_response_of_another_patient_is_never_read(client: FlaskClient) -> None:
    somebody = changed(REQUEST, "prefetch", "response", "entry", 0, "resource", "subject", "reference", to=f"Patient/{CANARY}")
    response = client.post(HOOK, data=somebody, content_type="application/json")
    assert response.status_code == 200
    assert [card["indicator"] for card in response.get_json()["cards"] if card["indicator"] == "critical"] == []
    assert CANARY not in response.text


def test_an_unknown_service_is_not_found(client: FlaskClient) -> None:
    assert refused(client, f"/cds-services/{CANARY}", json.dumps(REQUEST).encode())[0] == 404


def test_a_decision_nobody_took_is_not_found(client: FlaskClient) -> None:
    assert client.get(f"/decisions/{CANARY}").status_code == 404


def test_what_cannot_be_recorded_is_not_answered(tmp_path: Path, make_client: Callable[[Application], FlaskClient]) -> None:
    started = application.start(Settings(audit_url=f"sqlite:///{tmp_path / 'audit.sqlite3'}"), clock=lambda: AT)
    client = make_client(started)
    application.stop(started)
    response = client.post(HOOK, json=REQUEST)
    assert (response.status_code, response.headers["Retry-After"], "cards" in response.get_json()) == (503, "5", False)
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").status_code == 200


@pytest.fixture
def make_client() -> Callable[[Application], FlaskClient]:
    return lambda app: openapi.client(web.create_app(app))


def test_the_explanation_of_a_real_decision_is_a_page_and_json(client: FlaskClient) -> None:
    (card, *_) = client.post(HOOK, json=REQUEST).get_json()["cards"]
    address = "/decisions/" + card["extension"]["org.back-pain-cds.decision"]["decisionId"]
    assert card["links"][0]["url"].endswith(address)
    page = client.get(address, headers={"Accept": "text/html"}).text
    document = client.get(address, headers={"Accept": "application/json"}).get_json()
    assert all(rule in page for rule in document["triage"]["because"])
    assert "saddle" in page
    assert document["release"]["digest"] in page
