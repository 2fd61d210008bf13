"""FHIR dates and dateTimes (R4, 2.24.0.1) as the span of instants that they may mean.

A partial date is a span: its latest instant decides whether something is recent, because a recent entry
sets a warning sign and an old one does not. Dates without a time zone are read in UTC.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

Precision = Literal["year", "month", "day", "local", "instant"]

_PATTERN = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d+))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_LAST_MICROSECOND = timedelta(days=1) - timedelta(microseconds=1)


@dataclass(frozen=True)
class When:
    """All that a FHIR date says: its first and last possible instant, the day as written, and how precise it was."""

    earliest: datetime
    latest: datetime
    text: str
    precision: Precision

    def since(self, cutoff: datetime) -> bool:
        """True when it may lie at or after the cutoff."""
        return self.latest >= cutoff


def read(value: object) -> When | None:
    """The span of a FHIR date, dateTime or instant; None for all else. Seconds may be left out."""
    match = _PATTERN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        return _timed(match) if match["hour"] else _dated(match)
    except ValueError:
        return None


def day(value: object) -> date | None:
    """The day of a full date (`YYYY-MM-DD`, no time); None for a partial date and all else."""
    when = read(value)
    return when.earliest.date() if when and when.precision == "day" else None


def authored(value: object) -> datetime | None:
    """When answers were given. A full date means its start in UTC, so that answers never look younger than they are.

    None for a year, a month, a time without zone, and anything unreadable: their age is then unknown.
    """
    when = read(value)
    return when.earliest if when and when.precision in ("instant", "day") else None


def _dated(match: re.Match[str]) -> When:
    year, month, day_ = int(match["year"]), match["month"], match["day"]
    first = datetime(year, int(month or 1), int(day_ or 1), tzinfo=UTC)
    last_month = int(month or 12)
    last_day = int(day_) if day_ else calendar.monthrange(year, last_month)[1]
    last = datetime(year, last_month, last_day, tzinfo=UTC) + _LAST_MICROSECOND
    precision: Precision = "day" if day_ else "month" if month else "year"
    return When(first, last, match[0], precision)


def _timed(match: re.Match[str]) -> When:
    time = timedelta(
        hours=_at_most(23, match["hour"]),
        minutes=_at_most(59, match["minute"]),
        seconds=_at_most(59, match["second"] or "0"),
        microseconds=int((match["fraction"] or "0")[:6].ljust(6, "0")),
    )
    midnight = datetime(int(match["year"]), int(match["month"]), int(match["day"]), tzinfo=_zone(match["zone"]))
    moment = midnight + time
    return When(moment, moment, match[0][:10], "instant" if match["zone"] else "local")


def _at_most(most: int, digits: str) -> int:
    if int(digits) > most:
        raise ValueError("not a time of day")
    return int(digits)


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)
