"""Browsers: the origins of registered clients may call, any other learns nothing, and the form is for its own pages."""

import pytest

from cds.web import cors
from tests.web.conftest import Lines
from tests.web.doors import EHR, SIGNED, Porter, guarded

PATHS = ("/cds-services", "/cds-services/a-service", "/cds-services/nothing-here", "/fhir/QuestionnaireResponse/$evaluate", "/fhir")
OTHERS = ("https://ehr.example.org.evil.example", "http://ehr.example.org", "https://ehr.example.org:8443", "https://EHR.example.org/", "null", "")
ASKING = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
SIGN = "access-control"


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_of_a_listed_origin_needs_no_token(log: Lines, path: str) -> None:
    porter = Porter()
    response = guarded(porter, log).options(path, headers={"Origin": EHR, **ASKING})
    told = response.headers
    assert (response.status_code, response.data, porter.knocks) == (204, b"", [])
    assert (told[cors.ALLOW_ORIGIN], told["Access-Control-Max-Age"], "Origin" in response.vary) == (EHR, cors.SECONDS, True)
    assert {"authorization", "content-type"} <= set(told["Access-Control-Allow-Headers"].split(", "))
    assert ("POST" in told["Access-Control-Allow-Methods"]) is (path != "/cds-services")


@pytest.mark.parametrize("origin", OTHERS)
def test_an_origin_that_is_not_listed_sees_no_sign_of_any(log: Lines, origin: str) -> None:
    client = guarded(Porter(), log)
    for response in (
        client.options("/cds-services", headers={"Origin": origin, **ASKING}),
        client.get("/cds-services", headers={"Origin": origin, **SIGNED}),
        client.get("/cds-services", headers={"Origin": origin}),
    ):
        assert not [name for name, _ in response.headers if name.lower().startswith(SIGN)]
        assert "Origin" in response.vary


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/cds-services", {}, 401),
        ("/cds-services", SIGNED, 200),
        ("/nowhere", {}, 404),
        ("/fhir/Patient", {}, 404),
        ("/cds-services/a-service", SIGNED, 405),
    ],
)
def test_every_answer_to_a_listed_origin_names_it_errors_too(log: Lines, path: str, headers: dict[str, str], status: int) -> None:
    response = guarded(Porter(), log).get(path, headers={"Origin": EHR, **headers})
    assert (response.status_code, response.headers[cors.ALLOW_ORIGIN]) == (status, EHR)
    assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]


def test_no_answer_allows_credentials_or_every_origin(log: Lines) -> None:
    client = guarded(Porter(), log)
    for response in (
        client.get("/cds-services", headers={"Origin": EHR, **SIGNED}),
        client.options("/cds-services", headers={"Origin": EHR, **ASKING}),
    ):
        assert response.headers[cors.ALLOW_ORIGIN] != "*"
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_question_for_the_methods_that_is_no_preflight_is_answered_with_them(log: Lines) -> None:
    response = guarded(Porter(), log).options("/cds-services/a-service")
    assert (response.status_code, "POST" in response.headers["Allow"]) == (200, True)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_the_form_is_for_its_own_pages(log: Lines, method: str) -> None:
    response = guarded(Porter(), log).open("/form/a-form", method=method, headers={"Origin": EHR, **ASKING})
    assert not [name for name, _ in response.headers if name.lower().startswith(SIGN)]
