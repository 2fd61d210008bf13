"""The form from page to page, with the released questionnaire: nothing is lost, nothing stops an emergency, every decision is recorded."""

import json
from collections.abc import Iterable, Mapping

import pytest

from cds.fhir.validation import response as validation
from cds.foundation.errors import NotFound, TooManyRequests
from cds.service import evaluate, explain, form
from cds.service.application import Application
from cds.service.form import Advice, Delay, Desk, View

NAME = "low-back-pain"
SADDLE, CHEST, TRAUMA, BRUISE, STOP = "q:rf-saddle", "q:rf-chest", "q:trauma", "q:rf-bruise-spine", "q:stop-message"
Sent = dict[str, list[str]]


@pytest.fixture
def desk(backs: Application) -> Desk:
    return form.desk(backs)


def fields(page: View, answers: Mapping[str, str | list[str]], *, go: str = "next") -> Sent:
    """What a browser without script sends: what the page carries, what it shows, and what was answered on it."""
    sent: Sent = {"go": [go], "step": [str(page.step)], "form": [page.head.version]}
    carried: Iterable[tuple[str, str]] = page.carried
    shown = [one for top in page.asked for one in top.walk() if one.shown and one.question.answerable]
    if not page.interrupt:
        carried = (
            *carried,
            *(("shown", one.name) for one in shown),
            *((one.name, text) for one in shown for text in one.typed.raw if one.name not in answers),
        )
    for name, value in carried:
        sent.setdefault(name, []).append(value)
    return sent | {name: [value] if isinstance(value, str) else value for name, value in answers.items()}


def next_page(desk: Desk, page: View, answers: Mapping[str, str | list[str]], *, go: str = "next") -> View:
    following = form.turn(desk, NAME, fields(page, answers, go=go))
    assert isinstance(following, View)
    return following


def advice(desk: Desk, page: View, answers: Mapping[str, str | list[str]], *, go: str) -> Advice:
    end = form.turn(desk, NAME, fields(page, answers, go=go))
    assert isinstance(end, Advice)
    return end


def test_the_first_page_is_the_warning_signs(desk: Desk) -> None:
    page = form.start(desk, NAME)
    assert (page.step, page.place, page.faults, page.notices) == (0, 1, (), ())
    assert SADDLE in {one.name for top in page.asked for one in top.walk()}


def test_a_form_that_is_not_released_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        form.start(desk, "knee")


def test_an_emergency_answer_is_met_by_the_stop_message_before_anything_else(desk: Desk) -> None:
    page = next_page(desk, form.start(desk, NAME), {SADDLE: "yes"})
    assert (page.interrupt, [one.name for one in page.notices], page.faults) == (True, [STOP], ())


def test_from_the_stop_message_the_emergency_card_is_one_press_away_though_the_rest_is_missing_or_wrong(desk: Desk) -> None:
    stop = next_page(desk, form.start(desk, NAME), {SADDLE: "yes", "q:age": "200", "q:preg-weeks": "many"})
    end = advice(desk, stop, {}, go="finish")
    assert end.cards[0]["indicator"] == "critical"
    assert (end.status, end.left_out) == ("in-progress", ("How old are you?", "How many weeks?"))


def test_after_the_stop_message_the_form_goes_on_and_shows_it_no_second_time_alone(desk: Desk) -> None:
    stop = next_page(desk, form.start(desk, NAME), {SADDLE: "yes"})
    page = next_page(desk, stop, {}, go="on")
    assert (page.interrupt, page.step, [one.name for one in page.notices]) == (False, 0, [STOP])
    assert page.faults
    following = next_page(desk, page, {}, go="anyway")
    assert (following.step, following.interrupt, [one.name for one in following.notices]) == (1, False, [STOP])


def test_another_emergency_answer_is_met_by_the_stop_message_again(desk: Desk) -> None:
    stop = next_page(desk, form.start(desk, NAME), {SADDLE: "yes"})
    changed = next_page(desk, stop, {}, go="stay")
    assert not changed.interrupt
    assert next_page(desk, changed, {SADDLE: "no", CHEST: "yes"}).interrupt
    assert next_page(desk, changed, {CHEST: "yes"}, go="back").interrupt


