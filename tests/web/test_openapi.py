"""The OpenAPI document is valid, and its paths and methods are exactly those that are served."""

import re
from dataclasses import replace
from typing import Any

import flask
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from cds.web import application, callers
from cds.web.openapi import document, shapes, table
from cds.web.openapi.document import Facing
from tests import openapi
from tests.web.conftest import Client, Lines, uses


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The document."""
    return document.document("0.1.0")


def served(app: flask.Flask) -> set[tuple[str, str]]:
    """Each method and path of the routes."""
    return {
        (method.lower(), re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS"}
    }


def test_the_document_is_valid_openapi(described: dict[str, Any]) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_a_document_that_is_not_valid_is_found_out(described: dict[str, Any]) -> None:
    wrong = described | {"paths": {"/x/{y}": {"get": {"responses": {}}}}}
    assert list(OpenAPIV31SpecValidator(wrong).iter_errors()) != []


def test_the_document_has_exactly_what_is_served(described: dict[str, Any]) -> None:
    app = application.assemble(uses(), body_limit=1000, secure=False, log=Lines())
    told = {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert told == served(app)


def test_a_form_that_is_closed_is_not_in_the_document() -> None:
    app = application.assemble(uses(), body_limit=1000, secure=False, log=Lines(), entrance=replace(callers.OPEN, form_open=False))
    told = app.test_client().get("/openapi.json").get_json()
    assert {(method, path) for path, methods in told["paths"].items() for method in methods} == served(app)


SECURE: list[dict[str, list[str]]] = [{"clientToken": []}]


@pytest.mark.parametrize(
    ("facing", "call", "discovery"),
    [
        (Facing("https://cds.example.org"), SECURE, SECURE),
        (Facing("https://cds.example.org", discovery_open=True), SECURE, [*SECURE, {}]),
        (Facing("http://127.0.0.1:8080", closed=False), [], []),
    ],
)
def test_the_document_tells_of_the_service_as_it_is_set(facing: Facing, call: Any, discovery: Any) -> None:
    told = document.document("0.1.0", facing)
    operations = {f"{method} {path}": one for path, methods in told["paths"].items() for method, one in methods.items()}
    assert told["servers"] == [{"url": facing.address}]
    assert operations["post /cds-services/{service_id}"]["security"] == call
    assert operations["get /cds-services"]["security"] == discovery
    assert ("securitySchemes" in told["components"], "401" in operations["get /cds-services"]["responses"]) == (facing.closed, facing.closed)
    assert [error.message for error in OpenAPIV31SpecValidator(told).iter_errors()] == []


def test_the_document_is_served_for_the_settings_of_the_service() -> None:
    closed = replace(callers.OPEN, door=replace(callers.OPEN.door, closed=True), discovery_open=True)
    app = application.assemble(uses(), body_limit=1000, secure=False, log=Lines(), address="https://cds.example.org", entrance=closed)
    told = app.test_client().get("/openapi.json").get_json()
    assert told == document.document("0.1.0", Facing("https://cds.example.org", discovery_open=True))


def test_the_headers_that_answers_have_are_told(client: Client, described: dict[str, Any]) -> None:
    paths = described["paths"]
    read = client(artifact=lambda *_: {"resourceType": "Library", "meta": {"versionId": "1.0.0"}}).get("/fhir/Library/x")
    for method in ("get", "head"):
        assert set(paths["/fhir/{kind}/{name}"][method]["responses"]["200"]["headers"]) == {"ETag"}
    assert re.fullmatch(paths["/fhir/{kind}/{name}"]["get"]["responses"]["200"]["headers"]["ETag"]["schema"]["pattern"], read.headers["ETag"])
    assert set(paths["/form"]["get"]["responses"]["303"]["headers"]) == {"Location"}
    refused = client().delete("/livez")
    told = paths["/livez"]["get"]["responses"]["405"]
    assert (refused.status_code, set(told["headers"]) <= set(refused.headers.keys()), "application/json" in told["content"]) == (405, True, True)


@pytest.mark.parametrize("path", ["/cds-services/{service_id}", "/cds-services/{service_id}/feedback"])
def test_hook_calls_are_taken_as_either_json(described: dict[str, Any], path: str) -> None:
    assert set(described["paths"][path]["post"]["requestBody"]["content"]) == {"application/json", "application/fhir+json"}


def test_head_is_told_without_bodies_wherever_get_is(described: dict[str, Any]) -> None:
    both = {path: methods for path, methods in described["paths"].items() if "get" in methods}
    assert both
    for methods in both.values():
        assert set(methods["head"]["responses"]) == set(methods["get"]["responses"])
        assert not any("content" in answer for answer in methods["head"]["responses"].values())


def test_what_a_route_asks_of_its_caller_is_told_as_it_is() -> None:
    app = application.assemble(uses(), body_limit=1000, secure=False, log=Lines())
    endpoints = {
        (method.lower(), re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule)): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    asked = {(route.method, route.path): route.need for route in table.ROUTES}
    assert asked == {key: callers.NEEDS[endpoints[key]] for key in asked}


def test_only_what_needs_a_token_is_answered_without_a_word(described: dict[str, Any]) -> None:
    operations = {f"{method} {path}": one for path, methods in described["paths"].items() for method, one in methods.items()}
    bare = {name for name, one in operations.items() if "content" not in one["responses"].get("401", {"content": {}})}
    assert bare == {name for name, one in operations.items() if {"clientToken": []} in one["security"]}
    assert "post /cds-services/{service_id}" in bare
    assert "get /livez" not in bare


@pytest.mark.parametrize(
    "wrong",
    [
        ("GET", "/livez", 200, "application/json", b'{"alive": false}'),
        ("GET", "/livez", 200, "text/html", b""),
        ("GET", "/livez", 418, "application/json", b"{}"),
        ("POST", "/cds-services/a", 200, "application/json", b'{"cards": [], "systemActions": []}'),
        ("POST", "/cds-services/a", 401, "application/json", b"{}"),
        ("POST", "/cds-services/a", 412, "application/json", b'{"resourceType": "OperationOutcome", "issue": []}'),
        ("GET", "/fhir/Library/a", 200, "application/fhir+json", b'{"resourceType": "Library", "id": "a b"}'),
        ("POST", "/fhir/Questionnaire/$populate", 200, "application/json", b'{"resourceType": "Parameters", "parameter": [{"name": "issues"}]}'),
        ("GET", "/nothing", 200, "application/json", b"{}"),
        ("GET", "/nothing", 404, "application/json", b'{"resourceType": "OperationOutcome"}'),
    ],
)
def test_an_answer_that_is_not_as_documented_is_found_out(wrong: tuple[str, str, int, str, bytes]) -> None:
    assert len(openapi.faults(*wrong)) == 1


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [one for part in value.values() for one in references(part)]
        return [one for part in value for one in references(part)] if isinstance(value, list) else []

    found = references(described)
    assert len(found) > 50
    for reference in found:
        place: Any = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_schema_is_used(described: dict[str, Any]) -> None:
    text = str(described)
    assert [name for name in described["components"]["schemas"] if f"'{shapes.PLACE}/{name}'" not in text] == []


def test_the_document_is_served_with_the_version_of_the_software(client: Client) -> None:
    response = client().get("/openapi.json")
    assert (response.status_code, response.mimetype, response.get_json()["info"]["version"]) == (200, "application/json", "0.1.0")
