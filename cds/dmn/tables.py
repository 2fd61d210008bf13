"""Evaluates a decision table: the rules that match by the compiled lookup, then the hit policy, then the outputs."""

from collections.abc import Mapping
from typing import Any

from cds.dmn import compiler, hit_policies, matching
from cds.dmn.matching import Hits, Outputs
from cds.dmn.model import DecisionTable, ItemDefinition
from cds.dmn.results import DecisionResult, HitPolicyViolation, RuleResult


def evaluate(name: str, table: DecisionTable, values: Mapping[str, Any]) -> DecisionResult:
    """The table's result under that name, over values that hold all that it reads."""
    compiled = table.compiled
    word = compiled.lookup(values)
    known = compiled.decided.get(word)
    if known is not None and known.decision == name:
        return known
    hits, opened = compiled.found(word, values)
    outputs = hits.outputs if compiled.constant else _outputs(table, hits, values)
    result = decided(name, table, hits.ids, outputs, values, hits.results + opened)
    if compiled.constant and not table.defaults and compiled.regular(word):
        matching.keep(compiled.decided, word, result)
    return result


def decided(
    name: str,
    table: DecisionTable,
    rules: tuple[str, ...],
    outputs: tuple[Outputs, ...],
    values: Mapping[str, Any],
    results: tuple[RuleResult, ...] = (),
) -> DecisionResult:
    """The table's result where exactly these rules match and give these outputs; HitPolicyViolation where they may not."""
    rules, outputs = hit_policies.given(name, table, rules, outputs)
    if table.defaults and not rules:
        default = hit_policies.default(table, values)
        _require_values(name, table, (default,))
        return DecisionResult(name, hit_policies.by_default(table, default), results=results)
    if table.required and not (rules and table.always):
        _require_values(name, table, outputs)
    return DecisionResult(name, hit_policies.value(table, outputs), rules, outputs, results)


def require_value(name: str, item: ItemDefinition, value: Any) -> None:
    """Raises HitPolicyViolation for null where the type is not nullable."""
    if value is None and not item.nullable:
        raise HitPolicyViolation(f"{name} has no value, but must always have one. Add a rule for this input.", expression=name)


def _require_values(name: str, table: DecisionTable, outputs: tuple[Outputs, ...]) -> None:
    for clause in table.required:
        for output in outputs or ({},) if table.hit_policy.single else outputs:
            if output.get(clause.name) is None:
                require_value(f"{name}.{clause.name}", clause.item, None)


def _outputs(table: DecisionTable, hits: Hits, values: Mapping[str, Any]) -> tuple[Outputs, ...]:
    return tuple(compiler.outputs(table.rules[number].then, table.compiled.gives, values) for number in hits.numbers)
