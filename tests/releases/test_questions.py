"""Questions that wait for a clinician: which rules each touches, and faults of the file at their place."""

from pathlib import Path

import pytest

from cds.foundation.errors import ContentError
from cds.releases import checking, loading, questions
from cds.releases.questions import Question
from tests.releases import knees

ASKED = "{id: Q-01, about: Urgency, %s question: Is a locked knee urgent?, now: urgent}"


def read(draft: Path, *entries: str) -> tuple[Question, ...]:
    lines = "".join(f"  - {entry}\n" for entry in entries)
    (draft / questions.FILE).write_text(f"questions:\n{lines}", encoding="utf-8")
    return questions.read(draft, loading.draft(draft, name=knees.NAME).model)


def touched(draft: Path, names: str) -> tuple[str, ...]:
    (found,) = read(draft, ASKED % f"{names},")
    return found.rules


def test_a_release_may_have_no_questions(draft: Path) -> None:
    assert questions.read(draft, loading.draft(draft, name=knees.NAME).model) == ()


def test_a_question_has_its_heading_and_what_the_tables_do_now(draft: Path) -> None:
    (found,) = read(draft, ASKED % "rules: [K-1],")
    assert (found.id, found.about, found.text, found.now, found.rules) == ("Q-01", "Urgency", "Is a locked knee urgent?", "urgent", ("K-1",))


def test_a_star_means_all_rules_that_begin_so(draft: Path) -> None:
    model = loading.draft(draft, name=knees.NAME).model
    assert touched(draft, "rules: ['K-*']") == tuple(rule for rule in model.rules() if rule.startswith("K-"))


def test_the_id_of_a_row_that_was_split_means_its_parts(draft: Path) -> None:
    knees.edit(draft / "decisions" / "signs.yaml", "id: K-3", "id: K-3.1")
    assert touched(draft, "rules: [K-3]") == ("K-3.1",)


def test_a_fact_means_every_rule_that_tests_it_also_through_an_expression_and_a_decision_every_rule_of_its_table(draft: Path) -> None:
    model = loading.draft(draft, name=knees.NAME).model
    tested = [rule.id for rule in model.rules().values() if any("locked" in row for row in rule.when)]
    assert tested == ["K-1", "W-2"]
    assert touched(draft, "facts: [locked]") == ("K-1", "G-1", "W-2")
    assert touched(draft, "decisions: [signs]") == tuple(rule.id for rule in model.decision("signs").logic.rules)  # type: ignore[union-attr]


@pytest.mark.parametrize("names", ["rules: [K-99]", "rules: ['Z-*']", "facts: [weather]", "decisions: [weather]"])
def test_what_the_decisions_do_not_have_is_named_with_its_line(draft: Path, names: str) -> None:
    with pytest.raises(ContentError) as caught:
        touched(draft, names)
    (told,) = caught.value.diagnostics()
    assert (told.expression, "Q-01 touches" in told.text) == ("questions.yaml:2", True)
    assert told in checking.check(draft)
