"""Requests of CDS clients: what is refused, what is tolerated, and that nothing sent comes back (rows C1 to C9, E2)."""

import copy
from typing import Any

import pytest

from cds.foundation.errors import WrongShape
from cds.hooks import contexts, messages

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


def parsed(document: dict[str, Any]) -> messages.HookRequest:
    """The request of a service that needs two keys."""
    return messages.parse(document, hook="patient-view", required=("patient", "response"))


def refusals(document: dict[str, Any]) -> dict[str, str]:
    """The expressions of a refusal and their texts."""
    with pytest.raises(WrongShape) as caught:
        parsed(document)
    told = {issue.expression: issue.text for issue in caught.value.diagnostics()}
    assert CANARY not in str(told) + str(caught.value)
    return told


def test_a_legal_request_is_read() -> None:
    read = parsed(request())
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
    read = parsed(request(context={"userId": "PractitionerRole/1", "patientId": "Patient/41"}))
    assert read.context.patient_id == "41"


@pytest.mark.parametrize("patient", ["", f"{CANARY} with spaces", "Patient/", f"Group/{CANARY}", 41, None, "x" * 65, f"{CANARY}\n"])
def test_a_patient_id_that_is_no_fhir_id_is_refused(patient: Any) -> None:
    assert "context.patientId" in refusals(request(context={"userId": "Practitioner/7", "patientId": patient}))


def test_another_hook_is_refused() -> None:
    assert "patient-view" in refusals(request(hook=CANARY))["hook"]


def test_an_instance_that_is_no_uuid_is_accepted() -> None:
    assert parsed(request(hookInstance="call 17")).hook_instance == "call 17"


@pytest.mark.parametrize("wrong", [CANARY, [CANARY], 7])
def test_a_prefetch_that_is_no_object_is_refused(wrong: Any) -> None:
    assert list(refusals(request(prefetch=wrong))) == ["prefetch"]


@pytest.mark.parametrize("wrong", [CANARY, [CANARY], [], 7, False])
@pytest.mark.parametrize("key", ["patient", "response"])
def test_a_required_key_that_holds_no_resource_is_refused_by_name(key: str, wrong: Any) -> None:
    assert list(refusals(request(prefetch=request()["prefetch"] | {key: wrong}))) == [f"prefetch.{key}"]


@pytest.mark.parametrize("odd", [CANARY, [CANARY], [], 7, False, {}])
@pytest.mark.parametrize("key", ["conditions", CANARY])
def test_any_other_key_refuses_nothing_whatever_it_holds(key: str, odd: Any) -> None:
    assert parsed(request(prefetch=request()["prefetch"] | {key: odd})).prefetch[key] == odd


@pytest.mark.parametrize("absent", [True, False])
def test_a_request_without_prefetch_is_legal(absent: bool) -> None:
    document = request(prefetch=None)
    if absent:
        del document["prefetch"]
    assert parsed(document).prefetch == {}


def test_unknown_fields_and_extensions_are_tolerated() -> None:
    extension = {"com.epic.cdshooks.request.bpa-trigger-action": "23"}
    document = request(extension=extension, somethingNew=[1], fhirServer="https://ehr.example.org/fhir")
    document["context"]["alsoNew"] = True
    assert parsed(document).extension == extension


def test_an_extension_that_is_no_object_is_refused() -> None:
    assert list(refusals(request(extension=CANARY))) == ["extension"]


def test_an_authorization_without_a_server_is_refused() -> None:
    assert list(refusals(request(fhirAuthorization=authorization()))) == ["fhirServer"]


@pytest.mark.parametrize("name", ["access_token", "token_type", "expires_in", "scope", "subject"])
def test_an_incomplete_authorization_is_refused_by_field(name: str) -> None:
    incomplete = authorization()
    del incomplete[name]
    document = request(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=incomplete, prefetch={"patient": None})
    assert list(refusals(document)) == [f"fhirAuthorization.{name}"]


@pytest.mark.parametrize("odd", [CANARY, 5, [], {}, authorization(expires_in="300"), authorization(access_token=""), authorization(scope=None)])
def test_an_authorization_that_cannot_be_read_is_unusable_where_nothing_required_depends_on_it(odd: Any) -> None:
    document = request(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=odd)
    assert parsed(document).fhir_authorization is messages.UNUSABLE
    assert "hook" in refusals(document | {"hook": 5})
    assert list(refusals(document | {"fhirServer": None})) == ["fhirServer"]


def test_a_token_is_not_in_the_text_of_a_request() -> None:
    document = request(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=authorization())
    assert CANARY not in repr(parsed(document))


def test_an_optional_field_that_is_empty_counts_as_absent() -> None:
    context = {"userId": "Practitioner/7", "patientId": "41", "encounterId": ""}
    read = parsed(request(context=context, fhirServer=""))
    assert (read.context.encounter_id, read.fhir_server) == (None, None)
    assert list(refusals(request(fhirServer="", fhirAuthorization=authorization()))) == ["fhirServer"]


@pytest.mark.parametrize("server", ["ftp://ehr.example.org", "ehr.example.org", 5, f"javascript:{CANARY}"])
def test_a_fhir_server_that_is_no_web_address_is_refused(server: Any) -> None:
    assert list(refusals(request(fhirServer=server))) == ["fhirServer"]


