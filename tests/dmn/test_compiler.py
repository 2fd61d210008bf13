"""A compiled table finds of every input what its cells say row by row, and no text of its content becomes code."""

import datetime
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn import evaluation, matching
from cds.dmn.evaluation import RuleResult
from cds.dmn.feel import ast, interpreter
from cds.dmn.feel import values as feel
from cds.dmn.model import Clause, Decision, DecisionTable, HitPolicy, ItemDefinition, Rule, Source

INPUTS = ("a", "b", "c")
WORDS = st.sampled_from(["x", "y", "z"])
NUMBERS = st.one_of(st.integers(-3, 3).map(Decimal), st.decimals(-3, 3, places=1))
DATES = st.dates(datetime.date(2020, 1, 1), datetime.date(2020, 1, 5))
ORDERED = st.one_of(WORDS, NUMBERS, DATES)
OPERATORS = st.sampled_from(["<", "<=", ">", ">="])


def intervals(bounds: st.SearchStrategy[Any]) -> st.SearchStrategy[ast.UnaryTest]:
    return st.builds(
        lambda ends, left, right: ast.Interval(min(ends), max(ends), left, right), st.tuples(bounds, bounds), st.booleans(), st.booleans()
    )


PLAIN: st.SearchStrategy[ast.UnaryTest] = st.one_of(
    st.just(ast.Anything()),
    st.just(ast.Unknown()),
    st.one_of(ORDERED, st.booleans()).map(ast.Equals),
    st.one_of(WORDS, NUMBERS).map(ast.Contains),
    st.builds(ast.Compare, OPERATORS, ORDERED),
    st.one_of(*map(intervals, (WORDS, NUMBERS, DATES))),
    st.builds(lambda operator, name: ast.Satisfies(ast.Binary(operator, ast.Name("?"), ast.Name(name))), OPERATORS, st.sampled_from(INPUTS)),
)
CELLS = st.lists(st.one_of(PLAIN, st.lists(PLAIN, min_size=1, max_size=2).map(lambda tests: ast.Not(tuple(tests)))), min_size=1, max_size=3).map(
    tuple
)
ROWS = st.dictionaries(st.sampled_from(INPUTS), CELLS)
VALUES = st.one_of(
    st.none(), WORDS, st.just("elsewhere"), NUMBERS, st.decimals(-9, 9, places=2), DATES, st.booleans(), st.just({"entry": Decimal(1)}),
    st.lists(st.one_of(WORDS, NUMBERS, st.none(), st.booleans()), max_size=3).map(tuple),
    st.just((({"entry": None}),)),
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> DecisionTable:
    rules = draw(st.lists(st.lists(ROWS, min_size=1, max_size=3), max_size=6))
    then = {"out": ast.Constant("given")}
    return DecisionTable(
        HitPolicy.COLLECT,
        tuple(Clause(name, ItemDefinition("string")) for name in INPUTS),
        (Clause("out", ItemDefinition("string")),),
        tuple(Rule(f"R-{number}", tuple(when), then, Source()) for number, when in enumerate(rules)),
    )


def row_by_row(table: DecisionTable, values: Mapping[str, Any]) -> list[RuleResult]:
    """What the interpreter says of every cell, put together without a table of bits; what matches comes first."""
    found = []
    for rule in table.rules:
        rows = [{name: interpreter.matches(cell, values[name], values) for name, cell in cells.items()} for cells in rule.when]
        truths = [feel.all_of(list(row.values())) for row in rows]
        if True in truths:
            found.append(RuleResult(rule.id, True, tuple(rule.when[truths.index(True)])))
        elif None in truths:
            opened = [name for row, truth in zip(rows, truths, strict=True) if truth is None for name in row if row[name] is None]
            found.append(RuleResult(rule.id, None, unknown=tuple(dict.fromkeys(opened))))
    return sorted(found, key=lambda one: one.truth is None)


@given(tables(), st.lists(st.fixed_dictionaries({name: VALUES for name in INPUTS}), min_size=1, max_size=6))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_a_compiled_table_finds_what_the_interpreter_finds_row_by_row(table: DecisionTable, inputs: list[dict[str, Any]]) -> None:
    for values in [*inputs, *inputs]:
        result = evaluation.evaluate_decision(Decision("d", table, INPUTS), values)
        expected = row_by_row(table, values)
        assert list(result.results) == expected
        assert result.rules == tuple(one.rule for one in expected if one.truth)


def test_names_and_words_are_never_code() -> None:
    name, word = 'a"]; raise SystemExit; values["', "'); raise SystemExit; ('"
    rule = Rule("R-1", ({name: (ast.Equals(word),)},), {"out": ast.Constant(word)}, Source())
    table = DecisionTable(HitPolicy.UNIQUE, (Clause(name, ItemDefinition("string")),), (Clause("out", ItemDefinition("string")),), (rule,))
    assert evaluation.evaluate_decision(Decision("d", table, (name,)), {name: word}).value == word


def test_more_inputs_than_are_remembered_are_still_right() -> None:
    rules = tuple(Rule(f"R-{bound}", ({"a": (ast.Compare(">", Decimal(bound)),)},), {}, Source()) for bound in range(40))
    table = DecisionTable(HitPolicy.COLLECT, (Clause("a", ItemDefinition("number")),), (Clause("out", ItemDefinition("string")),), rules)
    decision = Decision("d", table, ("a",))
    for number in range(2 * matching.REMEMBERED):
        value = Decimal(number) / 40
        assert len(evaluation.evaluate_decision(decision, {"a": value}).rules) == min(math.ceil(value), 40)
    assert len(table.compiled.decided) <= matching.REMEMBERED


def test_an_equal_truth_value_and_number_are_told_apart() -> None:
    cells = {"R-1": ast.Equals(True), "R-2": ast.Equals(Decimal(1))}
    rules = tuple(Rule(name, ({"a": (cell,)},), {}, Source()) for name, cell in cells.items())
    table = DecisionTable(HitPolicy.COLLECT, (Clause("a", ItemDefinition("Any")),), (Clause("out", ItemDefinition("string")),), rules)
    for value, expected in ((True, ("R-1",)), (Decimal(1), ("R-2",)), (True, ("R-1",))):
        assert evaluation.evaluate_decision(Decision("d", table, ("a",)), {"a": value}).rules == expected
