"""Regular expressions: XPath's as far as they are read, and none that runs without end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.feel import patterns
from tests.dmn.feel.evaluating import value


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^fo*b", "foobar", True),
        ("^b", "foobar", False),
        ("[a-c]{2,3}$", "xabc", True),
        (r"\d+\.\d{2}", "1.25", True),
        ("(?:ab)+c", "ababc", True),
        ("a|b", "b", True),
        ("[^a]", "a", False),
        ("[&|~]", "~", True),
        ("colou?r", "color", True),
        ("(ab?)?c", "abc", True),
        ("a+?b", "aab", True),
        ("x$", "x\n", False),
        (r"[\s\-]", "-", True),
    ],
)
def test_a_pattern_matches_as_in_xpath(pattern: str, text: str, expected: bool) -> None:
    assert value("matches(text, pattern)", text=text, pattern=pattern) is expected


@pytest.mark.parametrize(
    ("flags", "pattern", "text", "expected"),
    [
        ("i", "ABC", "abc", True),
        ("s", "a.b", "a\nb", True),
        ("", "a.b", "a\nb", False),
        ("", "a.b", "a\rb", False),
        ("m", "^b$", "a\nb\nc", True),
        ("", "^b$", "a\nb\nc", False),
        ("x", " a b ", "ab", True),
        ("", "a b", "ab", False),
        ("q", "a", "a", None),
    ],
)
def test_flags_are_those_of_xpath(flags: str, pattern: str, text: str, expected: bool | None) -> None:
    assert value("matches(text, pattern, flags)", text=text, pattern=pattern, flags=flags) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+b", "(a|aa)+b", "(a*)*", "((ab)?)*", "(" * 60 + "a*" + ")" * 60 + "*"),
        *(r"(a)\1", r"\bword", r"\p{L}", r"\i\c*", "a++", "[a-z-[aeiou]]", "(?=a)", "(?i)a"),
        *("(", ")", "[", "a{2", "*", "a{5000}", "a**", "[b-a]", "[a--b]", "a" * 600),
    ],
)
def test_a_pattern_that_is_not_read_or_could_run_for_hours_is_null(pattern: str) -> None:
    assert value("matches(text, pattern)", text="a" * 30, pattern=pattern) is None


def test_much_repetition_over_a_long_text_is_null() -> None:
    assert value("matches(text, pattern)", text="a" * 50, pattern="a*a*a*b") is False
    assert value("matches(text, pattern)", text="a" * 5000, pattern="a*a*a*b") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('replace("abracadabra", "bra", "*")', "a*cada*"),
        ('replace("abracadabra", "a(.)", "a$1$1")', "abbraccaddabbra"),
        ('replace("abc", "b", "$0$0")', "abbc"),
        ('replace("abc", "b", "$9")', "ac"),
        ('replace("abc", "b", "$")', None),
        ('replace("abc", "x*", "-")', None),
        ('split("abc", "x*")', None),
    ],
)
def test_a_replacement_names_its_groups(text: str, expected: str | None) -> None:
    assert value(text) == expected


@given(st.text("ab|*+?{}()[]^$.,12\\-dw&~ ", max_size=12), st.text("ab1 ", max_size=6))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_any_pattern_is_compiled_or_refused(pattern: str, text: str) -> None:
    try:
        patterns.compiled(pattern).over(text).search(text)
    except patterns.Refused as refused:
        assert str(refused)
