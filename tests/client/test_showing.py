"""What a service sends is shown whole, in words, and commands no terminal."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.cli import rendering
from cds.client import showing

ESCAPES = "\x1b[2J\x1b]0;title\x07 \x9b31m \u202e gnp.exe \u2066 \ud800 \r over \u200b"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just(ESCAPES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
MEMBERS = ("indicator", "summary", "detail", "source", "suggestions", "links", "label", "url", "type", "uuid")
CARDS = st.dictionaries(st.sampled_from(MEMBERS), JSON | st.lists(st.dictionaries(st.sampled_from(MEMBERS), JSON), max_size=3))


def commands(text: str) -> list[str]:
    """What a terminal would obey, or hide, in the text."""
    return [one for one in text if one not in "\n\t" and (unicodedata.category(one) in ("Cc", "Cs") or unicodedata.bidirectional(one) in BIDI)]


BIDI = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


@given(sent=JSON | CARDS)
def test_any_card_can_be_shown_and_commands_nothing(sent: Any) -> None:
    assert commands(rendering.card_text(showing.card(sent))) == []


@given(sent=JSON | st.lists(st.dictionaries(st.sampled_from(["type", "description", "resource", "resourceId"]), JSON), max_size=3))
def test_any_actions_and_any_outcome_can_be_shown_and_command_nothing(sent: Any) -> None:
    lines = [*showing.actions(sent), *showing.problems({"resourceType": "OperationOutcome", "issue": sent}), *showing.problems(sent)]
    assert [line for line in lines if commands(line) or "\n" in line] == []


@given(sent=JSON)
def test_json_for_programs_says_the_same_and_commands_nothing(sent: Any) -> None:
    text = showing.document(sent)
    assert json.loads(text) == sent
    assert commands(text) == []
    assert text.isascii()


def test_a_card_is_shown_in_its_own_words() -> None:
    card = {
        "indicator": "warning",
        "summary": "Say *this*",
        "detail": "One\r\n\n- two",
        "source": {"label": "Us"},
        "suggestions": [
            {
                "label": "Order it",
                "actions": [
                    {"type": "create", "description": "Orders a scan", "resource": {"resourceType": "ServiceRequest"}},
                    {"type": "delete", "resourceId": "ServiceRequest/9"},
                ],
            }
        ],
        "links": [{"label": "App", "url": "https://a.example", "type": "smart"}, {"label": "Page", "url": "https://p.example", "type": "absolute"}],
    }
    text = rendering.card_text(showing.card(card))
    shown = [
        "[WARNING] Say this",
        "One",
        "- two",
        "+ Suggested: Order it",
        "- create ServiceRequest: Orders a scan",
        "- delete ServiceRequest/9: no description",
        "App (a SMART app): https://a.example",
        "Page: https://p.example",
        "-- Us",
    ]
    assert [one for one in shown if one not in text] == []


@pytest.mark.parametrize("sent", [None, {}, [], "x", {"source": 5, "links": "y", "suggestions": [None]}])
def test_what_is_missing_is_said_to_be(sent: Any) -> None:
    assert rendering.card_text(showing.card(sent)) == "[NO INDICATOR] (a card without a summary)\n  -- (without a source)"


def test_a_text_without_end_is_cut_off_and_said_to_be() -> None:
    assert showing.clean("x" * 1_000_000) == "x" * showing.MAX_LINE + showing.CUT
    assert showing.clean("x\n" * 1_000_000) == ("x\n" * 1_000_000)[: showing.MAX_TEXT] + showing.CUT


def test_an_outcome_is_told_once_a_problem() -> None:
    issues = [{"diagnostics": "Send it."}, {"details": {"text": "Or that."}}, {"diagnostics": "Send it."}, {"code": "x"}]
    assert showing.problems({"resourceType": "OperationOutcome", "issue": issues}) == ["Send it.", "Or that."]
    assert showing.problems({"issue": issues}) == []
