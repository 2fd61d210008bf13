"""Declared properties of a small release: read with their place, proved at each check, and accepted findings that are still found."""

import json
import sys
from pathlib import Path

import pytest

from cds.dmn.analysis.properties import Monotone, Move
from cds.foundation.errors import ContentError
from cds.releases import checking, documents, loading, properties, sealing
from tests.releases import knees

FILE = properties.FILE
ACCEPTED = "accepted:\n  - {kind: dead, decision: pathway, rule: W-9, because: It stands for a reason that is told.}\n"


def added(draft: Path, text: str) -> None:
    """Writes more lines at the end of the properties."""
    path = draft / FILE
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def read(draft: Path) -> properties.Declared | None:
    return properties.read(draft, loading.draft(draft, name=knees.NAME).model)


def test_the_properties_of_a_release_are_told_as_proved_and_count_as_no_finding(draft: Path) -> None:
    report = checking.report(draft)
    assert report.errors == ()
    assert [(one.severity, one.expression, one.text.split(" ")[:3]) for one in report.proved] == [
        ("information", "properties.yaml:2", ["K.locked", "is", "proved:"]),
        ("information", "properties.yaml:8", ["K.open", "is", "proved:"]),
        ("information", "properties.yaml:13", ["K.course", "is", "proved:"]),
    ]


def test_a_refuted_property_is_an_error_with_an_input_that_breaks_it_and_stops_sealing(draft: Path) -> None:
    knees.edit(draft / FILE, "steps: [['no', unknown, 'yes']]", "steps: [['yes', 'no']]")
    (found,) = checking.check(draft)
    assert (found.severity, found.code, found.expression) == ("error", "invariant", "properties.yaml:2")
    assert found.text.startswith("K.locked is refuted: A knee that locks never lowers the urgency. Not for: ")
    assert found.text.endswith("and then: locked no.")
    with pytest.raises(ContentError, match="1 findings"):
        sealing.seal(draft.parent, "1.0.0", day=knees.DAY, engine=knees.ENGINE)


def test_a_refuted_property_is_told_before_the_cases_that_fail(draft: Path) -> None:
    knees.edit(draft / FILE, "steps: [['no', unknown, 'yes']]", "steps: [['yes', 'no']]")
    knees.edit(draft / "cases/knee.yaml", "{values: {final: urgent}, rules: [K-1, F-3]}", "{values: {final: routine}, rules: [K-1]}")
    refuted, failed = checking.check(draft)
    assert "K.locked is refuted" in refuted.text
    assert failed.expression.startswith("cases/knee.yaml"), failed


def test_a_step_to_unknown_is_told_as_such(draft: Path) -> None:
    knees.edit(draft / FILE, "steps: [['no', unknown, 'yes']]", "steps: [['yes', unknown]]")
    (found,) = checking.check(draft)
    assert found.text.endswith("; and then: locked unknown.")


def test_a_property_that_is_not_proved_is_an_error_with_the_reason(draft: Path) -> None:
    added(draft, "  - {id: K.root, sentence: The root of the days is small., kind: implication, if: {days: '> 4'}, then: sqrt(days) > 2}\n")
    (found,) = checking.check(draft)
    assert found.text.startswith("K.root is not proved (the proof does not cover Call")


def test_without_z3_every_property_that_needs_it_is_not_proved(draft: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    found = checking.check(draft)
    assert all("back-pain-cds[proofs]" in one.text for one in found)
    (missing,) = found
    assert "the 3 declared properties" in missing.text and "z3 is not installed" in missing.text


def test_a_draft_without_properties_is_refused(draft: Path) -> None:
    (draft / FILE).unlink()
    assert [one.expression for one in checking.check(draft)] == [FILE]


def with_a_dead_rule(draft: Path) -> None:
    """Plants a rule that no facts reach: a locked knee is an alarm before it."""
    rule = "{id: W-9, when: {locked: 'yes'}, then: {pathway: strain}, because: It is never reached here., evidence: [], claims: [], origin: expert}"
    knees.edit(draft / "decisions" / "pathway.yaml", "  - {id: W-3,", f"  - {rule}\n  - {{id: W-3,")


def test_a_dead_rule_is_an_error_unless_it_is_accepted_with_a_reason(draft: Path) -> None:
    with_a_dead_rule(draft)
    assert [(one.text, one.expression) for one in checking.check(draft)] == [("No facts reach the rule W-9: it never decides.", "W-9")]
    added(draft, ACCEPTED)
    report = checking.report(draft)
    assert report.errors == ()
    assert [one.text.partition(":")[0] for one in report.told if one.expression == "W-9"] == ["Accepted (It stands for a reason that is told.)"]


def test_a_release_sealed_before_there_were_properties_is_warned_of_and_not_faulted(draft: Path) -> None:
    with_a_dead_rule(draft)
    added(draft, ACCEPTED)
    sealing.seal(draft.parent, "1.0.0", day=knees.DAY, engine=knees.ENGINE)
    folder = draft.parent / "1.0.0"
    (folder / FILE).unlink()
    manifest = json.loads((folder / documents.MANIFEST).read_text(encoding="utf-8"))
    del manifest["files"][FILE]
    (folder / documents.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    report = checking.report(folder)
    assert (report.errors, report.proved) == ((), ())
    assert [one.expression for one in report.warnings] == ["W-9"]


def test_an_accepted_finding_that_is_no_longer_found_is_a_finding(draft: Path) -> None:
    added(draft, ACCEPTED)
    assert [(one.text, one.expression) for one in checking.check(draft)] == [
        ("This finding is accepted but no longer found. Take the entry out.", "properties.yaml:18")
    ]


def test_steps_are_read_as_values_of_the_input_and_the_order_as_the_words_of_the_decision(draft: Path) -> None:
    added(
        draft,
        "  - {id: K.days, sentence: More days never lower it., kind: monotone, decision: final, inputs: [days], steps: [more, ['1', unknown]]}\n",
    )
    found = read(draft)
    assert found is not None
    statements = [one.statement for one in found.properties]
    assert isinstance(statements[0], Monotone)
    assert (statements[0].steps, statements[0].order) == ((("no", None, "yes"),), ("none", "self-care", "routine", "urgent", "emergency"))
    assert isinstance(statements[3], Monotone)
    assert (statements[3].steps[0], repr(statements[3].steps[1])) == (Move.MORE, "(Decimal('1'), None)")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{status: incomplete}", "{state: incomplete}", "Property K.open: 'state' is no fact, no decision and no <decision>.rules."),
        (
            "{status: incomplete}",
            "{status: open}",
            "Property K.open: the cell status: the word 'open' is not allowed; allowed are complete, incomplete.",
        ),
        ("{status: incomplete}", "status == 1", "Property K.open: the expression "),
        (
            "{course.rules: C-1}",
            "{course.rules: C-9}",
            "Property K.course: the cell course.rules: the word 'C-9' is not allowed; allowed are C-1, C-2.",
        ),
        ("['no', unknown, 'yes']", "['no', never]", "Property K.locked: the word 'never' is not allowed for locked; allowed are yes, no."),
        ("[locked]", "[unlocked]", "Property K.locked: 'unlocked' is no fact"),
        ("K.open", "K.locked", "Two properties have the same id."),
    ],
)
def test_a_fault_names_its_place_the_property_and_what_was_expected(draft: Path, old: str, new: str, says: str) -> None:
    knees.edit(draft / FILE, old, new)
    (found,) = checking.check(draft)
    assert found.expression.startswith(FILE)
    assert found.text.startswith(says)
