"""Dates, times and durations (DMN 1.5, 10.3.4.1 and 10.3.4.7). There is no clock: `now` and `today` are not FEEL of ours."""

import calendar
import datetime
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast, temporal
from cds.dmn.feel.builtins import Listed

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def _date_of(value: Any) -> datetime.date:
    return value.date() if isinstance(value, datetime.datetime) else value


def _date(year: int, month: int, day: int) -> datetime.date | None:
    known = datetime.MINYEAR <= year <= datetime.MAXYEAR and 1 <= month <= len(MONTHS) and 1 <= day <= calendar.monthrange(year, month)[1]
    return datetime.date(year, month, day) if known else None


def _date_and_time(text: str) -> datetime.datetime | None:
    day = temporal.date(text)
    return temporal.moment(day) if day else temporal.date_and_time(text)


def _time(hour: int, minute: int, second: Decimal, offset: datetime.timedelta | None = None) -> datetime.time | None:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):  # noqa: PLR2004
        return None
    if offset is not None and abs(offset) >= datetime.timedelta(days=1):
        return None
    zone = None if offset is None else datetime.timezone(offset)
    return datetime.time(hour, minute, int(second), int(second % 1 * 1_000_000), tzinfo=zone)


def _time_of(value: Any) -> datetime.time:
    return value.timetz() if isinstance(value, datetime.datetime) else value


def _months_between(start: Any, end: Any) -> ast.YearsMonths:
    return temporal.months_between(_date_of(start), _date_of(end))


def _day_of_year(day: Any) -> Decimal:
    return Decimal(day.timetuple().tm_yday)


FUNCTIONS: Listed = (
    ("date(from: string)", temporal.date),
    ("date(from: day)", _date_of),
    ("date(year: integer, month: integer, day: integer)", _date),
    ("date and time(from: string)", _date_and_time),
    ("date and time(date: day, time: time)", lambda day, time: datetime.datetime.combine(_date_of(day), time)),
    ("time(from: string)", temporal.time),
    ("time(from: moment)", _time_of),
    ("time(hour: integer, minute: integer, second: number, offset?: days and time duration)", _time),
    ("duration(from: string)", temporal.duration),
    ("years and months duration(from: day, to: day)", _months_between),
    ("day of year(date: day)", _day_of_year),
    ("day of week(date: day)", lambda day: DAYS[day.weekday()]),
    ("month of year(date: day)", lambda day: MONTHS[day.month - 1]),
    ("week of year(date: day)", lambda day: Decimal(day.isocalendar()[1])),
)
