"""Strict validation of a submission: each rule with a valid and an invalid response."""

import copy
from decimal import Decimal
from typing import Any

import pytest

from cds.fhir import limits
from cds.fhir.validation import models
from cds.fhir.validation import response as validation
from cds.foundation.errors import Diagnostic
from tests.fhir import samples
from tests.fhir.samples import CANARY, coded, item, now, response, run

AGE, FEVER = item("age", {"valueInteger": 34}), item("fever", coded("no"))
DAYS = item("days", {"valueInteger": 5})


def problems_of(sent: dict[str, Any]) -> list[Diagnostic]:
    """All that is told of a response; it stays as it was, and nothing of it is repeated."""
    before = copy.deepcopy(sent)
    told = validation.validate(sent, samples.FORM, at=samples.AT, definitions=samples.DEFINITIONS)
    assert sent == before
    assert not any(CANARY in problem.text + problem.expression for problem in told)
    return told


def found(sent: dict[str, Any], severity: str) -> list[Diagnostic]:
    return [problem for problem in problems_of(sent) if problem.severity == severity]


def refused_at(sent: dict[str, Any]) -> list[str]:
    """Where the problems are that refuse an evaluation."""
    refused = validation.refusals(problems_of(sent))
    assert all(problem.severity == "error" for problem in refused)
    return [problem.expression for problem in refused]


def test_a_complete_response_has_no_problem() -> None:
    sent = response(now(AGE, FEVER), run(DAYS, item("distance", {"valueQuantity": {"value": Decimal("5.5"), "code": "km", "system": samples.UCUM}})))
    assert problems_of(sent) == []


def test_the_order_of_items_refuses_nothing() -> None:
    assert refused_at(response(run(DAYS), now(FEVER, AGE))) == []


@pytest.mark.parametrize("status", ["in-progress", "completed", "amended", "stopped"])
def test_a_status_of_the_standard_is_accepted(status: str) -> None:
    assert refused_at(response(now(AGE), status=status)) == []


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"status": CANARY}, "status"),
        ({"status": "entered-in-error"}, "status"),
        ({"status": None}, "status"),
        ({"questionnaire": None}, "questionnaire"),
        ({"questionnaire": f"https://example.org/{CANARY}"}, "questionnaire"),
        ({"questionnaire": f"{samples.URL}|{CANARY}"}, "questionnaire"),
        ({"authored": "2026-03-10T12:11:00Z"}, "authored"),
        ({"authored": CANARY}, "authored"),
        ({"authored": 20260310}, "authored"),
        ({"subject": f'{{"reference": "{CANARY}"}}'}, "subject"),
        ({"subject": {}}, "subject"),
    ],
)
def test_a_wrong_element_of_the_response_is_refused_at_its_place(changed: dict[str, Any], place: str) -> None:
    assert refused_at(response(now(AGE), **changed)) == [f"QuestionnaireResponse.{place}"]


def test_an_element_that_fhir_does_not_have_is_refused_without_its_name() -> None:
    assert refused_at(response(now(AGE), **{CANARY: 1})) == ["QuestionnaireResponse"]


def test_a_contained_resource_of_no_type_is_refused() -> None:
    assert refused_at(response(now(AGE), contained=[{"resourceType": CANARY}])) == ["QuestionnaireResponse.contained[0]"]


def test_another_resource_is_refused() -> None:
    assert refused_at({"resourceType": "Patient"}) == ["QuestionnaireResponse.resourceType"]


def test_answers_within_the_skew_of_clocks_are_not_in_the_future() -> None:
    assert refused_at(response(now(AGE), authored="2026-03-10T12:09:00Z")) == []


@pytest.mark.parametrize("authored", [None, "2026-03"])
def test_answers_without_a_full_date_are_told_and_used(authored: str | None) -> None:
    sent = response(now(AGE), authored=authored)
    assert refused_at(sent) == []
    assert "QuestionnaireResponse.authored" in [problem.expression for problem in found(sent, "warning")]


