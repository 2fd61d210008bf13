"""Any released form: whatever is sent of it, what conforms is decided from, and what does not is left out and named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from cds.fhir import questionnaire
from cds.foundation.errors import LedgerUnavailable
from cds.service import form
from cds.service.application import Application
from cds.service.form import Advice, Delay, Desk, View
from tests.fhir.filling.forms import HIDDEN, ask, made
from tests.fhir.samples import bound, when

NAME = "low-back-pain"
SADDLE = ask("rf-saddle", "choice", answerOption=[{"valueCoding": {"system": "urn:x", "code": code}} for code in ("yes", "no")])
TWO = [bound("questionnaire-maxOccurs", 2)]
Sent = Mapping[str, Sequence[str]]
Make = Callable[..., Desk]


@pytest.fixture
def released(backs: Application) -> Make:
    """Makes a desk whose one form has these items."""

    def make(*items: dict[str, Any]) -> Desk:
        raw = made(*items)
        release = replace(backs.releases[NAME], questionnaire=raw)
        return form.desk(replace(backs, releases={NAME: release}, forms={NAME: questionnaire.index(raw)}))

    return make


def sent(desk: Desk, fields: Sent, go: str = "finish") -> View | Advice | Delay:
    return form.turn(desk, NAME, {"form": ["1.0"], "step": ["0"], "go": [go], **fields})


def advised(desk: Desk, fields: Sent) -> Advice:
    end = sent(desk, {"q:rf-saddle": ["yes"], **fields})
    assert isinstance(end, Advice)
    assert end.cards[0]["indicator"] == "critical"
    return end


@pytest.mark.parametrize(
    ("item", "fields", "left_out"),
    [
        (ask("g", "group", ask("a", "string"), repeats=True, extension=TWO), {"n:g": ["3"], "q0:a": ["x"], "q2:a": ["z"]}, ()),
        (ask("a", "string", repeats=True, extension=TWO), {"n:a": ["5"]} | {f"q{slot}:a": ["x"] for slot in range(5)}, ()),
        (ask("a", "choice", repeats=True, answerOption=SADDLE["answerOption"], extension=[bound("questionnaire-maxOccurs", 1)]),
         {"q:a": ["yes", "no"]}, ("Text of a?",)),
        (ask("a", "integer", ask("b", "boolean"), extension=[bound("maxValue", 10)]), {"q:a": ["99"], "q:b": ["true"]}, ("Text of a?",)),
        (ask("a", "string", readOnly=True, initial=[{"valueString": "too long"}], maxLength=2), {}, ()),
    ],
)  # fmt: skip
def test_an_emergency_is_answered_whatever_else_was_sent(released: Make, item: dict[str, Any], fields: Sent, left_out: tuple[str, ...]) -> None:
    assert advised(released(SADDLE, item), fields).left_out == left_out


def test_of_more_answers_than_a_response_may_have_the_first_are_used_and_the_rest_is_named(released: Make) -> None:
    inner = ask("i", "group", ask("a", "string"), ask("b", "string"), repeats=True)
    desk = released(ask("g", "group", inner, repeats=True), SADDLE)
    slots = [(one, two) for one in range(20) for two in range(20)]
    fields = {"n:g": ["20"]} | {f"n{one}:i": ["20"] for one in range(20)} | {f"q{one}.{two}:{name}": ["x"] for one, two in slots for name in "ab"}
    assert advised(desk, fields).left_out == ("Text of a?", "Text of b?")


def test_of_too_many_answers_the_wrong_ones_alone_are_left_out_of_those_there_is_room_for(released: Make) -> None:
    desk = released(SADDLE, *(ask(f"a{place}", "integer", extension=[bound("maxValue", 9)]) for place in range(600)))
    left_out = advised(desk, {f"q:a{place}": ["99" if place % 5 == 0 else "1"] for place in range(600)}).left_out
    assert left_out == tuple(f"Text of a{place}?" for place in range(600) if place % 5 == 0 or place >= 499)


def test_one_more_is_not_offered_where_a_response_has_no_room(released: Make) -> None:
    desk = released(ask("g", "group", *(ask(f"a{place}", "string") for place in range(30)), repeats=True))
    views = [sent(desk, {"n:g": [count]}, go="stay") for count in ("2", "20")]
    assert [isinstance(view, View) and view.full for view in views] == [False, True]


def test_what_a_notice_comes_from_is_used_before_all_else(released: Make) -> None:
    stop = ask("stop", "display", enableWhen=[when("rf-saddle", "=", answerCoding={"system": "urn:x", "code": "yes"})])
    many = [ask(f"a{place}", "string") for place in range(600)]
    assert advised(released(*many, SADDLE, stop), {f"q:a{place}": ["x"] for place in range(600)}).left_out


def test_a_hidden_item_enables_for_us_what_it_enables_for_the_validator(released: Make) -> None:
    mode = ask("mode", "choice", answerOption=SADDLE["answerOption"], initial=[{"valueCoding": {"system": "urn:x", "code": "no"}}], extension=HIDDEN)
    asked = [ask(code, "string", enableWhen=[when("mode", "=", answerCoding={"system": "urn:x", "code": code})]) for code in ("yes", "no")]
    view = form.start(released(mode, *asked), NAME)
    assert [one.question.item.link_id for one in view.asked if one.shown] == ["no"]


def test_a_text_in_a_group_that_an_answer_brings_up_comes_before_anything_else(released: Make) -> None:
    desk = released(ask("y", "boolean"), ask("g", "group", ask("stop", "display"), enableWhen=[when("y", "=", answerBoolean=True)]))
    page = sent(desk, {"q:y": ["true"], "shown": ["q:y"]}, go="next")
    assert isinstance(page, View)
    assert (page.interrupt, [one.question.item.link_id for one in page.notices]) == (True, ["stop"])


def test_a_slot_is_added_and_taken_away_with_the_stop_message_first(released: Make) -> None:
    stop = ask("stop", "display", enableWhen=[when("rf-saddle", "=", answerCoding={"system": "urn:x", "code": "yes"})])
    desk = released(SADDLE, stop, ask("a", "string", repeats=True))
    more = sent(desk, {"q0:a": ["x"]}, go="add n:a")
    fewer = sent(desk, {"n:a": ["2"], "q0:a": ["x"], "q1:a": ["y"]}, go="drop 1 n:a")
    assert isinstance(more, View)
    assert isinstance(fewer, View)
    assert [one.typed.raw for one in more.asked if one.position] == [("x",), ()]
    assert [one.typed.raw for one in fewer.asked if one.position] == [("y",)]
    warned = sent(desk, {"q:rf-saddle": ["yes"], "q0:a": ["x"]}, go="add n:a")
    assert isinstance(warned, View)
    assert (warned.interrupt, ("n:a", "2") in warned.carried) == (True, True)


def test_an_empty_first_step_is_passed_over(released: Make) -> None:
    late = ask("late", "group", ask("a", "string", enableWhen=[when("b", "exists", answerBoolean=True)]))
    page = form.start(released(late, ask("first", "group", ask("b", "string"))), NAME)
    assert (page.title, page.place, page.of) == ("Text of first?", 1, 1)


def test_a_form_that_has_changed_still_warns_and_gives_the_advice_at_the_next_press(released: Make) -> None:
    stop = ask("stop", "display", enableWhen=[when("rf-saddle", "=", answerCoding={"system": "urn:x", "code": "yes"})])
    desk = released(SADDLE, stop)
    page = sent(desk, {"form": ["0.1"], "q:rf-saddle": ["yes"]})
    assert isinstance(page, View)
    assert (page.renewed, [one.name for one in page.notices]) == (True, ["q:stop"])
    advised(desk, {})


class Busy:
    """A ledger that takes nothing."""

    def append(self, record: object) -> None:
        """Refuses it."""
        raise LedgerUnavailable("Busy. Try again.")


def test_while_the_ledger_is_busy_the_stop_message_and_all_that_was_sent_are_kept(backs: Application) -> None:
    desk = form.desk(replace(backs, ledger=Busy()))  # type: ignore[arg-type]
    version = desk.head(NAME).version
    end = form.turn(desk, NAME, {"form": [version], "step": ["0"], "go": ["finish"], "q:rf-saddle": ["yes"], "q:age": ["33"]})
    assert isinstance(end, Delay)
    assert ([one.name for one in end.notices], end.go) == (["q:stop-message"], "finish")
    assert {("q:rf-saddle", "yes"), ("q:age", "33")} <= set(end.carried)
