"""The mandatory invariants of what a card says (4, 5, 7, 8 and 9 of the notes), and that equal facts give equal bytes."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cds.assessment import assessing, document
from cds.dmn.model import LiteralExpression
from cds.foundation import canonical
from cds.hooks import cards as wire
from cds.values.assessment import Assessment, Card
from tests.content import brands, signs, strategies, words
from tests.content.strategies import Story, Vocabulary

A_RELEASE = settings(max_examples=60, derandomize=True, deadline=None)

RUNNING_ON = {"REDUCE_RUNNING", "RUN_20_MIN", "SWAP_ACTIVITY", "CONTINUE_RUNNING_MODIFIED", "GRADED_RUN_WALK", "SPIKE_10PCT", "STOP_THIS_RUN"}
SELF_CARE = {
    *("STAY_ACTIVE", "REASSURE", "HEAT", "COLD_OPTION", "PLANK_OPTION", "SIDE_BEND_OPTION", "ROTATION_OPTION", "HAMSTRING_STRETCH_OPTION"),
    *("HIP_FLEXOR_STRETCH_OPTION", "YOGA_POSES_OPTION", "FIGURE_FOUR_OPTION", "PIGEON_POSE", "FOAM_ROLLER", "STRENGTH", "LOW_IMPACT"),
    *("ROWING_OPTION", "SITTING_BREAKS", "MASSAGE_OPTION", "YOGA_CLASS", "EXERCISE", "MANIPULATION_OPTION_NOT_REALIGN"),
}
NSAID_USE = {"NSAID_OK", "NSAID_CAUTION", "NSAID_AVOID", "NSAID_AVOID_UNTIL_CONFIRMED", "NSAID_STOP_DAY10"}
"""That an NSAID is contraindicated is a warning; every other word on NSAIDs supposes that one may be taken."""


def assessed(vocabulary: Vocabulary, story: Story) -> Assessment:
    """The assessment of a story at a fixed instant, under a fixed id."""
    facts = strategies.merged(vocabulary.release, story)
    return assessing.assess(vocabulary.release, facts, decision_id="b5a1", at=strategies.AT, engine="1")


def rendered(vocabulary: Vocabulary, assessment: Assessment) -> bytes:
    """The document of the assessment with its cards as they go on the wire."""
    decision = {"decisionId": assessment.decision_id, "release": assessment.version, "digest": assessment.digest}
    content = vocabulary.release.cards
    outlet = wire.Outlet("https://cds.example", "form")
    shown = [wire.render(card, {}, decision=decision, content=content, outlet=outlet) for card in assessment.cards]
    return canonical.dumps(document.render(assessment, vocabulary.release, shown))


def signed(vocabulary: Vocabulary, data: st.DataObject) -> Story:
    """A story in which one warning sign is as bad as it can be: mostly an emergency or urgent."""
    story = data.draw(vocabulary.stories)
    sign = data.draw(st.sampled_from(signs.SIGNS))
    return replace(story, said=signs.with_sign(story.said, sign, signs.steps(sign)[-1][1]))


def offered(assessment: Assessment, *, unasked: bool = False) -> set[str]:
    """The codes that the assessment recommends or proposes; `unasked` leaves out contributing factors and treatments (D11, D12)."""
    proposals = (suggestion.proposal for card in assessment.cards for suggestion in card.suggestions)
    given = (one for one in assessment.recommendations if not (unasked and one.rule.startswith(("K-", "X-"))))
    return {one.code for one in given} | {proposal.code.code for proposal in proposals}


@A_RELEASE
@given(data=st.data())
def test_invariant_4_self_care_is_told_only_after_a_complete_screen(vocabulary: Vocabulary, data: st.DataObject) -> None:
    assessment = assessed(vocabulary, data.draw(vocabulary.calm))
    unasked = [name for name, fact in vocabulary.release.facts.facts.items() if fact.screen and name in assessment.facts.unknown]
    assert not unasked or assessment.triage.screen == "incomplete"
    if assessment.triage.screen == "incomplete":
        assert assessment.triage.urgency != "self-care"
        assert "self-care" not in [card.id for card in assessment.cards]
        assert not offered(assessment, unasked=True) & (SELF_CARE | RUNNING_ON)


def test_invariant_4_one_question_of_the_screen_left_out_leaves_it_incomplete(vocabulary: Vocabulary) -> None:
    well = vocabulary.bases["well"]
    assert assessed(vocabulary, Story(well)).triage.urgency == "self-care"
    for name in (name for name, fact in vocabulary.release.facts.facts.items() if fact.screen):
        triage = assessed(vocabulary, Story(words.changed(well, {name: None}))).triage
        assert (triage.screen, triage.urgency in ("routine", "urgent")) == ("incomplete", True), name


@A_RELEASE
@given(data=st.data())
def test_invariant_5_an_emergency_has_one_card_and_nothing_to_do_but_go(vocabulary: Vocabulary, data: st.DataObject) -> None:
    assessment = assessed(vocabulary, signed(vocabulary, data))
    if assessment.triage.urgency == "emergency":
        assert [(card.id, card.indicator) for card in assessment.cards] == [("emergency", "critical")]
        assert not offered(assessment) & (RUNNING_ON | SELF_CARE | NSAID_USE)
        assert {"GO_NOW", "STOP_RUNNING"} <= offered(assessment)
    else:
        assert "emergency" not in [card.id for card in assessment.cards]


def test_invariant_5_knows_every_code_of_running_self_care_and_nsaids(shared: Path) -> None:
    rows = (shared / "clinical" / "recommendation-codes.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("|")]
    meant = {code for cell in cells if cell[2] in ("running advice", "self-care") for code in cell[0].split(", ")}
    assert meant <= RUNNING_ON | SELF_CARE
    nsaids = {code for cell in cells for code in cell[0].split(", ") if code.startswith("NSAID_") and "CONTRAINDICATED" not in code}
    assert nsaids <= NSAID_USE


def published(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Every file of the release with its text: all that a card, form, value set or reference can say."""
    files = (path for path in sorted(vocabulary.folder.rglob("*")) if path.is_file())
    return ((path.relative_to(vocabulary.folder).as_posix(), path.read_text(encoding="utf-8")) for path in files)


