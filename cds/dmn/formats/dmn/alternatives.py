"""Alternatives of a rule as rows of their own.

A rule counts once however many of its alternatives hold, but each row of the standard counts for itself. Where that matters, a row also
says that no alternative before it holds: in its cells where cells can say it, else in one cell as an expression over the other inputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cds.dmn.feel import ast, interpreter
from cds.dmn.formats import conditions
from cds.dmn.formats.conditions import THE_INPUT, Cells
from cds.dmn.model import DecisionTable, HitPolicy, Rule
from cds.foundation.errors import ContentError

HARMLESS = frozenset({HitPolicy.FIRST, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.COLLECT_MIN, HitPolicy.COLLECT_MAX})
"""Policies for which it makes no difference that a rule matches twice."""

NEVER: ast.UnaryTests = (ast.Satisfies(ast.Binary("!=", THE_INPUT, THE_INPUT)),)


@dataclass(frozen=True)
class Row:
    """One row: what it tests, and the number and the cells of the alternative that it is."""

    number: int
    cells: Cells
    meant: Cells


def rows(rule: Rule, table: DecisionTable) -> tuple[Row, ...]:
    """The rows of a rule, one for each alternative."""
    if table.hit_policy in HARMLESS or len(rule.when) == 1:
        return tuple(Row(number, cells, cells) for number, cells in enumerate(rule.when, start=1))
    subjects = {clause.name: clause.expression or ast.Name(clause.name) for clause in table.inputs}
    return tuple(Row(number, _alone(rule, number, subjects), cells) for number, cells in enumerate(rule.when, start=1))


def _alone(rule: Rule, number: int, subjects: Mapping[str, ast.Expression]) -> Cells:
    """The alternative where none before it holds."""
    *before, cells = (conditions.tested(alternative) for alternative in rule.when[:number])
    alone = cells
    for other in before:
        parts = list(_without(alone, other))
        if len(parts) != 1:
            return (_told(cells, before, subjects) if parts else None) or _never(rule)
        alone = parts[0]
    return alone


def _never(rule: Rule) -> Cells:
    """Cells that nothing matches, for an alternative that is no more than those before it."""
    tested = [name for cells in rule.when for name in cells]
    if not tested:
        raise ContentError(f"Rule {rule.id}: it has several alternatives and none tests anything. Leave one.", expression=rule.id)
    return {tested[0]: NEVER}


def _told(cells: Cells, before: Sequence[Cells], subjects: Mapping[str, ast.Expression]) -> Cells | None:
    """The cells, of which one says in an expression what else must not hold together; None where one before asks no more than they do."""
    overlapping = [other for other in before if not _apart(cells, other)]
    others = [{name: tests for name, tests in other.items() if cells.get(name) != tests} for other in overlapping]
    if not all(others):
        return None
    place = next(iter(cells or others[0]))
    seen = {**subjects, place: THE_INPUT}
    parts = [_but(other, seen) for other in others]
    whole: ast.Expression = conditions.of_cell(cells[place]) if place in cells else parts.pop(0)
    for part in parts:
        whole = ast.Binary("and", whole, part)
    return {**cells, place: (ast.Satisfies(whole),)}


def _but(cells: Cells, subjects: Mapping[str, ast.Expression]) -> ast.Expression:
    """That the cells do not all hold, be it that unknown decides."""
    match tuple(cells.items()):
        case ((name, (ast.Equals(value),)),):
            return ast.Binary("!=", subjects[name], ast.Constant(value))
    return ast.Binary("!=", conditions.together(cells, subjects), conditions.TRUE)


def _apart(cells: Cells, other: Cells) -> bool:
    """Whether the two certainly never hold together."""
    return any(name in cells and _both(cells[name], tests) == () for name, tests in other.items())


def _without(part: Cells, other: Cells) -> Iterator[Cells]:
    """The part where the other does not hold: where its first cell does not, or that does and its second does not, and so on."""
    if _apart(part, other):
        yield part
        return
    rest = dict(part)
    for name, tests in other.items():
        outside = _outside(rest.get(name), tests)
        if outside:
            yield {**rest, name: outside}
        rest[name] = _both(rest[name], tests) if name in rest else tests


def _outside(tests: ast.UnaryTests | None, other: ast.UnaryTests) -> ast.UnaryTests:
    """Tests that hold where `tests` hold and `other` do not, be it that unknown decides; empty where that is nowhere."""
    if tests == other:
        return ()
    if tests is None:
        return _complement(other)
    values = _listed(tests)
    if values is not None and not _dynamic(other):
        return tuple(test for test in tests if not interpreter.matches(other, _value(test)))
    return (ast.Satisfies(ast.Binary("and", conditions.of_cell(tests), ast.Binary("!=", conditions.of_cell(other), conditions.TRUE))),)


def _complement(tests: ast.UnaryTests) -> ast.UnaryTests:
    if _dynamic(tests):
        return (ast.Satisfies(ast.Binary("!=", conditions.of_cell(tests), conditions.TRUE)),)
    return (ast.Not(tests),) if ast.Unknown() in tests else (ast.Not(tests), ast.Unknown())


def _both(tests: ast.UnaryTests, other: ast.UnaryTests) -> ast.UnaryTests:
    """Tests that hold where both do; empty where that is certainly nowhere."""
    if tests == other:
        return tests
    for some, more in ((tests, other), (other, tests)):
        if _listed(some) is not None and not _dynamic(more):
            return tuple(test for test in some if interpreter.matches(more, _value(test)))
    return (ast.Satisfies(ast.Binary("and", conditions.of_cell(tests), conditions.of_cell(other))),)


def _listed(tests: ast.UnaryTests) -> tuple[ast.Scalar, ...] | None:
    """The values for which the tests hold, where they are single values."""
    return tuple(map(_value, tests)) if all(isinstance(test, (ast.Equals, ast.Unknown)) for test in tests) else None


def _value(test: ast.UnaryTest) -> ast.Scalar:
    return test.value if isinstance(test, ast.Equals) else None


def _dynamic(tests: ast.UnaryTests) -> bool:
    return any(isinstance(test, ast.Satisfies) or (isinstance(test, ast.Not) and _dynamic(test.tests)) for test in tests)
