"""Rows of text, as a sheet or a CSV file has them, to a DecisionModel. Every fault names the cell by its address.

The rows are brought into the shape that YAML has and read by `cds.dmn.formats.yaml`, so that the same checks hold for all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from cds.dmn.formats import grid_layout as layout
from cds.dmn.formats import item_types, yaml
from cds.dmn.formats.grid_sheet import HEADS, Column, Path, Placed, Sheet, Table
from cds.dmn.model import DecisionModel, HitPolicy, ItemDefinition
from cds.foundation.errors import ContentError

T = TypeVar("T")
NOTES = {layout.BECAUSE: "because", layout.ANNOTATION: "annotation", layout.ORIGIN: "origin", layout.EVIDENCE: "evidence", layout.CLAIMS: "claims"}
LISTS = (layout.EVIDENCE, layout.CLAIMS)


class Wiring:
    """What a file says beside its tables, gathered row by row: the name of the model, its inputs, its decisions in order."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.model = ""
        self.inputs: dict[str, ItemDefinition] = {}
        self.decisions: list[Any] = []
        self.places: dict[Path, str] = {}

    def add(self, decision: Any, place: str) -> None:
        """The next decision: the name of a table, or an expression in the shape of YAML."""
        self.places["decisions", len(self.decisions)] = place
        self.decisions.append(decision)

    def add_input(self, name: str, sheet: Sheet, row: int, column: int) -> None:
        """An input with the type that a cell says."""
        if name in self.inputs:
            raise ContentError(f"The input {name} stands twice.", expression=sheet.place(row, column))
        self.inputs[name] = item_type(sheet.cell(row, column), sheet.place(row, column))

    def add_expression(self, sheet: Sheet, row: int, columns: Mapping[str, int]) -> None:
        """The decision of one row of expressions."""
        self.add(expression(sheet, row, columns), sheet.place(row, columns[layout.EXPRESSION]))


def model(wiring: Wiring, tables: Sequence[Table]) -> DecisionModel:
    """The model of these tables, of what the wiring lists and of its inputs; a table that is not listed is refused."""
    documents: dict[str, Placed] = {}
    for head in tables:
        name, place = head.value(layout.DECISION), head.sheet.place(head.keys[layout.DECISION], 2)
        if name in documents or name not in wiring.decisions:
            told = "has two tables. Keep one" if name in documents else "is not listed among the decisions of the model. Add it there"
            raise ContentError(f"The decision {name} {told}.", expression=place)
        documents[name] = _document(head)
    shape = Placed(wiring.label, {"model": wiring.model, "decisions": wiring.decisions}, wiring.places)
    lines = {line for document in (*documents.values(), shape) for line in _types(document)}
    return yaml.read(shape, documents, wiring.inputs, {line: item_types.parsed(line) for line in lines})


def alone(head: Table) -> DecisionModel:
    """The model of a table that stands alone: its columns and what it says it reads are the inputs."""
    inputs = {column.name: head.head(layout.TYPE, column) for column in head.of(layout.INPUTS) if not head.head(layout.EXPRESSION, column)}
    places = {column.name: (head.keys.get(layout.TYPE, head.names), column.number) for column in head.of(layout.INPUTS)}
    for row in head.reads:
        inputs[head.sheet.cell(row, 2).strip()] = head.sheet.cell(row, 3)
        places[head.sheet.cell(row, 2).strip()] = row, 3
    wiring = Wiring(head.sheet.label)
    wiring.model = head.value(layout.MODEL if layout.MODEL in head.keys else layout.DECISION)
    wiring.inputs = {name: item_type(line, head.sheet.place(*places[name])) for name, line in inputs.items()}
    wiring.add(head.value(layout.DECISION), head.sheet.place(head.keys[layout.DECISION], 2))
    return model(wiring, [head])


def item_type(line: str, place: str) -> ItemDefinition:
    """The type that a cell says; ContentError names the cell."""
    return _read(item_types.parsed, line, place)


def expression(sheet: Sheet, row: int, columns: Mapping[str, int]) -> dict[str, Any]:
    """The decision of one row of expressions, in the shape of an entry of `decisions`; `columns` are numbers by heading."""
    said = {head: sheet.cell(row, columns[head]) for head in layout.LINE_HEAD if head in columns}
    told: dict[str, Any] = {"name": said[layout.DECISION].strip(), "type": said[layout.TYPE].strip(), "expression": said[layout.EXPRESSION]}
    item_type(told["type"], sheet.place(row, columns[layout.TYPE]))
    if said.get(layout.RULE_ID, "").strip():
        told["id"] = said[layout.RULE_ID].strip()
    notes = {head: (said[head], sheet.place(row, columns[head])) for head in NOTES if head in said}
    return told | _notes(notes)


def _document(head: Table) -> Placed:
    places: dict[Path, str] = {("hit policy",): head.sheet.place(head.keys.get(layout.POLICY, 1), 2)}
    value = {
        "decision": head.value(layout.DECISION),
        "hit policy": _policy(head, places[("hit policy",)]),
        "inputs": [_column(head, column, ("inputs", index), places) for index, column in enumerate(head.of(layout.INPUTS))],
        "outputs": [_column(head, column, ("outputs", index), places) for index, column in enumerate(head.of(layout.OUTPUTS))],
        "rules": list(_rules(head, places)),
    }
    for part in ("outputs", "rules"):
        if not value[part]:
            raise ContentError(f"The table has no {part}.", expression=head.sheet.place(head.names, 1))
    return Placed(head.sheet.label, value, places)


def _policy(head: Table, place: str) -> str:
    policy = head.value(layout.POLICY)
    known = [one.value for one in HitPolicy]
    if policy not in known:
        raise ContentError(f"{policy!r} is not a hit policy; expected one of {', '.join(known)}.", expression=place)
    return policy


