"""A batch: each entry is answered on its own, exactly as its own call would be, and what is no batch is refused as a whole."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.foundation.errors import LedgerUnavailable, NotProcessable
from cds.web import batch
from tests.web.conftest import Client

CANARY = "canary-7731"
EVALUATE = "QuestionnaireResponse/$evaluate"


def asked(method: str, url: str, resource: Any = None, **request: Any) -> dict[str, Any]:
    """An entry."""
    return {"request": {"method": method, "url": url, **request}} | ({"resource": resource} if resource is not None else {})


def sent(client: FlaskClient, *entries: Any, **bundle: Any) -> Any:
    """The answer to a batch."""
    return client.post("/fhir", json={"resourceType": "Bundle", "type": "batch", "entry": list(entries)} | bundle)


def answers(client: FlaskClient, *entries: Any) -> list[dict[str, Any]]:
    """The entries of the answer."""
    response = sent(client, *entries)
    document = response.get_json()
    assert (response.status_code, response.mimetype, document["type"]) == (200, "application/fhir+json", "batch-response")
    assert len(document.get("entry", [])) == len(entries)
    assert CANARY not in response.text
    return list(document.get("entry", []))


def test_each_entry_is_answered_in_its_place(client: Client) -> None:
    read, search, nothing = answers(client(), asked("GET", "Library/x"), asked("GET", "ValueSet?status=active"), asked("GET", f"Patient/{CANARY}"))
    assert (read["resource"]["id"], read["response"]) == ("x", {"status": "200 OK", "etag": 'W/"2.0.0"'})
    assert (search["resource"]["type"], search["response"]["status"]) == ("searchset", "200 OK")
    assert (nothing["response"]["status"], nothing["response"]["outcome"]["issue"][0]["code"]) == ("404 Not Found", "not-supported")
    assert "resource" not in nothing


def test_an_operation_gets_the_resource_of_its_entry_number_for_number(client: Client) -> None:
    seen: list[bytes] = []

    def keep(body: bytes, _: str) -> dict[str, Any]:
        seen.append(body)
        return {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:uuid:d-1"}]}

    text = '{"a":[1.50,1E+2,12345678901234567890,0.10000000000000000001,null,true,"\\u00e9\\ud800",{},[]]}'
    body = f'{{"resourceType":"Bundle","type":"batch","entry":[{{"resource":{text},"request":{{"method":"POST","url":"{EVALUATE}"}}}}]}}'
    response = client(guide=keep).post("/fhir", data=body, content_type="application/fhir+json")
    assert (response.get_json()["entry"][0]["response"]["status"], seen) == ("200 OK", [text.encode()])


def test_one_entry_that_fails_stops_no_other(client: Client) -> None:
    def refuse(*_: Any) -> dict[str, Any]:
        raise LedgerUnavailable("Not recorded.")

    def fail(*_: Any) -> dict[str, Any]:
        raise ValueError(CANARY)

    first, second, last = answers(
        client(guide=refuse, artifacts=fail), asked("POST", EVALUATE, {}), asked("GET", "Library"), asked("GET", "Library/x")
    )
    assert [one["response"]["status"] for one in (first, second, last)] == ["503 Service Unavailable", "500 Internal Server Error", "200 OK"]
    assert first["response"]["outcome"]["issue"][0]["diagnostics"] == "Not recorded."


def test_an_entry_that_the_caller_holds_and_a_head_have_no_resource(client: Client) -> None:
    held, head = answers(client(), asked("GET", "Library/x", ifNoneMatch='W/"2.0.0"'), asked("HEAD", "Library/x"))
    assert head == {"response": {"status": "200 OK", "etag": 'W/"2.0.0"'}}
    assert held == {"response": {"status": "304 Not Modified", "etag": 'W/"2.0.0"'}}


@pytest.mark.parametrize(
    "entry",
    [
        {},
        [],
        None,
        CANARY,
        {"request": CANARY},
        {"request": {}},
        asked("GET", ""),
        asked("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": []}),
        asked("POST", "?_format=json", {"resourceType": "Bundle", "type": "batch", "entry": []}),
        asked(CANARY, "Library"),
        asked("OPTIONS", "Library"),
        {"request": {"method": "GET", "url": [CANARY]}},
        {"request": {"method": ["GET"], "url": "Library"}},
        asked("GET", "Library/\u00e9"),
        asked("GET", "Library/\ud800"),
    ],
)
def test_an_entry_that_asks_for_nothing_is_refused_by_itself(client: Client, entry: Any) -> None:
    refused, read = answers(client(), entry, asked("GET", "Library/x"))
    assert (refused["response"]["status"], refused["response"]["outcome"]["issue"][0]["code"]) == ("400 Bad Request", "structure")
    assert read["response"]["status"] == "200 OK"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/", "404"),
        (".", "404"),
        ("../fhir", "404"),
        ("../cds-services", "404"),
        ("/Library/x", "404"),
        (f"http://example.org/{CANARY}", "404"),
        ("Library/%2e%2e", "200"),
        ("Library/%00", "404"),
        ("Library/%ff", "404"),
        ("Library/x#y", "404"),
    ],
)
def test_an_address_leads_nowhere_but_to_what_is_under_fhir(client: Client, url: str, status: str) -> None:
    (told,) = answers(client(), asked("GET", url))
    assert told["response"]["status"].startswith(status)


def test_a_write_of_an_entry_is_refused_as_it_is_by_itself(client: Client) -> None:
    written, deleted = answers(client(), asked("PUT", "Library/x", {"resourceType": "Library"}), asked("DELETE", "Library/x"))
    assert {one["response"]["status"] for one in (written, deleted)} == {"405 Method Not Allowed"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"resourceType": "Patient"}, 400, "structure"),
        ({"entry": {}}, 400, "structure"),
        ({"type": "transaction"}, 422, "not-supported"),
        ({"type": "collection"}, 422, "not-supported"),
        ({"type": CANARY}, 422, "not-supported"),
        ({"type": None}, 422, "not-supported"),
        ({"entry": [asked("GET", "Library/x")] * (batch.MOST_ENTRIES + 1)}, 413, "too-long"),
    ],
)
def test_what_is_no_batch_is_refused_and_nothing_of_it_is_answered(client: Client, change: dict[str, Any], status: int, code: str) -> None:
    def never(*_: Any) -> dict[str, Any]:
        raise AssertionError

    response = sent(client(artifact=never, body_limit=10_000), asked("GET", "Library/x"), **change)
    (issue,) = response.get_json()["issue"]
    assert (response.status_code, issue["code"], CANARY in response.text) == (status, code, False)


def test_the_most_entries_are_taken_and_none_at_all_is_no_error(client: Client) -> None:
    assert len(answers(client(body_limit=10_000), *[asked("GET", "Library/x")] * batch.MOST_ENTRIES)) == batch.MOST_ENTRIES
    assert answers(client()) == []
    for empty in ({"resourceType": "Bundle", "type": "batch"}, {"resourceType": "Bundle", "type": "batch", "entry": list[Any]()}):
        assert client().post("/fhir", json=empty).get_json() == {"resourceType": "Bundle", "type": "batch-response"}


@pytest.mark.parametrize(("asked_for", "status"), [("json", 200), ("application/fhir%2Bjson", 200), ("application/json", 406), ("xml", 406)])
@pytest.mark.parametrize(("method", "url"), [("POST", EVALUATE), ("GET", "Library/x")])
def test_an_entry_is_answered_as_fhir_or_not_at_all(client: Client, method: str, url: str, asked_for: str, status: int) -> None:
    """Cards are no resource, so that they stand nowhere in a Bundle; what is refused was not decided before."""

    def never(*_: Any) -> dict[str, Any]:
        raise AssertionError

    web = client(submit=never) if status == HTTPStatus.OK else client(submit=never, guide=never)
    (told,) = answers(web, asked(method, f"{url}?_format={asked_for}", {}))
    assert told["response"]["status"].startswith(str(status))
    assert ("resourceType" in told.get("resource", {})) is (status == HTTPStatus.OK)
    if status != HTTPStatus.OK:
        assert "Leave _format out" in told["response"]["outcome"]["issue"][0]["diagnostics"]


def test_a_batch_is_taken_with_a_slash_behind_the_address(client: Client) -> None:
    body = {"resourceType": "Bundle", "type": "batch", "entry": [asked("GET", "Library/x")]}
    answer = client().post("/fhir/", json=body)
    assert (answer.status_code, answer.get_json()) == (200, client().post("/fhir", json=body).get_json())
    assert client().get("/fhir/").status_code == client().get("/fhir").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client().get("/fhir/").get_json()["issue"][0]["code"] == "not-supported"


@pytest.mark.parametrize(
    ("body", "kind", "status"), [("{", "application/json", 400), ("{}", "text/plain", 415), (" " * 2000, "application/json", 413)]
)
def test_a_body_that_cannot_be_read_is_refused(client: Client, body: str, kind: str, status: int) -> None:
    response = client().post("/fhir", data=body, content_type=kind)
    assert (response.status_code, response.mimetype) == (status, "application/fhir+json")


def test_each_entry_has_its_line_in_the_log_and_no_decision_of_another(client: Client, log: Any) -> None:
    answers(client(), asked("POST", EVALUATE, {}), asked("GET", f"Library/{CANARY}-x"[:12]), asked("GET", "Library/y"))
    lines = [(line["method"], line["route"].split("/")[-1], line["status"], line.get("decision_digest")) for line in log.written]
    assert lines[0][:3] == ("POST", "$evaluate", 200)
    assert lines[0][3] is not None
    assert [line[3] for line in lines[1:]] == [None, None, None]
    assert lines[-1][:3] == ("POST", "fhir", 200)
    assert CANARY[:8] not in str(log.written)


def test_an_entry_is_as_strict_as_the_request_around_it(client: Client) -> None:
    seen: list[bool] = []

    def keep(kind: str, parameters: Any, strict: bool) -> dict[str, Any]:
        seen.append(strict)
        return {"resourceType": "Bundle", "type": "searchset", "total": 0}

    body = {"resourceType": "Bundle", "type": "batch", "entry": [asked("GET", "Library")]}
    client(artifacts=keep).post("/fhir", json=body, headers={"Prefer": "handling=strict"})
    assert seen == [True]


def test_a_refusal_has_the_outcome_of_its_own_call(client: Client) -> None:
    def refuse(*_: Any) -> dict[str, Any]:
        raise NotProcessable("Not so.", expression="QuestionnaireResponse.item[0]")

    web = client(guide=refuse)
    (told,) = answers(web, asked("POST", EVALUATE, {}))
    own = web.post(f"/fhir/{EVALUATE}", json={}, headers={"Accept": "application/fhir+json"})
    assert (told["response"]["outcome"], told["response"]["status"]) == (json.loads(own.data), "422 Unprocessable Entity")
    assert own.status_code == 422


def test_once_the_answers_are_too_large_together_the_other_entries_are_refused_and_not_called(client: Client) -> None:
    called: list[str] = []
    half = "x" * (batch.MOST_BYTES // 2)

    def large(kind: str, name: str, version: str | None) -> dict[str, Any]:
        called.append(name)
        return {"resourceType": kind, "id": name, "description": half}

    told = answers(client(artifact=large), *[asked("GET", f"Library/{number}") for number in range(5)])
    assert called == ["0", "1"]
    assert [one["response"]["status"][:3] for one in told] == ["200", "200", "413", "413", "413"]
    (issue,) = told[-1]["response"]["outcome"]["issue"]
    assert (issue["severity"], issue["code"]) == ("error", "too-costly")
    assert "resource" not in told[-1]
