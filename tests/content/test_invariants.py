"""The mandatory invariants of the urgency (1, 2, 3, 6 and 10 of the notes), and that the graph always has an answer."""

import itertools
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn import evaluation
from cds.facts import Answers, Record, merge
from tests.content import signs, strategies, words
from tests.content.strategies import Story, Vocabulary
from tests.content.words import Changes, Known

URGENCIES = ("none", "self-care", "routine", "urgent", "emergency")
A_SIGN = settings(max_examples=12, derandomize=True, deadline=None)
BESIDE_A_RECORD = settings(A_SIGN, max_examples=9)
A_RELEASE = settings(max_examples=100, derandomize=True, deadline=None)
SEVERAL = settings(A_RELEASE, max_examples=40)
COURSES: tuple[Changes, ...] = (
    {},
    {"trend": "worse", "duration-days": 16},
    {"limp": "cannot-walk"},
    {"leg-pain": "below-knee", "pain-now": 8},
)
"""How the pain of a base may go on, so that persistence alone is urgent in one way or another."""
NOWHERE = ("red-flag", "none")
"""The pathways in which persistence says nothing."""


def rank(vocabulary: Vocabulary, known: Known) -> int:
    """The rank of the final urgency of these inputs."""
    result = evaluation.evaluate(vocabulary.triage, known)
    return URGENCIES.index(result.value(vocabulary.release.cards.roles.urgency))


def rank_of_story(vocabulary: Vocabulary, story: Story) -> int:
    """The rank of the final urgency of answers and record together."""
    return URGENCIES.index(evaluated(vocabulary, story).value(vocabulary.release.cards.roles.urgency))


def evaluated(vocabulary: Vocabulary, story: Story) -> evaluation.Evaluation:
    """The triage of answers and record together."""
    known = strategies.merged(vocabulary.release, story).values()
    return evaluation.evaluate(vocabulary.triage, known)


def worsened(known: Known, sign: str) -> Iterable[tuple[Known, Known]]:
    """The facts before and after each change for the worse of the sign."""
    return ((signs.with_sign(known, sign, before), signs.with_sign(known, sign, after)) for before, after in signs.steps(sign))


@pytest.mark.parametrize("sign", signs.SIGNS)
@A_SIGN
@given(data=st.data())
def test_invariant_1_a_sign_that_is_present_never_lowers_the_urgency(vocabulary: Vocabulary, sign: str, data: st.DataObject) -> None:
    known = data.draw(vocabulary.beside[sign])
    for before, after in worsened(known, sign):
        assert rank(vocabulary, before) <= rank(vocabulary, after), (sign, before.get(sign), after.get(sign))


@pytest.mark.parametrize("sign", signs.SIGNS)
@BESIDE_A_RECORD
@given(data=st.data())
def test_invariant_1_holds_for_what_is_said_beside_a_record(vocabulary: Vocabulary, sign: str, data: st.DataObject) -> None:
    story = data.draw(vocabulary.stories_beside[sign])
    for before, after in worsened(story.said, sign):
        assert rank_of_story(vocabulary, replace(story, said=before)) <= rank_of_story(vocabulary, replace(story, said=after)), sign


@pytest.mark.parametrize("sign", signs.SIGNS)
@A_SIGN
@given(data=st.data())
def test_invariant_2_a_sign_that_is_not_known_never_lowers_the_urgency(vocabulary: Vocabulary, sign: str, data: st.DataObject) -> None:
    known = data.draw(vocabulary.beside[sign])
    no, unknown = (signs.with_sign(known, sign, value) for value in (signs.denied(sign), None))
    assert rank(vocabulary, no) <= rank(vocabulary, unknown)


@pytest.mark.parametrize("sign", signs.SIGNS)
@BESIDE_A_RECORD
@given(data=st.data())
def test_invariant_2_holds_for_what_is_left_out_beside_a_record(vocabulary: Vocabulary, sign: str, data: st.DataObject) -> None:
    story = data.draw(vocabulary.stories_beside[sign])
    no, unknown = (replace(story, said=signs.with_sign(story.said, sign, value)) for value in (signs.denied(sign), None))
    assert rank_of_story(vocabulary, no) <= rank_of_story(vocabulary, unknown)


