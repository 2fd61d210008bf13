"""Bounded, strict JSON from outside: size, depth, duplicate keys, NaN and overflowing numbers are refused.

Numbers with a fraction are read as exact decimals. RFC 8259 leaves duplicate keys open; here they are an error,
because two readers of one body must not see two different patients.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from cds.foundation.errors import NotJson, TooLarge, WrongShape

MAX_DEPTH = 32
MAX_EXPONENT = 300
_DEEP = frozenset((dict, list))


def loads(body: bytes, *, limit: int) -> Any:
    """The JSON value of `body`; raises TooLarge over `limit` bytes and NotJson for all else, never echoing the body."""
    if len(body) > limit:
        raise TooLarge(f"The body has {len(body)} bytes; at most {limit} are taken. Send less history.")
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotJson("The body is not UTF-8. Send JSON in UTF-8.") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"The body is not JSON: line {error.lineno}, column {error.colno}. Send one JSON object.") from error
    except RecursionError as error:
        raise _too_deep() from error
    _check_depth(value, MAX_DEPTH)
    return value


def load_object(body: bytes, *, limit: int) -> dict[str, Any]:
    """As `loads`, and the value must be a JSON object."""
    value = loads(body, limit=limit)
    if not isinstance(value, dict):
        raise WrongShape("The body is JSON but not an object. Send one JSON object.")
    return value


def _too_deep() -> NotJson:
    return NotJson(f"The body is nested deeper than {MAX_DEPTH} levels. Send a flatter document.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJson("An object in the body has the same key twice. Send each key once.")
    return members


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _out_of_range() from error
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise _out_of_range()
    return number


def _integer(text: str) -> int:
    if len(text) > MAX_EXPONENT:
        raise _out_of_range()
    return int(text)


def _out_of_range() -> NotJson:
    return NotJson("A number in the body is out of range. Send numbers that a double can hold.")


def _constant(name: str) -> Any:
    raise NotJson("NaN and Infinity are not JSON. Leave the element out.")


def _check_depth(value: Any, most: int) -> None:
    level = [value] if type(value) in _DEEP else []
    for _ in range(most):
        level = [item for one in level for item in (one.values() if type(one) is dict else one) if type(item) in _DEEP]
        if not level:
            return
    raise _too_deep()


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_decimal, parse_int=_integer, parse_constant=_constant)
