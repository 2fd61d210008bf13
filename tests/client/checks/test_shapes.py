"""What breaks the shape of one answer is told, whatever came; what does not is not."""

from typing import Any

import pytest
from hypothesis import given

from cds.client.checks import shapes
from tests.client import fake
from tests.client.checks.test_running import ANYTHING, CARD, ODD_CARDS, ODD_PARTS

ACTION: dict[str, Any] = {"type": "create", "description": "Orders it", "resource": {"resourceType": "ServiceRequest"}}


def told(answer: Any, version: str = "") -> list[str]:
    """The faults of an answer."""
    return shapes.faults("one", version, answer)


@given(cards=ODD_CARDS | ANYTHING, actions=ODD_PARTS | ANYTHING)
def test_any_answer_is_judged_in_lines_that_quote_nothing_of_it(cards: Any, actions: Any) -> None:
    faults = told({"cards": cards, "systemActions": actions})
    assert all(fault.endswith(".") and len(fault) < 200 for fault in faults)


@pytest.mark.parametrize("answer", [{"cards": []}, {"cards": [CARD]}, fake.ANSWER, {"cards": [CARD], "systemActions": [ACTION]}])
def test_a_whole_answer_has_no_fault(answer: Any) -> None:
    assert told(answer) == []


def test_what_was_agreed_upon_and_html_are_left_to_the_whole_check() -> None:
    suggestion = {"label": "x", "actionSelectionBehavior": "any", "actions": [ACTION]}
    assert told({"cards": [{**CARD, "detail": "<b>x</b>", "selectionBehavior": "any", "suggestions": [suggestion]}]}) == []


@pytest.mark.parametrize(
    "card",
    [
        "a card",
        {**CARD, "summary": None},
        {**CARD, "indicator": "zzz"},
        {**CARD, "source": {"label": "We", "url": "data:text/html,x"}},
        {**CARD, "links": [{"label": "x", "url": "javascript://x/1", "type": "absolute"}]},
        {**CARD, "links": "x"},
        {**CARD, "suggestions": [5]},
        {**CARD, "detail": ["x"]},
        {**CARD, "selectionBehavior": "any", "suggestions": [{"label": "x", "actions": [{**ACTION, "resource": "x"}]}]},
        {**CARD, "extension": "x"},
    ],
)
def test_one_broken_card_among_whole_ones_is_told(card: Any) -> None:
    assert told({"cards": [{**CARD, "uuid": "v"}, card]}) != []


@pytest.mark.parametrize(("version", "faults"), [("", 1), ("2.0.0", 1), ("3.0.0", 0)])
def test_a_system_action_describes_itself_but_in_three_point_zero(version: str, faults: int) -> None:
    bare = {name: value for name, value in ACTION.items() if name != "description"}
    assert len(told({"cards": [], "systemActions": [bare]}, version)) == faults
