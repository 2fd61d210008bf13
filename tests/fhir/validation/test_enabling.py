"""enableWhen of FHIR R4."""

from typing import Any

import pytest

from cds.fhir import questionnaire
from cds.fhir.validation import enabling
from tests.fhir import samples


def _coding(code: str, system: str = samples.ANSWERS) -> dict[str, str]:
    return {"system": system, "code": code}


def _enabled(operator: str, given: list[Any], **answer: Any) -> bool:
    asked = {"linkId": "a", "type": "string"}
    item = {"linkId": "b", "type": "string", "enableWhen": [samples.when("a", operator, **answer)]}
    form = questionnaire.index({"url": "u", "version": "1", "item": [asked, item]})
    return enabling.enabled(form, "b", {"a": given})


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
    assert _enabled(operator, given, answerInteger=5) is expected


@pytest.mark.parametrize(("given", "expected"), [(["x"], True), ([], False)])
def test_exists_asks_for_any_answer(given: list[Any], expected: bool) -> None:
    assert _enabled("exists", given, answerBoolean=True) is expected
    assert _enabled("exists", given, answerBoolean=False) is not expected


@pytest.mark.parametrize(
    ("given", "expected"), [(_coding("yes"), True), ({"code": "yes"}, True), (_coding("yes", "urn:x"), False), (_coding("no"), False), ("yes", False)]
)
def test_a_coding_is_compared_by_code_and_system(given: Any, expected: bool) -> None:
    assert _enabled("=", [given], answerCoding=_coding("yes")) is expected


def test_quantities_are_compared_in_one_unit_only() -> None:
    wanted = {"value": 5, "code": "km"}
    assert _enabled(">", [{"value": 6, "code": "km"}], answerQuantity=wanted)
    assert not _enabled(">", [{"value": 6, "code": "[mi_i]"}], answerQuantity=wanted)


def test_dates_are_put_in_order() -> None:
    assert _enabled("<", ["2024-01-01"], answerDate="2024-02-01")


def test_text_is_equal_to_itself_and_true_is_not_one() -> None:
    assert _enabled("=", ["x"], answerString="x")
    assert not _enabled("=", [1], answerBoolean=True)


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


def test_an_item_in_a_group_that_is_not_enabled_is_not_enabled() -> None:
    assert not enabling.enabled(samples.FORM, "goal", {"age": [100]})
    assert enabling.enabled(samples.FORM, "goal", {"age": [99]})
