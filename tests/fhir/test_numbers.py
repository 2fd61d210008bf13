"""JSON numbers as decimals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.fhir import numbers
from cds.foundation import canonical


@pytest.mark.parametrize("value", [True, "5", None, float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), 10**15, Decimal("1E400"), []])
def test_what_is_not_a_number_that_can_be_kept_is_none(value: object) -> None:
    assert numbers.number(value) is None


@pytest.mark.parametrize("value", [Decimal("5.0"), 5.0, "5", True, 10**20])
def test_only_a_json_integer_is_an_integer(value: object) -> None:
    assert numbers.integer(value) is None


def test_a_number_has_at_most_fifteen_digits() -> None:
    assert numbers.number(Decimal("3.14159265358979323846")) == Decimal("3.14159265358979")


def test_degrees_are_converted_exactly() -> None:
    assert numbers.fahrenheit_to_celsius(Decimal("100.4")) == Decimal("38.0")


@given(st.decimals() | st.integers() | st.floats())
def test_every_number_kept_can_be_hashed(value: Decimal | int | float) -> None:
    number = numbers.number(value)
    assert number is None or canonical.dumps({"value": number})
