"""The page of open questions says what the newest release says, and the draft asks all that the notes ask."""

import re
from pathlib import Path

import pytest

from cds.releases import loading, questions
from tests.docs import questions as pages
from tests.docs.tables import CONTENT, NAME

ROW = re.compile(r"^\| (Q-\d+) \| (.*?) \| (.*) \| (.*?) \|$", re.MULTILINE)
DRAFT = CONTENT / NAME / "draft"


@pytest.fixture(scope="module")
def asked() -> tuple[questions.Question, ...]:
    return questions.read(DRAFT, loading.draft(DRAFT, name=NAME).model)


def test_the_page_is_what_the_newest_release_says() -> None:
    assert pages.PAGE.read_text(encoding="utf-8") == pages.page(), "make docs"


def test_every_question_of_the_notes_is_asked_with_what_the_tables_do_now(shared: Path, asked: tuple[questions.Question, ...]) -> None:
    noted = ROW.findall((shared / "clinical" / "open-questions.md").read_text(encoding="utf-8"))
    assert [(one.id, one.text, one.now) for one in asked if one.id.startswith("Q-")] == [(name, text, now) for name, _, text, now in noted]


def test_every_rule_that_a_question_of_the_notes_names_is_touched_by_it(shared: Path, asked: tuple[questions.Question, ...]) -> None:
    touched = {one.id: one.rules for one in asked}
    for name, rows, _, _ in ROW.findall((shared / "clinical" / "open-questions.md").read_text(encoding="utf-8")):
        for row in re.findall(r"\b[A-Z]+-\d+\b", rows):
            if not row.startswith("S0-"):
                assert [rule for rule in touched[name] if rule == row or rule.startswith(f"{row}.")], f"{name}: {row}"


def test_every_question_names_at_least_one_rule_but_those_on_all_codes(asked: tuple[questions.Question, ...]) -> None:
    assert [one.id for one in asked if not one.rules] == ["Q-48"]
