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
LOINC = "http://loinc.org"
OBSERVED = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "subject": {"reference": f"Patient/{samples.PATIENT}"},
    "effectiveDateTime": samples.AT.date().isoformat(),
}
ALLERGY = {"resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": f"Patient/{samples.PATIENT}"}}


def listed(**resources: Any) -> Record:
    """Only those keys were sent."""
    return record.read(resources, content.definitions(), content.value_sets(), subject=samples.PATIENT, at=samples.AT)


@pytest.mark.parametrize("sent", [None, bundle()])
def test_a_list_is_supplied_when_it_was_asked_for_even_if_there_is_nothing_on_it(sent: object) -> None:
    fact = listed(medications=sent).values["med-list"]
    assert (fact.value, fact.reference) == ("supplied", "medications")


@pytest.mark.parametrize("sent", [None, bundle()])
def test_statements_without_the_orders_are_no_list(sent: object) -> None:
    assert said(listed(medicationStatements=sent), "med-list") is None


@pytest.mark.parametrize(
    ("key", "entry"),
    [
        ("egfr", OBSERVED | {"code": concept(LOINC, "98979-8"), "valueString": "20"}),
        ("egfr", OBSERVED | {"code": concept(LOINC, "98979-8"), "valueQuantity": {"value": 20}}),
        ("bloodPressure", OBSERVED | {"code": concept(LOINC, "85354-9"), "valueString": "170/100"}),
        ("allergies", ALLERGY | {"code": {"coding": [{}]}}),
        ("allergies", ALLERGY),
    ],
)
def test_a_list_is_not_supplied_beside_an_entry_of_the_record_that_cannot_be_read(key: str, entry: dict[str, object]) -> None:
    assert said(listed(medications=None, **{key: bundle()}), "med-list") == "supplied"
    told = listed(medications=None, **{key: bundle(entry)})
    assert said(told, "med-list") is None
    assert [problem.partition(":")[0] for problem in told.problems] == [f"{key}[0]"]


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


def test_a_mixed_bundle_does_not_say_that_its_medicines_are_all_there_are() -> None:
    assert said(listed(bundle=bundle(order("x"))), "med-list") is None
    assert said(listed(bundle=bundle(samples.condition("73211009"))), "med-list") is None


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


MODIFIER = {"modifierExtension": [{"url": "https://example.org/turned", "valueBoolean": True}]}
TURNED: list[tuple[str, dict[str, Any]]] = [
    ("medications", order("sertraline") | MODIFIER),
    ("medications", order("sertraline", dosageInstruction=[{"text": "daily"} | MODIFIER])),
    ("medications", {"resourceType": "Medication", "id": "x", "code": {"text": "sertraline"}} | MODIFIER),
    ("allergies", ALLERGY | {"code": concept(samples.RXNORM, "5640")} | MODIFIER),
    ("egfr", OBSERVED | {"code": concept(LOINC, "98979-8"), "valueQuantity": {"value": 90, "code": "mL/min/{1.73_m2}"}} | MODIFIER),
]


@pytest.mark.parametrize(("key", "turned"), TURNED)
def test_a_list_with_a_modifier_in_it_denies_nothing_and_still_warns(key: str, turned: dict[str, Any]) -> None:
    sent = {"medications": bundle(order("warfarin", "w")), key: bundle(order("warfarin", "w"), turned)}
    told = listed(**sent)
    assert said(told, "med-list") is None
    assert not any(said(told, name) == "no" for name in CLASSES)
    assert said(told, "hx-anticoag") == "yes"
    assert "modifier" in " ".join(told.problems)
