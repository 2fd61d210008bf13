"""What a symbolic value is for given facts, to be compared with a run of the model."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds.dmn import evaluation
from cds.dmn.analysis import composition
from cds.dmn.analysis.composition import Graph
from cds.dmn.analysis.symbolic.inputs import MORE, Sample
from cds.dmn.analysis.symbolic.numbers import Quotient
from cds.dmn.analysis.symbolic.terms import Condition
from cds.dmn.analysis.symbolic.values import Ground, Listing, Record, Value
from cds.dmn.model import RULES, DecisionModel

ROUNDING = Fraction(1, 10**20)
"""A run rounds to 34 digits, a proof does not."""


class Picker:
    """Every decision of a model, worked out once for all facts."""

    def __init__(self, model: DecisionModel) -> None:
        self.model = model
        self.graph: Graph = composition.compose(model)[0]
        self.names = [name for decision in model.decisions for name in (decision.name, decision.name + RULES)]
        faults = [fault.condition for decision in model.decisions for fault in self.graph.faults(decision.name)]
        self.fault = self.graph.terms.some(faults)
        found = [condition for name in self.names for condition in conditions(self.graph.value(name))]
        self.conditions = list(dict.fromkeys([self.fault, *found]))
        self.cone = self.graph.terms.cone(self.conditions)

    def values(self, facts: Mapping[str, Any]) -> dict[str, Any] | None:
        """The value of every decision and its rules; None where some decision is at fault."""
        sample = Sample(self.graph.inputs, facts)
        holding = self.graph.terms.holds(self.conditions, sample.truth, self.cone)
        truths = dict(zip(self.conditions, holding, strict=True))
        if truths[self.fault]:
            return None
        numbers = {name: Fraction(value) for name, value in facts.items() if isinstance(value, Decimal)}
        words = set(self.graph.inputs.words)
        more = {MORE + name: Fraction(len(set(value) - words)) for name, value in facts.items() if isinstance(value, tuple)}
        return {name: picked(self.graph.value(name), truths, numbers | more) for name in self.names}

    def run(self, facts: Mapping[str, Any]) -> dict[str, Any] | None:
        """The same by a run of the model."""
        try:
            result = evaluation.evaluate(self.model, facts)
        except evaluation.HitPolicyViolation:
            return None
        return {name: one for decision in result.decisions.values() for name, one in _both(decision)}


def _both(decision: evaluation.DecisionResult) -> Iterator[tuple[str, Any]]:
    yield decision.decision, decision.value
    yield decision.decision + RULES, decision.rules


def conditions(value: Value) -> Iterator[Condition]:
    """Every condition in a value."""
    for condition, ground in value.cases:
        yield condition
        if isinstance(ground, Listing):
            for guard, item in ground.items:
                yield guard
                yield from conditions(item)
        if isinstance(ground, Record):
            for item in ground.entries.values():
                yield from conditions(item)


def picked(value: Value, truths: Mapping[Condition, bool], numbers: Mapping[str, Fraction]) -> Any:
    """The one case that holds, as the interpreter has it; a list that may hold any text keeps its unnamed words as None."""
    (ground,) = [ground for condition, ground in value.cases if truths[condition]]
    return _python(ground, truths, numbers)


def _python(ground: Ground, truths: Mapping[Condition, bool], numbers: Mapping[str, Fraction]) -> Any:
    if isinstance(ground, Listing):
        further = (None,) * int(ground.more.at(numbers)) if ground.more else ()
        return tuple(picked(item, truths, numbers) for guard, item in ground.items if truths[guard]) + further
    if isinstance(ground, Record):
        return {name: picked(item, truths, numbers) for name, item in ground.entries.items()}
    return ground.above.at(numbers) / ground.below.at(numbers) if isinstance(ground, Quotient) else ground


def same(symbolic: Any, ran: Any) -> bool:
    """Whether the two are one value, numbers apart from rounding."""
    if isinstance(symbolic, Fraction | Decimal) and isinstance(ran, Decimal):
        return abs(Fraction(symbolic) - Fraction(ran)) < ROUNDING
    if isinstance(symbolic, tuple) and isinstance(ran, tuple):
        return len(symbolic) == len(ran) and all(map(same, symbolic, ran))
    if isinstance(symbolic, dict) and isinstance(ran, Mapping):
        return symbolic.keys() == ran.keys() and all(same(symbolic[name], ran[name]) for name in ran)
    return type(symbolic) is type(ran) and bool(symbolic == ran)