def test_the_same_emergency_answer_given_again_after_it_was_taken_back_is_met_again(desk: Desk) -> None:
    stop = next_page(desk, form.start(desk, NAME), {SADDLE: "yes"})
    second = next_page(desk, next_page(desk, stop, {}, go="stay"), {SADDLE: "no"}, go="anyway")
    first = next_page(desk, second, {}, go="back")
    assert next_page(desk, first, {SADDLE: "yes"}).interrupt


def test_what_was_required_and_not_answered_is_told_once_and_then_may_be_left_out(desk: Desk) -> None:
    page = next_page(desk, form.start(desk, NAME), {})
    assert {"q:age", SADDLE} <= {fault.asked.name for fault in page.faults if fault.missing}
    assert next_page(desk, page, {}, go="anyway").step == 1


def test_nothing_typed_is_lost_on_an_error(desk: Desk) -> None:
    page = next_page(desk, form.start(desk, NAME), {"q:age": "old", "q:sex": "female"})
    raw = {one.name: one.typed.raw for top in page.asked for one in top.walk()}
    assert (raw["q:age"], raw["q:sex"]) == (("old",), ("female",))
    onwards = next_page(desk, page, {}, go="anyway")
    assert ("q:age", "old") in onwards.carried


def test_a_question_that_an_answer_brings_up_is_asked_before_going_on(desk: Desk) -> None:
    page = next_page(desk, form.start(desk, NAME), {TRAUMA: "minor"}, go="anyway")
    assert (page.step, [one.name for one in page.fresh]) == (0, [BRUISE])
    assert next_page(desk, page, {BRUISE: "no"}, go="anyway").step == 1


def test_a_question_of_an_earlier_step_that_a_later_answer_brings_up_is_asked(desk: Desk) -> None:
    first = next_page(desk, form.start(desk, NAME), {"q:sex": "male"}, go="anyway")
    back = next_page(desk, first, {"q:sex": "female", "q:age": "30"}, go="anyway")
    assert (back.step, [one.name for one in back.fresh]) == (0, ["q:pregnant"])


def test_a_warning_sign_that_is_no_longer_asked_for_is_kept_and_counts(desk: Desk) -> None:
    first = next_page(desk, form.start(desk, NAME), {TRAUMA: "minor"})
    changed = next_page(desk, first, {TRAUMA: "none", BRUISE: "yes"})
    assert changed.interrupt
    end = advice(desk, changed, {}, go="finish")
    fact = explain.explain(desk.app, end.decision)["facts"]["rf-bruise-spine"]
    assert (fact["value"], fact["source"]) == ("yes", "questionnaire")


def test_back_keeps_every_answer(desk: Desk) -> None:
    second = next_page(desk, form.start(desk, NAME), {SADDLE: "no"}, go="anyway")
    first = next_page(desk, second, {"q:pain-now": "7", "q:duration-days": "x"}, go="back")
    assert first.step == 0
    assert {("q:pain-now", "7"), ("q:duration-days", "x")} <= set(first.carried)


def test_a_step_on_which_nothing_is_asked_is_passed_over(desk: Desk) -> None:
    first = next_page(desk, form.start(desk, NAME), {"q:age": "70"}, go="anyway")
    assert first.of == len(desk.steps(NAME)) - 1


def test_the_whole_form_left_empty_still_gives_advice_that_is_recorded(desk: Desk) -> None:
    page: View | Advice | Delay = form.start(desk, NAME)
    for _ in range(2 * len(desk.steps(NAME))):
        if not isinstance(page, View):
            break
        page = form.turn(desk, NAME, fields(page, {}, go="anyway"))
    assert isinstance(page, Advice)
    assert page.status == "completed"
    assert explain.explain(desk.app, page.decision)["decisionId"] == page.decision


