"""What is said against draft orders, and what is not; and that no order changes what is decided."""

import dataclasses
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.assessment import assessing, ordering
from cds.facts import Facts, Value
from cds.values.assessment import Assessment, Card
from cds.values.order import Drafts, Order
from cds.values.release import HookService, OrderedSet, Release
from tests.assessment import conftest, patients

CLINIC = conftest.opened(conftest.DRAFT, "low-back-pain")
RELEASE = CLINIC.release
SERVICES = {one.hook: one for one in RELEASE.cards.services}
SYSTEM = RELEASE.cards.recommendation_system
FERTILE: dict[str, Value | None] = {"sex": "female", "age": 30}
MODALITIES = ("order-lumbar-xray", "order-lumbar-ct", "order-lumbar-mri")
Changes = dict[str, Value | None]


def imaging(*names: str, selected: bool = True) -> tuple[Order, ...]:
    """A draft order of each kind of imaging."""
    return tuple(
        Order(f"ServiceRequest/{name}", "ServiceRequest", frozenset(), sets=frozenset({OrderedSet(name)}), selected=selected) for name in names
    )


def nsaid() -> Order:
    """A draft order of an anti-inflammatory medicine."""
    return Order("MedicationRequest/1", "MedicationRequest", frozenset(), ("ibuprofen",), sets=frozenset({OrderedSet("nsaids")}))


def referral(code: str, *names: str, priority: str = "routine") -> Order:
    """A draft referral by our own code."""
    return Order("ServiceRequest/r", "ServiceRequest", frozenset({(SYSTEM, code)}), names, priority=priority)


def reviewed(changes: Changes, *orders: Order, hook: str = "order-sign", problems: tuple[str, ...] = ()) -> Assessment:
    """The assessment of the well patient with changes, after a look at these orders."""
    return ordering.review(RELEASE, CLINIC.assess(changes), Drafts(orders, problems), SERVICES[hook])


def ids(assessment: Assessment) -> list[str]:
    """Which cards there are, in order."""
    return [card.id for card in assessment.cards]


def card(assessment: Assessment, name: str) -> Card:
    """The card of that id."""
    return next(one for one in assessment.cards if one.id == name)


def offered(cards: Iterable[Card]) -> list[str]:
    """The codes of all that is proposed."""
    return [one.proposal.code.code for held in cards for one in held.suggestions]


@pytest.mark.parametrize("name", MODALITIES)
def test_lumbar_imaging_that_is_not_advised_gets_a_warning_with_the_row_its_reason_and_what_to_do_instead(name: str) -> None:
    first = reviewed({}, *imaging(name)).cards[0]
    assert (first.id, first.indicator) == ("order-imaging", "warning")
    assert "No imaging advised now." in first.detail
    assert "(I-16)" in first.detail and "ACR2021" in first.detail
    assert "**Instead**" in first.detail and "Stay active" in first.detail
    assert RELEASE.cards.words["order"][name] in first.detail


def test_where_an_x_ray_was_asked_about_its_own_row_is_said() -> None:
    first = reviewed({"asked-about": ("x-ray",)}, *imaging("order-lumbar-xray")).cards[0]
    assert "an X-ray cannot show a disc" in first.detail and "(I-15)" in first.detail


@pytest.mark.parametrize(
    "changes",
    [
        {"rf-saddle": "yes"},
        {"hx-cancer": "yes"},
        {"hx-osteoporosis": "yes", "trauma": "minor"},
        {"rf-fever": "yes"},
    ],
)
@pytest.mark.parametrize("name", MODALITIES)
def test_nothing_is_said_against_imaging_where_a_red_flag_is_urgent(changes: Changes, name: str) -> None:
    found = reviewed(changes, *imaging(name))
    assert found.triage.urgency in {"urgent", "emergency"}
    assert "order-imaging" not in ids(found)


@pytest.mark.parametrize("changes", [{"rf-saddle": None}, {"rf-fever": None}])
def test_nothing_is_said_against_imaging_while_the_screen_is_incomplete(changes: Changes) -> None:
    found = reviewed(changes | FERTILE | {"pregnant": "yes"}, *imaging(*MODALITIES))
    assert found.triage.screen == "incomplete"
    assert not {"order-imaging", "order-imaging-pregnancy"} & set(ids(found))
    assert ids(found)[0] == "missing"


def test_nothing_is_said_against_imaging_while_an_earlier_row_of_the_table_is_open() -> None:
    found = reviewed({"duration-days": 60, "pain-now": None, "leg-pain": None, "numb-tingle": None}, *imaging(*MODALITIES))
    assert any(one.decision == "imaging" and "I-11" in one.undetermined for one in found.decisions)
    assert "order-imaging" not in ids(found)


def test_nothing_is_said_against_imaging_while_a_warning_sign_is_open() -> None:
    found = reviewed(FERTILE | {"pregnant": None}, *imaging("order-lumbar-mri"))
    assert any(one.decision == "red-flags" and one.undetermined for one in found.decisions)
    assert "order-imaging" not in ids(found)


