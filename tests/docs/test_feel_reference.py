"""The reference of FEEL lists the functions that exist, and its examples have the values it gives them."""

import re
from pathlib import Path

import pytest

from cds.dmn.feel import builtins, functions, interpreter, parser, patterns
from cds.dmn.feel.building import HIGHEST
from cds.dmn.feel.iteration import MOST
from cds.dmn.feel.lexer import DEEPEST

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "feel.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", PAGE.partition("## Expressions")[2].partition("## Unary tests")[0], re.MULTILINE)


def section(heading: str) -> str:
    """The text under a heading of the third level."""
    return re.split(r"^##", PAGE.partition(f"### {heading}\n")[2], flags=re.MULTILINE)[0]


@pytest.mark.parametrize("heading", functions.KINDS)
def test_the_functions_of_a_kind_are_listed_as_they_are(heading: str) -> None:
    listed: builtins.Listed = functions.KINDS[heading]
    assert re.findall(r"^- `(.+)`$", section(heading), re.MULTILINE) == [text for text, _ in listed]


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) > 20


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_an_example_has_the_value_that_the_page_gives_it(text: str, expected: str) -> None:
    found, given = (interpreter.evaluate(parser.expression(part, frozenset()), {}) for part in (text, expected))
    assert found == given


@pytest.mark.parametrize("name", functions.CLOCK)
def test_what_the_page_says_is_refused_is(name: str) -> None:
    assert f"`{name}()`" in PAGE
    with pytest.raises(parser.Misread):
        parser.expression(f"{name}()", frozenset())


def test_the_bounds_on_the_page_are_those_of_the_code() -> None:
    bounds = PAGE.partition("## Bounds")[2]
    assert [number for number in (parser.LONGEST, DEEPEST, HIGHEST, patterns.LONGEST_PATTERN, MOST) if f"{number:,}" not in bounds] == []
