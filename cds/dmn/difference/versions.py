"""Two versions of a table on one grid: rows that both have are the same bit, so that only what changed has to be walked."""

import difflib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cds.dmn import hit_policies
from cds.dmn.analysis import grid, subjects
from cds.dmn.analysis.findings import NotProved
from cds.dmn.analysis.grid import Grid, Line
from cds.dmn.difference.findings import Outcome
from cds.dmn.feel import ast
from cds.dmn.model import DecisionTable, HitPolicy, ItemDefinition, Rule


@dataclass(frozen=True)
class Version:
    """One version: `rows` are its rows on the grid, `of_rule` those of each rule, `order` the rules as they rank.

    The rows of a table in which one rule decides over others lie on the grid in that order.
    """

    table: DecisionTable
    order: tuple[int, ...]
    of_rule: tuple[int, ...]

    @property
    def rows(self) -> int:
        """All its rows."""
        return sum(self.of_rule)

    @property
    def ranked(self) -> bool:
        """Whether the first row that matches decides alone."""
        return self.table.hit_policy in (HitPolicy.FIRST, HitPolicy.PRIORITY)

    def rule(self, identifier: str) -> int | None:
        """The number of the rule with that id."""
        return next((number for number, rule in enumerate(self.table.rules) if rule.id == identifier), None)

    def outcome(self, rows: int) -> Outcome:
        """What the table gives where these rows hold."""
        numbers = [number for number in self.order if self.of_rule[number] & rows]
        found = [self.table.rules[number] for number in (numbers[:1] if self.ranked else numbers)]
        outputs = tuple(self._outputs(rule) for rule in found) or self._default()
        return Outcome(tuple(rule.id for rule in found), outputs, self._violates(outputs))

    def _outputs(self, rule: Rule) -> Mapping[str, ast.Expression]:
        return {clause.name: rule.then.get(clause.name, ast.Constant(None)) for clause in self.table.outputs}

    def _default(self) -> tuple[Mapping[str, ast.Expression], ...]:
        if not any(clause.default for clause in self.table.outputs):
            return ()
        return ({clause.name: clause.default or ast.Constant(None) for clause in self.table.outputs},)

    def _violates(self, outputs: Sequence[Mapping[str, ast.Expression]]) -> bool:
        match self.table.hit_policy:
            case HitPolicy.UNIQUE:
                return len(outputs) > 1
            case HitPolicy.ANY:
                return any(one != outputs[0] for one in outputs)
        return False


@dataclass(frozen=True)
class Versions:
    """An older and a newer version. `changed` are the rows that only one of them has.

    With `alike` both give the same wherever the same rows hold.
    """

    grid: Grid
    old: Version
    new: Version
    alike: bool

    @property
    def changed(self) -> int:
        """The rows that are not in both."""
        return self.old.rows ^ self.new.rows


def versions(old: DecisionTable, new: DecisionTable) -> Versions | NotProved:
    """The two tables on one grid; NotProved where it cannot be built or the rules cannot be ranked."""
    first, second = ranking(old), ranking(new)
    if isinstance(first, NotProved):
        return first
    if isinstance(second, NotProved):
        return second
    before, after = _lines(old, first), _lines(new, second)
    places = list(_merged(before, after))
    lines = [before[one].cells if one is not None else after[other or 0].cells for one, other in places]
    found = grid.build(_inputs(old, new), lines)
    if isinstance(found, NotProved):
        return found
    older = Version(old, first, _rows(found, old, before, [one for one, _ in places]))
    newer = Version(new, second, _rows(found, new, after, [other for _, other in places]))
    return Versions(found, older, newer, _form(old) == _form(new))


def ranking(table: DecisionTable) -> tuple[int, ...] | NotProved:
    """The rules as they rank: by the priority of their outputs where the policy ranks by it, else as they stand."""
    by_output = table.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
    return subjects.ranked(table) if by_output else tuple(range(len(table.rules)))


@dataclass(frozen=True)
class _Line:
    """An alternative of a rule; lines with the same key are the same in both versions."""

    rule: int
    cells: Line
    key: Hashable


def _lines(table: DecisionTable, order: Iterable[int]) -> list[_Line]:
    return [_line(table.rules[number], number, cells) for number in order for cells in table.rules[number].when]


def _line(rule: Rule, number: int, cells: Line) -> _Line:
    tested = {name: tests for name, tests in cells.items() if ast.Anything() not in tests}
    outputs = {name: entry for name, entry in rule.then.items() if entry != ast.Constant(None)}
    return _Line(number, tested, (rule.id, frozenset(tested.items()), frozenset(outputs.items())))


def _merged(before: Sequence[_Line], after: Sequence[_Line]) -> Iterator[tuple[int | None, int | None]]:
    """The lines of both in an order that keeps the order of each; a line that both have at such a place comes once."""
    found = difflib.SequenceMatcher(None, [line.key for line in before], [line.key for line in after], autojunk=False)
    for tag, first, last, start, end in found.get_opcodes():
        if tag == "equal":
            yield from zip(range(first, last), range(start, end), strict=True)
        else:
            yield from ((one, None) for one in range(first, last))
            yield from ((None, other) for other in range(start, end))


def _inputs(old: DecisionTable, new: DecisionTable) -> dict[str, ItemDefinition]:
    """The inputs of both; one that both have takes any value that it has in one of them."""
    found = {clause.name: clause.item for clause in new.inputs}
    for clause in old.inputs:
        found[clause.name] = _either(clause.item, found[clause.name]) if clause.name in found else clause.item
    return found


def _either(one: ItemDefinition, other: ItemDefinition) -> ItemDefinition:
    if one == other:
        return one
    allowed = tuple(dict.fromkeys((*one.allowed, *other.allowed))) if one.allowed and other.allowed else ()
    return replace(
        one,
        allowed=allowed,
        minimum=None if one.minimum is None or other.minimum is None else min(one.minimum, other.minimum),
        maximum=None if one.maximum is None or other.maximum is None else max(one.maximum, other.maximum),
        nullable=one.nullable or other.nullable,
        constraint=(*one.constraint, *other.constraint) if one.constraint and other.constraint else (),
    )


def _rows(found: Grid, table: DecisionTable, lines: Sequence[_Line], places: Sequence[int | None]) -> tuple[int, ...]:
    rows = [0] * len(table.rules)
    for bits, place in zip(found.of_line, places, strict=True):
        if place is not None:
            rows[lines[place].rule] |= bits
    return tuple(rows)


def _form(table: DecisionTable) -> Hashable:
    return table.hit_policy, tuple((clause.name, hit_policies.order(clause), clause.default) for clause in table.outputs)
