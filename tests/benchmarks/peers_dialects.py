"""A table as each other engine takes it: its cells and outputs in that engine's own language, its inputs renamed `i0`, `i1`, ...

Unknown is that language's null. Where a language gives an error for null, the cell says first that it is not null.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast, interpreter
from cds.dmn.model import DecisionTable, Rule
from cds.foundation import canonical

Cell = Callable[[ast.UnaryTests], str]


def document(table: DecisionTable, cell: Cell, literal: Callable[[Any], str]) -> dict[str, Any]:
    """Policy, inputs, outputs and rows; a row has the id of its rule, and "" where a cell is left out."""
    names = [clause.name for clause in table.inputs]
    rows = [
        {
            "id": rule.id,
            "cells": [cell(when[name]) if name in when else "" for name in names],
            "outputs": [literal(_given(rule, clause.name)) for clause in table.outputs],
        }
        for rule, when in table.rows
    ]
    return {"policy": table.hit_policy.value, "inputs": [name_of(at) for at in range(len(names))], "types": _types(table), "rows": rows}


def name_of(at: int) -> str:
    """The name of an input that every language can read."""
    return f"i{at}"


def sample(table: DecisionTable, values: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as JSON."""
    return {name_of(at): canonical.plain(values[clause.name]) for at, clause in enumerate(table.inputs)}


def zen(tests: ast.UnaryTests) -> str:
    """GoRules' expression language: the short forms where there are any, else a condition over `$`, null asked first."""
    if all(isinstance(test, (ast.Equals, ast.Unknown)) for test in tests):
        return ", ".join(_constants(tests))
    if all(isinstance(test, ast.Contains) for test in tests):
        return f"$ != null and some($, # in [{', '.join(_constants(tests))}])"
    match tests:
        case (ast.Compare(operator, value),):
            return f"{operator} {value}"
        case (ast.Interval() as interval,):
            return _interval(interval)
    return " or ".join(_zen(test) for test in sorted(tests, key=lambda test: not isinstance(test, ast.Unknown)))


def python(tests: ast.UnaryTests) -> str:
    """Python, which is what SpiffWorkflow evaluates, with `?` for the input."""
    return " or ".join(_python(test) for test in tests)


def sfeel(tests: ast.UnaryTests) -> str:
    """S-FEEL as pyDMNrules reads it."""
    lists = any(isinstance(test, ast.Contains) for test in tests)
    return (" or " if lists else ", ").join(_sfeel(test) for test in tests)


def _given(rule: Rule, output: str) -> Any:
    """A constant output of a rule; null where it has none."""
    return interpreter.evaluate(rule.then[output], {}) if output in rule.then else None


def _types(table: DecisionTable) -> list[str]:
    kinds = {"integer": "number", "number": "number", "boolean": "boolean"}
    return [kinds.get(clause.item.base, "string") for clause in table.inputs]


def _json(value: Any) -> str:
    return json.dumps(canonical.plain(value))


def _constants(tests: ast.UnaryTests) -> list[str]:
    return [_json(test.value) if isinstance(test, (ast.Equals, ast.Contains)) else "null" for test in tests]


def _interval(test: ast.Interval) -> str:
    return f"{'[' if test.low_closed else '('}{test.low}..{test.high}{']' if test.high_closed else ')'}"


def _zen(test: ast.UnaryTest) -> str:
    match test:
        case ast.Equals(value):
            return f"$ == {_json(value)}"
        case ast.Unknown():
            return "$ == null"
        case ast.Compare(operator, value):
            return f"$ {operator} {value}"
        case ast.Interval():
            return f"$ in {_interval(test)}"
        case ast.Not(tests) if all(isinstance(inner, (ast.Equals, ast.Unknown)) for inner in tests):
            return f"$ not in [{', '.join({**dict.fromkeys(_constants(tests)), 'null': None})}]"
        case ast.Not(tests):
            items = _constants(tuple(inner for inner in tests if isinstance(inner, ast.Contains)))
            return f"$ != null and not some($, # in [{', '.join(items)}])"
    return "true"


def _python(test: ast.UnaryTest) -> str:
    match test:
        case ast.Equals(value):
            return f"? == {_literal(value)}"
        case ast.Unknown():
            return "? is None"
        case ast.Contains(value):
            return f"(? is not None and {_literal(value)} in ?)"
        case ast.Compare(operator, value):
            return f"(? is not None and ? {operator} {value})"
        case ast.Interval(low, high, low_closed, high_closed):
            return f"(? is not None and {low} <{'=' * low_closed} ? <{'=' * high_closed} {high})"
        case ast.Not(tests):
            return f"(? is not None and not ({' or '.join(map(_python, tests))}))"
    return "True"


def _sfeel(test: ast.UnaryTest) -> str:
    match test:
        case ast.Equals(value):
            return _json(value)
        case ast.Unknown():
            return "null"
        case ast.Contains(value):
            return f"list contains(?, {_json(value)})"
        case ast.Compare(operator, value):
            return f"{operator} {value}"
        case ast.Interval():
            return _interval(test)
        case ast.Not(tests):
            return f"not({', '.join(map(_sfeel, tests))})"
    return "-"


def _literal(value: Any) -> str:
    return repr(canonical.plain(value))


def literals(engine: str) -> Callable[[Any], str]:
    """How an engine's language writes an output."""
    return _literal if engine == "SpiffWorkflow" else _json


def exact(value: Any) -> Any:
    """A value that came back, comparable with ours."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return tuple(map(exact, value)) if isinstance(value, list) else Decimal(str(value))
