"""Tokens of prefetch templates: what they become, and that nothing of the record can add to a query."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.client import templates
from cds.client.templates import Known, Unresolved

TODAY = date(2026, 11, 22)
CONTEXT: Mapping[str, Any] = {
    "userId": "PractitionerRole/r1",
    "patientId": "p-1",
    "encounterId": "e.1",
    "empty": None,
    "draftOrders": {
        "resourceType": "Bundle",
        "entry": [
            {"resource": {"resourceType": "MedicationRequest", "medicationReference": {"reference": "Medication/m1"}}},
            {"resource": {"resourceType": "MedicationRequest", "medicationReference": {"reference": "Medication/m2"}}},
            {"resource": {"resourceType": "ServiceRequest", "status": "draft", "statusReason": {"text": "x"}}},
        ],
    },
}
HELD = {f"Medication/{name}": {"resourceType": "Medication", "id": name} for name in ("m1", "m2")}


def resolved(template: str, context: Mapping[str, Any] = CONTEXT, answers: Mapping[str, Any] | None = None) -> str:
    return templates.resolve(template, Known(context, answers or {}, TODAY, HELD.get))


RESOLVED = {
    "Patient/{{context.patientId}}": "Patient/p-1",
    "Condition?patient={{ context.patientId }}&encounter={{context.encounterId}}": "Condition?patient=p-1&encounter=e.1",
    "PractitionerRole?_id={{userPractitionerRoleId}}": "PractitionerRole?_id=r1",
    "Observation?date=gt{{today()}}": "Observation?date=gt2026-11-22",
    "Observation?date=gt{{today() - 90 days}}&date=lt{{today() + 1 day}}": "Observation?date=gt2026-08-24&date=lt2026-11-23",
    "Medication?_id={{context.draftOrders.entry.resource.ofType(MedicationRequest).medication.resolve().id}}": "Medication?_id=m1,m2",
    "A?status={{context.draftOrders.entry.resource.ofType(ServiceRequest).status}}": "A?status=draft",
    "Encounter?_id={{%seen.entry.resource.id}}": "Encounter?_id=9",
    "Metadata": "Metadata",
}


@pytest.mark.parametrize(("template", "query"), RESOLVED.items())
def test_a_token_becomes_what_it_names(template: str, query: str) -> None:
    assert resolved(template, answers={"seen": {"entry": [{"resource": {"id": "9"}}]}}) == query


UNRESOLVED = [
    "Patient/{{context.other}}",
    "Patient/{{context.empty}}",
    "Patient/{{context.draftOrders}}",
    "Practitioner?_id={{userPractitionerId}}",
    "Patient/{{patientId}}",
    "Patient/{{context}}",
    "Patient/{{}}",
    "Patient/{{context.patientId",
    "Patient/context.patientId}}",
    "Patient/{{context.patientId.where(x)}}",
    "Patient/{{context.draftOrders.entry.first()}}",
    "Patient/{{%later.id}}",
    "Observation?date=gt{{today() - 99999 days}}&x={{today() + 99999 hours}}",
    "Observation?date=gt{{now()}}",
]


@pytest.mark.parametrize("template", UNRESOLVED)
def test_a_token_without_a_value_makes_no_query(template: str) -> None:
    with pytest.raises(Unresolved):
        resolved(template)


def test_a_day_beyond_the_calendar_makes_no_query() -> None:
    with pytest.raises(Unresolved):
        templates.resolve("A?date={{today() - 99999 days}}", Known({}, {}, date(200, 1, 1), HELD.get))


@given(value=st.text(max_size=30))
def test_a_value_never_adds_to_a_query(value: str) -> None:
    try:
        query = resolved("Condition?patient={{context.patientId}}&x=1", {"patientId": value})
    except Unresolved as error:
        assert value not in error.text or len(value) < 3
    else:
        assert query == f"Condition?patient={value}&x=1"
        assert re.fullmatch(r"[A-Za-z0-9\-._~:/|]+", value, re.ASCII)


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["Medication/m1", "MedicationRequest"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["entry", "resource", "resourceType", "reference", "id"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(context=st.dictionaries(st.sampled_from(["patientId", "userId", "draftOrders"]), NESTED), template=st.sampled_from([*RESOLVED, *UNRESOLVED]))
def test_whatever_the_context_holds_there_is_a_query_or_a_reason(context: dict[str, Any], template: str) -> None:
    try:
        assert "{{" not in resolved(template, context)
    except Unresolved as error:
        assert error.text