@pytest.mark.parametrize("sign", signs.SIGNS)
@pytest.mark.parametrize("base", ["well", "nothing"])
def test_invariants_1_and_2_hold_for_one_sign_alone(vocabulary: Vocabulary, base: str, sign: str) -> None:
    require_order(vocabulary, vocabulary.bases[base], sign)


@pytest.mark.parametrize("sign", signs.SIGNS)
def test_invariants_1_and_2_hold_for_a_sign_beside_all_that_its_rules_ask_for(vocabulary: Vocabulary, sign: str) -> None:
    for course in COURSES:
        for fit in vocabulary.company[sign]:
            require_order(vocabulary, words.changed(vocabulary.bases["well"], course, fit), sign)


def require_order(vocabulary: Vocabulary, known: Known, sign: str) -> None:
    """Refuses facts in which the sign unknown is ranked below the sign denied, or a worse sign below a lesser one."""
    ranks = {value: rank(vocabulary, signs.with_sign(known, sign, value)) for step in signs.ordered(sign) for value in step}
    fallen = [step for step in signs.ordered(sign) if ranks[step[0]] > ranks[step[1]]]
    assert fallen == [], (sign, known)


@SEVERAL
@given(data=st.data())
def test_invariant_2_answers_too_old_to_reassure_never_lower_the_urgency(vocabulary: Vocabulary, data: st.DataObject) -> None:
    fresh = data.draw(vocabulary.stories)
    known = {name: value for name, value in fresh.said.items() if name != vocabulary.release.cards.roles.days}
    old = [replace(fresh, said=known, authored=authored) for authored in strategies.AUTHORED]
    assert rank_of_story(vocabulary, old[0]) == rank_of_story(vocabulary, old[1])
    assert all(rank_of_story(vocabulary, old[0]) <= rank_of_story(vocabulary, story) for story in old[2:])


@SEVERAL
@given(data=st.data())
def test_invariant_3_a_fact_of_the_record_never_lowers_the_urgency(vocabulary: Vocabulary, data: st.DataObject) -> None:
    story = data.draw(vocabulary.stories)
    before = rank_of_story(vocabulary, story)
    for name, word in data.draw(st.permutations(vocabulary.recordable))[:4]:
        after = replace(story, recorded={**story.recorded, name: word})
        assert before <= rank_of_story(vocabulary, after), name


@SEVERAL
@given(data=st.data())
def test_invariant_3_age_and_sex_of_the_record_never_lower_the_urgency_of_who_did_not_say_them(vocabulary: Vocabulary, data: st.DataObject) -> None:
    story = data.draw(vocabulary.stories)
    said = words.changed(story.said, dict.fromkeys(vocabulary.demographic))
    silent = replace(story, said=said, recorded=words.changed(story.recorded, dict.fromkeys(vocabulary.demographic)))
    before = rank_of_story(vocabulary, silent)
    for name, values in vocabulary.demographic.items():
        after = replace(silent, recorded={**silent.recorded, name: data.draw(st.sampled_from(values))})
        assert before <= rank_of_story(vocabulary, after), name


@A_RELEASE
@given(data=st.data())
def test_invariant_3_what_the_record_does_not_say_stays_unknown(vocabulary: Vocabulary, data: st.DataObject) -> None:
    story = data.draw(vocabulary.stories)
    facts = strategies.merged(vocabulary.release, story)
    for name, word in vocabulary.recordable:
        gates = vocabulary.release.facts.facts[name].gates
        closed = any(gate.closed(facts.known[gate.fact].value) for gate in gates if gate.fact in facts.known)
        if name not in story.said and name not in story.recorded and not closed:
            assert name in facts.unknown
        said = (word, vocabulary.release.facts.facts[name].otherwise)
        assert name not in facts.known or facts.known[name].source != "ehr" or facts.known[name].value in said


@pytest.mark.parametrize("base", ["well", "nothing"])
def test_invariant_3_one_fact_of_the_record_alone_never_lowers_the_urgency(vocabulary: Vocabulary, base: str) -> None:
    for name, word in vocabulary.recordable:
        silent = Story(words.changed(vocabulary.bases[base], {name: None}))
        assert rank_of_story(vocabulary, silent) <= rank_of_story(vocabulary, replace(silent, recorded={name: word})), name