def test_invariant_7_no_file_of_a_release_names_a_brand(vocabulary: Vocabulary) -> None:
    assert {name: found for name, text in published(vocabulary) if (found := brands.naming(brands.BRANDS, text))} == {}


def test_invariant_7_no_file_of_a_release_names_what_the_articles_sell(vocabulary: Vocabulary, shared: Path) -> None:
    claims = json.loads((shared / "clinical" / "claims.json").read_text(encoding="utf-8"))
    sold = brands.sold(claims)
    assert len(sold) >= 2
    assert {name: found for name, text in published(vocabulary) if (found := brands.naming(sold, text))} == {}


@settings(A_RELEASE, max_examples=30)
@given(data=st.data())
def test_invariant_7_no_assessment_names_a_brand(vocabulary: Vocabulary, data: st.DataObject) -> None:
    assert brands.naming(brands.BRANDS, rendered(vocabulary, assessed(vocabulary, data.draw(vocabulary.stories))).decode()) == []


def told_rules(vocabulary: Vocabulary, card: Card) -> Iterator[str]:
    """The rule ids that the text of a card names: where it lists rules, gives reasons, or owns up to a choice without a source."""
    phrases = vocabulary.release.cards.phrases
    for phrase in (phrases["rules"], phrases["expert"]):
        pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(phrase).replace(re.escape("{rules}"), "(.+?)"))
        for listed in re.findall(f"{pattern}$", card.detail, re.MULTILINE):
            yield from listed.split(", ")
    for section in vocabulary.release.cards.cards[card.id].sections:
        if section.show == "why":
            _, _, rest = card.detail.partition(f"**{section.heading}**\n\n")
            yield from re.findall(r"\((\S+)\)$", rest.partition("\n\n")[0], re.MULTILINE)


