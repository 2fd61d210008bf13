"""Evaluates a model: values, every rule that matched, what was unknown, and why (DMN 1.5, 8.2.8 and 10.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds.dmn import boxed, model, tables
from cds.dmn.feel import ast, interpreter
from cds.dmn.feel import values as feel
from cds.dmn.model import Decision, DecisionModel, DecisionTable, LiteralExpression, Rule
from cds.dmn.results import DecisionResult, Evaluation, HitPolicyViolation, RuleResult
from cds.foundation.errors import NotFound

__all__ = [
    "CellResult",
    "DecisionResult",
    "Evaluation",
    "HitPolicyViolation",
    "Reason",
    "RuleResult",
    "evaluate",
    "evaluate_decision",
    "explain",
    "why",
]


def evaluate(decision_model: DecisionModel, inputs: Mapping[str, Any], only: str | None = None) -> Evaluation:
    """Evaluates every decision, or one and what it requires.

    Inputs that are absent or None are unknown; integers are read as exact decimals. NotFound when there is no decision `only`.
    """
    return _evaluated(decision_model, inputs, only)[0]


def evaluate_decision(decision: Decision, values: Mapping[str, Any]) -> DecisionResult:
    """Evaluates one decision over values that hold all it requires."""
    if isinstance(decision.logic, DecisionTable):
        return tables.evaluate(decision.name, decision.logic, values)
    value = boxed.evaluate(decision.name, decision.logic, values)
    tables.require_value(decision.name, decision.logic.item, value)
    named = decision.logic.id if isinstance(decision.logic, LiteralExpression) else ""
    return DecisionResult(decision.name, value, (named,) if named and value is not None else ())


def _evaluated(decision_model: DecisionModel, inputs: Mapping[str, Any], only: str | None) -> tuple[Evaluation, dict[str, Any]]:
    values = boxed.functions(decision_model) | {name: _number(inputs.get(name)) for name in decision_model.inputs}
    results: dict[str, DecisionResult] = {}
    for decision in decision_model.decisions if only is None else _cone(decision_model, only):
        result = evaluate_decision(decision, values)
        results[decision.name] = result
        values[decision.name] = result.value
        values[decision.name + model.RULES] = result.rules
    return Evaluation(results), values


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _cone(decision_model: DecisionModel, goal: str) -> list[Decision]:
    """The decision and all that it requires, in order."""
    wanted = {goal}
    cone = []
    for decision in reversed(decision_model.decisions):
        if decision.name in wanted:
            wanted |= {model.requirement(name) for name in decision.requires} | set(decision.requires)
            cone.append(decision)
    if not any(decision.name == goal for decision in cone):
        names = ", ".join(decision.name for decision in decision_model.decisions)
        raise NotFound(f"The model has no decision of that name. It has: {names}.", expression=decision_model.name)
    return cone[::-1]


@dataclass(frozen=True)
class CellResult:
    """One cell of a rule: the input, its tests, the value they saw, and whether they hold; None when an unknown decides."""

    input: str
    tests: ast.UnaryTests
    value: Any
    truth: feel.Truth


@dataclass(frozen=True)
class Reason:
    """Why a rule matched or not: every cell of each of its alternatives; it matches where all cells of one hold.

    `given` says whether the rule is among those that gave the result; `rules` are those.
    """

    decision: str
    rule: str
    truth: feel.Truth
    given: bool
    rules: tuple[str, ...]
    alternatives: tuple[tuple[CellResult, ...], ...]


def why(decision: Decision, values: Mapping[str, Any], rule_id: str) -> Reason:
    """Why the rule of the decision matched or not over values that hold all it requires, asked cell by cell.

    NotFound when the decision has no such rule.
    """
    rules = decision.logic.rules if isinstance(decision.logic, DecisionTable) else ()
    rule = next((rule for rule in rules if rule.id == rule_id), None)
    if rule is None or not isinstance(decision.logic, DecisionTable):
        raise NotFound(f"The decision {decision.name} has no rule of that id. `cds table show` lists them.", expression=decision.name)
    alternatives = _cells(decision.logic, rule, values)
    truth = feel.any_of([feel.all_of([cell.truth for cell in cells]) for cells in alternatives])
    given = evaluate_decision(decision, values).rules
    return Reason(decision.name, rule_id, truth, rule_id in given, given, alternatives)


def _cells(table: DecisionTable, rule: Rule, values: Mapping[str, Any]) -> tuple[tuple[CellResult, ...], ...]:
    readers = table.compiled.readers
    seen = {name: readers[name](values) for cells in rule.when for name in cells}
    return tuple(
        tuple(CellResult(name, tests, seen[name], interpreter.matches(tests, seen[name], values)) for name, tests in cells.items())
        for cells in rule.when
    )


def explain(decision_model: DecisionModel, inputs: Mapping[str, Any], rule_id: str) -> Reason:
    """Why the rule of that id matched or not for these inputs; NotFound when no table of the model has it."""
    for decision in decision_model.decisions:
        if isinstance(decision.logic, DecisionTable) and any(rule.id == rule_id for rule in decision.logic.rules):
            return why(decision, _evaluated(decision_model, inputs, decision.name)[1], rule_id)
    raise NotFound("No table has a rule of that id. `cds table show` lists them.", expression=decision_model.name)