def test_of_a_pregnancy_x_ray_and_ct_are_warned_of_and_mri_is_not() -> None:
    pregnant = FERTILE | {"pregnant": "yes", "preg-weeks": 12}
    for name, expected in zip(MODALITIES, (True, True, False), strict=True):
        assert ("order-imaging-pregnancy" in ids(reviewed(pregnant, *imaging(name)))) == expected, name


def test_a_pregnancy_that_is_not_answered_is_warned_of_in_words_of_its_own() -> None:
    found = card(reviewed(FERTILE | {"pregnant": None}, *imaging("order-lumbar-ct")), "order-imaging-pregnancy")
    assert "not ruled out" in found.summary and "MRI without contrast if needed" in found.detail


def test_in_an_emergency_nothing_is_said_against_an_x_ray_in_a_pregnancy() -> None:
    assert ids(reviewed(FERTILE | {"pregnant": "yes", "rf-saddle": "yes"}, *imaging("order-lumbar-xray"))) == ["emergency"]


@pytest.mark.parametrize(
    ("changes", "rule"), [({"hx-anticoag": "yes"}, "N-04"), ({"hx-ulcer-bleed": "yes"}, "N-03"), ({"age": 80}, "N-18"), ({}, "N-24")]
)
def test_an_anti_inflammatory_medicine_that_is_not_safe_gets_a_card_with_the_rows(changes: Changes, rule: str) -> None:
    found = card(reviewed(changes, nsaid()), "order-nsaid")
    assert found.indicator == "warning"
    assert f"({rule}" in found.detail


def test_all_rows_that_matched_are_listed() -> None:
    found = card(reviewed({"hx-ulcer-bleed": "yes", "hx-kidney": "yes", "hx-heart": "yes"}, nsaid()), "order-nsaid")
    assert all(f"({rule})" in found.detail for rule in ("N-03", "N-06", "N-08"))


def test_an_order_that_was_not_selected_is_not_checked() -> None:
    assert "order-imaging" not in ids(reviewed({}, *imaging("order-lumbar-mri", selected=False), hook="order-select"))


def test_two_orders_of_one_check_get_one_card_that_names_both() -> None:
    found = reviewed({}, *imaging("order-lumbar-xray", "order-lumbar-mri"))
    assert ids(found).count("order-imaging") == 1
    assert all(RELEASE.cards.words["order"][name] in found.cards[0].detail for name in ("order-lumbar-xray", "order-lumbar-mri"))


def test_an_emergency_comes_before_what_is_said_of_orders_and_is_the_only_critical_card() -> None:
    found = reviewed({"rf-saddle": "yes", "nsaid-now": "yes"}, nsaid())
    assert [(one.id, one.indicator) for one in found.cards] == [("emergency", "critical"), ("order-nsaid", "warning")]


def test_a_referral_that_is_drafted_is_not_proposed_again_and_the_card_says_so() -> None:
    changes: Changes = {"trend": "worse"}
    code = offered(reviewed(changes).cards)[0]
    found = card(reviewed(changes, referral(code)), "what-to-do")
    assert code not in offered([found])
    assert "among the draft orders already" in found.detail


def test_a_referral_is_known_by_the_codes_of_others() -> None:
    known_as = {code: one.ordered_as for code, one in RELEASE.cards.recommendations.items() if one.ordered_as}
    assert known_as["REFER_PHYSIO"] == "referral-physiotherapy"
    order = Order("ServiceRequest/1", "ServiceRequest", frozenset(), sets=frozenset({OrderedSet("referral-physiotherapy")}), selected=False)
    assert "REFER_PHYSIO" not in offered(reviewed({"trend": "worse"}, order).cards)


def test_a_draft_that_is_less_urgent_than_advised_is_said_to_be() -> None:
    code = offered(reviewed({"rf-saddle": "yes"}).cards)[0]
    routine, stat = (reviewed({"rf-saddle": "yes"}, referral(code, priority=priority)).cards[0] for priority in ("routine", "stat"))
    assert "less urgent than advised" in routine.detail
    assert "less urgent than advised" not in stat.detail


def test_a_draft_stands_for_one_proposal_only_and_the_most_urgent_stays() -> None:
    changes: Changes = {"hx-cancer": "yes", "hx-anticoag": "yes", "trauma": "minor"}
    proposed = [one for held in reviewed(changes).cards for one in held.suggestions if one.proposal.code.code == "REFER_PHYSICIAN"]
    assert len(proposed) > 1
    left = [
        one
        for held in reviewed(changes, referral("REFER_PHYSICIAN")).cards
        for one in held.suggestions
        if one.proposal.code.code == "REFER_PHYSICIAN"
    ]
    assert left == proposed[:-1]
    worded = reviewed(changes, referral("REFER_PHYSICIAN", proposed[0].label))
    assert [one for held in worded.cards for one in held.suggestions if one.proposal.code.code == "REFER_PHYSICIAN"] == proposed[1:]


