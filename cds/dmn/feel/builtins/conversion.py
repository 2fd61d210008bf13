"""Values as text and text as numbers, and the entries of contexts (DMN 1.5, 10.3.4.1 and 10.3.4.9)."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cds.dmn.feel import temporal, values
from cds.dmn.feel.arithmetic import ARITHMETIC, finite
from cds.dmn.feel.builtins import Listed

NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
ENTRY_NAME = re.compile(r"[^\W\d]\w*")


def text(value: Any) -> str | None:
    """The value as FEEL text; null for null, texts inside lists and contexts in quotes."""
    return value if isinstance(value, str) else _literal(value) if value is not None else None


def _literal(value: Any) -> str:
    say = SAID.get(values.kind(value), temporal.string)
    return say(value)


def _quoted(said: str) -> str:
    return '"' + said.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(number: Decimal) -> str:
    """Without an exponent and without zeros at the end: equal numbers have one text."""
    said = f"{number:f}"
    said = said.rstrip("0").rstrip(".") if "." in said else said
    return "0" if said in ("-0", "") else said


def _key(name: str) -> str:
    return name if ENTRY_NAME.fullmatch(name) else _quoted(name)


def _range(limits: values.Range) -> str:
    if limits.low is None or limits.high is None:
        sign = (">" if limits.high is None else "<") + ("=" if limits.low_closed or limits.high_closed else "")
        return f"{sign} {_literal(limits.high if limits.low is None else limits.low)}"
    return f"{'[' if limits.low_closed else '('}{_literal(limits.low)}..{_literal(limits.high)}{']' if limits.high_closed else ')'}"


SAID: Mapping[str, Callable[[Any], str]] = {
    values.NULL: lambda _: "null",
    values.NUMBER: _plain,
    values.STRING: _quoted,
    values.BOOLEAN: lambda truth: "true" if truth else "false",
    values.LIST: lambda items: f"[{', '.join(map(_literal, items))}]",
    values.CONTEXT: lambda entries: f"{{{', '.join(f'{_key(key)}: {_literal(item)}' for key, item in entries.items())}}}",
    values.RANGE: _range,
    values.FUNCTION: lambda function: f"function({', '.join(function.parameters)})",
}


def _number(said: str, grouping: str | None = None, point: str | None = None) -> Decimal | None:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping is not None and grouping == point):
        return None
    plain = said.replace(grouping, "") if grouping else said
    if point and point != ".":
        if "." in plain:
            return None
        plain = plain.replace(point, ".")
    return finite(ARITHMETIC.create_decimal(plain)) if NUMBER.fullmatch(plain) else None


def _value_at(context: Mapping[str, Any], keys: tuple[Any, ...]) -> Any:
    found: Any = context
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) and isinstance(key, str) else None
    return found


def _entries(context: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple({"key": key, "value": value} for key, value in context.items())


def _context(entries: tuple[Any, ...]) -> Mapping[str, Any] | None:
    """Of contexts with `key` and `value`; null where one has no such entries, or a key comes twice."""
    made: dict[str, Any] = {}
    for entry in entries:
        key = entry.get("key") if isinstance(entry, Mapping) and "value" in entry else None
        if not isinstance(key, str) or key in made:
            return None
        made[key] = entry["value"]
    return made


def _put(context: Mapping[str, Any], keys: tuple[Any, ...], value: Any) -> Mapping[str, Any] | None:
    if not keys or not all(isinstance(key, str) for key in keys):
        return None
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0], {})
    put = _put(inner, keys[1:], value) if isinstance(inner, Mapping) else None
    return None if put is None else {**context, keys[0]: put}


def _merge(contexts: tuple[Any, ...]) -> Mapping[str, Any] | None:
    if not all(isinstance(context, Mapping) for context in contexts):
        return None
    return {key: value for context in contexts for key, value in context.items()}


FUNCTIONS: Listed = (
    ("string(from: any)", text),
    ("number(from: string, grouping separator?: string, decimal separator?: string)", _number),
    ("get value(m: context, key: string or list)", lambda m, key: _value_at(m, key if isinstance(key, tuple) else (key,))),
    ("get entries(m: context)", _entries),
    ("context(entries: list)", _context),
    ("context put(context: context, key: string, value: any)", lambda m, key, value: {**m, key: value}),
    ("context put(context: context, keys: list, value: any)", _put),
    ("context merge(contexts: list)", _merge),
)
