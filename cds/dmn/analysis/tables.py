"""What can be proved of one table over every input, unknown among the values: gaps, overlaps, dead rules, redundant cells."""

from collections.abc import Iterator

from cds.dmn.analysis import gaps, pairs, rules, subjects, walk
from cds.dmn.analysis.findings import Finding, Kind, NotProved
from cds.dmn.model import Decision, DecisionTable


def analyse(decision: Decision, *, most: int = walk.MOST_STATES) -> tuple[Finding, ...]:
    """Every finding in the table of a decision, in the order of its rules; none for a decision that is no table.

    The inputs of the table are taken to be independent of each other. No question visits more than `most` states; one that would is told as
    `not-analysed`, and so is one that rests on a test that compares with something else than constants.
    """
    table = decision.logic
    if not isinstance(table, DecisionTable):
        return ()
    found = subjects.subject(decision, table, most)
    if isinstance(found, NotProved):
        return (Finding(Kind.NOT_ANALYSED, "error", decision.name, (), f"The table is not analysed: {found.reason}."),)
    return tuple(_all(found))


def _all(subject: subjects.Subject) -> Iterator[Finding]:
    yield from gaps.gaps(subject)
    yield from pairs.pairs(subject)
    yield from rules.rules(subject)
