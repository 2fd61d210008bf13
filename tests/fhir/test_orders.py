"""Which draft orders are read of a hook's context, what each asks for, and that nothing of it is lost or said back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.fhir import orders, proposals
from cds.foundation.settings import PACKAGED_CONTENT
from cds.releases import loading
from cds.values.assessment import Proposal
from cds.values.order import Drafts, Order
from cds.values.profile import ClientProfile, Translation
from cds.values.release import Coding, OrderedSet

RELEASE = loading.draft(PACKAGED_CONTENT / "low-back-pain" / "draft", name="low-back-pain")
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
XRAY, MRI, NSAIDS = OrderedSet("order-lumbar-xray"), OrderedSet("order-lumbar-mri"), OrderedSet("nsaids")


def _objects(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["resourceType", "resource", "entry", "id", "code", "coding", "system", "subject", "reference", "fullUrl", "status"])
    return st.dictionaries(names, values, max_size=5)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda one: st.lists(one, max_size=3) | _objects(one), max_leaves=12
)


def request(kind: str = "ServiceRequest", name: str = "1", **members: Any) -> dict[str, Any]:
    """A draft order with these members."""
    return {"resourceType": kind, "id": name, "status": "draft", "intent": "order", "subject": {"reference": "Patient/p"}} | members


def coded(code: str, system: str = LOINC, **members: Any) -> dict[str, Any]:
    """A draft ServiceRequest for that code."""
    return request(code={"coding": [{"system": system, "code": code}]}, **members)


def medicine(**members: Any) -> dict[str, Any]:
    """A draft MedicationRequest."""
    return request("MedicationRequest", "m", **members)


def bundle(*resources: Any) -> dict[str, Any]:
    """A Bundle of these resources."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def read(given_bundle: Any, selections: list[str] | None = None, profile: ClientProfile | None = None) -> Drafts:
    """The orders for the patient `p` of the draft release."""
    return orders.read(given_bundle, selections, patient="p", release=RELEASE, profile=profile or ClientProfile())


def only(drafts: Drafts) -> Order:
    """The one order of these drafts."""
    assert drafts.problems == ()
    (order,) = drafts.orders
    return order


def test_an_order_is_known_by_its_code_its_type_and_its_priority() -> None:
    order = only(read(bundle(coded("24972-2", priority="urgent"))))
    assert (order.reference, order.kind, order.priority, order.selected) == ("ServiceRequest/1", "ServiceRequest", "urgent", True)
    assert order.sets == {XRAY}


def test_a_code_of_another_system_with_the_same_letters_is_not_ours() -> None:
    assert only(read(bundle(coded("24972-2", system=SNOMED)))).sets == frozenset()


def test_an_order_of_an_unnamed_part_of_the_spine_is_not_one_of_the_lumbar_spine() -> None:
    assert only(read(bundle(coded("241645008", system=SNOMED)))).sets == frozenset()


@pytest.mark.parametrize("words", ["Ibuprofen 400 mg tablet", "NAPROXEN", "Diclofenac 1 % gel"])
def test_an_anti_inflammatory_medicine_is_known_by_name_and_by_any_route(words: str) -> None:
    assert NSAIDS in only(read(bundle(medicine(medicationCodeableConcept={"text": words})))).sets


def test_a_medicine_that_only_sounds_alike_is_not_known() -> None:
    assert only(read(bundle(medicine(medicationCodeableConcept={"text": "Ibuprofenate"})))).sets == frozenset()


def test_the_medication_of_a_request_is_found_in_the_bundle_by_reference_and_by_address_and_contained() -> None:
    naproxen = {"resourceType": "Medication", "id": "n", "code": {"text": "Naproxen 250 mg"}}
    near = read(bundle(medicine(medicationReference={"reference": "Medication/n"}), naproxen))
    far = bundle(medicine(medicationReference={"reference": "urn:uuid:0c3a1a5e-7f0d-4a4c-9a1b-000000000001"}), naproxen)
    far["entry"][1]["fullUrl"] = "urn:uuid:0c3a1a5e-7f0d-4a4c-9a1b-000000000001"
    held = read(bundle(medicine(medicationReference={"reference": "#n"}, contained=[naproxen])))
    for drafts in (near, read(far), held):
        assert only(drafts).sets == {NSAIDS}


@pytest.mark.parametrize(("amount", "found"), [(500, True), (75, False)])
def test_aspirin_counts_only_over_its_dose(amount: int, found: bool) -> None:
    dosage = [
        {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}, "doseAndRate": [{"doseQuantity": {"value": amount, "code": "mg"}}]}
    ]
    order = only(read(bundle(medicine(medicationCodeableConcept={"text": "Aspirin"}, dosageInstruction=dosage))))
    assert any(one.value_set == "aspirin" for one in order.sets) == found


