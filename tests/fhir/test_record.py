"""The record: what was checked, whose entries count, conditions, procedures and the patient."""

from typing import Any

import pytest

from cds.facts import Record
from cds.fhir import limits, record
from cds.values.release import ValueSet
from tests.fhir import content, samples
from tests.fhir.samples import CANARY, bundle, concept, condition, resource

PATIENT = {"resourceType": "Patient", "id": samples.PATIENT, "birthDate": "1990-03-10", "gender": "female"}
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
NOTHING: dict[str, Any] = {"patient": None, "conditions": None, "medications": None, "temperature": None}


def read(**resources: Any) -> Record:
    return record.read(NOTHING | resources, samples.DEFINITIONS, samples.VALUE_SETS, subject=samples.PATIENT, at=samples.AT)


def conditions(*sent: dict[str, Any]) -> Record:
    return read(conditions=bundle(*sent))


def test_null_and_an_empty_bundle_were_asked_and_hold_nothing() -> None:
    assert read() == read(conditions=bundle()) == Record()


def test_a_key_that_was_not_sent_was_not_checked() -> None:
    told = record.read({"patient": None}, samples.DEFINITIONS, samples.VALUE_SETS, subject="p1", at=samples.AT)
    assert told.not_checked == ("conditions", "medications", "temperature")


@pytest.mark.parametrize("sent", [samples.OUTCOME, bundle(samples.OUTCOME), "x", 5, [], {"resourceType": "Bundle", "entry": {}}])
def test_a_key_that_the_client_could_not_get_was_not_checked(sent: object) -> None:
    told = read(conditions=sent)
    assert told.not_checked == ("conditions",)
    assert told.problems[0].startswith("conditions")


def test_entries_beside_an_operation_outcome_are_read() -> None:
    told = conditions(samples.OUTCOME, condition("363346000"))
    assert told.not_checked == ("conditions",)
    assert told.values["cancer"].value == "yes"


def test_a_resource_alone_is_read_like_a_bundle_of_one() -> None:
    assert read(conditions=condition("363346000")).values["cancer"].reference == "Condition/c1"


def test_a_bundle_with_further_pages_is_told() -> None:
    sent = bundle(condition("363346000"), link=[{"relation": "next", "url": "https://example.org"}])
    told = read(conditions=sent)
    assert (told.problems, told.not_checked) == (("conditions: more pages exist than were sent.",), ("conditions",))
    assert "cancer" in told.values


def test_in_a_mixed_bundle_a_search_was_checked_when_it_would_have_found_something() -> None:
    sent = {"bundle": bundle(PATIENT, condition("363346000"), samples.reading("36.5", code="Cel") | {"code": concept(samples.LOINC, "1-1")})}
    told = record.read(sent, samples.DEFINITIONS, samples.VALUE_SETS, subject="", at=samples.AT)
    assert told.not_checked == ("medications", "temperature")
    assert set(told.values) == {"age", "sex", "cancer"}


@pytest.mark.parametrize("rubbish", [None, 5, CANARY, [], {}, {"resourceType": 5}, {"resourceType": {"x": CANARY}}])
def test_a_bad_entry_is_dropped_and_the_others_are_used(rubbish: Any) -> None:
    told = read(conditions={"resourceType": "Bundle", "entry": [{"resource": rubbish}, {"resource": condition("363346000")}]})
    assert told.values["cancer"].reference == "Condition/c1"
    assert told.problems == ("conditions[0]: without a resource with a readable resourceType; dropped.",)


@pytest.mark.parametrize("subject", [{"reference": f"Patient/{CANARY}"}, {}, None, "Patient/p1", {"reference": 5}])
def test_an_entry_of_another_patient_is_dropped_and_told(subject: object) -> None:
    told = conditions(condition("363346000", subject=subject))
    assert told.values == {}
    assert told.problems == ("conditions[0]: not of this patient; dropped.",)


def test_another_patient_gives_no_age() -> None:
    told = read(patient=PATIENT | {"id": CANARY})
    assert (told.values, told.problems) == ({}, ("patient: not of this patient; dropped.",))


@pytest.mark.parametrize("subject", ["Patient/p1", "p1", "https://ehr.example.org/fhir/Patient/p1"])
def test_the_subject_may_be_named_in_any_form(subject: str) -> None:
    told = record.read(NOTHING | {"conditions": condition("363346000")}, samples.DEFINITIONS, samples.VALUE_SETS, subject=subject, at=samples.AT)
    assert "cancer" in told.values


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1990-03-10", 36),
        ("1990-03-11", 35),
        ("1992-02-29", 34),
        ("2026-03-10", 0),
        ("1990-03-10T08:00:00Z", None),
        ("1990", None),
        ("1990-02", 36),
        ("1990-04", 35),
        ("1990-03", None),
        ("2026-03-11", None),
        ("1850-01-01", None),
        (CANARY, None),
        (5, None),
    ],
)
def test_age_is_in_whole_years_and_unknown_when_the_date_leaves_it_open(born: object, age: int | None) -> None:
    told = read(patient=PATIENT | {"birthDate": born})
    assert (told.values["age"].value if "age" in told.values else None) == age
    assert bool(told.problems) is (age is None)
    assert not any(CANARY in problem for problem in told.problems)


