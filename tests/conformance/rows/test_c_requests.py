"""Rows C: what a request must have, and what clients are known to bend."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cds.audit.keys import keymaking
from cds.audit.rows import Search
from cds.foundation.errors import CdsError
from cds.foundation.settings import Settings
from cds.service import application
from cds.values.record import AuditRecord, RefusalRecord
from cds.web.application import create_app
from tests.conformance.rows import scenes
from tests.conformance.rows.served import Served
from tests.conformance.rows.target import MAIN, Answer, Target, grant, said
from tests.tokens import Issuer

EPIC = {"com.epic.cdshooks.request.bpa-trigger-action": "18", "com.epic.cdshooks.request.cds-hooks-su-version": "2.0"}


def whole(target: Target, **changes: Any) -> dict[str, Any]:
    """A call that nothing is wrong with, but for the changes."""
    return target.request(scenes.scene(scenes.EMERGENCY), **changes)


def places(answer: Answer) -> set[str]:
    """The elements that a refusal names."""
    return {place for issue in answer.json["issue"] for place in issue.get("expression", ())}


def recorded(served: Served) -> Iterator[Any]:
    """The records, the newest first."""
    return (one.entry for one in served.ledger.records(Search(newest_first=True)))


def test_c1_a_request_without_one_of_the_three_is_refused_by_its_name(target: Target) -> None:
    for element in ("hook", "hookInstance", "context"):
        answer = target.call(whole(target, **{element: None}))
        assert answer.status == 400, element
        assert element in places(answer)


def test_c2_a_hook_instance_that_is_no_uuid_is_taken_and_noted(served: Served) -> None:
    for odd in ("not-a-uuid", "12345", "urn:uuid:" + str(uuid.uuid4()) + "x"):
        assert served.target.call(whole(served.target, hookInstance=odd)).cards
        newest = next(recorded(served))
        assert isinstance(newest, AuditRecord)
        assert any("hookInstance" in note for note in newest.opened.noted)


def test_c2_a_hook_instance_that_comes_again_is_a_call_of_its_own(served: Served) -> None:
    request = whole(served.target)
    cards = [card["uuid"] for _ in range(2) for card in served.target.call(request).cards]
    assert len(cards) == len(set(cards))
    first, second = (one for _, one in zip(range(2), recorded(served), strict=False))
    assert first.hook_instance == second.hook_instance == request["hookInstance"]
    assert first.decision_id != second.decision_id


def test_c3_an_authorization_without_a_server_is_refused_and_no_server_is_guessed(target: Target) -> None:
    with target.stub.holding(scenes.scene(scenes.EMERGENCY).resources):
        prefetches: list[Any] = [{}, whole(target)["prefetch"]]
        for prefetch in prefetches:
            answer = target.call(whole(target, prefetch=prefetch, fhirAuthorization=grant()))
            assert answer.status == 400
            assert "fhirServer" in places(answer)
        assert target.stub.asked == []


def test_c4_a_client_whose_server_is_not_https_is_refused_in_production(tmp_path: Path) -> None:
    clients = Issuer("ehr").write(tmp_path, fhir_server="http://fhir.example.org/r4")
    with pytest.raises(CdsError) as refused:
        application.start(Settings(mode="production", public_url="https://cds.example.org", clients=clients), audited=False)
    assert "fhir_server" in " ".join(f"{one.expression} {one.text}" for one in refused.value.diagnostics())


def test_c4_in_production_nothing_is_sent_to_a_server_that_is_not_https(target: Target, tmp_path: Path) -> None:
    issuer, base = Issuer("ehr"), "https://cds.example.org"
    clients = issuer.write(tmp_path, fhir_server="https://fhir.example.org/r4")
    keymaking.make(tmp_path / "keys.toml")
    ledger = {"audit_url": f"sqlite:///{tmp_path}/audit.sqlite3", "audit_keys": tmp_path / "keys.toml"}
    started = application.start(Settings.model_validate({"mode": "production", "public_url": base, "clients": clients} | ledger))
    client = create_app(started).test_client()
    try:
        with target.stub.holding(scenes.scene(scenes.EMERGENCY).resources):
            for server in (target.stub.url, "http://fhir.example.org/r4"):
                headers = {"Authorization": issuer.bearer(f"{base}/cds-services/{MAIN}")}
                request = target.handed(scenes.scene(scenes.EMERGENCY), fhirServer=server)
                assert client.post(f"/cds-services/{MAIN}", json=request, headers=headers).status_code == 412
            assert target.stub.asked == []
    finally:
        application.stop(started)


def test_c5_a_context_without_its_patient_is_refused_by_name(target: Target) -> None:
    for context in ({"userId": "Practitioner/1"}, {"userId": "Practitioner/1", "patientId": ""}, {"userId": "Practitioner/1", "patientId": "a b"}):
        answer = target.call(whole(target, context=context))
        assert answer.status == 400
        assert "context.patientId" in places(answer)


def test_c5_each_hook_is_held_to_its_own_context(target: Target) -> None:
    needed = {"encounter-start": {"encounterId"}, "order-select": {"selections", "draftOrders"}, "order-sign": {"draftOrders"}}
    hooks = {one["hook"]: one["id"] for one in target.services()}
    assert needed.keys() <= hooks.keys()
    for hook, names in needed.items():
        for name in names:
            request = target.request(scenes.scene(scenes.EMERGENCY), hooks[hook])
            lacking = {key: value for key, value in request["context"].items() if key != name}
            answer = target.call(request | {"context": lacking}, hooks[hook])
            assert answer.status == 400, (hook, name)
            assert f"context.{name}" in places(answer)


def test_c5_users_of_any_type_are_taken_and_other_fields_passed_over(target: Target) -> None:
    request = whole(target)
    for user in ("Practitioner/1", "PractitionerRole/1", "Patient/1", "RelatedPerson/1"):
        more = request["context"] | {"userId": user, "somethingElse": {"of": "theirs"}}
        assert target.call(request | {"context": more, "hookInstance": scenes.fresh()}).cards


def test_c5_a_hook_that_is_not_that_of_the_service_is_refused(target: Target) -> None:
    answer = target.call(whole(target, hook="medication-prescribe"))
    assert answer.status == 400
    assert "hook" in places(answer)


def test_c6_extensions_and_elements_that_nobody_knows_do_no_harm(target: Target) -> None:
    plain = said(target.call(whole(target)))
    for more in ({"extension": EPIC}, {"extension": {"com.epic.cdshooks.request": {"deep": [EPIC]}}}, {"vendorField": {"x": 1}}):
        assert said(target.call(whole(target, **more))) == plain


def test_c7_a_request_without_prefetch_is_answered_or_412(target: Target) -> None:
    for entry in target.services():
        answer = target.call(target.request(scenes.scene(scenes.EMERGENCY), entry["id"], prefetch=None), entry["id"])
        assert answer.status == 412
        assert answer.json["resourceType"] == "OperationOutcome"


def test_c8_resources_of_another_version_of_fhir_are_refused_with_the_reason(target: Target) -> None:
    request = whole(target)
    old = scenes.scene(scenes.EMERGENCY).newest("QuestionnaireResponse")
    stu3 = {**old, "questionnaire": {"reference": f"Questionnaire/{MAIN}"}}
    answer = target.call(request | {"prefetch": request["prefetch"] | {"response": stu3}})
    assert answer.status in (412, 422)
    assert "R4" in answer.json["issue"][0]["diagnostics"]


def test_c9_another_patient_is_refused_and_recorded(served: Served) -> None:
    request = whole(served.target)
    other = request["prefetch"]["patient"] | {"id": "somebody-else"}
    answer = served.target.call(request | {"prefetch": request["prefetch"] | {"patient": other}})
    assert answer.status == 422
    assert "cards" not in answer.json
    newest = next(recorded(served))
    assert isinstance(newest, RefusalRecord)
    assert "patient" in newest.cause


def test_c9_a_response_of_somebody_else_counts_as_absent_and_is_recorded(served: Served) -> None:
    request = whole(served.target)
    foreign = scenes.scene(scenes.EMERGENCY).newest("QuestionnaireResponse") | {"subject": {"reference": "Patient/somebody-else"}}
    answer = served.target.call(request | {"prefetch": request["prefetch"] | {"response": foreign}})
    assert [card["indicator"] for card in answer.cards if card["indicator"] == "critical"] == []
    assert next(recorded(served)).opened.skipped


def test_c9_a_reference_to_the_patient_is_taken_as_the_bare_id(target: Target) -> None:
    request = whole(target)
    named = request["context"] | {"patientId": f"Patient/{request['context']['patientId']}"}
    assert said(target.call(request | {"context": named})) == said(target.call(request))
