"""The codes of value sets as they are held: from an expansion, or listed one by one."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir import concepts, extensions, modifiers, numbers

Option = tuple[str, str]
"""A Coding by system and code, or another value by the name of its value[x] and its text."""
Codes = Mapping[Option, str]
"""The codes of a value set, each with its display, empty where it has none."""
Expansions = Mapping[str, Codes]
"""The codes of value sets by canonical: with and without a version, and `#id` for those contained."""
_OPEN = ("valueset-unclosed", "valueset-toocostly")
"""Extensions of an expansion that does not have all codes (FHIR R4)."""


def of(value_set: Mapping[str, Any]) -> Codes | None:
    """The codes of a ValueSet: of its whole expansion, else those that it lists one by one; None for one that asks for more than a list."""
    held = concepts.mapping(value_set.get("expansion"))
    if "contains" in held and not _partial(held):
        coded = [one for one in _expanded(held["contains"]) if "code" in one and one.get("abstract") is not True]
        return {(str(one.get("system", "")), str(one["code"])): concepts.text(one.get("display")) for one in coded}
    composed = concepts.mapping(value_set.get("compose"))
    included = concepts.objects(composed.get("include"))
    if not included or "exclude" in composed or any("concept" not in one or "filter" in one or "valueSet" in one for one in included):
        return None
    listed = [(one, concept) for one in included for concept in concepts.objects(one["concept"])]
    return {(str(one.get("system", "")), str(concept.get("code"))): concepts.text(concept.get("display")) for one, concept in listed}


def _partial(expansion: Mapping[str, Any]) -> bool:
    """True for one page of several, and for an expansion that says that it lacks codes."""
    count = sum(1 for _ in _expanded(expansion["contains"]))
    pages = (numbers.integer(expansion.get("offset")) or 0) > 0 or (numbers.integer(expansion.get("total")) or 0) > count
    return pages or any(extensions.value(expansion, name) is True for name in _OPEN)


def _expanded(contains: object) -> Iterator[Mapping[str, Any]]:
    for one in concepts.objects(contains):
        yield one
        yield from _expanded(one.get("contains"))


def contained(holder: Mapping[str, Any]) -> Iterator[tuple[str, Codes]]:
    """The codes of the value sets that a resource brings along, by `#id` and by canonical; of those that can be told."""
    for resource in concepts.objects(holder.get("contained")):
        codes = of(resource) if resource.get("resourceType") == "ValueSet" and not modifiers.of_resource(resource) else None
        if codes is not None:
            yield from ((name, codes) for name in _names(resource))


def _names(value_set: Mapping[str, Any]) -> Iterator[str]:
    url, version = (concepts.text(value_set.get(name)) for name in ("url", "version"))
    yield f"#{value_set.get('id')}"
    yield from (name for name in (url, f"{url}|{version}") if url and not name.endswith("|"))
