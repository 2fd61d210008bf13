"""What holds for every response and every record, however mutilated."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds.facts import Answers, Record
from cds.fhir import answers, record, references, responses
from cds.fhir.validation import response as validation
from cds.foundation import canonical
from cds.foundation.errors import CdsError
from tests.fhir import samples
from tests.fhir.samples import CANARY, bundle, coded, concept, condition, item, now, order, reading, resource, run

RESPONSE = samples.response(
    now(item("age", {"valueInteger": 34}), item("sex", coded("female")), item("fever", coded("no")), item("bladder", coded("old"))),
    run(
        item("onset", {"valueDate": "2026-03-01"}),
        item("worse", coded("sit"), coded("nothing")),
        item("distance", {"valueQuantity": {"value": 5, "system": samples.UCUM, "code": "km"}}),
        item("goal", {"valueString": CANARY}),
    ),
)
RECORD: dict[str, Any] = {
    "patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1990-03-10", "gender": "female"},
    "conditions": bundle(condition("363346000", "a"), condition("386661006", "b", onsetPeriod={"start": "2026-03-09"})),
    "medications": bundle(
        order("warfarin", "a", status="stopped", authoredOn="2026-01-01", dispenseRequest={"expectedSupplyDuration": {"value": 5, "code": "wk"}}),
        order("prednisone", "b", authoredOn="2025-01-01", dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"start": "2025-02-01"}}}}]),
        order("", "c") | {"medicationReference": {"reference": "#m"}, "contained": [{"resourceType": "Medication", "id": "m"}]},
    ),
    "temperature": bundle(reading("39", "a"), reading("100", "b", code="[degF]")),
    "procedures": bundle(resource("Procedure", "a", status="completed", code=concept(samples.SNOMED, "999001"), performedDateTime="2026-02-01")),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.sampled_from([CANARY, "", "2026-03-09", "yes", "p1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["linkId", "answer", "item", "resourceType", "coding", "code", "reference", CANARY]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path of a JSON value but its root."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        yield (*path, key)
        yield from places(inner, (*path, key))


@st.composite
def mutilated(draw: st.DrawFn, base: Any) -> Any:
    """The value with one to three of its parts replaced or taken away."""
    made = copy.deepcopy(base)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(made)) or [()]))
        if not path:
            return made
        holder = made
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.booleans()) and isinstance(holder, dict):
            del holder[path[-1]]
        else:
            holder[path[-1]] = draw(JSON)
    return made


def shuffled(value: Any, draw: st.DrawFn) -> Any:
    """The value with the members of its lists of items, answers and entries in another order."""
    if isinstance(value, dict):
        return {key: shuffled(inner, draw) for key, inner in value.items()}
    return [shuffled(inner, draw) for inner in draw(st.permutations(value))] if isinstance(value, list) else value


@st.composite
def reordered(draw: st.DrawFn, base: Any) -> Any:
    return shuffled(base, draw)


def read(sent: dict[str, Any]) -> Answers:
    return answers.read(sent, samples.FORM, samples.DEFINITIONS, at=samples.AT)


@given(mutilated(RESPONSE))
def test_a_mutilated_response_is_read_and_nothing_typed_is_told(sent: dict[str, Any]) -> None:
    said = read(sent)
    assert CANARY not in repr(said)
    assert set(said.values) <= set(samples.DEFINITIONS.facts)
    canonical.dumps(said.values)


@given(mutilated(RESPONSE))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_mutilated_submission_is_validated_and_nothing_typed_is_told(sent: dict[str, Any]) -> None:
    told = validation.validate(sent, samples.FORM, at=samples.AT, definitions=samples.DEFINITIONS)
    assert CANARY not in repr(told)


@given(mutilated(bundle(RESPONSE, RESPONSE | {"id": "r2", "authored": "2026-03-09"})))
def test_a_mutilated_bundle_of_responses_gives_one_or_an_error_of_ours(sent: Any) -> None:
    who = references.subject("p1", sent)
    try:
        skipped = responses.select(sent, subject=who, canonical=samples.URL, versions=("1.0.0",), latest=samples.AT).skipped
    except CdsError as error:
        skipped = (error.text,)
    assert CANARY not in repr(skipped)


def read_record(resources: dict[str, Any]) -> Record:
    return record.read(resources, samples.DEFINITIONS, samples.VALUE_SETS, subject="p1", at=samples.AT)


@given(mutilated(RECORD))
def test_a_mutilated_record_is_read_and_nothing_typed_is_told(resources: dict[str, Any]) -> None:
    told = read_record({str(key): value for key, value in resources.items()})
    assert CANARY not in repr([told.problems, *((fact.value, fact.date, fact.note) for fact in told.values.values())])
    canonical.dumps({name: fact.value for name, fact in told.values.items()})


@given(reordered(RESPONSE))
def test_reading_does_not_depend_on_the_order_of_items_and_answers(sent: dict[str, Any]) -> None:
    assert read(sent) == read(RESPONSE)


@given(reordered(RECORD))
def test_the_record_does_not_depend_on_the_order_of_entries(resources: dict[str, Any]) -> None:
    assert read_record(resources).values == read_record(RECORD).values


@given(st.sampled_from(["age", "sex", "fever", "bladder"]))
def test_an_item_taken_away_takes_only_its_own_fact_away(link_id: str) -> None:
    whole = read(RESPONSE).values
    kept = [one for one in RESPONSE["item"][0]["item"] if one["linkId"] != link_id]
    less = read(RESPONSE | {"item": [now(*kept), RESPONSE["item"][1]]}).values
    assert less == {name: value for name, value in whole.items() if name != link_id}
