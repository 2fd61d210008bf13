"""What is shown of the record in the assessment beside the facts."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cds.assessment import assessing, document, grounds
from cds.assessment.view import View
from cds.dmn.evaluation import Evaluation
from cds.facts import Fact, Shown
from cds.fhir import naming, readings
from cds.foundation import schemas
from tests.assessment import patients
from tests.assessment.patients import Clinic

LAB = Shown("crp", Decimal(12), "mg/L", "Observation/1", "2030-06-01", old=False)
BOUND = Shown("inr", "< 5", "1", "Observation/2", "", old=True)
CONDITION = Shown("sciatica", None, "", "Condition/3", "2029", old=False)


def rendered(clinic: Clinic, *shown: Shown) -> dict[str, Any]:
    known = replace(clinic.merged(), shown=shown)
    return document.render(clinic.assess_facts(known), clinic.release, [])


def test_what_is_shown_stands_beside_the_facts_and_changes_nothing_else(backs: Clinic) -> None:
    told = rendered(backs, LAB, BOUND, CONDITION)
    assert told.pop("onRecord") == [
        {"name": "crp", "value": 12, "unit": "mg/L", "reference": "Observation/1", "date": "2030-06-01", "old": False},
        {"name": "inr", "value": "< 5", "unit": "1", "reference": "Observation/2", "old": True},
        {"name": "sciatica", "reference": "Condition/3", "date": "2029", "old": False},
    ]
    assert told == rendered(backs)


@pytest.mark.parametrize("note", [readings.REPORTED_BELOW, readings.REPORTED_ABOVE, naming.BY_NAME])
def test_every_provenance_of_the_record_has_its_phrase(backs: Clinic, note: str) -> None:
    fact = Fact(Decimal(0), "ehr", "Observation/1", "2030-06-01", note)
    view = View(backs.release, backs.merged(), Evaluation(), assessing.NOTHING_ASSESSED, patients.DECISION, patients.AT)
    assert backs.release.cards.phrases[note.replace(" ", "-")] in grounds.origin(view, fact)


def test_the_document_keeps_to_its_schema_and_has_words_for_what_is_shown(backs: Clinic) -> None:
    told = document.explained(rendered(backs, LAB, BOUND, CONDITION), backs.release)
    assert schemas.problems("assessment", told) == []
    assert {one["name"] for one in told["onRecord"]} <= told["labels"].keys()
