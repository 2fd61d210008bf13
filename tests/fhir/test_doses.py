"""The daily dose of a medicine, and aspirin by it: an NSAID over 325 mg, else an antiplatelet."""

from decimal import Decimal
from typing import Any

import pytest

from cds.fhir import doses
from tests.fhir.content import read, said
from tests.fhir.samples import bundle, order, resource

LOW_DOSE = "Aspirin 81 MG Oral Tablet"


def dosage(dose: dict[str, Any] | None = None, times: float = 1, period: float = 1, unit: str = "d", **more: Any) -> dict[str, Any]:
    rate = [{"doseQuantity": dose if dose is not None else {"value": 1}}]
    return {"doseAndRate": rate, "timing": {"repeat": {"frequency": times, "period": period, "periodUnit": unit}}} | more


def daily(text: str, *dosages: object) -> Decimal | None:
    return doses.daily({"dosageInstruction": list(dosages)}, [text], ("aspirin", "acetylsalicylic acid"))


@pytest.mark.parametrize(
    ("text", "dose", "amount"),
    [
        (LOW_DOSE, {"value": 1}, "81"),
        (LOW_DOSE, {"value": 2, "unit": "tablets"}, "162"),
        (LOW_DOSE, {"value": 1, "code": "{tbl}"}, "81"),
        ("aspirin", {"value": 325, "unit": "mg"}, "325"),
        ("aspirin", {"value": Decimal("0.5"), "code": "g"}, "500.0"),
        (LOW_DOSE, {"value": 300, "code": "mg"}, "300"),
        ("Aspirin 162.5 mg", {"value": 1}, "162.5"),
        ("Aspirin 0.5 g", {"value": 1}, "500.0"),
        ("Acetylsalicylic acid EC 75mg tablets", {"value": 1}, "75"),
        ("Acetaminophen 250 MG / Aspirin 260 MG / Caffeine 65 MG Oral Tablet", {"value": 2}, "520"),
        ("81 mg aspirin", {"value": 1}, "81"),
        ("Aspirin 60 MG/ML Oral Solution", {"value": 1}, None),
        ("Aspirin", {"value": 1}, None),
        ("Caffeine 65 MG / Paracetamol 250 MG", {"value": 1}, None),
        (LOW_DOSE, {"value": 5, "unit": "mL"}, None),
        (LOW_DOSE, {"value": 0}, None),
        (LOW_DOSE, {"value": "1"}, None),
        (LOW_DOSE, {}, None),
    ],
)
def test_a_dose_is_a_mass_or_a_number_of_units_of_the_strength_in_the_words(text: str, dose: dict[str, Any], amount: str | None) -> None:
    assert daily(text, dosage(dose)) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("timing", "times"),
    [
        ({"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}, 3),
        ({"repeat": {"period": 1, "periodUnit": "d"}}, 1),
        ({"repeat": {"frequency": 1, "frequencyMax": 4, "period": 1, "periodUnit": "d"}}, 4),
        ({"repeat": {"frequency": 1, "period": 6, "periodUnit": "h"}}, 4),
        ({"repeat": {"frequency": 7, "period": 1, "periodUnit": "wk"}}, 1),
        ({"code": {"coding": [{"code": "BID"}]}}, 2),
        ({"code": {"text": "twice a day"}}, None),
        ({"repeat": {"frequency": 1, "period": 0, "periodUnit": "d"}}, None),
        ({"repeat": {"frequency": 1, "period": 1, "periodUnit": "day"}}, None),
        ({"repeat": {"frequency": "1", "period": "1", "periodUnit": "d"}}, None),
        ({}, None),
        (5, None),
    ],
)
def test_the_times_a_day_are_read_from_the_timing_or_its_code(timing: object, times: int | None) -> None:
    found = daily("aspirin", dosage({"value": 100, "unit": "mg"}, timing=timing))
    assert (None if found is None else round(found, 6)) == (None if times is None else 100 * times)


def test_the_highest_dose_of_a_range_counts() -> None:
    given = [{"doseRange": {"low": {"value": 1}, "high": {"value": 2}}}]
    assert daily(LOW_DOSE, dosage(doseAndRate=given)) == 162


def test_dosages_are_taken_together_and_those_that_cannot_be_read_left_out() -> None:
    assert daily(LOW_DOSE, dosage(), {"text": "one at night"}, dosage({"value": 2}), None) == 243
    assert daily(LOW_DOSE, {"text": "one a day"}) is None


def named(told: Any) -> tuple[object, object]:
    return said(told, "nsaid-now"), said(told, "med-antiplatelet")


@pytest.mark.parametrize(
    ("text", "dosages", "found"),
    [
        (LOW_DOSE, [dosage()], (None, "yes")),
        ("Aspirin 325 MG Oral Tablet", [dosage()], (None, "yes")),
        ("Aspirin 325 MG Oral Tablet", [dosage(times=2)], ("yes", "no")),
        ("Aspirin 326 MG Oral Tablet", [dosage()], ("yes", "no")),
        ("Aspirin 500 MG", [{"text": "as needed"}], (None, "yes")),
        ("aspirin", [], (None, "yes")),
    ],
)
def test_aspirin_is_an_nsaid_over_325_mg_a_day_and_an_antiplatelet_otherwise(text: str, dosages: list[Any], found: tuple[object, object]) -> None:
    assert named(read(medications=bundle(order(text, dosageInstruction=dosages)))) == found


def test_the_dose_of_a_statement_is_read_too() -> None:
    medicine = {"text": "Aspirin 500 mg"}
    sent = resource("MedicationStatement", "s", status="active", medicationCodeableConcept=medicine, dosage=[dosage(times=3)])
    assert named(read(medicationStatements=bundle(sent))) == ("yes", "no")


@pytest.mark.parametrize(("day", "now"), [("2026-03-03", "yes"), ("2026-03-02", None)])
def test_an_nsaid_by_any_route_counts_until_a_week_after_it_was_stopped(day: str, now: str | None) -> None:
    for text in ("Diclofenac 1% topical gel", "Ibuprofen 400 MG Oral Tablet", "ketorolac ophthalmic solution"):
        assert said(read(medications=bundle(order(text, status="stopped", authoredOn=day))), "nsaid-now") == now
        assert said(read(medications=bundle(order(text))), "nsaid-now") == "yes"
