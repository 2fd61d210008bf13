"""What is written is read back as the same tree, in both dialects, with no more parentheses than it takes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.feel import ast, parser, writer
from tests.dmn.feel import trees

NAMES = frozenset(trees.NAMES)
CHECKED = settings(max_examples=150, derandomize=True, deadline=None)


@CHECKED
@given(trees.EXPRESSIONS)
def test_an_expression_is_read_back_as_it_was(tree: ast.Expression) -> None:
    assert parser.expression(writer.expression(tree), NAMES) == tree


@CHECKED
@given(trees.CELLS, st.booleans())
def test_a_cell_is_read_back_as_it_was_in_both_dialects(tests: ast.UnaryTests, words: bool) -> None:
    assert parser.unary_tests(writer.unary_tests(tests, words=words), NAMES, words=words) == tests


@CHECKED
@given(trees.MEMBERS)
def test_membership_is_a_function_in_standard_feel_and_a_bare_value_in_ours(tests: ast.UnaryTests) -> None:
    assert parser.unary_tests(writer.unary_tests(tests, words=False), words=False) == tests
    bare = tuple(ast.Equals(test.value) for test in tests if isinstance(test, ast.Contains))
    assert parser.unary_tests(writer.unary_tests(tests)) == bare


@pytest.mark.parametrize(
    "text",
    [
        "a + 2 * a - (a - 1)",
        "-a ** 2 * (a + 1)",
        "(if a then 1 else 2) + 1",
        'if a and not(a) or a = null then "yes" else a[item > 3].p',
        "max(concatenate(x.rules, [0]))",
        'a in ("minor", "major")',
        "for i in [1..3] return i * a",
        "some i in a satisfies i > low back",
        "function(n: number) n + 1",
        '{p: 1, "q r": p}',
        '@"2026-01-31" + @"P1M"',
        "a instance of list<number>",
    ],
)
def test_what_a_person_writes_is_written_the_same(text: str) -> None:
    assert writer.expression(parser.expression(text, NAMES)) == text


@pytest.mark.parametrize(
    ("ours", "standard"),
    [
        ("yes, unknown", '"yes", null'),
        ("not(a, unknown)", 'not("a", null)'),
        ('"two words", -3', '"two words", -3'),
        ("[0..9], (9..10]", "[0..9], (9..10]"),
        (">= 38.5", ">= 38.5"),
        ("< low back", "< low back"),
        ("= a", "a"),
        ("[a .. b-c]", "[a .. b-c]"),
        ('"unknown"', '"unknown"'),
        ("= true", "true"),
        ("-", "-"),
    ],
)
def test_a_cell_has_its_usual_form_in_each_dialect(ours: str, standard: str) -> None:
    tests = parser.unary_tests(ours, NAMES)
    assert writer.unary_tests(tests) == ours
    assert writer.unary_tests(tests, words=False) == standard
