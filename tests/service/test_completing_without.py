"""A call of whose record nothing could be fetched: what is offered then, and what is not refused. Servers are real, on loopback."""

from typing import Any

import pytest

from cds.foundation.errors import DataMissing, WrongShape
from cds.service import completing, hook
from cds.service.application import Application
from tests.foundation.server import serving
from tests.service import records
from tests.service.conftest import Knee
from tests.service.messages import patient
from tests.service.test_completing import assessed, call, failing, granted, record, sick


def test_without_a_response_and_with_a_record_that_could_not_be_fetched_the_form_is_offered(knee: Knee, knees: Application) -> None:
    sent = {"patient": patient(), "response": None, "temperature": None}
    with serving(records.answering(sick(knee), failing("Condition"))) as server:
        (card,) = hook.answer(knees, "sore-knee", call(server, sent))["cards"]
        assert hook.answer(knees, "sore-knee", call(server, sent | {"conditions": None}))["cards"] == []
    assert card["links"][0]["url"].endswith("/form/sore-knee")
    assert record(knees).outcome == "no response and no trigger on record: no card"


@pytest.mark.parametrize("changes", [{"fhirServer": "https://ehr.example.org/fhir"}, {"fhirAuthorization": {"access_token": 5}}])
def test_a_server_that_is_not_asked_for_the_record_is_a_failure_and_no_silence(knee: Knee, knees: Application, changes: dict[str, Any]) -> None:
    sent = {"patient": patient(), "response": None}
    with serving(records.answering(sick(knee))) as server:
        assert len(hook.answer(knees, "sore-knee", call(server, sent, **changes))["cards"]) == 1
        assert hook.answer(knees, "sore-knee", call(server, sent | {"conditions": None}, **changes))["cards"] == []
    assert server.asked == []


def test_an_authorization_that_cannot_be_read_refuses_no_call_that_brings_what_is_required(knee: Knee, knees: Application) -> None:
    sent = {"patient": patient(), "response": knee.response({"locked": "yes"})}
    with serving(records.answering(sick(knee))) as server:
        told = assessed(knees, call(server, sent, fhirAuthorization=granted(expires_in="300")))
        with pytest.raises(WrongShape):
            hook.answer(knees, "sore-knee", call(server, {"patient": patient()}, fhirAuthorization=granted(expires_in="300")))
    assert (told["triage"]["urgency"], told["problems"], server.asked) == ("urgent", [completing.NO_BEARER], [])


@pytest.mark.parametrize("patient_of_token", ["p-1", "Patient/p-1", "", None])
def test_a_token_for_the_patient_of_the_context_is_used(knee: Knee, knees: Application, patient_of_token: Any) -> None:
    sent = {"patient": patient(), "response": knee.response(), "temperature": None}
    with serving(records.answering(sick(knee))) as server:
        told = assessed(knees, call(server, sent, fhirAuthorization=granted(patient=patient_of_token)))
    assert told["problems"] == []
    assert len(server.asked) == 1


def test_a_token_for_another_patient_is_not_used(knee: Knee, knees: Application) -> None:
    sent = {"patient": patient(), "response": knee.response({"locked": "yes"})}
    with serving(records.answering(sick(knee))) as server:
        told = assessed(knees, call(server, sent, fhirAuthorization=granted(patient="p-2")))
        with pytest.raises(DataMissing, match="another patient"):
            hook.answer(knees, "sore-knee", call(server, {}, fhirAuthorization=granted(patient="p-2")))
    assert (told["triage"]["urgency"], told["problems"], server.asked) == ("urgent", [completing.OTHER_PATIENT], [])
