"""What FHIR knows and the service does not is told as not-supported, with what to do, and without what was asked for."""

import pytest

from cds.fhir import operations
from cds.service.knowledge import KINDS
from tests.web.conftest import Client

CANARY = "canary-7731"
READS = {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("GET", f"/fhir/Patient/{CANARY}", "type"),
        ("GET", f"/fhir/{CANARY}", "type"),
        ("POST", "/fhir/Observation", "type"),
        ("GET", "/fhir/CapabilityStatement", "type"),
        ("POST", f"/fhir/${CANARY}", "operation"),
        ("POST", f"/fhir/Questionnaire/${CANARY}", "operation"),
        ("GET", f"/fhir/ValueSet/{CANARY}/$expand", "operation"),
        ("POST", "/fhir/Patient/$everything", "operation"),
        ("GET", "/fhir/Questionnaire/_history", "versions"),
        ("GET", f"/fhir/Questionnaire/{CANARY}/_history", "versions"),
        ("POST", "/fhir/QuestionnaireResponse", "/fhir/QuestionnaireResponse/$evaluate"),
        ("PUT", f"/fhir/QuestionnaireResponse/{CANARY}", "/fhir/QuestionnaireResponse/$validate"),
        ("GET", f"/fhir/QuestionnaireResponse?patient={CANARY}", "stored"),
    ],
)
def test_what_is_not_there_is_not_supported(client: Client, method: str, path: str, told: str) -> None:
    response = client().open(path, method=method)
    (issue,) = response.get_json()["issue"]
    assert (response.status_code, issue["code"], response.mimetype) == (404, "not-supported", "application/fhir+json")
    assert told in issue["diagnostics"]
    assert CANARY not in response.text


def test_an_address_that_is_no_id_is_not_found(client: Client) -> None:
    response = client().get("/fhir/Questionnaire/under_score")
    assert (response.status_code, response.get_json()["issue"][0]["code"]) == (404, "not-found")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PUT", "/x"), ("PATCH", "/x"), ("DELETE", "/x"), ("DELETE", ""), ("POST", "/x")])
def test_the_knowledge_is_read_only(client: Client, kind: str, method: str, path: str) -> None:
    response = client().open(f"/fhir/{kind}{path}", method=method, json={})
    (issue,) = response.get_json()["issue"]
    assert (response.status_code, issue["code"], "read only" in issue["diagnostics"]) == (405, "not-supported", True)
    assert set(response.headers["Allow"].split(", ")) == READS


@pytest.mark.parametrize("one", operations.OPERATIONS, ids=lambda one: one.id)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_operation_is_called_by_post(client: Client, one: operations.Operation, method: str) -> None:
    response = client().open(f"/fhir/{one.resource}/${one.code}", method=method)
    assert (response.status_code, set(response.headers["Allow"].split(", "))) == (405, {"POST", "OPTIONS"})
    assert "read only" not in response.text


def test_a_search_over_all_types_is_not_supported(client: Client) -> None:
    response = client().get("/fhir?_type=Questionnaire")
    (issue,) = response.get_json()["issue"]
    assert (response.status_code, response.headers["Allow"], response.mimetype) == (405, "OPTIONS, POST", "application/fhir+json")
    assert "batch" in issue["diagnostics"]


def test_a_search_by_get_at_the_address_for_post_is_not_taken(client: Client) -> None:
    assert client().get("/fhir/Questionnaire/_search").status_code == 405
