"""Lists, contexts, ranges, functions and iteration (DMN 1.5, 10.3.2)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.feel import interpreter, parser
from cds.dmn.feel.values import Range
from tests.dmn.feel.evaluating import value

CASES: dict[str, list[tuple[str, Any]]] = {
    "comparison": [
        ("1 = 1 = true", True),
        ('"a" < "b"', True),
        ('1 = "1"', None),
        ("true = 1", None),
        ("[1, 2] = [1, 2]", True),
        ("[1, null] = [1, 2]", False),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("true < false", None),
        ("[1..2] = [1..2]", True),
        ("null = null", True),
        ("null < 1", None),
        ("3 between 1 and 3 and true", True),
        ("unsaid between 1 and 3", None),
        ("4 between unsaid and 3", False),
    ],
    "in": [
        ("3 in [1..3]", True),
        ("3 in [1..3)", False),
        ("3 in ]3..4]", False),
        ("3 in (1..5)", True),
        ("5 in (<5, >10)", False),
        ("11 in (<5, >10)", True),
        ("5 in <= 5", True),
        ("5 in (!= 5)", False),
        ("5 in (= 5)", True),
        ("5 in (? > 4)", True),
        ("1 in list", True),
        ("3 in (list, 3)", True),
        ("[1, 2] in (list)", True),
        ("7 in [[1..2], [7..8]]", True),
        ("unsaid in [1..3]", None),
        ("3 in [unsaid..1]", False),
        ('@"2026-01-02" in [@"2026-01-01"..@"2026-01-03"]', True),
        ('"b" in ["a".."c"]', True),
    ],
    "filter and path": [
        ("[1, 2, 3][2]", 2),
        ("[1, 2, 3][-1]", 3),
        ("[1, 2, 3][0]", None),
        ("[1, 2, 3][1.5]", None),
        ("[1, 2, 3][item >= 2]", (2, 3)),
        ("[1, 2, 3][a > 1]", (1, 2, 3)),
        ("[1, 2, 3][false]", ()),
        ("[1, null][item = null]", (None,)),
        ("loans[amount > 10].kind", ("y",)),
        ('loans[kind = "x"][1].amount', 5),
        ("loans[item.amount > fee].amount", (50,)),
        ("loans[a - 1].amount", 50),
        ("5[item > 3]", (5,)),
        ("unsaid[1]", None),
        ("loan.nothing", None),
        ("unsaid.anything", None),
        ("[1..5].start", 1),
        ("(1..5].start included", False),
        ("(< 5).end", 5),
        ("(< 5).start", None),
    ],
    "context": [
        ("{a: 1, b: a + 1}.b", 2),
        ('{"b c": 1}', {"b c": 1}),
        ("{}", {}),
        ("{f: function(x) x * 2, y: f(4)}.y", 8),
    ],
    "if": [("if unsaid then 1 else 2", 2), ("if 1 then 1 else 2", 2), ("1 + if true then 1 else 2", 2)],
    "for": [
        ("for i in [1, 2] return i * 2", (2, 4)),
        ("for i in 1..3 return i", (1, 2, 3)),
        ("for i in 3..1 return i", (3, 2, 1)),
        ("for i in (1..4) return i", (2, 3)),
        ("for i in [1, 2], j in [i, 10] return i * j", (1, 10, 4, 20)),
        ("for i in [1, 2, 3] return i + count(partial)", (1, 3, 5)),
        ("for i in 5 return i", (5,)),
        ("for i in unsaid return i", None),
        ("for i in 1..1000000 return i", None),
        ("for i in > 5 return i", None),
        ('for d in @"2026-01-30"..@"2026-02-01" return d.day', (30, 31, 1)),
    ],
    "some and every": [
        ("some i in [1, 2] satisfies i > 1", True),
        ("every i in [1, 2] satisfies i > 1", False),
        ("some i in [1, null] satisfies i > 1", None),
        ("every i in [1, null] satisfies i > 1", False),
        ("every i in [] satisfies false", True),
        ("some i in unsaid satisfies true", None),
        ("some i in [1, 2], j in [2, 3] satisfies i = j", True),
    ],
    "functions": [
        ("add(1, 2)", 3),
        ("add(right: 1, left: 2)", 3),
        ("add(right: 1, wrong: 2)", None),
        ("add(1)", None),
        ("a(1)", None),
        ("unsaid()", None),
        ("a.__class__()", None),
        ("(function(x, y) x - y)(5, 2)", 3),
        ("(function(x: number) x)(5)", 5),
        ('(function(x: number) x)("5")', None),
        ("(function(x: number) x = null)(null)", True),
        ("(function() 4)()", 4),
        ("(function(x) function(y) x + y)(1)(2)", 3),
    ],
    "instance of": [
        ("1 instance of number", True),
        ("null instance of number", False),
        ("null instance of Null", True),
        ("null instance of Any", False),
        ("list instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("loan instance of context<amount: number>", True),
        ("loan instance of context<amount: string>", False),
        ("[1..2] instance of range<number>", True),
        ("add instance of function<number, number> -> number", True),
        ("add instance of function<number> -> number", False),
        ('@"P1D" instance of days and time duration', True),
        ('@"2026-01-01T10:00:00" instance of date and time', True),
        ('@"2026-01-01T10:00:00" instance of date', False),
        ("-1 instance of number", True),
    ],
}


@pytest.mark.parametrize(("text", "expected"), [case for cases in CASES.values() for case in cases])
def test_an_expression_has_the_value_that_feel_gives_it(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert isinstance(found, bool) is isinstance(expected, bool)


def test_a_range_is_a_value() -> None:
    assert value("(1..a]") == Range(Decimal(1), Decimal(3), False, True)
    assert value('[1.."a"]') is None


def test_a_function_that_calls_itself_without_end_is_an_error_and_no_crash() -> None:
    with pytest.raises(interpreter.Endless):
        value("(function(f) f(f) + f(f))(function(f) f(f) + f(f))")


TRUTHS = st.sampled_from(["true", "false", "null"])
NUMBERS = st.decimals(min_value=-1000, max_value=1000, places=3, allow_nan=False).map(lambda number: f"{number:f}")
LAWS = settings(max_examples=50, derandomize=True, deadline=None)


@given(TRUTHS, TRUTHS, TRUTHS)
@LAWS
def test_and_and_or_keep_kleene_s_laws(a: str, b: str, c: str) -> None:
    def same(left: str, right: str) -> bool:
        return value(left) is value(right)

    assert same(f"{a} and {b}", f"{b} and {a}")
    assert same(f"not({a} and {b})", f"not({a}) or not({b})")
    assert same(f"{a} and ({b} or {c})", f"({a} and {b}) or ({a} and {c})")
    assert same(f"not(not({a}))", a)


@given(NUMBERS, NUMBERS, NUMBERS)
@LAWS
def test_arithmetic_keeps_its_laws_exactly(a: str, b: str, c: str) -> None:
    assert value(f"{a} + {b} = {b} + {a}")
    assert value(f"({a} + {b}) * {c} = {a} * {c} + {b} * {c}")
    assert value(f"{a} - {b} = -({b} - {a})")
    assert value(f"{a} < {b} or {b} < {a} or {a} = {b}")


@given(st.sampled_from(["+", "-", "*", "/", "**"]), st.sampled_from(["1", '"a"', "null", "true", "[1]", "{}", '@"P1D"', '@"P1M"', '@"2026-01-01"']))
@LAWS
def test_null_on_one_side_of_arithmetic_gives_null(operator: str, operand: str) -> None:
    assert value(f"{operand} {operator} null") is None
    assert value(f"null {operator} {operand}") is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-50, max_value=50), st.booleans(), st.booleans())
@LAWS
def test_in_a_range_is_the_and_of_its_two_comparisons(number: Decimal, low_closed: bool, high_closed: bool) -> None:
    text = f"x in {'[' if low_closed else '('}-10..10{']' if high_closed else ')'}"
    both = f"x {'>=' if low_closed else '>'} -10 and x {'<=' if high_closed else '<'} 10"
    assert value(text, x=number) is value(both, x=number)


@given(st.text(max_size=30))
@LAWS
def test_any_text_can_be_said_and_read(text: str) -> None:
    said = value("string([x])", x=text)
    assert value(f"{said}[1]" if text.isprintable() else "x", x=text) == text


def test_declared_names_win_over_entries_of_equal_length_only_where_the_items_have_none() -> None:
    assert value("loans[amount > 10].amount", amount=Decimal(0)) == (50,)
    assert interpreter.evaluate(parser.expression("list[fee > 1]", frozenset({"list", "fee"})), {"list": (1, 2), "fee": Decimal(2)}) == (1, 2)
