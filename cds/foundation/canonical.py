"""RFC 8785 bytes and SHA-256 digests: the one form in which content and records are hashed."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

import rfc8785

EXACT_INTEGERS = 2**53
"""From here on a double does not hold every integer, and RFC 8785 takes none as one."""

SIGNIFICANT_DIGITS = 15
"""A decimal of up to 15 digits survives the way through an IEEE double and back (RFC 8785, 3.2.2.3)."""


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

    Objects and lists are put together here, since that is where the time goes; strings are written by Python's own encoder,
    whose escapes are those of RFC 8785 (3.2.2.2), and numbers, with every refusal, by rfc8785.
    """
    return _text(value).encode("utf-8")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, (dict, Mapping)):
        return "{" + ",".join([f"{_key(key)}:{_text(value[key])}" for key in _sorted(value)]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    return str(rfc8785.dumps(plain(value)), "utf-8")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError("a key that is no text has no canonical form")
    return encode_basestring(key)


def _sorted(value: Mapping[Any, Any]) -> list[Any]:
    """The keys by their UTF-16 code units (RFC 8785, 3.2.3)."""
    return sorted(value) if all(map(str.isascii, value)) else sorted(value, key=lambda key: str(key).encode("utf-16-be"))


def digest(data: bytes) -> str:
    """`sha256:` and the hex digest of the bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def mark(identifier: str) -> str:
    """Sixteen hex digits of the SHA-256 of an id that nobody can guess: it can be found by them and not told from them."""
    return hashlib.sha256(identifier.encode()).hexdigest()[:16]
