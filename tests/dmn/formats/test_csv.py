"""CSV: nothing is lost on the way out and back, nothing becomes a formula, and every fault names its cell."""

import pytest
from hypothesis import given

from cds.dmn.formats import csv, grid
from cds.dmn.model import DecisionModel
from cds.foundation.errors import ContentError
from tests.dmn.formats import models, sheets
from tests.dmn.models import model as of_tables
from tests.dmn.models import rule, table

KNEE = sheets.RELEASES[2]


@pytest.mark.parametrize("folder", sheets.RELEASES)
def test_a_release_comes_back_from_its_files(folder: str) -> None:
    model = sheets.released(folder)
    assert csv.read_model(csv.write_model(model)) == model


@pytest.mark.parametrize("folder", sheets.RELEASES)
def test_every_table_of_a_release_comes_back_alone(folder: str) -> None:
    model = sheets.released(folder)
    for name in sheets.tables(model):
        assert csv.read_table(csv.write_table(model, name), csv.file_name(name)) == grid.alone(model, name)


@sheets.FEW
@given(sheets.models())
def test_random_models_come_back(model: DecisionModel) -> None:
    files = csv.write_model(model)
    assert csv.read_model(files) == model
    for name in sheets.tables(model):
        assert csv.read_table(csv.write_table(model, name), "alone.csv") == grid.alone(model, name)


@sheets.FEW
@given(models.models())
def test_random_models_of_many_tables_come_back(model: DecisionModel) -> None:
    assert csv.read_model(csv.write_model(model)) == model


