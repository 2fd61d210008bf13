"""The exact regions of input in which two versions of a table decide differently."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from cds.dmn.analysis.findings import NotProved
from cds.dmn.difference import joint
from cds.dmn.difference import versions as two
from cds.dmn.difference.findings import DecisionDifference, Outcome, Region
from cds.dmn.difference.joint import TooMuch
from cds.dmn.difference.versions import Version, Versions
from cds.dmn.feel import ast
from cds.dmn.model import Clause, Decision, DecisionTable, HitPolicy

SEQUENCES = (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)
TOGETHER = (HitPolicy.UNIQUE, HitPolicy.FIRST, HitPolicy.PRIORITY)
"""The policies under which one rule gives the result, so that a region has to say which one does instead."""


def difference(old: Decision, new: Decision, *, most: int = joint.MOST_STATES) -> tuple[Region, ...]:
    """The regions in which the tables of two decisions differ; see `compare` for what else differs and what was not proved."""
    return compare(old, new, most=most).regions


def first(old: Decision, new: Decision, *, most: int = joint.MOST_STATES) -> Region | NotProved | None:
    """One region in which the tables of two decisions differ, None where they decide alike; quicker than all of them."""
    both = _both(old, new)
    if isinstance(both, NotProved):
        return None if old.logic == new.logic else both
    try:
        return next(_regions(new.name, both, most), None)
    except TooMuch as error:
        return NotProved(str(error))


def compare(old: Decision, new: Decision, *, most: int = joint.MOST_STATES) -> DecisionDifference:
    """Everything in which two versions of a decision that are tables differ.

    What a table gives are the rules that give it and their outputs. Where one rule gives the result the two tables are walked together.
    Where all that match count, and under ANY, each rule that changed is walked by itself: what the others give is the same on both sides.
    COLLECT gives a bag, so there the order of the rules is no difference; under RULE ORDER and OUTPUT ORDER it is one where both match.
    """
    before, after = old.logic, new.logic
    changes = tuple(_changes(before, after)) if isinstance(before, DecisionTable) and isinstance(after, DecisionTable) else ()
    both = _both(old, new)
    if isinstance(both, NotProved):
        return DecisionDifference(new.name, changes, not_proved=() if old.logic == new.logic else (both,))
    found: list[Region] = []
    not_proved: tuple[NotProved, ...] = ()
    try:
        for region in _regions(new.name, both, most):
            found.append(region)
    except TooMuch as error:
        not_proved = (NotProved(str(error)),)
    return DecisionDifference(new.name, changes, _in_order(both, found), not_proved, not _together(both))


def _both(old: Decision, new: Decision) -> Versions | NotProved:
    before, after = old.logic, new.logic
    if not (isinstance(before, DecisionTable) and isinstance(after, DecisionTable)):
        return NotProved("one of the versions is no table")
    reason = _unlike(before, after)
    return NotProved(reason) if reason else two.versions(before, after)


def _in_order(both: Versions, regions: list[Region]) -> tuple[Region, ...]:
    """By the rules of the older version as they stand in it, then by those of the newer."""

    def place(region: Region) -> list[list[int]]:
        return [[version.rule(name) or 0 for name in side.rules] for version, side in ((both.old, region.old), (both.new, region.new))]

    return tuple(sorted(regions, key=place))


def _regions(decision: str, both: Versions, most: int) -> Iterator[Region]:
    if _together(both):
        yield from joint.regions(decision, both, (both.old.rows, both.new.rows), _any, most=most)
        return
    for identifier in _ids(both):
        rows = _rows(both.old, identifier), _rows(both.new, identifier)
        if rows[0] != rows[1]:
            yield from joint.regions(decision, both, rows, _any, most=most)
    if both.new.table.hit_policy in SEQUENCES:
        yield from _reordered(decision, both, most)


def _together(both: Versions) -> bool:
    return both.new.table.hit_policy in TOGETHER or not both.alike


def _any(_old: Outcome, _new: Outcome) -> bool:
    return True


def _turned(old: Outcome, new: Outcome) -> bool:
    return len(old.rules) == 2 and old.rules == new.rules[::-1]  # noqa: PLR2004 a pair


def _ids(both: Versions) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule.id for version in (both.old, both.new) for rule in version.table.rules))


def _rows(version: Version, identifier: str) -> int:
    number = version.rule(identifier)
    return 0 if number is None else version.of_rule[number]


def _reordered(decision: str, both: Versions, most: int) -> Iterator[Region]:
    """Where two rules match in both versions, but come in another order."""
    before, after = ({version.table.rules[number].id: place for place, number in enumerate(version.order)} for version in (both.old, both.new))
    for one, other in itertools.combinations([identifier for identifier in before if identifier in after], 2):
        if after[one] > after[other]:
            rows = _rows(both.old, one) | _rows(both.old, other), _rows(both.new, one) | _rows(both.new, other)
            yield from joint.regions(decision, both, rows, _turned, most=most)


def _changes(old: DecisionTable, new: DecisionTable) -> Iterator[str]:
    if old.hit_policy is not new.hit_policy:
        yield f"the hit policy was {old.hit_policy.value} and is {new.hit_policy.value}"
    elif old.hit_policy is HitPolicy.COLLECT and _order(old, new) != _order(new, old):
        yield "the rules come in another order; the list holds the same, which is no difference unless something reads it by position"
    yield from _clauses("input", old.inputs, new.inputs)
    yield from _clauses("output", old.outputs, new.outputs)


def _order(one: DecisionTable, other: DecisionTable) -> list[str]:
    """The rules that both have, as the first has them."""
    both = {rule.id for rule in other.rules}
    return [rule.id for rule in one.rules if rule.id in both]


def _clauses(kind: str, old: tuple[Clause, ...], new: tuple[Clause, ...]) -> Iterator[str]:
    before, after = ({clause.name: clause for clause in clauses} for clauses in (old, new))
    yield from (f"the {kind} {name} is gone" for name in before if name not in after)
    yield from (f"the {kind} {name} is new" for name in after if name not in before)
    for name in [name for name in before if name in after]:
        if _read(before[name]) != _read(after[name]):
            yield f"the {kind} {name} reads another expression"
        if kind == "output":
            yield from _output(before[name], after[name])


def _output(old: Clause, new: Clause) -> Iterator[str]:
    parts: Mapping[str, tuple[Any, Any]] = {
        "type": (old.item, new.item),
        "order of values": (old.values, new.values),
        "default": (old.default, new.default),
    }
    yield from (f"the {part} of the output {new.name} differs" for part, (before, after) in parts.items() if before != after)


def _read(clause: Clause) -> ast.Expression:
    return clause.expression or ast.Name(clause.name)


def _unlike(old: DecisionTable, new: DecisionTable) -> str:
    """Why the inputs of the two cannot be compared; empty when they can."""
    after = {clause.name: clause for clause in new.inputs}
    for clause in old.inputs:
        other = after.get(clause.name, clause)
        if _read(clause) != _read(other):
            return f"the input {clause.name} reads another expression"
        if (clause.item.base, clause.item.collection) != (other.item.base, other.item.collection):
            return f"the input {clause.name} is of another type"
    return ""
