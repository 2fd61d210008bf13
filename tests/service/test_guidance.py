"""The answer to a submission as FHIR: what it says of what was wrong, missing or not to be said, and that it is the decision that was recorded."""

import itertools
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.foundation.errors import LedgerUnavailable, NotProcessable
from cds.foundation.settings import Settings
from cds.service import evaluate
from cds.service.application import Application
from cds.values.profile import ClientProfile
from tests.fhir import oracle
from tests.fhir.guidance import reading
from tests.service import messages
from tests.service.conftest import START, Knee
from tests.service.messages import CANARY, bundle, patient

ITEM = "https://example.org/fhir/StructureDefinition/unanswered-item"


def guided(app: Application, submission: Any) -> dict[str, Any]:
    """The answer as FHIR, valid by the R4B models."""
    answer = evaluate.guide(app, messages.body(submission))
    oracle.model(answer)
    return answer


def asked(answer: dict[str, Any]) -> list[str]:
    """The questions that the answer wants answered."""
    needs = [one for one in reading.guidance(answer).get("dataRequirement", ()) if one["type"] == "QuestionnaireResponse"]
    return [mark["valueString"] for one in needs for mark in one.get("extension", ())]


def told(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The issues of its evaluation message."""
    given = reading.guidance(answer)
    return [issue for one in given.get("evaluationMessage", ()) for issue in reading.contained(given, one)["issue"]]


def test_the_two_renderings_of_one_decision_are_the_same_cards(knee: Knee) -> None:
    def same() -> Application:
        numbers = itertools.count(1)
        return replace(knee.app, ledger=None, new_id=lambda: str(uuid.uuid5(uuid.NAMESPACE_OID, f"same {next(numbers)}")))

    for submission in (knee.response(), knee.response({"locked": "yes"}), bundle(knee.response({"days": 30}), patient())):
        body = messages.body(submission)
        assert reading.cards(guided(same(), submission)) == evaluate.submit(same(), body)["cards"]


def test_an_answer_in_fhir_is_recorded_once_with_the_cards_that_it_says(knee: Knee) -> None:
    answer = guided(knee.app, knee.response({"locked": "yes"}))
    assert knee.app.ledger
    (stored,) = knee.app.ledger.records()
    assert stored.record.assessment["cards"] == reading.cards(answer)
    assert answer["entry"][0]["fullUrl"] == f"urn:uuid:{stored.record.decision_id}"
    assert answer["timestamp"] == stored.record.decided_at


def test_what_cannot_be_recorded_is_not_answered_in_fhir_either(knee: Knee) -> None:
    assert knee.app.ledger
    knee.app.ledger.close()
    with pytest.raises(LedgerUnavailable):
        evaluate.guide(knee.app, messages.body(knee.response()))


def test_nothing_to_say_is_a_success_without_a_result(knee: Knee) -> None:
    answer = guided(knee.app, knee.response({"knee-sore": "no", "days": None}))
    assert [entry["resource"]["resourceType"] for entry in answer["entry"]] == ["GuidanceResponse"]
    assert "result" not in reading.guidance(answer)
    assert reading.cards(answer) == []


def test_an_answer_rests_on_the_release_that_decided(knee: Knee) -> None:
    (release,) = knee.app.releases.values()
    canonical = f"https://example.org/fhir/PlanDefinition/{release.name}|{release.version}"
    answer = guided(knee.app, knee.response({"locked": "yes"}))
    (group,) = reading.of(answer, "RequestGroup")
    assert reading.guidance(answer)["moduleCanonical"] == canonical
    assert group["instantiatesCanonical"] == [canonical]
    assert (group["status"], group["intent"]) == ("draft", "proposal")


def test_the_group_is_as_urgent_as_its_most_urgent_card(knee: Knee) -> None:
    order = ["routine", "urgent", "stat"]
    for changes in ({}, {"locked": "yes"}, {"swelling": None}):
        (group,) = reading.of(guided(knee.app, knee.response(changes)), "RequestGroup")
        assert group["priority"] == max((action["priority"] for action in group["action"]), key=order.index)


def test_an_incomplete_screen_asks_for_its_questions_and_is_an_answer_all_the_same(knee: Knee) -> None:
    answer = guided(knee.app, knee.response({"locked": "yes", "swelling": None}))
    assert reading.guidance(answer)["status"] == "data-requested"
    assert asked(answer) == ["swelling"]
    assert reading.findings(reading.guidance(answer))["screen"] == "incomplete"
    assert reading.cards(answer)


def test_a_complete_screen_asks_for_no_question(knee: Knee) -> None:
    answer = guided(knee.app, knee.response())
    assert (reading.guidance(answer)["status"], asked(answer)) == ("success", [])


def test_what_of_the_record_was_not_given_is_asked_for_by_type_and_code(knee: Knee) -> None:
    needs = reading.guidance(guided(knee.app, knee.response()))["dataRequirement"]
    assert {"type": "Patient"} in needs
    assert {"type": "Condition"} in needs
    codes = [code for one in needs for part in one.get("codeFilter", ()) for code in part["code"]]
    assert {"system": "http://loinc.org", "code": "8310-5"} in codes


def test_what_was_wrong_and_did_not_refuse_is_told_as_a_warning_with_its_place(knee: Knee) -> None:
    issues = told(guided(knee.app, knee.response({"locked": "yes", "age": None})))
    assert {issue["severity"] for issue in issues} <= {"warning", "information"}
    assert any(issue["code"] == "required" and issue["expression"][0].startswith("QuestionnaireResponse.item[0]") for issue in issues)


def test_what_of_the_record_was_not_used_is_told_without_what_it_was(knee: Knee) -> None:
    odd = messages.condition("30989003", subject={"reference": f"Patient/{CANARY}"}, id=CANARY)
    answer = guided(knee.app, bundle(knee.response({"locked": "yes"}), patient(), odd))
    assert any("not of this patient" in issue["diagnostics"] for issue in told(answer))
    assert {issue["severity"] for issue in told(answer)} <= {"warning", "information"}
    assert CANARY not in str(answer)


def test_without_a_subject_nothing_is_proposed_and_nobody_is_named(knee: Knee) -> None:
    answer = guided(knee.app, knee.response({"locked": "yes"}, subject=None))
    assert {entry["resource"]["resourceType"] for entry in answer["entry"]} == {"GuidanceResponse", "RequestGroup"}
    assert all("subject" not in entry["resource"] for entry in answer["entry"])


def test_the_patient_of_a_bundle_is_the_subject_by_its_address(knee: Knee) -> None:
    url = "urn:uuid:22222222-2222-4222-8222-222222222222"
    nameless = {name: value for name, value in patient().items() if name != "id"}
    entries = [{"resource": knee.response({"locked": "yes"}, subject={"reference": url})}, {"fullUrl": url, "resource": nameless}]
    answer = guided(knee.app, {"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert {entry["resource"]["subject"]["reference"] for entry in answer["entry"]} == {url}


def test_a_card_that_proposes_nothing_has_no_target_that_a_client_could_create(knee: Knee) -> None:
    (group,) = reading.of(guided(knee.app, knee.response({"locked": "yes"}, subject=None)), "RequestGroup")
    leaves = list(reading.leaves(group["action"]))
    assert leaves == group["action"]
    assert all("reference" not in leaf["resource"] for leaf in leaves)


@pytest.mark.parametrize("kind", ["ServiceRequest", "Task", "CommunicationRequest"])
def test_a_proposal_in_any_resource_is_an_entry_that_its_action_refers_to(knee: Knee, kind: str) -> None:
    answer = guided(replace(knee.app, profile=ClientProfile(kind)), knee.response({"locked": "yes"}))
    (group,) = reading.of(answer, "RequestGroup")
    targets = [leaf["resource"] for leaf in reading.leaves(group["action"]) if "reference" in leaf["resource"]]
    held = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in answer["entry"][2:]}
    assert held
    assert {one["reference"]: one["type"] for one in targets} == held
    assert set(held.values()) == {kind}
    assert oracle.problems(answer) == []


def test_parameters_with_a_resource_are_a_submission(knee: Knee) -> None:
    sent = knee.response({"locked": "yes"})
    for resource in (sent, bundle(sent, patient())):
        parameters = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": resource}]}
        assert [card["summary"] for card in reading.cards(guided(knee.app, parameters))] == [
            card["summary"] for card in reading.cards(guided(knee.app, resource))
        ]


def test_a_parameter_that_is_not_read_is_told(knee: Knee) -> None:
    parts = [{"name": "resource", "resource": knee.response()}, {"name": CANARY, "valueString": CANARY}]
    answer = guided(knee.app, {"resourceType": "Parameters", "parameter": parts})
    assert [issue["expression"] for issue in told(answer) if issue["code"] == "not-supported"] == [["Parameters.parameter[1]"]]
    assert CANARY not in str(answer)


NO_RESOURCE: list[tuple[Any, str]] = [
    ([], "Parameters.parameter"),
    (5, "Parameters.parameter"),
    ([{"name": CANARY, "resource": {"resourceType": "Patient"}}], "Parameters.parameter"),
    ([{"name": "resource", "valueString": CANARY}], "Parameters.parameter[0]"),
    (2 * [{"name": "resource", "resource": {"resourceType": "Patient"}}], "Parameters.parameter[1]"),
]


@pytest.mark.parametrize(("parameter", "place"), NO_RESOURCE)
def test_parameters_without_one_resource_are_refused(knee: Knee, parameter: Any, place: str) -> None:
    with pytest.raises(NotProcessable) as caught:
        evaluate.guide(knee.app, messages.body({"resourceType": "Parameters", "parameter": parameter}))
    assert [one.expression for one in caught.value.diagnostics()] == [place]
    assert all(CANARY not in one.text for one in caught.value.diagnostics())


# Whatever is answered.


def leaves(items: Any) -> Iterator[dict[str, Any]]:
    """The questions of a form."""
    for item in items:
        yield from leaves(item["item"]) if "item" in item else [item]


def answers(form: Any) -> st.SearchStrategy[dict[str, Any]]:
    """At least one answer to a form: any option of some questions, a small number for others, nothing for the rest."""
    drawn: dict[str, st.SearchStrategy[Any]] = {}
    for item in leaves(form["item"]):
        if item["type"] == "choice":
            codes = [option["valueCoding"]["code"] for option in item["answerOption"]]
            drawn[item["linkId"]] = st.sampled_from(codes)
        elif item["type"] == "integer":
            drawn[item["linkId"]] = st.integers(0, 7)
    return st.fixed_dictionaries({}, optional=drawn).filter(bool)


FORM = json.loads((Settings().content / "low-back-pain" / START.version / "questionnaire.json").read_text(encoding="utf-8"))


@settings(max_examples=25)
@given(answers(FORM), st.sampled_from(["completed", "in-progress"]))
def test_whatever_is_answered_both_renderings_are_the_same_cards_and_valid_fhir(backs_loaded: Application, given: Any, status: str) -> None:
    app = replace(backs_loaded, new_id=lambda: "33333333-3333-4333-8333-333333333333")
    sent = messages.response(FORM, given, status=status)
    answer = guided(app, sent)
    assert reading.cards(answer) == evaluate.submit(app, messages.body(sent))["cards"]
    targets = {leaf["resource"]["type"] for group in reading.of(answer, "RequestGroup") for leaf in reading.leaves(group["action"])}
    assert targets <= {"GuidanceResponse", "ServiceRequest"}
