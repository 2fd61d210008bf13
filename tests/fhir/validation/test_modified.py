"""Modifiers are told where they stand, whatever else of a response can be checked."""

from typing import Any

from cds.fhir.validation import foreign, modified
from tests.fhir.samples import CANARY
from tests.fhir.validation.forms import WHO, answer, put, sent

TURNED = [{"url": f"https://example.org/{CANARY}", "valueBoolean": True}]
PLACES = ["implicitRules", "modifierExtension", "item[0].modifierExtension", "item[1].answer[1].item[0].modifierExtension"]


def turned() -> dict[str, Any]:
    under = answer(2, put("number", "7", modifierExtension=TURNED))
    items = (WHO | {"modifierExtension": TURNED}, put("days", 1, under))
    return sent(*items, modifierExtension=TURNED, implicitRules=f"https://example.org/{CANARY}")


def test_they_are_told_outer_ones_first_and_nothing_of_them_is_repeated() -> None:
    found = list(modified.check(turned()))
    assert [one.expression.removeprefix("QuestionnaireResponse.") for one in found] == PLACES
    assert [(one.rule, one.severity, one.code) for one in found[1:3]] == [
        ("modifier", "error", "extension"),
        ("modifiedAnswer", "error", "extension"),
    ]
    assert CANARY not in str(found)


def test_they_are_told_of_a_response_to_a_questionnaire_that_nobody_has() -> None:
    told = [one.expression for one in foreign.alone(turned()) if one.code == "extension"]
    assert told == [f"QuestionnaireResponse.{place}" for place in PLACES]


def test_what_is_no_item_has_none() -> None:
    assert list(modified.check({"item": [None, 5, [], {"answer": {"modifierExtension": TURNED}}], "modifierExtension": []})) == []
