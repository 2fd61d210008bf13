"""Every artifact is valid FHIR: by the R4B models of fhir.resources, and by HL7's JSON Schema of R4."""

from typing import Any

from cds.fhir.knowledge import bundles
from tests.fhir.knowledge.conftest import Export
from tests.fhir.oracle import model, problems


def test_every_artifact_is_valid_by_the_r4b_models(export: Export) -> None:
    for resource in export.resources:
        assert model(resource).get_resource_type() == resource["resourceType"]  # type: ignore[attr-defined]


def test_every_artifact_is_valid_by_the_json_schema_of_r4(export: Export) -> None:
    assert {f"{one['resourceType']}/{one['id']}": told for one in export.resources if (told := problems(one))} == {}


def test_the_bundles_are_valid_by_both(export: Export) -> None:
    parts = [one for one in export.resources if one["resourceType"] == "CodeSystem"]
    links = {"self": "https://cds.example.org/fhir/CodeSystem"}
    for bundle in (bundles.collection(parts), bundles.searchset(parts, total=len(parts), address="https://cds.example.org/fhir", links=links)):
        assert (problems(bundle), len(bundle["entry"])) == ([], len(parts))
        model(bundle)
    empty = bundles.searchset([], total=0, address="https://cds.example.org/fhir", links=links)
    assert (problems(empty), "entry" in empty) == ([], False)


def test_the_schema_refuses_what_is_no_fhir(export: Export) -> None:
    plan = export.one("PlanDefinition", export.release.name)
    wrong: list[dict[str, Any]] = [
        {"status": "sealed"},
        {"goals": []},
        {"id": "a b"},
        {"action": [{"relatedAction": [{"relationship": "afterwards"}]}]},
    ]
    assert all(problems(plan | one) for one in wrong)
