"""Blood pressure: high when the last reading is in either part, low when it is in both, else unknown."""

from decimal import Decimal
from typing import Any

import pytest

from cds.fhir import record
from tests.fhir import samples
from tests.fhir.content import definitions, read, said, value_sets
from tests.fhir.samples import bundle, concept, resource

SYSTOLIC, DIASTOLIC, PANEL = "8480-6", "8462-4", "85354-9"


def mmhg(value: str, unit: str = "mm[Hg]", **more: Any) -> dict[str, Any]:
    return {"value": Decimal(value), "system": samples.UCUM, "code": unit} | more


def observed(code: str, day: str, identity: str, **more: Any) -> dict[str, Any]:
    return resource("Observation", identity, status="final", code=concept(samples.LOINC, code), effectiveDateTime=day) | more


def panel(systolic: object, diastolic: object, day: str = "2026-02-01", identity: str = "p", **more: Any) -> dict[str, Any]:
    parts = ((SYSTOLIC, systolic), (DIASTOLIC, diastolic))
    components = [
        {"code": concept(samples.LOINC, code), "valueQuantity": mmhg(value) if isinstance(value, str) else value}
        for code, value in parts
        if value is not None
    ]
    return observed(PANEL, day, identity, component=components) | more


def single(code: str, value: str, day: str = "2026-02-01", identity: str = "s") -> dict[str, Any]:
    return observed(code, day, f"{identity}-{code}", valueQuantity=mmhg(value))


def high(*sent: dict[str, Any]) -> object:
    forth, back = (said(read(bloodPressure=bundle(*order)), "bp-high") for order in (sent, sent[::-1]))
    assert forth == back
    return forth


@pytest.mark.parametrize(
    ("systolic", "diastolic", "level"),
    [
        ("160", "99", "yes"),
        ("159.9", "100", "yes"),
        ("159", "99", "no"),
        ("170", None, "yes"),
        (None, "100", "yes"),
        ("120", None, None),
        (None, "80", None),
        (None, None, None),
    ],
)
def test_the_last_reading_is_high_in_either_part_and_low_only_in_both(systolic: str | None, diastolic: str | None, level: str | None) -> None:
    assert high(panel(systolic, diastolic)) == level
    parts = ((SYSTOLIC, systolic), (DIASTOLIC, diastolic))
    assert high(*(single(code, value) for code, value in parts if value)) == level


def test_the_parts_of_a_panel_with_another_code_count_and_the_key_was_checked() -> None:
    told = read(bloodPressure=bundle(panel("170", "80") | {"code": concept(samples.LOINC, "55284-4")}))
    assert (said(told, "bp-high"), told.not_checked) == ("yes", ())
    mixed = {"bundle": bundle(panel("120", "80") | {"code": concept(samples.LOINC, "55284-4")})}
    told = record.read(mixed, definitions(), value_sets(), subject=samples.PATIENT, at=samples.AT)
    assert (said(told, "bp-high"), "bloodPressure" in told.not_checked) == ("no", False)


def test_a_later_reading_takes_the_place_of_an_earlier_one() -> None:
    early, late = panel("180", "110", "2025-12-01", "early"), panel("130", "80", "2026-01-01", "late")
    assert high(early, late) == "no"
    assert read(bloodPressure=bundle(early, late)).values["bp-high"].reference == "Observation/late"
    assert high(panel("130", "80", "2025-12-01", "early"), panel("180", "80", "2026-01-01", "late")) == "yes"


def test_of_two_from_one_instant_the_higher_counts() -> None:
    assert high(panel("165", "80", identity="a"), panel("150", "80", identity="b")) == "yes"


@pytest.mark.parametrize(("day", "level"), [("2025-03-10", "yes"), ("2025-03-09", None), ("2026-03-11", None), ("soon", None), (None, None)])
def test_a_reading_counts_for_a_year(day: str, level: str | None) -> None:
    assert high(panel("170", "90", day)) == level


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", None, ["final"]])
def test_a_reading_that_is_no_result_is_nothing(status: object) -> None:
    assert high(panel("170", "110", status=status)) is None


@pytest.mark.parametrize("quantity", [mmhg("20", "kPa"), {"value": "170"}, {"code": "mm[Hg]"}, mmhg("150", comparator=">"), 5, []])
def test_a_later_value_that_cannot_be_read_leaves_no_low_and_keeps_a_high(quantity: object) -> None:
    unread = panel(quantity, "80", "2026-02-02", "unread")
    assert high(panel("130", "80"), unread) is None
    assert high(panel("170", "80"), unread) == "yes"


@pytest.mark.parametrize(
    ("sign", "value", "level"), [(">", "160", "yes"), (">=", "165", "yes"), ("<", "160", "no"), ("<=", "160", None), ("<", "90", "no")]
)
def test_a_bound_counts_where_it_decides(sign: str, value: str, level: str | None) -> None:
    assert high(panel(mmhg(value, comparator=sign), "80")) == level


@pytest.mark.parametrize("unit", ["mm[Hg]", "mmHg", "mm Hg"])
def test_the_units_that_servers_send_are_read(unit: str) -> None:
    assert high(panel(mmhg("170", unit), "80")) == "yes"


@pytest.mark.parametrize("component", [None, 5, {}, [None], [{"code": 5}], [{"valueQuantity": mmhg("170")}]])
def test_a_panel_without_parts_is_nothing(component: object) -> None:
    assert high(panel("170", "110", component=component)) is None


MODIFIER = {"modifierExtension": [{"url": "https://example.org/turned", "valueBoolean": True}]}


def test_a_reading_with_a_modifier_is_never_low_and_may_be_high() -> None:
    assert high(panel("120", "80") | MODIFIER) is None
    assert high(panel("170", "80") | MODIFIER) == "yes"
    assert high(panel("120", "80") | MODIFIER, panel("120", "80", "2026-01-01", "older")) is None
    assert high(panel("120", "80", "2026-01-01", "older") | MODIFIER, panel("120", "80")) == "no"


def test_the_modifier_of_a_part_holds_for_the_reading() -> None:
    turned = panel("120", "80")
    turned["component"][0] |= MODIFIER
    told = read(bloodPressure=bundle(turned))
    assert (said(told, "bp-high"), len(told.problems)) == (None, 1)
