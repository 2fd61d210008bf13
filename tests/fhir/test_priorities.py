"""In which order the keys of a prefetch are fetched."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cds.fhir import priorities
from tests.fhir import content, samples

KEYS = sorted(content.definitions().prefetch)


@given(st.permutations(KEYS))
def test_whatever_the_order_of_the_templates_what_must_be_had_comes_first_and_every_key_once(keys: list[str]) -> None:
    definitions = content.definitions()
    shuffled = replace(definitions, prefetch={key: definitions.prefetch[key] for key in keys})
    found = priorities.order(shuffled, content.value_sets())
    assert found[: len(definitions.required)] == definitions.required
    assert sorted(found) == KEYS


def test_what_warning_signs_rest_on_comes_before_the_rest() -> None:
    found = priorities.order(content.definitions(), content.value_sets())
    screened = {"conditions", "temperature", "medications", "medicationStatements"}
    assert set(found[2:6]) == screened
    assert found.index("egfr") > 5


def test_without_facts_the_templates_keep_their_order() -> None:
    definitions = replace(samples.DEFINITIONS, facts={})
    assert priorities.order(definitions, {}) == tuple(definitions.prefetch)
