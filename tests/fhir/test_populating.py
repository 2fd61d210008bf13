"""A form filled in from what a record says."""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.facts import FactDefinition, FactDefinitions, Record, RecordFact, RecordSource
from cds.fhir import answers, items, populating, readings
from cds.fhir.validation import response as validation
from tests.fhir import oracle, samples
from tests.fhir.samples import ANSWERS, UCUM

SUBJECT = "Patient/p1"
SOURCE = RecordSource("any", "Observation")


def filled(definitions: FactDefinitions = samples.DEFINITIONS, **values: RecordFact) -> populating.Populated:
    return saying(values, definitions)


def saying(values: Mapping[str, RecordFact], definitions: FactDefinitions = samples.DEFINITIONS) -> populating.Populated:
    """The form filled in from a record that says so."""
    record = Record(values)
    return populating.populated(samples.QUESTIONNAIRE, samples.FORM, definitions, record, subject=SUBJECT, at=samples.AT)


def fact(value: Any, reference: str = "Condition/1", **more: Any) -> RecordFact:
    return RecordFact(value, reference, **more)


def defining(definition: FactDefinition) -> FactDefinitions:
    return dataclasses.replace(samples.DEFINITIONS, facts={**samples.DEFINITIONS.facts, definition.name: definition})


def told(made: populating.Populated) -> str:
    return " ".join(issue.text for issue in made.issues)


def values(made: populating.Populated) -> dict[str, list[Any]]:
    return items.collect(made.response).values()


def test_it_is_in_progress_for_the_subject_and_names_form_version_and_instant() -> None:
    response = filled().response
    assert response == {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{samples.URL}|1.0.0",
        "status": "in-progress",
        "subject": {"reference": SUBJECT},
        "authored": "2026-03-10T12:00:00Z",
    }


def test_answers_are_typed_as_the_form_offers_them_and_name_their_source() -> None:
    made = filled(age=fact(34, "Patient/p1"), fever=fact("yes", "Observation/7"))
    (group,) = made.response["item"]
    age, fever = group["item"]
    assert group["linkId"] == "g-now"
    assert (age["linkId"], age["answer"][0]["valueInteger"]) == ("age", 34)
    assert fever["answer"][0]["valueCoding"] == {"system": ANSWERS, "code": "yes", "display": "Yes"}
    assert fever["text"] == "fever"
    (source,) = fever["answer"][0]["extension"]
    assert source == {"url": populating.SOURCE, "extension": [{"url": "reference", "valueReference": {"reference": "Observation/7"}}]}


def test_an_entry_without_an_id_is_shown_by_its_place() -> None:
    (group,) = filled(fever=fact("yes", "bundle[3]")).response["item"]
    assert group["item"][0]["answer"][0]["extension"][0]["extension"][0]["valueReference"] == {"display": "bundle[3]"}


def test_a_measured_value_is_filled_in_with_an_offered_unit() -> None:
    measured = FactDefinition("distance", "number", unit="km", link_id="distance", reads=SOURCE)
    made = filled(defining(measured), age=fact(30), distance=fact(Decimal("12.5")))
    assert values(made) == {"age": [30], "distance": [{"value": Decimal("12.5"), "unit": "km", "system": UCUM, "code": "km"}]}


def test_a_measured_value_in_a_unit_that_is_not_offered_stays_open_and_it_is_told() -> None:
    measured = FactDefinition("distance", "number", unit="m", link_id="distance", reads=SOURCE)
    made = filled(defining(measured), age=fact(30), distance=fact(Decimal(5)))
    assert values(made) == {"age": [30]}
    assert "distance: on record, but not filled in" in told(made)


def test_several_values_are_several_answers() -> None:
    ticked = dataclasses.replace(samples.DEFINITIONS.facts["worse"], sets="sit", sources=(SOURCE,))
    made = filled(defining(ticked), age=fact(30), worse=fact(("sit", "cough")))
    assert [value["code"] for value in values(made)["worse"]] == ["sit", "cough"]


