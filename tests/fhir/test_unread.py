"""What is asked for and cannot be read is told, and its key does not count as checked."""

from decimal import Decimal
from typing import Any

import pytest

from cds.facts import Record
from cds.fhir import record
from tests.fhir import content, samples
from tests.fhir.samples import CANARY, bundle, concept, condition, order, reading, resource

DAY = "2026-03-09"


def observed(code: str, day: str | None = DAY, **value: Any) -> dict[str, Any]:
    """A result of that code, with no value but the one given."""
    return resource("Observation", "o1", status="final", code=concept(samples.LOINC, code), effectiveDateTime=day) | value


def temperature(day: str | None = DAY, **value: Any) -> dict[str, Any]:
    return observed("8310-5", day, **value)


def celsius(value: str, **more: Any) -> dict[str, Any]:
    return {"valueQuantity": {"value": Decimal(value), "system": samples.UCUM, "code": "Cel"} | more}


def pregnancy(**value: Any) -> dict[str, Any]:
    return observed("82810-3", **value)


PART: dict[str, Any] = {"component": [{"code": concept(samples.LOINC, "8310-5"), **celsius("39.5")}]}
UNREAD: dict[str, tuple[str, dict[str, Any]]] = {
    "a value as text": ("temperature", temperature(valueString=f"39.5 C {CANARY}")),
    "no value": ("temperature", temperature()),
    "a reason for none": ("temperature", temperature(dataAbsentReason={"text": CANARY})),
    "another kind of value": ("temperature", temperature(valueInteger=39)),
    "no unit": ("temperature", temperature(valueQuantity={"value": 39.5})),
    "another unit": ("temperature", temperature(**celsius("312", code="K"))),
    "a number as text": ("temperature", temperature(valueQuantity={"value": "39.5", "code": "Cel"})),
    "a bound on the wrong side": ("temperature", temperature(**celsius("39", comparator="<"))),
    "a bound below the limit": ("temperature", temperature(**celsius("37", comparator=">"))),
    "a bound of no meaning": ("temperature", temperature(**celsius("39", comparator=["<"]))),
    "a component only": ("temperature", temperature(**PART)),
    "a component of another code": ("temperature", observed("8716-3", **PART)),
    "no date": ("temperature", temperature(None, valueString="39.5")),
    "another answer": ("pregnancy", pregnancy(valueCodeableConcept=concept(samples.LOINC, "LA15173-0"))),
    "an answer in words": ("pregnancy", pregnancy(valueCodeableConcept={"text": "pregnant"})),
    "an answer as text": ("pregnancy", pregnancy(valueString="pregnant")),
    "an answer as yes or no": ("pregnancy", pregnancy(valueBoolean=True)),
    "no answer": ("pregnancy", pregnancy()),
    "a figure as text": ("egfr", observed("33914-3", valueString="20")),
    "a figure in a component": ("egfr", observed("24362-6", component=[{"code": concept(samples.LOINC, "33914-3"), "valueInteger": 12}])),
    "two figures as text": ("bloodPressure", observed("85354-9", valueString="170/100")),
}


def read(**resources: Any) -> Record:
    return content.read(**resources)


@pytest.mark.parametrize("name", UNREAD)
def test_a_result_that_cannot_be_read_is_told_and_its_key_was_not_checked(name: str) -> None:
    key, sent = UNREAD[name]
    told = read(**{key: bundle(sent)})
    assert told.not_checked == (key,)
    assert any(problem.startswith(f"{key}[0]: a") and problem.endswith("; not used.") for problem in told.problems)
    assert CANARY not in str(told.problems)
    assert not {"rf-fever", "temperature", "pregnant", "egfr", "bp-high"} & told.values.keys()


@pytest.mark.parametrize("name", UNREAD)
def test_in_a_mixed_bundle_the_key_that_would_have_found_it_was_not_checked(name: str) -> None:
    key, sent = UNREAD[name]
    told = record.read({"bundle": bundle(sent)}, content.definitions(), content.value_sets(), subject=samples.PATIENT, at=samples.AT)
    assert key in told.not_checked
    assert any(problem.startswith("bundle[0]: a") for problem in told.problems)


READ: dict[str, tuple[str, dict[str, Any]]] = {
    "a value": ("temperature", reading("36.5")),
    "a bound above the limit": ("temperature", temperature(**celsius("38", comparator=">="))),
    "a bound below it": ("temperature", temperature(**celsius("38", comparator="<"))),
    "one that is too old to count": ("temperature", temperature("2026-01-01", valueString="39.5")),
    "one that is no result": ("temperature", temperature(status="cancelled")),
    "one of another code": ("temperature", observed("29463-7", valueString="39.5")),
    "an answer that is known": ("pregnancy", pregnancy(valueCodeableConcept=concept(samples.SNOMED, "77386006"))),
    "an answer that is too old to count": ("pregnancy", pregnancy() | {"effectiveDateTime": "2025-01-01"}),
    "a bound as text": ("egfr", observed("33914-3", valueString="> 60")),
}


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_or_cannot_count_is_no_problem(name: str) -> None:
    key, sent = READ[name]
    told = read(**{key: bundle(sent)})
    assert (told.not_checked, told.problems) == ((), ())


def test_beside_a_result_that_can_be_read_one_that_cannot_still_leaves_the_key_unchecked() -> None:
    told = read(temperature=bundle(reading("39.5"), temperature(valueString="36")))
    assert (told.values["rf-fever"].value, told.not_checked) == ("yes", ("temperature",))


NAMELESS = [
    order("", medicationCodeableConcept=None, medicationReference={"reference": f"Medication/{CANARY}"}),
    order("", medicationCodeableConcept={"text": " "}),
    order("", medicationCodeableConcept=concept("urn:local", "1")),
]


@pytest.mark.parametrize("sent", NAMELESS)
def test_a_medicine_that_names_nothing_is_told_and_the_list_is_not_whole(sent: dict[str, Any]) -> None:
    told = read(medications=bundle(order("warfarin", "m0"), sent))
    assert told.problems == ("medications[1]: a medicine that cannot be told; the list of medicines is not whole.",)
    assert "med-list" not in told.values
    assert [name for name, fact in told.values.items() if name.startswith("med-") and fact.value == "no"] == []


@pytest.mark.parametrize("sent", [order("", status="cancelled"), order("", code="5640")])
def test_a_medicine_that_was_never_taken_or_has_a_code_is_no_problem(sent: dict[str, Any]) -> None:
    assert read(medications=bundle(sent)).problems == ()


@pytest.mark.parametrize("code", [None, {}, {"coding": [{}]}, {"coding": [{"code": " "}], "text": ""}, {"coding": 5}, CANARY])
def test_a_condition_that_names_nothing_is_told(code: object) -> None:
    sent = condition("709044004") | {"code": code}
    told = read(conditions=bundle(sent))
    assert (told.problems, told.values.keys()) == (("conditions[0]: without a code or words; not used.",), read().values.keys())
    refuted = {"verificationStatus": {"coding": [{"code": "refuted"}]}}
    assert read(conditions=bundle(sent | refuted)).problems == ()


@pytest.mark.parametrize("code", [{"text": "a pain"}, {"coding": [{"code": "1"}]}, {"coding": [{"display": "a pain"}]}])
def test_a_condition_in_words_or_of_another_code_is_no_problem(code: object) -> None:
    assert read(conditions=bundle(condition("709044004") | {"code": code})).problems == ()
