"""The mutants of an expression: constants changed, comparisons and `and`/`or` flipped, items of a list dropped."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast

FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "!=", "!=": "=", "and": "or", "or": "and"}


Change = tuple[Any, Any, Any]
"""A part of the expression, what stands in its place (None: nothing), and the whole with it."""


def mutants(expression: ast.Expression) -> Iterator[Change]:
    """Every expression that differs from this one in one place."""
    words = sorted({str(node.value) for node in nodes(expression) if isinstance(node, ast.Constant) and isinstance(node.value, str)})
    yield from _mutants(expression, words)


def _mutants(node: Any, words: list[str]) -> Iterator[Change]:
    for part, other in _own(node, words):
        yield (part, other, other)
    if isinstance(node, ast.ListOf) and len(node.items) > 1:
        for index, item in enumerate(node.items):
            yield item, None, ast.ListOf((*node.items[:index], *node.items[index + 1 :]))
    if isinstance(node, tuple):
        for index, part in enumerate(node):
            yield from ((old, new, (*node[:index], other, *node[index + 1 :])) for old, new, other in _mutants(part, words))
    elif is_dataclass(node):
        for field in fields(node):
            yield from ((old, new, _with(node, field.name, other)) for old, new, other in _mutants(getattr(node, field.name), words))


def _with(node: Any, name: str, value: Any) -> Any:
    return replace(node, **{name: value})


def _own(node: Any, words: list[str]) -> Iterator[tuple[Any, Any]]:
    match node:
        case ast.Constant(value) if isinstance(value, Decimal):
            yield from ((node, ast.Constant(value + step)) for step in (-1, 1))
        case ast.Constant(value) if isinstance(value, str):
            yield node, ast.Constant(words[(words.index(value) + 1) % len(words)] if len(words) > 1 else None)
        case ast.Binary(operator) if operator in FLIPPED:
            yield node, replace(node, operator=FLIPPED[operator])


def nodes(node: Any) -> Iterator[Any]:
    """Every part of an expression, itself first."""
    yield node
    parts = node if isinstance(node, tuple) else [getattr(node, field.name) for field in fields(node)] if is_dataclass(node) else ()
    for part in parts:
        yield from nodes(part)
