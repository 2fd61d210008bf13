"""One client of one service: what goes out, what is made of the answer, and of services that do harm."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from cds.client import playing
from cds.client.playing import Failed, NotChosen, Player, Service
from cds.client.signing import Signer
from cds.client.wire import Wire
from cds.foundation.errors import CdsError
from cds.foundation.outbound.budgets import Budget, NotFetched
from tests.client import fake
from tests.foundation.server import Answer, Server, send, serving

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GREETER = Service("greeter", "patient-view", "")
REQUEST: dict[str, Any] = {"hook": "patient-view"}
BUDGET = Budget(1, 5, 50_000)


def player(server: Server, signer: Signer | None = None, budget: Budget = BUDGET) -> Player:
    return Player(Wire.to(f"{server.url}/cds-services", budget), signer, lambda: AT)


@pytest.fixture
def server() -> Iterator[Server]:
    """A service of another house."""
    with serving(fake.service()) as started:
        yield started


def test_discovery_lists_what_a_service_of_two_point_zero_offers(server: Server) -> None:
    found = player(server).discover()
    assert [(one.id, one.hook) for one in found[:2]] == [("greeter", "patient-view"), ("orders", "order-sign")]
    assert found[0].prefetch == {"who": "Patient/{{context.patientId}}"}


def test_a_call_goes_to_the_service_by_its_id(server: Server) -> None:
    one = player(server)
    assert one.call(GREETER, REQUEST)["cards"] == fake.ANSWER["cards"]
    one.call(Service("second kiosk/ä", "x", ""), REQUEST)
    assert [asked.target for asked in server.asked] == ["/fhir/cds-services/greeter", "/fhir/cds-services/second%20kiosk%2F%C3%A4"]
    assert json.loads(server.asked[0].body) == REQUEST
    assert "Authorization" not in server.asked[0].headers


def test_each_call_carries_a_token_of_its_own_for_what_is_called(server: Server) -> None:
    signer = Signer.new(issuer="https://e.example")
    one = player(server, signer)
    one.discover()
    one.call(GREETER, REQUEST)
    one.tell(GREETER, [])
    tokens = [asked.headers["Authorization"].removeprefix("Bearer ") for asked in server.asked]
    audiences = [json.loads(_decoded(token.split(".")[1]))["aud"] for token in tokens]
    assert audiences == [f"{server.url}/cds-services{rest}" for rest in ("", "/greeter", "/greeter/feedback")]
    assert len(set(tokens)) == 3
    assert all(token not in repr(one) for token in tokens)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_feedback_says_what_became_of_the_cards(server: Server) -> None:
    items = [playing.accepted(fake.CARD, 2, at=AT), playing.overridden(fake.CARD, at=AT, reason="busy", comment="later")]
    assert player(server).tell(GREETER, [*items, playing.overridden(fake.CARD, at=AT)]) == 200
    said = json.loads(server.asked[0].body)["feedback"]
    assert said[0] == {"card": "card-1", "outcome": "accepted", "outcomeTimestamp": "2026-11-22T09:00:00Z", "acceptedSuggestions": [{"id": "s-2"}]}
    assert said[1]["overrideReason"] == {"reason": fake.CARD["overrideReasons"][0], "userComment": "later"}
    assert "overrideReason" not in said[2]


@pytest.mark.parametrize("suggestion", [0, 3, 4])
def test_a_suggestion_that_cannot_be_named_is_not_accepted(suggestion: int) -> None:
    with pytest.raises(NotChosen):
        playing.accepted(fake.CARD, suggestion, at=AT)


def test_a_card_without_a_uuid_or_reason_gets_no_such_feedback() -> None:
    with pytest.raises(NotChosen):
        playing.overridden({"uuid": 5}, at=AT)
    with pytest.raises(NotChosen) as caught:
        playing.overridden(fake.CARD, at=AT, reason="other")
    assert "busy" in caught.value.text


OFFERED = [Service("a", "patient-view", ""), Service("b", "order-sign", ""), Service("c", "patient-view", "")]


@pytest.mark.parametrize(("name", "hook", "chosen"), [("", "", "ac"), ("", "order-sign", "b"), ("b", "", "b"), ("a", "patient-view", "a")])
def test_services_are_chosen_by_id_or_hook(name: str, hook: str, chosen: str) -> None:
    assert "".join(one.id for one in playing.choose(OFFERED, name=name, hook=hook)) == chosen


def test_the_only_service_is_chosen_whatever_its_hook() -> None:
    assert playing.choose(OFFERED[1:2]) == OFFERED[1:2]


@pytest.mark.parametrize(("name", "hook"), [("x", ""), ("", "x"), ("a", "order-sign")])
def test_a_service_that_is_not_offered_is_not_chosen(name: str, hook: str) -> None:
    with pytest.raises(NotChosen) as caught:
        playing.choose(OFFERED, name=name, hook=hook)
    assert "b (order-sign)" in caught.value.text


def _html(handler: BaseHTTPRequestHandler, _: Server) -> None:
    send(handler, b"<html>", media="text/html")


def _huge(handler: BaseHTTPRequestHandler, _: Server) -> None:
    send(handler, b"[" + b"1," * 30_000 + b"1]")


def _slow(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
    server.over.wait(30)


def _redirecting(handler: BaseHTTPRequestHandler, _: Server) -> None:
    send(handler, b"", status=308, headers={"Location": "/fhir/other"})


@pytest.mark.parametrize("answer", [_html, _huge, _slow, _redirecting])
def test_a_service_that_does_not_answer_as_one_has_failed(answer: Answer) -> None:
    with serving(answer) as server:
        one = player(server, budget=Budget(0.3, 0.3, 50_000))
        for call in (one.discover, lambda: one.call(GREETER, REQUEST)):
            with pytest.raises(Failed):
                call()
    assert "/fhir/other" not in server.targets


def test_feedback_that_is_refused_has_failed() -> None:
    with serving(fake.service(feedback=404)) as server, pytest.raises(Failed):
        player(server).tell(GREETER, [])


@pytest.mark.parametrize("value", [None, [], {}, {"services": None, "cards": None}, {"services": {}, "cards": {}}, 5, "x"])
def test_an_answer_of_another_shape_has_failed(value: Any) -> None:
    with serving(lambda handler, _: fake.said(handler, value)) as server:
        for call in (player(server).discover, lambda: player(server).call(GREETER, REQUEST)):
            with pytest.raises(Failed):
                call()


@pytest.mark.parametrize("entry", [None, 5, {}, {"id": 5}, {"id": None, "hook": "x"}])
def test_an_entry_of_discovery_without_an_id_is_passed_over(entry: Any) -> None:
    with serving(fake.service(services=[entry, {"id": "a", "hook": 5, "title": [], "prefetch": "x"}])) as server:
        assert player(server).discover() == [Service("a", "", "", {})]


def test_what_the_service_says_of_an_error_is_told_without_commands() -> None:
    with serving(fake.outcome(412, "Send \x1b[31mthe patient.")) as server, pytest.raises(Failed) as caught:
        player(server).call(GREETER, REQUEST)
    assert caught.value.text == "The service answered with status 412. Send \ufffd[31mthe patient."


def test_a_token_that_comes_back_is_never_told() -> None:
    with serving(fake.echoing) as server:
        one = player(server, Signer.new(issuer="https://e.example"))
        told = repr([one.discover(), one.call(GREETER, REQUEST)])
    assert len(one.sent) == 2
    assert [token for token in one.sent if token in told or token.strip("_")[5:-5] in told] == []
    assert "[token]" in told


def test_a_service_that_is_not_there_is_not_reached_and_not_at_fault() -> None:
    with pytest.raises(NotFetched) as caught:
        Player(Wire.to("http://127.0.0.1:1", BUDGET), None, lambda: AT).discover()
    assert not isinstance(caught.value, Failed)
    assert isinstance(caught.value, CdsError)
