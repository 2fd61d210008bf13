"""Puts decisions in an order in which each comes after what it requires, as near to the author's order as can be."""

from collections.abc import Iterator

from cds.dmn.model import Decision, requirement
from cds.foundation.errors import ContentError


def ordered(decisions: list[Decision], file: str) -> tuple[Decision, ...]:
    """The decisions by requirement; ContentError names the cycle where there is one."""
    by_name = {decision.name: decision for decision in decisions}
    done: dict[str, Decision] = {}
    for decision in decisions:
        for ready in _visit(decision, by_name, done, (), file):
            done[ready.name] = ready
    return tuple(done.values())


def _visit(decision: Decision, by_name: dict[str, Decision], done: dict[str, Decision], above: tuple[str, ...], file: str) -> Iterator[Decision]:
    if decision.name in done:
        return
    if decision.name in above:
        cycle = " -> ".join([*above[above.index(decision.name) :], decision.name])
        raise ContentError(f"The decisions require each other: {cycle}. Cut the cycle.", expression=file)
    for name in map(requirement, decision.requires):
        if name in by_name:
            yield from _visit(by_name[name], by_name, done, (*above, decision.name), file)
    yield decision
