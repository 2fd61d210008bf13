"""Observations of the record."""

from decimal import Decimal
from typing import Any

import pytest

from cds.facts import Record
from cds.fhir import record
from tests.fhir import samples
from tests.fhir.samples import bundle, concept, reading, resource


def read(*sent: dict[str, Any]) -> Record:
    resources = {"observations": bundle(*sent)}
    return record.read(resources, samples.DEFINITIONS, samples.VALUE_SETS, subject="p1", at=samples.AT)


@pytest.mark.parametrize(
    ("value", "code", "fever"),
    [("38.0", "Cel", True), ("37.9", "Cel", False), ("100.4", "[degF]", True), ("100.3", "[degF]", False), ("311", "K", False)],
)
def test_a_reading_at_the_bound_sets_the_fact(value: str, code: str, fever: bool) -> None:
    told = read(reading(value, code=code))
    assert ("fever" in told.values) is fever
    assert bool(told.problems) is (code == "K")


def test_a_unit_may_stand_without_a_code() -> None:
    quantity = {"value": Decimal("38.5"), "unit": "Cel"}
    assert "fever" in read(reading("0", valueQuantity=quantity)).values


@pytest.mark.parametrize(
    ("unit", "value"),
    [(unit, "38.5") for unit in ("°C", "℃", "º C", "C", "degC", "deg. C", "Celsius", "degrees Celsius")]
    + [(unit, "101.3") for unit in ("°F", "℉", "F", "degF", "[degF]", "Fahrenheit", "deg F")],
)
def test_a_unit_without_a_code_is_read_as_people_write_it(unit: str, value: str) -> None:
    for quantity in ({"unit": unit}, {"code": unit}, {"code": unit, "unit": "x"}):
        told = read(reading("0", valueQuantity={"value": Decimal(value), **quantity}))
        assert (told.values["fever"].value, told.values["temperature"].value, told.problems) == ("yes", Decimal("38.5"), ())


def test_a_unit_is_not_read_against_its_code() -> None:
    for code in ("K", "C", "F"):
        told = read(reading("0", valueQuantity={"value": Decimal("39"), "system": samples.UCUM, "code": code, "unit": "°C"}))
        assert (told.values, len(told.problems)) == ({}, 1)


@pytest.mark.parametrize(("comparator", "fever"), [(">", True), (">=", True), ("<", False), ("<=", False)])
def test_a_comparator_counts_when_it_says_at_least(comparator: str, fever: bool) -> None:
    quantity = {"value": Decimal("38.5"), "code": "Cel", "comparator": comparator}
    told = read(reading("0", valueQuantity=quantity))
    assert ("fever" in told.values) is fever
    assert "temperature" not in told.values


@pytest.mark.parametrize("status", ["registered", "cancelled", "entered-in-error", "unknown", None, ["final"]])
def test_a_reading_that_is_not_a_result_is_nothing(status: object) -> None:
    assert read(reading("39", status=status)).values == {}


@pytest.mark.parametrize(
    ("dated", "counts"),
    [
        ({"effectiveDateTime": "2026-03-07T12:00:00Z"}, True),
        ({"effectiveDateTime": "2026-03-07T11:00:00Z"}, False),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2026-01-01", "end": "2026-03-09"}}, True),
        ({"effectiveDateTime": None, "effectiveInstant": "2026-03-09T00:00:00Z"}, True),
        ({"effectiveDateTime": None, "issued": "2026-03-09T00:00:00Z"}, True),
        ({"effectiveDateTime": None}, False),
    ],
)
def test_a_reading_counts_within_its_window(dated: dict[str, Any], counts: bool) -> None:
    assert ("fever" in read(reading("39", **dated)).values) is counts


def test_the_latest_reading_is_the_value() -> None:
    early = reading("39.0", "early", effectiveDateTime="2026-03-09T06:00:00Z")
    late = reading("99.5", "late", code="[degF]", effectiveDateTime="2026-03-10T06:00:00Z")
    ahead = reading("41.0", "ahead", effectiveDateTime="2027-03-10T06:00:00Z")
    for sent in ((early, late, ahead), (ahead, late, early)):
        told = read(*sent).values["temperature"]
        assert (told.value, told.reference, told.date) == (Decimal("37.5"), "Observation/late", "2026-03-10")


def test_an_old_reading_is_not_the_value() -> None:
    assert "temperature" not in read(reading("37", effectiveDateTime="2026-03-01")).values


@pytest.mark.parametrize("quantity", [None, {}, "39", {"value": "39", "code": "Cel"}, {"value": True, "code": "Cel"}, {"value": 39, "code": ["Cel"]}])
def test_a_value_that_is_no_number_is_nothing(quantity: object) -> None:
    assert read(reading("0", valueQuantity=quantity)).values == {}


@pytest.mark.parametrize(
    ("answer", "day", "pregnant"), [("77386006", "2026-01-01", True), ("60001007", "2026-01-01", False), ("77386006", "2025-12-01", False)]
)
def test_a_coded_answer_counts_when_it_is_in_its_value_set(answer: str, day: str, pregnant: bool) -> None:
    said = concept(samples.SNOMED, answer)
    sent = resource("Observation", "o", status="final", code=concept(samples.LOINC, "82810-3"), effectiveDateTime=day, valueCodeableConcept=said)
    assert ("pregnant" in read(sent).values) is pregnant


@pytest.mark.parametrize("status", ["Final", "FINAL", "unknown", "CANARY", None, ["final"]])
def test_a_reading_whose_status_does_not_say_whether_it_is_a_result_is_told(status: object) -> None:
    told = read(reading("39", status=status), resource("Observation", "other", code=concept(samples.LOINC, "1-1")))
    assert told.problems == ("observations[0]: without a status that can be read; not used.",)


@pytest.mark.parametrize("status", ["registered", "cancelled", "entered-in-error"])
def test_a_reading_that_is_known_to_be_no_result_is_no_problem(status: str) -> None:
    assert read(reading("39", status=status)).problems == ()


def test_loinc_and_rxnorm_are_known_by_their_oids() -> None:
    assert "fever" in read(reading("39", code="Cel") | {"code": concept("urn:oid:2.16.840.1.113883.6.1", "8310-5")}).values
    medicine = samples.order(medicationCodeableConcept=concept("urn:oid:2.16.840.1.113883.6.88", "11289"))
    assert read(medicine).values["thinner"].note == ""
