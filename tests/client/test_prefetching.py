"""Prefetch as a client sends it: what is there, what is said not to be, and what is left out with its reason."""

from datetime import date
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from cds.client import prefetching
from cds.client.prefetching import FhirServer, Prefetched
from cds.client.searching import Record
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.exchanges import Exchange
from tests.foundation import server as servers
from tests.foundation.server import Answer, Server, send, serving

TODAY = date(2026, 11, 22)
CONTEXT = {"patientId": "p", "userId": "Practitioner/d"}
PATIENT = {"resourceType": "Patient", "id": "p", "generalPractitioner": [{"reference": "Practitioner/d"}]}
DOCTOR = {"resourceType": "Practitioner", "id": "d"}
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
TOKEN = "canary-8841"
READ = {"patient": "Patient/{{context.patientId}}"}
SEARCH = {"conditions": "Condition?patient={{context.patientId}}"}


def gathered(wanted: dict[str, Any], record: list[dict[str, Any]] | None = None) -> Prefetched:
    return prefetching.gather(wanted, CONTEXT, Record([PATIENT, DOCTOR] if record is None else record), today=TODAY)


def test_a_key_is_answered_by_the_record() -> None:
    assert gathered(READ | SEARCH) == Prefetched({"patient": PATIENT, "conditions": EMPTY}, {})


def test_a_resource_that_is_not_there_is_said_not_to_be() -> None:
    assert gathered(READ, []) == Prefetched({"patient": None}, {})


@pytest.mark.parametrize("template", ["Condition?x:in=y", "Patient/{{context.nothing}}", 5, None, "{{", "Patient"])
def test_what_cannot_be_had_is_left_out_and_never_said_not_to_be(template: Any) -> None:
    found = gathered({"key": template} | READ)
    assert found.sent == {"patient": PATIENT}
    assert found.left_out["key"]


def test_a_template_may_follow_what_an_earlier_one_brought() -> None:
    wanted = READ | {"doctor": "Practitioner?_id={{%patient.generalPractitioner.resolve().id}}"}
    found = gathered(wanted).sent["doctor"]
    assert found is not None
    assert found["entry"][0]["resource"] == DOCTOR


def asked(answer: Answer, wanted: dict[str, str], token: str = TOKEN) -> tuple[Prefetched, Server]:
    with serving(answer) as server:
        source = FhirServer(Exchange.to(server.url, Budget(1, 5, 5_000)), token)
        assert TOKEN not in repr(source)
        return prefetching.gather(wanted, CONTEXT, source, today=TODAY), server


def test_a_fhir_server_is_asked_with_the_token() -> None:
    found, server = asked(servers.resource(PATIENT), READ | SEARCH)
    assert found == Prefetched({"patient": PATIENT, "conditions": PATIENT}, {})
    assert server.targets == ["/fhir/Condition?patient=p", "/fhir/Patient/p"]
    assert {(one.headers["Authorization"], one.headers["Accept"]) for one in server.asked} == {(f"Bearer {TOKEN}", "application/fhir+json")}


def test_without_a_token_none_is_sent_to_it() -> None:
    _, server = asked(servers.resource(PATIENT), READ, token="")
    assert "Authorization" not in server.asked[0].headers


@pytest.mark.parametrize("status", [404, 410])
def test_a_read_of_what_is_not_there_is_none_and_a_failed_search_is_not(status: int) -> None:
    found, _ = asked(servers.resource({}, status=status), READ | SEARCH)
    assert found == Prefetched({"patient": None}, {"conditions": f"the FHIR server answered with status {status}"})


def _silent(_: BaseHTTPRequestHandler, server: Server) -> None:
    server.over.wait(30)


@pytest.mark.parametrize(
    "answer",
    [
        servers.resource({}, status=401),
        servers.resource({}, status=500),
        servers.resource({}, status=302, headers={"Location": "/x"}),
        servers.resource([]),
        lambda handler, _: send(handler, b"<html>", media="text/html"),
        lambda handler, _: send(handler, b"x" * 5_001),
    ],
    ids=["401", "500", "redirect", "a list", "html", "huge"],
)
def test_a_server_that_fails_says_nothing_of_the_patient(answer: Answer) -> None:
    found, _ = asked(answer, READ | SEARCH)
    assert found.sent == {}
    assert set(found.left_out) == {"patient", "conditions"}
    assert TOKEN not in repr(found)


def test_a_server_that_never_answers_says_nothing_of_the_patient() -> None:
    with serving(_silent) as server:
        source = FhirServer(Exchange.to(server.url, Budget(0.2, 0.2, 5_000)), TOKEN)
        found = prefetching.gather(READ, CONTEXT, source, today=TODAY)
    assert found == Prefetched({}, {"patient": "the server did not answer in time"})


@pytest.mark.parametrize(
    "template", ["../admin", "Patient/p/$everything", "$export", "Patient", "?patient=p", "Patient/p/_history", "/Patient/p", ""]
)
def test_a_service_cannot_have_a_server_asked_for_more_than_reads_and_searches(template: str) -> None:
    found, server = asked(servers.resource(PATIENT), {"key": template})
    assert (found.sent, server.asked) == ({}, [])