@A_RELEASE
@given(data=st.data())
def test_invariant_8_every_rule_that_a_card_names_is_in_the_release(vocabulary: Vocabulary, data: st.DataObject) -> None:
    model = vocabulary.release.model
    expressions = {decision.logic.id for decision in model.decisions if isinstance(decision.logic, LiteralExpression)}
    known = model.rules().keys() | expressions
    assessment = assessed(vocabulary, data.draw(vocabulary.stories))
    for card in assessment.cards:
        told = set(told_rules(vocabulary, card))
        assert set(card.rules) and told
        assert told | set(card.rules) | {rule for one in card.suggestions for rule in one.proposal.rules} <= known
    assert document.explained(json.loads(rendered(vocabulary, assessment)), vocabulary.release)["decisionId"] == assessment.decision_id


@A_RELEASE
@given(data=st.data())
def test_invariant_9_nothing_that_is_not_recommended_is_suggested(vocabulary: Vocabulary, data: st.DataObject) -> None:
    listed = vocabulary.release.cards.recommendations
    assessment = assessed(vocabulary, signed(vocabulary, data))
    codes = [suggestion.proposal.code.code for card in assessment.cards for suggestion in card.suggestions]
    assert [code for code in codes if listed[code].display == "NOT_RECOMMENDED"] == []


def test_invariant_9_nothing_that_is_not_recommended_may_be_proposed(vocabulary: Vocabulary) -> None:
    listed = vocabulary.release.cards.recommendations.values()
    assert [one.code for one in listed if one.proposed and one.display == "NOT_RECOMMENDED"] == []


@A_RELEASE
@given(data=st.data())
def test_the_reasons_of_a_triage_are_of_its_urgency_and_its_time_is_the_shortest(vocabulary: Vocabulary, data: st.DataObject) -> None:
    assessment = assessed(vocabulary, data.draw(vocabulary.stories))
    triage, ranked = assessment.triage, vocabulary.release.cards.roles.ranked
    matched = [row for one in assessment.decisions if one.decision in ranked for row in zip(one.rules, one.outputs, strict=True)]
    urgencies = {rule: outputs["urgency"] for rule, outputs in matched}
    assert {urgencies[rule] for rule in triage.because} == ({triage.urgency} - {"none"})
    hours = [int(outputs["within"]) for one in assessment.decisions for outputs in one.outputs if outputs.get("within") is not None]
    assert triage.within_hours == (None if triage.urgency in ("none", "self-care") else min(hours))


@settings(A_RELEASE, max_examples=25)
@given(data=st.data())
def test_the_order_of_answers_and_record_changes_no_byte(vocabulary: Vocabulary, data: st.DataObject) -> None:
    story = data.draw(vocabulary.stories)
    order = data.draw(st.permutations(list(story.said)))
    other = replace(story, said={name: story.said[name] for name in order}, recorded=dict(reversed(list(story.recorded.items()))))
    assert rendered(vocabulary, assessed(vocabulary, story)) == rendered(vocabulary, assessed(vocabulary, other))


@settings(A_RELEASE, max_examples=25)
@given(data=st.data())
def test_the_order_of_the_words_of_a_list_decides_nothing(vocabulary: Vocabulary, data: st.DataObject) -> None:
    story = data.draw(vocabulary.stories)
    said = {name: tuple(reversed(value)) if isinstance(value, tuple) else value for name, value in story.said.items()}
    one, other = (assessed(vocabulary, replace(story, said=known)) for known in (story.said, said))
    assert (one.triage, one.pathway, one.decisions, one.recommendations) == (other.triage, other.pathway, other.decisions, other.recommendations)


@settings(A_RELEASE, max_examples=25)
@given(data=st.data())
def test_the_same_facts_give_the_same_bytes(vocabulary: Vocabulary, data: st.DataObject) -> None:
    story = data.draw(vocabulary.stories)
    assert rendered(vocabulary, assessed(vocabulary, story)) == rendered(vocabulary, assessed(vocabulary, story))
