"""Read, vread and search of the knowledge over HTTP."""

from collections.abc import Iterable
from typing import Any

import pytest

from cds.foundation.errors import NotFound, WrongShape
from cds.service.knowledge import KINDS
from tests.web.conftest import Client


@pytest.mark.parametrize("kind", KINDS)
def test_an_artifact_is_read_as_fhir_with_its_version_as_its_tag(client: Client, kind: str) -> None:
    response = client().get(f"/fhir/{kind}/a-thing")
    assert (response.mimetype, response.headers["ETag"]) == ("application/fhir+json", 'W/"2.0.0"')
    assert response.json == {"resourceType": kind, "id": "a-thing", "meta": {"versionId": "2.0.0"}}


def test_an_older_version_is_read_from_the_history(client: Client) -> None:
    response = client().get("/fhir/Library/a-thing/_history/1.0.0")
    assert (response.json, response.headers["ETag"]) == ({"resourceType": "Library", "id": "a-thing", "meta": {"versionId": "1.0.0"}}, 'W/"1.0.0"')


@pytest.mark.parametrize(
    ("prefer", "strict"), [({}, False), ({"Prefer": "handling=lenient"}, False), ({"Prefer": "respond-async; handling = strict"}, True)]
)
def test_a_search_gets_every_parameter_in_order_and_whether_the_client_is_strict(client: Client, prefer: dict[str, str], strict: bool) -> None:
    seen: list[Any] = []

    def keep(kind: str, parameters: Iterable[tuple[str, str]], strict: bool) -> dict[str, Any]:
        seen.append((kind, list(parameters), strict))
        return {"resourceType": "Bundle", "type": "searchset", "total": 0}

    response = client(artifacts=keep).get("/fhir/ValueSet?status=active&status=draft&name=a%20b", headers=prefer)
    assert (response.mimetype, response.status_code) == ("application/fhir+json", 200)
    assert seen == [("ValueSet", [("status", "active"), ("status", "draft"), ("name", "a b")], strict)]


@pytest.mark.parametrize(("error", "status"), [(NotFound("None."), 404), (WrongShape("Not so."), 400)])
def test_a_refusal_is_an_outcome_with_its_status(client: Client, error: Exception, status: int) -> None:
    def refuse(*_: Any) -> dict[str, Any]:
        raise error

    for path in ("/fhir/Library/a-thing", "/fhir/Library"):
        response = client(artifact=refuse, artifacts=refuse).get(path)
        assert (response.status_code, response.mimetype) == (status, "application/fhir+json")
        assert response.get_json()["resourceType"] == "OperationOutcome"


def test_another_type_is_not_served(client: Client) -> None:
    response = client().get("/fhir/Patient/1")
    assert (response.status_code, response.get_json()["issue"][0]["code"]) == (404, "not-found")
