"""The reference of the table format names every key, policy, type and row that there is, and its examples keep the schemas."""

import re
from pathlib import Path
from typing import Any, cast

import pytest

from cds.dmn.formats import cells, grid_layout, item_types
from cds.dmn.formats.grid_sheet import KEYS
from cds.dmn.model import HitPolicy, ItemDefinition
from cds.foundation import schemas, yaml

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "table-format.md").read_text(encoding="utf-8")
TABLE, MODEL = (cast(dict[str, Any], schemas.validator(name).schema) for name in ("decision-table", "decision-model"))


def section(heading: str) -> str:
    """The text under a heading."""
    return PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """What stands in code at the start of the rows of its tables."""
    return re.findall(r"^\| `([^|]+?)` \|", text, re.MULTILINE)


def examples() -> list[tuple[str, Any]]:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    documents = [yaml.parse(block, name="table-format.md").value for block in blocks]
    return [("decision-table" if "decision" in document else "decision-model", document) for document in documents]


@pytest.mark.parametrize(("schema", "document"), examples())
def test_the_examples_keep_their_schemas(schema: str, document: Any) -> None:
    assert schemas.problems(schema, document) == []


def test_every_key_of_a_table_and_of_a_rule_is_told() -> None:
    assert first_cells(section("A table")) == list(TABLE["properties"])
    assert first_cells(section("A rule")) == list(TABLE["$defs"]["rule"]["properties"])
    extended = [name for kind in ("input", "output") for name in TABLE["$defs"][kind]["oneOf"][1]["properties"]]
    assert [name for name in extended if f"`{name}`" not in section("A table")] == []


def test_every_key_of_the_model_and_of_a_type_is_told() -> None:
    text = section("model.yaml")
    assert first_cells(text) == [*MODEL["properties"], *MODEL["$defs"]["type"]["properties"]]
    assert [name for name in MODEL["$defs"]["literal"]["properties"] if f"`{name}`" not in text] == []


def test_every_base_is_told_and_is_the_schemas() -> None:
    told = re.findall(r"`(.+?)`", section("model.yaml").partition("Bases: ")[2].splitlines()[0])
    assert told == list(item_types.BASES) == MODEL["$defs"]["type"]["properties"]["type"]["enum"]
    assert set(cells.KINDS) | {"context", "Any"} == set(told)


def test_every_hit_policy_is_told_and_is_the_schemas() -> None:
    assert first_cells(section("Hit policies")) == [policy.value for policy in HitPolicy] == TABLE["properties"]["hit policy"]["enum"]


def test_every_origin_is_told() -> None:
    assert [origin for origin in TABLE["$defs"]["rule"]["properties"]["origin"]["enum"] if f"`{origin}`" not in section("A rule")] == []


def test_the_input_cells_of_the_page_are_read() -> None:
    told = [cell for row in re.findall(r"^\| (`.+?`) \| ", section("Input cells"), re.MULTILINE) for cell in re.findall(r"`([^`]+)`", row)]
    assert len(told) > 10
    for cell in told:
        assert cells.input_entry(cell, ItemDefinition("Any"), frozenset({"limit"}))


def test_the_types_in_one_line_of_the_page_are_read_and_written_alike() -> None:
    lines = re.findall(r"`([^`]+)`", section("In one line"))
    assert len(lines) == 3
    assert [item_types.text(item_types.parsed(line)) for line in lines] == lines


def test_every_row_band_column_and_sheet_is_told() -> None:
    text = section("Sheets")
    assert first_cells(text.partition("From the WHO")[0]) == [*KEYS, grid_layout.RULE_ID]
    names = {name for pair in grid_layout.NOTES for name in pair} | {grid_layout.INPUTS, grid_layout.OUTPUTS}
    sheets = {grid_layout.COVER, grid_layout.INPUT_SHEET, grid_layout.EXPRESSIONS}
    assert [name for name in names | sheets if f"`{name}`" not in text] == []
