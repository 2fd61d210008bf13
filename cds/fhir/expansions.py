"""The codes of value sets as they are held: from an expansion, or listed one by one."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir import concepts

Option = tuple[str, str]
"""A Coding by system and code, or another value by the name of its value[x] and its text."""
Expansions = Mapping[str, frozenset[Option]]
"""The codes of value sets by canonical: with and without a version, and `#id` for those contained."""


def of(value_set: Mapping[str, Any]) -> frozenset[Option] | None:
    """The codes of a ValueSet: of its expansion, else those that it lists one by one; None for one that asks for more than a list."""
    held = concepts.mapping(value_set.get("expansion"))
    if "contains" in held:
        return frozenset(_expanded(held["contains"]))
    composed = concepts.mapping(value_set.get("compose"))
    included = concepts.objects(composed.get("include"))
    if not included or "exclude" in composed or any("concept" not in one or "filter" in one or "valueSet" in one for one in included):
        return None
    return frozenset((str(one.get("system", "")), str(concept.get("code"))) for one in included for concept in concepts.objects(one["concept"]))


def _expanded(contains: object) -> Iterator[Option]:
    for one in concepts.objects(contains):
        if "code" in one and one.get("abstract") is not True:
            yield (str(one.get("system", "")), str(one["code"]))
        yield from _expanded(one.get("contains"))


def contained(questionnaire: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[Option]]]:
    """The codes of the value sets that a Questionnaire brings along, by `#id`; of those that can be told."""
    for resource in concepts.objects(questionnaire.get("contained")):
        codes = of(resource) if resource.get("resourceType") == "ValueSet" else None
        if codes is not None:
            yield f"#{resource.get('id')}", codes
