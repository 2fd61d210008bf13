"""Decision tables to DMN XML (DMN 1.5, 8.3): cells as standard FEEL, and in elements of ours what lets them come back as they were."""

from dataclasses import dataclass

from lxml import etree

from cds.dmn.feel import ast, writer
from cds.dmn.formats.dmn import alternatives, building, extensions
from cds.dmn.formats.dmn.alternatives import Row
from cds.dmn.formats.dmn.building import Builder
from cds.dmn.formats.dmn.writing_types import TypeWriter
from cds.dmn.model import Clause, DecisionTable, HitPolicy, ItemDefinition, Rule, Source

ANYTHING: ast.UnaryTests = (ast.Anything(),)
NULL = "null"
ORDERED = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)


@dataclass(frozen=True)
class TableWriter:
    """Writes tables of one file. `read` are the types that names have in it, by name."""

    builder: Builder
    types: TypeWriter
    read: dict[str, ItemDefinition]

    def write(self, parent: etree._Element, owner: str, table: DecisionTable) -> None:
        """Adds the table; `owner` is the decision, for ids."""
        policy, _, aggregation = table.hit_policy.value.partition(" ") if table.hit_policy.aggregates else (table.hit_policy.value, "", "")
        node = self.builder.add(parent, "decisionTable", id=self.builder.id(f"{owner}-table"), hitPolicy=policy, aggregation=aggregation)
        for clause in table.inputs:
            self._input(node, owner, clause)
        for clause in table.outputs:
            self._output(node, owner, clause, table)
        for name in _columns(table):
            self.builder.add(node, "annotation", name=name)
        for rule in table.rules:
            rows = alternatives.rows(rule, table)
            for number, row in enumerate(rows, start=1):
                self._row(node, rule, row, f"{rule.id}.{number}" if len(rows) > 1 else rule.id, table)

    def _input(self, parent: etree._Element, owner: str, clause: Clause) -> None:
        node = self.builder.add(parent, "input", id=self.builder.id(f"{owner}-in-{clause.name}"), label=clause.name)
        known = self.read.get(clause.name) if clause.expression is None else None
        if clause.expression is not None:
            building.mark(node, name=clause.name)
        if known != clause.item:
            building.mark(node, type=self.types.reference(clause.item, clause.name))
        kind = self.types.reference(known or clause.item, clause.name)
        text = clause.name if clause.expression is None else writer.expression(clause.expression)
        id_ = self.builder.id(f"{owner}-of-{clause.name}")
        self.builder.say(node, "inputExpression", text, id=id_, typeRef=kind if known else "")

    def _output(self, parent: etree._Element, owner: str, clause: Clause, table: DecisionTable) -> None:
        """A table with one output names the decision only (DMN 1.5, 8.3.3)."""
        single = len(table.outputs) == 1
        kind = self.types.reference(clause.item, clause.name)
        name = "" if single else clause.name
        node = self.builder.add(parent, "output", id=self.builder.id(f"{owner}-out-{clause.name}"), name=name, label=clause.name, typeRef=kind)
        if single:
            building.mark(node, name=clause.name)
        values = clause.values or (clause.item.allowed if table.hit_policy in ORDERED else ())
        if values:
            self.builder.say(node, "outputValues", ", ".join(map(writer.constant, values)), id=self.builder.id(f"{owner}-values-{clause.name}"))
        if clause.values:
            building.mark(node, values="own")
        if clause.default is not None:
            id_ = self.builder.id(f"{owner}-default-{clause.name}")
            self.builder.say(node, "defaultOutputEntry", writer.expression(clause.default), id=id_)

    def _row(self, parent: etree._Element, rule: Rule, row: Row, name: str, table: DecisionTable) -> None:
        node = self.builder.add(parent, "rule", id=self.builder.id(name))
        held = self._held(node, rule, row)
        extensions.keep_order(held, "tests", row.meant, [clause.name for clause in table.inputs])
        extensions.keep_order(held, "gives", rule.then, [clause.name for clause in table.outputs])
        for clause in table.inputs:
            tests = row.cells.get(clause.name)
            text = writer.unary_tests(tests or ANYTHING, words=False)
            self.builder.say(node, "inputEntry", text, id=self.builder.id(f"{name}-in"))
            self._meant(held, clause.name, text, tests, row.meant.get(clause.name))
        for clause in table.outputs:
            tree = rule.then.get(clause.name)
            self.builder.say(node, "outputEntry", NULL if tree is None else writer.expression(tree), id=self.builder.id(f"{name}-out"))
            if tree == ast.Constant(None):
                self.builder.extend(held, extensions.NULL_ENTRY, output=clause.name)
        for _, text in zip(_columns(table), extensions.texts(rule.source), strict=False):
            self.builder.say(node, "annotationEntry", text)

    def _held(self, node: etree._Element, rule: Rule, row: Row) -> etree._Element:
        held = extensions.hold(self.builder, node, rule.id, rule.source)
        if len(rule.when) > 1:
            held.set("alternative", str(row.number))
        return held

    def _meant(self, held: etree._Element, name: str, text: str, tests: ast.UnaryTests | None, meant: ast.UnaryTests | None) -> None:
        """Keeps what a cell was before its row was made exclusive, and a dash that the author wrote."""
        if tests != meant or tests == ANYTHING:
            cell = self.builder.extend(held, extensions.CELL, input=name, written=text)
            cell.set("meant", "" if meant is None else writer.unary_tests(meant, words=False))


def _columns(table: DecisionTable) -> tuple[str, ...]:
    """The annotation columns; a table without a source anywhere has none."""
    return extensions.COLUMNS if any(rule.source != Source() for rule in table.rules) else ()
