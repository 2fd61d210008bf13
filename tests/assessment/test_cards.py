"""What cards say and never say, for patients of the edited release and of the invented one."""

import itertools
import re
import string
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.assessment import assessing
from cds.assessment.view import View
from cds.dmn.evaluation import Evaluation
from cds.dmn.feel import ast
from cds.facts import Facts, RecordFact, Value
from cds.values.release import Release
from tests.assessment import patients
from tests.assessment.patients import Clinic

BOTH = ("backs", "sore_knees")
CANCER = {"hx-cancer": RecordFact("yes", "Condition/77", "2029-02-03", "by name")}
PRIVATE_WORDS = {"hx-ivdu": ("injected", "drug", "prescribed"), "rf-sexual": ("sexual", "genital", "during sex", "loss of feeling")}


def constants(release: Release, output: str) -> set[int | None]:
    """Every constant that a rule gives for an output, and none."""
    entries = (rule.then.get(output) for rule in release.model.rules().values())
    return {None} | {int(entry.value) for entry in entries if isinstance(entry, ast.Constant) and isinstance(entry.value, Decimal)}


def fillings(view: View, name: str) -> list[str]:
    """Every text that may stand in this place of a summary."""
    content = view.content
    if name == "within":
        return [view.within(hours) for hours in constants(view.release, "within")]
    if name == "missing":
        return [str(len(view.release.facts.facts))]
    if name == "review-date":
        return [patients.DAY]
    if name == "review-day":
        return [str(day) for day in constants(view.release, "review-day")]
    return list(content.words[name].values())


def summaries(view: View) -> Iterator[str]:
    """Every summary that the words of the content can give."""
    for card in view.content.cards.values():
        for variant in card.summaries:
            names = sorted({name for _, name, _, _ in string.Formatter().parse(variant.text) if name})
            for chosen in itertools.product(*(fillings(view, name) for name in names)):
                yield variant.text.format_map(dict(zip(names, chosen, strict=True)))


