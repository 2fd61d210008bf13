"""A hook call that names a FHIR server: what it did not bring is fetched there, and what cannot be had is told. Servers are real, on loopback."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.errors import CdsError, DataMissing, NotProcessable
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import OriginPolicy
from cds.service import completing, evaluate, explain, hook
from cds.service.application import Application
from tests.examples import test_patients
from tests.foundation import server as servers
from tests.foundation.server import Server, serving
from tests.service import entries, messages, records
from tests.service.conftest import Knee
from tests.service.messages import CANARY, condition, patient

SORE = "30989003"
SWOLLEN = "202381003"
KEYS = {
    "patient": "/fhir/Patient/p-1",
    "response": "/fhir/QuestionnaireResponse?",
    "conditions": "/fhir/Condition?",
    "temperature": "/fhir/Observation?",
}


def record(app: Application) -> Any:
    """The newest record of the ledger."""
    assert app.ledger
    return entries.newest(app).record


def granted(token: str = CANARY, **changes: Any) -> dict[str, Any]:
    """A token of the client."""
    return {"access_token": token, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "cds"} | changes


def call(server: Server | None, sent: dict[str, Any], **changes: Any) -> bytes:
    """A call with this prefetch and the address of the server."""
    where = {"fhirServer": server.url, "fhirAuthorization": granted()} if server else {}
    return messages.body(messages.hook(sent, **where | changes))


def sick(knee: Knee) -> list[dict[str, Any]]:
    """The record of somebody whose knee is swollen and hot, as the server has it."""
    hot = {"resourceType": "Observation", "id": "o-1", "status": "final", "subject": {"reference": "Patient/p-1"}}
    hot |= {"effectiveDateTime": "2030-06-15T10:00:00Z", "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}}
    hot |= {"valueQuantity": {"value": 39.5, "system": messages.UCUM, "code": "Cel"}}
    return [patient(), knee.response(), condition(SWOLLEN), condition(SORE, id="c-2"), hot]


def everything(knee: Knee) -> dict[str, Any]:
    """The same, sent as a prefetch."""
    return {key: records.found_at(sick(knee), f"{target}{query(key)}") for key, target in KEYS.items()}


def query(key: str) -> str:
    """The query of the key's template."""
    return {"patient": "", "temperature": "patient=p-1&code=http://loinc.org|8310-5"}.get(key, "patient=p-1")


def assessed(app: Application, body: bytes) -> dict[str, Any]:
    """The assessment of a call, with ids that are the same each time."""
    return evaluate.assess_file(replace(app, new_id=lambda: "d-1"), body)


def test_a_call_with_a_server_alone_gives_the_assessment_of_a_whole_prefetch(knee: Knee, knees: Application) -> None:
    with serving(records.answering(sick(knee))) as server:
        fetched = assessed(knees, call(server, {}))
    assert fetched == assessed(knees, call(None, everything(knee)))
    assert fetched["triage"]["urgency"] == "emergency"
    assert (fetched["notChecked"], fetched["problems"]) == ([], [])
    assert {fact["of"] for fact in fetched["facts"].values() if fact["source"] == "ehr"} == {"Condition/c-1", "Observation/o-1", "Patient/p-1"}


def test_every_request_carries_the_token(knee: Knee, knees: Application) -> None:
    with serving(records.answering(sick(knee))) as server:
        assessed(knees, call(server, {}))
    assert len(server.asked) == len(KEYS)
    assert {one.headers.get("Authorization") for one in server.asked} == {f"Bearer {CANARY}"}


def test_a_server_that_asks_for_no_token_is_read_without_one(knee: Knee, knees: Application) -> None:
    with serving(records.answering(sick(knee))) as server:
        assert assessed(knees, call(server, {}, fhirAuthorization=None))["notChecked"] == []
    assert {one.headers.get("Authorization") for one in server.asked} == {None}


@pytest.mark.parametrize("key", KEYS)
def test_only_the_key_that_lacks_is_fetched(knee: Knee, knees: Application, key: str) -> None:
    sent = everything(knee)
    with serving(records.answering(sick(knee))) as server:
        fetched = assessed(knees, call(server, {name: value for name, value in sent.items() if name != key}))
    assert [one.target.startswith(KEYS[key]) for one in server.asked] == [True]
    assert fetched == assessed(knees, call(None, sent))


def test_null_is_an_answer_and_nothing_is_fetched_for_it(knees: Application) -> None:
    with serving(records.answering([])) as server:
        body = call(server, {"patient": patient(), "response": None, "conditions": None, "temperature": None})
        assert hook.answer(knees, "sore-knee", body) == {"cards": []}
    assert server.asked == []


def test_a_patient_without_a_response_on_the_server_is_offered_the_form(knees: Application) -> None:
    with serving(records.answering([patient(), condition(SORE)])) as server:
        (card,) = hook.answer(knees, "sore-knee", call(server, {}))["cards"]
    assert card["summary"] == "A sore knee is on record. Offer the form."


