"""enableWhen of FHIR R4."""

from typing import Any

import pytest

from cds.fhir import questionnaire
from cds.fhir.questionnaire import Condition
from cds.fhir.validation import enabling
from tests.fhir import samples


def _coding(code: str, system: str = samples.ANSWERS) -> dict[str, str]:
    return {"system": system, "code": code}


def _met(operator: str, given: list[Any], **answer: Any) -> bool | None:
    ((kind, wanted),) = answer.items()
    return enabling.met(Condition("a", operator, wanted, kind), given)


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("=", [5], True),
        ("=", [4, 5], True),
        ("=", [], False),
        ("!=", [5], False),
        ("!=", [4, 5], False),
        ("!=", [], True),
        (">", [6], True),
        (">", [5], False),
        (">=", [5], True),
        ("<", [4], True),
        ("<=", [6], False),
        (">", [], False),
        ("<", ["x"], False),
    ],
)
def test_an_integer_is_compared_by_its_value(operator: str, given: list[Any], expected: bool) -> None:
    assert _met(operator, given, answerInteger=5) is expected


@pytest.mark.parametrize(("given", "expected"), [(["x"], True), ([], False)])
def test_exists_asks_for_any_answer(given: list[Any], expected: bool) -> None:
    assert _met("exists", given, answerBoolean=True) is expected
    assert _met("exists", given, answerBoolean=False) is not expected


@pytest.mark.parametrize(
    ("given", "expected"), [(_coding("yes"), True), ({"code": "yes"}, True), (_coding("yes", "urn:x"), False), (_coding("no"), False), ("yes", False)]
)
def test_a_coding_is_compared_by_code_and_system(given: Any, expected: bool) -> None:
    assert _met("=", [given], answerCoding=_coding("yes")) is expected


NAMED, CODED = {"display": "Back pain"}, {"code": "a", "display": "Back pain"}


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        (_coding("yes"), {"code": "yes"}, True),
        (_coding("no"), {"code": "yes"}, False),
        ({"display": "back  PAIN"}, NAMED, True),
        ({"display": "Knee pain"}, NAMED, False),
        (CODED, NAMED, True),
        ({"code": "a"}, NAMED, None),
        (NAMED, CODED, None),
        ({"display": "Knee pain"}, CODED, False),
        (NAMED, {"code": "a"}, None),
    ],
)
def test_a_coding_that_lacks_a_system_or_a_code_is_compared_by_what_both_have(given: Any, wanted: dict[str, str], expected: bool | None) -> None:
    assert _met("=", [given], answerCoding=wanted) is expected
    assert _met("!=", [given], answerCoding=wanted) is (None if expected is None else not expected)


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        ({"reference": "Organization/1", "display": "Ours"}, {"reference": "Organization/1"}, True),
        ({"reference": "Organization/2"}, {"reference": "Organization/1"}, False),
        ({"identifier": {"value": "7", "use": "official"}}, {"identifier": {"value": "7"}}, True),
        ({"identifier": {"system": "urn:x", "value": "7"}}, {"identifier": {"value": "7"}}, False),
        ({"identifier": {"value": "7"}}, {"reference": "Organization/1"}, None),
        ("Organization/1", {"reference": "Organization/1"}, False),
    ],
)
def test_a_reference_is_compared_by_its_address_or_identifier_and_not_by_its_words(given: Any, wanted: Any, expected: bool | None) -> None:
    assert _met("=", [given], answerReference=wanted) is expected


def test_a_quantity_with_a_comparator_is_no_number_to_compare_with() -> None:
    assert _met(">", [{"value": 6, "code": "km", "comparator": "<"}], answerQuantity={"value": 5, "code": "km"}) is None


def test_quantities_are_compared_in_one_unit_only() -> None:
    wanted = {"value": 5, "code": "km"}
    assert _met(">", [{"value": 6, "code": "km"}], answerQuantity=wanted)
    assert _met(">", [{"value": 6, "code": "[mi_i]"}], answerQuantity=wanted) is None


def test_a_quantity_in_another_unit_is_neither_equal_nor_another() -> None:
    wanted, other = {"value": 5, "unit": "km"}, {"value": 5, "unit": "mi"}
    assert (_met("=", [other], answerQuantity=wanted), _met("!=", [other], answerQuantity=wanted)) == (None, None)
    assert _met("=", [other, wanted], answerQuantity=wanted)
    assert not _met("=", [{"unit": "km"}], answerQuantity=wanted)


DATES = [
    ("<", "2024-01-01", "2024-02-01", True),
    (">", "2024-01-01", "2024-02-01", False),
    ("<", "2024", "2024-02-01", None),
    ("<", "2023", "2024-02-01", True),
    ("=", "2024-02", "2024-02", True),
    ("=", "2024-02-01", "2024-02", None),
    ("=", "2024-03-01", "2024-02", False),
    ("<", "2024-02", "2024-02", False),
    ("<=", "2024-02", "2024-02", True),
    (">=", "2024-03", "2024-02", True),
    ("<", "soon", "2024-02-01", False),
]


@pytest.mark.parametrize(("operator", "given", "wanted", "expected"), DATES)
def test_a_date_is_compared_by_all_that_it_may_mean(operator: str, given: str, wanted: str, expected: bool | None) -> None:
    assert _met(operator, [given], answerDate=wanted) is expected
    assert _met(operator, [given], answerDateTime=wanted) is expected


@pytest.mark.parametrize(
    ("operator", "given", "expected"), [("<", "08:59:00", True), ("<", "09:00:00", False), ("=", "09:00:00.000", True), ("=", "x", False)]
)
def test_a_time_is_compared_by_the_clock(operator: str, given: str, expected: bool) -> None:
    assert _met(operator, [given], answerTime="09:00:00") is expected


def test_text_is_equal_to_itself_and_true_is_not_one() -> None:
    assert _met("=", ["x"], answerString="x")
    assert not _met("=", [1], answerBoolean=True)
    assert not _met("=", ["2024"], answerString="2024-01-01")
    assert _met("!=", [{"reference": "Patient/a"}], answerReference={"reference": "Patient/b"})


@pytest.mark.parametrize(
    ("sex", "age", "expected"), [("female", 30, True), ("male", 30, False), ("female", 56, False), ("unsure", 12, True), ("female", None, False)]
)
def test_all_conditions_must_hold_when_the_form_says_all(sex: str, age: int | None, expected: bool) -> None:
    answers: dict[str, list[Any]] = {"sex": [_coding(sex)], "age": [] if age is None else [age]}
    assert enabling.enabled(samples.FORM, "pregnant", answers) is expected


def test_any_condition_is_enough_when_the_form_says_any() -> None:
    conditions = [samples.when("a", "=", answerInteger=1), samples.when("a", "=", answerInteger=2)]
    items = [{"linkId": "a", "type": "integer"}, {"linkId": "b", "type": "string", "enableBehavior": "any", "enableWhen": conditions}]
    form = questionnaire.index({"url": "u", "version": "1", "item": items})
    assert enabling.enabled(form, "b", {"a": [2]})
    assert not enabling.enabled(form, "b", {"a": [3]})


def test_an_item_in_a_group_that_is_not_enabled_is_not_met() -> None:
    assert not enabling.enabled(samples.FORM, "goal", {"age": [100]})
    assert enabling.enabled(samples.FORM, "goal", {"age": [99]})
