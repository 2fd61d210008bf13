"""Plain dicts, lists and text to YAML 1.2 in the layout of the content: flow where it fits the line, folded text where it does not.

Numbers, truths and cells with commas are quoted, so that any reader of YAML sees the text that ours sees.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

WIDTH = 124
PLAIN = re.compile(r"[A-Za-z0-9_(/~.^+][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]*")
FLOW_SIGNS = frozenset(",[]{}")
QUOTED_SIGNS = frozenset('[]{}"')
OTHERWISE_READ = re.compile(
    r"(?:~|null|true|false|yes|no|on|off|y|n|[-+.]?[0-9][0-9_.,:eExXa-fA-F+-]*|[-+]?\.(?:inf|nan)|\.\.\.|---.*)", re.IGNORECASE
)
"""What some reader of YAML 1.1 or 1.2 takes for something else than text."""

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
BREAK = re.compile(r"(?<=\S) (?=\S)")


def scalar(text: str, *, flow: bool = False) -> str:
    """A scalar on one line; `flow` is inside brackets."""
    if UNPRINTABLE.search(text):
        return _escaped(text)
    return text if _plain(text, flow) else _quoted(text)


def inline(value: Any) -> str:
    """A value on one line, in flow form."""
    if isinstance(value, str):
        return scalar(value, flow=True)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key, flow=True)}: {inline(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(inline, value)) + "]"


def entry(key: str, value: Any, indent: int) -> Iterator[str]:
    """The lines of `key: value`; a value that does not fit the line goes on below."""
    head = f"{' ' * indent}{scalar(key)}:"
    if isinstance(value, list) and len(value) > 1 and all(isinstance(part, Mapping) and part for part in value):
        yield head
        yield from _below(value, indent + 2)
        return
    said = scalar(value) if isinstance(value, str) else inline(value)
    if len(head) + 1 + len(said) <= WIDTH or (isinstance(value, str) and not _foldable(value)):
        yield f"{head} {said}"
        return
    yield head
    yield from _below(value, indent + 2)


def block(values: Mapping[str, Any], indent: int) -> Iterator[str]:
    """The lines of a mapping in block form."""
    for key, value in values.items():
        yield from entry(key, value, indent)


def item(lines: Iterator[str], indent: int) -> Iterator[str]:
    """The lines of a block, which were indented by `indent` and two more, as an item of a list."""
    for number, line in enumerate(lines):
        yield line if number else f"{' ' * indent}- {line[indent + 2 :]}"


def _below(value: Any, indent: int) -> Iterator[str]:
    if isinstance(value, str):
        yield from _wrapped(BREAK.split(_quoted(value)), " ", indent, indent)
    elif isinstance(value, Mapping):
        yield from block(value, indent)
    elif all(isinstance(part, str) for part in value):
        yield from _wrapped([*_commas(value)], " ", indent, indent + 1)
    else:
        for part in value:
            yield from _part(part, indent)


def _part(value: Any, indent: int) -> Iterator[str]:
    said = f"{' ' * indent}- {inline(value)}"
    if len(said) <= WIDTH or not isinstance(value, Mapping):
        yield said
    else:
        yield from item(block(value, indent + 2), indent)


def _commas(values: Sequence[str]) -> Iterator[str]:
    last = len(values) - 1
    for number, value in enumerate(values):
        yield f"{'' if number else '['}{scalar(value, flow=True)}{',' if number < last else ']'}"


def _wrapped(parts: Sequence[str], joint: str, first: int, rest: int) -> Iterator[str]:
    """The parts in as few lines as the width allows."""
    line = " " * first + parts[0]
    for part in parts[1:]:
        if len(line) + len(joint) + len(part) > WIDTH:
            yield line
            line = " " * rest + part
        else:
            line += joint + part
    yield line


def _plain(text: str, flow: bool) -> bool:
    if not PLAIN.fullmatch(text) or text != text.strip() or OTHERWISE_READ.fullmatch(text):
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    return not set(text) & (FLOW_SIGNS if flow else QUOTED_SIGNS)


def _foldable(text: str) -> bool:
    return not UNPRINTABLE.search(text) and BREAK.search(text) is not None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    signs = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + UNPRINTABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", signs) + '"'
