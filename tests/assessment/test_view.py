"""The words for coded values and times, and the facts that a decision rests on."""

from decimal import Decimal
from typing import Any

import pytest

from cds.assessment.assessing import NOTHING_ASSESSED
from cds.assessment.view import View
from cds.dmn import evaluation
from cds.facts import Facts
from tests.assessment import patients
from tests.assessment.patients import Clinic

TIMES = [
    (None, ""),
    (0, "now"),
    (1, "within 1 hours"),
    (24, "within 24 hours"),
    (48, "within 48 hours"),
    (72, "within 3 days"),
    (100, "within 4 days"),
    (167, "within 6 days"),
    (168, "within 1 week"),
    (169, "within 7 days"),
    (336, "within 2 weeks"),
    (672, "within 4 weeks"),
]


def view(clinic: Clinic, known: Facts | None = None) -> View:
    """What the writers of cards look at, for these facts."""
    held = known or clinic.merged()
    result = evaluation.evaluate(clinic.release.model, held.values())
    return View(clinic.release, held, result, NOTHING_ASSESSED, patients.DECISION, patients.AT)


@pytest.mark.parametrize(("hours", "words"), TIMES)
def test_a_time_is_told_in_hours_days_or_whole_weeks(sore_knees: Clinic, hours: int | None, words: str) -> None:
    assert view(sore_knees).within(hours) == words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("final", "urgent", "Urgent"),
        ("swelling", "old", "For years"),
        ("side", ("left", "right"), "Left, Right"),
        ("side", (), ""),
        ("days", 9, "9 days"),
        ("temperature", Decimal("38.50"), "38.5 °C"),
        ("temperature", Decimal("38.0"), "38 °C"),
        ("distance", Decimal("5"), "5 km"),
        ("highest", Decimal("4"), "4"),
        ("elbow", "code-without-words", "code-without-words"),
    ],
)
def test_a_coded_value_is_told_in_the_words_of_the_content(sore_knees: Clinic, name: str, value: Any, words: str) -> None:
    assert view(sore_knees).word(name, value) == words


def test_places_in_a_text_are_filled_with_facts_decisions_and_outputs(sore_knees: Clinic) -> None:
    seen = view(sore_knees, sore_knees.merged({"days": 3, "locked": None}))
    text = seen.fill("{knee-sore}, {days}, {pathway}, {missing}, {final}{within}; day {review-day}, {review-date}", {"review-day": Decimal(10)})
    assert text == "Yes, 3 days, no pattern, 1, Routine; day 10, 2030-06-22"


def test_the_grounds_of_a_rule_are_the_facts_that_it_tested_through_the_decisions_between(sore_knees: Clinic) -> None:
    seen = view(sore_knees, sore_knees.merged({"locked": "yes"}))
    assert seen.grounds(("K-1",)) == ("locked",)
    assert seen.grounds(("F-3",)) == ("locked",)
    assert seen.grounds(("B-1",)) == ("days",)
    assert seen.grounds(("C-1",)) == ("days",)
    assert seen.grounds(("no-such-rule",)) == ()


def test_an_unknown_fact_is_no_ground(sore_knees: Clinic) -> None:
    seen = view(sore_knees, sore_knees.merged({"days": None}))
    assert seen.grounds(("C-2", "B-3")) == ()


def test_only_the_alternative_that_matched_was_tested(backs: Clinic) -> None:
    seen = view(backs, backs.merged({"hx-immune": "yes", "rf-night-pain": "yes"}))
    rule = next(one.rule for one in seen.evaluation.decisions["red-flags"].results if one.truth)
    assert set(seen.tested(rule)) == {"hx-immune", "rf-night-pain", "rf-fever"}
    assert seen.tested("no-such-rule") == ()
