"""Proves declared properties on the composed graph: by showing that no input breaks them."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cds.dmn import evaluation
from cds.dmn.analysis import properties
from cds.dmn.analysis.composition import Facts, Graph
from cds.dmn.analysis.findings import NotProved
from cds.dmn.analysis.properties import Condition, Implication, Link, Monotone, Move, NeverTogether, OneMore, Statement
from cds.dmn.analysis.symbolic import cells, comparisons, expressions, numbers, terms, values
from cds.dmn.analysis.symbolic.numbers import Quotient
from cds.dmn.analysis.symbolic.solver import Never
from cds.dmn.analysis.symbolic.terms import FALSE, TRUE, Has
from cds.dmn.analysis.symbolic.values import Ground, Listing, Unsupported, Value
from cds.dmn.analysis.symbolic.witnesses import Witness
from cds.foundation.errors import CdsError

LATER = " after"
"""Marks the variable of an input after a step."""


@dataclass(frozen=True)
class Proved:
    """It holds for every input."""


@dataclass(frozen=True)
class Refuted:
    """A run of the model for `facts` breaks it; where it is about a step, `after` are the facts after the step."""

    facts: Facts
    after: Facts | None = None


Verdict = Proved | Refuted | NotProved


class NotReproduced(CdsError):
    """Facts that should break a property do not: the proof and the evaluation disagree, which is an error of this program."""


@dataclass(frozen=True)
class _Step:
    """One step of one input: its value before and after, when it is meant, and both values in a witness."""

    name: str
    before: Value
    after: Value
    meant: terms.Condition
    read: Callable[[Witness, Facts], tuple[Any, Any]]


def prove(statement: Statement, graph: Graph) -> Verdict:
    """Proved, refuted by facts, or not proved and why."""
    unknown = properties.strangers(statement, graph.model)
    if unknown:
        return NotProved(f"the model has no {', '.join(sorted(unknown))}")
    try:
        return _monotone(statement, graph) if isinstance(statement, Monotone) else _always(statement, graph)
    except Unsupported as error:
        return NotProved(f"the proof does not cover {error.text}")


def condition(found: Condition, graph: Graph) -> terms.Condition:
    """When a declared condition holds."""
    scope = graph.scope
    if found.expression is not None:
        return values.truth(graph.terms, expressions.evaluate(found.expression, scope))[0]
    rows = ([cells.truth(tests, graph.value(name), scope)[0] for name, tests in row.items()] for row in found.rows)
    return graph.terms.some(graph.terms.every(row) for row in rows)


def _always(statement: Implication | NeverTogether, graph: Graph) -> Verdict:
    if isinstance(statement, Implication):
        broken = graph.terms.both(condition(statement.premise, graph), -condition(statement.conclusion, graph))
    else:
        pairs = itertools.combinations([condition(one, graph) for one in statement.conditions], 2)
        broken = graph.terms.some(graph.terms.both(one, other) for one, other in pairs)
    found = graph.witness(graph.terms.both(broken, graph.sound(properties.names(statement))))
    if not isinstance(found, Witness):
        return Proved() if isinstance(found, Never) else found
    return confirmed(statement, graph, graph.facts(found, {name: name for name in _inputs(statement, graph)}))


def _inputs(statement: Statement, graph: Graph) -> frozenset[str]:
    return frozenset().union(*(graph.reads(name) for name in properties.names(statement)))


def _monotone(statement: Monotone, graph: Graph) -> Verdict:
    """Each step of each input in turn; what could not be proved is told only where nothing is refuted."""
    verdict: Verdict = Proved()
    for name in statement.inputs:
        after: tuple[Value, Graph] | None = None
        for step in _steps(statement, name, graph):
            before = after[1] if after and after[0] is step.before else graph.changed({name: step.before})
            after = step.after, graph.changed({name: step.after})
            found = _step(statement, step, graph, (before, after[1]))
            if isinstance(found, Refuted):
                return found
            verdict = found if isinstance(found, NotProved) else verdict
    return verdict


def _step(statement: Monotone, step: _Step, graph: Graph, sides: tuple[Graph, Graph]) -> Verdict:
    names = properties.names(statement)
    meant = [step.meant]
    for side in sides:
        meant += [side.sound(names), TRUE if statement.when is None else condition(statement.when, side)]
    lower = lowered(graph.terms, statement.order, *(side.value(statement.decision) for side in sides))
    found = graph.witness(graph.terms.every([lower, *meant]))
    if not isinstance(found, Witness):
        return Proved() if isinstance(found, Never) else found
    facts = graph.facts(found, {name: name for name in _inputs(statement, graph)})
    first, second = step.read(found, facts)
    return confirmed(statement, graph, {**facts, step.name: first}, {**facts, step.name: second})


def lowered(known: terms.Terms, order: tuple[str | None, ...], before: Value, after: Value) -> terms.Condition:
    """When the second value is below the first, as `properties.lowered` has it."""
    return known.some(known.both(one, other, _lower(known, order, a, b)) for one, a in before.cases for other, b in after.cases)


def _lower(known: terms.Terms, order: tuple[str | None, ...], before: Ground, after: Ground) -> terms.Condition:
    if isinstance(before, Quotient | Decimal) and isinstance(after, Quotient | Decimal):
        return comparisons.compare(known, "<", numbers.quotient(after), numbers.quotient(before))
    if isinstance(before, Quotient) or isinstance(after, Quotient):
        return TRUE
    if not (values.constant(before) and values.constant(after)):
        raise Unsupported("an order of lists, contexts or texts that are not listed")
    return TRUE if properties.lowered(order, values.python(before), values.python(after)) else FALSE


def _steps(statement: Monotone, name: str, graph: Graph) -> Iterator[_Step]:
    for step in statement.steps:
        if step is Move.MORE:
            yield _more(name, graph)
        elif step is Move.KNOWN:
            yield _known(name, graph)
        elif step is Move.ITEM:
            yield from _items(name, graph)
        elif isinstance(step, OneMore):
            yield from _items(name, graph, step.item)
        elif isinstance(step, tuple):
            chain = [(link, values.only(values.of_python(link))) for link in step]
            yield from (_given(name, one, other) for one, other in itertools.pairwise(chain))


def _given(name: str, one: tuple[Link, Value], other: tuple[Link, Value]) -> _Step:
    return _Step(name, one[1], other[1], TRUE, lambda _, __: (one[0], other[0]))


def _more(name: str, graph: Graph) -> _Step:
    known = [graph.inputs.value(name, variable) for variable in (name, name + LATER)]
    found = [ground for value in known for _, ground in value.cases if isinstance(ground, Quotient)]
    if len(found) != len(known):
        raise Unsupported(f"a larger value of {name}, which is no number")
    first, second = found
    larger = comparisons.compare(graph.terms, ">", second, first)
    return _Step(name, values.only(first), values.only(second), larger, lambda found, _: (found.number(name), found.number(name + LATER)))


def _known(name: str, graph: Graph) -> _Step:
    value = graph.inputs.value(name, name)
    return _Step(name, values.NULL, value, -values.when(graph.terms, value, None), lambda _, facts: (None, facts[name]))


def _items(name: str, graph: Graph, item: str = "") -> Iterator[_Step]:
    """A list without and with each of its words, or the one."""
    whole = [ground for _, ground in graph.inputs.value(name, name).cases if isinstance(ground, Listing)]
    if not whole or whole[0].more is not None:
        raise Unsupported(f"one more item of {name}, which is no list of listed words")
    for place, (_, word) in enumerate(whole[0].items):
        added = word.cases[0][1]
        if item in ("", added):
            without, beside = (values.only(_with(whole[0], place, there)) for there in (FALSE, TRUE))
            yield _Step(name, without, beside, TRUE, _adding(name, graph.inputs.items[name].allowed, added))


def _with(whole: Listing, place: int, there: terms.Condition) -> Listing:
    return Listing(tuple((there if number == place else guard, item) for number, (guard, item) in enumerate(whole.items)))


def _adding(name: str, words: tuple[str, ...], added: Ground) -> Callable[[Witness, Facts], tuple[Any, Any]]:
    def read(found: Witness, _: Facts) -> tuple[Any, Any]:
        marked = [word for word in words if word == added or found.truth(Has(name, word))]
        return tuple(word for word in marked if word != added), tuple(marked)

    return read


def confirmed(statement: Statement, graph: Graph, facts: Facts, after: Facts | None = None) -> Refuted:
    """The witness with as little known as shows it; NotReproduced where a run does not break the statement."""
    if not properties.broken(statement, graph.model, facts, after):
        raise NotReproduced("A proof and a run of the model disagree. Report it with the release and the property.")
    found = Refuted(facts, after)
    for name in sorted(facts):
        fewer = _without(found, name)
        if fewer != found and _shows(statement, graph, fewer):
            found = fewer
    return found


def _shows(statement: Statement, graph: Graph, found: Refuted) -> bool:
    try:
        return properties.broken(statement, graph.model, found.facts, found.after)
    except evaluation.HitPolicyViolation:
        return False


def _without(found: Refuted, name: str) -> Refuted:
    """The witness with an input unknown, unless that is the one that changes."""
    if found.after is not None and found.facts[name] != found.after[name]:
        return found
    after: Mapping[str, Any] | None = None if found.after is None else {**found.after, name: None}
    return replace(found, facts={**found.facts, name: None}, after=after)