def test_aspirin_of_an_unknown_dose_is_not_over_it() -> None:
    assert only(read(bundle(medicine(medicationCodeableConcept={"text": "Aspirin"})))).sets == frozenset()


def test_of_selected_orders_only_those_named_are_selected() -> None:
    drafts = read(bundle(coded("24972-2"), coded("24968-0", name="2")), ["ServiceRequest/2"])
    assert [(one.reference, one.selected) for one in drafts.orders] == [("ServiceRequest/1", False), ("ServiceRequest/2", True)]


def test_a_selection_by_an_absolute_address_names_the_same_order() -> None:
    drafts = read(bundle(coded("24972-2"), coded("24968-0", name="2")), ["https://ehr.example.org/fhir/ServiceRequest/2"])
    assert [one.selected for one in drafts.orders] == [False, True]


def test_where_a_selection_names_nothing_in_the_bundle_every_order_is_selected() -> None:
    drafts = read(bundle(coded("24972-2"), coded("24968-0", name="2")), ["ServiceRequest/2", "ServiceRequest/gone"])
    assert all(one.selected for one in drafts.orders)


def test_the_codings_of_a_client_count_as_ours() -> None:
    theirs = Coding("http://www.ama-assn.org/go/cpt", "X", "")
    profile = ClientProfile(codings={(LOINC, "24972-2"): Translation((theirs,), instead=True)})
    assert only(read(bundle(coded("X", system=theirs.system)), profile=profile)).sets == {XRAY}


def test_a_task_and_a_communication_request_may_be_orders_too() -> None:
    code = {"coding": [{"system": SNOMED, "code": "308447003"}]}
    drafts = read(bundle(request("Task", code=code), request("CommunicationRequest", "2", category=[code])))
    assert [sorted(one.value_set for one in order.sets) for order in drafts.orders] == [["referral-physiotherapy"]] * 2


@pytest.mark.parametrize("selection", ["Patient/p", "Medication/n", "Medication/gone"])
def test_a_selection_that_names_no_order_selects_every_order(selection: str) -> None:
    held = bundle(coded("24972-2"), {"resourceType": "Patient", "id": "p"}, {"resourceType": "Medication", "id": "n"})
    assert all(one.selected for one in read(held, [selection]).orders)


def test_a_selection_of_an_order_that_is_not_looked_into_selects_no_other() -> None:
    held = bundle(coded("24972-2"), request("NutritionOrder", "food"))
    assert [one.selected for one in read(held, ["NutritionOrder/food"]).orders] == [False]


@pytest.mark.parametrize("reference", ["Medication/n", "https://ehr.example.org/fhir/Medication/n"])
def test_a_selection_of_a_medication_selects_the_requests_that_refer_to_it(reference: str) -> None:
    naproxen = {"resourceType": "Medication", "id": "n", "code": {"text": "Naproxen 250 mg"}}
    drafts = read(bundle(coded("24972-2"), naproxen, medicine(medicationReference={"reference": reference})), ["Medication/n"])
    assert {one.kind: one.selected for one in drafts.orders} == {"ServiceRequest": False, "MedicationRequest": True}


@pytest.mark.parametrize("members", [{"doNotPerform": True}, {"status": "revoked"}, {"status": "entered-in-error"}])
def test_what_is_not_to_be_done_is_no_order(members: dict[str, Any]) -> None:
    assert read(bundle(coded("24972-2") | members)) == Drafts()


def test_an_order_for_another_patient_is_told_and_not_checked() -> None:
    drafts = read(bundle(coded("24972-2", subject={"reference": "Patient/other-7731"})))
    assert drafts.orders == ()
    assert (drafts.problems, drafts.others) == ((), ("context.draftOrders.entry[0]: it is for another patient.",))
    assert drafts.told == drafts.others


def test_an_order_whose_patient_cannot_be_told_is_checked() -> None:
    assert only(read(bundle(coded("24972-2", subject={"display": "somebody"})))).sets == {XRAY}


def test_an_order_sent_twice_is_one() -> None:
    assert len(read(bundle(coded("24972-2"), coded("24972-2"))).orders) == 1


@pytest.mark.parametrize("sent", [None, [], "x", {}, {"resourceType": "Patient"}, {"resourceType": "Bundle", "entry": "x"}])
def test_what_is_no_bundle_of_entries_is_told(sent: Any) -> None:
    assert read(sent) == Drafts((), ("context.draftOrders: not a Bundle with a list of entries.",))


def test_a_bundle_without_entries_holds_no_order() -> None:
    assert read({"resourceType": "Bundle"}) == Drafts()


