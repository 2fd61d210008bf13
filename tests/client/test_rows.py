"""The table of rows: the same rows and levels as in our notes on the standard."""

import re
from pathlib import Path

from cds.client import rows

NOTED = re.compile(r"^\| ([A-I]\d+) \| ([^|]+?) \|", re.MULTILINE)
WORDS = (("SH", rows.SHALL), ("SD", rows.SHOULD), ("BP", rows.SHOULD), ("MY", rows.MAY))


def _noted(shared: Path) -> dict[str, str]:
    return dict(NOTED.findall((shared / "standards" / "cds-hooks-conformance.md").read_text(encoding="utf-8")))


def _level(words: str) -> str:
    """The strongest word of a row; a best practice counts as SHOULD."""
    return next((level for word, level in WORDS if word in words), rows.NONE)


def test_the_table_has_the_rows_of_the_notes_in_their_order(shared: Path) -> None:
    noted = _noted(shared)
    assert len(noted) == 93
    assert list(rows.load()) == list(noted)


def test_each_level_is_the_strongest_word_of_the_notes(shared: Path) -> None:
    assert {name: row.level for name, row in rows.load().items()} == {name: _level(words) for name, words in _noted(shared).items()}


def test_a_row_that_the_notes_lay_on_the_client_binds_the_client(shared: Path) -> None:
    table = rows.load()
    assert {table[name].binds for name, words in _noted(shared).items() if "(client)" in words} == {"client"}


def test_every_row_says_what_it_asks_and_whom_it_binds() -> None:
    for row in rows.load().values():
        assert row.level in rows.LEVELS
        assert row.binds in rows.BINDS
        assert row.asks.endswith(".")
        assert set(row.versions) <= {"2.0", "3.0"}
        assert type(row.outside) is bool


def test_a_row_of_the_standard_names_its_chapter() -> None:
    assert [row.id for row in rows.load().values() if row.versions and not row.chapter] == []
