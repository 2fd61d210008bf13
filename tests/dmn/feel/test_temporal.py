"""Dates, times and durations: literals, parts, arithmetic (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8 and tables 56 to 61)."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.feel import ast, temporal
from tests.dmn.feel.evaluating import value

PARTS: list[tuple[str, Any]] = [
    ('@"2026-01-31".year', 2026),
    ('@"2026-01-31".month', 1),
    ('@"2026-01-31".day', 31),
    ('@"2026-01-31".weekday', 6),
    ('@"2026-01-31".hour', None),
    ('@"10:11:12.5".second', "12.5"),
    ('@"2026-01-31T10:11:12+02:00".hour', 10),
    ('@"10:11:12-01:30".time offset = @"-PT1H30M"', True),
    ('@"10:11:12".time offset', None),
    ('@"P2DT20H14M3.5S".days', 2),
    ('@"P2DT20H14M3.5S".hours', 20),
    ('@"P2DT20H14M3.5S".minutes', 14),
    ('@"P2DT20H14M3.5S".seconds', "3.5"),
    ('@"-PT36H".days', -1),
    ('@"-PT36H".hours', -12),
    ('@"P1Y14M".years', 2),
    ('@"P1Y14M".months', 2),
    ('@"P1Y".days', None),
    ('@"-P13M".months', -1),
    ("1 .year", None),
]
SUMS = [
    ('@"2026-01-31" + @"P1M"', "2026-02-28"),
    ('@"2024-01-31" + @"P1M"', "2024-02-29"),
    ('@"2026-03-31" - @"P1Y1M"', "2025-02-28"),
    ('@"P1D" + @"2026-02-28"', "2026-03-01"),
    ('@"2026-03-01" - @"P1D"', "2026-02-28"),
    ('@"2026-01-31" + @"PT36H"', "2026-02-01"),
    ('@"2026-03-01" - @"2026-02-01"', "P28D"),
    ('@"2026-01-01T10:00:00Z" - @"2026-01-01T10:00:00+02:00"', "PT2H"),
    ('@"2026-01-01T10:00:00" - @"2026-01-01"', "PT10H"),
    ('@"2026-01-02" - @"2026-01-01T12:00:00Z"', "PT12H"),
    ('@"2026-01-01T23:00:00" + @"PT2H"', "2026-01-02T01:00:00"),
    ('@"2026-01-31T10:00:00" + @"P1M"', "2026-02-28T10:00:00"),
    ('@"23:00:00Z" + @"PT2H"', "01:00:00Z"),
    ('@"01:00:00" - @"PT2H"', "23:00:00"),
    ('@"10:00:00" - @"08:30:00"', "PT1H30M"),
    ('@"PT1H" + @"PT30M"', "PT1H30M"),
    ('@"PT1H" - @"PT90M"', "-PT30M"),
    ('@"P1Y" + @"P1M"', "P1Y1M"),
    ('@"P1M" - @"P1Y"', "-P11M"),
    ('@"P1D" * 1.5', "P1DT12H"),
    ('2 * @"P1Y"', "P2Y"),
    ('@"P1M" * 1.9', "P1M"),
    ('@"P1D" / 2', "PT12H"),
    ('@"P1Y" / 5', "P2M"),
    ('-@"P1D"', "-P1D"),
    ('-@"P1M"', "-P1M"),
    ('abs(@"-P1D")', "P1D"),
    ('abs(@"-P1M")', "P1M"),
    ('years and months duration(@"2011-12-22", @"2013-08-24")', "P1Y8M"),
    ('years and months duration(@"2013-08-24", @"2011-12-25")', "-P1Y7M"),
    ('date(@"2026-01-31T10:00:00")', "2026-01-31"),
    ("date(2026, 1, 31)", "2026-01-31"),
    ("date(day: 1, month: 2, year: 2026)", "2026-02-01"),
    ('date and time("2026-01-31")', "2026-01-31T00:00:00"),
    ('date and time(@"2026-01-31", @"10:00:00")', "2026-01-31T10:00:00"),
    ('time(@"2026-01-31T10:00:00Z")', "10:00:00Z"),
    ("time(10, 30, 1.25)", "10:30:01.25"),
    ('time(10, 30, 0, @"-PT1H")', "10:30:00-01:00"),
]
NULLS = [
    '@"2026-01-31" + 1',
    '@"2026-01-31" + @"2026-01-31"',
    '@"9999-12-31" + @"P1D"',
    '@"9999-12-31" + @"P1M"',
    '@"P999999999D" * 1000000',
    '@"P1D" * 1e200',
    '@"P999999999Y" * 1e200',
    '@"P1D" / 0',
    '@"P1M" / 0',
    '@"PT1H" / @"PT0S"',
    '@"P1M" + @"P1D"',
    '@"P1D" < @"P1M"',
    '@"10:00:00Z" < @"10:00:00"',
    '@"2026-01-31T10:00:00Z" - @"2026-01-31T10:00:00"',
    'date("2026-02-30")',
    'date("26-02-03")',
    'time("24:00:00")',
    'time("10:00:00@Europe/Paris")',
    'date and time("2026-01-31T25:00:00")',
    'duration("P")',
    'duration("PT")',
    'duration("P1YT1H")',
    'duration("P1M1D")',
    'duration("P999999999999D")',
    'time(10, 0, 0, @"P2D")',
    "date(null)",
]


@pytest.mark.parametrize(("text", "expected"), PARTS)
def test_a_part_of_a_moment_is_a_property(text: str, expected: object) -> None:
    found = value(text)
    assert found == (Decimal(expected) if isinstance(expected, str) else expected)


@pytest.mark.parametrize(("text", "expected"), SUMS)
def test_moments_and_durations_add_up(text: str, expected: str) -> None:
    assert temporal.string(value(text)) == expected
    assert value(text) == temporal.literal(expected)


@pytest.mark.parametrize("text", NULLS)
def test_what_this_calendar_does_not_have_is_null(text: str) -> None:
    assert value(text) is None


def test_durations_of_one_kind_divide_to_a_number() -> None:
    assert value('@"P1D" / @"PT6H" = 4 and @"P1Y" / @"P8M" = 1.5')


OFFSETS = st.integers(-840, 840).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
MOMENTS = st.one_of(
    st.dates(),
    st.times(timezones=st.none() | OFFSETS),
    st.datetimes(timezones=st.none() | OFFSETS),
    st.timedeltas(),
    st.integers(-5000, 5000).map(ast.YearsMonths),
)


@given(MOMENTS)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_a_moment_is_read_back_from_its_text(moment: ast.Temporal) -> None:
    assert temporal.literal(temporal.string(moment)) == moment


@given(st.dates(), st.dates())
@settings(max_examples=60, derandomize=True, deadline=None)
def test_from_one_date_to_another_and_back(first: datetime.date, second: datetime.date) -> None:
    assert value("x + (y - x) = y", x=first, y=second)
    between = value("years and months duration(x, y)", x=min(first, second), y=max(first, second))
    assert temporal.months_later(min(first, second), between.months) <= max(first, second)
