"""The Markdown of a card as plain text: every word stays, no mark does."""

from hypothesis import given
from hypothesis import strategies as st

from cds.hooks import plain

WORDS = st.text(alphabet="abcxyz ", min_size=1, max_size=20).map(str.strip).filter(bool)


def test_headings_and_lists_become_lines() -> None:
    assert plain.text("**What to do**\n\n- Go now.\n- Call:\n  - a friend\n\n**Why**\n\n- A sign. (X-1)") == (
        "What to do\n- Go now.\n- Call:\n  - a friend\n\nWhy\n- A sign. (X-1)"
    )


def test_what_was_escaped_for_markdown_is_shown_as_it_was_meant() -> None:
    assert plain.text(r"- 3 \* 4 \< 13 \_ \@ \[x\]") == "- 3 * 4 < 13 _ @ [x]"


def test_a_second_paragraph_of_an_item_stays_below_it() -> None:
    assert plain.text("- one\n\n  more\n- two") == "- one\n\n  more\n- two"


def test_a_picture_and_html_stay_words() -> None:
    assert plain.text("![x](http://e.org/i.png) <b>bold</b>") == "!x <b>bold</b>"


def test_nothing_stays_nothing() -> None:
    assert plain.text("") == ""


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_every_line_of_a_list_is_kept(items: list[str]) -> None:
    assert plain.text("\n".join(f"- {item}" for item in items)).split("\n") == [f"- {item}" for item in items]
