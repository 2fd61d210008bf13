"""Workbooks: nothing is lost on the way out and back, every cell is text, and every fault names its cell."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from openpyxl.workbook import Workbook

from cds.dmn.feel import parser
from cds.dmn.formats import grid, xlsx, xlsx_writing
from cds.dmn.formats import grid_layout as layout
from cds.dmn.model import Decision, DecisionModel, DecisionTable, ItemDefinition, LiteralExpression
from cds.foundation.errors import ContentError
from tests.dmn.formats import models, sheets

KNEE = sheets.RELEASES[2]
FILE = "tables.xlsx"


def written(model: DecisionModel) -> bytes:
    into = io.BytesIO()
    xlsx.write(model, into)
    return into.getvalue()


def read(body: bytes) -> DecisionModel:
    return xlsx.read(io.BytesIO(body), FILE)


def edited(change: Callable[[Workbook], Any], folder: str = KNEE) -> bytes:
    """A workbook of the release that somebody opened, changed and saved."""
    workbook = openpyxl.load_workbook(io.BytesIO(written(sheets.released(folder))))
    change(workbook)
    into = io.BytesIO()
    workbook.save(into)
    return into.getvalue()


def refused(body: bytes) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read(body)
    return caught.value


@pytest.mark.parametrize("folder", sheets.RELEASES)
def test_a_release_comes_back_and_the_same_model_gives_the_same_bytes(folder: str) -> None:
    model = sheets.released(folder)
    assert read(written(model)) == model
    assert written(model) == written(model)


@pytest.mark.parametrize("folder", sheets.RELEASES)
def test_a_release_comes_back_from_a_workbook_that_was_opened_and_saved(folder: str) -> None:
    assert read(edited(lambda _: None, folder)) == sheets.released(folder)


def test_every_table_of_a_release_comes_back_alone() -> None:
    model = sheets.released(sheets.RELEASES[0])
    for name in sheets.tables(model):
        assert read(written(grid.alone(model, name))) == grid.alone(model, name)


@sheets.FEW
@given(sheets.models())
def test_random_models_come_back_also_when_they_were_opened_and_saved(model: DecisionModel) -> None:
    body = written(model)
    assert read(body) == model
    again = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(body)).save(again)
    assert read(again.getvalue()) == model


@sheets.FEW
@given(models.models())
def test_random_models_of_many_tables_come_back(model: DecisionModel) -> None:
    assert read(written(model)) == model


@sheets.FEWER
@given(sheets.models())
def test_every_cell_is_text_and_none_is_a_formula(model: DecisionModel) -> None:
    for sheet in openpyxl.load_workbook(io.BytesIO(written(model))).worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            assert (cell.data_type, cell.number_format) == ("s", "@")
            assert cell.quotePrefix or not str(cell.value).startswith(xlsx_writing.FORMULA_LIKE)


def test_a_number_that_somebody_typed_is_read_as_its_digits() -> None:
    first = next(one for one in grid.book(sheets.released(KNEE)).grids if one.decision == "course").rows[0].outputs
    assert first == ("self-care", "1", "")
    changed = grid.book(read(edited(put("course", "D8", 3.0))))
    assert next(one for one in changed.grids if one.decision == "course").rows[0].outputs == ("self-care", "3", "")


def put(tab: str, cell: str, value: Any) -> Callable[[Workbook], None]:
    def change(workbook: Workbook) -> None:
        workbook[tab][cell] = value

    return change


FAULTS: dict[str, tuple[Callable[[Workbook], Any], str, str]] = {
    "a formula": (put("band", "B8", "=1+1"), "tables.xlsx: band!B8", "a formula"),
    "a date": (put("band", "B8", date(2026, 1, 2)), "tables.xlsx: band!B8", "a date"),
    "an error value": (put("band", "B8", "#N/A"), "tables.xlsx: band!B8", "an error value"),
    "a word that is not allowed": (put("band", "C8", "frsh"), "tables.xlsx: band!C8", "fresh, lasting, unknown"),
    "a number that is none": (put("band", "B8", "[0..x]"), "tables.xlsx: band!B8", "Rule B-1, cell days"),
    "a hit policy that there is not": (put("band", "B4", "SOME"), "tables.xlsx: band!B4", "RULE ORDER"),
    "a type that there is not": (put(layout.INPUT_SHEET, "B2", "integr"), "tables.xlsx: INPUTS!B2", "expected one of string"),
    "an input that stands twice": (lambda book: book[layout.INPUT_SHEET].append(("days", "integer")), "tables.xlsx: INPUTS!B15", "stands twice"),
    "a table that is not listed": (lambda book: book[layout.COVER].delete_rows(10), "tables.xlsx: band!B1", "is not listed"),
    "a cover without its index": (put(layout.COVER, "A4", ""), "tables.xlsx: COVER!A1", "no row 'Tab name'"),
    "no cover": (lambda book: book.remove(book[layout.COVER]), FILE, "no sheet COVER"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_its_cell_and_what_was_expected(fault: str) -> None:
    change, place, expected = FAULTS[fault]
    error = refused(edited(change))
    assert (error.expression, expected in error.text) == (place, True), error.text


def test_a_sheet_of_somebodys_notes_is_left_alone() -> None:
    assert read(edited(lambda book: book.create_sheet("notes").append(("to do",)))) == sheets.released(KNEE)


@pytest.mark.parametrize("body", [b"", b"PK", b"no workbook", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_workbook_is_refused(body: bytes) -> None:
    assert refused(body).expression == FILE


def packed(name: str, content: bytes) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return into.getvalue()


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread() -> None:
    assert "unpacks to more" in refused(packed("xl/workbook.xml", bytes(xlsx.MAX_UNPACKED + 1))).text


def test_a_workbook_that_declares_entities_is_refused() -> None:
    assert "document type" in refused(packed("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')).text


def test_tabs_are_short_allowed_and_each_its_own() -> None:
    names = ["a" * 40, "a" * 41, "What: is/this?", "what_ is_this_", "COVER"]
    tabs = xlsx_writing.tabs(names, taken=("COVER",))
    assert len({tab.casefold() for tab in tabs.values()} - {"cover"}) == len(names)
    assert all(len(tab) <= 31 and not set(tab) & set("[]:*?/\\'") for tab in tabs.values())


def test_a_text_that_no_cell_can_hold_is_refused_with_its_cell() -> None:
    line = LiteralExpression('"' + "x" * xlsx_writing.MAX_TEXT + '"', parser.expression('"x"', frozenset()), ItemDefinition("string"))
    model = DecisionModel("trial", {}, (Decision("long", line, ()),))
    with pytest.raises(ContentError, match="longer than") as caught:
        written(model)
    assert caught.value.expression == "EXPRESSIONS!D2"


def test_the_sheet_of_a_table_has_the_layout_of_the_decision_support_logic() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written(sheets.released(KNEE))))["band"]
    assert [cell.value for cell in sheet["A"][:4]] == ["Decision ID", "Business rule", "Trigger", "Hit policy indicator"]
    assert [cell.value for cell in sheet[6] if cell.value] == ["Inputs", "Outputs", "Annotations", "Reference(s)", "Rule"]
    names = [cell.value for cell in sheet[7]]
    assert names == ["Rule ID", "days", "band", "Because", "Annotation", "Evidence", "Claims", "Origin", "Alternative of"]


def test_alternatives_of_a_rule_are_rows_that_name_it() -> None:
    model = sheets.released(sheets.RELEASES[0])
    table = model.decision("neuro-any").logic
    assert isinstance(table, DecisionTable)
    rows = grid.book(grid.alone(model, "neuro-any")).grids[0].rows
    assert [(row.id, row.alternative_of) for row in rows[:4]] == [(f"{table.rules[0].id}.{number}", table.rules[0].id) for number in range(1, 5)]


def test_what_sheets_cannot_hold_is_refused() -> None:
    boxed = DecisionModel("trial", {"a": ItemDefinition("context", components=(("b", ItemDefinition("number")),))}, ())
    with pytest.raises(ContentError, match="use DMN"):
        written(boxed)
