"""FHIR dates as spans."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.fhir import dating


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2024-02", datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC)),
        ("9999-12-31", datetime(9999, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_a_partial_date_is_a_span(text: str, earliest: datetime, latest: datetime) -> None:
    when = dating.read(text)
    assert when is not None
    assert (when.earliest, when.latest) == (earliest, latest)


def test_an_instant_keeps_its_zone_and_fraction() -> None:
    when = dating.read("2024-02-29T23:30:15.1234567-05:00")
    assert when is not None
    assert when.earliest == when.latest == datetime(2024, 2, 29, 23, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-5)))
    assert when.text == "2024-02-29"


@pytest.mark.parametrize(
    "value",
    ["", "2023-02-29", "2024-13", "24-01-01", "2024-1-1", "20240101", "2024-W01", "2024-01-01T25:00:00Z", "2024-01-01T10:61:00Z", " 2024", "0000"],
)
def test_what_is_not_a_fhir_date_has_no_span(value: str) -> None:
    assert dating.read(value) is None


@pytest.mark.parametrize("value", [None, 20240101, True, ["2024"], {"value": "2024"}])
def test_what_is_not_text_has_no_span(value: object) -> None:
    assert dating.read(value) is None


@pytest.mark.parametrize("text", ["2024", "2024-02", "2024-02-01T10:00:00", "yesterday"])
def test_answers_without_a_full_date_or_zone_have_no_age(text: str) -> None:
    assert dating.authored(text) is None


def test_answers_of_a_day_were_given_at_its_start_in_utc() -> None:
    assert dating.authored("2024-02-01") == datetime(2024, 2, 1, tzinfo=UTC)


def test_a_day_is_a_full_date_only() -> None:
    assert dating.day("2024-02-01") == date(2024, 2, 1)
    assert dating.day("2024-02") is None
    assert dating.day("2024-02-01T10:00:00Z") is None


@given(st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", fullmatch=True))
def test_no_text_breaks_the_reader(text: str) -> None:
    when = dating.read(text)
    assert when is None or when.earliest <= when.latest
