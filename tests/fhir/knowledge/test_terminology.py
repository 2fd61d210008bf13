"""The form and the value sets are those of the release; CodeSystems hold every code of our own."""

import json
from typing import Any

from cds.fhir.knowledge import bundles
from cds.fhir.knowledge.publication import Publication
from tests.fhir.knowledge.conftest import Export

FRAME = ("version", "status", "effectivePeriod")


def content(resource: dict[str, Any], without: tuple[str, ...] = FRAME) -> str:
    """A resource as text, but for what the release sets."""
    return json.dumps({key: value for key, value in resource.items() if key not in without})


def text(value: Any) -> str:
    """All text of a value."""
    return json.dumps(value)


def test_the_form_is_that_of_the_release_with_its_own_version(export: Export) -> None:
    (form,) = export.of("Questionnaire")
    written = json.loads((export.folder / "questionnaire.json").read_text(encoding="utf-8"))
    assert content(form) == content(written)
    assert form["version"] == written["version"]


def test_the_value_sets_are_those_of_the_release_under_its_version(export: Export) -> None:
    written = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (export.folder / "valuesets").glob("*.json")}
    made = {one["id"]: one for one in export.of("ValueSet")}
    assert {name: content(one) for name, one in made.items()} == {name: content(one) for name, one in written.items()}
    assert {one["version"] for one in made.values()} == {export.release.version}


def test_every_code_of_our_own_is_in_a_code_system(export: Export) -> None:
    systems = {one["url"]: {concept["code"] for concept in one["concept"]} for one in export.of("CodeSystem")}
    used = list(codings([one for one in export.resources if one["resourceType"] != "CodeSystem"]))
    ours = [(system, code) for system, code in used if "/CodeSystem/" in system and not system.startswith("http://terminology.hl7.org")]
    assert [pair for pair in ours if pair[1] not in systems.get(pair[0], ())] == []
    assert {system for system, _ in ours} <= systems.keys()


def test_every_recommendation_has_its_meaning_and_its_grade(export: Export) -> None:
    cards = export.release.cards
    (system,) = (one for one in export.of("CodeSystem") if one["url"] == cards.recommendation_system)
    found = {one["code"]: (one["display"], one["property"][0]["valueString"]) for one in system["concept"]}
    assert found == {code: (one.meaning, one.display) for code, one in cards.recommendations.items()}


def test_a_code_that_questions_name_in_several_ways_keeps_all_its_names(export: Export) -> None:
    for system in export.of("CodeSystem"):
        for concept in system["concept"]:
            names = [concept.get("display"), *(one["value"] for one in concept.get("designation", ()))]
            assert len(names) == len(set(names)) == len([name for name in names if name]) or names == [None]


def test_another_base_stands_everywhere_and_changes_nothing_else(export: Export) -> None:
    value_sets = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (export.folder / "valuesets").glob("*.json")}
    published = Publication(export.release, value_sets)
    moved = text(bundles.artifacts(published, "https://other.example/knowledge"))
    assert f'"{published.base}/' not in moved
    assert moved.replace("https://other.example/knowledge/", f"{published.base}/") == text(bundles.artifacts(published))


def codings(value: Any) -> Any:
    """Every code with its system, concepts of value sets too."""
    if isinstance(value, dict):
        if "system" in value:
            yield from ((value["system"], one["code"]) for one in (value, *value.get("concept", ())) if "code" in one)
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from codings(part)
