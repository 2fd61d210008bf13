"""Which prefetch keys count as checked, by what was sent under them."""

from dataclasses import replace
from typing import Any

import pytest

from cds.fhir import limits, record
from tests.fhir import samples
from tests.fhir.samples import CANARY, bundle, condition
from tests.fhir.test_record import PATIENT, conditions, read

NOT_CHECKED: list[dict[str, Any]] = [
    {"resourceType": "Parameters", "parameter": []},
    {"resourceType": "bundle", "entry": [{"resource": condition("363346000")}]},
    {"resourceType": "condition", "code": {}},
    bundle(bundle(condition("363346000"))),
    bundle(bundle(), condition("73211009")),
    bundle({"resourceType": "Parameters"}),
    bundle({"resourceType": "Patient", "id": samples.PATIENT}),
    {"resourceType": "Bundle", "entry": [None, {"resource": {}}, {"fullUrl": "x"}]},
]


@pytest.mark.parametrize("sent", NOT_CHECKED, ids=range(len(NOT_CHECKED)))
def test_a_key_without_a_resource_of_its_type_that_can_be_read_was_not_checked(sent: dict[str, Any]) -> None:
    told = read(conditions=sent)
    assert told.not_checked == ("conditions",)
    assert told.problems and all(problem.startswith("conditions") for problem in told.problems)


def test_resources_that_are_not_read_beside_some_that_are_leave_the_key_checked_and_are_told() -> None:
    told = conditions({"resourceType": "condition"}, {"resourceType": "Provenance"}, condition("363346000"))
    assert (told.not_checked, set(told.values)) == ((), {"cancer"})
    assert told.problems == ("conditions: 2 resource(s) of a type that is not read; dropped.",)


def test_a_resource_under_the_key_of_another_type_is_used_and_the_key_was_not_checked() -> None:
    told = read(medications=bundle(condition("363346000")))
    assert (told.not_checked, set(told.values)) == (("medications",), {"cancer"})


INFORMS = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational", "diagnostics": CANARY}]}


@pytest.mark.parametrize("others", [[], [condition("363346000")]])
def test_an_outcome_that_only_informs_is_passed_over_and_told(others: list[dict[str, Any]]) -> None:
    told = conditions(INFORMS, *others)
    assert (told.not_checked, len(told.values)) == ((), len(others))
    assert told.problems == ("conditions[0]: an OperationOutcome that only informs; passed over.",)


@pytest.mark.parametrize("severity", ["warning", "error", "fatal", "success", None])
def test_an_outcome_that_may_mean_a_failure_leaves_the_key_unchecked(severity: str | None) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [*INFORMS["issue"], {"severity": severity}]}
    assert conditions(outcome, condition("363346000")).not_checked == ("conditions",)


def test_a_mixed_bundle_that_was_not_read_whole_answers_no_search() -> None:
    sent = bundle(PATIENT, condition("363346000"))
    for more, unchecked in (({}, 2), ({"link": [{"relation": "next", "url": "x"}]}, 4)):
        told = record.read({"bundle": sent | more}, samples.DEFINITIONS, samples.VALUE_SETS, subject="", at=samples.AT)
        assert (len(told.not_checked), set(told.values)) == (unchecked, {"age", "sex", "cancer"})


def test_of_more_entries_than_are_read_the_rest_is_left_and_the_key_was_not_checked() -> None:
    sent = bundle(*[condition("73211009")] * limits.MAX_ENTRIES, condition("363346000"))
    told = conditions(*[entry["resource"] for entry in sent["entry"][1:]])
    assert (told.not_checked, set(told.values)) == ((), {"diabetes", "cancer"})
    told = read(conditions=sent)
    assert (told.not_checked, set(told.values)) == (("conditions",), {"diabetes"})
    assert told.problems == (f"conditions: more than {limits.MAX_ENTRIES} entries; the rest was not read.",)


ALLERGY = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/other"}}


