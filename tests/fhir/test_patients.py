"""The coded patients beside the checkout, read with the draft's own definitions and value sets."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cds.facts import Record
from cds.fhir import answers, record
from cds.fhir.validation import response as validation
from tests.conftest import SHARED, SHARED_ABSENT
from tests.fhir import content
from tests.fhir.samples import item

FOLDER = SHARED / "data" / "patients"
AT = datetime(2020, 7, 1, tzinfo=UTC)
BUNDLES = sorted(FOLDER.glob("*.json"))
absent = pytest.mark.skipif(not BUNDLES, reason=SHARED_ABSENT)


def sent(path: Path) -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return bundle


def read(resources: dict[str, Any], subject: str = "") -> Record:
    return record.read(resources, content.definitions(), content.value_sets(), subject=subject, at=AT)


def by_key(bundle: dict[str, Any]) -> dict[str, Any]:
    """The bundle as a client would prefetch it."""
    kinds = {"patient": "Patient", "conditions": "Condition", "medications": "MedicationRequest", "medicationStatements": "MedicationStatement"}
    kinds |= {"allergies": "AllergyIntolerance", "procedures": "Procedure"}
    of = {key: [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind] for key, kind in kinds.items()}
    codes = {"temperature": ["8310-5"], "pregnancy": ["82810-3"], "egfr": ["33914-3", "98979-8"], "bloodPressure": ["85354-9", "8480-6", "8462-4"]}
    coded = {key: [entry for entry in bundle["entry"] if any(code in said(entry) for code in wanted)] for key, wanted in codes.items()}
    return {key: {"resourceType": "Bundle", "entry": entries} for key, entries in (of | coded).items()}


def said(entry: dict[str, Any]) -> str:
    return json.dumps([entry["resource"].get("code"), entry["resource"].get("component")])


@absent
@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_every_patient_is_read_without_a_fault_and_has_a_sex(path: Path) -> None:
    told = read({"bundle": sent(path)})
    assert told.problems == () or all("birthDate" in problem for problem in told.problems)
    assert told.values["sex"].value in ("male", "female")


@absent
@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_a_mixed_bundle_says_what_prefetched_keys_say(path: Path) -> None:
    bundle = sent(path)
    patient = next(entry["resource"]["id"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient")
    full_urls = {entry["resource"]["id"]: entry.get("fullUrl") for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient"}
    one, other = read({"bundle": bundle}), read(by_key(bundle), full_urls[patient] or patient)
    lists = {"med-list", *(name for name in other.values if other.values[name].reference == "medications")}
    assert {name: one.values.get(name) for name in other.values.keys() - lists} == {name: other.values[name] for name in other.values.keys() - lists}
    assert one.values.keys() <= other.values.keys()
    assert all(one.values[name] == other.values[name] for name in lists & one.values.keys())
    assert one.triggers == other.triggers
    assert other.not_checked == ()


@absent
@pytest.mark.parametrize(("stratum", "fact"), [("malignancy", "hx-cancer"), ("osteoporosis", "hx-osteoporosis")])
def test_every_patient_of_a_stratum_has_its_fact_on_record(stratum: str, fact: str) -> None:
    found = [read({"bundle": sent(path)}).values for path in BUNDLES if stratum in path.stem]
    assert found and all(fact in values and values[fact].value == "yes" for values in found)


@absent
def test_chronic_low_back_pain_on_record_is_the_trigger() -> None:
    found = [path.stem for path in BUNDLES if read({"bundle": sent(path)}).triggers]
    assert set(found) >= {"bulk10-11", "bulk10-13"}


@absent
def test_patients_without_a_condition_of_interest_have_only_age_and_sex() -> None:
    for path in BUNDLES:
        if path.stem.startswith("sog-none"):
            values = read({"bundle": sent(path)}).values
            assert {name for name, fact in values.items() if fact.value != "no"} == {"age", "sex"}


@absent
def test_the_entries_of_one_patient_give_another_nothing() -> None:
    told = read(by_key(sent(BUNDLES[0])), "somebody-else")
    assert told.values == {}
    assert told.problems


def filled() -> dict[str, Any]:
    """A response with the first option of each choice, a number in range for each number, and nothing that is not asked."""
    form = content.form()

    def answer(name: str) -> dict[str, Any]:
        one = form.items[name]
        if one.type == "choice":
            system, code = sorted(one.options - one.exclusive)[0]
            return {"valueCoding": {"system": system, "code": code}}
        if one.type == "quantity":
            return {"valueQuantity": {"value": 5, "system": "http://unitsofmeasure.org", "code": "km"}}
        others: dict[str, dict[str, Any]] = {
            "integer": {"valueInteger": 5},
            "date": {"valueDate": "2020-06-20"},
            "text": {"valueString": "run"},
        }
        return others[one.type]

    groups = [
        {"linkId": top, "item": [item(name, answer(name)) for name in form.items[top].children if form.items[name].type != "display"]}
        for top in form.top
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{form.url}|{form.version}",
        "status": "completed",
        "authored": "2020-07-01T00:00:00Z",
        "item": groups,
    }


def test_every_item_of_the_questionnaire_is_read_and_accepted() -> None:
    form, definitions = content.form(), content.definitions()
    said = answers.read(filled(), form, definitions, at=AT)
    assert said.problems == ()
    assert set(said.values) == {name for name, fact in definitions.facts.items() if fact.link_id}
    assert validation.refusals(validation.validate(filled(), form, at=AT, definitions=definitions)) == []


def test_every_fact_is_answered_by_an_item_and_set_from_a_value_set_that_exists() -> None:
    form, definitions = content.form(), content.definitions()
    assert all(fact.link_id in form.items for fact in definitions.facts.values() if fact.link_id)
    names = {name for fact in definitions.facts.values() for source in fact.sources for name in (source.value_set, source.answer_in) if name}
    assert names | {definitions.trigger} <= set(content.value_sets())
