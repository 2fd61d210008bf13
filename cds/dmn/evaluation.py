"""Evaluates a model: values, every rule that matched, what was unknown, and why (DMN 1.5, 8.2.8 and 10.4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cds.dmn import model
from cds.dmn.feel import interpreter
from cds.dmn.model import Decision, DecisionModel, DecisionTable, HitPolicy, Rule
from cds.foundation.errors import CdsError


class HitPolicyViolation(CdsError):
    """Two rules matched where the hit policy allows one, or a decision that must have a value has none."""


@dataclass(frozen=True)
class RuleResult:
    """One rule: `truth` is None when an unknown input decides; `tested` are the inputs of the alternative that matched."""

    rule: str
    truth: interpreter.Truth
    tested: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class DecisionResult:
    """One decision: its value, the ids of the rules that gave it, their outputs, and each rule that matched or stayed open.

    A rule that is in neither did not match.
    """

    decision: str
    value: Any
    rules: tuple[str, ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()
    results: tuple[RuleResult, ...] = ()

    @property
    def undetermined(self) -> tuple[RuleResult, ...]:
        """The rules that an unknown input kept from matching or not matching."""
        return tuple(result for result in self.results if result.truth is None)


@dataclass(frozen=True)
class Evaluation:
    """All decisions in the order evaluated."""

    decisions: Mapping[str, DecisionResult] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """The value of a decision; None when it is unknown."""
        return self.decisions[name].value


def evaluate(decision_model: DecisionModel, inputs: Mapping[str, Any]) -> Evaluation:
    """Evaluates every decision. Inputs that are absent or None are unknown; integers are read as exact decimals."""
    values = {name: _number(inputs.get(name)) for name in decision_model.inputs}
    results: dict[str, DecisionResult] = {}
    for decision in decision_model.decisions:
        result = evaluate_decision(decision, values)
        results[decision.name] = result
        values[decision.name] = result.value
        values[decision.name + model.RULES] = result.rules
    return Evaluation(results)


def evaluate_decision(decision: Decision, values: Mapping[str, Any]) -> DecisionResult:
    """Evaluates one decision over values that hold all it requires."""
    if isinstance(decision.logic, DecisionTable):
        return _evaluate_table(decision.name, decision.logic, values)
    value = interpreter.evaluate(decision.logic.expression, values)
    _require_value(decision.name, decision.logic.item, value)
    rules = (decision.logic.id,) if decision.logic.id and value is not None else ()
    return DecisionResult(decision.name, value, rules)


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _evaluate_table(name: str, table: DecisionTable, values: Mapping[str, Any]) -> DecisionResult:
    results = _results(table, values)
    matched = [rule for rule in table.rules if rule.id in results and results[rule.id].truth]
    hits = _hits(name, table, matched, values)
    outputs = tuple(_outputs(table, rule, values) for rule in hits)
    value = _value(table, outputs)
    for clause in table.outputs:
        for output in outputs or ({},) if table.hit_policy.single else outputs:
            _require_value(f"{name}.{clause.name}", clause.item, output.get(clause.name))
    return DecisionResult(name, value, tuple(rule.id for rule in hits), outputs, tuple(results.values()))


def _results(table: DecisionTable, values: Mapping[str, Any]) -> dict[str, RuleResult]:
    """The rules that match or stay open, by id and in order, from the bitmasks of the columns."""
    matching = possible = (1 << len(table.rows)) - 1
    for name, column in table.columns.items():
        true, opened = column.masks(values[name])
        matching &= true
        possible &= true | opened
        if not possible:
            return {}
    found: dict[str, RuleResult] = {}
    for row in _bits(possible):
        rule, alternative = table.rows[row]
        known = found.get(rule.id)
        if known is None or not known.truth:
            matched = bool(matching >> row & 1)
            found[rule.id] = RuleResult(rule.id, True, tuple(alternative)) if matched else _open(rule, row, table, values, known)
    return found


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _open(rule: Rule, row: int, table: DecisionTable, values: Mapping[str, Any], known: RuleResult | None) -> RuleResult:
    waiting = [name for name in table.rows[row][1] if table.columns[name].masks(values[name])[1] >> row & 1]
    earlier = known.unknown if known else ()
    return RuleResult(rule.id, None, unknown=tuple(dict.fromkeys([*earlier, *waiting])))


def _hits(name: str, table: DecisionTable, matched: list[Rule], values: Mapping[str, Any]) -> list[Rule]:
    match table.hit_policy:
        case HitPolicy.UNIQUE if len(matched) > 1:
            ids = ", ".join(rule.id for rule in matched)
            raise HitPolicyViolation(f"Decision {name} is UNIQUE but rules {ids} all match. Make them exclusive.", expression=name)
        case HitPolicy.FIRST:
            return matched[:1]
        case HitPolicy.PRIORITY:
            return sorted(matched, key=lambda rule: _priority(table, rule, values))[:1]
    return matched


def _priority(table: DecisionTable, rule: Rule, values: Mapping[str, Any]) -> list[int]:
    """Outputs rank in the order of their allowed values, the first the highest (DMN 1.5, 8.2.8.2)."""
    output = _outputs(table, rule, values)
    return [clause.item.allowed.index(output[clause.name]) for clause in table.outputs if clause.item.allowed]


def _outputs(table: DecisionTable, rule: Rule, values: Mapping[str, Any]) -> Mapping[str, Any]:
    outputs = {name: interpreter.evaluate(entry, values) for name, entry in rule.then.items()}
    return {clause.name: outputs.get(clause.name) for clause in table.outputs}


def _value(table: DecisionTable, outputs: tuple[Mapping[str, Any], ...]) -> Any:
    only = table.outputs[0].name if len(table.outputs) == 1 else ""
    values = tuple(output[only] if only else output for output in outputs)
    if table.hit_policy is HitPolicy.COLLECT_MAX:
        return max((item for item in values if isinstance(item, Decimal)), default=None)
    if table.hit_policy.single:
        return values[0] if values else None
    return values


def _require_value(name: str, item: model.ItemDefinition, value: Any) -> None:
    if value is None and not item.nullable:
        raise HitPolicyViolation(f"{name} has no value, but must always have one. Add a rule for this input.", expression=name)
