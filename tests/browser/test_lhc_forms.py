"""The form in another program: LHC-Forms renders it, fills it in, and what it makes of the answers is accepted."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page

from cds.fhir import items
from cds.service.application import Application
from tests.browser import lhc_forms
from tests.examples import asking

PATIENT = "p-1"
VALIDATE = "/fhir/QuestionnaireResponse/$validate"
EVALUATE = "/fhir/QuestionnaireResponse/$evaluate"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The service on the packaged content."""
    with asking.running(tmp_path_factory.mktemp("lhc")) as started:
        yield started


@pytest.fixture
def client(app: Application) -> FlaskClient:
    """The service now: LHC-Forms dates its response by the clock of the browser."""
    return asking.client(app, datetime.now(UTC))


def questionnaire(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/fhir/Questionnaire/low-back-pain").get_json()
    return found


def validated(client: FlaskClient, response: dict[str, Any]) -> list[tuple[str, str]]:
    """Severity and rule of each problem."""
    outcome = client.post(VALIDATE, json=response).get_json()
    return [(issue["severity"], issue.get("details", {"coding": [issue]})["coding"][0]["code"]) for issue in outcome["issue"]]


def cards(client: FlaskClient, response: dict[str, Any]) -> list[dict[str, Any]]:
    reply = client.post(EVALUATE, json=response, headers={"Accept": "application/json"})
    assert reply.status_code == 200, reply.get_data(as_text=True)
    found: list[dict[str, Any]] = reply.get_json()["cards"]
    return found


def test_an_emergency_told_to_lhc_forms_is_an_emergency_here(page: Page, client: FlaskClient) -> None:
    lhc_forms.show(page, questionnaire(client))
    lhc_forms.fill(page, "age", "44")
    lhc_forms.choose(page, "sex", "Female")
    lhc_forms.choose(page, "rf-saddle", "Yes")
    lhc_forms.choose(page, "site", "Tailbone")
    lhc_forms.choose(page, "agg", "Sitting")
    lhc_forms.fill(page, "run-km-week", "40")
    response = lhc_forms.taken(page, PATIENT)
    assert response["status"] == "completed"
    assert set(items.collect(response).values()) == {"age", "sex", "rf-saddle", "site", "agg", "run-km-week"}
    assert {rule for severity, rule in validated(client, response) if severity == "error"} == {"required"}
    assert cards(client, response)[0]["indicator"] == "critical"


def test_the_form_filled_in_from_a_record_is_shown_by_lhc_forms_and_comes_back(page: Page, client: FlaskClient) -> None:
    patient = {"resourceType": "Patient", "id": PATIENT, "gender": "male", "birthDate": "1960-01-01"}
    cancer = {"coding": [{"system": "http://snomed.info/sct", "code": "363406005"}]}
    condition = {"resourceType": "Condition", "id": "c-1", "subject": {"reference": f"Patient/{PATIENT}"}, "code": cancer}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}, {"resource": condition}]}
    made = client.post("/fhir/Questionnaire/low-back-pain/$populate", json=bundle).get_json()["parameter"][0]["resource"]
    lhc_forms.show(page, questionnaire(client), made)
    assert (lhc_forms.shown(page, "sex"), lhc_forms.shown(page, "hx-cancer")) == ("Male", "Yes")
    back = lhc_forms.taken(page, PATIENT)
    assert items.collect(back).values() == items.collect(made).values(), json.dumps(back)
    assert {rule for severity, rule in validated(client, back) if severity == "error"} <= {"required"}
