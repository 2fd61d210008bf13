"""Dates, times and durations as text, and their parts (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8).

The calendar is that of the years 1 to 9999, to the microsecond. Offsets are known, named time zones are not: their rules change, and are no
part of a model.
"""

import calendar
import datetime
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from cds.dmn.feel.ast import Temporal, YearsMonths

DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
OFFSET = r"(?P<zone>[Zz]|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2})(?::(?P<seconds>[0-9]{2}))?)?"
DATE_ONLY, TIME_ONLY, BOTH = re.compile(DATE), re.compile(TIME + OFFSET), re.compile(f"{DATE}T{TIME}{OFFSET}")
MONTHS = re.compile(r"(?P<minus>-?)P(?=[0-9])(?:(?P<years>[0-9]{1,9})Y)?(?:(?P<months>[0-9]{1,9})M)?")
DAYS = re.compile(
    r"(?P<minus>-?)P(?=[0-9T])(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,12})H)?(?:(?P<minutes>[0-9]{1,12})M)?(?:(?P<seconds>[0-9]{1,15}(?:\.[0-9]{1,15})?)S)?)?"
)
MOST_MONTHS = Decimal(12_000_000_000)
Made = TypeVar("Made")
MICROSECOND = datetime.timedelta(microseconds=1)


def literal(text: str) -> Temporal | None:
    """The value of `@"..."`: the kind is seen from the text; None when it is no such value."""
    return date(text) or date_and_time(text) or time(text) or duration(text)


def date(text: str) -> datetime.date | None:
    """A date, YYYY-MM-DD."""
    found = DATE_ONLY.fullmatch(text)
    return _made(lambda: datetime.date(*_numbers(found, "year", "month", "day"))) if found else None


def time(text: str) -> datetime.time | None:
    """A time of day, with or without an offset."""
    found = TIME_ONLY.fullmatch(text)
    return _made(lambda: _clock(found)) if found else None


def date_and_time(text: str) -> datetime.datetime | None:
    """A date and time, with or without an offset."""
    found = BOTH.fullmatch(text)
    if not found:
        return None
    return _made(lambda: datetime.datetime.combine(datetime.date(*_numbers(found, "year", "month", "day")), _clock(found)))


def duration(text: str) -> datetime.timedelta | YearsMonths | None:
    """A duration of years and months, or of days and time."""
    months = MONTHS.fullmatch(text)
    if months:
        total = 12 * int(months["years"] or 0) + int(months["months"] or 0)
        return YearsMonths(-total if months["minus"] else total)
    found = DAYS.fullmatch(text)
    return _made(lambda: _days(found)) if found else None


def string(value: Temporal) -> str:
    """The text that `literal` reads as the value."""
    if isinstance(value, YearsMonths):
        return _months_string(value.months)
    if isinstance(value, datetime.timedelta):
        return _days_string(value)
    text = value.isoformat()
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return text
    return re.sub(r"(\.[0-9]*?)0+(?=$|[+-])", r"\1", text).replace("+00:00", "Z")


def moment(value: datetime.date | datetime.time | datetime.datetime) -> datetime.datetime:
    """A point in time: of a date its midnight, of a time the one of a day that is the same for all."""
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.time):
        return datetime.datetime.combine(datetime.date(2000, 1, 1), value)
    return datetime.datetime.combine(value, datetime.time())


def months_later(start: Any, months: int) -> Any:
    """The same day of another month, or its last one; ValueError outside the calendar."""
    total = start.year * 12 + start.month - 1 + months
    year, month = total // 12, total % 12 + 1
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        raise ValueError(year)
    return start.replace(year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))


def months_between(start: datetime.date, end: datetime.date) -> YearsMonths:
    """The whole months from one date to the other."""
    if end < start:
        return YearsMonths(-months_between(end, start).months)
    return YearsMonths((end.year - start.year) * 12 + end.month - start.month - (end.day < start.day))