@sheets.FEWER
@given(sheets.models())
def test_no_cell_begins_as_a_formula(model: DecisionModel) -> None:
    for name, text in csv.write_model(model).items():
        for row in csv.raw(text, name).rows:
            assert [cell for cell in row if (cell[:1] in "=+@\t\r" and cell) or (cell[:1] == "-" and csv.UNTOUCHED.fullmatch(cell) is None)] == []


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_file_saved_with_another_sign_between_cells_is_read(sign: str) -> None:
    model = sheets.released(KNEE)
    rows = csv.raw(csv.write_table(model, "band"), "band.csv").rows
    text = "\ufeff" + "\n".join(sign.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    assert csv.read_table(text, "band.csv") == grid.alone(model, "band")


def band(old: str = "", new: str = "") -> str:
    text = csv.write_table(sheets.released(KNEE), "band")
    assert old in text
    return text.replace(old, new, 1)


FAULTS = {
    "a word that is not allowed": (",fresh,Ten", ",frsh,Ten", "band!C9", "fresh, lasting, unknown"),
    "a number that is none": ("[0..9]", "[0..x]", "band!B9", "Rule B-1, cell days"),
    "a hit policy that there is not": ("UNIQUE", "SOME", "band!B4", "RULE ORDER"),
    "a type that there is not": ("integer: 0..36500", "integr", "band!B6", "expected one of string"),
    "a key that there is not": ("Trigger", "Triger", "band!A3", "not a key"),
    "a column without its band": ("Because", "Why", "band!D8", "no column under 'Annotations'"),
    "a rule without an id": ("B-2,", ",", "band!A10", "no id"),
    "no row of names": ("Rule ID", "Rule", "band!A8", "or Rule ID"),
    "a cell under no column": (",expert,", ",expert,,extra", "band!J9", "under no column"),
    "an open quotation mark": ("B-3", '"B-3', "band.csv", "Not CSV"),
    "no table at all": ("Decision ID,band\r\n", "", "band!A1", "'Decision ID'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_its_cell_and_what_was_expected(fault: str) -> None:
    old, new, place, expected = FAULTS[fault]
    with pytest.raises(ContentError) as caught:
        csv.read_table(band(old, new), "band.csv")
    assert (caught.value.expression, expected in caught.value.text) == (place, True), caught.value.text


def test_alternatives_of_a_rule_that_do_not_agree_are_refused() -> None:
    model = sheets.released(sheets.RELEASES[0])
    text = csv.write_table(model, "neuro-any").replace('neuro-any.1.2,,"thigh, below-knee",,,yes', 'neuro-any.1.2,,"thigh, below-knee",,,no')
    with pytest.raises(ContentError, match="must agree") as caught:
        csv.read_table(text, "neuro-any.csv")
    assert caught.value.expression == "neuro-any!F10"


def ordered(old: str, new: str) -> str:
    """A table of a rule with two alternatives, each with an order of its own, and of one in the order of the columns."""
    when = "[{pain: '> 4', trend: worse}, {signs: cough, pain: '> 7', trend: same}]"
    rules = rule("R-1", when, "{urgency: urgent}"), rule("R-2", "{trend: worse, pain: '3'}", "{urgency: urgent}")
    text = csv.write_table(of_tables(table("triage", "FIRST", "urgency", *rules)), "triage")
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("signs, pain, trend", ["signs", "pain", "trend"]),
        ("signs", ["signs", "trend", "pain"]),
        ("", ["trend", "pain", "signs"]),
    ],
)
def test_a_row_keeps_the_order_that_it_says_and_what_it_does_not_say_follows(told: str, read: list[str]) -> None:
    model = csv.read_table(ordered('"signs, pain, trend"', f'"{told}"'), "triage.csv")
    first, second = model.rules().values()
    assert [list(row) for row in (*first.when, *second.when)] == [["pain", "trend"], read, ["trend", "pain"]]


def test_a_table_in_the_order_of_its_columns_has_no_column_for_it() -> None:
    assert "When order" not in band()


def test_an_order_that_names_no_input_is_refused_with_its_cell() -> None:
    with pytest.raises(ContentError, match="'pian' is not an input") as caught:
        csv.read_table(ordered('"pain, trend"', '"pian, trend"'), "triage.csv")
    assert caught.value.expression == "triage!L9"


def test_a_rule_id_that_stands_twice_is_refused_with_both_cells() -> None:
    with pytest.raises(ContentError, match=r"B-1 stands in band \(band!A9\), and here again") as caught:
        csv.read_table(band("B-2,", "B-1,"), "band.csv")
    assert caught.value.expression == "band!A10"


def test_a_table_that_the_model_lists_twice_is_refused() -> None:
    files = csv.write_model(sheets.released(KNEE))
    listed = files[csv.MODEL_FILE].replace("table,band\r\n", "table,band\r\ntable,band\r\n")
    with pytest.raises(ContentError, match="band is listed twice") as caught:
        csv.read_model(files | {csv.MODEL_FILE: listed})
    assert caught.value.expression.startswith("model.csv!B")


def test_a_table_that_the_model_does_not_list_is_refused() -> None:
    files = csv.write_model(sheets.released(KNEE))
    listed = files[csv.MODEL_FILE].replace("table,band\r\n", "")
    with pytest.raises(ContentError, match="band is not listed"):
        csv.read_model(files | {csv.MODEL_FILE: listed})


@pytest.mark.parametrize(("old", "new", "text"), [("input,days", "inptu,days", "kind of row"), ("Kind,", "Sort,", "no column 'Kind'")])
def test_a_fault_of_the_model_file_names_its_cell(old: str, new: str, text: str) -> None:
    files = csv.write_model(sheets.released(KNEE))
    with pytest.raises(ContentError, match=text) as caught:
        csv.read_model(files | {csv.MODEL_FILE: files[csv.MODEL_FILE].replace(old, new)})
    assert caught.value.expression.startswith("model.csv!A")


def test_files_without_the_model_file_are_refused() -> None:
    with pytest.raises(ContentError, match=r"no model\.csv"):
        csv.read_model({})


def test_an_expression_is_no_table_that_stands_alone() -> None:
    with pytest.raises(ContentError, match="no table"):
        csv.write_table(sheets.released(sheets.RELEASES[0]), "onset-age")
