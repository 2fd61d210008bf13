"""What a difference means for one decision at the end of the graph: whether it can be higher than before, or lower."""

from collections.abc import Mapping
from typing import Any

from cds.dmn.analysis import composition, graph, proofs
from cds.dmn.analysis.findings import NotProved
from cds.dmn.analysis.graph import Effect
from cds.dmn.difference.findings import Difference
from cds.dmn.model import DecisionModel, DecisionTable, ItemDefinition


def effect(old: DecisionModel, new: DecisionModel, found: Difference, decision: str) -> Effect:
    """Whether the decision can rise or fall; its allowed words go from the lowest to the highest.

    Proved without a proof of the graph where nothing that the decision rests on differs. Refuted holds facts for which it does.
    """
    missing = NotProved(f"one version has no decision {decision}")
    if not all(_has(model, decision) for model in (old, new)):
        return Effect(missing, missing)
    if not _touched(old, new, found, decision):
        return Effect(proofs.Proved(), proofs.Proved())
    words = [_type(model, decision).allowed for model in (old, new)]
    if words[0] != words[1]:
        unordered = NotProved(f"the allowed words of {decision} differ, and so does their order")
        return Effect(unordered, unordered)
    return graph.effect(old, new, decision, words[1])


def values(old: DecisionModel, new: DecisionModel, decision: str, facts: Mapping[str, Any]) -> tuple[Any, Any]:
    """What each version gives for these facts."""
    names = frozenset({decision})
    return composition.evaluated(old, names, facts)[decision], composition.evaluated(new, names, facts)[decision]


def _touched(old: DecisionModel, new: DecisionModel, found: Difference, decision: str) -> bool:
    names = frozenset({decision})
    rests = composition.cone(old, names) | composition.cone(new, names)
    inputs = {name for name in old.inputs.keys() | new.inputs.keys() if old.inputs.get(name) != new.inputs.get(name)}
    knowledge = {one.name for model in (old, new) for one in model.knowledge}
    changed = {one.decision for one in found.decisions}
    return bool(rests & (inputs | changed)) or bool(changed & knowledge)


def _has(model: DecisionModel, decision: str) -> bool:
    return any(one.name == decision for one in model.decisions)


def _type(model: DecisionModel, decision: str) -> ItemDefinition:
    logic = model.decision(decision).logic
    return logic.outputs[0].item if isinstance(logic, DecisionTable) else logic.item
