"""A Questionnaire of somebody else is checked before anything is compared with it; each problem has its place and repeats nothing."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.fhir import limits, questionnaire
from cds.fhir.validation import questionnaires
from tests.fhir import samples

CANARY = samples.CANARY
Item = dict[str, Any]
FORM: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "url": "https://example.org/Questionnaire/knee",
    "status": "active",
    "item": [
        {"linkId": "sore", "type": "boolean", "text": "Is it sore?"},
        {
            "linkId": "more",
            "type": "group",
            "enableWhen": [{"question": "sore", "operator": "=", "answerBoolean": True}],
            "item": [
                {"linkId": "side", "type": "choice", "answerOption": [{"valueCoding": {"code": "left"}}, {"valueCoding": {"code": "right"}}]},
                {"linkId": "days", "type": "integer", "extension": [samples.bound("minValue", 0)]},
                {"linkId": "thanks", "type": "display", "text": "Thank you."},
            ],
        },
    ],
}
SORE, MORE, SIDE, DAYS, THANKS = (), (1,), (1, 0), (1, 1), (1, 2)


def changed(path: tuple[int, ...], **members: Any) -> dict[str, Any]:
    """The form with members of the item at a path changed; None takes one away."""
    form = copy.deepcopy(FORM)
    item: Any = form["item"][path[0] if path else 0]
    for step in path[1:]:
        item = item["item"][step]
    item.update(members)
    for name in [name for name, value in members.items() if value is None]:
        del item[name]
    return form


def found(form: dict[str, Any]) -> list[tuple[str, str]]:
    """Code and place of every problem, none of which repeats what was sent."""
    told = questionnaires.problems(form)
    assert CANARY not in str(told)
    assert all(one.severity == "error" and len(one.text) > 10 for one in told)
    return [(one.code, one.expression) for one in told]


def when(**changes: Any) -> list[dict[str, Any]]:
    """One condition on the first question, changed."""
    condition = {"question": "sore", "operator": "=", "answerBoolean": True} | changes
    return [{name: value for name, value in condition.items() if value is not None}]


OWN = {
    "a linkId twice": (changed(DAYS, linkId="side"), "duplicate", "item[1].item[1].linkId"),
    "a linkId of an outer item again": (changed(DAYS, linkId="more"), "duplicate", "item[1].item[1].linkId"),
    "a condition on no item": (changed(MORE, enableWhen=when(question=CANARY)), "not-found", "item[1].enableWhen[0].question"),
    "two conditions and no behavior": (changed(MORE, enableWhen=when() * 2), "invariant", "item[1]"),
    "exists compared with a number": (
        changed(MORE, enableWhen=when(operator="exists", answerBoolean=None, answerInteger=1)),
        "invariant",
        "item[1].enableWhen[0]",
    ),
    "a group without items": (changed(MORE, item=None), "invariant", "item[1]"),
    "a display with items": (changed(THANKS, item=[{"linkId": "x", "type": "string"}]), "invariant", "item[1].item[2]"),
    "a display with a code": (changed(THANKS, code=[{"code": CANARY}]), "invariant", "item[1].item[2]"),
    "a display that is required": (changed(THANKS, required=True), "invariant", "item[1].item[2]"),
    "a display that is read-only": (changed(THANKS, readOnly=True), "invariant", "item[1].item[2]"),
    "a group with a value": (changed(MORE, initial=[{"valueString": CANARY}]), "invariant", "item[1]"),
    "options of a boolean": (changed(SORE, answerOption=[{"valueString": CANARY}]), "invariant", "item[0]"),
    "options of a group": (changed(MORE, answerOption=[{"valueString": CANARY}]), "invariant", "item[1]"),
    "a value set of a number": (changed(DAYS, answerValueSet="https://example.org/ValueSet/days"), "invariant", "item[1].item[1]"),
    "options and a value set": (changed(SIDE, answerValueSet="https://example.org/ValueSet/sides"), "invariant", "item[1].item[0]"),
    "options and a first value": (changed(SIDE, initial=[{"valueCoding": {"code": "left"}}]), "invariant", "item[1].item[0]"),
    "a greatest length of a choice": (changed(SIDE, maxLength=3), "invariant", "item[1].item[0]"),
    "two first values": (changed(DAYS, initial=[{"valueInteger": 1}, {"valueInteger": 2}]), "invariant", "item[1].item[1]"),
    "a bound that is a text": (
        changed(DAYS, extension=[{"url": samples.bound("minValue", 0)["url"], "valueString": CANARY}]),
        "value",
        "item[1].item[1].extension[0]",
    ),
}


def test_a_good_questionnaire_has_no_problem() -> None:
    assert found(FORM) == []


_COMPUTED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/cqf-calculatedValue", "valueString": "today"}]}
_MAXIMUM = samples.bound("maxValue", 0)["url"]
FINE = {
    "a greatest length of an open choice": changed(SIDE, type="open-choice", maxLength=3),
    "a bound that is a quantity": changed(DAYS, type="quantity", extension=[{"url": _MAXIMUM, "valueQuantity": {"value": 3, "unit": "d"}}]),
    "a bound that an expression gives": changed(DAYS, extension=[{"url": _MAXIMUM, "_valueInteger": _COMPUTED}]),
    "a bound beside an expression": changed(DAYS, extension=[{"url": _MAXIMUM, "valueInteger": 3, "_valueInteger": _COMPUTED}]),
}


@pytest.mark.parametrize("name", FINE)
def test_what_r4_allows_is_not_refused(name: str) -> None:
    assert found(FINE[name]) == []


def test_a_bound_of_which_only_the_absence_is_explained_binds_nobody_and_is_told() -> None:
    reason = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
    form = changed(DAYS, extension=[{"url": _MAXIMUM, "_valueInteger": reason}])
    assert found(form) == [("value", "Questionnaire.item[1].item[1].extension[0]")]


@pytest.mark.parametrize("name", OWN)
def test_what_r4_asks_of_a_questionnaire_is_told_with_its_place(name: str) -> None:
    form, code, place = OWN[name]
    assert found(form) == [(code, f"Questionnaire.{place}")]


@pytest.mark.parametrize(
    ("form", "place"),
    [
        (changed(SORE, type=CANARY), "Questionnaire.item[0].type"),
        (changed(SIDE, linkId=None), "Questionnaire.item[1].item[0].linkId"),
        (changed(DAYS, type=None), "Questionnaire.item[1].item[1].type"),
        (changed(MORE, enableWhen=when(operator=CANARY)), "Questionnaire.item[1].enableWhen[0].operator"),
        ({**FORM, "status": CANARY}, "Questionnaire.status"),
        ({**FORM, "item": CANARY}, "Questionnaire.item"),
    ],
)
def test_what_is_no_fhir_is_told_before_the_rest(form: dict[str, Any], place: str) -> None:
    assert place in [where for _, where in found(form)]


def test_a_condition_has_exactly_one_answer() -> None:
    assert found(changed(MORE, enableWhen=when(answerBoolean=None))) != []
    assert found(changed(MORE, enableWhen=when(answerInteger=1))) != []
    assert found(changed(MORE, enableWhen=when(answerBoolean=None, _answerBoolean={"extension": []}))) != []


def test_another_resource_is_no_questionnaire() -> None:
    assert found({"resourceType": "Patient", "id": CANARY}) == [("structure", "Questionnaire.resourceType")]


@pytest.mark.parametrize("count", [limits.MAX_FORM_ITEMS + 1, 10_000])
def test_a_questionnaire_of_too_many_items_is_refused_before_it_is_read(count: int) -> None:
    items = [{"linkId": f"{CANARY}-{number}", "type": "string"} for number in range(count)]
    assert found({**FORM, "item": items}) == [("too-long", "Questionnaire")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "sore", "choice", "group", "display", CANARY]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["linkId", "type", "item", "answerOption", "url"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(path=st.sampled_from([SORE, MORE, SIDE, DAYS, THANKS]), member=st.sampled_from([*FORM["item"][1], "answerOption", "extension"]), value=JSON)
def test_whatever_is_sent_is_refused_or_can_be_indexed(path: tuple[int, ...], member: str, value: Any) -> None:
    form = changed(path)
    item: Any = form["item"][path[0] if path else 0]
    for step in path[1:]:
        item = item["item"][step]
    item[member] = value
    if not found(form):
        questionnaire.index(form)


@pytest.mark.parametrize("change", [lambda form: form, lambda form: {**form, "item": []}])
def test_the_places_of_items_are_their_paths(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    placed = [one.place for one in questionnaires.placed(change(FORM))]
    items = ["item[0]", "item[1]", "item[1].item[0]", "item[1].item[1]", "item[1].item[2]"]
    assert placed == ([f"Questionnaire.{one}" for one in items] if change(FORM)["item"] else [])


TURNED = [{"url": "https://example.org/turned", "valueBoolean": True}]


@pytest.mark.parametrize(
    ("form", "place"),
    [
        (FORM | {"implicitRules": "https://example.org/rules"}, "Questionnaire.implicitRules"),
        (FORM | {"modifierExtension": TURNED}, "Questionnaire.modifierExtension"),
        (changed(SORE, modifierExtension=TURNED), "Questionnaire.item[0].modifierExtension"),
        (changed(DAYS, modifierExtension=TURNED), "Questionnaire.item[1].item[1].modifierExtension"),
        (changed(MORE, enableWhen=when(modifierExtension=TURNED)), "Questionnaire.item[1].enableWhen[0].modifierExtension"),
        (changed(DAYS, initial=[{"valueInteger": 1, "modifierExtension": TURNED}]), "Questionnaire.item[1].item[1].initial[0].modifierExtension"),
        (
            FORM | {"contained": [{"resourceType": "ValueSet", "id": "v", "status": "active", "modifierExtension": TURNED}]},
            "Questionnaire.contained[0].modifierExtension",
        ),
    ],
)
def test_a_modifier_is_an_error_because_what_has_it_may_mean_something_else(form: dict[str, Any], place: str) -> None:
    assert found(form) == [("extension", place)]
