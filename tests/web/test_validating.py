"""$validate and $process-response over HTTP: what is passed on, and as what the outcome goes out."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from cds.foundation.errors import Diagnostic, NotJson, NotProcessable, TooLarge, WrongShape
from tests.web.conftest import Client

VALIDATE = "/fhir/QuestionnaireResponse/$validate"
PROCESS = "/fhir/Questionnaire/$process-response"
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational", "diagnostics": "All is well."}]}


def test_validate_gets_the_body_and_the_parameters_of_the_address(client: Client) -> None:
    seen: list[Any] = []

    def keep(body: bytes, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
        seen.append((body, list(query)))
        return OUTCOME

    response = client(validate=keep).post(f"{VALIDATE}?mode=create&profile=a", data=b'{"a": 1}', content_type="application/fhir+json")
    assert seen == [(b'{"a": 1}', [("mode", "create"), ("profile", "a")])]
    assert (response.status_code, response.mimetype, response.get_json()) == (200, "application/fhir+json", OUTCOME)


def test_the_form_receiver_gets_the_body(client: Client) -> None:
    seen: list[bytes] = []

    def keep(body: bytes) -> dict[str, Any]:
        seen.append(body)
        return OUTCOME

    response = client(process_response=keep).post(PROCESS, data=b"{}", content_type="application/json", headers={"Accept": "application/json"})
    assert seen == [b"{}"]
    assert (response.status_code, response.mimetype, response.get_json()) == (200, "application/json", OUTCOME)


@pytest.mark.parametrize(("error", "status"), [(NotJson("No."), 400), (WrongShape("No."), 400), (TooLarge("No."), 413)])
@pytest.mark.parametrize("path", [VALIDATE, PROCESS])
def test_a_body_that_cannot_be_read_is_refused(client: Client, path: str, error: Exception, status: int) -> None:
    def refuse(*_: Any) -> dict[str, Any]:
        raise error

    response = client(validate=refuse, process_response=refuse).post(path, data=b"{}", content_type="application/json")
    assert (response.status_code, response.get_json()["resourceType"]) == (status, "OperationOutcome")


def test_a_response_that_is_not_accepted_is_422_with_every_problem(client: Client) -> None:
    more = (Diagnostic("error", "required", "One.", "a", "required"), Diagnostic("warning", "value", "Two.", "b"))

    def refuse(body: bytes) -> dict[str, Any]:
        raise NotProcessable("Not accepted.", more=more)

    response = client(process_response=refuse).post(PROCESS, data=b"{}", content_type="application/json")
    assert response.status_code == 422
    assert [issue["diagnostics"] for issue in json.loads(response.data)["issue"]] == ["One.", "Two."]


@pytest.mark.parametrize("path", [VALIDATE, PROCESS])
def test_another_type_in_or_out_is_refused(client: Client, path: str) -> None:
    assert client().post(path, data=b"<a/>", content_type="application/fhir+xml").status_code == 415
    assert client().post(path, data=b"{}", content_type="application/json", headers={"Accept": "application/fhir+xml"}).status_code == 406
    assert client().get(path).status_code == 405
