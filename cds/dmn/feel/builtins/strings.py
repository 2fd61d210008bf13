"""Texts (DMN 1.5, 10.3.4.3). Positions count characters from 1, and from the end when negative."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cds.dmn.feel import patterns
from cds.dmn.feel.builtins import Listed

LONGEST = 1_000_000
"""Characters; a text that would grow beyond it is null."""


def _substring(text: str, start: int, length: int | None = None) -> str | None:
    first = start - 1 if start > 0 else len(text) + start
    if start == 0 or not 0 <= first <= len(text) or (length is not None and length < 0):
        return None
    return text[first:] if length is None else text[first : first + length]


def _before(text: str, match: str) -> str:
    return text.partition(match)[0] if match and match in text else ""


def _after(text: str, match: str) -> str:
    if not match:
        return text
    return text.partition(match)[2]


def _length(text: str) -> Decimal:
    return Decimal(len(text))


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Null where the pattern is refused."""

    def guarded(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except patterns.Refused:
            return None

    return guarded


def _matches(text: str, pattern: str, flags: str | None = None) -> bool:
    return bool(patterns.compiled(pattern, flags or "").over(text).search(text))


def _replace(text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    """A pattern that matches the empty text is refused, as XPath has it."""
    expression = patterns.compiled(pattern, flags or "").over(text)
    parts = patterns.replacement(replacement, expression.groups)
    if expression.search("") or len(replacement) * (len(text) + 1) > LONGEST:
        return None
    return expression.sub(lambda found: "".join((found[part] or "") if isinstance(part, int) else part for part in parts), text)


def _split(text: str, delimiter: str) -> tuple[str, ...] | None:
    expression = patterns.compiled(delimiter).over(text)
    if expression.search(""):
        return None
    ends = [found.span() for found in expression.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    return tuple(text[start:stop] for start, stop in zip(starts, stops, strict=True))


def _join(items: tuple[Any, ...], delimiter: str | None = None) -> str | None:
    """Nulls are left out; anything else that is no text makes the whole null."""
    texts = [item for item in items if item is not None]
    return (delimiter or "").join(texts) if all(isinstance(item, str) for item in texts) else None


FUNCTIONS: Listed = (
    ("substring(string: string, start position: integer, length?: integer)", _substring),
    ("string length(string: string)", _length),
    ("upper case(string: string)", lambda text: text.upper()),
    ("lower case(string: string)", lambda text: text.lower()),
    ("substring before(string: string, match: string)", _before),
    ("substring after(string: string, match: string)", _after),
    ("contains(string: string, match: string)", lambda text, match: match in text),
    ("starts with(string: string, match: string)", lambda text, match: text.startswith(match)),
    ("ends with(string: string, match: string)", lambda text, match: text.endswith(match)),
    ("matches(input: string, pattern: string, flags?: string)", _guarded(_matches)),
    ("replace(input: string, pattern: string, replacement: string, flags?: string)", _guarded(_replace)),
    ("split(string: string, delimiter: string)", _guarded(_split)),
    ("string join(list: list, delimiter?: string)", _join),
)
