"""Medicines of the record."""

from typing import Any

import pytest

from cds.facts import Record
from cds.fhir import record
from tests.fhir import samples
from tests.fhir.samples import bundle, concept, order, resource


def read(*sent: dict[str, Any]) -> Record:
    resources = {"medications": bundle(*sent)}
    return record.read(resources, samples.DEFINITIONS, samples.VALUE_SETS, subject="p1", at=samples.AT)


def supply(value: object, code: str = "d") -> dict[str, Any]:
    return {"dispenseRequest": {"expectedSupplyDuration": {"value": value, "code": code}}}


def dosage(**bounds: str) -> list[dict[str, Any]]:
    return [{"timing": {"repeat": {"boundsPeriod": bounds}}}]


def test_a_medicine_is_known_by_its_code() -> None:
    told = read(order(code="11289")).values["thinner"]
    assert (told.value, told.reference, told.note) == ("yes", "MedicationRequest/m1", "")


@pytest.mark.parametrize("text", ["Warfarin Sodium 5 MG Oral Tablet", "WARFARIN", "tab. warfarin, 5mg", "heparin  SODIUM 5000 units"])
def test_a_medicine_is_known_by_the_whole_name_of_its_ingredient(text: str) -> None:
    assert read(order(text)).values["thinner"].note == "by name"


def test_a_display_is_read_like_a_text() -> None:
    medicine = {"coding": [{"system": "urn:local", "code": "1", "display": "Warfarin 5 MG"}]}
    assert read(order(medicationCodeableConcept=medicine)).values["thinner"].note == "by name"


@pytest.mark.parametrize("text", ["Warfarinoid", "heparin lock", "sodium heparin", ""])
def test_a_part_of_a_name_is_no_match(text: str) -> None:
    assert read(order(text)).values == {}


@pytest.mark.parametrize(
    ("text", "systemic"),
    [
        ("prednisone 5 mg", True),
        ("Hydrocortisone 1% Cream", False),
        ("prednisone inhalation powder", False),
        ("hydrocortisone ear drops", False),
        ("hydrocortisone, creamy white tablets", True),
    ],
)
def test_a_product_form_that_does_not_count_excludes_a_match_by_name(text: str, systemic: bool) -> None:
    assert ("steroid" in read(order(text, authoredOn="2025-06-01")).values) is systemic


def test_a_code_matches_whatever_the_form_in_the_text() -> None:
    assert "steroid" in read(order("cream", code="8640", authoredOn="2025-06-01")).values


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("active", True),
        ("on-hold", True),
        ("cancelled", False),
        ("entered-in-error", False),
        ("draft", False),
        ("completed", False),
        ("stopped", False),
    ],
)
def test_an_undated_order_counts_while_it_runs(status: str, counts: bool) -> None:
    assert ("thinner" in read(order("warfarin", status=status)).values) is counts


@pytest.mark.parametrize("status", ["not-taken", "intended", "entered-in-error"])
def test_a_statement_that_says_not_taken_is_nothing(status: str) -> None:
    sent = resource("MedicationStatement", "s", status=status, medicationCodeableConcept={"text": "warfarin"}, dateAsserted="2026-03-01")
    assert read(sent).values == {}


@pytest.mark.parametrize("more", [{"intent": "proposal"}, {"intent": "option"}, {"doNotPerform": True}])
def test_what_was_only_proposed_or_forbidden_is_nothing(more: dict[str, Any]) -> None:
    assert read(order("warfarin", **more)).values == {}


