"""What somebody typed appears in no answer, no error and no row of the ledger."""

import json
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.errors import CdsError
from cds.service import evaluate, explain, hook
from tests.service import messages
from tests.service.conftest import Knee
from tests.service.messages import CANARY, bundle, patient

SORE = "30989003"


def typed(knee: Knee) -> dict[str, Any]:
    """A response with text wherever text can stand."""
    response = knee.response({"goal": CANARY, "locked": "yes"})
    response["text"] = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{CANARY}</div>'}
    response["subject"]["display"] = CANARY
    response["author"] = {"reference": "Patient/p-1", "display": CANARY}
    for item in response["item"][0]["item"]:
        item["text"] = CANARY
    return response


def named() -> dict[str, Any]:
    """A patient with a name, an address and a note."""
    return patient(name=[{"family": CANARY, "given": [CANARY]}], address=[{"text": CANARY}], contact=[{"name": {"text": CANARY}}])


def noted(code: str) -> dict[str, Any]:
    """A problem with words beside its code."""
    problem = messages.condition(code, note=[{"text": CANARY}])
    problem["code"]["text"] = problem["code"]["coding"][0]["display"] = CANARY
    return problem


def everything(knee: Knee, answer: Any) -> str:
    """The answer, its explanation, and every byte that the ledger wrote."""
    assert knee.app.ledger
    rows = [stored.record for stored in knee.app.ledger.records()]
    explained = [explain.explain(knee.app, record.decision_id) for record in rows]
    path = Path(knee.app.settings.audit_url.removeprefix("sqlite:///"))
    written = b"".join(one.read_bytes() for one in path.parent.glob("audit.sqlite3*"))
    return json.dumps([answer, explained], default=str) + repr(rows) + written.decode("latin-1")


def test_nothing_typed_leaves_a_hook_or_is_recorded(knee: Knee) -> None:
    message = messages.hook(
        {"patient": named(), "response": typed(knee), "conditions": bundle(noted(SORE), noted("202381003"))}, hookInstance=f"{CANARY} it"
    )
    message["context"]["userId"] = CANARY
    told = everything(knee, hook.answer(knee.app, "sore-knee", messages.body(message)))
    assert "K-1" in told
    assert CANARY not in told


def test_nothing_typed_leaves_a_submission_or_is_recorded(knee: Knee) -> None:
    told = everything(knee, evaluate.submit(knee.app, messages.body(bundle(typed(knee), named(), noted("202381003")))))
    assert "K-1" in told
    assert CANARY not in told


def test_what_could_not_be_used_is_told_without_what_it_was(knee: Knee) -> None:
    response = knee.response({"locked": "yes"})
    held = {item["linkId"]: item for item in response["item"][0]["item"]}
    held["age"]["answer"] = [{"valueString": CANARY}]
    held["swelling"]["answer"] = [{"valueCoding": {"system": CANARY, "code": CANARY}}]
    response["item"].append({"linkId": CANARY, "answer": [{"valueString": CANARY}]})
    odd = {"resourceType": "Condition", "id": CANARY + " !", "code": CANARY, "subject": {"reference": "Patient/" + CANARY}}
    told = everything(
        knee, hook.answer(knee.app, "sore-knee", messages.body(messages.hook({"patient": patient(), "response": response, "conditions": odd})))
    )
    assert "counted as unknown" in told
    assert CANARY not in told


def wrong_messages(knee: Knee) -> list[Any]:
    """Messages that are refused, each with something typed in it."""
    strange = knee.response()
    strange["item"].append({"linkId": CANARY, "text": CANARY, "answer": [{"valueString": CANARY}]})
    return [
        {"hook": CANARY},
        {"resourceType": CANARY},
        {"facts": {CANARY: CANARY, "locked": CANARY}},
        {"facts": {}, "release": CANARY},
        messages.hook({CANARY: CANARY}),
        messages.hook({"patient": patient(id=CANARY), "response": None}),
        messages.hook({"patient": patient(), "response": None}, context={"userId": CANARY, "patientId": f"{CANARY} !"}),
        strange,
        knee.response(status=CANARY),
        knee.response(questionnaire=CANARY),
        knee.response(authored=CANARY),
        bundle(knee.response(), patient(id=CANARY)),
    ]


@pytest.mark.parametrize("index", range(12))
def test_no_error_repeats_what_was_typed(knee: Knee, index: int) -> None:
    with pytest.raises(CdsError) as caught:
        evaluate.assess_file(knee.app, messages.body(wrong_messages(knee)[index]))
    assert CANARY not in str(caught.value) + str(caught.value.diagnostics())
