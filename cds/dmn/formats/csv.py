"""A decision model as CSV (RFC 4180): a file a table and `model.csv` for the rest, or one table that stands alone.

A cell that a spreadsheet would run as a formula, or change when it opens and saves the file (a date, a number with zeros in front),
has an apostrophe in front; reading takes one away, so that nothing is lost. Text in and text out; the caller knows the files.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping

from cds.dmn.formats import grid, grid_reading, grid_sheet
from cds.dmn.formats import grid_layout as layout
from cds.dmn.formats.grid_sheet import Sheet
from cds.dmn.model import DecisionModel
from cds.foundation.errors import ContentError

SUFFIX = ".csv"
MODEL_FILE = "model.csv"
KIND = "Kind"
MODEL, INPUT, TABLE, EXPRESSION = "model", "input", "table", "expression"
KINDS = (MODEL, INPUT, TABLE, EXPRESSION)
HEAD = (KIND, *layout.LINE_HEAD)

START = re.compile(r"\ufeff?\"?[^\",;\t\n]*\"?([,;\t])")
RECORD = re.compile(r"[^\n]*\n|[^\n]+")
UNTOUCHED = re.compile(r"-|-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]*[1-9])?")
ALTERED = re.compile(r"[=+\-@'\t\r0-9.].*|true|false", re.IGNORECASE | re.DOTALL)


class _Text:
    """What csv.writer writes into."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, part: str) -> None:
        self.parts.append(part)


def write_table(model: DecisionModel, name: str) -> str:
    """One table that stands alone. KeyError when there is no such decision; ContentError when it is no table."""
    book = grid.book(grid.alone(model, name))
    if not book.grids:
        raise ContentError(f"{name} is an expression and no table. Export the whole model.", expression=name)
    columns = {column.name for column in book.grids[0].inputs if not column.expression}
    reads = [(read, line) for read, line in book.inputs if read not in columns]
    return _text(layout.table(book.grids[0], reads=reads, model=book.model))


def write_model(model: DecisionModel) -> dict[str, str]:
    """Every file of the model by its name; ContentError where two tables would have one file."""
    book = grid.book(model)
    files = {MODEL_FILE: _text(_model_rows(book))}
    for one in book.grids:
        file = file_name(one.decision)
        if file.casefold() in {name.casefold() for name in files}:
            raise ContentError(f"Two files would be called {file}. Rename the decision {one.decision}.", expression=one.decision)
        files[file] = _text(layout.table(one))
    return files


def file_name(decision: str) -> str:
    """The file of a table: the decision's name, without what file names cannot have."""
    return re.sub(r"[^\w. -]", "_", decision).strip(". ") + SUFFIX


def read_table(text: str, name: str) -> DecisionModel:
    """The model of one table that stands alone, from the file of that name. ContentError names the cell."""
    return grid_reading.alone(grid_sheet.table(_sheet(text, name)))


def read_model(files: Mapping[str, str]) -> DecisionModel:
    """The model of all its files by name. ContentError names file and cell."""
    if MODEL_FILE not in files:
        raise ContentError(f"There is no {MODEL_FILE}. It names the model, its inputs and its decisions in order.", expression=MODEL_FILE)
    sheet = _sheet(files[MODEL_FILE], MODEL_FILE)
    tables = [grid_sheet.table(_sheet(text, name)) for name, text in files.items() if name != MODEL_FILE]
    return grid_reading.model(_read_rows(sheet), tables)


def _model_rows(book: grid.Book) -> Iterator[tuple[str, ...]]:
    yield HEAD
    yield MODEL, book.model
    for name, line in book.inputs:
        yield INPUT, name, "", line
    for one in book.decisions:
        yield (EXPRESSION, *layout.line(one)) if isinstance(one, grid.Line) else (TABLE, one.decision)


def _read_rows(sheet: Sheet) -> grid_reading.Wiring:
    columns = {sheet.cell(1, number).strip(): number for number in range(1, len(sheet.rows[0]) + 1)}
    missing = [head for head in HEAD if head not in columns]
    if missing:
        raise ContentError(f"There is no column {missing[0]!r}; expected {', '.join(HEAD)}.", expression=sheet.place(1, 1))
    wiring = grid_reading.Wiring(sheet.label)
    for row in range(2, len(sheet.rows) + 1):
        kind, name = sheet.cell(row, columns[KIND]).strip(), sheet.cell(row, columns[layout.DECISION]).strip()
        if kind == MODEL:
            wiring.model = name
        elif kind == INPUT:
            wiring.add_input(name, sheet, row, columns[layout.TYPE])
        elif kind == TABLE:
            wiring.add(name, sheet.place(row, columns[layout.DECISION]))
        elif kind == EXPRESSION:
            wiring.add_expression(sheet, row, columns)
        elif any(cell.strip() for cell in sheet.rows[row - 1]):
            raise ContentError(f"{kind!r} is not a kind of row; expected one of {', '.join(KINDS)}.", expression=sheet.place(row, columns[KIND]))
    return wiring


def _text(rows: Iterable[Iterable[str]]) -> str:
    sink = _Text()
    csv.writer(sink).writerows([_guarded(cell) for cell in row] for row in rows)
    return "".join(sink.parts)


def _guarded(cell: str) -> str:
    return f"'{cell}" if ALTERED.fullmatch(cell) and not UNTOUCHED.fullmatch(cell) else cell


def _sheet(text: str, name: str) -> Sheet:
    """The rows of a file without the apostrophes that guard cells."""
    found = raw(text, name)
    return Sheet(found.label, tuple(tuple(cell.removeprefix("'") for cell in row) for row in found.rows))


def raw(text: str, name: str) -> Sheet:
    """The rows of a file as they are. The sign between cells is the one after its first cell: in some countries a semicolon."""
    start = START.match(text)
    if not start:
        raise ContentError("Not a CSV file: no first cell with a comma, a semicolon or a tab after it.", expression=name)
    records = (found[0] for found in RECORD.finditer(text.removeprefix("\ufeff")))
    try:
        rows = tuple(tuple(row) for row in csv.reader(records, delimiter=start[1], strict=True))
    except csv.Error as error:
        raise ContentError(f"Not CSV: {error}. Save it again as CSV with quoted cells.", expression=name) from error
    return Sheet(name.removesuffix(SUFFIX) if name != MODEL_FILE else name, rows)
