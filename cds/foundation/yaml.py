"""Strict YAML 1.2 as text: every scalar stays the text its author wrote, and every value knows its line.

`no` is a word, `1.50` keeps its zero, duplicate keys and unquoted `[14..21]` are refused.
"""

from dataclasses import dataclass, field
from typing import Any

import ruamel.yaml
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from cds.foundation.errors import ContentError

MAX_DEPTH = 32
TOO_DEEP = f"Nested deeper than {MAX_DEPTH} levels, or an alias within its own anchor. Write it flatter."


@dataclass(frozen=True)
class Document:
    """Plain dicts, lists and strings, with the line of each value under its path."""

    name: str
    value: Any
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)

    def place(self, *path: str | int) -> str:
        """`file:line` of the value at `path`, or of its nearest parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}"


def parse(text: str, *, name: str) -> Document:
    """Reads one document; raises ContentError that names file and line."""
    reader = ruamel.yaml.YAML(typ="safe", pure=True)
    reader.allow_duplicate_keys = False
    lines: dict[tuple[str | int, ...], int] = {}
    try:
        return Document(name, _plain(reader.compose(text), (), lines, name), lines)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(f"Not YAML: {error.problem}. Quote cells with brackets or colons.", expression=f"{name}:{line}") from error
    except RecursionError as error:
        raise ContentError(TOO_DEEP, expression=name) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ContentError("Not YAML: a character that may not stand there. Take it out.", expression=f"{name}:{line}") from error


def _plain(node: Node | None, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int], name: str) -> Any:
    if node is None:
        return None
    lines[path] = node.start_mark.line + 1
    if len(path) > MAX_DEPTH:
        raise ContentError(TOO_DEEP, expression=f"{name}:{lines[path]}")
    if isinstance(node, MappingNode):
        return _mapping(node, path, lines, name)
    if isinstance(node, SequenceNode):
        return [_plain(item, (*path, index), lines, name) for index, item in enumerate(node.value)]
    if isinstance(node, ScalarNode):
        return str(node.value)
    raise ContentError("This is no text, list or mapping.", expression=f"{name}:{node.start_mark.line + 1}")


def _mapping(node: MappingNode, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int], name: str) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, item in node.value:
        place = f"{name}:{key.start_mark.line + 1}"
        if not isinstance(key, ScalarNode):
            raise ContentError("A key must be plain text.", expression=place)
        if key.value in members:
            raise ContentError(f"The key {key.value!r} stands twice. Keep one.", expression=place)
        members[str(key.value)] = _plain(item, (*path, str(key.value)), lines, name)
    return members
