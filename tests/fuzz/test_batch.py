"""What a batch says of each entry is what the call of its own says, whatever the entries are."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.fuzz import cases, messages, serving
from tests.fuzz.cases import FHIR
from tests.fuzz.serving import Fuzzed

EXAMPLES = 25
READS = ("Questionnaire/{name}", "Questionnaire?_elements=url", "Library?version=1.0.0&_summary=true", "metadata", "Patient/x", "Library/x/_history")
ADDRESSES = [way.path for way in cases.WAYS.values() if way.path.startswith("/fhir/") and way.accept == FHIR]


def entries(fuzzed: Fuzzed) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Reads and operations in any order."""
    reads = st.sampled_from(READS).map(lambda url: {"request": {"method": "GET", "url": url.format(name=fuzzed.name)}})
    bodies = messages.spoilt(st.one_of([way.takes(fuzzed.form) for way in cases.WAYS.values() if way.path in ADDRESSES]))
    calls = st.builds(
        lambda path, body: {"request": {"method": "POST", "url": path.removeprefix("/fhir/")}, "resource": body}, st.sampled_from(ADDRESSES), bodies
    )
    return st.lists(reads | calls, min_size=1, max_size=3)


def alone(fuzzed: Fuzzed, entry: dict[str, Any]) -> tuple[int, Any]:
    """Status and document of the call of its own."""
    method, url = entry["request"]["method"], f"/fhir/{entry['request']['url']}"
    body = json.dumps(entry["resource"]) if method == "POST" else None
    response = fuzzed.client.open(url, method=method, headers={"Accept": FHIR}, data=body, content_type=FHIR)
    return response.status_code, json.loads(response.data)


def together(fuzzed: Fuzzed, asked: list[dict[str, Any]]) -> list[tuple[int, Any]]:
    """Status and document of each entry of one batch."""
    batch = {"resourceType": "Bundle", "type": "batch", "entry": asked}
    response = fuzzed.client.post("/fhir", data=json.dumps(batch), content_type=FHIR)
    if response.status_code != 200:
        return []
    told = response.get_json()["entry"]
    return [(int(one["response"]["status"][:3]), one.get("resource", one["response"].get("outcome"))) for one in told]


def test_a_batch_agrees_with_the_calls_one_by_one() -> None:
    compared: list[int] = []
    with serving.started() as one, serving.started() as other:

        def check(asked: list[dict[str, Any]]) -> None:
            if answers := together(one, asked):
                assert answers == [alone(other, entry) for entry in asked]
                compared.extend(status for status, _ in answers)

        cases.drawn(entries(one), check, examples=EXAMPLES)
    assert len(compared) > EXAMPLES
    assert {200, 404, 422} <= set(compared)
