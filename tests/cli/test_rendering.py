"""Cards on a terminal: readable, within 80 columns, no Markdown marks left and no word lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.cli import rendering

CARD: dict[str, Any] = {
    "indicator": "critical",
    "summary": "Call now",
    "detail": "### What to do\n\n**Call** the *emergency* number and say `saddle`.\n\n- Do not drive; "
    + "have somebody else drive " * 5
    + "\n- Go\n",
    "source": {"label": "A product 1.0.0"},
    "suggestions": [{"label": "Refer to surgery"}],
    "links": [{"label": "Why", "url": "https://cds.example.org/decisions/" + "d" * 60}],
}


def test_a_card_reads_from_how_pressing_to_where_to_read_on() -> None:
    lines = rendering.card_text(CARD).splitlines()
    assert lines[0] == "[CRITICAL] Call now"
    assert lines[1:4] == ["  What to do", "", "  Call the emergency number and say saddle."]
    assert "  + Can be ordered: Refer to surgery" in lines
    assert lines[-1] == "  -- A product 1.0.0"


def test_a_bullet_is_wrapped_under_its_own_start() -> None:
    lines = rendering.card_text(CARD).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("  - Do not drive"))
    assert lines[start + 1].startswith("    ")
    assert not lines[start + 1].startswith("     ")


def test_an_address_is_never_broken() -> None:
    assert CARD["links"][0]["url"] in rendering.card_text(CARD)


def test_no_line_but_an_address_is_wider_than_80_columns() -> None:
    assert [line for line in rendering.card_text(CARD).splitlines() if len(line) > 80 and "https://" not in line] == []


def test_no_cards_are_said_to_be_none() -> None:
    assert rendering.cards_text([]) == "No card: nothing to say for this patient."
    assert rendering.cards_text([], of_orders=True) == "No card: nothing to say about these orders."


def test_cards_stand_apart() -> None:
    assert rendering.cards_text([CARD, CARD]).count("\n\n[CRITICAL]") == 1


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Call** now", "Call now"),
        ("***both***", "both"),
        ("_call_ now", "call now"),
        ("a_fact_name stays", "a_fact_name stays"),
        ("pain 5 * 2 * 3", "pain 5 * 2 * 3"),
        (r"5 \* 2 \- 1", "5 * 2 - 1"),
        ("[why](https://a.example/d)", "why <https://a.example/d>"),
        ("`X-1`", "X-1"),
        ("a < b > c", "a < b > c"),
    ],
)
def test_inline_marks_are_made_plain(markdown: str, text: str) -> None:
    assert rendering.plain(markdown) == text


@given(st.lists(st.text("abc xyz", min_size=1), max_size=5))
def test_no_word_of_the_detail_is_lost(lines: list[str]) -> None:
    detail = "\n".join(lines)
    assert rendering.detail_text(detail).split() == detail.split()
