"""What the service says of itself is valid FHIR, and names every operation with a definition that can be read."""

from typing import Any

import pytest

from cds.fhir import audit_searching, capability, operations
from cds.fhir.knowledge import searching
from tests.fhir import oracle

STATEMENT = capability.statement(address="https://cds.example.org/", version="1.2.3")
DEFINITIONS = operations.definitions("1.2.3")
ALL = (STATEMENT, *DEFINITIONS)
LAST_LISTED = "3.5.0"
"""The JSON Schema of R4 lists the versions of FHIR, and stops before its own."""


@pytest.mark.parametrize("resource", ALL, ids=lambda one: one["id"])
def test_what_is_said_is_valid_by_the_models_and_by_the_json_schema(resource: dict[str, Any]) -> None:
    oracle.model(resource)
    known = {"fhirVersion": LAST_LISTED} if "fhirVersion" in resource else {}
    assert oracle.problems(resource | known) == []


def test_the_json_schema_refuses_a_statement_that_is_none() -> None:
    (rest,) = STATEMENT["rest"]
    for wrong in ({"format": None}, {"kind": "server"}, {"rest": [{**rest, "mode": "both"}]}):
        assert oracle.problems(STATEMENT | {"fhirVersion": LAST_LISTED} | wrong) != []


def test_the_statement_is_of_a_running_server_of_r4_in_json() -> None:
    told = [STATEMENT[name] for name in ("kind", "fhirVersion", "format", "version")]
    assert told == ["instance", "4.0.1", ["json"], "1.2.3"]
    assert STATEMENT["implementation"]["url"] == "https://cds.example.org/fhir"


def test_every_operation_is_named_with_the_canonical_of_its_definition() -> None:
    (rest,) = STATEMENT["rest"]
    named = {one["definition"]: (resource["type"], one["name"]) for resource in rest["resource"] for one in resource.get("operation", ())}
    assert named == {one["url"]: (one["resource"][0], one["code"]) for one in DEFINITIONS}
    assert all(one["url"].endswith(f"/OperationDefinition/{one['id']}") for one in DEFINITIONS)


def test_every_type_that_is_searched_has_the_parameters_that_are_read() -> None:
    (rest,) = STATEMENT["rest"]
    searched = {one["type"]: [parameter["name"] for parameter in one["searchParam"]] for one in rest["resource"] if "interaction" in one}
    views = {kind: list(audit_searching.TYPES[kind]) for kind in audit_searching.KINDS}
    assert searched == {key: list(searching.ELEMENTS) for key in capability.KINDS} | views


def test_the_ledger_is_read_and_searched_and_has_no_versions() -> None:
    (rest,) = STATEMENT["rest"]
    told = {one["type"]: [part["code"] for part in one["interaction"]] for one in rest["resource"] if one.get("versioning") == "no-version"}
    assert told == {key: ["read", "search-type"] for key in audit_searching.KINDS}


def test_only_an_evaluation_changes_something_since_it_is_recorded() -> None:
    assert [one["code"] for one in DEFINITIONS if one["affectsState"]] == ["evaluate"]


def test_another_address_changes_nothing_but_where_the_service_is() -> None:
    moved = capability.statement(address="http://127.0.0.1:1", version="1.2.3")
    assert [key for key in STATEMENT if STATEMENT[key] != moved[key]] == ["implementation"]
