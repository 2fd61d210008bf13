"""Facts for which a mutant shows in the graph of decisions, or the proof that there are none: what its own table can show may be beyond all facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cds.dmn.analysis import composition
from cds.dmn.analysis.composition import Facts, Graph
from cds.dmn.analysis.symbolic import expressions, logic, operators, tables
from cds.dmn.analysis.symbolic.solver import Never
from cds.dmn.analysis.symbolic.terms import FALSE, Condition
from cds.dmn.analysis.symbolic.values import NULL, Unsupported
from cds.dmn.analysis.symbolic.witnesses import Witness
from cds.dmn.feel import ast
from cds.dmn.model import Decision, DecisionModel, DecisionTable, LiteralExpression, Rule
from tests.content.mutation.outcomes import Contrast, Given, given
from tests.content.mutation.tables import Mutant


@dataclass(frozen=True)
class Settled:
    """Inputs of a decision that facts bring to it, each with the mutants that it tells; the mutants that no facts show, and those left open."""

    shown: list[tuple[Given, list[Mutant]]] = field(default_factory=list)
    never: list[Mutant] = field(default_factory=list)
    unsettled: list[Mutant] = field(default_factory=list)


def settle(graph: Graph, decision: Decision, mutants: Iterable[Mutant]) -> Settled:
    """Each mutant of the decision shown by some facts, or by none."""
    settled, waiting = Settled(), {}
    for mutant in mutants:
        try:
            waiting[mutant] = _differs(graph, decision, mutant.decision)
        except Unsupported:
            settled.unsettled.append(mutant)
    while waiting:
        found = graph.witness(graph.terms.some(waiting.values()))
        if not isinstance(found, Witness):
            (settled.never if isinstance(found, Never) else settled.unsettled).extend(waiting)
            break
        holding = graph.terms.holds(list(waiting.values()), found.truth)
        shown = [mutant for mutant, holds in zip(list(waiting), holding, strict=True) if holds]
        before = _brought(graph, decision, found, graph.terms.every(waiting[mutant] for mutant in shown))
        told = [mutant for mutant in waiting if Contrast(decision, mutant.decision).tells(before)]
        settled.shown.append((before, told))
        for mutant in {*shown, *told}:
            del waiting[mutant]
        settled.unsettled.extend(mutant for mutant in shown if mutant not in told)
    return settled


def _brought(graph: Graph, decision: Decision, found: Witness, condition: Condition) -> Given:
    """What the decision is given for the facts of a witness, as few of them known as can be."""
    facts: Facts = graph.fewest(condition, graph.facts(found, {name: name for name in sorted(graph.reads(decision.name))}))
    values = composition.evaluated(graph.model, frozenset(decision.requires), facts)
    return given(decision, {name: values[name] for name in decision.requires})


def _differs(graph: Graph, decision: Decision, mutant: Decision) -> Condition:
    """When the mutant gives something else, or breaks a rule of the model, where nothing before it does."""
    old, new = decision.logic, mutant.logic
    if isinstance(old, DecisionTable) and isinstance(new, DecisionTable):
        differs = graph.terms.some(_table(graph, decision, old, new))
    elif isinstance(old, LiteralExpression) and isinstance(new, LiteralExpression):
        differs = -operators.equal(graph.terms, graph.value(decision.name), logic.evaluate(new, graph.scope))
    else:
        raise Unsupported("a mutant of that kind")
    return graph.terms.both(differs, graph.sound(frozenset(decision.requires)))


def _table(graph: Graph, decision: Decision, old: DecisionTable, new: DecisionTable) -> Iterator[Condition]:
    terms, before, after = graph.terms, graph.outcome(decision.name), tables.outcome(new, graph.scope)
    for rule in before.hits.keys() | after.hits.keys():
        was, now = before.hits.get(rule, FALSE), after.hits.get(rule, FALSE)
        if was != now:
            yield from (terms.both(was, -now), terms.both(now, -was))
    yield from (fault.condition for fault in after.faults if fault not in before.faults)
    rules = {rule.id: rule for rule in new.rules}
    for one in (rule for rule in old.rules if rule.id in rules and rules[rule.id].then is not rule.then):
        same = terms.every(_same(graph, one, rules[one.id], clause.name) for clause in old.outputs)
        yield terms.both(before.hits[one.id], after.hits[one.id], -same)
    for first, second in zip(old.rules, new.rules, strict=False):
        if first.id != second.id and len(old.rules) == len(new.rules):
            yield terms.both(before.hits[first.id], before.hits[second.id])


def _same(graph: Graph, old: Rule, new: Rule, output: str) -> Condition:
    values = [_entry(graph, rule.then.get(output)) for rule in (old, new)]
    return operators.equal(graph.terms, *values)


def _entry(graph: Graph, entry: ast.Expression | None) -> Any:
    return NULL if entry is None else expressions.evaluate(entry, graph.scope)


def graph(model: DecisionModel) -> Graph:
    """The model for all facts at once."""
    return composition.compose(model)[0]
