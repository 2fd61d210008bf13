"""Dates of a record move together; what is no date stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cds.client import redating

WRITTEN = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.dates().map(str),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_days_and_instants_move_by_as_much() -> None:
    record = {"onset": "2026-11-13", "at": ["2026-11-22T05:35:00Z"], "zone": "2026-11-22T07:35:00.5+02:00"}
    moved = redating.moved(record, written=WRITTEN, now=WRITTEN + timedelta(days=100))
    assert moved == {"onset": "2027-02-21", "at": ["2027-03-02T05:35:00+00:00"], "zone": "2027-03-02T07:35:00+02:00"}


def test_what_only_looks_like_a_date_stays() -> None:
    for text in ("2026-13-01", "2026-02-30T25:00:00Z", "2026", "2026-11", "9999-12-31", "1|2026-11-22", "9999-12-31T23:00:00Z"):
        assert redating.moved(text, written=WRITTEN, now=WRITTEN + timedelta(days=100)) == text


@given(value=JSON, days=st.integers(-40_000, 40_000))
def test_a_record_keeps_its_shape(value: Any, days: int) -> None:
    moved = redating.moved(value, written=WRITTEN, now=WRITTEN + timedelta(days=days))
    assert _shape(moved) == _shape(value)


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(member) for key, member in value.items()}
    return [_shape(member) for member in value] if isinstance(value, list) else type(value)
