"""Submissions of which something cannot be told: who a contained patient is, what a modifier means, which of two answers is wrong."""

from typing import Any

import pytest

from cds.service import evaluate
from cds.service.application import Application
from tests.service import messages
from tests.service.conftest import Knee
from tests.service.messages import bundle, patient
from tests.service.test_evaluate import SWOLLEN, refused, submit

CONTAINED: dict[str, Any] = {"contained": [{"resourceType": "Patient", "id": "p"}], "subject": {"reference": "#p"}}


def test_a_patient_who_is_contained_is_answered_without_orders_and_without_a_subject(knee: Knee) -> None:
    (card,) = submit(knee, knee.response({"locked": "yes"}, **CONTAINED))
    (plain,) = submit(knee, knee.response({"locked": "yes"}))
    assert ("suggestions" in plain, "suggestions" in card, card["detail"]) == (True, False, plain["detail"])
    told = evaluate.guide(knee.app, messages.body(knee.response({"locked": "yes"}, **CONTAINED)))
    assert all("subject" not in entry["resource"] for entry in told["entry"])


def test_another_resource_that_is_contained_is_no_patient(knee: Knee) -> None:
    wrong = CONTAINED | {"contained": [{"resourceType": "Organization", "id": "p", "name": "x"}]}
    assert refused(knee, knee.response(**wrong)) == ["QuestionnaireResponse.subject"]


@pytest.mark.parametrize("identity", ["p", "p-1", "#p"])
def test_beside_a_contained_patient_resources_are_nobodys_and_are_told(knee: Knee, identity: str) -> None:
    """Not even those of a Patient in the Bundle: nobody can tell whether that is the same one, and nothing is refused for it."""
    local = {"contained": [{"resourceType": "Patient", "id": "p"}], "subject": {"reference": "#p"}}
    sent = bundle(
        knee.response({"locked": "yes"}, **CONTAINED),
        patient(id=identity, birthDate="1930-01-01"),
        messages.condition(SWOLLEN, subject={"reference": f"Patient/{identity}"}),
        messages.condition(SWOLLEN, **local),
    )
    told = evaluate.assess_file(knee.app, messages.body(sent))
    assert told["problems"] == [f"bundle[{place}]: not of this patient; dropped." for place in (1, 2, 3)]
    assert told["facts"]["swelling"]["value"] == "no"
    assert told["cards"] and "suggestions" not in told["cards"][0]


def test_an_address_in_the_bundle_that_looks_like_a_contained_patient_is_nobody(knee: Knee) -> None:
    entries = [
        {"resource": knee.response({"locked": "yes"}, **CONTAINED)},
        {"fullUrl": "#p", "resource": patient()},
        {"resource": messages.condition(SWOLLEN)},
    ]
    told = evaluate.assess_file(knee.app, messages.body({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    assert told["problems"] == [f"bundle[{place}]: not of this patient; dropped." for place in (1, 2)]
    assert "suggestions" not in told["cards"][0]


TURNED = [{"url": "https://example.org/turned", "valueBoolean": True}]


def test_a_modifier_of_the_whole_refuses(knee: Knee) -> None:
    for change, place in (({"modifierExtension": TURNED}, "modifierExtension"), ({"implicitRules": "https://example.org/rules"}, "implicitRules")):
        assert refused(knee, knee.response({"locked": "yes"}, **change)) == [f"QuestionnaireResponse.{place}"]
        assert refused(knee, bundle(patient(), knee.response(**change))) == [f"QuestionnaireResponse.{place}"]
    assert refused(knee, bundle(knee.response()) | {"implicitRules": "https://example.org/rules"}) == ["Bundle.implicitRules"]
    entries = [{"resource": patient()}, {"resource": knee.response(), "modifierExtension": TURNED}]
    assert refused(knee, {"resourceType": "Bundle", "type": "collection", "entry": entries}) == ["Bundle.entry[1].modifierExtension"]


def test_a_modifier_of_an_item_does_not_hide_an_emergency_and_reassures_nobody(knee: Knee) -> None:
    for answers in ({"locked": "yes"}, {}):
        response = knee.response(answers)
        response["item"][0] |= {"modifierExtension": TURNED}
        told = evaluate.assess_file(knee.app, messages.body(response))
        assert (told["facts"].get("locked", {}).get("value"), told["triage"]["screen"]) == (answers.get("locked"), "incomplete")
        assert "modifier" in " ".join(told["problems"])


def contradicted(backs: Application, **answers: Any) -> dict[str, Any]:
    """The released back pain for a man whose screen would be complete, with these answers besides."""
    form = backs.releases["low-back-pain"].questionnaire
    screen = ["rf-saddle", "rf-bladder", "rf-bowel", "rf-bilateral-legs", "rf-gait", "rf-fever", "rf-collapse", "rf-abdo-pulsating", "rf-chest"]
    known = ["rf-sexual", "rf-dark-urine", "rf-heat-illness", "rf-flank-urinary", "rf-testicle", "hx-cancer", "hx-steroid"]
    well = {"age": 34, "sex": "male", "lbp-present": "yes", "trauma": "none", "rf-leg-weakness": "none"} | dict.fromkeys([*screen, *known], "no")
    return evaluate.assess_file(backs, messages.body(messages.response(form, well | answers)))


@pytest.mark.parametrize("answers", [{"rf-bruise-spine": "yes"}, {"preg-warning": "yes"}, {"preg-warning": "yes", "sex": "female", "pregnant": "no"}])
def test_a_warning_sign_about_which_the_other_answers_do_not_ask_reassures_nobody(backs: Application, answers: dict[str, Any]) -> None:
    assert contradicted(backs)["triage"]["screen"] == "complete"
    told = contradicted(backs, **answers)
    assert told["triage"]["screen"] == "incomplete"
    (link_id,) = answers.keys() & {"rf-bruise-spine", "preg-warning"}
    assert told["problems"] == [f"{link_id}: answered although the other answers do not ask for it; the response counts as in-progress."]
    assert told["facts"][link_id]["value"] == "yes"
    assert "incomplete" in told["cards"][0]["summary"]
