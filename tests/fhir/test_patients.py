"""The coded patients beside the checkout, read with the draft's own definitions and value sets."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cds.facts import Record
from cds.fhir import answers, record, validation
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
    of = {key: [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind] for key, kind in kinds.items()}
    codes = {"temperature": "8310-5", "pregnancy": "82810-3"}
    coded = {key: [entry for entry in bundle["entry"] if code in json.dumps(entry["resource"].get("code"))] for key, code in codes.items()}
    return {key: {"resourceType": "Bundle", "entry": entries} for key, entries in (of | coded).items()}


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
    assert one.values == other.values
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
            assert set(read({"bundle": sent(path)}).values) <= {"age", "sex"}


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
    assert validation.errors(filled(), form, definitions, at=AT) == []


def test_every_fact_is_answered_by_an_item_and_set_from_a_value_set_that_exists() -> None:
    form, definitions = content.form(), content.definitions()
    assert all(fact.link_id in form.items for fact in definitions.facts.values() if fact.link_id)
    names = {name for fact in definitions.facts.values() for source in fact.sources for name in (source.value_set, source.answer_in) if name}
    assert names | {definitions.trigger} <= set(content.value_sets())