FIRST = "QuestionnaireResponse.item[0].item[0]"
SECOND = "QuestionnaireResponse.item[1].item[0]"


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (now({"text": "x"}), f"{FIRST}.linkId"),
        (now(item(CANARY, coded("yes"))), FIRST),
        (now(DAYS), FIRST),
        (FEVER, "QuestionnaireResponse.item[0]"),
        (now(AGE, AGE), "QuestionnaireResponse.item[0].item[1]"),
        (now(item("note", {"valueString": CANARY})), f"{FIRST}.answer"),
        (now(AGE) | {"answer": [{"valueString": CANARY}]}, "QuestionnaireResponse.item[0].answer"),
        (now(item("fever", coded("no"), coded("yes"))), f"{FIRST}.answer"),
        (now(AGE | {"item": [FEVER]}), f"{FIRST}.item[0]"),
        (now(item("age", {"valueInteger": 5, "item": [FEVER]})), f"{FIRST}.answer[0].item[0]"),
    ],
    ids=["no-linkId", "unknown-linkId", "wrong-group", "wrong-level", "twice", "display", "group", "several", "under-question", "under-answer"],
)
def test_an_item_in_the_wrong_place_or_number_is_refused(sent: dict[str, Any], place: str) -> None:
    others = [] if sent is FEVER else [run(DAYS)]
    assert refused_at(response(sent, *others)) == [place]


@pytest.mark.parametrize(
    "answer",
    [
        {"valueInteger": "34"},
        {"valueInteger": Decimal("34.0")},
        {"valueInteger": True},
        {"valueInteger": None},
        {"valueInteger": CANARY},
        {"valueInteger": 34, "valueString": CANARY},
        {"valueString": CANARY},
        {"valueDecimal": 34},
        {"valueInteger": -1},
        {"valueInteger": 121},
        {},
        {"id": "a"},
    ],
)
def test_an_answer_of_the_wrong_type_or_out_of_range_is_refused(answer: dict[str, Any]) -> None:
    places = refused_at(response(now(item("age", answer))))
    assert len(places) == 1 and places[0].startswith(f"{FIRST}.answer[0]")


@pytest.mark.parametrize("value", [0, 120])
def test_the_bounds_are_accepted(value: int) -> None:
    assert refused_at(response(now(item("age", {"valueInteger": value})))) == []


@pytest.mark.parametrize(
    "answer", [coded(CANARY), coded("yes", system=f"urn:{CANARY}"), {"valueCoding": {"code": "yes"}}, {"valueCoding": {"display": CANARY}}]
)
def test_a_code_that_is_not_an_option_is_refused(answer: dict[str, Any]) -> None:
    assert refused_at(response(now(item("fever", answer)))) == [f"{FIRST}.answer[0]"]


def test_several_ticks_are_accepted_and_an_exclusive_one_beside_others_is_refused() -> None:
    assert refused_at(response(now(AGE), run(item("worse", coded("sit"), coded("cough"))))) == []
    assert refused_at(response(now(AGE), run(item("worse", coded("nothing"))))) == []
    assert refused_at(response(now(AGE), run(item("worse", coded("sit"), coded("nothing"))))) == [f"{SECOND}.answer"]


def test_the_same_tick_twice_is_told() -> None:
    assert "duplicate" in {problem.code for problem in found(response(now(AGE), run(item("worse", coded("sit"), coded("sit")))), "warning")}


@pytest.mark.parametrize(
    ("quantity", "accepted"),
    [
        ({"value": 5, "system": samples.UCUM, "code": "[mi_i]"}, True),
        ({"value": 0, "system": samples.UCUM, "code": "km"}, True),
        ({"value": 5, "system": samples.UCUM, "code": "m"}, False),
        ({"value": 5, "unit": "km"}, False),
        ({"value": -1, "system": samples.UCUM, "code": "km"}, False),
        ({"value": 10**15, "system": samples.UCUM, "code": "km"}, False),
        ({"value": 5, "comparator": "<", "system": samples.UCUM, "code": "km"}, True),
        ({"value": 5, "comparator": "<", "system": samples.UCUM, "code": "m"}, False),
        ({"system": samples.UCUM, "code": "km"}, False),
        ({"value": "5", "system": samples.UCUM, "code": "km"}, False),
    ],
)
def test_a_quantity_is_a_value_within_the_bounds_in_an_offered_unit(quantity: dict[str, Any], accepted: bool) -> None:
    assert (refused_at(response(now(AGE), run(item("distance", {"valueQuantity": quantity})))) == []) is accepted


@pytest.mark.parametrize(
    ("day", "accepted"), [("2026-03-10", True), ("2026-03-11", True), ("2026-03-12", False), ("2027", False), ("2026-02-30", False)]
)
def test_an_onset_in_the_future_is_refused(day: str, accepted: bool) -> None:
    assert (refused_at(response(now(AGE), run(item("onset", {"valueDate": day})))) == []) is accepted


