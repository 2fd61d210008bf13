"""The cards of self-care, medicines, imaging and treatments: what they grade, whose grounds they give, and when they are left out."""

import re

from cds.values.assessment import Card
from tests.assessment.patients import Clinic

KNOWN = {"med-list": "supplied"}
ASKED = ("traction", "x-ray", "planks", "heat")


def cards(clinic: Clinic, **changes: object) -> dict[str, Card]:
    """The cards of the well patient with changes, by id."""
    return {card.id: card for card in clinic.assess({name.replace("_", "-"): value for name, value in changes.items()}).cards}  # type: ignore[misc]


def part(card: Card, heading: str) -> list[str]:
    """The lines under a heading of the card."""
    _, _, rest = card.detail.partition(f"**{heading}**\n\n")
    return [line.removeprefix("- ") for line in rest.partition("\n\n")[0].splitlines()]


def test_a_case_of_self_care_has_four_cards_in_the_order_of_the_assembly(backs: Clinic) -> None:
    assert list(cards(backs)) == ["what-to-do", "self-care", "medicines", "imaging"]


def test_each_item_of_self_care_is_graded_and_names_its_rule(backs: Clinic) -> None:
    lines = part(cards(backs)["self-care"], "Tell the patient")
    assert lines[0] == "Recommended: Stay active; avoid bed rest; 1-2 days off running is fine. (C-01)"
    assert all(re.fullmatch(r"(Recommended|Option|Too little evidence|Avoid): .+ \((C-\d\d(\.\d)?|R-return)\)", line) for line in lines)


def test_the_stop_rule_is_said_once_on_the_self_care_card(backs: Clinic) -> None:
    assert part(cards(backs)["self-care"], "Stop and call") == [backs.release.cards.phrases["self-care-stop"]]


def test_what_is_not_recommended_stands_apart_from_what_may_be_tried(backs: Clinic) -> None:
    card = cards(backs, asked_about=ASKED)["imaging"]
    against = part(card, "Commonly advised, not recommended")
    beside = part(card, "Treatments tried or asked about")
    assert [re.findall(r"\((\S+)\)$", line)[0] for line in against] == ["X-traction", "X-x-ray"]
    assert [re.findall(r"\((\S+)\)$", line)[0] for line in beside] == ["X-heat", "X-planks"]


def test_treatments_of_a_case_without_self_care_are_facts_and_not_a_plan(backs: Clinic) -> None:
    card = cards(backs, rf_chest=None, asked_about=ASKED)["imaging"]
    assert "Treatments tried or asked about: facts, not a plan" in card.detail
    assert part(card, "Treatments tried or asked about") == []


def test_nothing_is_said_of_treatments_that_nobody_tried_or_asked_about(backs: Clinic) -> None:
    card = cards(backs, tried=(), asked_about=())["imaging"]
    assert "Treatments" not in card.detail
    assert "not recommended" not in card.detail


def test_the_card_of_medicines_says_the_most_severe_level_and_lists_every_row(backs: Clinic) -> None:
    card = cards(backs, hx_anticoag="yes", hx_kidney="yes", hx_bp="yes")["medicines"]
    assert card.summary == backs.release.cards.cards["medicines"].summaries[0].text
    assert {"N-04.1", "N-06", "N-36"} <= set(card.rules)
    assert len(part(card, "Anti-inflammatory pills (NSAIDs)")) == 3


def test_a_card_gives_the_findings_rules_and_sources_of_its_own_decisions(backs: Clinic) -> None:
    card = cards(backs, hx_kidney="yes", **KNOWN)["medicines"]
    assert [line.split(":")[0] for line in part(card, "Findings")] == ["kidney problems"]
    assert part(card, "Rules")[0].startswith("Rules N-06, N-most.2 of ")
    assert part(card, "References")[0] == "GGC_NSAID [V]"
    assert not {"P-03", "C-01"} & set(part(card, "Rules")[0].replace(",", "").split())


def test_what_the_record_did_not_give_is_said_beside_the_medicines(backs: Clinic) -> None:
    answer = backs.assess({}, not_checked=("medications",))
    card = next(one for one in answer.cards if one.id == "medicines")
    assert part(card, "Not checked") == ["Not checked, as the record did not give it: medications."]


def test_a_card_without_content_is_left_out(backs: Clinic) -> None:
    urgent = {"trend": "worse", "duration_days": 20, **{name.replace("-", "_"): value for name, value in KNOWN.items()}}
    assert list(cards(backs, **urgent)) == ["what-to-do", "imaging"]
    assert "medicines" in cards(backs, **{**urgent, "med_list": None})


def test_an_emergency_says_of_medicines_only_what_is_contraindicated(backs: Clinic) -> None:
    plain = cards(backs, rf_saddle="yes", hx_kidney="yes")["emergency"]
    assert "Anti-inflammatory" not in plain.detail
    card = cards(backs, rf_saddle="yes", hx_kidney="yes", nsaid_now="yes", asked_about=("heat", "planks"))["emergency"]
    assert len(part(card, "Anti-inflammatory pills (NSAIDs)")) == 1
    assert part(card, "Imaging and tests")[0].startswith("Emergency MRI")
    assert not [rule for rule in card.rules if rule.startswith(("C-", "K-", "X-"))]


def test_weak_flags_are_listed_and_change_no_urgency(backs: Clinic) -> None:
    answer = backs.assess({"onset-type": "gradual"})
    assert answer.triage.urgency == "self-care"
    assert "Weak flag: gradual onset. It does not escalate alone." in part(answer.cards[0], "Weak signs, listed only")


def test_a_recommendation_has_the_display_of_its_row_where_the_table_gives_one(backs: Clinic) -> None:
    def strength(**changes: object) -> dict[str, str]:
        given = backs.assess({name.replace("_", "-"): value for name, value in changes.items()}).recommendations  # type: ignore[misc]
        return {one.rule: one.display for one in given if one.code == "STRENGTH"}

    assert strength() == {"C-19": "OPTION"}
    assert strength(duration_days=50) == {"C-13": "RECOMMEND"}
