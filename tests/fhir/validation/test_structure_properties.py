"""What holds for every form: a response that answers it rightly has no problem, and one thing wrong in it is told, there and alone."""

from collections.abc import Callable

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cds.fhir.questionnaire import Form, Item
from tests.fhir.validation import random_forms
from tests.fhir.validation.cases import Case, told
from tests.fhir.validation.forms import Raw
from tests.fhir.validation.random_forms import Level

Fits = Callable[[Raw, Item], bool]
bounded = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None, max_examples=40)
Answered = tuple[Form, Raw]


def problems(form: Form, response: Raw) -> list[tuple[str, str]]:
    """Rule and place of each problem."""
    return [(rule, place) for rule, place, _ in told(Case("", form, {}, random_forms.tidy(response), "").problems())]


def spot(form: Form, response: Raw, data: st.DataObject, fits: Fits) -> tuple[Level, int]:
    """A place in the response where the thing can go wrong; an example without one is passed over."""
    found = [(level, at) for level in random_forms.levels(response) for at, one in enumerate(level.items) if fits(one, form.items[one["linkId"]])]
    assume(found)
    return found[data.draw(st.integers(0, len(found) - 1))]


def asked_about(form: Form) -> set[str]:
    """The linkIds that conditions are about."""
    return {condition.question for item in form.items.values() for condition in item.conditions}


@given(random_forms.answered())
@bounded
def test_a_response_that_answers_its_form_has_no_problem(drawn: Answered) -> None:
    assert problems(*drawn) == []


@given(random_forms.answered(), st.data())
@bounded
def test_a_required_answer_that_is_taken_away_is_missing_at_its_item(drawn: Answered, data: st.DataObject) -> None:
    form, response = drawn
    decisive = asked_about(form)
    level, at = spot(form, response, data, lambda _, item: item.required and item.link_id not in decisive and not item.children)
    del level.items[at]["answer"]
    assert problems(form, response) == [("required", level.place(at))]


@given(random_forms.answered(), st.data())
@bounded
def test_a_required_item_that_is_left_out_is_missing_where_it_should_stand(drawn: Answered, data: st.DataObject) -> None:
    form, response = drawn
    decisive = asked_about(form)
    level, at = spot(form, response, data, lambda _, item: item.required and item.link_id not in decisive and not item.children)
    del level.items[at]
    assert problems(form, response) == [("required", level.path)]


@given(random_forms.answered(), st.data())
@bounded
def test_an_item_that_is_moved_to_the_top_is_told_there_and_nowhere_as_missing(drawn: Answered, data: st.DataObject) -> None:
    form, response = drawn
    level, at = spot(form, response, data, lambda _, item: bool(item.parents))
    response["item"].append(level.items.pop(at))
    assert problems(form, response) == [("wrongLevel", f"QuestionnaireResponse.item[{len(response['item']) - 1}]")]


@given(random_forms.answered(), st.data())
@bounded
def test_an_item_that_stands_twice_is_told_the_second_time(drawn: Answered, data: st.DataObject) -> None:
    form, response = drawn
    level, at = spot(form, response, data, lambda _, item: not (item.type == "group" and item.repeats))
    level.items.insert(at, level.items[at])
    assert problems(form, response) == [("repeatedItem", level.place(at + 1))]


@given(random_forms.answered(), st.data())
@bounded
def test_two_items_that_change_places_are_out_of_order_at_the_second(drawn: Answered, data: st.DataObject) -> None:
    form, response = drawn
    found = [
        (level, at)
        for level in random_forms.levels(response)
        for at in range(1, len(level.items))
        if level.items[at]["linkId"] != level.items[at - 1]["linkId"]
    ]
    assume(found)
    level, at = found[data.draw(st.integers(0, len(found) - 1))]
    level.items[at - 1 : at + 1] = reversed(level.items[at - 1 : at + 1])
    assert problems(form, response) == [("wrongOrder", level.place(at))]


@given(random_forms.answered(), st.data())
@bounded
def test_an_item_that_the_form_does_not_have_is_told_at_its_place(drawn: Answered, data: st.DataObject) -> None:
    form, response = drawn
    level, at = spot(form, response, data, lambda *_: True)
    level.items.insert(at, {"linkId": "nowhere"})
    assert problems(form, response) == [("invalidLinkId", level.place(at))]


@given(random_forms.answered(), st.data())
@bounded
def test_an_answer_to_a_group_is_told(drawn: Answered, data: st.DataObject) -> None:
    form, response = drawn
    level, at = spot(form, response, data, lambda _, item: item.type == "group")
    level.items[at]["answer"] = [{"valueString": "x"}]
    assert problems(form, response) == [("groupShouldNotHaveAnswers", f"{level.place(at)}.answer")]


@given(random_forms.answered(), st.data())
@bounded
def test_a_second_answer_to_a_question_that_takes_one_is_told(drawn: Answered, data: st.DataObject) -> None:
    form, response = drawn
    level, at = spot(form, response, data, lambda _, item: item.type != "group" and not item.repeats and not item.children)
    level.items[at]["answer"] *= 2
    assert problems(form, response) == [("repeats", f"{level.place(at)}.answer")]


@given(random_forms.answered(), st.data())
@bounded
def test_items_beside_the_answer_that_they_belong_under_are_told_each(drawn: Answered, data: st.DataObject) -> None:
    form, response = drawn
    level, at = spot(form, response, data, lambda given, item: item.type != "group" and "item" in given["answer"][0] and len(given["answer"]) == 1)
    moved = level.items[at]["answer"][0].pop("item")
    level.items[at]["item"] = moved
    assert problems(form, response) == [("misplacedItems", f"{level.place(at)}.item[{number}]") for number in range(len(moved))]
