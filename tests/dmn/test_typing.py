"""JSON to FEEL values by type and back to JSON."""

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn import typing
from cds.dmn.feel import ast
from cds.dmn.model import ItemDefinition

NUMBERS = ItemDefinition(typing.NUMBER, collection=True)
PERSON = ItemDefinition(typing.CONTEXT, components=(("name", ItemDefinition(typing.STRING)), ("born", ItemDefinition(typing.DATE))))
SOME = settings(max_examples=100, derandomize=True, deadline=None)

GOOD: list[tuple[ItemDefinition, Any, Any]] = [
    (ItemDefinition(typing.STRING), "a", "a"),
    (ItemDefinition(typing.NUMBER), 7, Decimal(7)),
    (ItemDefinition(typing.NUMBER), Decimal("1.50"), Decimal("1.50")),
    (ItemDefinition(typing.NUMBER), " -1.5e3 ", Decimal(-1500)),
    (ItemDefinition(typing.INTEGER), "7.0", Decimal(7)),
    (ItemDefinition(typing.BOOLEAN), False, False),
    (ItemDefinition(typing.DATE), "2026-02-28", datetime.date(2026, 2, 28)),
    (ItemDefinition(typing.TIME), "09:30:00", datetime.time(9, 30)),
    (ItemDefinition(typing.DATE_AND_TIME), "2026-02-28T09:30:00", datetime.datetime.fromisoformat("2026-02-28T09:30:00")),
    (ItemDefinition(typing.DATE_AND_TIME), "2026-02-28T09:30:00Z", datetime.datetime.fromisoformat("2026-02-28T09:30:00+00:00")),
    (ItemDefinition(typing.DATE_AND_TIME), "2026-02-28", datetime.datetime.fromisoformat("2026-02-28T00:00:00")),
    (ItemDefinition(typing.DAYS_DURATION), "P1DT12H", datetime.timedelta(hours=36)),
    (ItemDefinition(typing.DAYS_DURATION), "PT0S", datetime.timedelta()),
    (ItemDefinition(typing.MONTHS_DURATION), "-P1Y6M", ast.YearsMonths(-18)),
    (NUMBERS, [1, "2", None], (Decimal(1), Decimal(2), None)),
    (NUMBERS, 1, (Decimal(1),)),
    (NUMBERS, [], ()),
    (ItemDefinition(typing.NUMBER), [1], Decimal(1)),
    (ItemDefinition(typing.WORDS, ("a", "b")), ["b"], ("b",)),
    (PERSON, {"name": "Ada", "born": "1815-12-10"}, {"name": "Ada", "born": datetime.date(1815, 12, 10)}),
    (PERSON, {"name": "Ada", "more": [1]}, {"name": "Ada", "born": None, "more": (Decimal(1),)}),
    (ItemDefinition(typing.ANY), {"a": [1, "2026-02-28", True]}, {"a": (Decimal(1), "2026-02-28", True)}),
    (ItemDefinition(typing.NUMBER, minimum=Decimal(0), maximum=Decimal(4)), 4, Decimal(4)),
    (ItemDefinition(typing.NUMBER, constraint=(ast.Compare(">", Decimal(4)),)), 5, Decimal(5)),
]

BAD: list[tuple[ItemDefinition, Any, str]] = [
    (ItemDefinition(typing.STRING), 7, "string"),
    (ItemDefinition(typing.STRING, ("yes", "no")), "maybe", "one of yes, no"),
    (ItemDefinition(typing.NUMBER), "seven", "number"),
    (ItemDefinition(typing.NUMBER), True, "number"),
    (ItemDefinition(typing.NUMBER), "1e9999", "number"),
    (ItemDefinition(typing.NUMBER), "Infinity", "number"),
    (ItemDefinition(typing.NUMBER), "\u0667", "number"),
    (ItemDefinition(typing.INTEGER), Decimal("1.5"), "integer"),
    (ItemDefinition(typing.BOOLEAN), "true", "boolean"),
    (ItemDefinition(typing.DATE), "2026-02-30", "date as ISO 8601 text, such as 2026-03-01"),
    (ItemDefinition(typing.DATE), "2026-02-28T00:00:00", "date as ISO 8601 text"),
    (ItemDefinition(typing.TIME), "25:00:00", "time as ISO 8601 text"),
    (ItemDefinition(typing.DAYS_DURATION), "P1Y", "days and time duration as ISO 8601 text"),
    (ItemDefinition(typing.MONTHS_DURATION), "P1D", "years and months duration as ISO 8601 text"),
    (NUMBERS, [1, "x"], "number"),
    (ItemDefinition(typing.NUMBER), [1, 2], "number"),
    (PERSON, "Ada", "an object with name (string), born (date as ISO 8601 text"),
    (ItemDefinition(typing.NUMBER, minimum=Decimal(0), maximum=Decimal(4)), 5, "number from 0 to 4"),
    (ItemDefinition(typing.NUMBER, minimum=Decimal(0)), -1, "number from 0"),
    (ItemDefinition(typing.NUMBER, constraint=(ast.Compare(">", Decimal(4)),)), 4, "number within the allowed values"),
]


@pytest.mark.parametrize(("item", "value", "expected"), GOOD)
def test_a_value_of_the_type_is_read(item: ItemDefinition, value: Any, expected: Any) -> None:
    found = typing.from_json("x", item, value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("item", "value", "expected"), BAD)
def test_a_value_of_another_type_is_refused_with_the_type(item: ItemDefinition, value: Any, expected: str) -> None:
    with pytest.raises(typing.WrongType) as caught:
        typing.from_json("x", item, value)
    assert f"Expected: {expected}" in caught.value.text
    assert caught.value.expression.startswith("inputs.x")


@pytest.mark.parametrize("item", [item for item, _, _ in GOOD])
def test_null_is_a_value_of_every_type(item: ItemDefinition) -> None:
    assert typing.from_json("x", item, None) is None


def test_a_fault_inside_a_value_names_its_path() -> None:
    people = ItemDefinition(typing.CONTEXT, components=PERSON.components, collection=True)
    with pytest.raises(typing.WrongType) as caught:
        typing.from_json("people", people, [{"born": "2000-01-01"}, {"born": "yesterday"}])
    assert caught.value.expression == "inputs.people[1].born"


@SOME
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e40"), max_value=Decimal("1e40")))
def test_no_digit_of_a_number_is_lost_in_json(number: Decimal) -> None:
    assert json.loads(typing.json_text(number), parse_float=Decimal, parse_int=Decimal) == number


@SOME
@given(st.dates() | st.timedeltas() | st.datetimes() | st.times())
def test_a_date_time_or_duration_survives_json(value: Any) -> None:
    item = ItemDefinition(typing.base_of(value))
    assert typing.from_json("x", item, json.loads(typing.json_text(value))) == value


def test_the_plainest_form_of_a_number_is_written() -> None:
    numbers = [Decimal("10.00"), Decimal("1E+3"), Decimal("-0.0"), Decimal("0.10"), Decimal("1E-60")]
    assert [typing.json_text(number) for number in numbers] == ["10", "1000", "0", "0.1", "1E-60"]
