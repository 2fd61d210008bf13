"""What a response says of itself: its questionnaire, its subject, its date."""

from typing import Any

import pytest

from tests.fhir import samples
from tests.fhir.samples import CANARY
from tests.fhir.validation import forms
from tests.fhir.validation.cases import Case, told
from tests.fhir.validation.forms import WHOLE, sent


def rules_of(*, definitions: Any = None, form: Any = forms.FORM, **changes: Any) -> list[tuple[str, str]]:
    """Rule and place of what is told of the whole response with those elements changed."""
    found = Case("", form, {}, sent(*WHOLE, **changes), "", definitions=definitions).problems()
    assert not any(CANARY in problem.text for problem in found)
    return [(rule, place.removeprefix("QuestionnaireResponse")) for rule, place, _ in told(found)]


NOT_FOUND = [("questionnaireNotFound", ".questionnaire")]


@pytest.mark.parametrize("named", [None, f"https://example.org/{CANARY}", f"{forms.URL}|{CANARY}", f"#{CANARY}"])
def test_a_questionnaire_that_is_not_this_one_is_told_and_its_items_are_not_checked(named: str | None) -> None:
    assert rules_of(questionnaire=named, item=[{"linkId": "nobody"}]) == NOT_FOUND


@pytest.mark.parametrize("named", [forms.URL, f"{forms.URL}|2.1.0"])
def test_the_questionnaire_is_named_with_its_version_or_without(named: str) -> None:
    assert rules_of(questionnaire=named) == []


def test_a_questionnaire_that_the_response_contains_is_named_by_its_id() -> None:
    held = {"resourceType": "Questionnaire", "id": "q", "status": "active"}
    assert rules_of(questionnaire="#q", contained=[held]) == []
    assert rules_of(questionnaire="#q", contained=[{"resourceType": "Patient", "id": "q"}]) == NOT_FOUND


def test_a_form_without_a_url_answers_to_every_name() -> None:
    nameless = forms.form(*forms.QUESTIONNAIRE["item"], url="", version="")
    assert rules_of(form=nameless, questionnaire="https://example.org/any|3") == []


@pytest.mark.parametrize(
    ("subject", "fits"),
    [
        (None, True),
        ({"reference": "Patient/p"}, True),
        ({"reference": "Group/g"}, True),
        ({"reference": "https://ehr.example.org/fhir/Group/g/_history/2"}, True),
        ({"reference": "urn:uuid:0b0e7d6a-64d1-4b0b-9d3c-2f6f5b2b9d11"}, True),
        ({"identifier": {"value": "1"}}, True),
        ({"type": "Group", "identifier": {"value": "1"}}, True),
        ({"type": "Device", "identifier": {"value": "1"}}, False),
        ({"type": "Device", "reference": "Patient/p"}, False),
        ({"reference": "Device/d"}, False),
        ({"reference": f"https://ehr.example.org/fhir/Location/{CANARY}"}, False),
    ],
)
def test_the_subject_is_of_a_type_that_the_questionnaire_is_about(subject: dict[str, Any] | None, fits: bool) -> None:
    assert rules_of(subject=subject) == ([] if fits else [("subjectType", ".subject")])


def test_where_the_questionnaire_names_no_type_anybody_may_be_the_subject() -> None:
    anybody = forms.form(*forms.QUESTIONNAIRE["item"])
    assert rules_of(form=anybody, subject={"reference": "Device/d"}) == []
    assert rules_of(form=anybody, subject={"reference": "Device/d"}, definitions=samples.DEFINITIONS) == [("subjectType", ".subject")]


@pytest.mark.parametrize("authored", ["2026-01-01", "2026-12-31T23:59:59Z", "2026", None])
def test_answers_of_a_day_in_the_effective_period_are_in_it(authored: str | None) -> None:
    assert rules_of(authored=authored) == []


@pytest.mark.parametrize("period", [{"start": "2026-04-01"}, {"end": "2026-03-09"}])
def test_a_period_may_be_open_at_one_end(period: dict[str, str]) -> None:
    assert rules_of(form=forms.form(*forms.QUESTIONNAIRE["item"], effectivePeriod=period)) == [("questionnaireInactive", ".authored")]


def test_without_facts_no_date_is_asked_for_and_none_lies_ahead() -> None:
    later = forms.form(*forms.QUESTIONNAIRE["item"])
    assert rules_of(form=later, authored="2031-01-01T00:00:00Z") == []
    assert rules_of(form=later, authored="2031-01-01T00:00:00Z", definitions=samples.DEFINITIONS) == [("futureDate", ".authored")]


PATIENT = {"resourceType": "Patient", "id": "p"}


@pytest.mark.parametrize("definitions", [None, samples.DEFINITIONS])
@pytest.mark.parametrize(
    ("kind", "reference", "fits"),
    [("Patient", "#p", True), ("Organization", "#p", False), ("Patient", "#", False)],
)
def test_a_contained_subject_is_of_the_type_that_it_has(definitions: Any, kind: str, reference: str, fits: bool) -> None:
    told = rules_of(definitions=definitions, contained=[PATIENT | {"resourceType": kind}], subject={"reference": reference})
    assert told == ([] if fits else [("subjectType", ".subject")])


def test_a_contained_patient_is_a_patient_where_only_one_may_be_the_subject() -> None:
    anybody = forms.form(*forms.QUESTIONNAIRE["item"])
    asked: dict[str, Any] = {"form": anybody, "definitions": samples.DEFINITIONS, "contained": [PATIENT]}
    assert rules_of(**asked, subject={"reference": "#p"}) == []
    assert rules_of(**asked, subject={"reference": "p#"}) == [("subjectType", ".subject")]


def test_a_contained_patient_is_no_practitioner() -> None:
    form = forms.form(*forms.QUESTIONNAIRE["item"], subjectType=["Practitioner"])
    assert rules_of(form=form, contained=[PATIENT], subject={"reference": "#p"}) == [("subjectType", ".subject")]
