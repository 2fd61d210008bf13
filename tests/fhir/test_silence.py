"""The draft's record, however mutilated: it is read, it tells nothing that was typed, and its silence is no "no"."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds.facts import Record
from cds.fhir import record
from cds.foundation import canonical
from tests.fhir import content, samples
from tests.fhir.samples import CANARY, bundle, concept, condition, order
from tests.fhir.test_allergies import IBUPROFEN, allergy
from tests.fhir.test_doses import LOW_DOSE, dosage
from tests.fhir.test_parts import panel
from tests.fhir.test_properties import mutilated
from tests.fhir.test_readings import egfr
from tests.fhir.test_showing import lab

MAY_BE_NO = {"bp-high"} | {name for name in content.definitions().facts if name.startswith("med-")}
RECORD: dict[str, Any] = {
    "conditions": bundle(condition("709044004", "a", onsetDateTime="2020"), condition("84114007", "b", status="resolved")),
    "medications": bundle(order(LOW_DOSE, "a", dosageInstruction=[dosage()]), order("sertraline", "b", status="stopped", authoredOn="2026-01-01")),
    "allergies": bundle(allergy(IBUPROFEN, reaction=[{"substance": concept(samples.RXNORM, "7258")}])),
    "egfr": bundle(egfr("50"), egfr("90", "2020-01-01", "e2")),
    "bloodPressure": bundle(panel("150", "90"), panel("165", "101", "2025-12-01", "older")),
    "procedures": bundle(),
    "bundle": bundle(lab("12"), lab("2", "2020-01-01", "o2", code="6301-6", unit="1")),
}
MUTILATED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)


def read(resources: dict[Any, Any]) -> Record:
    sent = {str(key): value for key, value in resources.items()}
    return record.read(sent, content.definitions(), content.value_sets(), subject=samples.PATIENT, at=samples.AT)


@given(mutilated(RECORD))
@MUTILATED
def test_a_mutilated_record_is_read_and_nothing_typed_is_told(resources: dict[Any, Any]) -> None:
    told = read(resources)
    values = [(fact.value, fact.date, fact.note) for fact in told.values.values()]
    assert CANARY not in repr([told.problems, values, [(one.value, one.unit, one.date) for one in told.shown]])
    canonical.dumps({name: fact.value for name, fact in told.values.items()} | {f"shown {one.name}": one.value for one in told.shown})


@given(mutilated(RECORD), st.sets(st.sampled_from(sorted(RECORD))))
@MUTILATED
def test_the_record_says_no_only_of_a_low_blood_pressure_and_of_classes_on_a_list_that_was_supplied(
    resources: dict[Any, Any], gone: set[str]
) -> None:
    told = read({key: value for key, value in resources.items() if key not in gone})
    denied = {name for name, fact in told.values.items() if fact.value == "no"}
    assert denied <= MAY_BE_NO
    assert "med-list" in told.values or denied <= {"bp-high"}


@given(st.sets(st.sampled_from(sorted(RECORD))))
def test_what_is_taken_away_makes_no_other_no(gone: set[str]) -> None:
    whole, less = read(RECORD), read({key: value for key, value in RECORD.items() if key not in gone})
    denied = {name for name, fact in less.values.items() if fact.value == "no"}
    assert all(whole.values[name].value == "no" for name in denied)