def test_a_denial_is_never_filled_in() -> None:
    denying = dataclasses.replace(samples.DEFINITIONS.facts["fever"], otherwise="no")
    made = filled(defining(denying), fever=fact("no", "Observation/1"))
    assert values(made) == {}
    assert "fever: on record, but not filled in: the record cannot deny for the patient." in told(made)


@pytest.mark.parametrize("note", [readings.REPORTED_BELOW, readings.REPORTED_ABOVE])
def test_a_bound_is_no_value(note: str) -> None:
    measured = FactDefinition("distance", "number", unit="km", link_id="distance", reads=SOURCE)
    made = filled(defining(measured), age=fact(30), distance=fact(Decimal(60), note=note))
    assert values(made) == {"age": [30]}
    assert "only a bound" in told(made)


def test_a_sensitive_answer_is_neither_filled_in_nor_told() -> None:
    private = dataclasses.replace(samples.DEFINITIONS.facts["fever"], sensitive=True)
    made = filled(defining(private), fever=fact("yes"))
    assert values(made) == {}
    assert "fever" not in told(made)


def test_an_item_that_other_answers_do_not_enable_stays_open_and_it_is_told() -> None:
    assert "pregnant" in values(filled(age=fact(30), sex=fact("female"), pregnant=fact("yes")))
    made = filled(age=fact(70), sex=fact("female"), pregnant=fact("yes"))
    assert set(values(made)) == {"age", "sex"}
    assert "pregnant: on record, but not filled in: the item is not asked here" in told(made)


def test_a_match_by_name_is_told_so_that_it_is_checked() -> None:
    assert "fever: found by name, not by a code." in told(filled(fever=fact("yes", note="by name")))


def test_what_was_not_checked_or_not_read_is_told() -> None:
    record = Record({}, ("medications",), ("conditions[2]: without a readable resourceType; dropped.",))
    made = populating.populated(samples.QUESTIONNAIRE, samples.FORM, samples.DEFINITIONS, record, subject=SUBJECT, at=samples.AT)
    told = [(issue.severity, issue.code, issue.text.partition(" ")[0]) for issue in made.issues]
    assert told[1:] == [("warning", "incomplete", "Not"), ("warning", "incomplete", "conditions[2]:")]
    assert "not a no" in made.issues[0].text


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "age": st.integers(0, 120).map(lambda years: fact(years, "Patient/p1")),
        "sex": st.sampled_from(["male", "female"]).map(fact),
        "fever": st.just(fact("yes")),
        "pregnant": st.just(fact("yes")),
        "cancer": st.just(fact("yes")),
    },
)


@given(FACTS)
def test_whatever_is_on_record_the_response_is_valid_and_says_no_more_than_the_record(known: dict[str, RecordFact]) -> None:
    made = saying(known)
    problems = validation.validate(made.response, samples.FORM, at=samples.AT, definitions=samples.DEFINITIONS)
    assert [problem for problem in problems if problem.severity in ("error", "fatal")] == []
    said = answers.read(made.response, samples.FORM, samples.DEFINITIONS, at=samples.AT)
    assert said.problems == ()
    assert said.values.items() <= {name: one.value for name, one in known.items()}.items()


@given(FACTS)
def test_whatever_is_on_record_the_response_is_fhir_by_the_schema_of_hl7(known: dict[str, RecordFact]) -> None:
    assert oracle.accepts(saying(known).response, "QuestionnaireResponse")


def test_what_rests_on_a_resource_with_a_modifier_is_left_to_the_patient() -> None:
    record = Record({"fever": fact("yes", "Condition/7"), "age": fact(34, "Patient/p1")}, modified=frozenset({"Condition/7"}))
    made = populating.populated(samples.QUESTIONNAIRE, samples.FORM, samples.DEFINITIONS, record, subject=SUBJECT, at=samples.AT)
    assert values(made) == {"age": [34]}
