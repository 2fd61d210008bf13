"""Models for the tests of sheets: the releases of this repository, and random ones with texts that spreadsheets like to change."""

import functools
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st

from cds.dmn.feel import ast, parser
from cds.dmn.formats import yaml
from cds.dmn.model import (
    Clause,
    Decision,
    DecisionModel,
    DecisionTable,
    HitPolicy,
    ItemDefinition,
    LiteralExpression,
    Rule,
    Source,
)
from cds.releases import loading

ROOT = Path(__file__).parents[3]
RELEASES = ("cds/content/low-back-pain/draft", "cds/content/low-back-pain/1.0.0", "tests/releases/sore-knee")
FEW = settings(max_examples=15, derandomize=True, deadline=None, phases=(Phase.explicit, Phase.generate))
FEWER = settings(FEW, max_examples=5)
"""Few, and not made smaller when they fail: making these smaller takes minutes."""

INPUTS = {
    "trend": ItemDefinition("string", ("better", "worse", "a, b", "unknown-ish")),
    "band": ItemDefinition("string", ("lt2w", "unknown"), nullable=False),
    "pain": ItemDefinition("integer", (), Decimal(0), Decimal(10)),
    "temperature of today": ItemDefinition("number", (), Decimal("34.5")),
    "signs": ItemDefinition("list of string", ("cough", "sit")),
    "told": ItemDefinition("string"),
    "flag": ItemDefinition("boolean"),
}
OUTPUTS = {
    "urgency": ItemDefinition("string", ("none", "urgent; now", 'quite "urgent"')),
    "rank": ItemDefinition("number", (), Decimal("-1.50"), None, False),
    "advice": ItemDefinition("string"),
    "codes": ItemDefinition("list of string"),
}
NASTY = (
    "=1+1",
    "+1",
    "-1",
    "@x",
    "'",
    "''=x",
    "007",
    "1.50",
    "1-2",
    "3/4",
    "1e5",
    "TRUE",
    "_x0041_",
    "a\r\nb",
    "\x0b",
    "\t",
    ' "q" ',
    "-",
    "",
    "\ufeff",
    "ä;ö,",
)
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))


@functools.cache
def released(folder: str) -> DecisionModel:
    """The model of a release folder of this repository."""
    return loading.draft(ROOT / folder, name="trial").model


def tables(model: DecisionModel) -> list[str]:
    """The names of the decisions that are tables."""
    return [decision.name for decision in model.decisions if isinstance(decision.logic, DecisionTable)]


def numbers() -> st.SearchStrategy[Decimal]:
    return st.decimals(-100, 100, places=2)


def words(item: ItemDefinition) -> st.SearchStrategy[str]:
    return st.sampled_from(item.allowed) if item.allowed else st.from_regex("[a-z]{1,5}(-[a-z0-9]{1,3})?", fullmatch=True)


def values(item: ItemDefinition) -> st.SearchStrategy[Any]:
    if item.base in ("number", "integer"):
        return numbers()
    return st.booleans() if item.base == "boolean" else words(item)


def tests(item: ItemDefinition) -> st.SearchStrategy[ast.UnaryTest]:
    """A test that a cell of that type may hold, negations left out."""
    kinds: list[st.SearchStrategy[Any]] = [st.builds(ast.Contains if item.base == "list of string" else ast.Equals, values(item))]
    if item.base in ("number", "integer"):
        kinds.append(st.builds(ast.Compare, st.sampled_from(("<", "<=", ">", ">=")), numbers()))
        kinds.append(st.builds(ast.Interval, st.just(Decimal("-5")), numbers(), st.booleans(), st.booleans()))
        kinds.append(st.just(ast.Satisfies(ast.Binary("<", ast.Name("?"), ast.Name("temperature of today")))))
    return st.one_of(*kinds, *([st.just(ast.Unknown())] if item.nullable else []))


def cells(item: ItemDefinition) -> st.SearchStrategy[ast.UnaryTests]:
    several = st.lists(tests(item), min_size=1, max_size=3).map(tuple)
    negated = st.lists(tests(item), min_size=1, max_size=2).map(
        lambda found: (ast.Not((*found, ast.Unknown())) if item.nullable else ast.Not(tuple(found)),)
    )
    return st.one_of(several, negated, st.just((ast.Anything(),)))


def entries(name: str) -> st.SearchStrategy[ast.Expression]:
    """What an output cell may give: a value, words, or an expression."""
    item = OUTPUTS[name]
    if item.base == "list of string":
        return st.lists(st.builds(ast.Constant, words(item)), max_size=3).map(lambda found: ast.ListOf(tuple(found)))
    if name == "advice":
        return st.one_of(st.builds(ast.Constant, TEXTS), st.just(ast.Name("told")))
    return st.one_of(st.builds(ast.Constant, values(item)), st.just(parser.expression("if pain > 3 then null else told", frozenset(INPUTS))))


@st.composite
def sources(draw: st.DrawFn) -> Source:
    keys = st.lists(TEXTS, max_size=3).map(tuple)
    return Source(draw(TEXTS), draw(keys), draw(keys), draw(TEXTS), draw(TEXTS))


@st.composite
def rules(draw: st.DrawFn, identifier: str, outputs: tuple[str, ...]) -> Rule:
    row = st.fixed_dictionaries({}, optional={name: cells(item) for name, item in INPUTS.items()})
    when = draw(st.lists(row, min_size=1, max_size=3))
    return Rule(identifier, tuple(when), {name: draw(entries(name)) for name in outputs}, draw(sources()))


@st.composite
def decision_tables(draw: st.DrawFn, name: str) -> Decision:
    policy = draw(st.sampled_from(HitPolicy))
    outputs = ("rank",) if policy.aggregates else ("urgency",) if policy in yaml.RANKED else ("urgency", "advice", "codes")
    prefix = draw(st.sampled_from(("R-", "0", "=", "1-", "'")))
    found = [draw(rules(f"{prefix}{name}{number}", outputs)) for number in range(draw(st.integers(1, 3)))]
    defaults = {one: draw(entries(one)) if draw(st.booleans()) else None for one in outputs}
    inputs = [Clause(one, item) for one, item in INPUTS.items()]
    inputs[2] = Clause("pain", INPUTS["pain"], parser.expression("pain + 1", frozenset(INPUTS)) if draw(st.booleans()) else None)
    clauses = tuple(Clause(one, OUTPUTS[one], None, OUTPUTS[one].allowed[:2], defaults[one]) for one in outputs)
    table = DecisionTable(policy, tuple(inputs), clauses, tuple(found))
    return Decision(name, table, yaml.requirements(table))


@st.composite
def models(draw: st.DrawFn) -> DecisionModel:
    """A model of two tables and an expression over the inputs."""
    text = 'if told = "=1" then pain else\n  count(signs)'
    tree = parser.expression(text, frozenset(INPUTS))
    logic = LiteralExpression(text, tree, ItemDefinition("number"), draw(st.sampled_from(("", "L-1", "=L"))), draw(sources()))
    line = Decision("expressed", logic, tuple(sorted(ast.names(tree))))
    first, second = draw(decision_tables("a")), draw(decision_tables("A table: of a name that no tab has room for/A"))
    return DecisionModel(draw(st.sampled_from(("trial", "=trial", "of two words"))), INPUTS, (first, line, second))
