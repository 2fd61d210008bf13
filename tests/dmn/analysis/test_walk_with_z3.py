"""The walk against z3, on tables with too many inputs for brute force."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.analysis import tables
from cds.dmn.analysis.findings import Kind
from cds.dmn.feel import ast
from cds.dmn.model import Clause, Decision, DecisionTable, HitPolicy, ItemDefinition, Rule, Source

TOP = 9
INPUTS = tuple(f"in-{number}" for number in range(8))
ITEM = ItemDefinition("integer", (), Decimal(0), Decimal(TOP))
WHOLE = st.integers(0, TOP).map(Decimal)
SIMPLE = st.one_of(
    st.just(ast.Unknown()),
    WHOLE.map(ast.Equals),
    st.builds(ast.Compare, st.sampled_from(("<", "<=", ">", ">=")), WHOLE),
    st.builds(ast.Interval, WHOLE, WHOLE, st.booleans(), st.booleans()),
)
TEST = st.one_of(SIMPLE, st.lists(SIMPLE, min_size=1, max_size=2).map(lambda tests: ast.Not((*tests, ast.Unknown()))))
CELL = st.lists(TEST, min_size=1, max_size=2).map(tuple)
LINE = st.dictionaries(st.sampled_from(INPUTS), CELL, max_size=3)
RULES = st.lists(LINE, min_size=1, max_size=10)

known = {name: z3.Bool(f"known {name}") for name in INPUTS}
values = {name: z3.Int(name) for name in INPUTS}
BOUNDS = [z3.And(value >= 0, value <= TOP) for value in values.values()]


def true_where(name: str, test: ast.UnaryTest) -> z3.BoolRef:
    """Where a test is true; unknown makes all but `unknown` neither true nor false."""
    value = values[name]
    match test:
        case ast.Unknown():
            return z3.Not(known[name])
        case ast.Not(tests):
            return z3.And(known[name], *(z3.Not(true_where(name, part)) for part in tests))
        case ast.Equals(expected):
            return z3.And(known[name], value == int(expected))  # type: ignore[arg-type]
        case ast.Compare(operator, bound):
            sides = {"<": value < int(bound), "<=": value <= int(bound), ">": value > int(bound), ">=": value >= int(bound)}  # type: ignore[arg-type]
            return z3.And(known[name], sides[operator])
        case ast.Interval(low, high, low_closed, high_closed):
            above = value >= int(low) if low_closed else value > int(low)  # type: ignore[arg-type]
            below = value <= int(high) if high_closed else value < int(high)  # type: ignore[arg-type]
            return z3.And(known[name], above, below)
    raise ValueError(test)


def matches(line: Mapping[str, ast.UnaryTests]) -> z3.BoolRef:
    return z3.And(True, *(z3.Or(*(true_where(name, test) for test in tests)) for name, tests in line.items()))


def possible(*conditions: z3.BoolRef) -> bool:
    solver = z3.Solver()
    solver.add(*BOUNDS, *conditions)
    return bool(solver.check() == z3.sat)


def table(policy: HitPolicy, lines: list[Mapping[str, ast.UnaryTests]]) -> Decision:
    rules = tuple(Rule(f"R{number}", (line,), {"out": ast.Constant("a")}, Source()) for number, line in enumerate(lines))
    inputs = tuple(Clause(name, ITEM) for name in INPUTS)
    return Decision("trial", DecisionTable(policy, inputs, (Clause("out", ItemDefinition("string")),), rules), INPUTS)


@given(RULES)
@settings(max_examples=12, deadline=None, derandomize=True)
def test_the_walk_and_z3_find_the_same_gaps_and_dead_rules_under_first(lines: list[Mapping[str, ast.UnaryTests]]) -> None:
    found = tables.analyse(table(HitPolicy.FIRST, lines))
    rows = list(map(matches, lines))
    gap = possible(*map(z3.Not, rows))
    dead = {f"R{number}" for number, row in enumerate(rows) if not possible(row, *map(z3.Not, rows[:number]))}
    assert {finding.kind for finding in found} <= {Kind.GAP, Kind.DEAD, Kind.REDUNDANT, Kind.NOT_ANALYSED}
    assert any(finding.kind is Kind.GAP for finding in found) == gap
    assert {finding.text.split()[2] for finding in found if finding.kind is Kind.DEAD} == dead


@given(RULES)
@settings(max_examples=12, deadline=None, derandomize=True)
def test_the_walk_and_z3_find_the_same_overlaps_and_rules_that_are_never_alone(lines: list[Mapping[str, ast.UnaryTests]]) -> None:
    found = tables.analyse(table(HitPolicy.UNIQUE, lines))
    rows = list(map(matches, lines))
    assert {finding.rules for finding in found if finding.kind is Kind.OVERLAP} == set(overlaps(rows))
    never = {
        f"R{number}"
        for number, row in enumerate(rows)
        if possible(row) and not possible(row, *(z3.Not(other) for at, other in enumerate(rows) if at != number))
    }
    assert {finding.text.split()[2] for finding in found if finding.kind is Kind.NEVER_ALONE} == never


def overlaps(rows: list[z3.BoolRef]) -> Iterator[tuple[str, str]]:
    for one, row in enumerate(rows):
        for other in range(one + 1, len(rows)):
            if possible(row, rows[other]):
                yield f"R{one}", f"R{other}"
