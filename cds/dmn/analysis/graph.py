"""What the composed graph of a model can and cannot do: rules that no facts reach, gaps and overlaps that some facts reach.

A finding of one table supposes that its inputs are independent of each other; here they come from the facts, through all decisions before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cds.dmn import evaluation
from cds.dmn.analysis import composition, proofs, properties
from cds.dmn.analysis.composition import Facts, Graph
from cds.dmn.analysis.findings import Finding, Kind, NotProved
from cds.dmn.analysis.proofs import NotReproduced, Verdict
from cds.dmn.analysis.symbolic import tables
from cds.dmn.analysis.symbolic.solver import Never
from cds.dmn.analysis.symbolic.tables import Fault
from cds.dmn.analysis.symbolic.terms import Condition
from cds.dmn.analysis.symbolic.values import Unsupported
from cds.dmn.analysis.symbolic.witnesses import Witness
from cds.dmn.feel import writer
from cds.dmn.model import Decision, DecisionModel, DecisionTable
from cds.foundation.errors import Severity

Reached = Witness | Never | NotProved


@dataclass(frozen=True)
class _Question:
    """Something that some facts may reach: with `wanted` it is a finding that none do, else that some do."""

    kind: Kind
    severity: Severity
    decision: str
    rules: tuple[str, ...]
    cell: str
    text: str
    condition: Condition
    wanted: bool = False


def analyse(graph: Graph, *, without: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Every finding in the composed graph, in the order of its decisions, `without` left out; the witnesses are facts."""
    asked: dict[str, list[_Question]] = {}
    unasked: dict[str, Finding] = {}
    decisions = [decision for decision in graph.model.decisions if decision.name not in without]
    for decision in decisions:
        try:
            asked[decision.name] = list(_questions(graph, decision))
        except Unsupported as error:
            text = f"The decision {decision.name} is not analysed on the facts: the proof does not cover {error.text}."
            unasked[decision.name] = Finding(Kind.NOT_ANALYSED, "error", decision.name, (), text)
    answers = reached(graph, [question.condition for questions in asked.values() for question in questions])
    found: list[Finding] = []
    for decision in decisions:
        found += _told(graph, asked[decision.name], answers) if decision.name in asked else [unasked[decision.name]]
    return tuple(found)


def _questions(graph: Graph, decision: Decision) -> Iterator[_Question]:
    before = graph.sound(frozenset(decision.requires))
    faults = graph.faults(decision.name)
    for fault in faults:
        condition = graph.terms.both(fault.condition, before)
        yield _Question(fault.kind, "error", decision.name, fault.rules, fault.clause, _of_fault(decision, fault), condition)
    if isinstance(decision.logic, DecisionTable):
        yield from _of_gap(graph, decision.name, decision.logic, before, faults)
        yield from _of_rules(graph, decision.name, decision.logic, before)


def _of_fault(decision: Decision, fault: Fault) -> str:
    match fault.kind:
        case Kind.OVERLAP:
            return f"The rules {' and '.join(fault.rules)} match together for some facts, but UNIQUE allows one."
        case Kind.DISAGREEMENT:
            return f"The rules {' and '.join(fault.rules)} match together for some facts and differ, but ANY wants equal outputs."
    place = f"{decision.name}.{fault.clause}" if fault.clause else decision.name
    why = f"where the rule {fault.rules[0]} decides" if fault.rules else "where no rule matches" if fault.clause else "where its expression is null"
    return f"{place} has no value for some facts, {why}, but must always have one."


def _of_gap(graph: Graph, name: str, table: DecisionTable, before: Condition, faults: Sequence[Fault]) -> Iterator[_Question]:
    """No rule matches, and nothing must have a value: worth knowing, and no error."""
    told = any(fault.kind is Kind.GAP and not fault.rules for fault in faults)
    if table.hit_policy.single and not told and all(clause.default is None for clause in table.outputs):
        condition = graph.terms.both(graph.outcome(name).unmatched, before)
        yield _Question(Kind.GAP, "information", name, (), "", "For some facts no rule matches.", condition)


def _of_rules(graph: Graph, name: str, table: DecisionTable, before: Condition) -> Iterator[_Question]:
    """Whether each rule, each of its alternatives, and each test of a cell that has several ever decides."""

    def dead(rule: str, condition: Condition, text: str, cell: str = "") -> _Question:
        severity: Severity = "information" if cell else "error"
        return _Question(Kind.DEAD, severity, name, (rule,), cell, text, graph.terms.both(condition, before), wanted=True)

    outcome = graph.outcome(name)
    alternatives = {rule.id: len(rule.when) for rule in table.rules}
    for rule, rows in outcome.rows.items():
        yield dead(rule, outcome.hits[rule], f"No facts reach the rule {rule}: it never decides.")
        for number, row in enumerate(rows if alternatives[rule] > 1 else (), start=1):
            yield dead(rule, row, f"No facts reach alternative {number} of the rule {rule}.")
    for rule, number, cell, test, condition in tables.by_test(table, graph.scope, outcome.hits):
        place = f"alternative {number + 1} of the rule {rule}" if alternatives[rule] > 1 else f"the rule {rule}"
        yield dead(rule, condition, f"No facts reach {place} by {cell} {writer.unary_tests((test,))}.", cell)