def test_orders_that_could_not_be_read_are_counted_on_the_card() -> None:
    assert "could not be read, and were not checked: 2" in card(reviewed({}, problems=("a.", "b.")), "what-to-do").detail


def test_without_answers_nothing_is_said_against_an_order() -> None:
    nothing = Facts({}, tuple(RELEASE.facts.facts))
    given_form = assessing.offer(RELEASE, nothing, decision_id=patients.DECISION, at=patients.AT, engine="0.1.0")
    found = ordering.review(RELEASE, given_form, Drafts((*imaging(*MODALITIES), nsaid())), SERVICES["order-sign"])
    assert ids(found) == ["offer"]


def test_a_service_that_names_no_cards_gives_all_of_them() -> None:
    assert reviewed({}, hook="patient-view") == CLINIC.assess({})


def test_an_emergency_and_what_must_be_asked_are_shown_whatever_the_service_names() -> None:
    bare = HookService("order-sign", "x", "x", ("self-care",))
    assert [ids(ordering.review(RELEASE, CLINIC.assess(one), Drafts(), bare)) for one in ({"rf-saddle": "yes"}, {"rf-saddle": None})] == [
        ["emergency"],
        ["missing"],
    ]


ORDERS = st.lists(
    st.builds(
        Order,
        reference=st.sampled_from(["ServiceRequest/1", "ServiceRequest/2"]),
        kind=st.sampled_from(["ServiceRequest", "MedicationRequest", "Task"]),
        codes=st.frozensets(st.sampled_from([(SYSTEM, code) for code in RELEASE.cards.recommendations]), max_size=2),
        names=st.just(()),
        priority=st.sampled_from(["routine", "urgent", "asap", "stat"]),
        sets=st.frozensets(st.sampled_from([one for check in RELEASE.cards.orders for one in check.sets]), max_size=3),
        selected=st.booleans(),
    ),
    max_size=4,
)


@given(changes=CLINIC.near_well(), orders=ORDERS, hook=st.sampled_from(sorted(SERVICES)))
def test_no_order_changes_what_is_decided(changes: Changes, orders: list[Order], hook: str) -> None:
    before = CLINIC.assess(changes)
    after = ordering.review(RELEASE, before, Drafts(tuple(orders)), SERVICES[hook])
    assert dataclasses.replace(after, cards=()) == dataclasses.replace(before, cards=())


@given(changes=CLINIC.near_well(), orders=ORDERS, hook=st.sampled_from(sorted(SERVICES)))
def test_no_order_hides_an_emergency_and_none_is_critical_by_itself(changes: Changes, orders: list[Order], hook: str) -> None:
    before = CLINIC.assess(changes)
    after = ordering.review(RELEASE, before, Drafts(tuple(orders)), SERVICES[hook])
    critical = [one.id for one in after.cards if one.indicator == "critical"]
    assert critical == [one.id for one in before.cards if one.indicator == "critical"]
    assert bool(critical) == (before.triage.urgency == "emergency")
    assert set(offered(after.cards)) <= set(offered(before.cards))
    assert len({one.uuid for one in after.cards}) == len(after.cards) <= (4 if hook.startswith("order") else 5)


@given(changes=CLINIC.near_well(), hook=st.sampled_from(["order-select", "order-sign"]))
def test_imaging_is_warned_of_only_where_the_notes_advise_none_and_the_screen_is_complete(changes: Changes, hook: str) -> None:
    found = reviewed(changes, *imaging(*MODALITIES), hook=hook)
    rules = {rule for one in found.decisions if one.decision == "imaging" for rule in one.rules}
    for one in found.cards:
        if one.id == "order-imaging":
            assert rules <= {"I-15", "I-16"} and found.triage.screen == "complete" and found.triage.urgency in {"self-care", "routine"}
            assert "**Instead**" in one.detail


@given(changes=CLINIC.answers())
def test_an_anti_inflammatory_medicine_is_warned_of_exactly_where_the_level_says_so(changes: Changes) -> None:
    found = reviewed(changes, nsaid())
    assert ("order-nsaid" in ids(found)) == (found.derived.get("nsaid-level") in {"CONTRAINDICATED", "AVOID"})


def test_a_release_without_checks_offers_its_one_hook_and_says_nothing_of_orders(sore_knees: patients.Clinic) -> None:
    bare: Release = dataclasses.replace(sore_knees.release, cards=dataclasses.replace(sore_knees.release.cards, services=(), orders=()))
    (service,) = bare.cards.offered
    assert service.hook == bare.cards.hook
    before = sore_knees.assess({})
    assert ids(ordering.review(bare, before, Drafts((nsaid(),)), service)) == ids(before)
