"""Whether a stored body, or what was sealed, has the members that it must have, each of its type: what reading relies on, and quick.

What the values may be is said by `schemas/audit-record.schema.json`, which takes more than ten times as long; no body is written that breaks it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

FORM = 3
"""The form of a body that is written now."""

SALT = re.compile("[A-Za-z0-9+/]{43}=")

Check = Callable[[Any], bool]
_STRINGS = frozenset({str})


def fits(members: Mapping[str, Any]) -> bool:
    """Whether this is an entry of a kind that is known, with all that it must have and nothing else."""
    kind = members.get("kind")
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    return shape is not None and _is(members, *shape)


def fits_sealed(members: Mapping[str, Any]) -> bool:
    """Whether this is all that `schemas/audit-private.schema.json` takes."""
    return _is(members, *_SEALED)


def _is(value: Any, required: Mapping[str, Check], optional: Mapping[str, Check]) -> bool:
    if not isinstance(value, dict) or not required.keys() <= value.keys():
        return False
    for name, one in value.items():
        check = required.get(name) or optional.get(name)
        if check is None or not check(one):
            return False
    return True


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _salt(value: Any) -> bool:
    return isinstance(value, str) and SALT.fullmatch(value) is not None


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _some(check: Check) -> Check:
    return lambda value: check(value) and bool(value)


def _number(value: Any) -> bool:
    return type(value) is int and value >= 0


def _texts(value: Any) -> bool:
    return isinstance(value, list) and _STRINGS.issuperset(map(type, value)) and "" not in value


def _named(check: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def _form(value: Any) -> bool:
    return type(value) is int and value == FORM


def _true(value: Any) -> bool:
    return value is True


def _all(check: Check, *names: str) -> dict[str, Check]:
    return dict.fromkeys(names, check)


def _former(value: Any) -> bool:
    return _is(value, _all(_number, "form", "seq") | _all(_text, "previous", "hash"), {})


def _output(value: Any) -> bool:
    return _is(value, _all(_text, "digest", "outcome"), {"cards": _texts})


def _facts(value: Any) -> bool:
    return _is(value, _all(_text, "digest", "sealed", "key"), {})


def _release(value: Any) -> bool:
    return _is(value, {}, _all(_text, "name", "version", "digest", "language", "selected"))


def _engine(value: Any) -> bool:
    return _is(value, _all(_text, "version"), {})


def _response(value: Any) -> bool:
    return value != {} and _is(value, {}, _all(_text, "reference", "authored"))


_HEAD = {"kind": _text, "form": _form}
_SHAPES: Mapping[str, tuple[Mapping[str, Check], Mapping[str, Check]]] = {
    "decision": (
        _HEAD | _all(_text, "decisionId", "decidedAt", "channel", "subject") | {"output": _output, "facts": _facts},
        _all(_text, "receivedAt", "hook", "hookInstance", "trace", "client", "tenant", "profile", "requestDigest", "urgency")
        | {"release": _release, "engine": _engine, "rules": _named(_texts), "provenance": _named(_texts), "unknown": _texts, "former": _former},
    ),
    "feedback": (
        _HEAD | _all(_text, "feedbackId", "receivedAt", "service", "card", "outcome", "outcomeAt"),
        _all(_text, "decisionId", "release", "digest", "reason", "client", "tenant")
        | _all(_texts, "rules", "accepted", "unknownSuggestions")
        | _all(_true, "otherReason", "commented")
        | {"former": _former},
    ),
    "refusal": (
        _HEAD | _all(_text, "refusalId", "refusedAt", "route", "cause"),
        {"client": _text, "count": _number, "former": _former},
    ),
    "action": (
        _HEAD | _all(_text, "actionId", "at", "action", "actor"),
        _all(_text, "role", "tenant") | {"detail": _object},
    ),
}
"""By kind: what it must have, and what it may have."""

_PRIVATE = (
    _all(_text, "patient", "user") | _all(_some(_texts), "skipped", "noted") | _all(_some(_object), "outlet", "orders") | {"response": _response}
)


def _private(value: Any) -> bool:
    return _is(value, {"assessment": _object}, _PRIVATE)


def _request(value: Any) -> bool:
    return value != {} and _is(value, {}, _all(_text, "digest", "hookInstance"))


_SEALED: tuple[Mapping[str, Check], Mapping[str, Check]] = ({"salt": _salt, "private": _private}, {"request": _request})
