"""Cases for one decision alone: exactly what it gives, and each fault named with its line."""

from pathlib import Path

import pytest

from cds.releases import checking
from tests.releases import knees

FIRST = """\
cases:
  - case: A fresh sore knee under thirty is cared for at home
    row: C-1
    table: course
    inputs: {band: fresh}
    expect: {rules: [C-1], rows: [C-1], not: [C-2], outputs: {urgency: self-care, rank: '1', within: unknown}}
"""
LITERAL = """\
  - case: The highest of the ranks that were given decides
    row: TR-2
    table: highest
    inputs: {signs: [{rank: '2'}, {rank: '3'}], gaps: {rank: '0'}, course: []}
    expect: {outputs: {highest: '3'}}
"""
LISTS = """\
  - case: Everybody who is cared for at home is told twice when to come back
    row: [U-01, U-02]
    table: advice
    inputs: {final: self-care}
    expect: {rules: [U-01, U-02], outputs: {codes: [KNEE_NET, KNEE_REVIEW], review-day: [unknown, '10.0']}}
"""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    folder = knees.draft(tmp_path) / "draft"
    (folder / "cases" / "tables.yaml").write_text(FIRST + LITERAL + LISTS, encoding="utf-8")
    return folder


def test_a_case_for_one_decision_is_met_by_exactly_what_it_gives(draft: Path) -> None:
    assert checking.check(draft) == []


FAILING = [
    ("rules: [C-1], rows", "rules: [C-1, C-2], rows", "course gives the rules C-1, expected C-1, C-2", 2),
    ("rows: [C-1]", "rows: [C-2]", "course gives the rows C-1, expected C-2", 2),
    ("not: [C-2]", "not: [C-1]", "the rule C-1 matched", 2),
    ("within: unknown", "within: '336'", "within is unknown, expected 336", 2),
    ("{highest: '3'}", "{highest: '2'}", "highest is 3, expected 2", 7),
    ("[U-01, U-02], outputs", "[U-01], outputs", "advice gives the rules U-01, U-02, expected U-01", 12),
    ("[KNEE_NET, KNEE_REVIEW]", "[KNEE_REVIEW, KNEE_NET]", "codes is KNEE_NET, KNEE_REVIEW, expected KNEE_REVIEW, KNEE_NET", 12),
]


@pytest.mark.parametrize(("old", "new", "text", "line"), FAILING)
def test_what_differs_is_named_with_its_line(draft: Path, old: str, new: str, text: str, line: int) -> None:
    knees.edit(draft / "cases" / "tables.yaml", old, new)
    found = [(one.text.partition(": ")[2], one.expression) for one in checking.check(draft)]
    assert found == [(text, f"cases/tables.yaml:{line}")]


UNUSABLE = [
    ("table: course", "table: curse", "curse, which is no decision"),
    ("inputs: {band: fresh}", "inputs: {}", "must name band, which cannot be unknown"),
    ("inputs: {band: fresh}", "inputs: {band: fresh, age: '35'}", "age, which course does not read"),
    ("inputs: {band: fresh}", "inputs: {band: stale}", "a word that band does not have"),
    ("[{rank: '2'}, {rank: '3'}]", "[{rank: '2'}, {rank: high}]", "signs.rank something that is no number"),
    ("gaps: {rank: '0'}", "gaps: {grade: '0'}", "gaps something that is none of its outputs"),
    ("{highest: '3'}", "{lowest: '3'}", "lowest, which is no output of highest"),
]


@pytest.mark.parametrize(("old", "new", "named"), UNUSABLE)
def test_a_case_that_cannot_be_run_says_why(draft: Path, old: str, new: str, named: str) -> None:
    knees.edit(draft / "cases" / "tables.yaml", old, new)
    assert [named in one.text for one in checking.check(draft)] == [True]


def test_a_case_for_one_decision_has_no_base(draft: Path) -> None:
    knees.edit(draft / "cases" / "tables.yaml", "    table: course\n", "    table: course\n    base: well\n")
    assert [one.expression for one in checking.check(draft)] == ["cases/tables.yaml:2"]
