"""RFC 8785 bytes and SHA-256 digests: the one form in which content and records are hashed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import rfc8785

EXACT_INTEGERS = 2**53
"""From here on a double does not hold every integer, and RFC 8785 takes none as one."""

SIGNIFICANT_DIGITS = 15
"""A decimal of up to 15 digits survives the way through an IEEE double and back (RFC 8785, 3.2.2.3)."""


LEAST_PLAIN, MOST_PLAIN = 1e-4, 1e16
"""Between them Python writes a number with a fraction without an exponent, as RFC 8785 does."""

MOST_LEVELS = 100
"""What is nested deeper, or holds itself, is left to rfc8785."""


def plain(value: Any) -> Any:
    """The value as JSON types: decimals become numbers, tuples lists, mappings dicts."""
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if isinstance(value, Decimal):
        return int(value) if abs(value) < EXACT_INTEGERS and value == value.to_integral_value() else float(value)
    if isinstance(value, (dict, Mapping)):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def dumps(value: Any) -> bytes:
    """Canonical UTF-8 bytes: same value, same bytes. Raises TypeError or ValueError for what has no canonical form.

    Python's own encoder writes strings, and most numbers, as RFC 8785 has them (3.2.2), many times as fast as rfc8785: it takes what it is
    known to write so, and rfc8785 the rest, with every refusal.
    """
    return _ENCODER.encode(value).encode("utf-8") if _written_alike([value]) else rfc8785.dumps(plain(value))


def _written_alike(level: Sequence[Any]) -> bool:
    """Whether Python's encoder gives these values the text of RFC 8785: keys whose order is that of ASCII, and numbers as both write them."""
    for _ in range(MOST_LEVELS):
        names: list[Any] = []
        within: list[Any] = []
        for one in level:
            kind = type(one)
            if kind is dict:
                names += one
                within += one.values()
            elif kind is list:
                within += one
            elif kind is not str and not _rarer_alike(one, names, within):
                return False
        if not "".join(names).isascii():
            return False
        if not within:
            return True
        level = within
    return False


def _rarer_alike(value: Any, names: list[Any], within: list[Any]) -> bool:
    if value is None or isinstance(value, (bool, str)):
        return True
    if isinstance(value, (list, tuple)):
        within += value
        return True
    if isinstance(value, Mapping):
        names += value
        within += value.values()
        return True
    return _number_alike(value)


def _number_alike(value: Any) -> bool:
    if not isinstance(value, (int, float, Decimal)):
        return False
    number = plain(value)
    if isinstance(number, int):
        return abs(number) < EXACT_INTEGERS
    return LEAST_PLAIN <= abs(number) < MOST_PLAIN and not number.is_integer()


def _in_json(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else plain(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_in_json)


def digest(data: bytes) -> str:
    """`sha256:` and the hex digest of the bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def mark(identifier: str) -> str:
    """Sixteen hex digits of the SHA-256 of an id that nobody can guess: it can be found by them and not told from them."""
    return hashlib.sha256(identifier.encode()).hexdigest()[:16]
