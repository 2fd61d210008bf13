"""A decision model as a workbook in the layout of the WHO's decision-support logic (DAK 2.1): a cover, a sheet a table, the rest.

Every cell is text, so that no spreadsheet runs or changes it. The same model gives the same bytes.
"""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from cds.dmn.formats import grid, grid_reading, grid_sheet, xlsx_writing
from cds.dmn.formats import grid_layout as layout
from cds.dmn.formats.grid_sheet import Sheet
from cds.dmn.model import DecisionModel
from cds.foundation.errors import ContentError

MAX_UNPACKED = 64 * 1024 * 1024
MAX_PARTS = 2_000
RESERVED = (layout.COVER, layout.INPUT_SHEET, layout.EXPRESSIONS)
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What openpyxl and zipfile raise for files that are no workbook."""


def write(model: DecisionModel, into: IO[bytes]) -> None:
    """Writes the whole model; of `grid.alone`, one table. ContentError where sheets cannot hold a part of it."""
    xlsx_writing.save(_pages(grid.book(model)), into)


def read(file: IO[bytes], name: str) -> DecisionModel:
    """The model of a workbook, from the file of that name. ContentError names file, sheet and cell."""
    sheets = {sheet.title: _sheet(sheet, name) for sheet in _workbook(file, name).worksheets}
    wiring = _wiring(sheets, name)
    others = [sheet for title, sheet in sheets.items() if title not in RESERVED and sheet.rows]
    tables = [grid_sheet.table(sheet) for sheet in others if sheet.cell(1, 1).strip() == layout.DECISION]
    return grid_reading.model(wiring, tables)


def _pages(book: grid.Book) -> Iterator[xlsx_writing.Page]:
    names = xlsx_writing.tabs([one.decision for one in book.grids], taken=RESERVED)
    cover = [(layout.TITLE,), (layout.MODEL, book.model), (), layout.INDEX_HEAD, *layout.index(book, names)]
    yield xlsx_writing.Page(layout.COVER, cover, heads=(1, 4))
    yield xlsx_writing.Page(layout.INPUT_SHEET, [layout.INPUT_HEAD, *book.inputs], heads=(1,))
    if book.lines:
        yield xlsx_writing.Page(layout.EXPRESSIONS, [layout.LINE_HEAD, *map(layout.line, book.lines)], heads=(1,))
    for one in book.grids:
        rows = layout.table(one)
        names_row = next(number for number, row in enumerate(rows, 1) if row[0] == layout.RULE_ID)
        yield xlsx_writing.Page(names[one.decision], rows, heads=(names_row - 1, names_row), keys=names_row - 2)


def _workbook(file: IO[bytes], name: str) -> Workbook:
    """The workbook with its formulas as they are; too large ones and those with a document type are refused unread."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise ContentError(f"The workbook unpacks to more than {MAX_UNPACKED // 2**20} MB or {MAX_PARTS} parts.", expression=name)
            if any(b"<!DOCTYPE" in archive.read(part) for part in parts if part.filename.endswith((".xml", ".rels"))):
                raise ContentError("The workbook declares a document type, which no spreadsheet writes.", expression=name)
        file.seek(0)
        return openpyxl.load_workbook(file, keep_links=False)
    except BROKEN as error:
        raise ContentError("Not a workbook that can be read. Save it again as XLSX, without a password.", expression=name) from error


def _sheet(sheet: Worksheet, name: str) -> Sheet:
    label = f"{name}: {sheet.title}"
    rows = tuple(tuple(_said(cell, f"{label}!{cell.coordinate}") for cell in row) for row in sheet.iter_rows())
    return Sheet(label, rows)


def _said(cell: Any, place: str) -> str:
    """The text of a cell; a number as its digits. ContentError for a formula, an error value and a date."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in ("f", "e") or not isinstance(value, str | int | float):
        told = {"f": "a formula", "e": "an error value"}.get(cell.data_type, "a date or a time")
        raise ContentError(f"The cell holds {told}; only text and numbers are read. Format it as text and write it again.", expression=place)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return format(Decimal(repr(value)).normalize(), "f")
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)


def _wiring(sheets: Mapping[str, Sheet], name: str) -> grid_reading.Wiring:
    for needed in (layout.COVER, layout.INPUT_SHEET):
        if needed not in sheets:
            raise ContentError(f"There is no sheet {needed}. Keep it when you edit the workbook.", expression=name)
    wiring = grid_reading.Wiring(f"{name}: {layout.COVER}")
    inputs = sheets[layout.INPUT_SHEET]
    for row, columns in _records(inputs, layout.INPUT_HEAD, 1):
        wiring.add_input(inputs.cell(row, columns["Name"]).strip(), inputs, row, columns[layout.TYPE])
    _add_decisions(wiring, sheets)
    return wiring


def _add_decisions(wiring: grid_reading.Wiring, sheets: Mapping[str, Sheet]) -> None:
    """The decisions in the order of the cover; those of the sheet of expressions are found by their names."""
    cover = sheets[layout.COVER]
    first = {cover.cell(row, 1).strip(): row for row in range(len(cover.rows), 0, -1)}
    if layout.MODEL not in first or layout.INDEX_HEAD[0] not in first:
        raise ContentError(f"There is no row {layout.MODEL!r} or no row {layout.INDEX_HEAD[0]!r}.", expression=cover.place(1, 1))
    wiring.model = cover.cell(first[layout.MODEL], 2).strip()
    lines = dict(_lines(sheets))
    for row, columns in _records(cover, layout.INDEX_HEAD, first[layout.INDEX_HEAD[0]]):
        name = cover.cell(row, columns[layout.INDEX_HEAD[1]]).strip()
        if name in lines:
            wiring.add_expression(sheets[layout.EXPRESSIONS], *lines.pop(name))
        else:
            wiring.add(name, cover.place(row, columns[layout.INDEX_HEAD[1]]))
    for name, (row, _) in lines.items():
        text = f"The decision {name} is not listed on the sheet {layout.COVER}, or twice on this one."
        raise ContentError(text, expression=sheets[layout.EXPRESSIONS].place(row, 1))


def _lines(sheets: Mapping[str, Sheet]) -> Iterator[tuple[str, tuple[int, Mapping[str, int]]]]:
    if layout.EXPRESSIONS in sheets:
        sheet = sheets[layout.EXPRESSIONS]
        for row, columns in _records(sheet, layout.LINE_HEAD, 1):
            yield sheet.cell(row, columns[layout.DECISION]).strip(), (row, columns)


def _records(sheet: Sheet, heads: Iterable[str], head_row: int) -> Iterator[tuple[int, Mapping[str, int]]]:
    """The rows under a row of headings that say anything, with the number of each column by its heading."""
    columns = {cell.strip(): number for number, cell in enumerate(sheet.rows[head_row - 1] if sheet.rows else (), 1)}
    for head in heads:
        if head not in columns:
            raise ContentError(f"There is no column {head!r}.", expression=sheet.place(head_row, 1))
    for row in range(head_row + 1, len(sheet.rows) + 1):
        if any(cell.strip() for cell in sheet.rows[row - 1]):
            yield row, columns