@pytest.mark.parametrize("name", BOTH)
def test_every_summary_that_the_words_can_give_is_below_140_characters(name: str, request: pytest.FixtureRequest) -> None:
    release = request.getfixturevalue(name).release
    view = View(release, Facts({}), Evaluation(), assessing.NOTHING_ASSESSED, patients.DECISION, patients.AT)
    said = list(summaries(view))
    assert len(said) > len(release.cards.cards)
    assert [text for text in said if len(text.encode("utf-16-le")) // 2 >= 140 or len(text) >= 140 or "{" in text] == []


def test_a_fact_is_shown_with_its_source_and_its_date(backs: Clinic) -> None:
    card = backs.assess({"hx-cancer": None}, CANCER).cards[0]
    assert "history of cancer: Yes (record, Condition/77, matched by name, 2029-02-03)" in patients.lines(backs, card, "facts")
    assert f"days since onset: 9 days (questionnaire, {patients.DAY})" in patients.lines(backs, backs.assess().cards[0], "facts")


def test_a_fact_that_no_decisive_rule_tested_is_not_shown(backs: Clinic) -> None:
    found = patients.lines(backs, backs.assess({"rf-saddle": "yes", "smoke": "current"}).cards[0], "facts")
    assert [line.split(":")[0] for line in found] == ["saddle numbness", "days since onset"]


def test_a_conflict_shows_what_both_said(backs: Clinic) -> None:
    answer = backs.assess({"hx-cancer": "no"}, CANCER)
    said = "history of cancer: patient: No; record: Yes (record, Condition/77, matched by name, 2029-02-03); the record was used"
    assert patients.lines(backs, answer.cards[0], "conflicts") == [said]
    assert said in answer.note


@pytest.mark.parametrize(("name", "words"), PRIVATE_WORDS.items())
@pytest.mark.parametrize(
    "beside", [{}, {"rf-night-pain": "yes"}, {"rf-fever": "yes"}, {"numb-tingle": "thigh"}, {"rf-saddle": "yes"}, {"rf-bladder": None}]
)
def test_a_sensitive_answer_is_named_on_no_card_and_in_no_note(
    backs: Clinic, name: str, words: tuple[str, ...], beside: dict[str, Value | None]
) -> None:
    answer = backs.assess({name: "yes", **beside})
    told = "\n".join([*map(patients.said_on, answer.cards), answer.note, *(one.text for one in answer.recommendations)]).lower()
    assert answer.cards
    assert [word for word in (*words, name) if word in told] == []


def test_every_sensitive_fact_of_the_content_is_looked_for(backs: Clinic) -> None:
    assert {name for name, fact in backs.release.facts.facts.items() if fact.sensitive} == set(PRIVATE_WORDS)


def test_the_reason_of_a_rule_that_rests_on_a_sensitive_answer_is_left_to_the_explanation(sore_knees: Clinic) -> None:
    card = sore_knees.assess({"doping": "yes"}).cards[0]
    assert patients.lines(sore_knees, card, "why") == [
        "A private answer; the explanation names it. (K-3)",
        "A warning sign comes before all causes. (W-1)",
    ]


def test_negatives_are_what_was_asked_and_denied_and_nothing_else(sore_knees: Clinic) -> None:
    denied = {
        answer: patients.lines(sore_knees, sore_knees.assess({"swelling": answer}).cards[-1], "negatives") for answer in ("no", "old", "yes", None)
    }
    both, one = ["Denied, joint: locking; new swelling."], ["Denied, joint: locking."]
    assert denied == {"no": both, "old": one, "yes": one, None: one}


def test_what_does_not_apply_is_neither_denied_nor_open(backs: Clinic) -> None:
    card = backs.assess({"sex": "male", "pregnant": None, "preg-warning": None, "rf-testicle": "no"}).cards[0]
    told = " ".join([*patients.lines(backs, card, "negatives"), *patients.lines(backs, card, "unanswered")])
    fact = backs.release.facts.facts
    assert fact["rf-testicle"].denied in told
    assert f"{fact['pregnant'].denied};" not in told
    assert fact["preg-warning"].denied not in told


def test_what_was_not_answered_is_said(sore_knees: Clinic) -> None:
    card = sore_knees.assess({"swelling": None}).cards[-1]
    assert patients.lines(sore_knees, card, "unanswered") == ["Open, joint: new swelling."]
    assert patients.lines(sore_knees, sore_knees.assess().cards[-1], "unanswered") == ["Nothing is missing."]


def test_a_denial_that_the_record_contradicts_is_no_negative(backs: Clinic) -> None:
    denied = patients.lines(backs, backs.assess({"hx-cancer": "no"}, CANCER).cards[0], "negatives")
    assert denied
    assert not any(re.search(r"[:;] cancer[;.]", line) for line in denied)


def test_old_answers_are_said_to_be_too_old_and_deny_nothing_of_the_screen(backs: Clinic) -> None:
    answer = backs.assess(authored=patients.AT.replace(month=5))
    assert any(backs.release.cards.phrases["stale"] in card.detail for card in answer.cards)
    denied = " ".join(line for card in answer.cards for line in patients.lines(backs, card, "negatives"))
    assert backs.release.facts.facts["rf-saddle"].denied not in denied


def test_what_was_not_checked_and_not_used_is_said_without_its_words(sore_knees: Clinic) -> None:
    card = sore_knees.assess(not_checked=("conditions", "temperature"), problems=("conditions[3]: of another patient.", "x: y.")).cards[0]
    assert patients.lines(sore_knees, card, "unanswered") == ["Nothing is missing.", "Not checked: conditions, temperature.", "2 entries not used."]


def test_the_missing_questions_are_asked_on_a_card_before_all_others(sore_knees: Clinic) -> None:
    first, *_ = sore_knees.assess({"locked": None, "swelling": None}).cards
    assert (first.id, first.summary) == ("missing", "2 questions are open.")
    assert patients.lines(sore_knees, first, "missing") == ["Is it locked?", "Is it swollen?"]


def test_an_unfinished_form_is_said_where_no_question_lacks(sore_knees: Clinic) -> None:
    first, *_ = sore_knees.assess(status="in-progress").cards
    assert patients.lines(sore_knees, first, "missing") == ["The form is not finished."]


def test_an_emergency_is_one_card_without_safety_net_and_without_follow_up(backs: Clinic, safety_net: str) -> None:
    answer = backs.assess({"rf-saddle": "yes", "rf-bladder": None})
    assert [(card.id, card.indicator) for card in answer.cards] == [("emergency", "critical")]
    assert safety_net not in answer.cards[0].detail + answer.note
    follow_up = {rule.id for rule in backs.release.model.decision("follow-up").logic.rules}  # type: ignore[union-attr]
    assert follow_up & {*answer.cards[0].rules, *(one.rule for one in answer.recommendations)} == set()


@pytest.mark.parametrize("changes", [{}, {"trend": "worse", "duration-days": 16}, {"duration-days": 22}, {"rf-chest": None}])
def test_every_other_patient_gets_the_safety_net_word_for_word(backs: Clinic, safety_net: str, changes: dict[str, Value | None]) -> None:
    what_to_do = next(card for card in backs.assess(changes).cards if card.id == "what-to-do")
    assert any(line.endswith(safety_net) for line in patients.lines(backs, what_to_do, "recommendations"))


@settings(max_examples=40)
@given(data=st.data())
def test_whatever_is_answered_the_cards_keep_their_form(backs: Clinic, data: st.DataObject) -> None:
    answer = backs.assess_facts(backs.merged(data.draw(backs.near_well())))
    assert len(answer.cards) <= 4
    for card in answer.cards:
        assert 0 < len(card.summary.encode("utf-16-le")) // 2 < 140
        assert backs.release.cards.phrases["not-approved"] in patients.lines(backs, card, "limits")
        assert card.rules
        assert not any(mark in card.detail for mark in ("<", "http", "{", "}", "None", "@"))


@settings(max_examples=40)
@given(data=st.data())
def test_a_note_is_plain_text_a_sentence_a_line(backs: Clinic, data: st.DataObject) -> None:
    note = backs.assess_facts(backs.merged(data.draw(backs.near_well()))).note
    title, *lines = note.split("\n")
    assert title == f"Low back pain questionnaire, {patients.DAY}"
    assert lines
    assert all(line == line.strip() and line.endswith(".") for line in lines)
    assert not any(mark in note for mark in ("**", "<", "#", "\n- ", "{", "\t"))


# Referrals that are merged.


def test_of_two_rows_for_one_service_the_more_urgent_is_kept(sore_knees: Clinic) -> None:
    answer = sore_knees.assess({"age": 65, "days": 30})
    assert patients.lines(sore_knees, answer.cards[0], "recommendations")[:1] == ["Physiotherapist within 2 weeks."]
    assert [(one.proposal.code.code, one.proposal.within_hours, one.proposal.rules) for one in answer.cards[0].suggestions] == [
        ("KNEE_PHYSIO", 336, ("F-4",))
    ]


def test_rows_stand_in_the_order_of_their_urgency(sore_knees: Clinic) -> None:
    answer = sore_knees.assess({"age": 65, "locked": "yes"})
    advised = [line for line in patients.lines(sore_knees, answer.cards[0], "recommendations") if "within" in line]
    assert advised == ["Knee surgeon within 48 hours.", "Physiotherapist within 2 weeks."]
    assert [one.proposal.within_hours for one in answer.cards[0].suggestions] == [48, 48]


@settings(max_examples=40)
@given(data=st.data())
def test_no_service_is_proposed_twice_and_every_proposal_can_be_ordered(backs: Clinic, data: st.DataObject) -> None:
    answer = backs.assess_facts(backs.merged(data.draw(backs.near_well())))
    for card in answer.cards:
        offered: list[Any] = [(one.proposal.text, one.proposal.code.code) for one in card.suggestions]
        assert len(set(offered)) == len(offered)
        assert all(backs.release.cards.recommendations[code].proposed for _, code in offered)
