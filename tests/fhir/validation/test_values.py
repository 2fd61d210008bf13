"""Each rule about the values of answers with a right and a wrong answer, and what holds of every answer."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.facts import FactDefinitions
from cds.fhir.questionnaire import Form
from cds.fhir.validation import rules
from cds.foundation.errors import Diagnostic
from tests.fhir import samples
from tests.fhir.samples import CANARY, coded
from tests.fhir.validation import value_cases, value_parts
from tests.fhir.validation.cases import Case, told
from tests.fhir.validation.value_cases import CASES
from tests.fhir.validation.value_parts import answered, attachment, extension, quantity, question, reference, text, whole

_COVERED = (
    "emptyAnswer invalidAnswerType invalidAnswerOption exclusiveAnswerOption duplicateAnswer invalidCoding codingWithoutSystem optionAsText "
    "tsError displayDiffers comparator "
    "minValue maxValue maxDecimalPlaces minLength maxLength regex lineBreak invalidQuantity invalidUnit invalidUnitValueSet attachmentType "
    "attachmentSize attachmentLength invalidRefType invalidRefValue notChecked"
)
NULL_FLAVOR = {"extension": [extension("iso21090-nullFlavor", valueCode="ASKU")]}


def judged(case: Case, found: list[Diagnostic]) -> set[tuple[str, str, str]]:
    """What is told, without what is only not checked, and the modifier that an answer without a value has, where the case is about
    something else."""
    return {one for one in told(found) if one[0] not in ("notChecked", "modifiedAnswer") or case.rule == one[0]}


def check(form: Form, response: dict[str, Any], definitions: FactDefinitions | None = None) -> list[Diagnostic]:
    return Case("", form, {}, response, "", definitions=definitions).problems()


def problems(form: Form, *answers: dict[str, Any]) -> set[str]:
    return {rule for rule, _, _ in told(check(form, answered(*answers)))}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.name}".strip())
def test_a_right_answer_has_no_problem_and_a_wrong_one_breaks_its_rule_at_its_place(case: Case) -> None:
    assert judged(case, case.kept()) == set()
    assert judged(case, case.problems()) == {(case.rule, case.place, case.completed)}
    assert judged(case, case.problems(status="in-progress")) == {(case.rule, case.place, case.in_progress)}


def test_every_rule_about_values_has_a_case() -> None:
    assert {case.rule for case in CASES} == set(_COVERED.split()) <= rules.RULES.keys()


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        (question("choice", answerValueSet=value_parts.HELD), {"valueCoding": {"extension": value_parts.REASON["extension"]}}),
        (value_cases.CHOICE, {"valueCoding": {"_code": value_parts.REASON}}),
        (question("quantity", extension("minValue", valueInteger=0)), {"valueQuantity": {"_value": value_parts.REASON, "unit": "km"}}),
        (question("string", maxLength=1), {"_valueString": value_parts.REASON}),
        (
            question("integer"),
            {"_valueInteger": NULL_FLAVOR},
        ),
    ],
)
def test_an_answer_that_only_says_why_there_is_none_breaks_nothing(form: Form, answer: dict[str, Any]) -> None:
    assert problems(form, answer) == set()


def test_a_reason_beside_a_value_excuses_nothing() -> None:
    assert problems(value_cases.CHOICE, coded("maybe", extension=value_parts.REASON["extension"])) == {"invalidAnswerOption"}


def test_a_code_without_a_system_is_no_member_where_two_systems_have_it() -> None:
    form = question("choice", answerValueSet=value_parts.HELD)
    assert problems(form, {"valueCoding": {"code": "two"}}) == {"invalidCoding", "codingWithoutSystem"}
    assert problems(form, {"valueCoding": {"code": "one"}}) == {"codingWithoutSystem"}


def test_an_option_without_a_system_is_answered_without_one() -> None:
    form = question("choice", answerOption=[{"valueCoding": {"code": "a"}}])
    assert problems(form, {"valueCoding": {"code": "a"}}) == set()
    assert problems(form, coded("a")) == {"invalidAnswerOption"}


def test_the_content_of_an_attachment_is_always_told_as_not_checked() -> None:
    assert problems(question("attachment"), attachment(data="QUJD", size=3)) == {"notChecked"}


def test_a_reference_that_is_an_identifier_alone_is_accepted() -> None:
    assert problems(question("reference"), {"valueReference": {"identifier": {"system": "urn:x", "value": "7"}}}) == set()


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(.*)*x", "((a?){20}){20}b"])
def test_an_expression_that_would_take_for_ever_elsewhere_is_answered_at_once(pattern: str) -> None:
    found = problems(question("text", extension("regex", valueString=pattern)), text("a" * 20_000))
    assert found in ({"regex"}, {"notChecked"})


def test_a_quantity_is_compared_by_words_where_neither_has_a_code() -> None:
    form = question("quantity", extension(value_parts.SDC + "maxQuantity", valueQuantity={"value": 5, "unit": "glasses"}))
    assert problems(form, {"valueQuantity": {"value": 6, "unit": "glasses"}}) == {"maxValue"}
    assert problems(form, {"valueQuantity": {"value": 6, "unit": "bottles"}}) == {"notChecked"}


@given(st.integers(-200, 400), st.integers(-100, 100), st.integers(0, 200))
def test_a_number_is_accepted_exactly_within_its_bounds(value: int, low: int, width: int) -> None:
    form = question("integer", extension("minValue", valueInteger=low), extension("maxValue", valueInteger=low + width))
    expected = {"minValue"} if value < low else {"maxValue"} if value > low + width else set()
    assert problems(form, whole(value)) == expected


@given(st.dates(), st.dates(), st.sampled_from([4, 7, 10]))
def test_a_partial_date_is_refused_only_when_no_day_of_it_is_within_the_bound(value: Any, bound: Any, length: int) -> None:
    form = question("date", extension("minValue", valueDate=bound.isoformat()))
    said, limit = value.isoformat()[:length], bound.isoformat()[:length]
    assert (problems(form, {"valueDate": said}) == {"minValue"}) is (said < limit)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=3), st.integers(0, 5))
def test_decimal_places_count_as_they_were_written(value: Decimal, most: int) -> None:
    form = question("decimal", extension("maxDecimalPlaces", valueInteger=most))
    assert problems(form, {"valueDecimal": value}) == (set() if most >= 3 else {"maxDecimalPlaces"})


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        (value_cases.CHOICE, coded(CANARY, system=f"urn:{CANARY}")),
        (value_cases.OPEN, {"valueCoding": {"code": CANARY}}),
        (value_cases.LISTED, {"valueCoding": {"code": CANARY}}),
        (question("string", extension("regex", valueString="x"), maxLength=1), text(CANARY)),
        (value_cases.RUN, quantity(10**6, CANARY)),
        (value_cases.IMAGE, attachment(contentType=f"x/{CANARY}")),
        (value_cases.PEOPLE, reference(f"Device/{CANARY}")),
        (question("reference"), reference(CANARY)),
        (question("integer"), text(CANARY)),
    ],
)
def test_no_text_and_no_place_repeats_an_answer(form: Form, answer: dict[str, Any]) -> None:
    found = check(form, answered(answer))
    assert found and not any(CANARY in f"{one.text}{one.expression}{one.code}" for one in found)


def test_a_day_that_has_not_come_and_a_partial_one_are_told_only_of_what_must_lie_behind() -> None:
    asked = samples.run(samples.item("onset", {"valueDate": "2026-03-12"})), samples.run(samples.item("onset", {"valueDate": "2026"}))
    age = samples.now(samples.item("age", {"valueInteger": 30}), samples.item("fever", coded("no")))
    found = [told(check(samples.FORM, samples.response(age, one), samples.DEFINITIONS)) for one in asked]
    place = "QuestionnaireResponse.item[1].item[0].answer[0]"
    assert found == [[("futureDate", place, "error")], [("partialDate", place, "warning")]]
    assert problems(question("date"), {"valueDate": "2999"}) == set()
