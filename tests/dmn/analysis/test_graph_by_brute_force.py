"""Random small graphs: what is worked out for all facts at once is what a run gives for each of them, and what is proved is so."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.analysis import proofs, properties
from cds.dmn.analysis.properties import Condition, Implication, Monotone, Move
from cds.dmn.feel import ast, parser
from cds.dmn.model import Clause, Decision, DecisionModel, DecisionTable, HitPolicy, ItemDefinition, LiteralExpression, Rule, Source
from tests.dmn.analysis.picking import Picker, same

WORDS = ("low", "mid", "high")
INPUTS = {
    "trend": ItemDefinition("string", ("better", "worse")),
    "pain": ItemDefinition("integer", minimum=Decimal(0), maximum=Decimal(3)),
    "signs": ItemDefinition("list of string", ("cough", "sit")),
    "sure": ItemDefinition("boolean", nullable=False),
}
DOMAINS: dict[str, tuple[Any, ...]] = {
    "trend": (None, "better", "worse"),
    "pain": (None, *map(Decimal, range(4))),
    "signs": (None, (), ("cough",), ("sit",), ("cough", "sit")),
    "sure": (True, False),
}
FACTS = [dict(zip(DOMAINS, values, strict=True)) for values in itertools.product(*DOMAINS.values())]
CELLS = {
    "trend": ("better", "worse", "better, worse", "not(worse)", "not(worse, unknown)", "unknown", "worse, unknown", "-"),
    "pain": ("0", "> 1", "<= 2", "[1..2]", "(0..3)", "not(2)", "unknown", "not(unknown)", ">= 1, unknown"),
    "signs": ("cough", "cough, sit", "not(cough)", "not(sit, unknown)", "unknown"),
    "sure": (),
    "first": ("low", "not(mid, unknown)", "high, unknown", "not(low)"),
    "first.rules": ("A-1", "not(A-2)", "A-1, A-3"),
}
EXPRESSIONS = (
    'if trend = "worse" then 3 else if pain > 1 then 2 else null',
    "pain * 2 - 1",
    "pain / (pain - 2)",
    "count(signs)",
    'count([trend, first][item = "worse" or item = "low"])',
    "max([pain, 2][item != null])",
    "min(concatenate([pain], [1]))",
    "sum([pain, pain, 1])",
    "mean([pain, 2])",
    "signs[1]",
    "[pain, 1, trend][-1]",
    "distinct values([trend, first, trend])[item != null]",
    'list contains(signs, "cough") and pain > 0',
    'first in ("low", "mid")',
    "pain in ([1..2])",
    'if first = null then "none" else first + "-" + trend',
    "some x in signs satisfies x = trend",
    'every x in signs satisfies x = "sit"',
    "for x in signs return x",
    "not(sure) or pain = 3",
    "string length(trend)",
    "-pain < -1",
    "first.rules[2]",
)
LIGHT = settings(max_examples=60, derandomize=True, deadline=None)
PROOFS = settings(LIGHT, max_examples=40)


def cell(text: str, name: str) -> ast.UnaryTests:
    """A cell; on a list a word is an item of it."""
    item = INPUTS.get(name)
    lists = name.endswith(".rules") or (item is not None and item.base == "list of string")
    return tuple(_contained(test) if lists else test for test in parser.unary_tests(text))


def _contained(test: ast.UnaryTest) -> ast.UnaryTest:
    if isinstance(test, ast.Not):
        return replace(test, tests=tuple(map(_contained, test.tests)))
    return ast.Contains(test.value) if isinstance(test, ast.Equals) and isinstance(test.value, str) else test


@st.composite
def tables(draw: st.DrawFn, prefix: str, names: tuple[str, ...], policies: tuple[HitPolicy, ...]) -> DecisionTable:
    """A table of up to five rules over these inputs."""
    rules = []
    for number in range(draw(st.integers(1, 5))):
        rows = []
        for _ in range(draw(st.integers(1, 2))):
            columns = draw(st.lists(st.sampled_from([name for name in names if CELLS[name]]), max_size=2, unique=True))
            rows.append({name: cell(draw(st.sampled_from(CELLS[name])), name) for name in columns})
        output = ast.Constant(draw(st.sampled_from([*WORDS, None])) if prefix == "A" else draw(st.sampled_from([Decimal(1), Decimal(2), None])))
        rules.append(Rule(f"{prefix}-{number + 1}", tuple(rows), {"out": output}, Source()))
    nullable = draw(st.booleans())
    item = ItemDefinition("string", WORDS, nullable=nullable) if prefix == "A" else ItemDefinition("number", nullable=nullable)
    clauses = tuple(Clause(name, INPUTS.get(name, ItemDefinition("string"))) for name in names)
    return DecisionTable(draw(st.sampled_from(policies)), clauses, (Clause("out", item),), tuple(rules))


SINGLE = (HitPolicy.FIRST, HitPolicy.PRIORITY, HitPolicy.UNIQUE, HitPolicy.ANY)
SEVERAL = (
    *(HitPolicy.COLLECT, HitPolicy.COLLECT_MAX, HitPolicy.COLLECT_MIN, HitPolicy.COLLECT_SUM, HitPolicy.COLLECT_COUNT),
    *(HitPolicy.RULE_ORDER, HitPolicy.FIRST),
)


@st.composite
def graphs(draw: st.DrawFn) -> DecisionModel:
    """A table of words, a table of numbers that reads it, and an expression over both."""
    first = draw(tables("A", ("trend", "pain", "signs"), SINGLE))
    second = draw(tables("B", ("first", "first.rules", "pain"), SEVERAL))
    text = draw(st.sampled_from(EXPRESSIONS))
    literal = LiteralExpression(text, parser.expression(text, frozenset({*INPUTS, "first", "first.rules", "second"})), ItemDefinition("Any"), "C-1")
    decisions = (
        Decision("first", first, ("trend", "pain", "signs")),
        Decision("second", second, ("first", "first.rules", "pain")),
        Decision("third", literal, tuple(sorted(ast.names(literal.expression)))),
    )
    return DecisionModel("trial", INPUTS, decisions)


@LIGHT
@given(model=graphs())
def test_the_symbolic_value_of_every_decision_is_what_a_run_gives_for_every_facts(model: DecisionModel) -> None:
    picker = Picker(model)
    for facts in FACTS:
        symbolic, ran = picker.values(facts), picker.run(facts)
        assert (symbolic is None) == (ran is None), facts
        assert symbolic is None or ran is None or [name for name in ran if not same(symbolic[name], ran[name])] == [], (facts, symbolic, ran)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_each_expression_is_what_a_run_gives_for_every_facts(text: str) -> None:
    first = LiteralExpression("", parser.expression('if pain = 1 then "low" else trend', frozenset(INPUTS)), ItemDefinition("string"), "A-1")
    third = LiteralExpression(text, parser.expression(text, frozenset({*INPUTS, "first", "first.rules"})), ItemDefinition("Any"))
    names = tuple(sorted(ast.names(third.expression)))
    picker = Picker(DecisionModel("trial", INPUTS, (Decision("first", first, ("pain", "trend")), Decision("third", third, names))))
    for facts in FACTS:
        symbolic, ran = picker.values(facts), picker.run(facts)
        assert symbolic is not None and ran is not None
        assert same(symbolic["third"], ran["third"]), (facts, symbolic["third"], ran["third"])


OPEN = {"name": ItemDefinition("string"), "other": ItemDefinition("string"), "tags": ItemDefinition("list of string")}
ANY_TEXT = (
    'name = "ann"',
    "name = other",
    "name != other and other != null",
    'if list contains(tags, "ann") then 1 else count(tags)',
    "count(tags) > 2",
)


@pytest.mark.parametrize("text", ANY_TEXT)
def test_inputs_of_any_text_are_worked_out_by_the_words_that_the_model_mentions(text: str) -> None:
    literal = LiteralExpression(text, parser.expression(text, frozenset(OPEN)), ItemDefinition("Any"))
    picker = Picker(DecisionModel("texts", OPEN, (Decision("third", literal, tuple(sorted(ast.names(literal.expression)))),)))
    names, lists = (None, "ann", "bob", "cid"), (None, (), ("ann",), ("bob", "cid"), ("ann", "bob", "cid"))
    for name, other, tags in itertools.product(names, names, lists):
        facts = {"name": name, "other": other, "tags": tags}
        symbolic, ran = picker.values(facts), picker.run(facts)
        assert symbolic is not None and ran is not None
        assert same(symbolic["third"], ran["third"]), (facts, symbolic["third"], ran["third"])


def broken_by(statement: properties.Statement, model: DecisionModel) -> Iterator[dict[str, Any]]:
    """All facts for which a run breaks the statement, where no decision is at fault."""
    picker = Picker(model)
    for facts in FACTS:
        if picker.run(facts) is not None and properties.broken(statement, model, facts):
            yield facts


@PROOFS
@given(model=graphs(), data=st.data())
def test_an_implication_is_proved_exactly_when_no_facts_break_it(model: DecisionModel, data: st.DataObject) -> None:
    premise, conclusion = (
        Condition(({name: cell(data.draw(st.sampled_from(CELLS[name])), name)},)) for name in (data.draw(st.sampled_from(["trend", "pain"])), "first")
    )
    statement = Implication(premise, conclusion)
    part = replace(model, decisions=model.decisions[:1])
    verdict = proofs.prove(statement, Picker(part).graph)
    expected = any(True for _ in broken_by(statement, part))
    assert isinstance(verdict, proofs.Refuted if expected else proofs.Proved)


@PROOFS
@given(model=graphs(), name=st.sampled_from(["trend", "pain"]))
def test_a_step_is_proved_exactly_when_no_two_facts_break_it(model: DecisionModel, name: str) -> None:
    step = Move.MORE if name == "pain" else ("better", None, "worse")
    statement = Monotone("first", (name,), (step,), (None, *WORDS))
    part = replace(model, decisions=model.decisions[:1])
    picker = Picker(part)
    verdict = proofs.prove(statement, picker.graph)
    chains = [DOMAINS["pain"][1:]] if name == "pain" else [("better", None, "worse")]
    pairs = [({**facts, name: one}, {**facts, name: other}) for facts in FACTS for chain in chains for one, other in itertools.pairwise(chain)]
    sound = [(one, other) for one, other in pairs if picker.run(one) is not None and picker.run(other) is not None]
    broken = any(properties.broken(statement, part, one, other) for one, other in sound)
    if name == "trend" or broken:
        assert isinstance(verdict, proofs.Refuted if broken else proofs.Proved)