@pytest.mark.parametrize("status", [None, "CANARY", ["active"]])
def test_an_order_whose_status_cannot_be_read_is_dropped_and_told(status: object) -> None:
    told = read(order("warfarin", status=status) if isinstance(status, str) else order("warfarin") | {"status": status})
    assert told.values == {}
    assert told.problems == ("medications[0]: without a status that can be read; dropped.",)


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"authoredOn": "2025-12-10"}, True),
        ({"authoredOn": "2025-12-09"}, False),
        ({"authoredOn": "2025-09-01"} | supply(120), True),
        ({"authoredOn": "2025-09-01"} | supply(4, "mo"), True),
        ({"authoredOn": "2025-09-01"} | supply(30), False),
        ({"authoredOn": "2025-09-01"} | supply(10**14), False),
        ({"authoredOn": "2025-09-01"} | supply("120"), False),
        ({"authoredOn": "2025-01-01", "dispenseRequest": {"validityPeriod": {"end": "2026-01"}}}, True),
        ({"authoredOn": "2026-01-01", "dispenseRequest": {"validityPeriod": {"end": "2025-01-01"}}}, False),
        ({"authoredOn": "2025-01-01", "dosageInstruction": dosage(end="2026-01-01")}, True),
        ({"effectivePeriod": {"end": "2026-01-01"}}, True),
        ({"effectiveDateTime": "2026-01-01"}, True),
        ({"dateAsserted": "2026-01-01"}, True),
        ({"dateAsserted": "2025-01-01"}, False),
        ({}, False),
    ],
)
def test_a_stopped_medicine_counts_when_it_ended_within_the_window(more: dict[str, Any], counts: bool) -> None:
    told = read(order("warfarin", status="stopped", **more))
    assert ("thinner" in told.values) is counts
    assert bool(told.problems) is (more == {})


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        ([order("prednisone", authoredOn="2025-12-10")], True),
        ([order("prednisone", authoredOn="2025-12-11T12:00:01Z")], False),
        ([order("prednisone")], False),
        ([order("prednisone", status="completed", authoredOn="2025-10-01", **supply(90))], True),
        ([order("prednisone", status="completed", authoredOn="2025-10-01", **supply(88))], False),
        ([order("prednisone", status="completed", authoredOn="2024-03-01", **supply(400))], False),
        ([order("prednisone", str(month), status="stopped", authoredOn=f"2025-{month:02}-01", **supply(30)) for month in (6, 8, 10)], True),
        ([order("prednisone", str(day), status="stopped", authoredOn=f"2025-10-{day:02}", **supply(30)) for day in (1, 2, 3)], False),
    ],
    ids=["running-90-days", "running-less", "undated", "ninety-days", "fewer-days", "long-ago", "three-courses", "overlapping"],
)
def test_a_medicine_taken_counts_by_the_time_covered_within_the_window(sent: list[dict[str, Any]], counts: bool) -> None:
    assert ("steroid" in read(*sent).values) is counts
    assert read(*sent).values == read(*reversed(sent)).values


def test_a_statement_runs_from_its_period() -> None:
    period = {"start": "2025-06", "end": "2025-12-01"}
    sent = resource("MedicationStatement", "s", status="completed", medicationCodeableConcept={"text": "prednisone"}, effectivePeriod=period)
    told = read(sent).values["steroid"]
    assert (told.reference, told.date) == ("MedicationStatement/s", "2025-12-01")


def test_a_contained_medication_is_read() -> None:
    held = {"resourceType": "Medication", "id": "a", "code": concept(samples.RXNORM, "11289")}
    sent = order() | {"medicationCodeableConcept": None, "medicationReference": {"reference": "#a"}, "contained": [held]}
    assert read(sent).values["thinner"].note == ""


@pytest.mark.parametrize("reference", ["Medication/a", "https://ehr.example.org/fhir/Medication/a"])
def test_a_medication_sent_along_is_read_with_its_ingredients(reference: str) -> None:
    held = {"resourceType": "Medication", "id": "a", "ingredient": [{"itemCodeableConcept": {"text": "Warfarin"}}]}
    sent = order() | {"medicationCodeableConcept": None, "medicationReference": {"reference": reference}}
    assert read(held, sent).values["thinner"].note == "by name"


def test_a_reference_that_leads_nowhere_is_read_by_its_display() -> None:
    sent = order() | {"medicationReference": {"reference": "Medication/zzz", "display": "Warfarin 5 mg"}}
    assert "thinner" in read(sent).values