def _column(head: Table, column: Column, path: Path, places: dict[Path, str]) -> Any:
    places[path] = head.sheet.place(head.names, column.number)
    told = {key: head.head(key, column) for key in HEADS}
    plain_input = path[0] == "inputs" and not told[layout.EXPRESSION]
    if plain_input:
        return column.name
    place = head.sheet.place(head.keys.get(layout.TYPE, head.names), column.number)
    item_type(told[layout.TYPE], place)
    entry: dict[str, Any] = {"name": column.name, "type": told[layout.TYPE]}
    entry |= {key.lower(): told[key] for key in (layout.EXPRESSION, layout.DEFAULT) if told[key]}
    if told[layout.VALUES]:
        entry["values"] = list(_read(item_types.words, told[layout.VALUES], head.sheet.place(head.keys[layout.VALUES], column.number)))
    return entry


def _rules(head: Table, places: dict[Path, str]) -> Iterator[dict[str, Any]]:
    """The rows that follow each other under one rule are its alternatives."""
    rows = [row for row in range(head.names + 1, len(head.sheet.rows) + 1) if _said(head, row)]
    groups: list[list[int]] = []
    for row in rows:
        parent = _parent(head, row)
        if parent and groups and parent == _parent(head, groups[-1][0]):
            groups[-1].append(row)
        else:
            groups.append([row])
    for index, group in enumerate(groups):
        yield _rule(head, group, index, places)


def _said(head: Table, row: int) -> bool:
    """Whether the row says anything; ContentError for what stands under no column."""
    numbers = {1, *(column.number for column in head.columns)}
    for number, cell in enumerate(head.sheet.rows[row - 1], 1):
        if cell.strip() and number not in numbers:
            raise ContentError("This stands under no column. Name the column, or take the cell out.", expression=head.sheet.place(row, number))
    return any(cell.strip() for cell in head.sheet.rows[row - 1])


def _parent(head: Table, row: int) -> str:
    return next((head.sheet.cell(row, column.number).strip() for column in head.of(layout.RULE) if column.name == layout.ALTERNATIVE_OF), "")


def _rule(head: Table, rows: Sequence[int], index: int, places: dict[Path, str]) -> dict[str, Any]:
    first = rows[0]
    identifier = _parent(head, first) or head.sheet.cell(first, 1).strip()
    if not identifier:
        raise ContentError("The rule has no id. Give it one that the release has not used.", expression=head.sheet.place(first, 1))
    _require_same(head, rows)
    places[("rules", index)] = head.sheet.place(first, 1)
    several = len(rows) > 1
    when = [
        _ordered(head, row, _cells(head, row, layout.INPUTS, ("rules", index, "when", number) if several else ("rules", index, "when"), places))
        for number, row in enumerate(rows)
    ]
    then = _cells(head, first, layout.OUTPUTS, ("rules", index, "then"), places)
    notes = {
        column.name: (head.sheet.cell(first, column.number), head.sheet.place(first, column.number))
        for column in head.columns
        if column.name in NOTES and column.band in (layout.ANNOTATIONS, layout.REFERENCES)
    }
    return {"id": identifier, "when": when if several else when[0], "then": then} | _notes(notes)


def _require_same(head: Table, rows: Sequence[int]) -> None:
    """The alternatives of a rule say the same outside their inputs and the order of these, or nothing."""
    for row in rows[1:]:
        for column in head.columns:
            said = head.sheet.cell(row, column.number)
            own = column.band == layout.INPUTS or (column.band, column.name) == (layout.RULE, layout.WHEN_ORDER)
            if not own and said and said != head.sheet.cell(rows[0], column.number):
                text = f"The alternatives of {_parent(head, row)} must agree here. Make {column.name} equal, or write a rule of its own."
                raise ContentError(text, expression=head.sheet.place(row, column.number))


def _cells(head: Table, row: int, band: str, path: Path, places: dict[Path, str]) -> dict[str, str]:
    places[path] = head.sheet.place(row, 1)
    found = {}
    for column in head.of(band):
        places[(*path, column.name)] = head.sheet.place(row, column.number)
        if text := head.sheet.cell(row, column.number).strip():
            found[column.name] = text
    return found


def _ordered(head: Table, row: int, cells: Mapping[str, str]) -> dict[str, str]:
    """The cells in the order that the row says, those that it does not name after them; ContentError for a name that is no input."""
    columns = [column for column in head.of(layout.RULE) if column.name == layout.WHEN_ORDER]
    said = [(head.sheet.cell(row, column.number), head.sheet.place(row, column.number)) for column in columns]
    order = [(name, place) for text, place in said for name in _read(item_types.words, text, place)]
    names = {column.name for column in head.of(layout.INPUTS)}
    for name, place in order:
        if name not in names:
            text = f"{name!r} is not an input of this table. Take it out; the order has no meaning for what is decided."
            raise ContentError(text, expression=place)
    return {name: cells[name] for name, _ in order if name in cells} | dict(cells)


def _notes(said: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Reason, annotation, origin and the keys of evidence and claims; each is text with its place."""
    return {NOTES[name]: list(_read(item_types.words, text, place)) if name in LISTS else text for name, (text, place) in said.items()}


def _types(document: Placed) -> Iterator[str]:
    """The types that a document says, each in one line that has been read once."""
    entries = [entry for part in ("inputs", "outputs", "decisions") for entry in document.value.get(part, ())]
    yield from (entry["type"] for entry in entries if isinstance(entry, dict))


def _read(read: Callable[[str], T], text: str, place: str) -> T:
    try:
        return read(text)
    except item_types.BadType as error:
        raise ContentError(f"{str(error)[:1].upper()}{str(error)[1:]}.", expression=place) from error
