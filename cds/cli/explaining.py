"""Why a rule matched or not, for a terminal: each cell of each alternative, whether it holds, and what it saw."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from cds.cli import telling

HOLDS = {True: "holds", False: "fails", None: "unknown"}
MATCHES = {True: "matches", False: "does not match", None: "is open: an unknown decides"}


def show(reason: Mapping[str, Any], *, as_json: bool) -> None:
    """Prints what `cds.service.explain.why` told."""
    click.echo(telling.document(reason) if as_json else telling.readable(text(reason)))


def text(reason: Mapping[str, Any]) -> str:
    """The rule, what the decision gave, and its alternatives, of which one must hold in every cell."""
    head = [f"Rule {reason['rule']} of {reason['decision']} {MATCHES[reason['matches']]}.", _given(reason), f"Its reason: {reason['because']}"]
    alternatives = reason["alternatives"]
    for number, cells in enumerate(alternatives, start=1):
        title = f"Alternative {number} of {len(alternatives)}" if len(alternatives) > 1 else "Cells"
        head += ["", f"{title}:", *(_lines(cells) if cells else ["  none: it matches always"])]
    return "\n".join(head)


def _given(reason: Mapping[str, Any]) -> str:
    others = ", ".join(reason["rules"]) or "no rule"
    passed_over = " The hit policy passed this rule over." if reason["matches"] and not reason["given"] else ""
    return f"The decision was given by {others}.{passed_over}"


def _lines(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    width = max(len(cell["input"]) for cell in cells)
    for cell in cells:
        yield f"  {HOLDS[cell['holds']]:8} {cell['input']:{width}}  is {_seen(cell['value'])}, asked for {cell['test']}"


def _seen(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "an empty list"
    return str(value)
