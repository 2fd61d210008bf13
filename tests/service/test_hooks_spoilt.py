"""Calls of the hooks of orders with anything in them: cards or a refusal that says what to do, never a fault, and never an echo."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.foundation import schemas
from cds.foundation.errors import DataMissing, NotJson, NotProcessable, TooLarge, WrongShape
from cds.service import hook
from cds.service.application import Application
from cds.values.release import HookService
from tests.fuzz.messages import CANARY, spoilt
from tests.releases import knees
from tests.service import messages
from tests.service.messages import bundle, patient

WHOSE = {"reference": f"Patient/{messages.PATIENT}"}
SCAN = {"resourceType": "ServiceRequest", "id": CANARY, "status": "draft", "intent": "order", "subject": WHOSE, "code": {"text": CANARY}}
PILL = {
    **{"resourceType": "MedicationRequest", "id": "2", "status": "draft", "intent": "order", "subject": WHOSE},
    **{"medicationReference": {"reference": "#m"}, "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": CANARY}}]},
    "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 400, "code": "mg", "system": messages.UCUM}}], "timing": {"repeat": {}}}],
}


@pytest.fixture(scope="module")
def ordering(knees_loaded: Application) -> Application:
    """The service on the invented condition at the hooks of orders, without a ledger."""
    release = knees_loaded.releases[knees.NAME]
    services = tuple(HookService(name, "A title", "A description") for name in ("order-sign", "order-select"))
    return replace(knees_loaded, releases={knees.NAME: replace(release, cards=replace(release.cards, services=services))})


def calls(form: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A call of either hook that is right."""
    response = messages.response(form, {**messages.WELL, "locked": "yes"})
    context = {"userId": "Practitioner/1", "patientId": messages.PATIENT, "selections": ["ServiceRequest/1"], "draftOrders": bundle(SCAN, PILL)}
    hooks = st.sampled_from(["order-sign", "order-select"])
    return hooks.map(lambda name: copy.deepcopy(messages.hook({"patient": patient(), "response": response}, hook=name, context=context)))


@given(data=st.data())
def test_a_spoilt_call_is_answered_or_refused(ordering: Application, data: st.DataObject) -> None:
    form = dict(ordering.releases[knees.NAME].questionnaire)
    message = data.draw(spoilt(calls(form)))
    name = message.get("hook") if isinstance(message, dict) else None
    service = f"{knees.NAME}-order-select" if name == "order-select" else knees.NAME
    try:
        answer = hook.answer(ordering, service, json.dumps(message).encode())
    except (DataMissing, NotJson, NotProcessable, TooLarge, WrongShape) as refusal:
        assert CANARY not in str([refusal.text, *refusal.diagnostics()])
        return
    assert schemas.problems("cds-hooks-response", answer) == []
    assert CANARY not in json.dumps(answer)
