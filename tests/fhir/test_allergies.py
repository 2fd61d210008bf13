"""Allergies of the record: to an NSAID or aspirin, at any time, unless refuted."""

from typing import Any

import pytest

from tests.fhir import samples
from tests.fhir.content import read, said
from tests.fhir.samples import OUTCOME, bundle, concept, condition

CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
IBUPROFEN = concept(samples.RXNORM, "5640")
FACT = "hx-nsaid-allergy"


def allergy(code: object, identity: str = "a1", **more: Any) -> dict[str, Any]:
    patient = {"reference": f"Patient/{samples.PATIENT}"}
    return {
        "resourceType": "AllergyIntolerance",
        "id": identity,
        "patient": patient,
        "code": code,
        "clinicalStatus": concept(CLINICAL, "active"),
    } | more


@pytest.mark.parametrize(
    ("code", "note"),
    [
        (IBUPROFEN, ""),
        (concept(samples.RXNORM, "1191"), ""),
        (concept(samples.SNOMED, "293586001"), ""),
        ({"text": "Naproxen"}, "by name"),
        ({"text": "allergic to ASPIRIN"}, "by name"),
        ({"coding": [{"system": "urn:local", "code": "1", "display": "Diclofenac gel"}]}, "by name"),
    ],
)
def test_an_allergy_is_known_by_a_code_or_by_the_name_of_an_ingredient(code: dict[str, Any], note: str) -> None:
    fact = read(allergies=bundle(allergy(code, recordedDate="1999"))).values[FACT]
    assert (fact.value, fact.reference, fact.date, fact.note) == ("yes", "AllergyIntolerance/a1", "1999", note)


@pytest.mark.parametrize("substance", [IBUPROFEN, {"text": "Ibuprofen 200 mg"}])
def test_the_substance_of_a_reaction_counts_like_the_code(substance: dict[str, Any]) -> None:
    assert said(read(allergies=bundle(allergy({"text": "medicine"}, reaction=[{"substance": substance}]))), FACT) == "yes"


@pytest.mark.parametrize("code", [{"text": "peanut"}, {"text": "aspirinoid"}, concept("urn:x", "5640"), {}, None, 5, []])
def test_an_allergy_to_something_else_says_nothing(code: object) -> None:
    told = read(allergies=bundle(allergy(code)))
    assert (said(told, FACT), told.not_checked) == (None, ())


@pytest.mark.parametrize("status", ["active", "inactive", "resolved"])
def test_an_allergy_counts_whatever_became_of_it(status: str) -> None:
    assert said(read(allergies=bundle(allergy(IBUPROFEN, clinicalStatus=concept(CLINICAL, status)))), FACT) == "yes"


@pytest.mark.parametrize(("status", "counts"), [("confirmed", True), ("unconfirmed", True), ("refuted", False), ("entered-in-error", False)])
def test_an_allergy_that_was_refuted_or_entered_in_error_is_nothing(status: str, counts: bool) -> None:
    told = read(allergies=bundle(allergy(IBUPROFEN, verificationStatus=concept("v", status))))
    assert (said(told, FACT) == "yes") is counts


@pytest.mark.parametrize(
    "text", ["NSAIDs", "Non-steroidal anti-inflammatory agent", "allergic to nonsteroidal antiinflammatory drugs", "Salicylates"]
)
def test_an_allergy_to_the_class_counts_by_its_words(text: str) -> None:
    assert said(read(allergies=bundle(allergy({"text": text}))), FACT) == "yes"


def test_the_newest_of_several_is_named() -> None:
    sent = [allergy(IBUPROFEN, f"a{year}", recordedDate=str(year)) for year in (2001, 2010, 2005)]
    assert read(allergies=bundle(*sent)).values[FACT].reference == "AllergyIntolerance/a2010"


def test_an_allergy_recorded_as_a_condition_counts_at_any_time() -> None:
    assert said(read(conditions=bundle(condition("293586001", status="resolved"))), FACT) == "yes"


def test_an_allergy_of_another_patient_is_dropped_and_told() -> None:
    told = read(allergies=bundle(allergy(IBUPROFEN, patient={"reference": "Patient/other"})))
    assert (said(told, FACT), told.problems) == (None, ("allergies[0]: not of this patient; dropped.",))


@pytest.mark.parametrize("sent", [OUTCOME, bundle(OUTCOME), {"resourceType": "Parameters"}, 5])
def test_allergies_that_could_not_be_had_were_not_checked(sent: object) -> None:
    assert read(allergies=sent).not_checked == ("allergies",)


def test_in_a_mixed_bundle_allergies_are_read_and_count_as_checked() -> None:
    told = read(bundle=bundle(allergy(IBUPROFEN)))
    assert (said(told, FACT), told.not_checked) == ("yes", ())
