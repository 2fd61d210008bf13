"""Whether the record gave a medication list, and what none recorded in it means."""

from typing import Any

import pytest

from cds.facts import Record
from cds.fhir import record
from tests.fhir import content, samples
from tests.fhir.content import read, said
from tests.fhir.samples import OUTCOME, bundle, concept, order, resource

CLASSES = sorted(name for name in content.definitions().facts if name.startswith("med-") and name != "med-list")
UNREAD: list[Any] = [
    OUTCOME,
    bundle(OUTCOME),
    bundle(order("warfarin"), OUTCOME),
    bundle(order("warfarin"), link=[{"relation": "next", "url": "https://example.org"}]),
    bundle(order("warfarin"), order("x", status="CANARY")),
    bundle(order("warfarin"), order("x", subject=None)),
    bundle(order("warfarin"), order("")),
    bundle(order("warfarin"), order("", medicationCodeableConcept=None, medicationReference={"reference": "Medication/none"})),
    bundle(order("warfarin"), order("", medicationCodeableConcept=concept("urn:local", "1"))),
    {"resourceType": "Bundle", "entry": [{"resource": order("warfarin")}, {"resource": None}]},
    {"resourceType": "Bundle", "entry": {}},
    {"resourceType": "Parameters"},
    5,
]


def listed(**resources: Any) -> Record:
    """Only those keys were sent."""
    return record.read(resources, content.definitions(), content.value_sets(), subject=samples.PATIENT, at=samples.AT)


@pytest.mark.parametrize("key", ["medications", "medicationStatements"])
@pytest.mark.parametrize("sent", [None, bundle()])
def test_a_list_is_supplied_when_it_was_asked_for_even_if_there_is_nothing_on_it(key: str, sent: object) -> None:
    fact = listed(**{key: sent}).values["med-list"]
    assert (fact.value, fact.reference) == ("supplied", key)


def test_a_list_with_medicines_is_supplied() -> None:
    told = listed(medications=bundle(order("warfarin"), order("", "m2", code="5640"), order("x", "m3", status="cancelled")))
    assert said(told, "med-list") == "supplied"


def test_without_a_list_nothing_is_known_of_any_class() -> None:
    told = listed(patient=None, conditions=None)
    assert not {"med-list", *CLASSES} & told.values.keys()


@pytest.mark.parametrize("sent", UNREAD, ids=range(len(UNREAD)))
def test_a_list_of_which_anything_could_not_be_read_is_not_supplied(sent: object) -> None:
    for told in (listed(medications=sent), listed(medications=sent, medicationStatements=None)):
        assert said(told, "med-list") is None
        assert [name for name in CLASSES if said(told, name) == "no"] == []


def test_what_was_cancelled_need_not_be_named() -> None:
    assert said(listed(medications=bundle(order("", status="cancelled"))), "med-list") == "supplied"


def test_in_a_mixed_bundle_a_list_is_supplied_when_a_medicine_is_in_it() -> None:
    assert said(listed(bundle=bundle(order("x"))), "med-list") == "supplied"
    assert said(listed(bundle=bundle(samples.condition("73211009"))), "med-list") is None
    assert said(listed(bundle=bundle(order("x"), order("y") | {"status": None})), "med-list") is None
    assert said(listed(bundle=bundle(order("x"), samples.condition("1", subject=None))), "med-list") == "supplied"


def test_none_on_a_list_that_was_supplied_is_no_for_the_classes_and_for_nothing_else() -> None:
    told = read()
    assert {name: said(told, name) for name in CLASSES} == dict.fromkeys(CLASSES, "no")
    assert [name for name, fact in told.values.items() if fact.value == "no" and name not in CLASSES] == []
    assert {told.values[name].reference for name in CLASSES} == {"medications"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("med-antiplatelet", "clopidogrel 75 mg"),
        ("med-steroid", "prednisone 5 mg"),
        ("med-ssri-snri", "Sertraline 50 MG Oral Tablet"),
        ("med-acei-arb", "lisinopril 10 mg"),
        ("med-diuretic", "Hydrochlorothiazide 25 MG"),
        ("med-lithium-mtx-cni", "methotrexate 2.5 mg"),
        ("med-muscle-relaxant", "cyclobenzaprine 5 mg"),
        ("med-opioid", "oxycodone 5 mg"),
        ("med-benzodiazepine", "diazepam 5 mg"),
    ],
)
def test_a_class_is_yes_while_one_of_it_is_taken_and_for_its_time_after(name: str, text: str) -> None:
    running = read(medications=bundle(order(text)))
    assert said(running, name) == "yes"
    assert [other for other in CLASSES if said(running, other) == "yes" and other != name] == []
    recent, old = (read(medications=bundle(order(text, status="stopped", authoredOn=day))) for day in ("2025-12-10", "2025-12-09"))
    assert (said(recent, name), said(old, name)) == ("no" if name == "med-opioid" else "yes", "no")
    assert said(read(medications=bundle(order(text, status="stopped"))), name) is None
    assert said(read(medications=bundle(order(text, status="entered-in-error"))), name) == "no"


def test_a_cream_is_no_systemic_steroid() -> None:
    assert said(read(medications=bundle(order("Hydrocortisone 1% topical cream"))), "med-steroid") == "no"


def test_long_term_use_recorded_as_a_condition_counts_as_an_antiplatelet() -> None:
    sent = samples.condition("x") | {"code": concept("http://hl7.org/fhir/sid/icd-10-cm", "Z79.02")}
    assert said(read(conditions=bundle(sent)), "med-antiplatelet") == "yes"


def test_a_statement_counts_like_a_request() -> None:
    sent = resource("MedicationStatement", "s", status="active", medicationCodeableConcept={"text": "tramadol"})
    assert said(read(medicationStatements=bundle(sent)), "med-opioid") == "yes"
