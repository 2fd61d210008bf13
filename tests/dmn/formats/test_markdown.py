"""Markdown: every rule is there, and no text is read as a mark."""

import re

from cds.dmn.formats import grid, markdown
from cds.dmn.formats.grid_words import POLICIES
from cds.dmn.model import HitPolicy
from tests.dmn.formats import sheets

DRAFT = sheets.RELEASES[0]


def test_every_rule_of_a_release_is_a_row_with_its_reason() -> None:
    text = markdown.write(sheets.released(DRAFT))
    rows = {line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| ")}
    for one in grid.book(sheets.released(DRAFT)).grids:
        assert {markdown.escaped(row.id) for row in one.rows} <= rows
        assert all(markdown.escaped(row.reasons.because) in text for row in one.rows)


def test_all_rows_of_a_table_have_as_many_cells_as_its_head() -> None:
    text = markdown.write(sheets.released(DRAFT))
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_the_hit_policy_is_a_sentence_and_every_policy_has_one() -> None:
    assert set(POLICIES) == set(HitPolicy)
    text = markdown.write(grid.alone(sheets.released(DRAFT), "duration"))
    assert "Hit policy: UNIQUE. At most one rule may match; two would be an error." in text


def test_the_question_names_outputs_and_inputs() -> None:
    assert "What is band, meaning, guideline-label and codes, given duration-days?" in markdown.write(grid.alone(sheets.released(DRAFT), "duration"))


def test_a_table_with_many_inputs_has_one_column_of_conditions() -> None:
    text = markdown.write(grid.alone(sheets.released(DRAFT), "red-flags"))
    assert "| CES-1 | rf-saddle: yes | emergency | 4 |" in text


def test_no_text_is_read_as_a_mark() -> None:
    assert markdown.escaped("a|b *c* <b> [x](y)\n`d` & _e_") == r"a\|b \*c\* \<b\> \[x\](y)<br>\`d\` \& \_e\_"


def test_the_meaning_of_the_evidence_is_told_where_it_is_known() -> None:
    text = markdown.write(grid.alone(sheets.released(DRAFT), "duration"), evidence={"E34": "Strains (low)", "E99": "not used"})
    assert "- E34: Strains (low)" in text
    assert "E99" not in text
