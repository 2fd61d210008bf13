"""One table made ready for its questions: its grid, the rows of each rule, and which rules come before which."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cds.dmn import hit_policies
from cds.dmn.analysis import grid, walk
from cds.dmn.analysis.findings import NotProved
from cds.dmn.analysis.grid import TEST, Grid
from cds.dmn.analysis.walk import Box
from cds.dmn.feel import ast
from cds.dmn.model import Decision, DecisionTable, HitPolicy, Rule

OPEN_TESTS = "it depends on tests that compare with something else than constants"


@dataclass(frozen=True)
class Subject:
    """A table over its grid. `lines` are the numbers of the lines of each rule, `order` the rules as they take precedence.

    `order` is empty where every rule that matches counts.
    """

    decision: str
    table: DecisionTable
    grid: Grid
    lines: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]
    most: int

    def rows(self, rules: Iterable[int]) -> int:
        """The rows of these rules."""
        return sum(self.grid.of_line[line] for rule in rules for line in self.lines[rule])

    def before(self, rule: int) -> tuple[int, ...]:
        """The rules that take precedence over this one."""
        return self.order[: self.order.index(rule)] if self.order else ()

    def ids(self, rules: Iterable[int]) -> tuple[str, ...]:
        """Their ids, in the order of the table."""
        return tuple(self.table.rules[rule].id for rule in sorted(rules))

    def box(self, row: int) -> Box:
        """The cells of one row (a bit); a test that is not analysable is taken to hold."""
        return self.bounded(walk.inside(self.grid, row))

    def whole(self) -> Box:
        """Every cell; a test that is not analysable is taken to hold."""
        return self.bounded(walk.whole(self.grid))

    def bounded(self, box: Box) -> Box:
        """The box with every test that is not analysable taken to hold, so that its rows may match."""
        return tuple(cells & 1 if level.key.kind == TEST else cells for level, cells in zip(self.grid.levels, box, strict=True))

    def covered(self, boxes: Sequence[Box], rows: int) -> bool | NotProved:
        """Whether these rows hold everywhere in the boxes, whatever the tests say that are not analysable."""
        closed = self._covered(boxes, rows & ~self.grid.open)
        if closed is not False or not rows & self.grid.open:
            return closed
        return NotProved(OPEN_TESTS) if self._covered(boxes, rows) is not False else False

    def _covered(self, boxes: Sequence[Box], rows: int) -> bool | NotProved:
        unsure: NotProved | None = None
        for box in boxes:
            found = walk.escape(self.grid, box, rows, most=self.most)
            if isinstance(found, tuple):
                return False
            unsure = unsure or found
        return unsure or True

    def sample(self, box: Box) -> dict[str, Any]:
        """One input of the box."""
        return self.grid.witness([(cells & -cells).bit_length() - 1 for cells in box])

    def where(self, box: Box) -> str:
        """The box in words."""
        texts = self.grid.texts(self.grid.told(box))
        told = ", ".join(f"{name} is `{text}`" for name, text in texts.items())
        return f"where {told}" if told else "for any input"


def subject(decision: Decision, table: DecisionTable, most: int) -> Subject | NotProved:
    """The table made ready; NotProved where its lists make too many rows, or the priority of a rule is not a constant."""
    order = precedence(table)
    if isinstance(order, NotProved):
        return order
    found = grid.build({clause.name: clause.item for clause in table.inputs}, [cells for _, cells in table.rows])
    if isinstance(found, NotProved):
        return found
    return Subject(decision.name, table, found, _lines(table), order, most)


def _lines(table: DecisionTable) -> tuple[tuple[int, ...], ...]:
    lines, next_line = [], 0
    for rule in table.rules:
        lines.append(tuple(range(next_line, next_line + len(rule.when))))
        next_line += len(rule.when)
    return tuple(lines)


def precedence(table: DecisionTable) -> tuple[int, ...] | NotProved:
    """The numbers of the rules, first the one that decides over all others; empty where all count (DMN 1.5, 8.2.8)."""
    if table.hit_policy is HitPolicy.FIRST:
        return tuple(range(len(table.rules)))
    return ranked(table) if table.hit_policy is HitPolicy.PRIORITY else ()


def ranked(table: DecisionTable) -> tuple[int, ...] | NotProved:
    """The numbers of the rules by the priority of their outputs, then as they stand; NotProved where an output is not a constant."""
    priorities = [_priority(table, rule) for rule in table.rules]
    if None in priorities:
        return NotProved("the outputs that rank its rules are not all constants")
    return tuple(sorted(range(len(table.rules)), key=lambda rule: priorities[rule] or ()))


def _priority(table: DecisionTable, rule: Rule) -> tuple[int, ...] | None:
    found = []
    for clause in table.outputs:
        entry, order = rule.then.get(clause.name, ast.Constant(None)), hit_policies.order(clause)
        if not isinstance(entry, ast.Constant):
            return None
        found.append(order.index(entry.value) if entry.value in order else len(order))
    return tuple(found)
