"""Unary tests: three values, exact decimals, membership (DMN 1.5, 7.3.5 and 8.2.9)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.dmn.feel import interpreter, parser
from cds.dmn.formats import cells
from cds.dmn.model import ItemDefinition

ANSWER = ItemDefinition("string", ("none", "minor", "major"))
NUMBER = ItemDefinition("integer")


def holds(cell: str, value: object, item: ItemDefinition = ANSWER) -> bool | None:
    return interpreter.matches(cells.input_entry(cell, item), value)


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("minor", "minor", True),
        ("minor", "none", False),
        ("minor", None, None),
        ("minor, major", "major", True),
        ("-", None, True),
        ("unknown", None, True),
        ("unknown", "none", False),
        ("none, unknown", None, True),
        ("not(none, unknown)", "minor", True),
        ("not(none, unknown)", "none", False),
        ("not(none, unknown)", None, False),
        ("not(none), unknown", None, True),
        ('"minor"', "minor", True),
    ],
)
def test_a_word_matches_itself_and_never_the_unknown(cell: str, value: str | None, expected: bool | None) -> None:
    assert holds(cell, value) is expected


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("< 7", 6, True),
        ("< 7", 7, False),
        ("<= 7", 7, True),
        ("> 7", 7, False),
        (">= 7", 7, True),
        ("[14..21]", 14, True),
        ("[14..21]", 21, True),
        ("[14..21]", 22, False),
        ("(14..21)", 14, False),
        ("(14..21]", 21, True),
        ("]14..21[", 21, False),
        ("0", 0, True),
        ("-1", -1, True),
        ("< 7", None, None),
        ("unknown, < 7", None, True),
    ],
)
def test_bounds_are_met_on_both_sides(cell: str, value: int | None, expected: bool | None) -> None:
    assert holds(cell, None if value is None else Decimal(value), NUMBER) is expected


def test_decimals_are_exact() -> None:
    assert holds("<= 0.3", Decimal("0.1") + Decimal("0.2"), ItemDefinition("number")) is True


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("cough", ("sit", "cough"), True),
        ("cough, sit", ("sit",), True),
        ("cough", ("sit",), False),
        ("cough", (), False),
        ("cough", None, None),
        ("not(cough, unknown)", ("sit",), True),
        ("not(cough, unknown)", None, False),
    ],
)
def test_on_a_list_a_word_means_membership(cell: str, value: tuple[str, ...] | None, expected: bool | None) -> None:
    assert holds(cell, value, ItemDefinition("list of string", ("cough", "sit"))) is expected


def test_not_must_say_what_unknown_does() -> None:
    with pytest.raises(cells.BadCell, match="must say what unknown does"):
        cells.input_entry("not(none)", ANSWER)


def test_not_needs_no_unknown_where_a_value_is_always_there() -> None:
    always = ItemDefinition("string", ("red-flag", "none"), nullable=False)
    assert holds("not(red-flag)", "none", always) is True


def test_unknown_is_a_word_where_a_type_has_it_and_is_never_null() -> None:
    band = ItemDefinition("string", ("lt2w", "unknown"), nullable=False)
    assert holds("unknown", "unknown", band) is True
    assert holds("unknown", "lt2w", band) is False


@pytest.mark.parametrize(
    "cell", ["severe", "not(severe, unknown)", "7", "< 7", "[1..2]", "", "none,", "<", "[1..", "(none", "a b", "__import__('os')"]
)
def test_a_cell_that_is_not_of_its_input_is_refused(cell: str) -> None:
    with pytest.raises(cells.BadCell):
        cells.input_entry(cell, ANSWER)


def test_a_word_on_a_number_is_refused() -> None:
    with pytest.raises(cells.BadCell, match="integer"):
        cells.input_entry("minor", NUMBER)


@given(st.lists(st.sampled_from(["none", "minor", "major", "unknown"]), min_size=1, max_size=4), st.sampled_from(["none", "minor", "major", None]))
def test_a_list_of_tests_is_true_when_one_is_and_unknown_never_counts_as_a_word(words: list[str], value: str | None) -> None:
    truth = holds(", ".join(words), value)
    spoken = "unknown" if value is None else value
    assert truth is (True if spoken in words else None if value is None else False)


@given(st.text(max_size=30))
def test_no_text_makes_the_reader_do_anything_but_read_or_refuse(text: str) -> None:
    try:
        parser.unary_tests(text)
    except parser.Misread as error:
        assert str(error)