def test_a_partial_onset_is_told_and_used() -> None:
    sent = response(now(AGE), run(item("onset", {"valueDate": "2026-02"})))
    assert refused_at(sent) == []
    assert f"{SECOND}.answer[0]" in [problem.expression for problem in found(sent, "warning")]


def test_a_reason_for_no_answer_counts_as_no_answer() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    sent = response(now(AGE, item("fever", {"extension": [{"url": url, "valueCode": "asked-declined"}]})), run(DAYS))
    assert refused_at(sent) == []
    assert [problem.code for problem in found(sent, "error")] == ["required"]


def test_a_required_item_without_an_answer_is_an_error_and_refuses_nothing() -> None:
    assert refused_at(response(now(AGE))) == []
    told = [problem.text.split(" ")[0] for problem in found(response(now(AGE)), "error")]
    assert told == ["fever", "days"]


def test_a_required_item_that_is_not_enabled_needs_no_answer() -> None:
    assert problems_of(response(now(AGE, FEVER), run(item("onset", {"valueDate": "2026-03-01"})))) == []


def test_an_answer_to_an_item_that_is_not_enabled_is_an_error_and_refuses_nothing() -> None:
    sent = response(now(AGE, item("sex", coded("male")), FEVER, item("pregnant", coded("yes"))), run(DAYS))
    assert refused_at(sent) == []
    assert [(problem.rule, problem.expression) for problem in problems_of(sent)] == [("notEnabled", "QuestionnaireResponse.item[0].item[3]")]


def test_what_is_answered_where_it_is_not_enabled_breaks_no_other_rule() -> None:
    sent = response(now(AGE, item("sex", coded("male")), FEVER, item("pregnant", coded(CANARY), {"valueString": CANARY})), run(DAYS))
    assert [problem.rule for problem in problems_of(sent)] == ["notEnabled"]
    assert problems_of(sent | {"status": "in-progress"}) == []


def test_too_many_items_are_refused_before_anything_else() -> None:
    assert refused_at(response(now(*[AGE] * limits.MAX_ITEMS))) == ["QuestionnaireResponse.item"]


def test_more_parts_than_a_form_can_have_are_refused_before_the_models_run() -> None:
    extensions = [{"url": "https://example.org/x", "valueString": CANARY}] * (limits.MAX_NODES // 3)
    assert refused_at(response(now(AGE), extension=extensions)) == ["QuestionnaireResponse"]
    assert refused_at(response(now(AGE), extension=extensions[:100])) == []


URN = "urn:uuid:11111111-1111-1111-1111-111111111111"


@pytest.mark.parametrize(
    ("reference", "accepted"),
    [
        ("p1", True),
        ("Patient/p1", True),
        ("Patient/" + "x" * 64, True),
        ("Patient/p1/_history/3", True),
        ("https://ehr.example.org/fhir/Patient/p1", True),
        (URN, True),
        ("Patient/" + "x" * 65, False),
        ("Patient/a b", False),
        ("Patient/p1?x=1", False),
        ("Patient/p1\n", False),
        ("Patient/", False),
        ("Group/p1", False),
        ("https://ehr.example.org/fhir/Group/p1", False),
        ("https://ehr.example.org/a b/Patient/p1", False),
        ("urn:uuid:1", False),
        ("urn:oid:1.2.3", False),
        ("#p1", False),
        (f"Jane {CANARY}", False),
    ],
)
def test_a_subject_that_is_referred_to_is_a_patient(reference: str, accepted: bool) -> None:
    assert set(refused_at(response(now(AGE), subject={"reference": reference}))) == (set() if accepted else {"QuestionnaireResponse.subject"})


def test_a_response_without_a_subject_is_accepted() -> None:
    assert refused_at(response(now(AGE), subject=None)) == []


@pytest.mark.parametrize("raw", [[], None, {}, "x", [None], [[]], ["x"], [5]])
def test_items_that_are_not_a_list_of_items_are_refused(raw: object) -> None:
    sent = response() | {"item": raw}
    assert all(place.startswith("QuestionnaireResponse.item") for place in refused_at(sent))
    assert refused_at(sent)


def test_every_value_has_one_name_in_fhirpath() -> None:
    names = ("valueInteger", "_valueInteger", "value", "status__ext")
    assert [models.element(name) for name in names] == ["value", "value", "value", "status"]
