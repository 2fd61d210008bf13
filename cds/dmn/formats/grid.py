"""A decision model as text in rows and columns: what a workbook, CSV files, Markdown and HTML have in common.

Sheets hold decision tables and literal expressions over typed inputs. What else DMN has (knowledge models, boxed expressions)
is refused: DMN files hold it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cds.dmn import model as decisions
from cds.dmn.feel import ast, writer
from cds.dmn.formats import cell_writer, cells, item_types
from cds.dmn.model import Clause, Decision, DecisionModel, DecisionTable, HitPolicy, ItemDefinition, LiteralExpression, Rule, Source
from cds.foundation.errors import ContentError

MANY = 6
"""A table with more inputs than this is told with less detail where people read it, since most of its cells are empty."""


@dataclass(frozen=True)
class Column:
    """One input or output: its name, its type in one line, and what it reads, gives by default and ranks by, where it says so."""

    name: str
    type: str
    expression: str = ""
    default: str = ""
    values: str = ""


@dataclass(frozen=True)
class Reasons:
    """Why a row is there, as text: evidence and claims with commas between the keys."""

    because: str = ""
    annotation: str = ""
    evidence: str = ""
    claims: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Row:
    """One rule, or one alternative of the rule `alternative_of`. A cell left out is empty.

    `order` names the inputs that it tests where its author wrote them in another order than that of the columns.
    """

    id: str
    alternative_of: str
    cells: tuple[str, ...]
    outputs: tuple[str, ...]
    reasons: Reasons
    order: str = ""


@dataclass(frozen=True)
class Grid:
    """One decision table."""

    decision: str
    policy: HitPolicy
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Line:
    """One decision that is an expression."""

    decision: str
    id: str
    type: str
    expression: str
    reasons: Reasons


@dataclass(frozen=True)
class Book:
    """A model: its inputs with their types in one line each, and its decisions in order."""

    model: str
    inputs: tuple[tuple[str, str], ...]
    decisions: tuple[Grid | Line, ...]

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The tables."""
        return tuple(decision for decision in self.decisions if isinstance(decision, Grid))

    @property
    def lines(self) -> tuple[Line, ...]:
        """The expressions."""
        return tuple(decision for decision in self.decisions if isinstance(decision, Line))


def book(model: DecisionModel) -> Book:
    """The whole model as text; ContentError where sheets cannot hold a part of it."""
    if model.knowledge:
        raise ContentError(f"Sheets cannot hold the knowledge model {model.knowledge[0].name}. Export DMN.", expression=model.name)
    names = frozenset(items(model))
    inputs = tuple((name, _type(item, name)) for name, item in model.inputs.items())
    return Book(model.name, inputs, tuple(_decision(decision, names) for decision in model.decisions))


def items(model: DecisionModel) -> Mapping[str, ItemDefinition]:
    """The type of every name that a cell may use: inputs, decisions, and the ids of the rules that a decision gave."""
    return decisions.items(model, _item)


def alone(model: DecisionModel, name: str) -> DecisionModel:
    """The model of one decision, in which whatever it reads is an input. KeyError when there is no such decision."""
    decision = model.decision(name)
    known = items(model)
    return DecisionModel(name, {read: known[read] for read in decision.requires}, (decision,))


def told_type(line: str) -> str:
    """The line of a type for people: without the name that its author gave it."""
    return item_types.text(replace(item_types.parsed(line), name=""))


def question(one: Grid | Line) -> str:
    """What the decision answers, in a sentence made of its names."""
    if isinstance(one, Line):
        return f"What is {one.decision}?"
    read, given = ([column.name for column in columns] for columns in (one.inputs, one.outputs))
    if not read:
        return f"What is {_listed(given)}?"
    return f"What is {_listed(given)}, given {_listed(read) if len(read) <= MANY else f'{len(read)} inputs'}?"


