"""Rows of the notes that are no rule: the file is read, and each fault of it is found at its place."""

from pathlib import Path

import pytest

from cds.foundation.errors import ContentError
from cds.releases import checking, exceptions, loading
from tests.releases import knees

REASON = "The notes retired it and split it in two."


def wrote(draft: Path, *entries: str) -> None:
    lines = "".join(f"  - {entry}\n" for entry in entries)
    (draft / exceptions.FILE).write_text(f"exceptions:\n{lines}", encoding="utf-8")


def told(draft: Path) -> list[str]:
    return [one.text for one in exceptions.findings(loading.draft(draft, name=knees.NAME), draft)]


def test_a_release_may_have_no_exception(draft: Path) -> None:
    assert exceptions.read(draft) == []
    assert told(draft) == []


def test_a_row_that_is_no_rule_is_an_exception_with_what_stands_for_it(draft: Path) -> None:
    wrote(draft, f"{{row: K-9, reason: {REASON}, instead: [K-1, signs, swelling]}}", f"{{row: Merge rule, reason: {REASON}}}")
    assert [entry["row"] for entry in exceptions.read(draft)] == ["K-9", "Merge rule"]
    assert told(draft) == []


@pytest.mark.parametrize("row", ["K-1", "signs", "swelling", "body-temperature"])
def test_what_the_release_has_is_no_exception(draft: Path, row: str) -> None:
    wrote(draft, f"{{row: {row}, reason: {REASON}}}")
    assert told(draft) == [f"The row {row} is in the release, so it is no exception."]


def test_a_row_that_became_several_rules_is_no_exception(draft: Path) -> None:
    knees.edit(draft / "decisions" / "signs.yaml", "id: K-3", "id: K-3.1")
    wrote(draft, f"{{row: K-3, reason: {REASON}}}")
    assert told(draft) == ["The row K-3 is in the release, so it is no exception."]


def test_a_row_is_an_exception_once(draft: Path) -> None:
    wrote(draft, f"{{row: K-9, reason: {REASON}}}", f"{{row: K-9, reason: {REASON} Again.}}")
    assert told(draft) == ["The row K-9 is an exception twice."]


def test_what_stands_for_a_row_is_in_the_release(draft: Path) -> None:
    wrote(draft, f"{{row: K-9, reason: {REASON}, instead: [K-8]}}")
    assert told(draft) == ["In place of the row K-9 stands K-8, which is no rule, decision, fact or value set."]


def test_an_exception_without_a_reason_is_refused_with_its_line(draft: Path) -> None:
    wrote(draft, f"{{row: K-9, reason: {REASON}}}", "{row: K-8}")
    with pytest.raises(ContentError) as raised:
        exceptions.read(draft)
    assert [one.expression for one in raised.value.diagnostics()] == ["exceptions.yaml:3"]


def test_the_check_of_a_draft_tells_of_its_exceptions(draft: Path) -> None:
    wrote(draft, f"{{row: K-1, reason: {REASON}}}")
    assert [one.expression for one in checking.check(draft)] == [exceptions.FILE]
