"""Searches of resources at hand: what they find, and that what cannot be judged is never answered."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.client.searching import Record
from cds.client.templates import Unresolved

LOINC = "http://loinc.org"


def observation(name: str, code: str, when: str | None, patient: str = "p") -> dict[str, Any]:
    made = {
        "resourceType": "Observation",
        "id": name,
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": LOINC, "code": code}]},
    }
    return made | ({"effectiveDateTime": when} if when else {})


RECORD = Record(
    [
        {"resourceType": "Patient", "id": "p", "active": True, "identifier": [{"system": "urn:mrn", "value": "77"}]},
        observation("a", "8310-5", "2026-11-20T10:00:00Z"),
        observation("b", "8310-5", "2026-11"),
        observation("c", "98979-8", "2025-01-02"),
        observation("d", "98979-8", None),
        observation("e", "8310-5", "2026-11-21", patient="p2"),
        {
            "resourceType": "Encounter",
            "id": "v",
            "status": "finished",
            "subject": {"reference": "https://e.example/Patient/p"},
            "period": {"start": "2026-10-01"},
        },
        {"resourceType": "Encounter", "id": "w", "subject": {"reference": "Patient/p"}, "period": {"start": "2024-10-01", "end": "2024-10-02"}},
        {"resourceType": "QuestionnaireResponse", "id": "q", "questionnaire": "https://f.example/Q|1.0", "authored": "2026-11-22T05:00:00Z"},
        {"resourceType": "Condition", "id": "x", "clinicalStatus": {"coding": [{"code": "active"}]}, "meta": {"lastUpdated": "2026-11-01T00:00:00Z"}},
    ]
)


def ids(query: str, record: Record = RECORD) -> list[str]:
    found = record.find(query)
    assert found is not None
    return [entry["resource"]["id"] for entry in found.get("entry", [])]


FOUND = {
    "Observation?patient=p": ["a", "b", "c", "d"],
    "Observation?subject=Patient/p": ["a", "b", "c", "d"],
    "Observation?patient=Patient/p2": ["e"],
    "Observation?patient=p&code=8310-5": ["a", "b"],
    f"Observation?patient=p&code={LOINC}|8310-5": ["a", "b"],
    f"Observation?patient=p&code={LOINC}%7C8310-5": ["a", "b"],
    "Observation?patient=p&code=urn:other|8310-5": [],
    "Observation?code=|8310-5": [],
    f"Observation?patient=p&code={LOINC}|": ["a", "b", "c", "d"],
    "Observation?patient=p&code=98979-8,8310-5": ["a", "b", "c", "d"],
    "Observation?patient=p&date=2026-11-20": ["a", "b"],
    "Observation?patient=p&date=gt2026-11-20": ["b"],
    "Observation?patient=p&date=ge2026-11-20": ["a", "b"],
    "Observation?patient=p&date=lt2026": ["c"],
    "Observation?patient=p&date=le2026-11": ["a", "b", "c"],
    "Observation?date=ge2025-01-01&date=lt2026-01-01": ["c"],
    "Observation?patient=p&_sort=date": ["c", "b", "a", "d"],
    "Observation?patient=p&_sort=-date&_count=1": ["a"],
    "Observation?patient=p&sort:desc=date&_maxresults=2": ["a", "b"],
    "Encounter?patient=p&date=ge2026-11-01": ["v"],
    "Encounter?patient=p&status=finished": ["v"],
    "Encounter?_id=w,v": ["v", "w"],
    "Patient?identifier=urn:mrn|77": ["p"],
    "Patient?active=true": ["p"],
    "QuestionnaireResponse?questionnaire=https://f.example/Q": ["q"],
    "QuestionnaireResponse?questionnaire=https://f.example/Q|1.0": ["q"],
    "QuestionnaireResponse?questionnaire=https://f.example/Q|2.0": [],
    "Condition?clinical-status=active": ["x"],
    "Condition?_lastUpdated=ge2026-10-01": ["x"],
    "Procedure?patient=p&code=1": [],
}


@pytest.mark.parametrize(("query", "found"), FOUND.items())
def test_a_search_finds_what_it_asks_for(query: str, found: list[str]) -> None:
    assert ids(query) == found


def test_the_total_counts_what_a_page_leaves_out() -> None:
    page = RECORD.find("Observation?patient=p&_count=1")
    assert page is not None
    assert (page["type"], page["total"], len(page["entry"])) == ("searchset", 4, 1)


def test_a_read_finds_the_resource_or_nothing() -> None:
    assert RECORD.find("Patient/p") == RECORD.resources[0]
    assert RECORD.find("Patient/q") is None
    assert RECORD.find("Condition/p") is None


@pytest.mark.parametrize(
    "query",
    [
        "Observation?code:in=urn:vs",
        "Observation?code:not=8310-5",
        "Observation?patient.name=x",
        "Observation?_include=Observation:subject",
        "Observation?_has:Provenance:target:agent=x",
        "Observation?colour=red",
        "Observation?date=ne2026-11-20",
        "Observation?date=gt2026-11-20T09:00:00Z",
        "Observation?_count=all",
        "Observation",
        "observation?patient=p",
        "Patient/p/$everything",
        "",
    ],
)
def test_what_cannot_be_judged_is_not_answered(query: str) -> None:
    with pytest.raises(Unresolved):
        RECORD.find(query)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["p", "Patient/p", "2026", "2026-11-22", "8310-5", "http://loinc.org", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["coding", "code", "system", "reference", "start", "end", "value", "id"]), inner, max_size=4)
    ),
    max_leaves=8,
)
RESOURCES = st.fixed_dictionaries(
    {"resourceType": st.just("Observation")},
    optional={key: VALUES for key in ("id", "subject", "code", "effectiveDateTime", "effectivePeriod", "meta", "status")},
)


@given(resources=st.lists(RESOURCES, max_size=4), query=st.sampled_from([query for query in FOUND if query.startswith("Observation")]))
def test_whatever_the_resources_hold_a_search_answers_or_says_why_not(resources: list[Mapping[str, Any]], query: str) -> None:
    try:
        found = Record(resources).find(query)
    except Unresolved as error:
        assert error.text
    else:
        assert found is not None
        assert all(entry["resource"] in resources for entry in found.get("entry", []))
        assert len(found.get("entry", [])) <= found["total"] <= len(resources)


@given(codes=st.lists(st.sampled_from(["1", "2", "3"]), max_size=8), wanted=st.sets(st.sampled_from(["1", "2", "3"]), min_size=1))
def test_a_search_by_codes_leaves_out_none_and_adds_none(codes: list[str], wanted: set[str]) -> None:
    record = Record([observation(str(number), code, None) for number, code in enumerate(codes)])
    assert ids(f"Observation?code={','.join(sorted(wanted))}", record) == [str(number) for number, code in enumerate(codes) if code in wanted]
