"""Literal expressions: FEEL's null, arithmetic, lists and built-ins (DMN 1.5, clause 10)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.dmn.feel import ast, interpreter, parser, values

NAMES = {
    "age": Decimal(40),
    "duration-days": Decimal(100),
    "run": Decimal(3),
    "run-session": Decimal(11),
    "run-longest30": Decimal(10),
    "unsaid": None,
    "site": ("low-back", "buttock"),
    "pain": "low",
    "red-flags": ({"rank": Decimal(3)}, {"rank": Decimal(4)}),
    "red-flags.rules": ("A-1",),
    "duration": {"band": "gt12w"},
}


def value(text: str) -> Any:
    return interpreter.evaluate(parser.expression(text, frozenset(NAMES)), NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2 + 3", 1),
        ("0.1 + 0.2 = 0.3", True),
        ("1 / 0", None),
        ("unsaid + 1", None),
        (f"1{'0' * 200} * 1{'0' * 200}", None),
        (f"1{'0' * 200} - 1{'0' * 200}", 0),
        ("(run-session / run-longest30 - 1) * 100", 10),
        ("run-session", 11),
        ("run - 1", 2),
        ('"a" + "b"', "ab"),
        ('"a" + 1', None),
        ("unsaid = null", True),
        ('unsaid = "x"', False),
        ('unsaid != "x"', True),
        ("unsaid < 3", None),
        ('pain < "m"', True),
        ("pain = 1", None),
        ("true or unsaid = null", True),
        ("unsaid < 3 or true", True),
        ("unsaid < 3 or false", None),
        ("unsaid < 3 and false", False),
        ("unsaid < 3 and true", None),
        ('if unsaid < 3 then "a" else "b"', "b"),
        ('if age >= 40 then "a" else "b"', "a"),
        ('pain in ("low", "high")', True),
        ('pain in ("high")', False),
        ("duration.band", "gt12w"),
        ("duration.nothing", None),
        ("max(red-flags.rank)", 4),
        ("max([])", None),
        ("min([2, 1, 3])", 1),
        ("max(1, 5, 2)", 5),
        ("sum([1, 2])", 3),
        ("mean([1, 2])", Decimal("1.5")),
        ("mean([1, unsaid])", None),
        ("count(site)", 2),
        ("count(unsaid)", None),
        ("count([pain, unsaid][item = null])", 1),
        ("[1, 2, 3][2]", 2),
        ("[1, 2, 3][4]", None),
        ("[1, 2, 3][0]", None),
        ("[1, 2, 3][item > 1]", (2, 3)),
        ("unsaid[1]", None),
        ('list contains(site, "buttock")', True),
        ("list contains(unsaid, 1)", None),
        ("concatenate([1], [2])", (1, 2)),
        ("concatenate([1], unsaid)", None),
        ("distinct values([1, 1, 2])", (1, 2)),
        ("not(true)", False),
        ("not(unsaid)", None),
        ("red-flags.rules", ("A-1",)),
        ("null", None),
    ],
)
def test_an_expression_has_the_value_that_feel_gives_it(text: str, expected: object) -> None:
    assert value(text) == expected


def test_a_name_is_read_by_longest_match() -> None:
    assert ast.names(parser.expression("run-session - run", frozenset(NAMES))) == {"run-session", "run"}


REFUSED = [
    "nobody + 1",
    "1 +",
    "age age",
    "import os",
    "__import__('os')",
    "(lambda: 1)()",
    "age;1",
    "",
    "list contains(age)",
    "not(age, age)",
    "count()",
]


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_is_not_feel_over_the_declared_names_is_refused(text: str) -> None:
    with pytest.raises(parser.Misread):
        parser.expression(text, frozenset(NAMES))


@given(st.text(max_size=40))
def test_no_text_makes_the_reader_do_anything_but_read_or_refuse(text: str) -> None:
    try:
        parser.expression(text, frozenset(NAMES))
    except parser.Misread as error:
        assert str(error)


TRUTHS = st.sampled_from([True, False, None])


@given(st.lists(TRUTHS, max_size=6))
def test_and_and_or_are_each_other_s_mirror(truths: list[bool | None]) -> None:
    mirrored = [None if truth is None else not truth for truth in truths]
    either = values.any_of(truths)
    assert values.all_of(mirrored) is (None if either is None else not either)