@pytest.mark.parametrize("broken", [None, 1, "x", [], {}, {"resource": None}, {"resource": {"resourceType": 3}}])
def test_an_entry_that_cannot_be_read_is_told_by_its_place_and_the_others_are_read(broken: Any) -> None:
    sent = bundle(coded("24972-2"))
    sent["entry"].insert(0, broken)
    drafts = read(sent)
    assert drafts.problems == ("context.draftOrders.entry[0]: no resource with a type.",)
    assert [one.sets for one in drafts.orders] == [{XRAY}]


@pytest.mark.parametrize("code", [None, "x", {"coding": [{}]}, {"coding": "x"}, {"text": " "}, {"coding": [{"system": LOINC}]}])
def test_an_order_that_does_not_say_what_is_ordered_is_told(code: Any) -> None:
    assert read(bundle(request(code=code))).problems == ("context.draftOrders.entry[0]: it does not say what is ordered.",)


def noon(day: int) -> datetime:
    """Noon of a day of that January, in UTC."""
    return datetime(2031, 1, day, 12, tzinfo=UTC)


def end(day: int) -> datetime:
    """The last instant of a day of that January, in UTC."""
    return datetime(2031, 1, day, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("members", "due"),
    [
        ({}, None),
        ({"occurrenceDateTime": "2031-01-05T12:00:00Z"}, noon(5)),
        ({"occurrenceDateTime": "2031-01-05T02:00:00+14:00"}, noon(4)),
        ({"occurrenceDateTime": "2031-01-05"}, end(5)),
        ({"occurrenceDateTime": "2031-01"}, end(31)),
        ({"occurrencePeriod": {"start": "2031-01-05", "end": "2031-01-07T12:00:00Z"}}, noon(7)),
        ({"occurrencePeriod": {"start": "2031-01-05T12:00:00Z"}}, noon(5)),
        ({"occurrencePeriod": {"start": "2031-01-05T12:00:00Z", "end": "soon"}}, noon(5)),
        ({"occurrenceTiming": {"repeat": {"boundsPeriod": {"start": "2031-01-05", "end": "2031-01-09T12:00:00Z"}}}}, noon(9)),
        ({"occurrenceTiming": {"event": ["2031-01-09T12:00:00Z", "2031-01-05T12:00:00Z"]}}, noon(9)),
        ({"occurrenceDateTime": "2031-01-05T12:00:00Z", "occurrencePeriod": {"end": "2031-01-07T12:00:00Z"}}, noon(7)),
        ({"restriction": {"period": {"end": "2031-01-07"}}, "authoredOn": "2031-01-05"}, None),
    ],
)
def test_the_time_by_which_an_order_is_to_be_done_is_the_latest_that_it_names(members: dict[str, Any], due: datetime | None) -> None:
    assert only(read(bundle(coded("24972-2", **members)))).due == due


@pytest.mark.parametrize(
    "said", [None, 3, "", "soon", "2031-02-30", "2031-01-05T25:00:00Z", ["2031-01-05"], {"start": 3, "end": {}}, {"repeat": "x"}]
)
@pytest.mark.parametrize("member", ["occurrenceDateTime", "occurrencePeriod", "occurrenceTiming"])
def test_a_time_that_cannot_be_read_is_none(member: str, said: Any) -> None:
    assert only(read(bundle(coded("24972-2", **{member: said})))).due is None


def test_a_task_is_to_be_done_by_the_end_of_its_restriction() -> None:
    task = request("Task", code={"text": "Physiotherapy"}, restriction={"period": {"end": "2031-01-07T12:00:00Z"}})
    assert only(read(bundle(task))).due == noon(7)


@pytest.mark.parametrize("kind", proposals.KINDS)
@pytest.mark.parametrize("hours", [None, 0, 48, 336])
def test_a_draft_of_ours_comes_back_with_the_time_that_it_was_given(kind: str, hours: int | None) -> None:
    code = Coding(LOINC, "24972-2", "")
    proposal = Proposal(code, "x", "urgent", hours, code, "x", ())
    sent = proposals.draft(proposal, ClientProfile(kind=kind, kinds={}), patient="p", at=noon(5))
    order = only(read(bundle(sent)))
    assert order.due == (None if hours is None else noon(5) + timedelta(hours=hours))


@given(
    sent=JSON | st.lists(JSON, max_size=4).map(lambda entries: {"resourceType": "Bundle", "entry": entries}), selections=st.lists(st.text(max_size=9))
)
def test_whatever_is_sent_is_read_or_told_in_words_of_ours(sent: Any, selections: list[str]) -> None:
    drafts = read(sent, selections)
    assert all(problem.startswith("context.draftOrders") and problem.endswith(".") for problem in drafts.told)


def test_no_problem_says_back_what_was_sent() -> None:
    marker = "zq-7731"
    drafts = read(bundle(request(marker, marker), coded(marker, subject={"reference": f"Patient/{marker}"}), marker, request(code=marker)))
    assert len(drafts.told) == 3
    assert marker not in " ".join(drafts.told)
