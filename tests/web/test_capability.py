"""The CapabilityStatement says exactly what the routes under /fhir do."""

from collections.abc import Iterator

import flask
import pytest

from cds.fhir import audit_searching, capability, operations
from cds.service.knowledge import KINDS
from cds.web import application
from tests import openapi
from tests.web.conftest import Lines, uses

INTERACTIONS = {
    ("GET", "/fhir/<{kind}>/<id:name>"): "read",
    ("GET", "/fhir/<{kind}>/<id:name>/_history/<id:version>"): "vread",
    ("GET", "/fhir/<{kind}>"): "search-type",
    ("POST", "/fhir/<{kind}>/_search"): "search-type",
}
OF_THE_LEDGER = audit_searching.KINDS


@pytest.fixture
def served() -> flask.Flask:
    """The web over use cases that do nothing."""
    return application.assemble(uses(), body_limit=1000, secure=False, log=Lines())


def told() -> Iterator[tuple[str, str]]:
    """Every interaction and operation that the statement promises, as type and what is done with it."""
    (rest,) = capability.statement(address="https://cds.example.org", version="1")["rest"]
    yield from (("", one["code"]) for one in rest["interaction"])
    for resource in rest["resource"]:
        yield from ((resource["type"], one["code"]) for one in resource.get("interaction", ()))
        yield from ((resource["type"], f"${one['name']}") for one in resource.get("operation", ()))


def routed(app: flask.Flask) -> Iterator[tuple[str, str]]:
    """The same, as the routes have it."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/fhir") or rule.rule == "/fhir/metadata":
            continue
        (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule == "/fhir":
            yield "", "batch"
        elif "$" in rule.rule:
            kind, *_, code = rule.rule.removeprefix("/fhir/").split("/")
            yield kind, code
        elif rule.rule.split("/")[2] in OF_THE_LEDGER:
            yield rule.rule.split("/")[2], "read" if rule.rule.endswith("<id:name>") else "search-type"
        else:
            generic = rule.rule.replace(f"any({', '.join(KINDS)}):kind", "{kind}")
            yield from ((kind, INTERACTIONS[method, generic]) for kind in KINDS)


def test_the_statement_promises_what_is_routed_and_no_more(served: flask.Flask) -> None:
    assert set(told()) == set(routed(served))


def test_an_operation_works_on_an_instance_where_its_definition_says_so(served: flask.Flask) -> None:
    rules = [rule.rule for rule in served.url_map.iter_rules() if "$" in rule.rule]
    for one in operations.OPERATIONS:
        found = [rule for rule in rules if rule.startswith(f"/fhir/{one.resource}/") and rule.endswith(f"/${one.code}")]
        assert any("<" in rule for rule in found) is one.instance
        assert any("<" not in rule for rule in found)


def test_the_statement_is_served_with_what_it_is_asked_for(served: flask.Flask) -> None:
    response = openapi.client(served).get("/fhir/metadata")
    assert (response.status_code, response.get_json()["resourceType"]) == (200, "CapabilityStatement")
