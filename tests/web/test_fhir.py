"""Read, vread and search of the knowledge over HTTP, in the type and under the tag that a client can hold."""

import io
from collections.abc import Iterable
from typing import Any

import pytest

from cds.foundation.errors import NotFound, WrongShape
from cds.service.knowledge import KINDS
from cds.web import bodies, fhir, heads
from tests.web.conftest import Client

SEARCHSET = {"resourceType": "Bundle", "type": "searchset", "total": 0}
PATHS = ("/fhir/metadata", "/fhir/Library", "/fhir/Library/a-thing", "/fhir/Library/a-thing/_history/1.0.0")
HAPI = "application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml+fhir;q=0.9, application/json+fhir;q=0.9"


class Kept:
    """A search that remembers what it was asked for."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, kind: str, parameters: Iterable[tuple[str, str]], strict: bool) -> dict[str, Any]:
        self.seen.append((kind, list(parameters), strict))
        return SEARCHSET


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
    kept = Kept()
    response = client(artifacts=kept).get("/fhir/ValueSet?status=active&status=draft&name=a%20b", headers=prefer)
    assert (response.mimetype, response.status_code) == ("application/fhir+json", 200)
    assert kept.seen == [("ValueSet", [("status", "active"), ("status", "draft"), ("name", "a b")], strict)]


def test_a_search_by_post_takes_the_address_and_the_form(client: Client) -> None:
    kept = Kept()
    response = client(artifacts=kept).post("/fhir/ValueSet/_search?status=active", data={"name": "a b", "url": "http://x|1"})
    assert (response.status_code, response.get_json()) == (200, SEARCHSET)
    assert kept.seen == [("ValueSet", [("status", "active"), ("name", "a b"), ("url", "http://x|1")], False)]


def test_a_search_by_post_takes_a_form_or_nothing_and_no_json(client: Client) -> None:
    assert client().post("/fhir/ValueSet/_search").status_code == 200
    refused = client().post("/fhir/ValueSet/_search", json={})
    assert (refused.status_code, refused.get_json()["issue"][0]["code"]) == (415, "not-supported")


def test_a_search_by_post_may_ask_for_its_type_in_the_form(client: Client) -> None:
    assert client().post("/fhir/ValueSet/_search", data={"_format": "application/json"}).mimetype == "application/json"
    assert client().post("/fhir/ValueSet/_search", data={"_format": "xml"}).status_code == 406


@pytest.mark.parametrize(("limit", "size"), [(100, 101), (1_000_000, fhir.MOST_BYTES + 1)])
def test_a_form_over_the_limit_is_refused_whether_its_length_was_announced_or_not(client: Client, limit: int, size: int) -> None:
    web, body = client(body_limit=limit), b"name=".ljust(size, b"x")
    announced = web.post("/fhir/ValueSet/_search", data=body, content_type=bodies.FORM)
    chunked = web.post(
        "/fhir/ValueSet/_search", input_stream=io.BytesIO(body), content_type=bodies.FORM, environ_overrides={"wsgi.input_terminated": True}
    )
    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert web.post("/fhir/ValueSet/_search", data=body[:-1], content_type=bodies.FORM).status_code == 200


@pytest.mark.parametrize("body", [b"x=1&" * heads.MOST_FIELDS, b"&" * heads.MOST_FIELDS, b"name=%ff", b"name=\xc3\xa9"])
def test_a_form_of_too_many_parameters_or_not_in_utf_8_is_refused_before_it_is_searched_for(client: Client, body: bytes) -> None:
    kept = Kept()
    response = client(artifacts=kept, body_limit=10_000).post("/fhir/ValueSet/_search", data=body, content_type=bodies.FORM)
    assert (response.status_code, response.get_json()["issue"][0]["code"], kept.seen) == (400, "structure", [])


def test_a_read_takes_no_parameters_from_a_body(client: Client) -> None:
    kept = Kept()
    client(artifacts=kept).get("/fhir/ValueSet?name=a", data={"name": "b"})
    assert kept.seen == [("ValueSet", [("name", "a")], False)]


@pytest.mark.parametrize(("error", "status"), [(NotFound("None."), 404), (WrongShape("Not so."), 400)])
def test_a_refusal_is_an_outcome_with_its_status(client: Client, error: Exception, status: int) -> None:
    def refuse(*_: Any) -> dict[str, Any]:
        raise error

    for path in ("/fhir/Library/a-thing", "/fhir/Library")[1 if status == 400 else 0 :]:
        response = client(artifact=refuse, artifacts=refuse).get(path)
        assert (response.status_code, response.mimetype) == (status, "application/fhir+json")
        assert response.get_json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("query", "accept", "mimetype"),
    [
        ("", None, "application/fhir+json"),
        ("", "*/*", "application/fhir+json"),
        ("", HAPI, "application/fhir+json"),
        ("", "application/json", "application/json"),
        ("", "text/html, application/xhtml+xml, */*;q=0.8", "application/fhir+json"),
        ("", "application/fhir+json; fhirVersion=4.0; charset=UTF-8", "application/fhir+json"),
        ("_format=json&_pretty=true", "application/fhir+xml", "application/fhir+json"),
        ("_format=application/fhir+json", None, "application/fhir+json"),
        ("_format=application%2Ffhir%2Bjson", None, "application/fhir+json"),
        ("_format=application/json", "*/*", "application/json"),
        ("_format=text/json", None, "application/fhir+json"),
    ],
)
def test_a_read_has_the_type_that_is_asked_for(client: Client, path: str, query: str, accept: str | None, mimetype: str) -> None:
    response = client().get(f"{path}?{query}", headers={"Accept": accept} if accept else {})
    assert (response.status_code, response.mimetype, response.headers["Vary"]) == (200, mimetype, "Accept, Origin")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ("", "application/fhir+xml"),
        ("", "application/fhir+json; fhirVersion=3.0"),
        ("_format=xml", None),
        ("_format=canary", "application/fhir+json"),
    ],
)
def test_a_type_that_is_not_served_is_refused_with_an_outcome(client: Client, path: str, query: str, accept: str | None) -> None:
    response = client().get(f"{path}?{query}", headers={"Accept": accept} if accept else {})
    assert (response.status_code, response.mimetype, "canary" in response.text) == (406, "application/fhir+json", False)
    assert response.get_json()["issue"][0]["code"] == "not-supported"


def test_an_error_has_the_type_that_is_asked_for(client: Client) -> None:
    assert client().get("/fhir/Patient", headers={"Accept": "application/json"}).mimetype == "application/json"


@pytest.mark.parametrize("path", PATHS)
def test_what_the_caller_holds_is_not_sent_again(client: Client, path: str) -> None:
    first = client().get(path)
    again = client().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.headers["ETag"][:3], again.status_code, again.data, again.headers["ETag"]) == ('W/"', 304, b"", first.headers["ETag"])
    assert (again.headers["Vary"], again.headers["Cache-Control"]) == ("Accept, Origin", "no-cache")
    assert client().get(path, headers={"If-None-Match": 'W/"0.0.1"'}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_head_is_a_read_without_its_body(client: Client, path: str) -> None:
    read, head = client().get(path), client().head(path)
    assert (head.status_code, head.data) == (200, b"")
    names = ("Content-Type", "Content-Length", "ETag", "Vary")
    assert [head.headers[name] for name in names] == [read.headers[name] for name in names]


@pytest.mark.parametrize(("version", "status"), [("4.0", 200), ("4.0.1", 200), ("5.0", 415)])
def test_a_body_of_another_version_of_fhir_is_refused(client: Client, version: str, status: int) -> None:
    kind = f"application/fhir+json; fhirVersion={version}"
    assert client().post("/fhir/QuestionnaireResponse/$evaluate", data=b"{}", content_type=kind).status_code == status
