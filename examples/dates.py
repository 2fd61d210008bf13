"""Moves the dates of an example, so that a request written for one instant asks the same question at another."""

import re
from datetime import date, datetime, timedelta
from typing import Any

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")


def moved(value: Any, *, written: datetime, now: datetime) -> Any:
    """The JSON value with each instant as far from `now` as it was from `written`, and each full date as many days (UTC)."""
    if isinstance(value, dict):
        return {key: moved(member, written=written, now=now) for key, member in value.items()}
    if isinstance(value, list):
        return [moved(member, written=written, now=now) for member in value]
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return (datetime.fromisoformat(value) + (now - written)).isoformat(timespec="seconds")
    if isinstance(value, str) and _DAY.fullmatch(value):
        return (date.fromisoformat(value) + timedelta(days=(now.date() - written.date()).days)).isoformat()
    return value