ORDERS = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "ServiceRequest", "id": "1"}}, 5]}
CONTEXTS: dict[str, dict[str, Any]] = {
    "patient-view": {},
    "encounter-start": {"encounterId": "e-1"},
    "order-select": {"selections": ["ServiceRequest/1"], "draftOrders": ORDERS},
    "order-sign": {"draftOrders": ORDERS},
}


def called(hook: str, **changes: Any) -> dict[str, Any]:
    """A legal call of the hook with some members of its context changed; None takes one away."""
    members = {"userId": "Practitioner/7", "patientId": "41"} | CONTEXTS[hook] | changes
    return request(hook=hook, context={name: value for name, value in members.items() if value is not None})


def faults(hook: str, document: dict[str, Any]) -> list[str]:
    """The places of a refusal, which repeats nothing that was sent."""
    with pytest.raises(WrongShape) as caught:
        messages.parse(document, hook=hook, required=("patient", "response"))
    assert CANARY not in str([str(caught.value), *caught.value.diagnostics()])
    return [issue.expression for issue in caught.value.diagnostics()]


def test_each_hook_that_is_answered_has_a_version_and_a_request_of_its_own() -> None:
    assert set(CONTEXTS) == set(messages.REQUESTS) == set(contexts.VERSIONS)


@pytest.mark.parametrize("hook", CONTEXTS)
def test_a_legal_call_of_each_hook_is_read(hook: str) -> None:
    read = messages.parse(called(hook, alsoNew=[1]), hook=hook, required=())
    assert (read.hook, read.context.patient_id, read.noted) == (hook, "41", ())
    assert getattr(read.context, "draft_orders", ORDERS) == ORDERS
    assert getattr(read.context, "selections", ["ServiceRequest/1"]) == ["ServiceRequest/1"]


@pytest.mark.parametrize(("hook", "name"), [(hook, name) for hook, more in CONTEXTS.items() for name in ("userId", "patientId", *more)])
def test_a_field_that_a_hook_needs_is_refused_by_name_where_it_lacks(hook: str, name: str) -> None:
    assert faults(hook, called(hook, **{name: None})) == [f"context.{name}"]


@pytest.mark.parametrize("hook", ["patient-view", "order-select", "order-sign"])
def test_where_no_encounter_is_needed_an_empty_one_counts_as_absent(hook: str) -> None:
    assert messages.parse(called(hook, encounterId=""), hook=hook, required=()).context.encounter_id is None


def test_an_encounter_that_starts_has_an_id() -> None:
    assert faults("encounter-start", called("encounter-start", encounterId="")) == ["context.encounterId"]


@pytest.mark.parametrize("hook", CONTEXTS)
@pytest.mark.parametrize("other", [*CONTEXTS, CANARY])
def test_of_a_call_of_another_hook_only_that_is_told(hook: str, other: str) -> None:
    if hook != other:
        assert faults(hook, {"hook": other}) == ["hook"]


@pytest.mark.parametrize("wrong", [CANARY, [CANARY], {}, {"resourceType": CANARY}, {"resourceType": "Bundle", "entry": CANARY}, 7])
@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_draft_orders_that_are_no_bundle_are_refused(hook: str, wrong: Any) -> None:
    assert faults(hook, called(hook, draftOrders=wrong)) == ["context.draftOrders"]


@pytest.mark.parametrize("wrong", [CANARY, [], {}, 7])
def test_selections_that_are_no_list_of_names_are_refused(wrong: Any) -> None:
    assert faults("order-select", called("order-select", selections=wrong)) == ["context.selections"]


@pytest.mark.parametrize("wrong", ["", 7, None, [CANARY]])
def test_a_selection_that_is_no_text_is_refused_at_its_place(wrong: Any) -> None:
    assert faults("order-select", called("order-select", selections=["ServiceRequest/1", wrong])) == ["context.selections.1"]


def test_a_selection_that_is_no_reference_is_taken_and_noted() -> None:
    read = messages.parse(called("order-select", selections=["ServiceRequest/1", CANARY]), hook="order-select", required=())
    assert read.noted == (contexts.ODD_SELECTION,)


@pytest.mark.parametrize("hook", CONTEXTS)
@pytest.mark.parametrize("kind", sorted(contexts.USERS))
def test_every_type_of_user_is_taken_at_every_hook(hook: str, kind: str) -> None:
    assert messages.parse(called(hook, userId=f"{kind}/e-Q.1"), hook=hook, required=()).noted == ()


@pytest.mark.parametrize("user", [CANARY, "7", f"Device/{CANARY}", "Practitioner/", f"https://ehr.example.org/{CANARY}"])
def test_a_user_of_another_kind_is_taken_and_noted_in_our_words(user: str) -> None:
    assert messages.parse(called("patient-view", userId=user), hook="patient-view", required=()).noted == (contexts.ODD_USER,)


def test_an_instance_that_is_no_uuid_is_noted_in_our_words() -> None:
    assert parsed(request(hookInstance=CANARY)).noted == (messages.ODD_INSTANCE,)
