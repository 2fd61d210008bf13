"""What is said against draft orders, and what is not; and that no order changes what is decided."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.assessment import assessing, ordering
from cds.assessment.referrals import PRIORITIES
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
NOT_JUDGED = "whether it is advised was not judged, because the screen is incomplete"
Changes = dict[str, Value | None]


def imaging(*names: str, selected: bool = True) -> tuple[Order, ...]:
    """A draft order of each kind of imaging."""
    return tuple(
        Order(f"ServiceRequest/{name}", "ServiceRequest", frozenset(), sets=frozenset({OrderedSet(name)}), selected=selected) for name in names
    )


def nsaid() -> Order:
    """A draft order of an anti-inflammatory medicine."""
    return Order("MedicationRequest/1", "MedicationRequest", frozenset(), ("ibuprofen",), sets=frozenset({OrderedSet("nsaids")}))


def referral(code: str, *names: str, priority: str = "routine", due: datetime | None = None) -> Order:
    """A draft referral by our own code, to be done by then."""
    return Order("ServiceRequest/r", "ServiceRequest", frozenset({(SYSTEM, code)}), names, priority=priority, due=due)


def unknown() -> Order:
    """A draft order that nothing here knows."""
    return Order("MedicationRequest/2", "MedicationRequest", frozenset(), ("amoxicillin",))


def reviewed(changes: Changes, *orders: Order, hook: str = "order-sign", problems: tuple[str, ...] = (), others: tuple[str, ...] = ()) -> Assessment:
    """The assessment of the well patient with changes, after a look at these orders."""
    return ordering.review(RELEASE, CLINIC.assess(changes), Drafts(orders, problems, others), SERVICES[hook])


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


@pytest.mark.parametrize("name", ["order-lumbar-ct", "order-lumbar-mri"])
def test_of_a_ct_or_mri_what_is_true_of_an_x_ray_is_not_said(name: str) -> None:
    found = card(reviewed({"asked-about": ("x-ray",)}, *imaging(name)), "order-imaging-scan")
    assert "No imaging advised now." in found.detail and "imaging does not improve the outcome. (I-16)" in found.detail
    assert "cannot show a disc" not in found.detail and "I-15" not in found.detail
    assert "I-16" in found.rules and "I-15" not in found.rules


@pytest.mark.parametrize("name", ["order-lumbar-ct", "order-lumbar-mri-contrast"])
def test_in_a_pregnancy_too_what_is_true_of_an_x_ray_is_not_said_of_a_ct_or_mri(name: str) -> None:
    found = reviewed(FERTILE | {"pregnant": "yes", "preg-weeks": 12, "asked-about": ("x-ray",)}, *imaging(name))
    against = [one for one in found.cards if one.id.startswith("order-")]
    assert against and all("cannot show a disc" not in one.detail for one in against)


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
def test_while_the_screen_is_incomplete_imaging_is_not_judged_and_the_card_that_asks_says_so(changes: Changes) -> None:
    found = reviewed(changes, *imaging(*MODALITIES))
    assert found.triage.screen == "incomplete"
    assert "order-imaging" not in ids(found)
    assert found.cards[0].id == "missing"
    assert found.cards[0].detail.count(NOT_JUDGED) == 1


def test_imaging_that_a_sign_asks_for_is_not_called_not_judged_while_the_screen_is_incomplete() -> None:
    found = reviewed({"hx-cancer": "yes", "rf-saddle": None}, *imaging("order-lumbar-mri"))
    assert found.triage.screen == "incomplete" and found.derived["imaging-row"] == "I-06"
    assert not any(NOT_JUDGED in one.detail for one in found.cards)


@pytest.mark.parametrize(
    ("name", "shown"), [("order-lumbar-xray", "order-imaging-pregnancy"), ("order-lumbar-mri-contrast", "order-contrast-pregnancy")]
)
@pytest.mark.parametrize("asked", [(), ("x-ray",)])
def test_while_the_screen_is_incomplete_no_card_of_a_pregnancy_says_that_no_imaging_is_advised(name: str, shown: str, asked: tuple[str, ...]) -> None:
    pregnant: Changes = FERTILE | {"pregnant": "yes", "preg-weeks": 12, "asked-about": asked}
    complete, incomplete = (card(reviewed(pregnant | one, *imaging(name)), shown) for one in (Changes(), {"trend": "worse", "rf-fever": None}))
    assert "No imaging advised now." in complete.detail and "I-16" in complete.rules
    assert "(I-14)" in incomplete.detail and incomplete.rules == ("I-14",)
    assert "advised now" not in incomplete.detail and "I-15" not in incomplete.detail and "I-16" not in incomplete.detail


@pytest.mark.parametrize("orders", [(), (nsaid(),), imaging("order-lumbar-mri", selected=False)])
def test_where_no_imaging_is_selected_nothing_is_said_of_imaging(orders: tuple[Order, ...]) -> None:
    assert NOT_JUDGED not in reviewed({"rf-saddle": None}, *orders, hook="order-select").cards[0].detail


def test_after_a_complete_screen_the_row_that_was_given_counts_also_while_an_earlier_one_is_open() -> None:
    found = reviewed({"duration-days": 60, "pain-now": None, "leg-pain": None, "numb-tingle": None}, *imaging(*MODALITIES))
    assert any(one.decision == "imaging" and "I-11" in one.undetermined and "I-16" in one.rules for one in found.decisions)
    assert "(I-16)" in card(found, "order-imaging").detail


def test_what_was_not_answered_stands_on_the_card() -> None:
    found = reviewed(FERTILE | {"pregnant": None}, *imaging("order-lumbar-mri"))
    assert any(one.decision == "red-flags" and one.undetermined for one in found.decisions)
    assert "Not answered, vessels, belly and pregnancy: pregnan" in card(found, "order-imaging").detail


@pytest.mark.parametrize("changes", [{"rf-dark-urine": "yes"}, {"rf-dark-urine": "yes", "rf-fever": None}])
def test_imaging_of_the_spine_in_muscle_breakdown_is_warned_of_behind_the_emergency(changes: Changes) -> None:
    found = reviewed(changes, *imaging("order-lumbar-mri"))
    assert ids(found) == ["emergency", "order-imaging-muscle"]
    assert "(I-05)" in found.cards[1].detail and "No imaging of the spine." in found.cards[1].detail


def test_where_a_sign_that_asks_for_imaging_comes_before_muscle_breakdown_nothing_is_said() -> None:
    assert ids(reviewed({"rf-dark-urine": "yes", "rf-saddle": "yes"}, *imaging(*MODALITIES))) == ["emergency"]


def test_of_a_pregnancy_x_ray_and_ct_are_warned_of_and_mri_is_not() -> None:
    pregnant = FERTILE | {"pregnant": "yes", "preg-weeks": 12}
    for name, expected in zip(MODALITIES, (True, True, False), strict=True):
        assert ("order-imaging-pregnancy" in ids(reviewed(pregnant, *imaging(name)))) == expected, name
        assert ("order-imaging-pregnancy" in ids(reviewed(pregnant | {"rf-saddle": None}, *imaging(name)))) == expected, name


@pytest.mark.parametrize(("pregnant", "said"), [("yes", "in a pregnancy"), (None, "not ruled out")])
def test_an_mri_with_contrast_is_warned_of_where_a_pregnancy_is_possible(pregnant: str | None, said: str) -> None:
    found = reviewed(FERTILE | {"pregnant": pregnant}, *imaging("order-lumbar-mri", "order-lumbar-mri-contrast"))
    assert said in card(found, "order-contrast-pregnancy").summary
    assert "MRI without contrast if needed" in card(found, "order-contrast-pregnancy").detail
    assert "order-contrast-pregnancy" not in ids(reviewed({}, *imaging("order-lumbar-mri-contrast")))


@pytest.mark.parametrize(("pregnant", "said"), [("yes", "in a pregnancy"), (None, "not ruled out")])
def test_where_a_sign_asks_for_imaging_in_a_pregnancy_the_card_says_so_and_shows_both_rows(pregnant: str | None, said: str) -> None:
    signs: Changes = {"hx-osteoporosis": "yes", "trauma": "minor"}
    found = card(reviewed(FERTILE | signs | {"pregnant": pregnant}, *imaging("order-lumbar-xray")), "order-imaging-pregnancy")
    assert said in found.summary and "a finding asks for imaging" in found.summary
    assert found.rules == ("I-14", "I-08")
    assert "(I-14)" in found.detail and "(I-08)" in found.detail and "osteoporosis" in found.detail
    assert "asks" not in card(reviewed(FERTILE | {"pregnant": pregnant}, *imaging("order-lumbar-xray")), "order-imaging-pregnancy").summary


@pytest.mark.parametrize(("pregnant", "said"), [("yes", "in a pregnancy"), (None, "not ruled out")])
def test_where_an_infection_asks_for_mri_with_contrast_in_a_pregnancy_the_card_says_so(pregnant: str | None, said: str) -> None:
    found = reviewed(FERTILE | {"hx-recent-infection": "yes", "pregnant": pregnant}, *imaging("order-lumbar-mri-contrast"))
    assert found.derived["imaging-row"] == "I-03.2"
    against = card(found, "order-contrast-pregnancy")
    assert said in against.summary and "a finding asks for imaging. Both rows are below." in against.summary
    assert against.rules == ("I-14", "I-03.2")


def test_a_row_that_asks_only_for_an_examination_first_is_not_said_to_ask_for_imaging() -> None:
    found = reviewed(
        FERTILE | {"pregnant": "yes", "preg-weeks": 12, "duration-days": 60, "pain-now": 6, "leg-pain": "below-knee"}, *imaging("order-lumbar-xray")
    )
    assert found.derived["imaging-row"] == "I-11"
    assert "asks" not in card(found, "order-imaging-pregnancy").summary


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


def test_where_a_blood_thinner_alone_contraindicates_the_summary_says_over_the_counter() -> None:
    alone = card(reviewed({"hx-anticoag": "yes", "hx-ulcer-bleed": "yes"}, nsaid()), "order-nsaid")
    beside = card(reviewed({"hx-anticoag": "yes", "nsaid-now": "yes"}, nsaid()), "order-nsaid")
    assert "over the counter on a blood thinner: a prescriber decides" in alone.summary
    assert beside.summary == "An anti-inflammatory medicine (NSAID) is ordered and contraindicated for this patient."


def test_where_one_is_taken_already_and_nothing_else_contraindicates_the_summary_says_not_to_add_a_second() -> None:
    said = "An NSAID is ordered, and one is taken already: do not add a second."
    assert card(reviewed({"nsaid-now": "yes", "age": 80}, nsaid()), "order-nsaid").summary == said
    assert card(reviewed({"nsaid-now": "yes", "hx-anticoag": "yes"}, nsaid()), "order-nsaid").summary != said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"age": 80}, "is ordered and to be avoided for this patient."),
        (FERTILE | {"pregnant": None, "hx-ulcer-bleed": "yes"}, "is ordered and to be avoided for this patient."),
        ({}, "to be avoided until checked: not all that could rule it out is known."),
        (FERTILE | {"pregnant": None}, "to be avoided until confirmed: pregnancy under 20 weeks or not ruled out."),
    ],
)
def test_what_is_to_be_avoided_is_said_plainly_and_until_when_only_where_the_row_says_so(changes: Changes, said: str) -> None:
    found = reviewed(changes, nsaid())
    assert found.derived["nsaid-level"] == "AVOID"
    assert card(found, "order-nsaid").summary.endswith(said)


@pytest.mark.parametrize(("name", "orders"), [("order-imaging", imaging("order-lumbar-mri")), ("order-nsaid", (nsaid(),))])
def test_what_stands_instead_can_be_done_now(name: str, orders: tuple[Order, ...]) -> None:
    instead = card(reviewed({}, *orders), name).detail.split("**Instead**")[1].split("**")[0]
    assert "Stay active" in instead and "Once recovered" not in instead and "Hurt is not harm" not in instead


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
    code = offered(reviewed(changes, nsaid()).cards)[0]
    found = card(reviewed(changes, referral(code)), "what-to-do")
    assert code not in offered([found])
    assert "among the draft orders already" in found.detail


def test_a_referral_is_known_by_the_codes_of_others() -> None:
    known_as = {code: one.ordered_as for code, one in RELEASE.cards.recommendations.items() if one.ordered_as}
    assert known_as["REFER_PHYSIO"] == "referral-physiotherapy"
    order = Order("ServiceRequest/1", "ServiceRequest", frozenset(), sets=frozenset({OrderedSet("referral-physiotherapy")}), selected=False)
    assert "REFER_PHYSIO" not in offered(reviewed({"trend": "worse"}, order).cards)


@pytest.mark.parametrize(("changes", "index"), [({"rf-saddle": "yes"}, 3), ({"hx-cancer": "yes"}, 1), ({"trend": "worse"}, 0)])
@pytest.mark.parametrize("priority", PRIORITIES)
def test_a_draft_stands_for_a_proposal_only_where_it_is_as_urgent_and_is_said_to_be_less_else(changes: Changes, index: int, priority: str) -> None:
    first = next(one for held in reviewed(changes, nsaid()).cards for one in held.suggestions)
    found = reviewed(changes, referral(first.proposal.code.code, first.label, priority=priority))
    stands = PRIORITIES.index(priority) >= index
    assert (first in [one for held in found.cards for one in held.suggestions]) != stands
    said = " ".join(one.detail for one in found.cards)
    assert (f"{first.label}: among the draft orders already" in said) == stands
    assert (f"{first.label}: among the draft orders, but less urgent than advised" in said) != stands


LATE = timedelta(microseconds=1)


@pytest.mark.parametrize("changes", [{"rf-saddle": "yes"}, {"hx-cancer": "yes"}, {"trend": "worse"}])
@pytest.mark.parametrize(("late", "stands"), [(-timedelta(days=400), True), (timedelta(), True), (LATE, False), (timedelta(weeks=2), False)])
def test_a_draft_of_a_time_later_than_advised_is_less_urgent_whatever_its_priority(changes: Changes, late: timedelta, stands: bool) -> None:
    first = next(one for held in reviewed(changes, nsaid()).cards for one in held.suggestions)
    assert first.proposal.within_hours is not None
    due = patients.AT + timedelta(hours=first.proposal.within_hours) + late
    found = reviewed(changes, referral(first.proposal.code.code, first.label, priority="stat", due=due))
    assert (first in [one for held in found.cards for one in held.suggestions]) != stands
    said = " ".join(one.detail for one in found.cards)
    assert (f"{first.label}: among the draft orders already" in said) == stands
    assert (f"{first.label}: among the draft orders, but less urgent than advised" in said) != stands


def test_an_early_draft_of_a_low_priority_is_still_less_urgent() -> None:
    (first, *_) = (one for held in reviewed({"hx-cancer": "yes"}, nsaid()).cards for one in held.suggestions)
    found = reviewed({"hx-cancer": "yes"}, referral(first.proposal.code.code, first.label, priority="routine", due=patients.AT))
    assert first in [one for held in found.cards for one in held.suggestions]


def test_beside_an_emergency_only_a_stat_order_takes_the_place_of_a_proposal() -> None:
    changes: Changes = {"rf-saddle": "yes", "ibp-eye": "yes"}
    eye = next(one for one in reviewed(changes).cards[0].suggestions if one.proposal.code.code == "EYE_SERVICE_SAME_DAY")
    assert eye.proposal.priority == "urgent"
    for priority in PRIORITIES:
        left = reviewed(changes, referral("EYE_SERVICE_SAME_DAY", priority=priority)).cards[0].suggestions
        assert (eye in left) == (priority != "stat")


def physicians(changes: Changes, *orders: Order) -> list[str]:
    """The labels of the physicians that are proposed."""
    found = reviewed(changes, *orders)
    return [one.label for held in found.cards for one in held.suggestions if one.proposal.code.code == "REFER_PHYSICIAN"]


def test_a_physician_does_not_stand_for_the_urgent_cancer_pathway_which_its_own_words_do() -> None:
    changes: Changes = {"hx-cancer": "yes", "hx-anticoag": "yes", "trauma": "minor"}
    proposed = physicians(changes)
    (pathway,) = [one for one in proposed if "cancer pathway" in one]
    (plain,) = [one for one in proposed if one != pathway]
    doctor = Order("ServiceRequest/1", "ServiceRequest", frozenset(), sets=frozenset({OrderedSet("referral-physician")}), priority="stat")
    assert physicians(changes, doctor) == physicians(changes, doctor, doctor) == [pathway]
    assert physicians(changes, referral("REFER_PHYSICIAN", priority="stat")) == [pathway]
    assert physicians(changes, referral("REFER_PHYSICIAN", pathway, priority="urgent")) == [plain]


def test_an_oncologist_does_not_stand_for_the_coordinator_of_cord_compression() -> None:
    assert RELEASE.cards.recommendations["REFER_ONCOLOGY_OR_MSCC"].ordered_as == ""


def test_orders_that_could_not_be_read_are_counted_on_the_card_and_one_of_another_patient_has_its_own_sentence() -> None:
    told = card(reviewed({}, problems=("a.", "b."), others=("c.",)), "what-to-do").detail
    assert "could not be read, and were not checked: 2" in told
    assert "A draft order names another patient; it was not judged." in told


def test_selected_orders_that_are_not_known_are_counted_where_the_card_is_given() -> None:
    told = card(reviewed({}, nsaid(), unknown()), "what-to-do").detail
    assert "not known here by code or name, and were not judged: 1." in told
    assert "not known here" not in card(reviewed({}, nsaid()), "what-to-do").detail


@pytest.mark.parametrize("orders", [(), (unknown(),), imaging("order-lumbar-mri", selected=False)])
def test_beside_an_order_that_is_not_known_a_routine_case_gets_no_card(orders: tuple[Order, ...]) -> None:
    assert ids(reviewed({}, *orders, hook="order-select")) == []


@pytest.mark.parametrize(
    ("changes", "first"), [({"rf-saddle": "yes"}, "emergency"), ({"hx-cancer": "yes"}, "what-to-do"), ({"rf-saddle": None}, "missing")]
)
def test_beside_an_order_that_is_not_known_what_is_urgent_or_open_is_still_said(changes: Changes, first: str) -> None:
    assert ids(reviewed(changes, unknown()))[0] == first


@pytest.mark.parametrize("order", [nsaid(), *imaging(*MODALITIES), referral("REFER_PHYSIO")])
def test_beside_an_order_that_is_known_a_routine_case_is_told_what_to_do(order: Order) -> None:
    assert "what-to-do" in ids(reviewed({"trend": "worse"}, order))


def test_in_an_urgent_case_what_to_do_stands_before_the_checks() -> None:
    assert ids(reviewed({"hx-cancer": "yes", "nsaid-now": "yes"}, nsaid())) == ["what-to-do", "order-nsaid"]
    assert ids(reviewed({"hx-cancer": "yes", "nsaid-now": "yes", "rf-saddle": None}, nsaid())) == ["missing", "what-to-do", "order-nsaid"]
    assert ids(reviewed({"nsaid-now": "yes"}, nsaid())) == ["order-nsaid", "what-to-do"]


def unanswered(drafts: Drafts) -> Assessment:
    """The offer of the form, after a look at these orders."""
    nothing = Facts({}, tuple(RELEASE.facts.facts))
    given_form = assessing.offer(RELEASE, nothing, decision_id=patients.DECISION, at=patients.AT, engine="0.1.0")
    return ordering.review(RELEASE, given_form, drafts, SERVICES["order-sign"])


def test_without_answers_nothing_is_said_against_an_order_but_that_it_was_not_judged() -> None:
    found = unanswered(Drafts((*imaging(*MODALITIES), nsaid()), ("a.",), ("b.",)))
    assert ids(found) == ["offer"]
    for said in ("Draft orders were not judged: there are no answers", "were not checked: 1", "names another patient"):
        assert said in found.cards[0].detail
    assert ids(unanswered(Drafts((unknown(),)))) == []


def test_without_back_pain_nothing_is_said_of_orders() -> None:
    assert ids(reviewed({"lbp-present": "no"} | FERTILE | {"pregnant": "yes"}, nsaid(), *imaging(*MODALITIES))) == []


def printed(found: Card) -> set[str]:
    """The rules that the detail of a card names under its heading for them."""
    line = found.detail.split("**Rules**")[1].split("- Rules ")[1].split(" of Back Pain CDS")[0]
    return set(line.split(", "))


@given(changes=CLINIC.near_well())
def test_the_rules_of_a_check_are_those_that_its_card_prints_and_every_row_that_it_shows_is_among_them(changes: Changes) -> None:
    for found in reviewed(changes, nsaid(), *imaging(*MODALITIES, "order-lumbar-mri-contrast")).cards:
        if found.id.startswith("order-"):
            assert list(found.rules) == list(dict.fromkeys(found.rules)) and set(found.rules) == printed(found)
            shown = found.detail.split("**Instead**")[1].split("**")[0] if "**Instead**" in found.detail else ""
            rows = {line.rpartition("(")[2].rstrip(")") for line in shown.splitlines() if line.startswith("- ")}
            assert rows <= set(found.rules)
            assert "C-18" not in found.rules


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
        due=st.none() | st.integers(-50, 500).map(lambda hours: patients.AT + timedelta(hours=hours)),
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
    assert len({one.uuid for one in after.cards}) == len(after.cards)
    grave = [one.indicator != "info" for one in after.cards]
    assert grave == sorted(grave, reverse=True)


@given(changes=CLINIC.near_well(), hook=st.sampled_from(["order-select", "order-sign"]))
def test_imaging_is_warned_of_only_where_the_notes_advise_none_and_the_screen_is_complete(changes: Changes, hook: str) -> None:
    found = reviewed(changes, *imaging(*MODALITIES), hook=hook)
    rules = {rule for one in found.decisions if one.decision == "imaging" for rule in one.rules}
    for one in found.cards:
        if one.id in {"order-imaging", "order-imaging-xray", "order-imaging-scan"}:
            assert rules <= {"I-15", "I-16"} and found.triage.screen == "complete" and found.triage.urgency in {"self-care", "routine"}
            assert ("**Instead**" in one.detail) or found.derived["self-care-given"] == "no"
        assert one.id != "missing" or (NOT_JUDGED in one.detail) == (rules <= {"I-15", "I-16", "I-17"})


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
