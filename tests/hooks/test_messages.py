"""Requests of CDS clients: what is refused, what is tolerated, and that nothing sent comes back (rows C1 to C9, E2)."""

import copy
from typing import Any

import pytest

from cds.foundation.errors import WrongShape
from cds.hooks import messages

CANARY = "canary-7731"


def request(**changes: Any) -> dict[str, Any]:
    """A legal request with some members changed."""
    document: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": "0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11",
        "context": {"userId": "Practitioner/7", "patientId": "41"},
        "prefetch": {"patient": {"resourceType": "Patient", "id": "41"}, "response": None},
    }
    return copy.deepcopy(document) | changes


def authorization(**changes: Any) -> dict[str, Any]:
    """A legal fhirAuthorization with some members changed."""
    return {"access_token": CANARY, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "us"} | changes


def refusals(document: dict[str, Any]) -> dict[str, str]:
    """The expressions of a refusal and their texts."""
    with pytest.raises(WrongShape) as caught:
        messages.parse(document, hook="patient-view")
    told = {issue.expression: issue.text for issue in caught.value.diagnostics()}
    assert CANARY not in str(told) + str(caught.value)
    return told


def test_a_legal_request_is_read() -> None:
    read = messages.parse(request(), hook="patient-view")
    assert (read.context.patient_id, read.context.user_id, read.prefetch["response"]) == ("41", "Practitioner/7", None)


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
def test_a_missing_required_field_is_refused_by_name(name: str) -> None:
    document = request()
    del document[name]
    assert "missing" in refusals(document)[name]


@pytest.mark.parametrize("name", ["userId", "patientId"])
def test_a_missing_field_of_the_context_is_refused_by_name(name: str) -> None:
    document = request()
    del document["context"][name]
    assert f"context.{name}" in refusals(document)


def test_every_wrong_field_is_named_at_once() -> None:
    assert set(refusals({"hook": 5, "context": {"userId": ""}})) == {"hook", "hookInstance", "context.userId", "context.patientId"}


def test_a_patient_reference_is_accepted_as_its_id() -> None:
    read = messages.parse(request(context={"userId": "PractitionerRole/1", "patientId": "Patient/41"}), hook="patient-view")
    assert read.context.patient_id == "41"


@pytest.mark.parametrize("patient", ["", f"{CANARY} with spaces", "Patient/", f"Group/{CANARY}", 41, None, "x" * 65, f"{CANARY}\n"])
def test_a_patient_id_that_is_no_fhir_id_is_refused(patient: Any) -> None:
    assert "context.patientId" in refusals(request(context={"userId": "Practitioner/7", "patientId": patient}))


def test_another_hook_is_refused() -> None:
    assert "patient-view" in refusals(request(hook=CANARY))["hook"]


def test_an_instance_that_is_no_uuid_is_accepted() -> None:
    assert messages.parse(request(hookInstance="call 17"), hook="patient-view").hook_instance == "call 17"


@pytest.mark.parametrize("wrong", [CANARY, [CANARY], 7, {CANARY: CANARY}, {"patient": [CANARY]}])
def test_a_prefetch_that_is_no_object_of_resources_is_refused(wrong: Any) -> None:
    assert list(refusals(request(prefetch=wrong))) == ["prefetch"]


@pytest.mark.parametrize("absent", [True, False])
def test_a_request_without_prefetch_is_legal(absent: bool) -> None:
    document = request(prefetch=None)
    if absent:
        del document["prefetch"]
    assert messages.parse(document, hook="patient-view").prefetch == {}


def test_unknown_fields_and_extensions_are_tolerated() -> None:
    extension = {"com.epic.cdshooks.request.bpa-trigger-action": "23"}
    document = request(extension=extension, somethingNew=[1], fhirServer="https://ehr.example.org/fhir")
    document["context"]["alsoNew"] = True
    assert messages.parse(document, hook="patient-view").extension == extension


def test_an_extension_that_is_no_object_is_refused() -> None:
    assert list(refusals(request(extension=CANARY))) == ["extension"]


def test_an_authorization_without_a_server_is_refused() -> None:
    assert list(refusals(request(fhirAuthorization=authorization()))) == ["fhirServer"]


@pytest.mark.parametrize("name", ["access_token", "token_type", "expires_in", "scope", "subject"])
def test_an_incomplete_authorization_is_refused_by_field(name: str) -> None:
    incomplete = authorization()
    del incomplete[name]
    document = request(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=incomplete)
    assert list(refusals(document)) == [f"fhirAuthorization.{name}"]


def test_a_token_is_not_in_the_text_of_a_request() -> None:
    document = request(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=authorization())
    assert CANARY not in repr(messages.parse(document, hook="patient-view"))


@pytest.mark.parametrize("server", ["", "ftp://ehr.example.org", "ehr.example.org", 5, f"javascript:{CANARY}"])
def test_a_fhir_server_that_is_no_web_address_is_refused(server: Any) -> None:
    assert list(refusals(request(fhirServer=server))) == ["fhirServer"]