@pytest.mark.parametrize(("gender", "sex", "problems"), [("male", "male", 0), ("unknown", None, 0), (CANARY, None, 1), (["male"], None, 1)])
def test_sex_is_a_code_of_the_fact_or_nothing(gender: object, sex: str | None, problems: int) -> None:
    told = read(patient=PATIENT | {"gender": gender})
    assert (told.values["sex"].value if "sex" in told.values else None) == sex
    assert len(told.problems) == problems


def test_what_the_patient_lacks_is_no_problem() -> None:
    assert read(patient={"resourceType": "Patient", "id": "p1"}) == Record()


@pytest.mark.parametrize(("status", "active"), [("active", True), ("recurrence", True), ("relapse", True), ("resolved", False), ("remission", False)])
def test_a_condition_is_active_by_its_status(status: str, active: bool) -> None:
    told = conditions(condition("73211009", status=status), condition("363346000", status=status))
    assert ("diabetes" in told.values) is active
    assert "cancer" in told.values


@pytest.mark.parametrize(("more", "active"), [({}, True), ({"abatementDateTime": "2020"}, False), ({"abatementString": "x"}, False)])
def test_without_a_status_a_condition_is_active_until_it_abated(more: dict[str, Any], active: bool) -> None:
    assert ("diabetes" in conditions(condition("73211009", clinicalStatus=None, **more)).values) is active


def test_a_status_as_a_plain_code_is_read() -> None:
    assert "diabetes" not in conditions(condition("73211009", clinicalStatus="resolved")).values
    assert "cancer" not in conditions(condition("363346000", verificationStatus="refuted")).values


@pytest.mark.parametrize(("status", "counts"), [("confirmed", True), ("unconfirmed", True), ("refuted", False), ("entered-in-error", False)])
def test_what_was_refuted_or_entered_in_error_is_nothing(status: str, counts: bool) -> None:
    assert ("cancer" in conditions(condition("363346000", verificationStatus=concept("v", status))).values) is counts


@pytest.mark.parametrize(
    ("onset", "recent"),
    [
        ({"onsetDateTime": "2026-03-07T12:00:00Z"}, True),
        ({"onsetDateTime": "2026-03-07T11:59:59Z"}, False),
        ({"onsetDateTime": "2026-03-07"}, True),
        ({"onsetDateTime": "2026-03-06"}, False),
        ({"onsetDateTime": "2026-03"}, True),
        ({"onsetDateTime": "2026"}, True),
        ({"onsetDateTime": "2025"}, False),
        ({"onsetPeriod": {"start": "2026-03-08"}}, True),
        ({"recordedDate": "2026-03-09"}, True),
        ({"onsetDateTime": "2020-01-01", "recordedDate": "2026-03-09"}, False),
        ({"onsetString": CANARY, "recordedDate": "2026-03-09"}, True),
    ],
)
def test_a_window_counts_from_the_latest_day_that_the_onset_may_mean(onset: dict[str, Any], recent: bool) -> None:
    told = conditions(condition("386661006", **onset))
    assert ("fever" in told.values) is recent
    assert told.problems == ()


def test_a_condition_without_a_date_sets_nothing_that_has_a_window() -> None:
    told = conditions(condition("386661006"))
    assert told.values == {}
    assert told.problems == ("conditions[0]: without a date, which this needs; not used.",)


def test_the_newest_of_several_is_named_whatever_the_order() -> None:
    sent = [condition("363346000", f"c{year}", onsetDateTime=str(year)) for year in (2019, 2022, 2020)] + [condition("363346000", "c0")]
    first, second = conditions(*sent), conditions(*reversed(sent))
    assert (first.values["cancer"].reference, first.values["cancer"].date) == ("Condition/c2022", "2022")
    assert first == second


def test_a_code_of_another_system_or_none_matches_nothing() -> None:
    assert conditions(condition("x") | {"code": concept("urn:x", "363346000")}, condition("x") | {"code": {"text": "cancer"}}).values == {}


@pytest.mark.parametrize(
    ("system", "code", "matches"),
    [
        ("urn:oid:2.16.840.1.113883.6.96", "363346000", True),
        (samples.SNOMED, " 363346000\t", True),
        (ICD, "C79.51", True),
        (ICD, " c79.51 ", True),
        ("urn:oid:2.16.840.1.113883.6.90", "C79.51", True),
        ("urn:oid:2.16.840.1.113883.6.88", "363346000", False),
        ("urn:oid:1.2.3", "363346000", False),
    ],
)
def test_a_code_is_known_by_the_oid_of_its_system_and_however_it_is_spaced(system: str, code: str, matches: bool) -> None:
    sets = samples.VALUE_SETS | {"cancer": ValueSet("cancer", frozenset({(samples.SNOMED, "363346000"), (ICD, "C79.51")}))}
    sent = NOTHING | {"conditions": condition("x") | {"code": concept(system, code)}}
    assert ("cancer" in record.read(sent, samples.DEFINITIONS, sets, subject="p1", at=samples.AT).values) is matches


