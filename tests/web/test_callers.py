"""Who is asked for a token, what a caller who is turned away learns, and whose use cases answer."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from cds.values.client import ANYBODY, Caller
from cds.web import application, callers
from cds.web.callers import NEEDS, Need
from cds.web.limits import Limits
from cds.web.openapi import table
from tests import openapi
from tests.web.conftest import Lines, uses
from tests.web.doors import ADDRESS, GOOD, HOSPITAL, SIGNED, Porter, guarded

EVALUATE = "/fhir/QuestionnaireResponse/$evaluate"
ASKED = (
    ("GET", "/cds-services"),
    ("HEAD", "/cds-services"),
    ("POST", "/cds-services/a-service"),
    ("POST", "/cds-services/nothing-here"),
    ("POST", EVALUATE),
    ("POST", "/fhir/QuestionnaireResponse/$validate"),
    ("POST", "/fhir/Questionnaire/$process-response"),
    ("POST", "/fhir/Questionnaire/$populate"),
    ("POST", "/fhir/Questionnaire/a-form/$populate"),
    ("POST", "/fhir"),
    ("POST", "/fhir/"),
)
OPEN = (
    *("/", "/livez", "/readyz", "/version", "/openapi.json", "/source-attributes", "/releases/a/1.0.0", "/decisions/d-1"),
    *("/fhir/metadata", "/fhir/Library", "/fhir/Library/a", "/form", "/form/a-form"),
)
BAD: tuple[Mapping[str, str], ...] = ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic canary"}, {"Authorization": ""})


def served() -> Flask:
    """The service with every route."""
    return application.assemble(uses(), body_limit=1000, secure=False, log=Lines())


def test_what_each_route_needs_is_in_the_table() -> None:
    assert {rule.endpoint for rule in served().url_map.iter_rules()} == set(NEEDS)


def test_every_route_that_takes_a_message_needs_a_token_but_the_form_and_the_search() -> None:
    posted = {rule.endpoint for rule in served().url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert {name for name in posted if NEEDS[name] is not Need.TOKEN} == {"form.following", "form.answers", "fhir.search_by_post"}


def test_a_route_that_is_not_in_the_table_needs_a_token(monkeypatch: pytest.MonkeyPatch, log: Lines) -> None:
    monkeypatch.setattr(callers, "NEEDS", {})
    assert Client(guarded(Porter(), log).application).get("/livez").status_code == 401


@pytest.mark.parametrize(("method", "path"), ASKED)
@pytest.mark.parametrize("headers", BAD)
def test_without_a_good_token_the_answer_is_a_bare_401(log: Lines, method: str, path: str, headers: Mapping[str, str]) -> None:
    response = guarded(Porter(), log).open(path, method=method, headers=headers, data=b"{}", content_type="application/json")
    assert (response.status_code, response.data, response.headers["WWW-Authenticate"]) == (401, b"", "Bearer")
    assert (response.headers["Cache-Control"], response.headers.get("Content-Type")) == ("no-store", None)


def test_a_401_is_the_same_to_the_byte_whatever_the_cause_and_whatever_was_asked_for(log: Lines) -> None:
    client = guarded(Porter(), log, limits=Limits(1, 1_000))
    answers = {
        (response.status, response.data, tuple(response.headers))
        for method, path in ASKED
        for headers in BAD
        for body in (b"{}", b"no json", b"x" * 9_000)
        for response in [client.open(path, method=method, headers={**headers, "Accept": "text/html"}, data=body)]
    }
    assert len(answers) == 1


@pytest.mark.parametrize("path", OPEN)
def test_what_holds_no_patient_data_is_open(log: Lines, path: str) -> None:
    porter = Porter()
    assert guarded(porter, log).get(path).status_code in (200, 303)
    assert porter.knocks == []


def test_a_search_by_post_is_as_open_as_one_by_get(log: Lines) -> None:
    assert guarded(Porter(), log).post("/fhir/Library/_search").status_code == 200


def test_what_is_at_no_address_is_not_found_with_or_without_a_token(log: Lines) -> None:
    client = guarded(Porter(), log)
    assert [client.post("/nowhere", headers=headers).status_code for headers in ({}, SIGNED)] == [404, 404]


def test_another_method_is_refused_as_such(log: Lines) -> None:
    assert guarded(Porter(), log).post("/cds-services").status_code == 405


def test_what_was_called_is_told_by_the_public_address_never_by_the_host(log: Lines) -> None:
    porter = Porter()
    guarded(porter, log).post("/cds-services/a-service?x=1", data=b"{}", headers={**SIGNED, "Host": "evil.example"}, content_type="application/json")
    (knock,) = porter.knocks
    assert (knock.url, knock.route, knock.also) == (f"{ADDRESS}/cds-services/a-service", "/cds-services/<service_id>", "")
    assert GOOD not in repr(knock) or knock.authorization == GOOD


def test_feedback_also_names_the_service_that_it_is_of() -> None:
    app = served()
    with app.test_request_context("/cds-services/a-service/feedback", method="POST"):
        knock = callers.knock(GOOD, ADDRESS)
    assert (knock.url, knock.also) == (f"{ADDRESS}/cds-services/a-service/feedback", f"{ADDRESS}/cds-services/a-service")


def test_discovery_may_be_opened_and_a_token_that_is_sent_is_checked_all_the_same(log: Lines) -> None:
    theirs: dict[str, Any] = {"discovery": lambda: {"services": []}}
    client = guarded(Porter(), log, theirs=theirs, discovery_open=True)
    assert [client.get("/cds-services", headers=headers).status_code for headers in ({}, SIGNED, *BAD[1:])] == [200, 200, 401, 401, 401]
    assert client.get("/cds-services").get_json()["services"]
    assert client.get("/cds-services", headers=SIGNED).get_json() == {"services": []}


def test_what_a_token_opened_is_kept_by_no_cache(log: Lines) -> None:
    assert guarded(Porter(), log).get("/cds-services", headers=SIGNED).headers["Cache-Control"] == "no-store"


def test_each_caller_is_answered_by_the_use_cases_of_that_caller(log: Lines) -> None:
    theirs: dict[str, Any] = {"answer": lambda service_id, body, trace: {"cards": []}}
    client = guarded(Porter(), log, theirs=theirs)
    answer = client.post("/cds-services/a-service", data=b"{}", content_type="application/json", headers=SIGNED)
    assert answer.get_json() == {"cards": []}


def test_a_caller_whom_nobody_bound_use_cases_for_is_an_error_and_never_anybody(log: Lines) -> None:
    stranger = Porter()
    stranger.admit = lambda knock: Caller("unbound")  # type: ignore[method-assign]
    response = guarded(stranger, log).post("/cds-services/a-service", data=b"{}", content_type="application/json")
    assert response.status_code == 500


def entries(number: int) -> bytes:
    """A batch of so many evaluations."""
    entry = {"request": {"method": "POST", "url": "QuestionnaireResponse/$evaluate"}, "resource": {}}
    return json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [entry] * number}).encode()


def test_in_a_batch_one_token_is_enough_for_all_entries(log: Lines) -> None:
    porter, seen = Porter(), list[bytes]()

    def guide(body: bytes, _: str) -> Any:
        seen.append(body)
        return {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:uuid:d-1"}]}

    answer = guarded(porter, log, theirs={"guide": guide}).post("/fhir", data=entries(3), headers=SIGNED, content_type="application/fhir+json")
    assert [one["response"]["status"] for one in answer.get_json()["entry"]] == ["200 OK"] * 3
    assert (len(seen), len(porter.knocks)) == (3, 1)


def test_each_entry_of_a_batch_counts_as_a_call_of_its_caller(log: Lines) -> None:
    porter, seen = Porter(), list[bytes]()

    def guide(body: bytes, _: str) -> Any:
        seen.append(body)
        return {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:uuid:d-1"}]}

    client = guarded(porter, log, theirs={"guide": guide}, limits=Limits(3, 9))
    answer = client.post("/fhir", data=entries(4), headers=SIGNED, content_type="application/fhir+json")
    statuses = [one["response"]["status"] for one in answer.get_json()["entry"]]
    assert statuses == ["200 OK", "200 OK", "429 Too Many Requests", "429 Too Many Requests"]
    assert (len(seen), porter.counted) == (2, {"client:A hospital": 5})


KNOWLEDGE = ("/fhir/metadata", "/fhir/Library", "/fhir/Library/a", "/fhir/Library/a/_history/1.0.0", "/releases/a/1.0.0", "/source-attributes")


@pytest.mark.parametrize("path", KNOWLEDGE)
def test_a_token_that_is_sent_to_the_knowledge_is_checked_and_counts_for_its_client(log: Lines, path: str) -> None:
    porter = Porter()
    client = guarded(porter, log)
    assert [client.get(path, headers=headers).status_code for headers in ({}, SIGNED, *BAD[1:])] == [200, 200, 401, 401, 401]
    assert porter.counted["client:A hospital"] == 1


def test_in_a_batch_the_same_release_answers_a_client_as_outside_it(log: Lines) -> None:
    def pinned(kind: str, name: str, version: str | None) -> Any:
        return {"resourceType": kind, "id": name, "meta": {"versionId": "1.0.0"}}

    client = guarded(Porter(), log, theirs={"artifact": pinned})
    entry = {"request": {"method": "GET", "url": "Library/a"}}
    (inside,) = client.post("/fhir", json={"resourceType": "Bundle", "type": "batch", "entry": [entry]}, headers=SIGNED).get_json()["entry"]
    directly, anybody = (client.get("/fhir/Library/a", headers=headers) for headers in (SIGNED, {}))
    assert inside["resource"] == directly.get_json() == pinned("Library", "a", None)
    assert anybody.get_json()["meta"] == {"versionId": "2.0.0"}
    assert directly.headers["Cache-Control"] == "no-store"


def test_a_batch_without_a_token_runs_none_of_its_entries(log: Lines) -> None:
    seen = list[bytes]()
    answer = guarded(Porter(), log, theirs={"guide": seen.append}).post("/fhir", data=entries(2), content_type="application/fhir+json")
    assert (answer.status_code, seen) == (401, [])


def test_a_client_that_calls_too_often_is_told_when_to_try_again(log: Lines) -> None:
    client = guarded(Porter(), log, limits=Limits(2, 9))
    *good, late = [client.get("/cds-services", headers=SIGNED) for _ in range(3)]
    assert [one.status_code for one in (*good, late)] == [200, 200, 429]
    assert (late.headers["Retry-After"], late.get_json()["issue"][0]["code"]) == ("17", "throttled")


def test_an_address_that_guesses_too_often_is_told_when_to_try_again_and_a_good_token_from_there_is_taken(log: Lines) -> None:
    client = guarded(Porter(), log, limits=Limits(9, 2))
    assert [client.get("/cds-services").status_code for _ in range(3)] == [401, 401, 429]
    assert client.get("/cds-services", headers=SIGNED).status_code == 200


def test_the_form_is_counted_by_address(log: Lines) -> None:
    porter = Porter()
    client = guarded(porter, log, limits=Limits(9, 1))
    first, second = (client.get("/form/a-form") for _ in range(2))
    assert (first.status_code, second.status_code, second.headers["Retry-After"]) == (200, 429, "17")
    assert set(porter.counted) == {"form:127.0.0.1"}


WATCHED = ("/livez", "/readyz")


@pytest.mark.parametrize("path", [path for path in OPEN if not path.startswith("/form") and path not in WATCHED])
def test_what_is_read_without_a_token_is_counted_by_address_and_apart(log: Lines, path: str) -> None:
    porter = Porter()
    client = guarded(porter, log, limits=Limits(9, 1))
    assert [client.get(path).status_code for _ in range(2)] == [200, 429]
    assert set(porter.counted) == {"read:127.0.0.1"}
    assert [client.get("/form/a-form").status_code, client.get("/cds-services").status_code] == [200, 401]


@pytest.mark.parametrize("path", WATCHED)
def test_who_watches_over_the_service_is_never_counted(log: Lines, path: str) -> None:
    porter = Porter()
    client = guarded(porter, log, limits=Limits(1, 1))
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    assert not porter.counted


def test_a_knock_from_an_address_over_its_limit_says_so_and_is_not_counted_any_more(log: Lines) -> None:
    porter = Porter()
    client = guarded(porter, log, limits=Limits(9, 2))
    assert [client.get("/cds-services").status_code for _ in range(2)] == [401, 401]
    assert client.get("/cds-services", headers=SIGNED).status_code == 200
    assert [knock.crowd for knock in porter.knocks] == ["", "", "address:127.0.0.1"]


@pytest.mark.parametrize("address", ["canary-address", "", "203.0.113.9.9"])
def test_an_address_that_cannot_be_read_is_logged_once_and_never_told(log: Lines, address: str) -> None:
    porter = Porter()
    client = guarded(porter, log)
    for _ in range(3):
        client.get("/cds-services", environ_overrides={"REMOTE_ADDR": address})
    assert [line for line in log.written if line["event"] != "request"] == [{"event": "address-unreadable"}]
    assert porter.counted == {"address:none": 3}


def test_without_registered_clients_nobody_is_asked_or_counted(log: Lines) -> None:
    client = openapi.client(application.assemble(uses(), body_limit=1000, secure=False, log=log))
    for headers in BAD:
        assert client.post("/cds-services/a-service", data=b"{}", content_type="application/json", headers=headers).status_code == 200


def test_a_form_that_is_closed_is_at_no_address_and_no_page_leads_there(log: Lines) -> None:
    client = guarded(Porter(), log, form_open=False)
    found = [client.get("/form"), client.get("/form/a-form"), client.post("/form/a-form"), client.post("/form/a-form/answers")]
    assert [one.status_code for one in found] == [404] * 4
    assert "/form" not in client.get("/").text
    assert "/form" in guarded(Porter(), log).get("/").text


def test_no_token_and_no_cause_is_told_or_logged(log: Lines) -> None:
    client = guarded(Porter(), log)
    told = [client.get("/cds-services", headers=headers) for headers in (*BAD, SIGNED)]
    assert "canary" not in json.dumps([[one.text, list(one.headers)] for one in told]) + json.dumps(log.written)
    assert ANYBODY != HOSPITAL


def test_the_published_document_asks_of_each_route_what_the_door_does() -> None:
    published = {(route.method.upper(), re.sub(r"\{\w+\}", "*", route.path)): route.need for route in table.ROUTES}
    asked = {
        (method, re.sub(r"<[^>]+>", "*", rule.rule)): NEEDS[rule.endpoint]
        for rule in served().url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert {key: asked.get(key) for key in published} == published
    assert asked.keys() == published.keys()