def failing(part: str, status: int = 500) -> Callable[[str], int | None]:
    """Fails on targets with this part."""
    return lambda target: status if part in target else None


@pytest.mark.parametrize("status", [204, 302, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("key", ["conditions", "temperature"])
def test_what_is_optional_and_cannot_be_had_counts_as_a_failure_of_the_client(knee: Knee, knees: Application, key: str, status: int) -> None:
    with serving(records.answering(sick(knee), failing(KEYS[key], status))) as server:
        fetched = assessed(knees, call(server, {}))
    outcome: dict[str, Any] = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    failed = assessed(knees, call(None, everything(knee) | {key: outcome}))
    kind = "the server answered with a redirect, which is not followed" if status == 302 else f"the server answered with status {status}"
    assert fetched.pop("problems") == [f"{key}: not fetched: {kind}."]
    assert failed.pop("problems") == [f"{key}: the client could not get it."]
    assert fetched == failed
    assert fetched["notChecked"] == [key]


@pytest.mark.parametrize("status", [302, 401, 403, 404, 500])
@pytest.mark.parametrize("key", ["patient", "response"])
def test_what_is_required_and_cannot_be_had_is_missing_with_the_reason(knee: Knee, knees: Application, key: str, status: int) -> None:
    with serving(records.answering(sick(knee), failing(KEYS[key], status))) as server, pytest.raises(DataMissing) as caught:
        hook.answer(knees, "sore-knee", call(server, {}))
    assert [one.expression for one in caught.value.diagnostics()] == [f"prefetch.{key}"]
    assert caught.value.text.startswith(f"The prefetch lacks {key}. ")
    assert f"{key}: not fetched: the server answered with" in caught.value.text
    assert str(server.port) not in caught.value.text
    assert CANARY not in repr(caught.value.diagnostics())


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_the_budget(knee: Knee, knees: Application) -> None:
    with closing(Outbound(OriginPolicy(loopback=True), Budget(connect=0.2, total=0.3))) as hasty, serving(lambda _, held: _wait(held)) as server:
        app = replace(knees, outbound=hasty)
        with pytest.raises(DataMissing, match="did not answer in time"):
            hook.answer(app, "sore-knee", call(server, {}))
        told = assessed(app, call(server, {"patient": patient(), "response": knee.response({"locked": "yes"})}))
    assert told["triage"]["urgency"] == "urgent"
    assert told["notChecked"] == ["conditions", "temperature"]
    assert told["problems"] == [f"{key}: not fetched: the server did not answer in time." for key in ("conditions", "temperature")]


def _wait(server: Server) -> None:
    server.over.wait()


def test_the_pages_that_the_client_left_out_are_fetched(knee: Knee, knees: Application) -> None:
    first = records.found_at([condition(SORE)], "/fhir/Condition?patient=p-1")
    first["link"] = [{"relation": "next", "url": "Condition?patient=p-1"}]
    with serving(records.answering(sick(knee))) as server:
        first["link"][0]["url"] = f"{server.url}/Condition?patient=p-1&more=1"
        whole = assessed(knees, call(server, everything(knee) | {"conditions": first}))
        cut = assessed(knees, call(None, everything(knee) | {"conditions": first}))
    assert (whole["triage"]["urgency"], whole["notChecked"]) == ("emergency", [])
    assert whole["facts"]["swelling"]["of"] == "Condition/c-1"
    assert (cut["triage"]["urgency"] != "emergency", cut["notChecked"]) == (True, ["conditions"])


def test_a_page_that_cannot_be_had_leaves_its_key_unchecked(knee: Knee, knees: Application) -> None:
    first = everything(knee)["conditions"] | {"link": [{"relation": "next", "url": "http://ehr.example.org/next"}]}
    with serving(records.answering([])) as server:
        told = assessed(knees, call(server, everything(knee) | {"conditions": first}))
    assert server.asked == []
    assert told["notChecked"] == ["conditions"]
    assert told["problems"][0].startswith("conditions: a further page was not fetched: ")


def test_a_patient_of_another_id_is_not_this_patient(knee: Knee, knees: Application) -> None:
    with serving(records.answering(sick(knee))) as server, pytest.raises(NotProcessable):
        hook.answer(knees, "sore-knee", call(server, {"patient": patient(id="p-2")}))
    with serving(servers.resource(patient(id="p-2"))) as server, pytest.raises(DataMissing, match="something else"):
        hook.answer(knees, "sore-knee", call(server, {"response": knee.response()}))


@pytest.mark.parametrize("where", ["http://ehr.example.org/fhir", "http://127.0.0.1.nip.io/fhir", "http://0177.0.0.1/fhir", "http://10.0.0.1/"])
def test_of_a_server_that_is_not_trusted_nothing_is_fetched_and_the_assessment_says_so(knee: Knee, knees: Application, where: str) -> None:
    sent = {"patient": patient(), "response": knee.response({"locked": "yes"})}
    told, without = assessed(knees, call(None, sent, fhirServer=where)), assessed(knees, call(None, sent))
    assert told["problems"] == [completing.UNTRUSTED]
    assert (told["triage"], told["notChecked"], told["facts"]) == (without["triage"], without["notChecked"], without["facts"])
    with pytest.raises(DataMissing, match="not a server that this service fetches from"):
        hook.answer(knees, "sore-knee", call(None, {"patient": patient()}, fhirServer=where))
    assert assessed(knees, call(None, everything(knee), fhirServer=where))["problems"] == []


def test_where_nothing_is_trusted_nothing_is_fetched(knee: Knee) -> None:
    with closing(Outbound(OriginPolicy(loopback=False))) as closed, serving(records.answering(sick(knee))) as server, pytest.raises(DataMissing):
        hook.answer(replace(knee.app, outbound=closed), "sore-knee", call(server, {}))
    assert server.asked == []


@pytest.mark.parametrize("grant", [granted(token_type="mac"), granted("two words"), granted("a\r\nX-Other: b")])
def test_a_token_that_is_no_bearer_token_is_not_sent_and_nothing_is_fetched(knee: Knee, knees: Application, grant: dict[str, Any]) -> None:
    with serving(records.answering(sick(knee))) as server:
        told = assessed(knees, call(server, {"patient": patient(), "response": None}, fhirAuthorization=grant))
        assert assessed(knees, call(server, {}, fhirAuthorization=granted(token_type="bearer")))["problems"] == []
    assert told["problems"] == [completing.NO_BEARER]
    assert len(server.asked) == len(KEYS)


def test_neither_token_nor_address_is_kept_or_told(knee: Knee, knees: Application) -> None:
    with serving(records.answering(sick(knee), failing("Observation"))) as server:
        where = f"{server.url}/{CANARY}"
        sent = everything(knee)
        body = call(server, {key: sent[key] for key in ("patient", "response")}, fhirServer=where)
        answers = [hook.answer(knees, "sore-knee", body), explain.explain(knees, record(knees).decision_id)]
        errors = [refused(knees, call(server, {}, fhirServer=where)), refused(knees, call(None, {}, fhirServer=f"http://{CANARY}/"))]
    assert server.asked
    written = b"".join(one.read_bytes() for one in Path(knees.settings.audit_url.removeprefix("sqlite:///")).parent.glob("audit.sqlite3*"))
    told = json.dumps(answers) + repr(errors) + repr(knees) + written.decode("latin-1")
    assert "not fetched" in told
    assert CANARY not in told
    assert str(server.port) not in json.dumps(answers) + repr(errors)


def refused(app: Application, body: bytes) -> Any:
    """What is told of a call that is refused, causes included."""
    with pytest.raises(CdsError) as caught:
        hook.answer(app, "sore-knee", body)
    return caught.value.diagnostics(), str(caught.value), repr(caught.value.__cause__), repr(caught.value.__context__)


def test_without_a_server_to_fetch_from_the_library_is_not_even_loaded() -> None:
    code = "import sys, cds.cli.main, cds.web.application; print('httpcore' in sys.modules, 'cds.foundation.outbound.calls' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split() == ["False", "True"]


@pytest.mark.skipif(not test_patients.PATIENTS, reason="../shared is absent")
@pytest.mark.parametrize("path", test_patients.PATIENTS, ids=lambda path: path.stem)
def test_a_real_record_on_a_server_gives_the_assessment_of_the_record_sent(backs_loaded: Application, patience: Outbound, path: Path) -> None:
    app = replace(backs_loaded, outbound=patience)
    release = app.releases["low-back-pain"]
    resources = test_patients.as_of_a_server(path)
    who = next(one["id"] for one in resources if one["resourceType"] == "Patient")
    subject = {"reference": f"Patient/{who}"}
    resources.append(messages.response(release.questionnaire, {"age": 40, "lbp-present": "yes", "rf-saddle": "no"}, subject=subject))
    context = {"userId": "Practitioner/1", "patientId": who}
    targets = {key: template.replace("{{context.patientId}}", who) for key, template in release.facts.prefetch.items()}
    sent = {key: records.found_at(resources, f"/fhir/{target}", whole=True) for key, target in targets.items()}
    with serving(records.answering(resources)) as server:
        fetched = assessed(app, call(server, {}, context=context))
    whole = assessed(app, call(None, sent, context=context))
    assert fetched == whole
    assert (fetched["notChecked"], [one for one in fetched["problems"] if "fetched" in one]) == ([], [])
    assert len(server.asked) >= len(targets)
    held = {f"{one['resourceType']}/{one['id']}" for one in resources} | {*targets}
    assert {fact["of"] for fact in fetched["facts"].values() if fact["source"] == "ehr"} <= held
