"""`$evaluate` over HTTP: which of its two renderings a caller gets."""

from typing import Any

import pytest

from cds.foundation import canonical
from cds.foundation.errors import LedgerUnavailable, NotProcessable
from tests.web.conftest import Client, Lines

EVALUATE = "/fhir/QuestionnaireResponse/$evaluate"
JSON, FHIR = "application/json", "application/fhir+json"


def failing(*_: Any) -> Any:
    raise AssertionError


@pytest.mark.parametrize("accept", [None, "*/*", JSON, "application/*", f"{FHIR}, {JSON}", f"{FHIR};q=0.5, {JSON}", f"{FHIR};q=0.5, */*"])
def test_cards_are_given_where_they_are_liked_as_well(client: Client, accept: str | None) -> None:
    response = client(guide=failing).post(EVALUATE, json={}, headers={"Accept": accept} if accept else {})
    assert (response.status_code, response.mimetype, response.get_json()) == (200, JSON, {"cards": []})


@pytest.mark.parametrize("accept", [FHIR, f"{FHIR}; fhirVersion=4.0", f"{FHIR}, {JSON};q=0.5", f"{JSON};q=0, */*", f"text/html, {FHIR}"])
def test_fhir_is_given_to_who_prefers_it(client: Client, accept: str) -> None:
    response = client(submit=failing).post(EVALUATE, json={}, headers={"Accept": accept})
    assert (response.status_code, response.mimetype, response.get_json(force=True)["resourceType"]) == (200, FHIR, "Bundle")


@pytest.mark.parametrize(("wanted", "mimetype"), [("json", FHIR), (FHIR, FHIR), ("application/fhir%2Bjson", FHIR), (JSON, JSON)])
def test_the_format_in_the_address_wins(client: Client, wanted: str, mimetype: str) -> None:
    response = client().post(f"{EVALUATE}?_format={wanted}", json={}, headers={"Accept": "text/html"})
    assert (response.status_code, response.mimetype) == (200, mimetype)


@pytest.mark.parametrize(("address", "accept"), [("", "text/html"), ("", "application/fhir+xml"), ("", f"{JSON};q=0"), ("?_format=xml", FHIR)])
def test_nothing_is_decided_for_who_could_not_read_the_answer(client: Client, address: str, accept: str) -> None:
    response = client(submit=failing, guide=failing).post(EVALUATE + address, json={}, headers={"Accept": accept})
    assert (response.status_code, response.get_json(force=True)["issue"][0]["code"]) == (406, "not-supported")


@pytest.mark.parametrize(("error", "status"), [(NotProcessable("No."), 422), (LedgerUnavailable("Full."), 503)])
@pytest.mark.parametrize("accept", [JSON, FHIR])
def test_a_refusal_is_an_outcome_in_either_rendering(client: Client, accept: str, error: Exception, status: int) -> None:
    def refuse(*_: Any) -> Any:
        raise error

    response = client(submit=refuse, guide=refuse).post(EVALUATE, json={}, headers={"Accept": accept})
    assert (response.status_code, response.get_json(force=True)["resourceType"]) == (status, "OperationOutcome")


def test_the_decision_of_an_answer_in_fhir_is_on_the_log_line(client: Client, log: Lines) -> None:
    client().post(EVALUATE, json={}, headers={"Accept": FHIR})
    assert log.written[-1]["decision_digest"] == canonical.mark("d-1")
