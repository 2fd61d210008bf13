"""Puts decisions in an order in which each comes after what it requires, as near to the author's order as can be."""

from collections.abc import Iterator, Mapping, Sequence

from cds.dmn.model import Decision, requirement
from cds.foundation.errors import ContentError


def ordered(decisions: list[Decision], file: str) -> tuple[Decision, ...]:
    """The decisions by requirement; ContentError names the cycle where there is one."""
    by_name = {decision.name: decision for decision in decisions}
    requires = {decision.name: tuple(map(requirement, decision.requires)) for decision in decisions}
    return tuple(by_name[name] for name in sequence(requires, file))


def sequence(requires: Mapping[str, Sequence[str]], file: str) -> tuple[str, ...]:
    """The names, each after those that it requires; a required name that has no entry is passed over."""
    done: dict[str, None] = {}
    for name in requires:
        _finish(name, requires, done, file)
    return tuple(done)


def _finish(name: str, requires: Mapping[str, Sequence[str]], done: dict[str, None], file: str) -> None:
    """Adds the name after all that it requires; a chain may be longer than calls can nest."""
    above: dict[str, Iterator[str]] = {} if name in done else {name: iter(requires[name])}
    while above:
        last = next(reversed(above))
        below = next((one for one in above[last] if one in requires and one not in done), None)
        if below is None:
            done[last] = None
            del above[last]
        elif below in above:
            path = list(above)
            cycle = " -> ".join([*path[path.index(below) :], below])
            raise ContentError(f"The decisions require each other: {cycle}. Cut the cycle.", expression=file)
        else:
            above[below] = iter(requires[below])