def test_invariant_3_the_record_can_say_only_the_worst_word(vocabulary: Vocabulary) -> None:
    definitions = vocabulary.release.facts.facts
    assert {name: word for name, word in vocabulary.recordable if word not in (definitions[name].worst or definitions[name].allowed)[:1]} == {}


def test_invariant_3_an_empty_record_and_no_answer_leave_everything_unknown(vocabulary: Vocabulary) -> None:
    facts = merge(vocabulary.release.facts, Answers(authored=strategies.AT), Record(), at=strategies.AT)
    assert set(facts.known) == {strategies.STATUS, "conflicts"}


@settings(A_RELEASE, max_examples=25)
@given(data=st.data())
def test_invariant_6_more_days_never_lower_the_urgency_of_pain_that_is_not_better(vocabulary: Vocabulary, data: st.DataObject) -> None:
    days = vocabulary.release.cards.roles.days
    known = data.draw(vocabulary.beside[days])
    trend = data.draw(st.sampled_from(["same", "worse", None]))
    numbers = sorted(value for value in vocabulary.words[days] if isinstance(value, int))
    ranks = [rank(vocabulary, words.changed(known, {days: number, "trend": trend})) for number in numbers]
    assert ranks == sorted(ranks), dict(zip(numbers, ranks, strict=True))


@A_RELEASE
@given(data=st.data())
def test_invariant_10_the_urgency_is_never_below_that_of_a_warning_sign(vocabulary: Vocabulary, data: st.DataObject) -> None:
    known = data.draw(vocabulary.values)
    result = evaluation.evaluate(vocabulary.triage, known)
    final = URGENCIES.index(result.value(vocabulary.release.cards.roles.urgency))
    matched = [URGENCIES.index(output["urgency"]) for output in result.decisions["red-flags"].outputs]
    excepted = known.get("lbp-present") == "no" and max(matched, default=0) < URGENCIES.index("emergency")
    assert final == 0 if excepted else final >= max(matched, default=0)


@A_RELEASE
@given(data=st.data())
def test_persistence_has_a_row_for_every_pathway_that_needs_one(vocabulary: Vocabulary, data: st.DataObject) -> None:
    result = evaluation.evaluate(vocabulary.triage, data.draw(vocabulary.values))
    assert bool(result.decisions["persistence"].rules) == (result.value("pathway") not in NOWHERE)


def test_persistence_has_a_row_for_every_time_trend_and_pain_of_every_pathway(vocabulary: Vocabulary) -> None:
    pathway = replace(vocabulary.triage, decisions=(vocabulary.triage.decision("pathway"),))
    fits = itertools.chain(*words.fitting(pathway, vocabulary.words).values())
    starts = {tuple(sorted(fit.items(), key=str)): fit for fit in fits}.values()
    for fit, days, trend, pain in itertools.product(starts, (None, 0, 14, 85), ("better", "worse", None), (None, 0, 7, 8)):
        course = {"duration-days": days, "trend": trend, "pain-now": pain}
        result = evaluation.evaluate(vocabulary.triage, words.changed(vocabulary.bases["well"], fit, course))
        assert bool(result.decisions["persistence"].rules) == (result.value("pathway") not in NOWHERE), (fit, course)


@A_RELEASE
@given(data=st.data())
def test_no_facts_at_all_make_the_graph_fail(vocabulary: Vocabulary, data: st.DataObject) -> None:
    result = evaluation.evaluate(vocabulary.release.model, data.draw(vocabulary.values))
    assert list(result.decisions) == [decision.name for decision in vocabulary.release.model.decisions]


def test_the_facts_drawn_start_from_every_urgency_and_every_pathway(vocabulary: Vocabulary) -> None:
    results = [evaluation.evaluate(vocabulary.triage, known) for known in vocabulary.starts]
    assert {result.value(vocabulary.release.cards.roles.urgency) for result in results} == set(URGENCIES)
    named = {rule.then["pathway"] for rule in vocabulary.release.model.rules().values() if "pathway" in rule.then}
    assert len({result.value("pathway") for result in results}) == len(named)
