"""A whole requirement graph for every input at once: the value of each decision, with the conditions for it.

Unknown is one more value of every nullable input. Numbers are exact, where an evaluation rounds to 34 digits.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cds.dmn import evaluation, model
from cds.dmn.analysis.findings import Kind, NotProved
from cds.dmn.analysis.symbolic import logic, tables, values, witnesses, words
from cds.dmn.analysis.symbolic.inputs import Inputs, Sample
from cds.dmn.analysis.symbolic.scopes import Scope
from cds.dmn.analysis.symbolic.solver import Never, Possible, Solver
from cds.dmn.analysis.symbolic.tables import Fault, Outcome
from cds.dmn.analysis.symbolic.terms import Condition, Terms
from cds.dmn.analysis.symbolic.values import Unsupported, Value
from cds.dmn.analysis.symbolic.witnesses import Witness
from cds.dmn.model import Decision, DecisionModel, DecisionTable, ItemDefinition, LiteralExpression

Facts = Mapping[str, Any]
"""The inputs of a model by name, None being unknown."""


class Graph:
    """The decisions of a model, each worked out when first asked for; a graph with other inputs shares what they do not touch."""

    def __init__(
        self, decision_model: DecisionModel, inputs: Inputs, solver: Solver, base: "Graph | None" = None, given: Mapping[str, Value] | None = None
    ) -> None:
        self.model = decision_model
        self.inputs = inputs
        self.terms = inputs.terms
        self.solver = solver
        self.base = base
        self.given = given or {}
        self.scope: Scope = Scope(self.terms, self.value, cells=base.scope.cells if base else {})
        self._reads: Mapping[str, frozenset[str]] = base._reads if base else _reads(decision_model)
        self._values: dict[str, Value] = {}
        self._outcomes: dict[str, Outcome] = {}

    def changed(self, given: Mapping[str, Value]) -> "Graph":
        """The same graph with these values in place of inputs."""
        return Graph(self.model, self.inputs, self.solver, self, given)

    def value(self, name: str) -> Value:
        """The value of an input, a decision, or `<decision>.rules`; Unsupported where it cannot be had."""
        if name in self.given:
            return self.given[name]
        if model.requirement(name) not in self._reads:
            raise Unsupported(f"the name {name}, which is no input and no decision")
        if self.base and not self.reads(name) & self.given.keys():
            return self.base.value(name)
        if name not in self._values:
            self._values[name] = self._value(name)
        return self._values[name]

    def outcome(self, name: str) -> Outcome:
        """What the table of a decision does."""
        if self.base and not self.reads(name) & self.given.keys():
            return self.base.outcome(name)
        table = self.model.decision(name).logic
        if name not in self._outcomes and isinstance(table, DecisionTable):
            self._outcomes[name] = tables.outcome(table, self.scope)
        return self._outcomes[name]

    def reads(self, name: str) -> frozenset[str]:
        """The inputs that a name rests on."""
        return self._reads[model.requirement(name)]

    def faults(self, name: str) -> tuple[Fault, ...]:
        """For which inputs a decision breaks its hit policy, or has no value where it must."""
        decision = self.model.decision(name)
        if isinstance(decision.logic, DecisionTable):
            return self.outcome(name).faults
        if decision.logic.item.nullable:
            return ()
        return (Fault(Kind.GAP, (), "", values.when(self.terms, self.value(name), None)),)

    def sound(self, names: frozenset[str]) -> Condition:
        """No decision that these names rest on is at fault; what cannot be worked out is said by `value`, not here."""
        wanted = cone(self.model, names)
        needed = [decision.name for decision in self.model.decisions if decision.name in wanted]
        return self.terms.every(-fault.condition for name in needed for fault in self.faults(name))

    def witness(self, condition: Condition) -> Witness | Never | NotProved:
        """An input for which the condition holds, or that there is none."""
        answer = self.solver.possible(condition)
        if not isinstance(answer, Possible):
            return answer
        return witnesses.witness(self.terms, condition, answer) or NotProved("z3 found an input, but none whose numbers are short decimals")

    def facts(self, found: Witness, variables: Mapping[str, str]) -> dict[str, Any]:
        """The inputs of a witness, each read from its variable."""
        return self.inputs.facts(variables, found.truth, found.number)

    def fewest(self, condition: Condition, facts: Facts) -> dict[str, Any]:
        """The facts with as many of them unknown as the condition still holds for."""
        found = dict(facts)
        for name in facts:
            fewer = {**found, name: None}
            if self.inputs.items[name].nullable and self.terms.holds([condition], Sample(self.inputs, fewer).truth)[0]:
                found = fewer
        return found

    def _value(self, name: str) -> Value:
        if name in self.model.inputs:
            return self.inputs.value(name, name)
        decision = self.model.decision(model.requirement(name))
        if isinstance(decision.logic, DecisionTable):
            outcome = self.outcome(decision.name)
            return outcome.value if name == decision.name else outcome.rules
        if name == decision.name:
            return logic.evaluate(decision.logic, self.scope)
        return self._literal_rules(decision)

    def _literal_rules(self, decision: Decision) -> Value:
        identifier = decision.logic.id if isinstance(decision.logic, LiteralExpression) else ""
        known = -values.when(self.terms, self.value(decision.name), None)
        return values.listed([(known, values.only(identifier))] if identifier else [])


def _reads(decision_model: DecisionModel) -> Mapping[str, frozenset[str]]:
    found = {name: frozenset({name}) for name in decision_model.inputs}
    for decision in decision_model.decisions:
        found[decision.name] = frozenset().union(*(found[model.requirement(name)] for name in decision.requires))
    return found


def compose(*models: DecisionModel) -> tuple[Graph, ...]:
    """The graph of each model, over the same inputs: an input of one name is one input, of all values that any of them allows."""
    items: dict[str, ItemDefinition] = {}
    for one in models:
        for name, item in one.inputs.items():
            items[name] = joined(items[name], item) if name in items else item
    inputs = Inputs(Terms(), items, words.compared(models, items))
    solver = Solver(inputs.terms)
    return tuple(Graph(one, inputs, solver) for one in models)


def joined(one: ItemDefinition, other: ItemDefinition) -> ItemDefinition:
    """The type of all values of both; Unsupported where they are of two kinds."""
    if one == other:
        return one
    if (one.base, one.collection) != (other.base, other.collection) or one.components or other.components:
        raise Unsupported("an input that has two types")
    allowed = tuple(dict.fromkeys(one.allowed + other.allowed)) if one.allowed and other.allowed else ()
    low = None if one.minimum is None or other.minimum is None else min(one.minimum, other.minimum)
    high = None if one.maximum is None or other.maximum is None else max(one.maximum, other.maximum)
    return replace(one, allowed=allowed, minimum=low, maximum=high, nullable=one.nullable or other.nullable)


def cone(decision_model: DecisionModel, names: frozenset[str]) -> frozenset[str]:
    """The decisions and inputs that these names rest on, themselves included."""
    wanted = {model.requirement(name) for name in names}
    for decision in reversed(decision_model.decisions):
        if decision.name in wanted:
            wanted |= {model.requirement(name) for name in decision.requires}
    return frozenset(wanted)


def evaluated(decision_model: DecisionModel, names: frozenset[str], facts: Facts) -> dict[str, Any]:
    """What a run gives for these facts: the inputs, and each decision that the names rest on with its rules."""
    wanted = cone(decision_model, names)
    part = replace(decision_model, decisions=tuple(one for one in decision_model.decisions if one.name in wanted))
    result = evaluation.evaluate(part, facts)
    found: dict[str, Any] = {name: facts.get(name) for name in decision_model.inputs}
    for name, decision in result.decisions.items():
        found |= {name: decision.value, name + model.RULES: decision.rules}
    return found
