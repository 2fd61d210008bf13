"""Bounds of effective periods: days and instants, in one order, and their ends as FHIR has them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.foundation import instants, periods


@pytest.mark.parametrize(
    ("bound", "moment"), [("2030-02-01", datetime(2030, 2, 1, tzinfo=UTC)), ("2030-02-01T12:30:05Z", datetime(2030, 2, 1, 12, 30, 5, tzinfo=UTC))]
)
def test_a_day_begins_at_midnight_and_an_instant_is_itself(bound: str, moment: datetime) -> None:
    assert periods.moment(bound) == moment


@pytest.mark.parametrize(("end", "last"), [("2030-03-01", "2030-02-28"), ("2030-03-01T00:00:00Z", "2030-02-28T23:59:59Z")])
def test_the_last_that_is_in_force_is_one_day_or_one_second_before_the_end(end: str, last: str) -> None:
    assert periods.last(end) == last


@given(st.floats(0, 4_000_000_000))
def test_an_instant_is_written_to_the_second(seconds: float) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert timedelta(0) <= at - periods.moment(instants.written(at)) < timedelta(seconds=1)
