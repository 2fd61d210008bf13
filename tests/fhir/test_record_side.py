"""The record's side of each condition fact of the draft: its codes, its statuses and its look-back, as the notes have them."""

from typing import Any

import pytest

from cds.fhir import record
from cds.values.release import ValueSet
from tests.fhir import samples
from tests.fhir.content import definitions, read, said, value_sets
from tests.fhir.samples import bundle, concept, condition

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
ANY_TIME = {
    "hx-ulcer-bleed": ["Z87.11", "K25.4", "K92.2"],
    "hx-heart": ["I50.9", "I21.9", "I25.10", "I63.9", "Z86.73", "I73.9"],
    "hx-nsaid-allergy": ["Z88.6"],
    "heart-failure": ["I50.9", "I50.21"],
    "cvd": ["I21.9", "I25.10", "I63.9", "Z86.73", "I73.9"],
    "ibd": ["K50.90", "K51.90"],
}
ACTIVE = {
    "hx-kidney": ["N18.30", "N18.6", "N17.9"],
    "hx-liver": ["K70.30", "K74.60", "K76.0"],
    "hx-bp": ["I10", "I11.9"],
    "gi-bleed-active": ["K92.2", "K25.4"],
    "heart-failure-severe": ["I50.21", "I50.23", "I50.31", "I50.33", "I50.41", "I50.43", "I50.84"],
    "ckd-severe": ["N18.4", "N18.5", "N18.6", "N17.9", "Z94.0"],
    "ckd-moderate": ["N18.3", "N18.30", "N18.31", "N18.32"],
    "liver-severe": ["K70.30", "K74.60"],
}
CASES = [(name, code, name in ANY_TIME) for name, codes in (ANY_TIME | ACTIVE).items() for code in codes]


def icd(code: str, identity: str = "c1", **more: Any) -> dict[str, Any]:
    return condition("x", identity, **more) | {"code": concept(ICD, code)}


@pytest.mark.parametrize(("name", "code", "any_time"), CASES, ids=[f"{name}-{code}" for name, code, _ in CASES])
def test_each_code_sets_its_fact_by_its_status(name: str, code: str, any_time: bool) -> None:
    fact = read(conditions=bundle(icd(code, onsetDateTime="2001-05"))).values[name]
    assert (fact.value, fact.reference, fact.date) == ("yes", "Condition/c1", "2001-05")
    for status in ("resolved", "inactive", "remission"):
        assert (said(read(conditions=bundle(icd(code, status=status, onsetDateTime="2001-05"))), name) == "yes") is any_time
    for status in ("refuted", "entered-in-error"):
        assert said(read(conditions=bundle(icd(code, verificationStatus=concept("v", status)))), name) is None


@pytest.mark.parametrize("name", sorted(ANY_TIME | ACTIVE))
def test_a_record_without_the_codes_says_nothing(name: str) -> None:
    assert said(read(conditions=bundle(icd("Z00.00"), condition("x"))), name) is None


@pytest.mark.parametrize(("day", "kidney"), [("2025-12-10", "yes"), ("2025-12-09", None), (None, None)])
def test_an_acute_kidney_failure_counts_for_ninety_days_even_when_it_is_over(day: str | None, kidney: str | None) -> None:
    assert said(read(conditions=bundle(icd("N17.9", status="resolved", onsetDateTime=day))), "hx-kidney") == kidney
    assert said(read(conditions=bundle(icd("N18.30", status="resolved", onsetDateTime=day))), "hx-kidney") is None
    assert said(read(conditions=bundle(icd("N17.9", status="resolved", onsetDateTime=day))), "ckd-severe") is None


def test_severe_heart_failure_is_heart_failure_and_other_heart_failure_is_not_severe() -> None:
    severe, other = read(conditions=bundle(icd("I50.23"))), read(conditions=bundle(icd("I50.22")))
    assert (said(severe, "heart-failure"), said(severe, "heart-failure-severe"), said(severe, "hx-heart")) == ("yes", "yes", "yes")
    assert (said(other, "heart-failure"), said(other, "heart-failure-severe"), said(other, "cvd")) == ("yes", None, None)


def test_the_newest_of_several_is_named() -> None:
    sent = [icd("I21.9", f"c{year}", onsetDateTime=str(year)) for year in (1999, 2012, 2005)]
    assert read(conditions=bundle(*sent)).values["hx-heart"].reference == "Condition/c2012"


def test_every_key_that_is_not_sent_is_named() -> None:
    keys = ("allergies", "egfr", "bloodPressure", "procedures")
    assert read(**{key: samples.OUTCOME for key in keys}).not_checked == keys


@pytest.mark.parametrize(("day", "value"), [("2025-12-10", "yes"), ("2025-12-09", None)])
def test_prefetched_procedures_are_read(day: str, value: str | None) -> None:
    sets = {**value_sets(), "spinal-procedure": ValueSet("spinal-procedure", frozenset({(samples.SNOMED, "1")}))}
    done = samples.resource("Procedure", "x", status="completed", code=concept(samples.SNOMED, "1"), performedDateTime=day)
    told = record.read({"procedures": bundle(done)}, definitions(), sets, subject=samples.PATIENT, at=samples.AT)
    assert (said(told, "hx-recent-infection"), "procedures" in told.not_checked) == (value, False)


def test_no_prefetch_template_repeats_a_parameter() -> None:
    for template in definitions().prefetch.values():
        names = [part.partition("=")[0] for part in template.partition("?")[2].split("&") if part]
        assert len(names) == len(set(names)), template
