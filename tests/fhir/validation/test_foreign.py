"""A response to a form that was sent along: the same rules, and texts that name places in the form rather than what its author wrote."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.fhir.validation import foreign
from tests.fhir import samples
from tests.fhir.samples import AT, CANARY

SIDES = "https://example.org/CodeSystem/sides"
SET = "https://example.org/ValueSet/sides"
UCUM = samples.UCUM
_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
FORM: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "id": "knee",
    "url": "https://example.org/Questionnaire/knee",
    "version": "3",
    "status": "active",
    "item": [
        {"linkId": f"{CANARY}-sore", "type": "boolean", "text": "Is it sore?", "required": True},
        {
            "linkId": f"{CANARY}-more",
            "type": "group",
            "enableWhen": [{"question": f"{CANARY}-sore", "operator": "=", "answerBoolean": True}],
            "item": [
                {"linkId": f"{CANARY}-side", "type": "choice", "answerValueSet": SET},
                {
                    "linkId": f"{CANARY}-length",
                    "type": "quantity",
                    "extension": [samples.unit("cm"), {"url": f"{_EXTENSION}questionnaire-unitOption", "valueCoding": {"code": CANARY}}],
                },
                {"linkId": f"{CANARY}-papers", "type": "attachment", "extension": [{"url": f"{_EXTENSION}mimeType", "valueCode": f"{CANARY}/x"}]},
            ],
        },
    ],
}
SIDE = {"linkId": f"{CANARY}-side", "answer": [{"valueCoding": {"system": SIDES, "code": "left"}}]}
LENGTH = {"linkId": f"{CANARY}-length", "answer": [{"valueQuantity": {"value": 3, "system": UCUM, "code": "cm"}}]}
RESPONSE: dict[str, Any] = {
    "resourceType": "QuestionnaireResponse",
    "questionnaire": "https://example.org/Questionnaire/knee|3",
    "status": "completed",
    "item": [
        {"linkId": f"{CANARY}-sore", "answer": [{"valueBoolean": True}]},
        {"linkId": f"{CANARY}-more", "item": [SIDE, LENGTH]},
    ],
}
CODES = {SET: {(SIDES, "left"): "", (SIDES, "right"): ""}}


def told(response: dict[str, Any], form: dict[str, Any] | None = None, codes: Any = CODES) -> list[tuple[str, str, str]]:
    """Severity, rule or code, and place of every problem; none repeats what was sent."""
    found = foreign.problems(response, form or FORM, codes, at=AT)
    assert CANARY not in str(found)
    return [(one.severity, one.rule or one.code, one.expression) for one in found]


def answered(*items: Any, **changes: Any) -> dict[str, Any]:
    """The response with other items in its group."""
    return {**RESPONSE, "item": [RESPONSE["item"][0], {"linkId": f"{CANARY}-more", "item": list(items)}], **changes}


def test_a_good_response_has_no_problem() -> None:
    assert told(RESPONSE) == []


def test_what_lacks_is_named_by_its_place_in_the_form() -> None:
    (problem,) = foreign.problems({name: value for name, value in RESPONSE.items() if name != "item"}, FORM, CODES, at=AT)
    assert problem.rule == "required"
    assert "Questionnaire.item[0] " in problem.text
    assert CANARY not in problem.text


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (answered({"linkId": CANARY}), ("error", "invalidLinkId", "item[1].item[0]")),
        (answered({"linkId": "Questionnaire.item[0]"}), ("error", "invalidLinkId", "item[1].item[0]")),
        (answered({"linkId": f"{CANARY}-sore", "answer": [{"valueBoolean": True}]}), ("error", "wrongLevel", "item[1].item[0]")),
        (answered({**SIDE, "answer": [{"valueString": CANARY}]}), ("error", "invalidAnswerType", "item[1].item[0].answer[0]")),
        (
            answered({**SIDE, "answer": [{"valueCoding": {"system": SIDES, "code": CANARY}}]}),
            ("error", "invalidCoding", "item[1].item[0].answer[0]"),
        ),
        (
            answered({**LENGTH, "answer": [{"valueQuantity": {"value": 3, "system": UCUM, "code": "km"}}]}),
            ("error", "invalidUnit", "item[1].item[0].answer[0]"),
        ),
    ],
)
def test_the_rules_are_those_of_any_form(response: dict[str, Any], expected: tuple[str, str, str]) -> None:
    severity, rule, place = expected
    assert (severity, rule, f"QuestionnaireResponse.{place}") in told(response)


def test_a_type_of_attachment_is_refused_without_the_types_that_are_taken() -> None:
    attached = {"linkId": f"{CANARY}-papers", "answer": [{"valueAttachment": {"contentType": "text/plain", "data": "YQ=="}}]}
    assert "attachmentType" in [rule for _, rule, _ in told(answered(attached))]


def test_a_value_set_that_is_not_held_is_told_as_a_warning() -> None:
    assert told(RESPONSE, codes={}) == [("warning", "tsError", "QuestionnaireResponse.item[1].item[0].answer[0]")]


def test_a_form_with_errors_is_told_alone_and_the_response_as_not_checked() -> None:
    form = copy.deepcopy(FORM)
    form["item"][1]["enableWhen"][0]["question"] = CANARY
    places = [("error", "not-found", "Questionnaire.item[1].enableWhen[0].question"), ("information", "notChecked", "QuestionnaireResponse")]
    assert told({**RESPONSE, "item": CANARY}, form) == places


@pytest.mark.parametrize(
    ("named", "severity", "rule"),
    [
        (None, "error", "questionnaireNotFound"),
        (f"https://example.org/Questionnaire/{CANARY}", "error", "questionnaireNotFound"),
        ("https://example.org/Questionnaire/knee|2", "error", "questionnaireNotFound"),
        (f"#{CANARY}", "", ""),
        ("https://example.org/Questionnaire/knee", "", ""),
    ],
)
def test_the_form_must_be_the_one_that_the_response_names(named: str | None, severity: str, rule: str) -> None:
    response = {name: value for name, value in {**RESPONSE, "questionnaire": named}.items() if value is not None}
    expected = [(severity, rule, "QuestionnaireResponse.questionnaire")] if rule else []
    assert [one for one in told(response) if one[1] == "questionnaireNotFound"] == expected


def test_a_form_without_a_url_cannot_be_told_to_be_the_one_that_is_named() -> None:
    form = {name: value for name, value in FORM.items() if name != "url"}
    assert told(RESPONSE, form) == [("information", "notChecked", "QuestionnaireResponse.questionnaire")]


@pytest.mark.parametrize("url", [f"https://example.org/{CANARY}", f"http://hl7.org/fhir/StructureDefinition/{CANARY}"])
def test_an_expression_is_told_as_not_checked_without_its_name(url: str) -> None:
    form = copy.deepcopy(FORM)
    form["item"][0]["extension"] = [{"url": url, "valueExpression": {"language": "text/fhirpath", "expression": CANARY}}]
    assert ("information", "notChecked", "QuestionnaireResponse.item[0]") in told(RESPONSE, form)


def test_the_contained_form_is_the_one_that_is_referred_to() -> None:
    other = {**FORM, "id": "other"}
    response = {**RESPONSE, "contained": [other, {"resourceType": "Patient", "id": "knee"}, FORM], "questionnaire": "#knee"}
    assert foreign.contained(response) is FORM
    assert foreign.contained({**response, "questionnaire": "#another"}) is None
    assert foreign.contained({**response, "questionnaire": FORM["url"]}) is None
    assert told(response) == []


VALUE_SET = {
    "resourceType": "ValueSet",
    "id": "sides",
    "url": SET,
    "status": "active",
    "compose": {"include": [{"system": SIDES, "concept": [{"code": "right"}]}]},
}


def test_a_value_set_beside_the_contained_form_is_the_one_that_it_names() -> None:
    form = copy.deepcopy(FORM)
    form["item"][1]["item"][0]["answerValueSet"] = "#sides"
    response = {**RESPONSE, "contained": [form, VALUE_SET], "questionnaire": "#knee"}
    refused = ("error", "invalidCoding", "QuestionnaireResponse.item[1].item[0].answer[0]")
    assert told(response, form) == [refused]
    assert [rule for _, rule, _ in told({**response, "questionnaire": FORM["url"]}, copy.deepcopy(form))] == ["tsError"]


def test_a_value_set_that_the_form_contains_may_be_named_by_its_canonical() -> None:
    form = {**FORM, "contained": [VALUE_SET]}
    assert [rule for _, rule, _ in told(RESPONSE, form, codes={})] == ["invalidCoding"]


BOUNDED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("date", {"url": f"{_EXTENSION}maxValue", "valueDate": "2017-03-01"}, {"valueDate": "2021-01-01"}, "2017-03-01"),
    ("integer", {"url": f"{_EXTENSION}minValue", "valueInteger": 7351}, {"valueInteger": 1}, "7351"),
    ("string", {"url": f"{_EXTENSION}minLength", "valueInteger": 7351}, {"valueString": "a"}, "7351"),
    ("decimal", {"url": f"{_EXTENSION}maxDecimalPlaces", "valueInteger": 0}, {"valueDecimal": 0.5}, " 0 "),
    ("attachment", {"url": f"{_EXTENSION}maxSize", "valueDecimal": 0.007351}, {"valueAttachment": {"size": 900_000_000}}, "0.007351"),
    ("integer", {"url": f"{_EXTENSION}questionnaire-minOccurs", "valueInteger": 7351}, {"valueInteger": 1}, "7351"),
]


@pytest.mark.parametrize(("kind", "extension", "value", "bound"), BOUNDED)
def test_no_text_repeats_a_bound_of_the_form(kind: str, extension: dict[str, Any], value: dict[str, Any], bound: str) -> None:
    form = {**FORM, "item": [{"linkId": "a", "type": kind, "repeats": True, "extension": [extension]}]}
    found = foreign.problems({**RESPONSE, "item": [{"linkId": "a", "answer": [value]}]}, form, {}, at=AT)
    assert [one for one in found if one.severity == "error"]
    assert bound not in str(found)


def test_a_bound_that_an_expression_gives_is_named_by_its_extension() -> None:
    computed = {"extension": [{"url": f"{_EXTENSION}cqf-expression", "valueExpression": {"language": "text/fhirpath", "expression": CANARY}}]}
    form = {**FORM, "item": [{"linkId": "a", "type": "date", "extension": [{"url": f"{_EXTENSION}maxValue", "_valueDate": computed}]}]}
    (one,) = foreign.problems({**RESPONSE, "item": [{"linkId": "a", "answer": [{"valueDate": "2026-01-01"}]}]}, form, {}, at=AT)
    assert (one.rule, one.expression) == ("notChecked", "QuestionnaireResponse.item[0]")
    assert "(maxValue)" in one.text


def test_without_a_form_what_fhir_asks_is_checked_and_the_rest_told_as_not_checked() -> None:
    assert [one.rule for one in foreign.alone(RESPONSE)] == ["notChecked"]
    assert [one.severity for one in foreign.alone({**RESPONSE, "status": CANARY})] == ["error", "information"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", CANARY, f"{CANARY}-side", "Questionnaire.item[0]"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["linkId", "answer", "item", "valueString", "valueCoding"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(member=st.sampled_from(["item", "status", "questionnaire", "contained", "subject", "authored"]), value=JSON)
def test_nothing_sent_is_repeated_whatever_it_is(member: str, value: Any) -> None:
    told({**RESPONSE, member: value})


@given(items=st.lists(JSON, max_size=3))
def test_no_items_break_it(items: list[Any]) -> None:
    told(answered(*items))