@pytest.mark.parametrize("asked", [True, False])
def test_a_type_that_only_some_releases_ask_for_is_read_only_where_a_template_asks(asked: bool) -> None:
    template = {"allergies": "AllergyIntolerance?patient={{context.patientId}}"} if asked else {}
    definitions = replace(samples.DEFINITIONS, prefetch={**samples.DEFINITIONS.prefetch, **template})
    told = record.read({"bundle": bundle(ALLERGY, PATIENT)}, definitions, samples.VALUE_SETS, subject="", at=samples.AT)
    assert told.problems == (("bundle[0]: not of this patient; dropped.",) if asked else ())
    assert ("allergies" in told.not_checked) is asked


ENTRIES = [{"resource": condition("363346000")}, {"resource": {"resourceType": "Patient", "id": samples.PATIENT}, "search": {"mode": "include"}}]


@pytest.mark.parametrize(
    ("more", "whole"),
    [
        ({}, True),
        ({"total": 1}, True),
        ({"total": 0}, True),
        ({"total": "2"}, True),
        ({"link": []}, True),
        ({"link": None}, True),
        ({"link": [{"relation": "self", "url": "x"}]}, True),
        ({"total": 2}, False),
        ({"link": {"relation": "next", "url": "x"}}, False),
        ({"link": "next"}, False),
        ({"link": [["next"]]}, False),
    ],
)
def test_a_bundle_that_holds_less_than_was_found_was_not_checked(more: dict[str, Any], whole: bool) -> None:
    told = read(conditions={"resourceType": "Bundle", "entry": ENTRIES} | more)
    assert (told.not_checked, set(told.values)) == (() if whole else ("conditions",), {"cancer"})
    assert told.problems == (() if whole else ("conditions: not all that was found was sent.",))


def reading(day: str, code: str = "8310-5") -> dict[str, Any]:
    return samples.reading("36.5", f"o-{day}", effectiveDateTime=day) | {"code": samples.concept(samples.LOINC, code)}


NEXT = {"link": [{"relation": "next", "url": "x"}]}
OLD, NEW = "2026-03-08", "2026-03-09"
UNHEEDED = [[reading(NEW), reading(OLD, "29463-7")], [reading(OLD), reading(NEW)], [reading("2026-02"), reading(OLD)]]
HEEDED = [[reading(NEW), reading(OLD)], [reading(NEW), reading(NEW)], [reading("2026-03"), reading(OLD)], [reading(NEW), reading("x")], []]


@pytest.mark.parametrize("more", [NEXT, {"total": 9}])
@pytest.mark.parametrize(("sent", "enough"), [*((one, False) for one in UNHEEDED), *((one, True) for one in HEEDED)])
def test_a_first_page_counts_only_where_it_is_of_the_newest_results_asked_for(sent: list[dict[str, Any]], enough: bool, more: dict[str, Any]) -> None:
    definitions = replace(samples.DEFINITIONS, first_page=("temperature",))
    told = record.read({"temperature": bundle(*sent, **more)}, definitions, samples.VALUE_SETS, subject="p1", at=samples.AT)
    assert ("temperature" in told.not_checked, bool(told.problems)) == (not enough, not enough)
    whole = record.read({"temperature": bundle(*sent)}, definitions, samples.VALUE_SETS, subject="p1", at=samples.AT)
    assert ("temperature" in whole.not_checked, whole.problems) == (False, ())


def test_of_a_search_whose_first_page_is_enough_no_further_page_is_missed() -> None:
    sent = {"temperature": bundle(samples.reading("36.5"), link=[{"relation": "next", "url": "x"}])}
    for first_page, missed in (((), True), (("temperature",), False)):
        definitions = replace(samples.DEFINITIONS, first_page=first_page)
        told = record.read(sent, definitions, samples.VALUE_SETS, subject="p1", at=samples.AT)
        assert ("temperature" in told.not_checked, bool(told.problems)) == (missed, missed)
