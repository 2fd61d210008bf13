"""The form and the value sets of a release as they stand, under its version and status, and CodeSystems for the codes of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.knowledge import metadata
from cds.fhir.knowledge.publication import Publication, Resource

KIND = "CodeSystem"
GRADE = "grade"
Codes = dict[str, list[str]]


def questionnaire(published: Publication) -> Resource:
    """The form. Its version stays its own: responses name it, and it changes only with the questions."""
    return {**published.release.questionnaire, "status": published.release.status} | metadata.period(published)


def value_sets(published: Publication) -> Iterator[Resource]:
    """The value sets, each under the version of the release, since two releases may hold different codes."""
    for value_set in published.value_sets.values():
        yield {**value_set, "version": published.release.version, "status": published.release.status}


def code_systems(published: Publication) -> Iterator[Resource]:
    """Every system of our own base: recommendations with their grades, and the codes that form, value sets and cards use."""
    grades = {code: one.display for code, one in published.release.cards.recommendations.items()}
    for system, codes in sorted(_local(published).items()):
        yield _code_system(published, system, codes, grades if system == published.release.cards.recommendation_system else {})


def _local(published: Publication) -> dict[str, Codes]:
    """The displays of each code by system of our own, as often as they differ, in the order of their use."""
    found: dict[str, Codes] = {}
    for coding in (*_cards(published), *_codings(published.release.questionnaire), *_included(published)):
        system = str(coding["system"])
        if system.startswith(published.url(KIND, "")):
            displays = found.setdefault(system, {}).setdefault(str(coding["code"]), [])
            display = coding.get("display")
            displays += [display] if display and display not in displays else []
    return found


def _cards(published: Publication) -> Iterator[Mapping[str, Any]]:
    cards = published.release.cards
    for code, one in cards.recommendations.items():
        yield {"system": cards.recommendation_system, "code": code, "display": one.meaning}
    for coding in (*cards.topics.values(), *cards.override_reasons):
        yield {"system": coding.system, "code": coding.code, "display": coding.display}


def _codings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every Coding in a resource."""
    if isinstance(value, Mapping):
        if "system" in value and "code" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _codings(part)


def _included(published: Publication) -> Iterator[Mapping[str, Any]]:
    for value_set in published.value_sets.values():
        compose = value_set.get("compose", {})
        for include in (*compose.get("include", ()), *compose.get("exclude", ())):
            yield from ({"system": include.get("system", ""), **concept} for concept in include.get("concept", ()))


def _code_system(published: Publication, system: str, codes: Codes, grades: Mapping[str, str]) -> Resource:
    name = system.rpartition("/")[2]
    head = metadata.artifact(
        published,
        KIND,
        name,
        title=f"{published.release.cards.title}: {name}",
        description=f"The codes of {name} that this release uses.",
        purpose="Says what the codes of our own mean in the other artifacts of the release.",
    )
    property_ = {"property": [{"code": GRADE, "description": "The grade of the recommendation.", "type": "string"}]} if grades else {}
    concepts = [_concept(code, displays, grades.get(code, "")) for code, displays in codes.items()]
    return head | {"caseSensitive": True, "content": "complete", "count": len(concepts)} | property_ | {"concept": concepts}


def _concept(code: str, displays: list[str], grade: str) -> Resource:
    """A code with its first display; others that questions give it are designations."""
    first, *others = displays or [""]
    told = {"code": code} | ({"display": first} if first else {})
    graded = {"property": [{"code": GRADE, "valueString": grade}]} if grade else {}
    return told | ({"designation": [{"value": other} for other in others]} if others else {}) | graded
