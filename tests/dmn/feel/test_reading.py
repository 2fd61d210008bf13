"""Names, literals, precedence and refusals (DMN 1.5, 10.3.1)."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.feel import ast, parser
from tests.dmn.feel.evaluating import NAMES, value

PIECES = (
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "..",
        "...",
        "+",
        "-",
        "*",
        "/",
        "**",
        "<=",
        "<",
        "=",
        "!=",
        "?",
        "@",
        '"',
        "\\",
        "->",
        "//",
        "/*",
        "*/",
    ),
    *(
        "1",
        ".5",
        "1e3",
        '"s"',
        '@"P1D"',
        '@"2026-01-31"',
        "null",
        "true",
        "a",
        "loan",
        "loans.kind",
        "item",
        "partial",
        "Monthly",
        "Salary",
        "\u00e9",
    ),
    *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "between", "and", "or", "not(", "count(", "date("),
    *("instance of", "function(x)", "list<number>"),
)
SOUP = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 * Monthly Salary", 12000),
        ("12 * Monthly  \n Salary", 12000),
        ("Monthly + Monthly Salary", 1001),
        ("loan.amount-fee", 595),
        ("loan.rate-base", 7),
        ("loan.rate - fee", -3),
        ("red-flags.rank", 4),
        ("red-flags.rules", ("R-1",)),
        ("{b c: 2, d: b c + 1}.d", 3),
        ("{b c: 2}.b c", 2),
        ('{"b c": 2}.b c', 2),
        ("for each one in [1, 2] return each one + 1", (2, 3)),
        ("(function(first one) first one * 2)(4)", 8),
        ("count([1, 2]) // of them\n + /* and */ 1", 3),
    ],
)
def test_a_name_is_the_longest_that_is_declared(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".872", "0.872"),
        ("-.872", "-0.872"),
        ("1.2e3", "1200"),
        ("12E-1", "1.2"),
        ("10--5", "15"),
        ("10**-5", "0.00001"),
        ("-2**2", "4"),
        ("2**3**2", "64"),
        ("5+2**5+3", "40"),
        ("10 + 20 / -5 - 3", "3"),
        ("2 * 3 + 4 * 5", "26"),
        ("1 - 2 - 3", "-4"),
        ("8 / 4 / 2", "1"),
        ("-(1 + 2)", "-3"),
        ("- - 2", "2"),
    ],
)
def test_operators_bind_as_the_grammar_says_and_from_the_left(text: str, expected: str) -> None:
    assert value(text) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"a\"b"', 'a"b'),
        (r'"a\nb\tc\\"', "a\nb\tc\\"),
        (r'"\u0041\U01F40E"', "A\U0001f40e"),
        (r'"\uD83D\uDC0E"', "\U0001f40e"),
        (r'"\d"', r"\d"),
        ('"\u6a2a\u7db1"', "\u6a2a\u7db1"),
    ],
)
def test_a_string_says_what_its_escapes_mean(text: str, expected: str) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("nobody + 1", 1, "a declared name"),
        ("1 +", 4, "a value"),
        ("1 + + 2", 5, "a value"),
        ("(1", 3, "`)`"),
        ("[1..", 5, "a value"),
        ("12x", 1, "a number"),
        ("1e999", 1, "a number below 1e300"),
        ('"open', 1, "ends with"),
        (r'"\uD83D"', 1, "surrogate"),
        ('@"2026-02-30"', 1, "that exists"),
        ('@"10:00:00@Europe/Paris"', 1, "named time zone"),
        ("if true then 1", 15, "`else`"),
        ("for in [1] return 1", 5, "a name"),
        ("{a: 1, a: 2}", 9, "another name"),
        ("a instance of nonsense", 15, "a type"),
        ("a instance number", 12, "`of`"),
        ("1 $ 2", 3, "a sign"),
        ("a 1", 3, "an operator"),
        ("?", 1, "a value"),
        ("function() external {}", 12, "body"),
    ],
)
def test_a_refusal_names_the_column_and_what_was_expected(text: str, column: int, expected: str) -> None:
    with pytest.raises(parser.Misread) as refused:
        parser.expression(text, frozenset(NAMES))
    assert f"at column {column}:" in str(refused.value)
    assert expected in str(refused.value).partition(", found")[0]


@pytest.mark.parametrize("text", ["now()", "today()"])
def test_the_clock_is_refused_by_name(text: str) -> None:
    with pytest.raises(parser.Misread, match="asks the clock"):
        parser.expression(text, frozenset())


@pytest.mark.parametrize("text", ["not(true, true)", "list contains([1])", "count()", 'substring(text: "a")', "sum(list: [1], list: [2])"])
def test_a_call_that_no_signature_takes_is_refused(text: str) -> None:
    with pytest.raises(parser.Misread, match="which it does not take"):
        parser.expression(text, frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 4000,
        "[" * 3000,
        "-" * 9000 + "1",
        "+".join(["1"] * 4000),
        "1" + "[1]" * 3000,
        "not(" * 2000,
        "for a in [1], " * 700 + "b in [1] return 1",
        "a instance of " + "list<" * 1500,
        "if true then " * 700,
        "x" * 10_001,
    ],
)
def test_a_text_too_deep_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(parser.Misread):
        parser.expression(text, frozenset({"a"}))
    with pytest.raises(parser.Misread):
        parser.unary_tests(text, frozenset({"a"}))


@given(SOUP)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_pieces_of_feel_in_any_order_are_read_or_refused(text: str) -> None:
    for read in (lambda: parser.expression(text, frozenset(NAMES)), lambda: parser.unary_tests(text, frozenset(NAMES), words=False)):
        try:
            read()
        except parser.Misread as error:
            assert "column" in str(error)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("for x in list return x + a", {"list", "a"}),
        ("for x in list, y in [x] return y", {"list"}),
        ("for a in a return a", {"a"}),
        ("some x in list satisfies x > partial", {"list", "partial"}),
        ("for x in list return count(partial)", {"list"}),
        ("function(a) a + fee", {"fee"}),
        ("loans[item.amount > fee]", {"loans", "fee"}),
        ("loans[amount > 1].kind", {"loans"}),
        ("{x: a, y: x + fee}", {"a", "fee"}),
        ("add(left: a, right: 1)", {"add", "a"}),
        ("a in (? > fee)", {"a", "fee"}),
        ("list[a]", {"list", "a"}),
    ],
)
def test_the_names_of_an_expression_are_those_it_does_not_bind_itself(text: str, names: set[str]) -> None:
    assert ast.names(parser.expression(text, frozenset(NAMES) | {"partial"})) == names


def test_entries_with_spaces_are_read_where_they_are_known() -> None:
    tree = parser.expression("staff[job title = 1].job title", frozenset({"staff"}), entries=["job title"])
    job = ast.Path(ast.Name("item"), "job title")
    assert tree == ast.Path(ast.Filter(ast.Name("staff"), ast.Binary("=", job, ast.Constant(Decimal(1)))), "job title")
