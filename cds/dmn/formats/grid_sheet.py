"""Rows of text with their addresses, and the head of a table's sheet: its keys, its bands and its columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.dmn.formats import grid_layout as layout
from cds.foundation.errors import ContentError

Path = tuple[str | int, ...]
HEADS = (layout.TYPE, layout.EXPRESSION, layout.DEFAULT, layout.VALUES)
KEYS = (layout.DECISION, layout.RULE_TEXT, layout.TRIGGER, layout.POLICY, layout.MODEL, layout.READS, *HEADS)


@dataclass(frozen=True)
class Sheet:
    """Rows of text, counted from 1 as spreadsheets do; `label` is the file, or the file and the tab."""

    label: str
    rows: tuple[tuple[str, ...], ...]

    def cell(self, row: int, column: int) -> str:
        """The text of a cell, empty where the row is shorter."""
        cells = self.rows[row - 1]
        return cells[column - 1] if column <= len(cells) else ""

    def place(self, row: int, column: int) -> str:
        """The address of a cell, as in `red-flags!C7`."""
        return f"{self.label}!{letters(column)}{row}"


@dataclass(frozen=True)
class Placed:
    """A document in the shape of YAML that knows the cell of each value."""

    name: str
    value: Any
    places: Mapping[Path, str] = field(default_factory=dict)

    def place(self, *path: str | int) -> str:
        """The address of the value, or of its nearest parent."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.name)


@dataclass(frozen=True)
class Column:
    """Where a column of a table stands, under which band, and its name."""

    number: int
    band: str
    name: str


@dataclass(frozen=True)
class Table:
    """The head of one table's sheet: keys with the rows that hold them, the row of column names, and the columns."""

    sheet: Sheet
    keys: Mapping[str, int]
    reads: tuple[int, ...]
    names: int
    columns: tuple[Column, ...]

    def of(self, band: str) -> tuple[Column, ...]:
        """The columns under a band."""
        return tuple(column for column in self.columns if column.band == band)

    def value(self, key: str, column: int = 2) -> str:
        """The cell beside a key; ContentError where the key is missing or nothing stands there."""
        if key not in self.keys:
            raise ContentError(f"There is no row {key!r}. Add it above the rules.", expression=self.sheet.place(1, 1))
        found = self.sheet.cell(self.keys[key], column).strip()
        if not found:
            raise ContentError(f"{key} is empty.", expression=self.sheet.place(self.keys[key], column))
        return found

    def head(self, key: str, column: Column) -> str:
        """What a row of the head says of a column; empty where there is no such row."""
        return self.sheet.cell(self.keys[key], column.number).strip() if key in self.keys else ""


def letters(column: int) -> str:
    """The letters of a column, counted from 1: A, B, ... Z, AA."""
    told = ""
    while column:
        column, left = divmod(column - 1, 26)
        told = chr(ord("A") + left) + told
    return told


def table(sheet: Sheet) -> Table:
    """The head of a table's sheet; ContentError names the cell that is wrong."""
    keys: dict[str, int] = {}
    reads: list[int] = []
    for row in range(1, len(sheet.rows) + 1):
        key = sheet.cell(row, 1).strip()
        if key == layout.RULE_ID:
            return Table(sheet, keys, tuple(reads), row, tuple(_columns(sheet, row)))
        if key == layout.READS:
            reads.append(row)
        elif key in keys or (key and key not in KEYS):
            told = "stands twice" if key in keys else f"is not a key of a table; expected {', '.join(KEYS)} or {layout.RULE_ID}"
            raise ContentError(f"{key!r} {told}.", expression=sheet.place(row, 1))
        elif key:
            keys[key] = row
    raise ContentError(f"There is no row of column names; it starts with {layout.RULE_ID!r}.", expression=sheet.place(1, 1))


def _columns(sheet: Sheet, row: int) -> Iterator[Column]:
    band, seen = "", set()
    for number in range(2, len(sheet.rows[row - 1]) + 1):
        band = (sheet.cell(row - 1, number).strip() if row > 1 else "") or band
        name = sheet.cell(row, number).strip()
        if not name:
            continue
        known = band in (layout.INPUTS, layout.OUTPUTS) or (band, name) in layout.NOTES
        if not known or (band, name) in seen:
            told = "stands twice under its band" if known else f"is no column under {band!r}"
            raise ContentError(f"The column {name!r} {told}. Bands are the row above the names.", expression=sheet.place(row, number))
        seen.add((band, name))
        yield Column(number, band, name)
