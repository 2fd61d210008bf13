"""An assessment as a whole: its ids, its bytes, its document, and the two answers without a questionnaire."""

import random
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.assessment import assessing, document
from cds.facts import Facts
from cds.foundation import canonical, schemas
from cds.values.assessment import Assessment
from tests.assessment import patients
from tests.assessment.patients import Clinic


def rendered(clinic: Clinic, answer: Assessment) -> dict[str, Any]:
    """The document of an assessment; its cards on the wire are tested with the service."""
    return document.render(answer, clinic.release, [])


def ids(answer: Assessment) -> list[str]:
    """The ids of all cards and suggestions."""
    return [one for card in answer.cards for one in (card.uuid, *(offer.uuid for offer in card.suggestions))]


@settings(max_examples=30)
@given(data=st.data())
def test_any_answers_give_a_document_that_keeps_to_its_schema(backs: Clinic, data: st.DataObject) -> None:
    said = data.draw(backs.answers() | backs.near_well())
    answer = backs.assess_facts(backs.merged(said))
    assert schemas.problems("assessment", rendered(backs, answer)) == []
    assert schemas.problems("assessment", document.explained(rendered(backs, answer), backs.release)) == []


@settings(max_examples=30)
@given(data=st.data(), chance=st.randoms(use_true_random=False))
def test_the_same_answers_in_any_order_give_the_same_bytes(backs: Clinic, data: st.DataObject, chance: random.Random) -> None:
    said = list({**backs.well, **data.draw(backs.near_well())}.items())
    first = backs.assess_facts(backs.merged(dict(said)))
    chance.shuffle(said)
    second = backs.assess_facts(backs.merged(dict(said)))
    assert canonical.dumps(rendered(backs, first)) == canonical.dumps(rendered(backs, second))
    assert first.cards == second.cards


def test_ids_are_uuids_of_version_4_and_differ_from_card_to_card(backs: Clinic) -> None:
    found = ids(backs.assess({"rf-bladder": None, "leg-pain": "below-knee", "duration-days": 60, "pain-now": 8}))
    assert len(found) > 2
    assert len(set(found)) == len(found)
    assert all(uuid.UUID(one).version == 4 and uuid.UUID(one).variant == uuid.RFC_4122 and str(uuid.UUID(one)) == one for one in found)


@given(st.uuids(version=4), st.uuids(version=4))
def test_ids_follow_from_the_decision(sore_knees: Clinic, one: uuid.UUID, other: uuid.UUID) -> None:
    known = sore_knees.merged({"locked": "yes"})
    first, again, second = (ids(sore_knees.assess_facts(known, str(decision))) for decision in (one, one, other))
    assert first == again
    assert set(first).isdisjoint(second) == (one != other)
    assert all(uuid.UUID(identifier).version == 4 and uuid.UUID(identifier).variant == uuid.RFC_4122 for identifier in first)


def test_the_triage_has_the_highest_urgency_the_shortest_time_and_the_rules_of_that_urgency(sore_knees: Clinic) -> None:
    triage = sore_knees.assess({"locked": "yes", "doping": "yes", "days": 30}).triage
    assert (triage.urgency, triage.within_hours, triage.because, triage.screen) == ("urgent", 48, ("K-1", "K-3"), "complete")


def test_self_care_has_no_time(sore_knees: Clinic) -> None:
    assert sore_knees.assess().triage.within_hours is None
    assert "withinHours" not in rendered(sore_knees, sore_knees.assess())["triage"]


def test_the_document_tells_the_decision_its_release_and_its_facts(sore_knees: Clinic) -> None:
    told = rendered(sore_knees, sore_knees.assess({"locked": "yes", "side": ("left", "right"), "distance": 7}))
    assert told["decisionId"] == patients.DECISION
    assert told["release"] == {"name": "sore-knee", "version": "1.0.0", "digest": "sha256:" + "ab" * 32, "language": "en"}
    assert (told["decidedAt"], told["approved"], told["stale"]) == ("2030-06-15T12:00:00.000Z", False, False)
    assert told["facts"]["side"] == {"value": ["left", "right"], "source": "questionnaire", "of": "side", "date": patients.DAY}
    assert told["facts"]["highest"] == {"value": 3, "source": "derived", "of": "highest"}
    assert told["pathway"] == {"code": "alarm", "rule": "W-1"}
    assert told["duration"] == {"days": 3, "band": "fresh", "rule": "B-1"}
    assert [one["code"] for one in told["recommendations"]] == ["SEE_SOON", "KNEE_SURGEON", "KNEE_PHYSIO", "KNEE_NET"]


def test_every_table_is_told_in_the_order_evaluated_with_what_unknown_left_open(sore_knees: Clinic) -> None:
    decisions = rendered(sore_knees, sore_knees.assess({"locked": None}))["decisions"]
    names = [one["decision"] for one in decisions]
    assert names.index("signs") < names.index("gaps") < names.index("assembly")
    assert "ask" not in names
    assert {"rule": "K-1", "unknown": ["locked"]} in decisions[names.index("signs")]["undetermined"]


def test_the_explanation_gives_reason_and_references_of_each_rule_and_words_for_each_fact(sore_knees: Clinic) -> None:
    told = document.explained(rendered(sore_knees, sore_knees.assess({"locked": "yes"})), sore_knees.release)
    rules = {rule["id"]: rule for decision in told["explanation"] for rule in decision["rules"]}
    assert rules["K-1"]["because"] == "A knee that cannot be straightened may hold a torn piece."
    assert (rules["K-1"]["certainty"], rules["K-1"]["claims"]) == ("moderate", ["S1-02"])
    assert [one["id"] for one in rules["K-1"]["references"]] == ["KNEE2020"]
    assert (rules["F-3"]["references"], "certainty" in rules["F-3"]) == ([], False)
    assert told["labels"]["swelling"] == "swollen knee"


@pytest.mark.parametrize("name", ["backs", "sore_knees"])
def test_without_a_response_one_card_offers_the_form_and_decides_nothing(name: str, request: pytest.FixtureRequest) -> None:
    clinic: Clinic = request.getfixturevalue(name)
    unknown = Facts({}, tuple(clinic.release.facts.facts))
    offered = assessing.offer(clinic.release, unknown, decision_id=patients.DECISION, at=patients.AT, engine="0.1.0")
    assert [(card.id, card.indicator, card.rules, card.suggestions) for card in offered.cards] == [("offer", "info", (), ())]
    assert (offered.triage.urgency, offered.triage.screen, offered.decisions, offered.recommendations) == ("none", "incomplete", (), ())
    assert "**Limits**" in offered.cards[0].detail
    assert schemas.problems("assessment", rendered(clinic, offered)) == []


def test_without_a_response_and_a_trigger_nothing_is_said(sore_knees: Clinic) -> None:
    silent = assessing.silence(sore_knees.release, Facts({}), decision_id=patients.DECISION, at=patients.AT, engine="0.1.0")
    assert (silent.cards, silent.note, silent.triage) == ((), "", assessing.NOTHING_ASSESSED)


def test_a_patient_without_the_complaint_and_without_a_sign_gets_no_card(backs: Clinic) -> None:
    answer = backs.assess({"lbp-present": "no"})
    assert (answer.cards, answer.triage.urgency, answer.triage.because) == ((), "none", ())
