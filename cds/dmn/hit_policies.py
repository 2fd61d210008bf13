"""What several matching rules mean: which of them give the result, and what the result is (DMN 1.5, 8.2.8)."""

from collections.abc import Mapping
from typing import Any

from cds.dmn.feel import ast, interpreter
from cds.dmn.feel import values as feel
from cds.dmn.matching import Outputs
from cds.dmn.model import Clause, DecisionTable, HitPolicy
from cds.dmn.results import HitPolicyViolation

Given = tuple[tuple[str, ...], tuple[Outputs, ...]]
GATHERED = "outputs"
AGGREGATES = {
    HitPolicy.COLLECT_SUM: "sum",
    HitPolicy.COLLECT_MIN: "min",
    HitPolicy.COLLECT_MAX: "max",
    HitPolicy.COLLECT_COUNT: "count",
}
"""The built-in function by which each policy aggregates (DMN 1.5, 8.2.8.3)."""


def given(name: str, table: DecisionTable, rules: tuple[str, ...], outputs: tuple[Outputs, ...]) -> Given:
    """Of the rules that match, those that give the result, in its order, with their outputs.

    HitPolicyViolation names the rules that may not match together.
    """
    if len(rules) <= 1 or table.hit_policy.takes_all:
        return rules, outputs
    if table.hit_policy.takes_first:
        return rules[:1], outputs[:1]
    match table.hit_policy:
        case HitPolicy.UNIQUE:
            text = f"Decision {name} is UNIQUE but rules {', '.join(rules)} all match. Make them exclusive."
            raise HitPolicyViolation(text, expression=name)
        case HitPolicy.ANY if not all(feel.same(output, outputs[0]) for output in outputs):
            text = (
                f"Decision {name} is ANY but rules {', '.join(rules)} match and differ in their outputs. Make their outputs equal, or them exclusive."
            )
            raise HitPolicyViolation(text, expression=name)
        case HitPolicy.PRIORITY:
            best, *_ = _ranked(table, outputs)
            return (rules[best],), (outputs[best],)
        case HitPolicy.OUTPUT_ORDER:
            ranked = _ranked(table, outputs)
            return tuple(rules[at] for at in ranked), tuple(outputs[at] for at in ranked)
    return rules, outputs


def _ranked(table: DecisionTable, outputs: tuple[Outputs, ...]) -> list[int]:
    """The positions of the outputs, the one of the highest priority first; equals stay in the order of their rules."""
    return sorted(range(len(outputs)), key=lambda at: _priority(table, outputs[at]))


def value(table: DecisionTable, outputs: tuple[Outputs, ...]) -> Any:
    """The value of the table: an output or a context of several, a list of them, or their aggregate; null where there is none."""
    if table.hit_policy.single:
        return _result(table, outputs[0]) if outputs else None
    only = table.only
    values = tuple([output[only] for output in outputs]) if only else outputs
    if table.hit_policy.aggregates:
        return interpreter.evaluate(ast.Call(AGGREGATES[table.hit_policy], (ast.Name(GATHERED),)), {GATHERED: values})
    return values


def default(table: DecisionTable, values: Mapping[str, Any]) -> Outputs:
    """The default outputs, null for a clause without one (DMN 1.5, 8.3.3)."""
    given = {clause.name: interpreter.evaluate(clause.default, values) for clause in table.defaults if clause.default is not None}
    return {clause.name: given.get(clause.name) for clause in table.outputs}


def by_default(table: DecisionTable, default: Outputs) -> Any:
    """The value of the default outputs; where the policy gives a list, a list of them alone."""
    value = _result(table, default)
    return value if table.hit_policy.single or table.hit_policy.aggregates else (value,)


def _result(table: DecisionTable, output: Outputs) -> Any:
    """An output alone, or a context of several (DMN 1.5, 8.2.8)."""
    return output[table.only] if table.only else output


def _priority(table: DecisionTable, output: Outputs) -> list[int]:
    """Outputs rank in the order of their output values, the first the highest; what is not among them comes last."""
    return [_rank(order(clause), output[clause.name]) for clause in table.outputs]


def order(clause: Clause) -> tuple[Any, ...]:
    """The output values of a clause in order of priority: its own, else the allowed words of its type."""
    return clause.values or clause.item.allowed


def _rank(ordered: tuple[Any, ...], output: Any) -> int:
    return next((rank for rank, value in enumerate(ordered) if feel.same(value, output)), len(ordered))
