"""The tables that are run side by side, and the inputs: a made-up one of 20 rules and 6 inputs, and two of the release."""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast
from cds.dmn.model import Clause, Decision, DecisionModel, DecisionTable, HitPolicy, ItemDefinition, Rule, Source

NUMBERS = ("age", "days", "score")
WORDS = {"site": ("low", "mid", "high", "leg"), "trend": ("better", "same", "worse"), "trauma": ("none", "minor", "major")}
RULES = 20
TESTED = 0.6
"""The share of cells of the made-up table that test something."""

UNKNOWN = 0.2
"""The share of input values that are unknown."""

SEED = 20


@dataclass(frozen=True)
class Bench:
    """A table and its inputs."""

    name: str
    decision: Decision
    samples: tuple[Mapping[str, Any], ...]

    @property
    def table(self) -> DecisionTable:
        """The table of the decision."""
        assert isinstance(self.decision.logic, DecisionTable)
        return self.decision.logic


def benches(model: DecisionModel, names: Sequence[str], *, samples: int) -> Iterator[Bench]:
    """The made-up table under COLLECT and FIRST, and the named tables of the model."""
    made_up = _made_up()
    for policy in (HitPolicy.COLLECT, HitPolicy.FIRST):
        yield _bench(f"20 x 6, {policy.value}", Decision("made-up", replace(made_up, hit_policy=policy), ()), samples)
    for name in names:
        yield _bench(name, model.decision(name), samples)


def _bench(name: str, decision: Decision, samples: int) -> Bench:
    bench = Bench(name, decision, ())
    chance = random.Random(SEED)
    candidates = {clause.name: list(_candidates(bench.table, clause)) for clause in bench.table.inputs}
    drawn = ({name: None if chance.random() < UNKNOWN else chance.choice(values) for name, values in candidates.items()} for _ in range(samples))
    return replace(bench, samples=tuple(drawn))


def _made_up() -> DecisionTable:
    chance = random.Random(SEED)
    inputs = [Clause(name, ItemDefinition("number")) for name in NUMBERS]
    inputs += [Clause(name, ItemDefinition("string", words)) for name, words in WORDS.items()]
    outputs = (Clause("urgency", ItemDefinition("string")), Clause("rank", ItemDefinition("number")))
    rules = []
    for number in range(RULES):
        cells = {clause.name: _cell(chance, clause) for clause in inputs if chance.random() < TESTED}
        then = {"urgency": ast.Constant(chance.choice(("routine", "urgent"))), "rank": ast.Constant(Decimal(chance.randrange(5)))}
        rules.append(Rule(f"R-{number + 1}", (cells,), then, Source()))
    return DecisionTable(HitPolicy.COLLECT, tuple(inputs), outputs, tuple(rules))


def _cell(chance: random.Random, clause: Clause) -> ast.UnaryTests:
    if clause.item.allowed:
        return tuple(map(ast.Equals, chance.sample(clause.item.allowed, chance.randint(1, 2))))
    low = Decimal(chance.randrange(60))
    if chance.random() < TESTED:
        return (ast.Compare(chance.choice(("<", "<=", ">", ">=")), low),)
    return (ast.Interval(low, low + chance.randrange(10, 40), True, chance.random() < TESTED),)


def _candidates(table: DecisionTable, clause: Clause) -> Iterator[Any]:
    """The words that may be said, one and two items of a list, and the numbers on and around the bounds of the column."""
    column = table.columns.get(clause.name)
    if clause.item.base.startswith("list"):
        items = sorted(map(str, column.membership)) if column else []
        yield from [(), *((item,) for item in items), *itertools.islice(itertools.combinations(items, 2), 50)]
    elif clause.item.allowed:
        yield from clause.item.allowed
    elif clause.item.base in ("integer", "number"):
        bounds = column.bounds if column and column.bounds else (Decimal(0),)
        yield from sorted({bound + step for bound in bounds for step in (-1, 0, 1)})
    else:
        yield from [*(column.words if column else ()), "other"]