def microseconds(days: datetime.timedelta) -> Decimal:
    """The length of a days and time duration."""
    return Decimal(days // MICROSECOND)


def days(length: Decimal) -> datetime.timedelta:
    """The duration of so many microseconds, those beyond cut; OverflowError where it is too long."""
    if length.adjusted() > 20:  # noqa: PLR2004
        raise OverflowError
    return int(length) * MICROSECOND


def whole_months(length: Decimal) -> YearsMonths | None:
    """The duration of so many months, parts cut; None where it is too long."""
    return YearsMonths(int(length)) if abs(length) <= MOST_MONTHS else None


def part(value: Any, name: str) -> Any:
    """A property of a date, time or duration (DMN 1.5, table 65); None when it has no such part."""
    reader = PARTS.get(type(value), {}).get(name)
    found = reader(value) if reader else None
    return Decimal(found) if isinstance(found, int) else found


def _made(make: Callable[[], Made]) -> Made | None:
    try:
        return make()
    except (ValueError, OverflowError):
        return None


def _numbers(found: re.Match[str], *groups: str) -> list[int]:
    return [int(found[group]) for group in groups]


def _clock(found: re.Match[str]) -> datetime.time:
    hour, minute, second = _numbers(found, "hour", "minute", "second")
    return datetime.time(hour, minute, second, int((found["fraction"] or "0")[:6].ljust(6, "0")), tzinfo=_offset(found))


def _offset(found: re.Match[str]) -> datetime.tzinfo | None:
    if not found["zone"]:
        return None
    if found["zone"] in ("Z", "z"):
        return datetime.UTC
    offset = datetime.timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]), seconds=int(found["seconds"] or 0))
    return datetime.timezone(-offset if found["sign"] == "-" else offset)


def _days(found: re.Match[str]) -> datetime.timedelta:
    seconds = Decimal(found["seconds"] or 0)
    whole = datetime.timedelta(days=int(found["days"] or 0), hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    total = whole + int(seconds * 1_000_000) * MICROSECOND
    return -total if found["minus"] else total


def _months_string(months: int) -> str:
    years, rest = divmod(abs(months), 12)
    said = (f"{years}Y" if years else "") + (f"{rest}M" if rest or not years else "")
    return f"{'-' if months < 0 else ''}P{said}"


def _days_string(value: datetime.timedelta) -> str:
    if not value:
        return "PT0S"
    length = abs(value)
    minutes, seconds = divmod(length.seconds, 60)
    second = str(seconds) + (f".{length.microseconds:06}".rstrip("0") if length.microseconds else "")
    parts = [(minutes // 60, "H"), (minutes % 60, "M"), (second, "S")]
    clock = "".join(f"{amount}{letter}" for amount, letter in parts if str(amount) != "0")
    return f"{'-' if value.days < 0 else ''}P{f'{length.days}D' if length.days else ''}{f'T{clock}' if clock else ''}"


def _truncated(length: int, unit: int, below: int = 0) -> int:
    """So many whole units in a length, of what is left below the next larger unit; the sign is that of the length."""
    amount = (abs(length) % below if below else abs(length)) // unit
    return -amount if length < 0 else amount


def _second(value: datetime.time | datetime.datetime) -> Decimal:
    return Decimal(value.second) + Decimal(value.microsecond) / 1_000_000


def _left_seconds(value: datetime.timedelta) -> Decimal:
    left = (abs(value) // MICROSECOND) % 60_000_000
    return Decimal(-left if value.days < 0 else left) / 1_000_000


def _seconds(value: datetime.timedelta) -> int:
    return _truncated(value // MICROSECOND, 1_000_000)


Parts = Mapping[str, Callable[[Any], Any]]
OF_DATE: Parts = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.isoweekday(),
}
OF_TIME: Parts = {
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": _second,
    "time offset": lambda value: value.utcoffset(),
}
OF_DAYS: Parts = {
    "days": lambda value: _truncated(_seconds(value), 86_400),
    "hours": lambda value: _truncated(_seconds(value), 3_600, 86_400),
    "minutes": lambda value: _truncated(_seconds(value), 60, 3_600),
    "seconds": _left_seconds,
}
OF_MONTHS: Parts = {"years": lambda value: _truncated(value.months, 12), "months": lambda value: _truncated(value.months, 1, 12)}
PARTS: Mapping[type, Parts] = {
    datetime.date: OF_DATE,
    datetime.time: OF_TIME,
    datetime.datetime: {**OF_DATE, **OF_TIME},
    datetime.timedelta: OF_DAYS,
    YearsMonths: OF_MONTHS,
}
