"""Rules that match together where the hit policy forbids it (DMN 1.5, 8.2.8.1). Two boxes meet where they meet at every level, so this is exact."""

from collections.abc import Iterator, Mapping

from cds.dmn.analysis import walk
from cds.dmn.analysis.findings import Finding, Kind
from cds.dmn.analysis.subjects import OPEN_TESTS, Subject
from cds.dmn.feel import ast
from cds.dmn.model import HitPolicy, Rule

Meeting = Mapping[tuple[int, int], int]
"""Two rules, and two rows of theirs (as bits) that can hold together."""


def pairs(subject: Subject) -> Iterator[Finding]:
    """Overlaps under UNIQUE, disagreements under ANY: each pair of rules with an input for which both match."""
    policy = subject.table.hit_policy
    if policy not in (HitPolicy.UNIQUE, HitPolicy.ANY):
        return
    for (one, other), rows in _meeting(subject).items():
        if policy is HitPolicy.UNIQUE or _outputs(subject, one) != _outputs(subject, other):
            yield _finding(subject, (one, other), rows)


def _outputs(subject: Subject, rule: int) -> Mapping[str, ast.Expression]:
    found: Rule = subject.table.rules[rule]
    return {clause.name: found.then.get(clause.name, ast.Constant(None)) for clause in subject.table.outputs}


def _meeting(subject: Subject) -> Meeting:
    rules = [subject.rows([rule]) for rule in range(len(subject.lines))]
    found: dict[tuple[int, int], int] = {}
    for one, rows in enumerate(rules):
        for row in walk.bits(rows):
            box = subject.box(row)
            near = walk.crossing(subject.grid, box, subject.grid.rows) if all(box) else 0
            for other in range(one + 1, len(rules)):
                if near & rules[other]:
                    _keep(subject, found, (one, other), row | _best(subject, near & rules[other]))
    return found


def _keep(subject: Subject, found: dict[tuple[int, int], int], pair: tuple[int, int], rows: int) -> None:
    """Of several meetings the one that is certain."""
    if pair not in found or (found[pair] & subject.grid.open and not rows & subject.grid.open):
        found[pair] = rows


def _best(subject: Subject, rows: int) -> int:
    rows = rows & ~subject.grid.open or rows
    return rows & -rows


def _finding(subject: Subject, pair: tuple[int, int], rows: int) -> Finding:
    unique = subject.table.hit_policy is HitPolicy.UNIQUE
    box = subject.box(rows)
    ids = subject.ids(pair)
    both = f"The rules {ids[0]} and {ids[1]}" + ("" if unique else " differ in an output and")
    if rows & subject.grid.open:
        text = f"{both} may match together; that is not proved: {OPEN_TESTS}."
        return Finding(Kind.NOT_ANALYSED, "error", subject.decision, ids, text)
    policy = "UNIQUE allows one" if unique else "ANY wants equal outputs"
    text = f"{both} match together {subject.where(box)}, but {policy}."
    return Finding(Kind.OVERLAP if unique else Kind.DISAGREEMENT, "error", subject.decision, ids, text, witness=subject.sample(box))