def test_an_active_condition_of_the_trigger_is_told() -> None:
    assert conditions(condition("279039007")).triggers == ("back-pain",)
    assert conditions(condition("279039007", status="resolved")).triggers == ()


@pytest.mark.parametrize("full_url", ["urn:uuid:33333333-3333-3333-3333-333333333333", f"https://example.org/{CANARY}", CANARY, None])
@pytest.mark.parametrize("identity", [None, CANARY + "!", "x" * 65, 5])
def test_an_entry_without_a_valid_id_is_named_by_its_place_and_never_by_its_url(full_url: str | None, identity: object) -> None:
    sent = {"resourceType": "Bundle", "entry": [{"fullUrl": full_url, "resource": condition("363346000") | {"id": identity}}]}
    assert read(conditions=sent).values["cancer"].reference == "conditions[0]"


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"status": "completed", "performedDateTime": "2026-01-01"}, True),
        ({"status": "in-progress", "performedPeriod": {"start": "2026-01-01"}}, True),
        ({"status": "completed", "performedPeriod": {"start": "2020-01-01", "end": "2026-01-01"}}, True),
        ({"status": "completed", "performedDateTime": "2025-01-01"}, False),
        ({"status": "not-done", "performedDateTime": "2026-01-01"}, False),
        ({"status": {"x": 1}, "performedDateTime": "2026-01-01"}, False),
        ({"status": "completed"}, False),
    ],
)
def test_a_procedure_counts_when_it_was_done_within_the_window(more: dict[str, Any], counts: bool) -> None:
    told = read(procedures=bundle(resource("Procedure", "x1", code=concept(samples.SNOMED, "999001"), **more)))
    assert ("operated" in told.values) is counts


def test_more_faults_than_can_be_told_are_counted() -> None:
    told = conditions(*[condition("x", subject=None)] * (limits.MAX_PROBLEMS + 7))
    assert len(told.problems) == limits.MAX_PROBLEMS + 1
    assert told.problems[-1].startswith("7 more")


MODIFIER = {"modifierExtension": [{"url": "https://example.org/turned", "valueBoolean": True}]}
TOLD = "with a modifier that is not understood; it may warn, and nothing reassures by it."


@pytest.mark.parametrize("turned", [MODIFIER, {"implicitRules": "https://example.org/rules"}, {"contained": [{"resourceType": "Basic"} | MODIFIER]}])
def test_a_condition_with_a_modifier_still_warns_and_is_told(turned: dict[str, Any]) -> None:
    told = conditions(condition("363346000") | turned)
    assert (told.values["cancer"].value, told.problems) == ("yes", (f"conditions[0]: {TOLD}",))
    assert told.modified == {"Condition/c1"}


def test_a_modifier_of_the_bundle_or_of_the_entry_holds_for_the_resource() -> None:
    entry = {"resource": condition("363346000")}
    for sent in ({"entry": [entry | MODIFIER]}, {"entry": [entry], "implicitRules": "https://example.org/rules"}):
        assert read(conditions={"resourceType": "Bundle"} | sent).problems == (f"conditions[0]: {TOLD}",)


def test_a_patient_with_a_modifier_gives_neither_age_nor_sex() -> None:
    told = read(patient=PATIENT | MODIFIER)
    assert (told.values, told.problems) == ({}, (f"patient: {TOLD}",))


def test_a_reading_with_a_modifier_is_none_and_an_older_one_counts() -> None:
    older = samples.reading("37.0", "o2", effectiveDateTime="2026-03-09T06:00:00Z")
    newest = samples.reading("36.0") | MODIFIER
    assert read(temperature=bundle(newest)).values == {}
    assert read(temperature=bundle(newest, older)).values["temperature"].reference == "Observation/o2"


def test_a_fever_by_a_temperature_with_a_modifier_still_warns() -> None:
    assert read(temperature=bundle(samples.reading("39.5") | MODIFIER)).values["fever"].value == "yes"


def test_a_modifier_rules_no_question_out() -> None:
    gone = condition("236886002", "h")
    assert content.said(content.read(conditions=bundle(gone)), "hysterectomy") == "yes"
    told = content.read(conditions=bundle(gone | MODIFIER))
    assert (content.said(told, "hysterectomy"), told.problems) == (None, (f"conditions[0]: {TOLD}",))
    both = content.read(conditions=bundle(gone | MODIFIER), procedures=bundle(resource("Procedure", "q", status="completed", code=gone["code"])))
    assert content.said(both, "hysterectomy") == "yes"