def sources(one: Grid | Line) -> tuple[str, ...]:
    """The keys of the evidence of all rows, each once."""
    reasons = [row.reasons for row in one.rows] if isinstance(one, Grid) else [one.reasons]
    return tuple(dict.fromkeys(key for reason in reasons for key in item_types.words(reason.evidence)))


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _item(decision: Decision) -> ItemDefinition:
    if isinstance(decision.logic, DecisionTable):
        outputs = decision.logic.outputs
        return outputs[0].item if len(outputs) == 1 else ItemDefinition("string")
    return decision.logic.item


def _decision(decision: Decision, names: frozenset[str]) -> Grid | Line:
    logic = decision.logic
    if isinstance(logic, LiteralExpression):
        return Line(decision.name, logic.id, _type(logic.item, decision.name), logic.text, reasons(logic.source))
    if not isinstance(logic, DecisionTable) or decision.knowledge:
        raise ContentError("Sheets hold tables and expressions, and no boxed expression or knowledge model. Export DMN.", expression=decision.name)
    inputs = tuple(_input(clause, decision.name) for clause in logic.inputs)
    outputs = tuple(_output(clause, names, decision.name) for clause in logic.outputs)
    rows = tuple(row for rule in logic.rules for row in _rows(rule, logic, names, decision.name))
    return Grid(decision.name, logic.hit_policy, inputs, outputs, rows)


def _input(clause: Clause, decision: str) -> Column:
    expression = writer.expression(clause.expression) if clause.expression else ""
    return Column(clause.name, _type(clause.item, f"{decision}, input {clause.name}"), expression)


def _output(clause: Clause, names: frozenset[str], decision: str) -> Column:
    place = f"{decision}, output {clause.name}"
    try:
        default = _output_text(clause.default, clause.item, names) if clause.default else ""
        values = item_types.joined(_output_text(ast.Constant(value), clause.item, names) for value in clause.values)
    except cells.BadCell as error:
        raise ContentError(f"A default or a value: {error}. Export DMN.", expression=place) from error
    return Column(clause.name, _type(clause.item, place), "", default, values)


def _type(item: ItemDefinition, place: str) -> str:
    try:
        return item_types.text(item)
    except item_types.BadType as error:
        raise ContentError(f"The type: {error}.", expression=place) from error


def _rows(rule: Rule, table: DecisionTable, names: frozenset[str], decision: str) -> Iterator[Row]:
    try:
        outputs = tuple(_output_text(rule.then[one.name], one.item, names) if one.name in rule.then else "" for one in table.outputs)
        rows = [tuple(_input_text(row[one.name], one.item, names) if one.name in row else "" for one in table.inputs) for row in rule.when]
    except cells.BadCell as error:
        raise ContentError(f"Rule {rule.id}: {error}. Export DMN.", expression=decision) from error
    several = len(rows) > 1
    for number, (tests, when) in enumerate(zip(rows, rule.when, strict=True), 1):
        identifier, parent = (f"{rule.id}.{number}", rule.id) if several else (rule.id, "")
        yield Row(identifier, parent, tests, outputs, reasons(rule.source), _order(when, table))


def _order(when: Mapping[str, ast.UnaryTests], table: DecisionTable) -> str:
    """The inputs as the author ordered them; empty where that is the order of the columns."""
    return "" if list(when) == [one.name for one in table.inputs if one.name in when] else item_types.joined(when)


def _input_text(tests: ast.UnaryTests, item: ItemDefinition, names: frozenset[str]) -> str:
    text = cell_writer.input_entry(tests, item)
    if not text or cells.input_entry(text, item, names) != tests:
        raise cells.BadCell(f"{text!r} does not say the cell of an input that is {item.base}")
    return text


def _output_text(tree: ast.Expression, item: ItemDefinition, names: frozenset[str]) -> str:
    """A cell of a sheet has no space at its ends: such a word goes out in quotation marks."""
    text = cell_writer.output_entry(tree, item, names)
    if text == text.strip():
        return text
    if cells.output_entry(writer.expression(tree), item, names) != tree:
        raise cells.BadCell(f"a word with a space at its end cannot be said of an output that is {item.base}")
    return writer.expression(tree)


def reasons(source: Source) -> Reasons:
    """A source as text."""
    return Reasons(source.because, source.annotation, item_types.joined(source.evidence), item_types.joined(source.claims), source.origin)
