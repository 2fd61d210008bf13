"""Kidney function: the latest reading that is fresh enough, in its unit, with bounds read the safe way."""

from decimal import Decimal
from typing import Any

import pytest

from tests.fhir import samples
from tests.fhir.content import read, said
from tests.fhir.samples import bundle, concept, condition, resource

UNIT = "mL/min/{1.73_m2}"


def egfr(value: str, day: str = "2026-02-01", identity: str = "e1", *, code: str = "33914-3", unit: str = UNIT, **more: Any) -> dict[str, Any]:
    given = {"value": Decimal(value), "system": samples.UCUM, "code": unit, "unit": unit}
    return resource("Observation", identity, status="final", code=concept(samples.LOINC, code), effectiveDateTime=day, valueQuantity=given) | more


@pytest.mark.parametrize("code", ["33914-3", "98979-8"])
def test_the_latest_reading_is_the_value(code: str) -> None:
    sent = [egfr("80", "2025-06-01", "old"), egfr("44.5", "2026-01-01", "new", code=code), egfr("70", "2025-12-01", "between")]
    for order in (sent, sent[::-1]):
        fact = read(egfr=bundle(*order)).values["egfr"]
        assert (fact.value, fact.reference, fact.date) == (Decimal("44.5"), "Observation/new", "2026-01-01")


@pytest.mark.parametrize(("day", "counts"), [("2025-03-10", True), ("2025-03-09", False), ("2025-03", True), ("2026-03-11", False), (None, False)])
def test_a_reading_counts_for_a_year(day: str | None, counts: bool) -> None:
    assert (said(read(egfr=bundle(egfr("50", effectiveDateTime=day))), "egfr") == 50) is counts


@pytest.mark.parametrize("code", ["709044004", "433144002", "46177005"])
@pytest.mark.parametrize(("day", "counts"), [("2025-12-08", True), ("2025-12-07", False)])
def test_a_reading_counts_for_three_months_when_kidney_disease_is_recorded(code: str, day: str, counts: bool) -> None:
    told = read(egfr=bundle(egfr("50", day)), conditions=bundle(condition(code)))
    assert (said(told, "egfr") == 50) is counts
    assert [one.name for one in told.shown] == ([] if counts else ["egfr"])


@pytest.mark.parametrize("unit", [UNIT, "mL/min/1.73m2", "mL/min/{1.73m2}", "mL/min/1.73 m2", "mL/min/1.73m²", "ml/min/1.73m2", "mL/min"])
def test_the_units_that_servers_send_are_read(unit: str) -> None:
    assert said(read(egfr=bundle(egfr("29", unit=unit))), "egfr") == 29


@pytest.mark.parametrize("unit", ["mL/s", "L/h", "MG"])
def test_a_reading_in_another_unit_is_not_used_and_told(unit: str) -> None:
    told = read(egfr=bundle(egfr("29", unit=unit)))
    assert said(told, "egfr") is None
    assert told.problems == ("egfr[0]: a value or unit that cannot be read; not used.",)


@pytest.mark.parametrize(("sign", "figure", "value"), [(">", "60", 60), (">=", "90", 90), ("<", "15", 0), ("<=", "60", 0)])
def test_a_reading_above_a_figure_is_read_as_the_figure_and_one_below_as_the_worst(sign: str, figure: str, value: int) -> None:
    sent = egfr(figure)
    sent["valueQuantity"]["comparator"] = sign
    told = read(egfr=bundle(sent))
    assert (told.values["egfr"].value, told.values["egfr"].note) == (value, "reported below" if "<" in sign else "reported above")
    assert [(one.name, one.value, one.old) for one in told.shown] == [("egfr", f"{sign} {figure}", False)]


@pytest.mark.parametrize(
    ("text", "value"), [(">60", 60), ("> 60 mL/min", 60), ("<15 mL/min/{1.73_m2}", 0), ("> 60 L/h", None), ("60", None), ("low", None)]
)
def test_a_bound_sent_as_text_is_read(text: str, value: int | None) -> None:
    sent = {key: part for key, part in egfr("1").items() if key != "valueQuantity"}
    assert said(read(egfr=bundle(sent | {"valueString": text})), "egfr") == value


@pytest.mark.parametrize("sign", ["~", "ad", 5, [], {}])
def test_an_unknown_comparator_makes_the_value_unusable(sign: object) -> None:
    sent = egfr("20")
    sent["valueQuantity"]["comparator"] = sign
    assert said(read(egfr=bundle(sent)), "egfr") is None


def test_of_two_from_one_instant_the_lower_counts() -> None:
    assert said(read(egfr=bundle(egfr("61", identity="a"), egfr("58", identity="b"))), "egfr") == 58


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", None, 5])
def test_a_reading_that_is_no_result_is_nothing(status: object) -> None:
    assert said(read(egfr=bundle(egfr("20", status=status))), "egfr") is None


def test_further_pages_beyond_the_newest_readings_are_not_missed() -> None:
    more = {"link": [{"relation": "next", "url": "https://example.org"}]}
    told = read(egfr=bundle(egfr("50"), **more), conditions=bundle(condition("73211009"), **more))
    assert (said(told, "egfr"), told.not_checked) == (50, ("conditions",))
