"""Built-in functions (DMN 1.5, 10.3.4): a few statements for each, and null for what does not fit."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.feel import functions, values
from tests.dmn.feel.evaluating import value

NUMBERS = [
    ("decimal(1/3, 2)", "0.33"),
    ("decimal(2.5, 0)", "2"),
    ("decimal(125, -1)", "120"),
    ("floor(1.5)", "1"),
    ("floor(-1.56, 1)", "-1.6"),
    ("ceiling(1.5)", "2"),
    ("ceiling(-1.56, 1)", "-1.5"),
    ("round up(5.51, 1)", "5.6"),
    ("round up(-5.5, 0)", "-6"),
    ("round down(-5.5, 0)", "-5"),
    ("round half up(-5.5, 0)", "-6"),
    ("round half down(5.5, 0)", "5"),
    ("round half down(5.51, 0)", "6"),
    ("abs(-10)", "10"),
    ("modulo(12, 5)", "2"),
    ("modulo(-12, 5)", "3"),
    ("modulo(12, -5)", "-3"),
    ("modulo(10.1, 4.5)", "1.1"),
    ("sqrt(16)", "4"),
    ("log(1)", "0"),
    ("exp(0)", "1"),
    ("decimal(log(10), 8)", "2.30258509"),
    ("sum([1, 2, 3])", "6"),
    ("sum(1, 2)", "3"),
    ("sum(5)", "5"),
    ("product([2, 3, 4])", "24"),
    ("mean(1, 2)", "1.5"),
    ("median([6, 1, 2, 3])", "2.5"),
    ("median(8, 2, 5, 3, 4)", "4"),
    ("decimal(stddev([2, 4, 7, 5]), 6)", "2.081666"),
    ("min([1, 2, 3])", "1"),
    ("max(1, 2, 3)", "3"),
    ("count([1, null])", "2"),
    ("count([])", "0"),
    ("count(1, 2, 3)", "3"),
    ('string length("h\u00e9\U0001f40e")', "3"),
    ('number("1 000,5", " ", ",")', "1000.5"),
    ('number("1,000.5", ",", ".")', "1000.5"),
    ('number("-.5e3")', "-500"),
    ('number(from: "7", decimal separator: ".")', "7"),
]
TEXTS = [
    ('substring("foobar", 3)', "obar"),
    ('substring("foobar", 3, 3)', "oba"),
    ('substring("foobar", -2, 1)', "a"),
    ('substring(start position: 2, string: "abc")', "bc"),
    ('upper case("aBc4")', "ABC4"),
    ('lower case("aBc4")', "abc4"),
    ('substring before("foobar", "bar")', "foo"),
    ('substring before("foobar", "xyz")', ""),
    ('substring after("foobar", "ob")', "ar"),
    ('substring after("", "a")', ""),
    ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
    ('replace("a.b", "\\\\.", "\\\\$")', "a$b"),
    ('replace("Abc", "a", "x", "i")', "xbc"),
    ('string join(["a", null, "c"], "_and_")', "a_and_c"),
    ('string join(["a", "b"])', "ab"),
    ("string join([])", ""),
    ("string(1.10)", "1.1"),
    ("string(1e20)", "100000000000000000000"),
    ("string(-0.0)", "0"),
    ("string(true)", "true"),
    ('string("a")', "a"),
    ('string([1, "a\\"b", null])', '[1, "a\\"b", null]'),
    ('string({a: 1, "b c": [2]})', '{a: 1, "b c": [2]}'),
    ("string([1..3))", "[1..3)"),
    ("string(>= 3)", ">= 3"),
    ("string(function(x, y) x)", "function(x, y)"),
    ('string(@"2026-01-31")', "2026-01-31"),
    ('string(@"P1D")', "P1D"),
    ('day of week(@"2019-09-17")', "Tuesday"),
    ('month of year(@"2019-09-17")', "September"),
]
OTHERS: list[tuple[str, Any]] = [
    ("mode([6, 3, 9, 6, 6])", (6,)),
    ("mode([6, 1, 9, 6, 1])", (1, 6)),
    ("mode([])", ()),
    ('contains("foobar", "ob")', True),
    ('starts with("foobar", "fo")', True),
    ('ends with("foobar", "r")', True),
    ('split("John Doe", "\\\\s")', ("John", "Doe")),
    ('split("a;b;c;;", ";")', ("a", "b", "c", "", "")),
    ('split("a1b", "(\\\\d)")', ("a", "b")),
    ("odd(5)", True),
    ("even(5)", False),
    ("odd(5.5)", False),
    ("not(true)", False),
    ("all([true, null])", None),
    ("all([])", True),
    ("all(true, false)", False),
    ("any([false, null])", None),
    ("any([null, true])", True),
    ("list contains([1, null], null)", True),
    ("list contains([1], true)", False),
    ("append([1], 2, 3)", (1, 2, 3)),
    ("append([1], [2])", (1, (2,))),
    ("concatenate([1, 2], [3])", (1, 2, 3)),
    ("insert before([1, 3], 1, 2)", (2, 1, 3)),
    ("insert before([1, 3], -1, 2)", (1, 2, 3)),
    ("remove([1, 2, 3], 2)", (1, 3)),
    ("list replace([2, 4, 7], 3, 6)", (2, 4, 6)),
    ("list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", (5, 5, 7, 8)),
    ("reverse([1, 2, 3])", (3, 2, 1)),
    ("index of([1, 2, 3, 2], 2)", (2, 4)),
    ("union([1, 2], [2, 3])", (1, 2, 3)),
    ("distinct values([1, true, {a: 1}, {a: 1}, 1])", (1, True, {"a": 1})),
    ("flatten([[1, 2], [[3]], 4])", (1, 2, 3, 4)),
    ("sublist([4, 5, 6], 1, 2)", (4, 5)),
    ("sublist([4, 5, 6], -2)", (5, 6)),
    ("sort([3, 1, 2], function(x, y) x > y)", (3, 2, 1)),
    ('sort(["b", "a"])', ("a", "b")),
    ('get value({a: 1}, "a")', 1),
    ('get value({a: {b: 2}}, ["a", "b"])', 2),
    ('get value({a: 1}, "c")', None),
    ("get entries({a: 1})[1].key", "a"),
    ('context([{key: "a", value: 1}])', {"a": 1}),
    ('context([{key: "a", value: 1}, {key: "a", value: 2}])', None),
    ('context put({x: 1}, "y", 2)', {"x": 1, "y": 2}),
    ('context put({x: {y: 0}}, ["x", "y"], 2)', {"x": {"y": 2}}),
    ("context merge([{x: 1}, {y: 2}, {x: 3}])", {"x": 3, "y": 2}),
    ('max("a", "b")', "b"),
    ('max(@"2026-01-01", @"2026-02-01") = @"2026-02-01"', True),
    ('is(@"10:00:00Z", @"10:00:00+00:00")', True),
    ('is(@"10:00:00Z", @"11:00:00+01:00")', False),
    ('@"10:00:00Z" = @"11:00:00+01:00"', True),
    ('is(1, "1")', False),
    ("is(null, null)", True),
]
NULLS = [
    "decimal(1, 0.5)",
    "decimal(1, 9999)",
    "modulo(1, 0)",
    "sqrt(-1)",
    "log(0)",
    "exp(10000)",
    "1e299 * 1e299",
    "abs(null)",
    "abs(true)",
    "sum([])",
    "sum([1, null])",
    'sum([1, "a"])',
    "min([])",
    'min(1, "a")',
    "stddev([1])",
    "product([])",
    "count(null)",
    'mode([1, "a"])',
    'substring("abc", 0)',
    'substring("abc", 1.5)',
    'substring("abc", 5)',
    "substring(null, 1)",
    "upper case(1)",
    'string join(["a", 1])',
    "string(null)",
    'number("1,000.5")',
    'number("1 000", ",", ",")',
    'number("abc")',
    'number("1", "x")',
    "remove([1], 2)",
    "remove([1], 0)",
    "sublist([1, 2], 2, 5)",
    "list contains(null, 1)",
    "append(null, 1)",
    "concatenate([1], null)",
    "list replace([1], function(a, b) 1, 2)",
    'sort([1, "a"])',
    "list replace([1], function(a) true, 2)",
    'context put({x: 1}, ["x", "y"], 2)',
    "context put({}, [], 2)",
    "context merge([1])",
    'get value(null, "a")',
    "date(2026, 2, 30)",
    "date(99999, 1, 1)",
    "time(25, 0, 0)",
    "is(1)" if functions.takes("is", 1) else "null",
]


@pytest.mark.parametrize(("text", "expected"), [*((text, Decimal(said)) for text, said in NUMBERS), *TEXTS, *OTHERS])
def test_a_function_gives_what_the_standard_says(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert values.kind(found) == values.kind(expected) or not isinstance(expected, bool)


@pytest.mark.parametrize("text", NULLS)
def test_what_cannot_be_computed_is_null(text: str) -> None:
    assert value(text) is None


RANGES = [
    ("before(1, 10)", True),
    ("before(10, 1)", False),
    ("before(1, [1..10])", False),
    ("before(1, (1..10])", True),
    ("before([1..10], 15)", True),
    ("before([1..10), [10..20])", True),
    ("before([1..10], [10..20])", False),
    ("after(12, [2..5])", True),
    ("after([11..20], 10)", True),
    ("after((5..8], [1..5))", True),
    ("meets([1..5], [5..10])", True),
    ("meets([1..5), [5..10])", False),
    ("met by([5..10], [1..5])", True),
    ("overlaps([1..5], [3..8])", True),
    ("overlaps([1..5], (5..8])", False),
    ("overlaps before([1..5], [3..8])", True),
    ("overlaps before([3..8], [1..5])", False),
    ("overlaps after([3..8], [1..5])", True),
    ("finishes(10, [1..10])", True),
    ("finishes(10, [1..10))", False),
    ("finishes([5..10], [1..10])", True),
    ("finished by([1..10], [5..10])", True),
    ("includes([1..10], 5)", True),
    ("includes([1..10), 10)", False),
    ("includes([1..10], [4..6])", True),
    ("during([4..6], [1..10])", True),
    ("during(5, (5..10])", False),
    ("starts(1, [1..10])", True),
    ("starts([1..5], [1..10])", True),
    ("started by([1..10], [1..5])", True),
    ("coincides([1..5], [1..5])", True),
    ("coincides([1..5], [1..5))", False),
    ("coincides(5, 5)", True),
    ("before([1..2], > 3)", True),
    ("before(< 1, [2..3])", True),
    ("before(> 1, [2..3])", False),
    ("includes(> 1, [2..3])", True),
    ("includes([2..3], > 1)", False),
    ('before(1, "a")', None),
    ("before(null, 1)", None),
]


@pytest.mark.parametrize(("text", "expected"), RANGES)
def test_points_and_ranges_lie_to_each_other_as_the_standard_s_table_says(text: str, expected: bool | None) -> None:
    assert value(text) is expected


RANGE = st.builds(
    lambda low, length, opening, closing: f"{opening}{low}..{low + length}{closing}",
    st.integers(0, 4),
    st.integers(1, 4),
    st.sampled_from("[("),
    st.sampled_from("])"),
)


@given(RANGE, RANGE)
@settings(max_examples=80, derandomize=True, deadline=None)
def test_relations_of_ranges_agree_with_the_points_inside(first: str, second: str) -> None:
    points = [Decimal(quarter) / 4 for quarter in range(34)]
    one, other = ({point for point in points if values.holds(value(limits), point)} for limits in (first, second))
    assert value(f"includes({first}, {second})") is other.issubset(one)
    assert value(f"overlaps({first}, {second})") is bool(one & other)
    assert value(f"before({first}, {second})") is (max(one) < min(other))
    assert value(f"coincides({first}, {second})") is (one == other)
    assert value(f"finishes({first}, {second})") is (one <= other and max(one) == max(other))
    assert value(f"starts({first}, {second})") is (one <= other and min(one) == min(other))


ARGUMENTS = [value(text) for text in ["null", "1", "-1.5", "1e299", '"a"', "true", "[]", "[1, null]", "{a: 1}", "[1..2]", "function(x) x"]]
MOMENTS = [value(text) for text in ['@"2026-01-31"', '@"10:00:00Z"', '@"2026-01-31T10:00:00"', '@"P1D"', '@"-P1M"', '@"9999-12-31"']]


@pytest.mark.parametrize("name", sorted(functions.BUILT_IN))
def test_no_function_fails_on_any_kinds_of_values(name: str) -> None:
    for count in (1, 2, 3):
        chosen = [*ARGUMENTS, *MOMENTS] if count < 3 else [*ARGUMENTS[1:5], *MOMENTS]
        for arguments in itertools.product(chosen, repeat=count) if functions.takes(name, count) else ():
            found = functions.call(name, arguments)
            assert not isinstance(found, int | float) or isinstance(found, bool)


@given(st.lists(st.integers(-5, 5).map(Decimal), min_size=1, max_size=8).map(tuple))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_functions_of_lists_agree_with_each_other(items: tuple[Decimal, ...]) -> None:
    assert value("sum(xs) / count(xs) = mean(xs)", xs=items)
    assert value("min(xs) = sort(xs)[1] and max(xs) = sort(xs)[-1]", xs=items)
    assert value("reverse(reverse(xs)) = xs", xs=items)
    assert value("every x in xs satisfies list contains(xs, x) and xs[index of(xs, x)[1]] = x", xs=items)
    assert value("count(distinct values(xs)) <= count(xs) and union(xs, xs) = distinct values(xs)", xs=items)
    assert value("concatenate(sublist(xs, 1, 1), remove(xs, 1)) = xs", xs=items)
    assert value("min(xs) <= median(xs) and median(xs) <= max(xs)", xs=items)
