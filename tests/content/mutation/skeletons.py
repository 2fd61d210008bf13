"""Cases without expectation, as YAML for a reader of the notes to complete."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast
from cds.dmn.model import Decision, DecisionTable, ItemDefinition
from cds.releases import table_cases
from cds.values.release import Release
from tests.content.mutation import expressions

WIDTH = 128
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
RESERVED = frozenset({"yes", "no", "null", "true", "false", "on", "off", "y", "n"})


def text(release: Release, name: str, inputs: Sequence[Mapping[str, Any]]) -> str:
    """The file of one decision: what it gives, then a case for each input."""
    decision = release.model.decision(name)
    head = [f"# {line}" for line in _explained(decision)]
    return "\n".join([*head, "cases:", *(_case(decision, values) for values in inputs)]) + "\n"


def _explained(decision: Decision) -> Iterator[str]:
    yield f"The decision {decision.name} alone. What is not named under `inputs` is unknown (not asked, not answered)."
    yield "`case`: one clinical sentence, unique. `row`: the row of the notes (or several) or the claim that decides."
    if not isinstance(decision.logic, DecisionTable):
        yield f"expect: {{outputs: {{{decision.name}: ...}}}}, unknown where there is none. It is {_type(decision.logic.item)}."
        return
    table = decision.logic
    yield "expect: {rows: [every row of the notes that gives something, in order], outputs: {name: value}}."
    yield "Write every output, `unknown` where it has no value; leave `rows` out where the notes have no row ids for this decision."
    if not (table.hit_policy.single or table.hit_policy.aggregates):
        yield "Several rows may give something: each output is the list of their values in row order."
    for clause in table.outputs:
        yield from _wrapped(f"{clause.name}: {_type(clause.item)}", 4)


def _type(item: ItemDefinition) -> str:
    return f"{item.base} ({', '.join(item.allowed)})" if item.allowed else item.base


def _case(decision: Decision, values: Mapping[str, Any]) -> str:
    said = ", ".join(f"{name}: {_said(_read(decision, value))}" for name, value in values.items() if value is not None)
    return "\n".join(["  - case: ''", "    row: ''", f"    table: {decision.name}", *_wrapped(f"    inputs: {{{said}}}", 6), "    expect: {}"])


def _wrapped(line: str, indent: int) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def _read(decision: Decision, value: Any) -> Any:
    """Of what a decision with several outputs gave, only the entries that the expression reads."""
    if isinstance(value, tuple):
        return tuple(_read(decision, item) for item in value)
    if not isinstance(value, Mapping) or isinstance(decision.logic, DecisionTable):
        return value
    read = _entries(getattr(decision.logic, "expression", None))
    return {entry: item for entry, item in value.items() if entry in read and item is not None}


def _entries(node: Any) -> frozenset[str]:
    return frozenset(part.entry for part in expressions.nodes(node) if isinstance(part, ast.Path))


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_said(item)}" for name, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_said, value)) + "]"
    word = str(table_cases.text(value) if isinstance(value, Decimal) else value)
    bare = set(word) <= PLAIN and word.lower() not in RESERVED and not word[:1].isdigit() and not word.startswith(("-", "."))
    return word if bare else "'" + word.replace("'", "''") + "'"
