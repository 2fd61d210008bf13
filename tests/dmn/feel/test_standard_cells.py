"""Unary tests of standard FEEL, and what is still exact in them (DMN 1.5, 7.3.5 and table 55)."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.feel import ast, interpreter, parser
from tests.dmn.feel.evaluating import holds

DAY = datetime.date(2026, 1, 31)
SEVEN = Decimal(7)


@pytest.mark.parametrize(
    ("cell", "test"),
    [
        ("-", ast.Anything()),
        ("null", ast.Unknown()),
        ('"a b"', ast.Equals("a b")),
        ("true", ast.Equals(True)),
        ("-7", ast.Equals(-SEVEN)),
        ("< 7", ast.Compare("<", SEVEN)),
        (">=-7", ast.Compare(">=", -SEVEN)),
        ("= 7", ast.Equals(SEVEN)),
        ("!= 7", ast.Not((ast.Equals(SEVEN),))),
        ("(< 7)", ast.Compare("<", SEVEN)),
        ("[1..7)", ast.Interval(Decimal(1), SEVEN, True, False)),
        ("]1..7[", ast.Interval(Decimal(1), SEVEN, False, False)),
        ('date("2026-01-31")', ast.Equals(DAY)),
        ('> @"2026-01-31"', ast.Compare(">", DAY)),
        ('["a".."c"]', ast.Interval("a", "c", True, True)),
        ('not("a", null)', ast.Not((ast.Equals("a"), ast.Unknown()))),
        ('list contains(?, "a")', ast.Contains("a")),
        ('not(list contains(?, "a"))', ast.Not((ast.Contains("a"),))),
        ("? < 7", ast.Compare("<", SEVEN)),
        ("? = null", ast.Unknown()),
        ("? != null", ast.Not((ast.Unknown(),))),
        ("? in [1..7]", ast.Interval(Decimal(1), SEVEN, True, True)),
    ],
)
def test_a_test_with_constants_is_exact(cell: str, test: ast.UnaryTest) -> None:
    assert parser.unary_tests(cell, frozenset(), words=False) == (test,)


@pytest.mark.parametrize(
    ("cell", "given", "expected"),
    [
        ("limit", 9, True),
        ("limit", 8, False),
        ("limit", None, None),
        ("nothing", 9, None),
        ("< limit", 8, True),
        ("< limit", 9, False),
        ("< limit", None, None),
        ("< nothing", 8, None),
        ("[1..limit]", 9, True),
        ("[1..limit[", 9, False),
        ("[1..limit + 1]", 10, True),
        ("limit, 3", 3, True),
        ("not(limit)", 8, True),
        ("not(limit)", None, None),
        ("not(nothing)", 8, None),
        ("several", 2, True),
        ("several", 4, False),
        ("[1, 2]", 2, True),
        ("not([1, 2])", 2, False),
        ("? > limit", 10, True),
        ("? > 3 and ? < limit", 5, True),
        ("not(? > 3) or ? = limit", 9, True),
        ("? * 2 = 18", 9, True),
        ("odd(?)", 9, True),
        ("odd(?)", None, None),
        ("if ? > limit then true else false", 10, True),
    ],
)
def test_a_test_over_names_is_evaluated(cell: str, given: int | None, expected: bool | None) -> None:
    number = None if given is None else Decimal(given)
    assert holds(cell, number, limit=Decimal(9), nothing=None, several=(Decimal(1), Decimal(2))) is expected


@pytest.mark.parametrize(
    ("cell", "given", "expected"),
    [
        ('date("2026-01-31")', DAY, True),
        ('< date("2026-01-31")', DAY, False),
        ('[@"2026-01-01"..@"2026-01-31"]', DAY, True),
        ('> @"P10D"', datetime.timedelta(days=11), True),
        ('> @"P10D"', ast.YearsMonths(11), None),
        ('< @"2026-01-31"', datetime.datetime(2026, 1, 31), None),  # noqa: DTZ001
        ('< @"10:00:00"', datetime.time(9, tzinfo=datetime.UTC), None),
        ("true", True, True),
        ("1", True, False),
        ("true", Decimal(1), False),
        ('"7"', Decimal(7), False),
        ('< "b"', "a", True),
        ("< 7", "a", None),
        ('list contains(?, "a")', ("a", "b"), True),
        ('list contains(?, "a")', "a", None),
        ('starts with(?, "ab")', "abc", True),
        ("count(?) > 1", (1, 2), True),
    ],
)
def test_values_are_tested_by_their_kind(cell: str, given: object, expected: bool | None) -> None:
    assert holds(cell, given) is expected


@pytest.mark.parametrize(
    "cell", ["", "unknown", "minor", "< true", "< null", '[1.."a"]', "1 2", ",", "1,", "not()", "not(1", "- , 1", "[1..]", "< limit", "?.."]
)
def test_what_is_no_test_is_refused(cell: str) -> None:
    with pytest.raises(parser.Misread):
        parser.unary_tests(cell, frozenset(), words=False)


def test_in_our_tables_a_bound_may_be_a_name_and_a_bare_word_stays_a_word() -> None:
    names = frozenset({"limit", "other-fact"})
    assert parser.unary_tests("limit", names) == (ast.Equals("limit"),)
    assert parser.unary_tests("true", names) == (ast.Equals("true"),)
    tests = parser.unary_tests("< other-fact, [1..limit]", names)
    assert [isinstance(test, ast.Satisfies) for test in tests] == [True, True]
    assert interpreter.matches(tests, Decimal(4), {"limit": Decimal(5), "other-fact": None}) is True
    assert interpreter.matches(tests, Decimal(9), {"limit": Decimal(5), "other-fact": None}) is None


@given(st.one_of(st.none(), st.booleans(), st.decimals(allow_nan=False, allow_infinity=False), st.text(max_size=3), st.dates(), st.timedeltas()))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_only_null_and_anything_match_the_unknown_and_nothing_ever_fails(given: object) -> None:
    cells = ["7", "< 7", "[1..7]", '"a"', 'not("a")', '@"2026-01-31"', "odd(?)", "limit", "null", "-"]
    truths = [holds(cell, given, limit=Decimal(2)) for cell in cells]
    assert truths[-1] is True
    assert truths[-2] is (given is None)
    if given is None:
        assert truths[:-2] == [None] * (len(cells) - 2)
