"""Small random tables and every input of them, to hold an analysis against brute force.

The inputs are listed here by hand: nothing of the analysis is used to find them.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from cds.dmn.feel import ast, interpreter, parser
from cds.dmn.model import Clause, Decision, DecisionTable, HitPolicy, ItemDefinition, Rule, Source

Input = Mapping[str, Any]

SUBSETS = tuple(tuple(item for item, held in zip("xyz", chosen, strict=True) if held) for chosen in itertools.product((True, False), repeat=3))
CLAUSES: dict[str, tuple[ItemDefinition, tuple[Any, ...], tuple[str, ...]]] = {
    "word": (
        ItemDefinition("string", ("a", "b", "c")),
        ("a", "b", "c", None),
        ("a", "b", "a, c", "unknown", "not(a, unknown)", "not(b), unknown", "not(unknown)", "b, unknown"),
    ),
    "sure": (ItemDefinition("string", ("a", "b"), nullable=False), ("a", "b"), ("a", "b", "not(a)", "a, b")),
    "open": (ItemDefinition("string"), ("a", "b", "elsewhere", None), ("a", "b", "not(a, unknown)", "not(a, b, unknown)", "a, unknown")),
    "whole": (
        ItemDefinition("integer", (), Decimal(0), Decimal(4)),
        (*map(Decimal, range(5)), None),
        ("< 2", "[1..3]", "(1..3)", ">= 2.5", "4", "not([1..2], unknown)", "unknown", "0, 3", "<= 3", "[0..4]", "> 4"),
    ),
    "number": (
        ItemDefinition("number", nullable=False),
        tuple(Decimal(half) / 2 for half in range(-2, 10)),
        ("< 2", "[1..3)", "> 3", "<= 1", "2", "not([1..2])", "(0..4]"),
    ),
    "flag": (ItemDefinition("boolean"), (True, False, None), ("= true", "= false", "unknown", "not(= true, unknown)", "= false, unknown")),
    "signs": (
        ItemDefinition("list of string", ("x", "y", "z")),
        (*SUBSETS, None),
        ("x", "x, y", "not(x, unknown)", "not(y, z, unknown)", "unknown", "z, unknown", "not(x), unknown", "not(unknown)"),
    ),
}
OUTPUTS = ("low", "high", "top")


def tests(name: str, text: str) -> ast.UnaryTests:
    """A cell of an input, as our tables write it."""
    found = parser.unary_tests(text)
    return tuple(map(_listed, found)) if name == "signs" else found


def _listed(test: ast.UnaryTest) -> ast.UnaryTest:
    match test:
        case ast.Equals(value) if isinstance(value, str):
            return ast.Contains(value)
        case ast.Not(parts):
            return ast.Not(tuple(map(_listed, parts)))
    return test


def cells(name: str) -> st.SearchStrategy[ast.UnaryTests]:
    """Cells of an input."""
    return st.sampled_from(CLAUSES[name][2]).map(lambda text: tests(name, text))


def lines(names: Sequence[str]) -> st.SearchStrategy[dict[str, ast.UnaryTests]]:
    """Alternatives of a rule; most leave some input out."""
    return st.fixed_dictionaries({}, optional={name: cells(name) for name in names})


@st.composite
def tables(draw: st.DrawFn, *policies: HitPolicy, most: int = 5) -> Decision:
    """Tables of two or three inputs and up to `most` rules."""
    names = draw(st.lists(st.sampled_from(sorted(CLAUSES)), min_size=2, max_size=3, unique=True))
    policy = draw(st.sampled_from(policies or tuple(HitPolicy)))
    outputs: st.SearchStrategy[ast.Scalar] = st.sampled_from([*map(Decimal, range(3))]) if policy.aggregates else st.sampled_from(OUTPUTS)
    rules = [
        Rule(f"R{number}", tuple(draw(st.lists(lines(names), min_size=1, max_size=2))), {"out": ast.Constant(draw(outputs))}, Source())
        for number in range(draw(st.integers(1, most)))
    ]
    return decision(names, policy, rules)


def decision(names: Sequence[str], policy: HitPolicy, rules: Sequence[Rule]) -> Decision:
    """A table over these inputs with one output."""
    item = ItemDefinition("number") if policy.aggregates else ItemDefinition("string", OUTPUTS, nullable=False)
    inputs = tuple(Clause(name, CLAUSES[name][0]) for name in names)
    return Decision("trial", DecisionTable(policy, inputs, (Clause("out", item),), tuple(rules)), tuple(names))


def rule(identifier: str, output: str | Decimal, *when: Mapping[str, str]) -> Rule:
    """A rule with cells as our tables write them."""
    alternatives = tuple({name: tests(name, text) for name, text in one.items()} for one in when)
    return Rule(identifier, alternatives, {"out": ast.Constant(output)}, Source())


def table_of(one: Decision) -> DecisionTable:
    """The table of a decision."""
    assert isinstance(one.logic, DecisionTable)
    return one.logic


def inputs_of(table: DecisionTable) -> Iterator[Input]:
    """Every input of the table."""
    names = [clause.name for clause in table.inputs]
    for values in itertools.product(*(CLAUSES[name][1] for name in names)):
        yield dict(zip(names, values, strict=True))


def holds(line: Mapping[str, ast.UnaryTests], at: Input) -> bool:
    """Whether every cell is true there."""
    return all(interpreter.matches(tests, at[name]) is True for name, tests in line.items())


def matched(table: DecisionTable, at: Input) -> list[int]:
    """The numbers of the rules that match there."""
    return [number for number, rule in enumerate(table.rules) if any(holds(line, at) for line in rule.when)]
