"""Inputs for which no rule of a table matches, as boxes."""

from collections.abc import Iterator

from cds.dmn.analysis import grid, walk
from cds.dmn.analysis.findings import Finding, Kind, NotProved
from cds.dmn.analysis.grid import Grid
from cds.dmn.analysis.subjects import OPEN_TESTS, Subject
from cds.dmn.analysis.walk import Box
from cds.dmn.model import DecisionTable, HitPolicy
from cds.foundation.errors import Severity

MOST_GAPS = 20


def gaps(subject: Subject) -> Iterator[Finding]:
    """The gaps of a table that has no default and gives no list; a count of no rule is 0, which is no gap either."""
    policy = subject.table.hit_policy
    if any(clause.default for clause in subject.table.outputs) or policy is HitPolicy.COLLECT_COUNT or not (policy.single or policy.aggregates):
        return
    severity = _severity(subject.table)
    found: Grid = subject.grid
    for _ in range(MOST_GAPS):
        way = walk.escape(found, subject.whole(), found.rows, most=subject.most)
        if not isinstance(way, tuple):
            yield from _rest(subject, severity, way)
            return
        box = found.told(_widened(found, way))
        text = f"No rule matches {subject.where(box)}. Add a rule or a default."
        yield Finding(Kind.GAP, severity, subject.decision, (), text, witness=found.witness(way))
        found = grid.adding(found, box)
    yield _not_analysed(subject, severity, f"there are more than {MOST_GAPS} of them")


def _severity(table: DecisionTable) -> Severity:
    return "error" if any(not clause.item.nullable for clause in table.outputs) else "information"


def _rest(subject: Subject, severity: Severity, way: NotProved | None) -> Iterator[Finding]:
    if way:
        yield _not_analysed(subject, severity, way.reason)
    elif subject.grid.open:
        closed = subject.grid.rows & ~subject.grid.open
        if walk.escape(subject.grid, subject.whole(), closed, most=subject.most) is not None:
            yield _not_analysed(subject, severity, OPEN_TESTS)


def _not_analysed(subject: Subject, severity: Severity, reason: str) -> Finding:
    return Finding(Kind.NOT_ANALYSED, severity, subject.decision, (), f"Whether there is any other input without a rule is not proved: {reason}.")


def _widened(found: Grid, way: tuple[int, ...]) -> Box:
    """The box around a point where no row holds, made as wide as it can be, level by level."""
    box = list(found.told([1 << cell for cell in way]))
    for index, level in enumerate(found.levels):
        others = walk.crossing(found, [*box[:index], 0, *box[index + 1 :]], found.rows)
        box[index] = sum(1 << cell for cell, mask in enumerate(level.masks) if not mask & others)
    return tuple(box)
