"""A head that is too long is refused before anything in it is read, and of what is taken a bounded part is looked at."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.web import bodies, heads
from tests.web.conftest import Client, Lines
from tests.web.doors import GOOD, Porter, guarded

LONG = "a/b," * (heads.HEADER // 4) + "x"
MOST = "x" * heads.HEADER
HEADERS = ("Accept", "Authorization", "Content-Type", "If-None-Match", "Origin", "Prefer", "X-Forwarded-For", "X-Of-Nobody")
ANYWHERE = (("GET", "/fhir/metadata"), ("GET", "/decisions/d-1"), ("GET", "/nowhere"), ("POST", "/fhir"), ("POST", "/fhir/ValueSet/_search"))


@pytest.mark.parametrize(("method", "path"), ANYWHERE)
@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_is_too_long_is_refused_wherever_it_goes(log: Lines, method: str, path: str, name: str) -> None:
    porter = Porter()
    response = guarded(porter, log, hops=1).open(path, method=method, headers={name: LONG})
    (issue,) = response.get_json()["issue"]
    assert (response.status_code, issue["code"], str(heads.HEADER) in issue["diagnostics"]) == (431, "too-long", True)
    assert (porter.knocks, porter.counted, response.headers["X-Content-Type-Options"]) == ([], {}, "nosniff")
    assert [line["status"] for line in log.written] == [431]


@pytest.mark.parametrize("name", ["Accept-Language", "If-None-Match", "X-Of-Nobody"])
def test_the_longest_header_is_taken(client: Client, name: str) -> None:
    assert client().get("/fhir/Library/x", headers={name: MOST}).status_code == 200


def test_of_the_types_that_a_caller_accepts_so_many_are_looked_at_and_no_more(client: Client) -> None:
    for path in ("/fhir/metadata", "/decisions/d-1", "/releases/a/1.0.0"):
        found = [
            client().get(path, headers={"Accept": "a/b," * others + "application/json"}).status_code
            for others in (bodies.MOST_TYPES - 1, bodies.MOST_TYPES)
        ]
        assert found == [200, 406]


def test_an_accept_header_that_is_cut_within_quotes_is_as_good_as_none(client: Client) -> None:
    cut = "application/json," + 'a/b;x="' + "," * 60 + '"'
    assert client().get("/fhir/metadata", headers={"Accept": cut}).mimetype == "application/fhir+json"


def test_an_error_is_negotiated_by_no_more_types_either(client: Client) -> None:
    page = client().get("/nowhere", headers={"Accept": "a/b," * (bodies.MOST_TYPES - 1) + "text/html"})
    late = client().get("/nowhere", headers={"Accept": "a/b," * bodies.MOST_TYPES + "text/html"})
    assert (page.mimetype, late.mimetype) == ("text/html", "application/json")


@pytest.mark.parametrize("path", ["/fhir/ValueSet", "/", "/nowhere", "/cds-services"])
@pytest.mark.parametrize("query", ["name=" + "x" * (heads.ADDRESS - 4), "x=1&" * heads.MOST_FIELDS, "&" * heads.MOST_FIELDS])
def test_a_query_that_is_too_long_is_refused(client: Client, path: str, query: str) -> None:
    response = client().get(f"{path}?{query}")
    assert (response.status_code, response.get_json()["issue"][0]["code"]) == (414, "too-long")


def test_the_longest_query_is_taken(client: Client) -> None:
    seen: list[Any] = []

    def keep(kind: str, parameters: Any, strict: bool) -> dict[str, Any]:
        seen.extend(parameters)
        return {"resourceType": "Bundle", "type": "searchset", "total": 0}

    assert client(artifacts=keep).get("/fhir/ValueSet?" + "&".join(["name=x"] * heads.MOST_FIELDS)).status_code == 200
    assert client(artifacts=keep).get("/fhir/ValueSet?name=" + "x" * (heads.ADDRESS - 5)).status_code == 200
    assert len(seen) == heads.MOST_FIELDS + 1


def _entry(client: FlaskClient, url: str, **request: Any) -> dict[str, Any]:
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": url, **request}}]}
    answer: dict[str, Any] = client.post("/fhir", json=bundle, headers={"Authorization": GOOD}).get_json()["entry"][0]["response"]
    return answer


def test_what_an_entry_of_a_batch_says_is_bounded_like_a_head(client: Client) -> None:
    web = client(body_limit=100_000)
    assert _entry(web, "Library/x", ifNoneMatch=LONG)["status"].startswith("431")
    assert _entry(web, "Library?" + "x=1&" * heads.MOST_FIELDS)["status"].startswith("414")
    assert _entry(web, "Library/" + "x/" * heads.ADDRESS)["outcome"]["issue"][0]["code"] == "structure"
