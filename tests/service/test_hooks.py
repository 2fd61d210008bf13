"""One release at several hooks: each under an id of its own, each held to its context, and one decision at all of them."""

from dataclasses import replace
from typing import Any

import pytest

from cds.foundation.errors import NotFound, NotProcessable, WrongShape
from cds.service import feedback, hook
from cds.service.application import Application
from cds.values.record import FeedbackRecord
from cds.values.release import HookService
from tests.releases import knees
from tests.service import entries, messages
from tests.service.conftest import Knee
from tests.service.messages import bundle, patient

HOOKS = ("patient-view", "encounter-start", "order-select", "order-sign")
IDS = {name: knees.NAME if name == "patient-view" else f"{knees.NAME}-{name}" for name in HOOKS}
WHOSE = {"reference": "Patient/p-1"}
ORDER = {"resourceType": "ServiceRequest", "id": "1", "status": "draft", "intent": "order", "subject": WHOSE, "code": {"text": "A scan"}}
MORE: dict[str, dict[str, Any]] = {
    "patient-view": {},
    "encounter-start": {"encounterId": "e-1"},
    "order-select": {"selections": ["ServiceRequest/1"], "draftOrders": bundle(ORDER)},
    "order-sign": {"draftOrders": bundle(ORDER)},
}


@pytest.fixture
def everywhere(knee: Knee) -> Application:
    """The service on the invented condition, offered at every hook."""
    release = knee.app.releases[knees.NAME]
    services = tuple(HookService(name, f"Sore knee at {name}", "Says how urgent a sore knee is.") for name in HOOKS)
    return replace(knee.app, releases={knees.NAME: replace(release, cards=replace(release.cards, services=services))})


def asked(app: Application, name: str, response: Any, **context: Any) -> list[dict[str, Any]]:
    """The cards at the service of that hook."""
    members = {"userId": "Practitioner/1", "patientId": "p-1"} | MORE[name] | context
    call = messages.hook({"patient": patient(), "response": response}, hook=name, context=members)
    cards: list[dict[str, Any]] = hook.answer(app, IDS[name], messages.body(call))["cards"]
    return cards


def recorded(app: Application) -> Any:
    """The newest record."""
    assert app.ledger
    return entries.newest(app).record


def decided(app: Application) -> dict[str, Any]:
    """What the newest record says of the decision, without its id and its cards."""
    return {name: value for name, value in recorded(app).assessment.items() if name not in ("decisionId", "cards")}


def test_feedback_at_another_service_of_ours_is_joined_to_the_card_all_the_same(everywhere: Application, knee: Knee) -> None:
    card = asked(everywhere, "encounter-start", knee.response({"locked": "yes"}))[0]
    item = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2030-06-15T12:30:00Z"}
    (told,) = feedback.take(everywhere, IDS["order-sign"], messages.body({"feedback": [item]}))["items"]
    assert (told["status"], told["card"]) == ("recorded", card["uuid"])
    assert everywhere.ledger
    found = entries.newest(everywhere).entry
    assert isinstance(found, FeedbackRecord)
    assert (found.service, found.decision_id) == (IDS["order-sign"], card["extension"]["org.back-pain-cds.decision"]["decisionId"])


def test_discovery_lists_each_hook_under_an_id_of_its_own_with_the_same_prefetch(everywhere: Application) -> None:
    services = hook.discovery(everywhere)["services"]
    assert {one["hook"]: one["id"] for one in services} == IDS
    assert {one["hookVersion"] for one in services} == {"1.0"}
    assert [one["title"] for one in services] == [f"Sore knee at {name}" for name in HOOKS]
    assert all(one["prefetch"] == services[0]["prefetch"] for one in services)


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_decides_the_same(everywhere: Application, knee: Knee, name: str) -> None:
    response = knee.response({"locked": "yes"})
    first = asked(everywhere, "patient-view", response)
    told = decided(everywhere)
    again = asked(everywhere, name, response)
    assert decided(everywhere) == told
    assert recorded(everywhere).channel == f"hook:{IDS[name]}"
    assert [card["detail"] for card in again] == [card["detail"] for card in first]


@pytest.mark.parametrize(("name", "other"), [(name, other) for name in HOOKS for other in HOOKS if name != other])
def test_a_service_answers_its_own_hook_only(everywhere: Application, name: str, other: str) -> None:
    call = messages.hook({"patient": patient(), "response": None}, hook=other)
    with pytest.raises(WrongShape) as caught:
        hook.answer(everywhere, IDS[name], messages.body(call))
    assert [one.expression for one in caught.value.diagnostics()] == ["hook"]


@pytest.mark.parametrize("name", ["order-select", "order-sign"])
@pytest.mark.parametrize(
    "order",
    [
        {"resourceType": "ProcedureRequest", "id": "1"},
        {"resourceType": "MedicationOrder", "id": "1"},
        {"resourceType": "ServiceRequest", "id": "1", "code": {"concept": {"text": "A scan"}}},
        {"resourceType": "MedicationRequest", "id": "1", "medication": {"concept": {"text": "A medicine"}}},
    ],
)
def test_orders_of_another_version_of_fhir_are_refused_with_the_reason(everywhere: Application, knee: Knee, name: str, order: Any) -> None:
    with pytest.raises(NotProcessable) as caught:
        asked(everywhere, name, knee.response(), draftOrders=bundle(ORDER, order))
    assert (caught.value.expression, "FHIR R4" in caught.value.text) == ("context.draftOrders", True)


@pytest.mark.parametrize("entries", [[], [5], [{}], [{"resource": "x"}], [{"resource": {"resourceType": "ServiceRequest", "code": []}}]])
def test_an_order_that_cannot_be_read_breaks_nothing(everywhere: Application, knee: Knee, entries: list[Any]) -> None:
    response = knee.response({"locked": "yes"})
    (first,) = asked(everywhere, "patient-view", response)
    cards = asked(everywhere, "order-sign", response, draftOrders={"resourceType": "Bundle", "entry": entries})
    assert [card["summary"] for card in cards] == [first["summary"]]
    assert recorded(everywhere).assessment["problems"] == []
    assert bool(recorded(everywhere).opened.skipped) == bool(entries)


def test_at_a_hook_of_orders_a_patient_without_a_response_and_the_complaint_gets_no_card(everywhere: Application) -> None:
    assert asked(everywhere, "order-sign", None) == []


@pytest.mark.parametrize("service", ["", "sore-knee-", "sore-knee-patient-view", "order-sign", "SORE-KNEE"])
def test_no_other_id_is_a_service(everywhere: Application, service: str) -> None:
    with pytest.raises(NotFound, match="GET /cds-services"):
        hook.answer(everywhere, service, b"{}")
