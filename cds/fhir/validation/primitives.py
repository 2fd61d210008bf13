"""The primitive types of FHIR R4 in JSON (R4, Data Types): which value each of them takes, to the letter.

Where the standard's own expression for text leaves out spaces that people type (a non-breaking one), they are taken.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

_LARGEST = 2**31 - 1
_MAX_TEXT = 1_048_576
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_YEAR = r"(?P<year>(?!0000)[0-9]{4})"
_DAY = r"(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_DATE = re.compile(rf"{_YEAR}(-({_DAY}|0[1-9]|1[0-2]))?")
_DATE_TIME = re.compile(rf"{_YEAR}(-({_DAY}(T{_CLOCK}{_ZONE})?|0[1-9]|1[0-2]))?")
_INSTANT = re.compile(rf"{_YEAR}-{_DAY}T{_CLOCK}{_ZONE}")
_TIME = re.compile(_CLOCK)
_CODE = re.compile(r"\S+(\s\S+)*")
_URI = re.compile(r"\S+")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def takes(kind: str, value: object) -> bool:
    """True when the JSON value is one that the primitive type of that name has; its JSON type counts, `"5"` is no integer."""
    return KINDS[kind](value)


def _boolean(value: object) -> bool:
    return isinstance(value, bool)


def _decimal(value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and Decimal(value).is_finite()


def _integer(least: int) -> Callable[[object], bool]:
    """Integers are written without a fraction: `5.0` is none."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= _LARGEST


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_TEXT and not _UNPRINTABLE.search(value)


def _form(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and _text(value) and pattern.fullmatch(value) is not None


def _dated(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    """A date of the calendar: not the 30th of February."""

    def fits(value: object) -> bool:
        match = pattern.fullmatch(value) if isinstance(value, str) else None
        return match is not None and (match["day"] is None or _exists(int(match["year"]), int(match["month"]), int(match["day"])))

    return fits


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _base64(value: object) -> bool:
    if not isinstance(value, str) or not value.strip():
        return False
    try:
        base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


KINDS: Mapping[str, Callable[[object], bool]] = MappingProxyType(
    {
        "boolean": _boolean,
        "decimal": _decimal,
        "integer": _integer(-_LARGEST - 1),
        "unsignedInt": _integer(0),
        "positiveInt": _integer(1),
        "string": _text,
        "markdown": _text,
        "xhtml": _text,
        "code": _form(_CODE),
        "id": _form(_ID),
        "uri": _form(_URI),
        "url": _form(_URI),
        "canonical": _form(_URI),
        "oid": _form(_OID),
        "uuid": _form(_UUID),
        "date": _dated(_DATE),
        "dateTime": _dated(_DATE_TIME),
        "instant": _dated(_INSTANT),
        "time": _form(_TIME),
        "base64Binary": _base64,
    }
)
