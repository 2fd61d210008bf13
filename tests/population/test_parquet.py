"""Tables as Parquet: what is read back is what was written, whatever the rows, in row groups of the size that was asked for."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as reader

from cds.population import parquet
from cds.population.parquet import Column, TableRefused

COLUMNS = (
    Column("name", "text", "What it is called."),
    Column("count", "integer", "How many."),
    Column("size", "number", "How large."),
    Column("known", "boolean", "Whether it is known."),
    Column("at", "instant", "When."),
    Column("rules", "texts", "Which rules."),
    Column("sources", "pairs", "Where from."),
)
ROW: dict[str, Any] = {
    "name": "first",
    "count": 3,
    "size": Decimal("1.5"),
    "known": False,
    "at": "2030-05-06T07:08:09.000001Z",
    "rules": ("a", "b"),
    "sources": {"age": "ehr"},
}
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1)
ROWS = st.lists(st.fixed_dictionaries({}, optional={"name": TEXTS, "count": st.integers(-(2**63), 2**63 - 1), "rules": st.lists(TEXTS)}), max_size=30)


def test_each_kind_is_read_back_as_it_was(tmp_path: Path) -> None:
    assert parquet.write(tmp_path / "table.parquet", COLUMNS, [ROW, {}]) == 2
    first, second = reader.read_table(tmp_path / "table.parquet").to_pylist()
    at = datetime(2030, 5, 6, 7, 8, 9, 1, UTC)
    assert first == ROW | {"size": 1.5, "at": at, "rules": ["a", "b"], "sources": [("age", "ehr")]}
    assert set(second.values()) == {None}


@given(ROWS, st.integers(1, 7))
def test_rows_come_back_in_their_order_in_groups_of_the_size_asked_for(tmp_path_factory: pytest.TempPathFactory, rows: Any, group: int) -> None:
    path = tmp_path_factory.mktemp("tables") / "table.parquet"
    assert parquet.write(path, COLUMNS, iter(rows), group=group) == len(rows)
    found = reader.ParquetFile(path)
    sizes = [found.metadata.row_group(index).num_rows for index in range(found.metadata.num_row_groups)]
    assert (sum(sizes), max(sizes, default=0) <= group) == (len(rows), True)
    wanted = [{name: row.get(name) for name in ("name", "count", "rules")} for row in rows]
    assert found.read(["name", "count", "rules"]).to_pylist() == wanted


def test_an_instant_is_of_utc_and_a_column_says_what_it_holds(tmp_path: Path) -> None:
    parquet.write(tmp_path / "table.parquet", COLUMNS, [])
    schema = reader.read_schema(tmp_path / "table.parquet")
    assert schema.field("at").type == pa.timestamp("us", tz="UTC")
    assert [(field.metadata or {})[b"about"].decode() for field in schema] == [one.about for one in COLUMNS]


def test_rows_are_taken_a_group_at_a_time_so_that_no_table_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    seen: list[int] = []

    def rows() -> Any:
        for number in range(60_000):
            if number == 50_000:
                seen.append(path.stat().st_size)
            yield ROW | {"name": f"row {number} {number * 7919:x}"}

    parquet.write(path, COLUMNS, rows(), group=1_000)
    assert seen[0] > 100_000


def test_a_member_without_a_column_is_left_out(tmp_path: Path) -> None:
    parquet.write(tmp_path / "table.parquet", COLUMNS[:1], [ROW | {"patient": "canary-7f3a"}])
    assert b"canary" not in (tmp_path / "table.parquet").read_bytes()


def test_nothing_is_overwritten_and_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "table.parquet").write_bytes(b"mine")
    for path in (tmp_path / "table.parquet", tmp_path / "none" / "table.parquet"):
        with pytest.raises(TableRefused, match="new file"):
            parquet.write(path, COLUMNS, [ROW])
    assert (tmp_path / "table.parquet").read_bytes() == b"mine"
