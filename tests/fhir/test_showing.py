"""What is shown of the record with its date and decides nothing."""

from decimal import Decimal
from typing import Any

import pytest

from cds.facts import Shown
from tests.fhir import samples
from tests.fhir.content import definitions, read
from tests.fhir.samples import CANARY, bundle, concept, condition, resource

SCIATICA = "23056005"
CRP = "1988-5"


def lab(value: str, day: str | None = "2026-03-01", identity: str = "o1", *, code: str = CRP, unit: str = "mg/L", **more: Any) -> dict[str, Any]:
    given = {"value": Decimal(value), "system": samples.UCUM, "code": unit}
    return resource("Observation", identity, status="final", code=concept(samples.LOINC, code), effectiveDateTime=day, valueQuantity=given) | more


def shown(*sent: dict[str, Any]) -> dict[str, Shown]:
    forth, back = (read(bundle=bundle(*order)).shown for order in (sent, sent[::-1]))
    assert forth == back
    return {one.name: one for one in forth}


def test_a_condition_is_shown_with_its_date_and_sets_nothing() -> None:
    told = read(conditions=bundle(condition(SCIATICA, onsetDateTime="2020-02")))
    assert told.shown == (Shown("sciatica", None, "", "Condition/c1", "2020-02", old=False),)
    assert told.values == read().values


@pytest.mark.parametrize(("status", "old"), [("active", False), ("relapse", False), ("resolved", True), ("inactive", True)])
def test_a_condition_that_is_not_active_is_shown_as_old(status: str, old: bool) -> None:
    assert shown(condition(SCIATICA, status=status))["sciatica"].old is old


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_what_was_refuted_or_entered_in_error_is_not_shown(status: str) -> None:
    assert shown(condition(SCIATICA, verificationStatus=concept("v", status))) == {}


@pytest.mark.parametrize(("day", "old"), [("2026-02-08", False), ("2026-02-07", True), ("2026-02", False), (None, True)])
def test_an_older_result_is_shown_as_old(day: str | None, old: bool) -> None:
    assert shown(lab("12", day))["crp"] == Shown("crp", Decimal(12), "mg/L", "Observation/o1", day or "", old)


def test_the_newest_of_each_is_shown() -> None:
    told = shown(lab("5", "2026-01-01", "a"), lab("9", "2026-02-01", "b"), lab("7", "2025-01-01", "c"), lab("80", code="29463-7", unit="kg"))
    assert {name: (one.value, one.unit, one.reference) for name, one in told.items()} == {
        "crp": (9, "mg/L", "Observation/b"),
        "weight": (80, "kg", "Observation/o1"),
    }


def test_a_result_from_after_the_decision_is_not_shown() -> None:
    assert shown(lab("5", "2027-01-01")) == {}


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", None])
def test_what_is_no_result_is_not_shown(status: str | None) -> None:
    assert shown(lab("5", status=status)) == {}


def test_a_bound_is_shown_as_a_bound_and_an_unknown_sign_not_at_all() -> None:
    sent = lab("5")
    sent["valueQuantity"]["comparator"] = "<"
    assert shown(sent)["crp"].value == "< 5"
    sent["valueQuantity"]["comparator"] = CANARY
    assert shown(sent) == {}


@pytest.mark.parametrize("quantity", [{"value": 5, "code": CANARY}, {"value": CANARY, "code": "mg/L"}, {}, None, 5])
def test_a_value_that_cannot_be_read_is_told_and_not_shown(quantity: object) -> None:
    told = read(bundle=bundle(lab("5", valueQuantity=quantity)))
    assert told.shown == ()
    assert [CANARY in problem for problem in told.problems] == [False]


def test_kidney_function_is_shown_only_while_it_is_too_old_to_count() -> None:
    fresh, old = (lab("50", day, code="33914-3", unit="mL/min/{1.73_m2}") for day in ("2026-01-01", "2024-01-01"))
    assert shown(fresh) == {}
    assert shown(old)["egfr"] == Shown("egfr", Decimal(50), "mL/min/{1.73_m2}", "Observation/o1", "2024-01-01", old=True)


def test_each_thing_shown_has_a_name_of_its_own() -> None:
    names = [one.name for one in definitions().shown]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("sent", [condition(SCIATICA), lab("12")])
def test_what_has_a_modifier_is_not_shown(sent: dict[str, Any]) -> None:
    assert shown(sent) != {}
    assert shown(sent | {"modifierExtension": [{"url": "https://example.org/turned", "valueBoolean": True}]}) == {}
