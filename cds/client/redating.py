"""A record written for one day, as it would be at another: its dates move along, and so asks the same question."""

import re
from datetime import date, datetime, timedelta
from typing import Any

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")


def moved(value: Any, *, written: datetime, now: datetime) -> Any:
    """The JSON value with each instant as far from `now` as it was from `written`, and each full date as many days (UTC).

    What only looks like a date, or would leave the calendar, stays as it is.
    """
    if isinstance(value, dict):
        return {key: moved(member, written=written, now=now) for key, member in value.items()}
    if isinstance(value, list):
        return [moved(member, written=written, now=now) for member in value]
    return _moved(value, now - written, now.date() - written.date()) if isinstance(value, str) else value


def _moved(text: str, by: timedelta, days: timedelta) -> str:
    try:
        if _INSTANT.fullmatch(text):
            return (datetime.fromisoformat(text) + by).isoformat(timespec="seconds")
        return (date.fromisoformat(text) + days).isoformat() if _DAY.fullmatch(text) else text
    except (ValueError, OverflowError):
        return text
