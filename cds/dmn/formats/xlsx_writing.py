"""Pages of text to the bytes of a workbook: every cell text, never a formula, and the same pages give the same bytes."""

import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from cds.foundation.errors import ContentError

MAX_TEXT = 32_767
MAX_TAB = 31
NARROW, WIDE, LONG = 18, 48, 40
"""Widths of columns in characters, and the length of text from which a column is wide."""

UNSAYABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML has no sign for, and what would be read as the escape of such a sign."""

NOT_IN_TABS = re.compile(r"[\[\]:*?/\\']")
FORMULA_LIKE = ("=", "+", "-", "@")
EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001  (the zone is UTC by the format)
TEXT = "@"
BOLD = Font(bold=True)
SHADED = PatternFill("solid", fgColor="DCE6F1")
WRAPPED = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True)
class Page:
    """One sheet: its tab, its rows, which of them (from 1) are heads, and how many rows of keys stand before them."""

    tab: str
    rows: Sequence[Sequence[str]]
    heads: tuple[int, ...]
    keys: int = 0


class _Archive(zipfile.ZipFile):
    """A ZIP file in which no part says when it was written."""

    def open(self, name: str | zipfile.ZipInfo, *arguments: Any, **options: Any) -> IO[bytes]:
        if isinstance(name, zipfile.ZipInfo):
            name.date_time = EPOCH.timetuple()[:6]
            name.external_attr = 0
        return super().open(name, *arguments, **options)


def tabs(names: Iterable[str], *, taken: Iterable[str]) -> dict[str, str]:
    """A tab for each name: within 31 characters, without the signs that tabs cannot have, each its own."""
    used = {name.casefold() for name in taken}
    found = {}
    for name in names:
        plain = NOT_IN_TABS.sub("_", name)
        tries = (plain[:MAX_TAB] if not number else f"{plain[: MAX_TAB - 4]}~{number}" for number in range(1_000))
        found[name] = next(tab for tab in tries if tab.casefold() not in used)
        used.add(found[name].casefold())
    return found


def save(pages: Iterable[Page], into: IO[bytes]) -> None:
    """Writes the workbook. ContentError names the cell whose text no spreadsheet can hold."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.properties = DocumentProperties(creator="Back Pain CDS", created=EPOCH, modified=EPOCH)
    for page in pages:
        _fill(workbook.create_sheet(page.tab), page)
    with _Archive(into, "w", zipfile.ZIP_DEFLATED) as archive:
        ExcelWriter(workbook, archive).save()


def _fill(sheet: Worksheet, page: Page) -> None:
    for row, cells in enumerate(page.rows, 1):
        for column, text in enumerate(cells, 1):
            _write(sheet, row, column, text, bold=row in page.heads or (column == 1 and row <= page.keys))
    width = max(len(row) for row in page.rows)
    below = page.rows[page.keys :]
    for column in range(1, width + 1):
        longest = max((len(row[column - 1]) for row in below if len(row) >= column), default=0)
        sheet.column_dimensions[get_column_letter(column)].width = WIDE if longest > LONG else NARROW
    last = page.heads[-1]
    sheet.freeze_panes = f"B{last + 1}"
    if len(page.rows) > last:
        sheet.auto_filter.ref = f"A{last}:{get_column_letter(len(page.rows[last - 1]))}{len(page.rows)}"
    sheet.print_title_rows = f"{page.heads[0]}:{last}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _write(sheet: Worksheet, row: int, column: int, text: str, *, bold: bool) -> None:
    """One text cell; what looks like a formula keeps the mark that says it is text when it is edited."""
    if not text:
        return
    said = UNSAYABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    if len(said) > MAX_TEXT:
        raise ContentError(
            f"The text is longer than the {MAX_TEXT} characters that a cell holds.", expression=f"{sheet.title}!{get_column_letter(column)}{row}"
        )
    cell = sheet.cell(row, column, said)
    cell.data_type = "s"
    cell.number_format = TEXT
    cell.alignment = WRAPPED
    if text.startswith(FORMULA_LIKE):
        cell.quotePrefix = True
    if bold:
        cell.font = BOLD
        cell.fill = SHADED