def _told(graph: Graph, questions: Sequence[_Question], answers: Mapping[Condition, Reached]) -> Iterator[Finding]:
    """The findings of one decision. Of a rule that is dead nothing else is told; what is not proved is told in one finding."""
    dead: set[str] = set()
    unproved: dict[str, list[_Question]] = {}
    for question in questions:
        found = answers[question.condition]
        if isinstance(found, NotProved):
            unproved.setdefault(found.reason, []).append(question)
        elif isinstance(found, Never) and question.wanted and question.rules[0] not in dead:
            dead |= set() if question.cell else {question.rules[0]}
            yield _finding(question)
        elif isinstance(found, Witness) and not question.wanted:
            yield replace(_finding(question), witness=_facts(graph, question, found))
    for reason, several in unproved.items():
        rules = tuple(dict.fromkeys(rule for question in several for rule in question.rules))
        count = f"{len(several)} questions are not proved, the first whether" if len(several) > 1 else "It is not proved whether"
        text = f"{count} this is not so: {several[0].text} {reason}."
        yield Finding(Kind.NOT_ANALYSED, "error", several[0].decision, rules, text)


def _finding(question: _Question) -> Finding:
    return Finding(question.kind, question.severity, question.decision, question.rules, question.text, question.cell)


def _facts(graph: Graph, question: _Question, found: Witness) -> Facts:
    """The facts of a witness, without those that the condition holds without; a run of the model must be at fault with them."""
    facts = graph.facts(found, {name: name for name in sorted(graph.reads(question.decision))})
    fewest = graph.fewest(question.condition, facts)
    if question.severity == "error" and not _at_fault(graph, question.decision, fewest):
        raise NotReproduced(f"A proof and a run of the decision {question.decision} disagree. Report it with the release.")
    return fewest


def _at_fault(graph: Graph, decision: str, facts: Facts) -> bool:
    try:
        composition.evaluated(graph.model, frozenset({decision}), facts)
    except evaluation.HitPolicyViolation:
        return True
    return False


def reached(graph: Graph, conditions: Sequence[Condition]) -> dict[Condition, Reached]:
    """For each condition an input for which it holds, or that there is none. One input may answer several.

    The last are asked first: they rest on most decisions, and their inputs reach most of the others.
    """
    found: dict[Condition, Reached] = {}
    cone = graph.terms.cone(conditions)
    for condition in reversed(conditions):
        if condition not in found:
            answer = found[condition] = graph.witness(condition)
            if isinstance(answer, Witness):
                waiting = [other for other in dict.fromkeys(conditions) if other not in found]
                holding = zip(waiting, graph.terms.holds(waiting, answer.truth, cone), strict=True)
                found |= {other: answer for other, holds in holding if holds}
    return found


@dataclass(frozen=True)
class Effect:
    """Whether a decision can be higher in the new version than in the old, and whether it can be lower.

    Each is Proved when it cannot, Refuted with facts for which it is, or NotProved.
    """

    rises: Verdict
    falls: Verdict


def effect(old: DecisionModel, new: DecisionModel, decision: str, order: tuple[str | None, ...] = ()) -> Effect:
    """What a change of the whole graph can do to one decision: words in `order` from the lowest, or a number.

    Facts of one name are one fact, of all values that either version allows.
    """
    try:
        before, after = composition.compose(old, new)
        for graph in (before, after):
            graph.value(decision)
        return Effect(rises=_moved(after, before, decision, order), falls=_moved(before, after, decision, order))
    except (Unsupported, KeyError) as error:
        reason = error.text if isinstance(error, Unsupported) else f"the decision {decision}, which one version lacks"
        unanswered = NotProved(f"the proof does not cover {reason}")
        return Effect(unanswered, unanswered)


def _moved(high: Graph, low: Graph, decision: str, order: tuple[str | None, ...]) -> Verdict:
    """Whether the decision is ever lower in the second graph than in the first."""
    terms = high.terms
    names = frozenset({decision})
    lowered = proofs.lowered(terms, order, high.value(decision), low.value(decision))
    condition = terms.both(lowered, high.sound(names), low.sound(names))
    found = high.witness(condition)
    if not isinstance(found, Witness):
        return proofs.Proved() if isinstance(found, Never) else found
    variables = {name: name for name in sorted(high.reads(decision) | low.reads(decision))}
    facts = high.fewest(condition, high.facts(found, variables))
    return _seen(high, low, decision, order, facts)


def _seen(high: Graph, low: Graph, decision: str, order: tuple[str | None, ...], facts: Facts) -> Verdict:
    """The witness, after both versions were run on it."""
    ran = [composition.evaluated(graph.model, frozenset({decision}), facts)[decision] for graph in (high, low)]
    if not properties.lowered(order, *ran):
        raise NotReproduced(f"A proof and two runs of the decision {decision} disagree. Report it with both releases.")
    return proofs.Refuted(facts)