def test_the_answers_can_be_kept_as_a_response_that_our_validator_takes(desk: Desk) -> None:
    stop = next_page(desk, form.start(desk, NAME), {SADDLE: "yes", "q:site": ["low-back", "sacrum"], "q:agg": ["none", "cough"]})
    end = advice(desk, stop, {}, go="finish")
    kept = {name: [value for key, value in end.carried if key == name] for name, _ in end.carried}
    sent = kept | {"authored": [end.authored], "go": [end.status], "form": [end.head.version]}
    resource = json.loads(form.submitted(desk, NAME, sent))
    release = desk.app.releases[NAME]
    problems = validation.validate(resource, desk.app.forms[NAME], at=desk.app.clock(), definitions=release.facts)
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert (resource["status"], resource["authored"][:10]) == ("in-progress", end.authored[:10])


def test_another_version_of_the_form_begins_again_with_the_answers_kept(desk: Desk) -> None:
    sent = fields(form.start(desk, NAME), {SADDLE: "yes"}) | {"form": ["0.9.0"]}
    page = form.turn(desk, NAME, sent)
    assert isinstance(page, View)
    assert (page.renewed, page.step, [one.name for one in page.notices]) == (True, 0, [STOP])


def test_fields_that_the_form_does_not_have_are_not_looked_at(desk: Desk) -> None:
    sent = fields(form.start(desk, NAME), {"q:nonsense": "x", "step": "99", "q5:age": "7"})
    page = form.turn(desk, NAME, sent)
    assert isinstance(page, View)
    assert "nonsense" not in str(page.carried)


def test_the_cards_are_those_of_the_same_response_submitted_as_fhir(desk: Desk) -> None:
    stop = next_page(desk, form.start(desk, NAME), {SADDLE: "yes", "q:age": "33"})
    end = advice(desk, stop, {}, go="finish")
    kept = {name: [value for key, value in end.carried if key == name] for name, _ in end.carried}
    body = form.submitted(desk, NAME, kept | {"authored": [end.authored], "go": [end.status]})
    cards = evaluate.submit(desk.app, body)["cards"]
    assert [card["summary"] for card in cards] == [card["summary"] for card in end.cards]


def refused(*_: object) -> None:
    """There was too much advice in this minute."""
    raise TooManyRequests("Too many.", retry_after=7)


def test_advice_that_may_not_be_recorded_is_not_given_and_the_stop_message_is(desk: Desk) -> None:
    stop = next_page(desk, form.start(desk, NAME), {SADDLE: "yes"})
    sent = fields(stop, {}, go="finish")
    page = form.turn(desk, NAME, sent, refused)
    assert isinstance(page, Delay)
    assert (page.wait, page.go, [one.name for one in page.notices]) == (7, "finish", [STOP])
    assert (SADDLE, "yes") in page.carried
    assert desk.app.ledger is None or list(desk.app.ledger.records()) == []


def test_pages_on_the_way_are_not_counted_as_advice(desk: Desk) -> None:
    page = form.turn(desk, NAME, fields(form.start(desk, NAME), {"q:age": "40"}, go="anyway"), refused)
    assert isinstance(page, View)


@pytest.mark.parametrize("go", ["next", "finish", "back", "stay"])
def test_who_must_wait_meets_the_stop_message_and_loses_no_answer(desk: Desk, go: str) -> None:
    sent = fields(form.start(desk, NAME), {SADDLE: "yes", "q:age": "old"}, go=go)
    page = form.delayed(desk, NAME, sent, 7)
    assert isinstance(page, Delay)
    assert (page.wait, page.go, page.step, [one.name for one in page.notices]) == (7, go, 0, [STOP])
    assert {(SADDLE, "yes"), ("q:age", "old")} <= set(page.carried)


def test_who_must_wait_with_a_form_that_is_another_by_now_begins_again_with_the_answers_kept(desk: Desk) -> None:
    sent = fields(form.start(desk, NAME), {SADDLE: "yes"}) | {"form": ["0.0.1"]}
    page = form.delayed(desk, NAME, sent, 7)
    assert isinstance(page, View)
    assert (page.renewed, [one.name for one in page.notices]) == (True, [STOP])
