"""The values worth trying of each fact, worked out from a model: all its words, and the numbers around every bound."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal

from cds.dmn.feel import ast, interpreter
from cds.dmn.model import DecisionModel, DecisionTable, LiteralExpression, requirement
from cds.facts import FactDefinition, Value
from cds.values.release import Release

Known = Mapping[str, Value]
"""Facts by name; what is unknown is left out."""

Changes = Mapping[str, Value | None]
"""New values of facts by name; None makes unknown."""

Words = Mapping[str, tuple[Value | None, ...]]
"""The values worth trying by name."""


def changed(values: Known, *changes: Changes) -> Known:
    """The values with some changed, the last change wins; None makes unknown."""
    together = {name: value for some in (values, *changes) for name, value in some.items()}
    return {name: value for name, value in together.items() if value is not None}


def fitting(model: DecisionModel, every: Words) -> Mapping[str, Sequence[Changes]]:
    """By input or decision, the changes that meet what the rules testing it ask of the facts, a few for each rule."""
    found: dict[str, list[Changes]] = {}
    tables = [decision.logic for decision in model.decisions if isinstance(decision.logic, DecisionTable)]
    for when in (when for table in tables for rule in table.rules for when in rule.when):
        fits = list(_fits(when, every))
        for name in when:
            found.setdefault(name, []).extend(fits)
    return found


def _fits(when: Mapping[str, ast.UnaryTests], every: Words) -> Iterator[Changes]:
    """One or two changes of facts under which the cells hold: the first and the last word that each allows."""
    met = {name: [word for word in every[name] if interpreter.matches(cell, decimal(word))] for name, cell in when.items() if name in every}
    ends = {name: [*found[:1], *found[1:][-1:]] for name, found in met.items() if found}
    for turn in range(max(map(len, ends.values()), default=1)):
        yield {name: found[turn % len(found)] for name, found in ends.items()}


def decimal(value: Value | None) -> Value | None:
    """The value as a cell sees it."""
    return Decimal(value) if isinstance(value, int) else value


def worth_trying(release: Release, model: DecisionModel) -> Words:
    """Unknown and the values worth trying of each fact that the model reads: all words, and numbers around every bound."""
    bounds = bounds_of(model)
    for fact in release.facts.facts.values():
        for gate in fact.gates:
            bounds.setdefault(gate.fact, set()).update(bound for bound in (gate.below, gate.above) if bound is not None)
    read = {requirement(name) for decision in model.decisions for name in decision.requires}
    return {name: (None, *_values(fact, bounds.get(name, set()))) for name, fact in release.facts.facts.items() if name in read}


def _values(fact: FactDefinition, bounds: set[Decimal]) -> Iterator[Value]:
    if fact.base == "string":
        yield from fact.allowed
    elif fact.base == "list of string":
        several = [word for word in fact.allowed if word != fact.exclusive]
        yield from ((word,) for word in fact.allowed)
        yield from itertools.combinations(several, 2)
        yield tuple(several)
    else:
        yield from _numbers_around(fact, bounds)


def _numbers_around(fact: FactDefinition, bounds: set[Decimal]) -> Iterator[Value]:
    """Each bound, one less and one more, and the ends of the range."""
    ends = {end for end in (fact.minimum, fact.maximum) if end is not None}
    for value in sorted({bound + step for bound in bounds for step in (-1, 0, 1)} | ends):
        if (fact.minimum is None or value >= fact.minimum) and (fact.maximum is None or value <= fact.maximum):
            yield int(value) if fact.base == "integer" else value


def bounds_of(model: DecisionModel) -> dict[str, set[Decimal]]:
    """The numbers that each name is compared with, also through the expressions that read it."""
    found: dict[str, set[Decimal]] = {}
    for decision in model.decisions:
        if isinstance(decision.logic, DecisionTable):
            for name, cell in ((name, cell) for rule in decision.logic.rules for when in rule.when for name, cell in when.items()):
                found.setdefault(name, set()).update(numbers(cell))
    for decision in reversed(model.decisions):
        if isinstance(decision.logic, LiteralExpression):
            for name in decision.requires:
                found.setdefault(name, set()).update(numbers(decision.logic.expression), found.get(decision.name, set()))
    return found


def numbers(node: object) -> Iterator[Decimal]:
    """Every number in a cell or an expression."""
    if isinstance(node, Decimal):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from numbers(part)
    elif is_dataclass(node):
        for part in fields(node):
            yield from numbers(getattr(node, part.name))


def needed(model: DecisionModel, goal: str) -> DecisionModel:
    """The model without the decisions that the goal does not rest on."""
    wanted = {goal}
    for decision in reversed(model.decisions):
        if decision.name in wanted:
            wanted |= {requirement(name) for name in decision.requires}
    return replace(model, decisions=tuple(decision for decision in model.decisions if decision.name in wanted))
