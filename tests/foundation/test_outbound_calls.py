"""What a call brings from a server that answers well, and what is told of one that does not. Nothing here waits longer than its budget."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from cds.foundation.errors import CdsError, Overloaded
from cds.foundation.outbound import budgets
from cds.foundation.outbound.budgets import Budget, NotFetched, NotTrusted, UnusableToken
from cds.foundation.outbound.calls import ABREAST, LOOKUPS, QUESTIONS, THREADS, Call, Outbound
from cds.foundation.outbound.origins import Location, Origin, OriginPolicy
from tests.foundation import server as servers
from tests.foundation.server import Answer, Server, send, serving

CANARY = "canary-7f3a"
LOCAL = "http://127.0.0.1/fhir"
SHORT = Budget(connect=0.2, total=0.3, size=2_000)
LONG = Budget(connect=30, total=60, size=2_000)
BUNDLE = {"resourceType": "Bundle", "note": "é"}


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    """A way out with time enough for a slow machine."""
    with closing(Outbound(OriginPolicy(loopback=True), LONG)) as opened:
        yield opened


@pytest.fixture
def hasty() -> Iterator[Outbound]:
    """A way out that waits for nobody."""
    with closing(Outbound(OriginPolicy(loopback=True), SHORT)) as opened:
        yield opened


def fetched(outbound: Outbound, answer: Answer, *, token: str | None = None) -> dict[str, Any]:
    """What one GET brings of a server that answers so."""
    with serving(answer) as server:
        call = outbound.call(server.url, token)
        return call.get(call.below("Condition?patient=1"))


def failure(outbound: Outbound, answer: Answer) -> str:
    """Why one GET of a server that answers so brings nothing."""
    with pytest.raises(NotFetched) as caught:
        fetched(outbound, answer, token=CANARY)
    assert CANARY not in repr(caught.value) + caught.value.text
    return caught.value.text


@pytest.mark.parametrize(
    "media", ["application/fhir+json", "application/json;charset=UTF-8", "Application/JSON+FHIR", "application/fhir+json; fhirVersion=4.0"]
)
def test_a_json_object_is_brought_as_it_was_sent(outbound: Outbound, media: str) -> None:
    assert fetched(outbound, servers.resource(BUNDLE, media=media)) == BUNDLE


def test_a_request_names_the_server_and_carries_the_token_and_no_more(outbound: Outbound) -> None:
    with serving(servers.resource({})) as server:
        call = outbound.call(f"http://localhost:{server.port}/a/base/", CANARY)
        call.get(call.below("Condition?patient=1"))
    (asked,) = server.asked
    assert asked.target == "/a/base/Condition?patient=1"
    assert asked.headers == {
        "Host": f"localhost:{server.port}",
        "Accept": "application/fhir+json, application/json;q=0.9",
        "Accept-Encoding": "identity",
        "Authorization": f"Bearer {CANARY}",
    }


def test_without_a_token_none_is_sent(outbound: Outbound) -> None:
    with serving(servers.resource({})) as server:
        call = outbound.call(server.url, None)
        call.get(call.below("metadata"))
    assert "Authorization" not in server.asked[0].headers


def test_proxies_of_the_environment_are_not_used(outbound: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(servers.resource({"from": "proxy"})) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert fetched(outbound, servers.resource({"from": "server"})) == {"from": "server"}
    assert proxy.asked == []


def never(_: BaseHTTPRequestHandler, server: Server) -> None:
    """Takes the request and says nothing."""
    server.over.wait()


def dripping(handler: BaseHTTPRequestHandler, server: Server, first: bytes) -> None:
    """Sends a byte now and then, each in time, for ever."""
    handler.wfile.write(first)
    while not server.over.wait(0.01):
        handler.wfile.write(b"a")


def in_the_head(handler: BaseHTTPRequestHandler, server: Server) -> None:
    """A head without an end."""
    dripping(handler, server, b"HTTP/1.1 200 OK\r\nX-Long: ")


def in_the_body(handler: BaseHTTPRequestHandler, server: Server) -> None:
    """A body without an end."""
    dripping(handler, server, b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"')


@pytest.mark.parametrize("answer", [never, in_the_head, in_the_body])
def test_a_server_that_does_not_come_to_an_end_is_late(hasty: Outbound, answer: Answer) -> None:
    assert failure(hasty, answer) == budgets.LATE


def raw(text: bytes) -> Answer:
    """Sends these bytes and closes."""

    def answer(handler: BaseHTTPRequestHandler, _: Server) -> None:
        handler.wfile.write(text)
        handler.close_connection = True

    return answer


def bytes_of(body: bytes, **changes: Any) -> Answer:
    """Answers with this body."""
    return lambda handler, _: send(handler, body, **changes)


JSON = b"Content-Type: application/json\r\n"
FAULTS: dict[str, tuple[Answer, str]] = {
    "closed at once": (raw(b""), budgets.BROKEN),
    "not HTTP": (raw(b"220 mail.example.org ESMTP\r\n\r\n"), budgets.BROKEN),
    "closed in the head": (raw(b"HTTP/1.1 200 OK\r\nContent-Type: appli"), budgets.BROKEN),
    "closed in the body": (raw(b"HTTP/1.1 200 OK\r\n" + JSON + b'Content-Length: 900\r\n\r\n{"resourceType": "Bu'), budgets.BROKEN),
    "closed in a chunk": (raw(b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n40\r\n{"), budgets.BROKEN),
    "a huge head": (raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n"), budgets.BROKEN),
    "a page": (bytes_of(b"<html></html>", media="text/html"), budgets.NOT_JSON),
    "no type": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), budgets.NOT_JSON),
    "FHIR as XML": (bytes_of(b"<Bundle/>", media="application/fhir+xml"), budgets.NOT_JSON),
    "not JSON": (bytes_of(b"{"), budgets.NOT_JSON),
    "nothing": (bytes_of(b""), budgets.NOT_JSON),
    "a list": (bytes_of(b"[]"), budgets.NOT_JSON),
    "a key twice": (bytes_of(b'{"a": 1, "a": 2}'), budgets.NOT_JSON),
    "a number out of range": (bytes_of(b'{"a": 1e400}'), budgets.NOT_JSON),
    "too deep": (bytes_of(b'{"a":' + b"[" * 500 + b"]" * 500 + b"}"), budgets.NOT_JSON),
    "not UTF-8": (bytes_of(b'{"a": "\xe9"}'), budgets.NOT_JSON),
    "too large": (bytes_of(b'{"a": "' + b"a" * 2_000 + b'"}'), budgets.TOO_MUCH),
    "too large, of no announced length": (raw(b"HTTP/1.1 200 OK\r\n" + JSON + b'\r\n{"a": "' + b"a" * 2_000 + b'"}'), budgets.TOO_MUCH),
    "a bomb": (bytes_of(gzip.compress(b" " * 1_000_000), headers={"Content-Encoding": "gzip"}), budgets.NOT_JSON),
    "no content": (bytes_of(b"", status=204), "the server answered with status 204"),
    **{f"status {one}": (bytes_of(b"{}", status=one), f"the server answered with status {one}") for one in (201, 400, 401, 403, 404, 429, 500, 503)},
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_of_a_faulty_answer_only_its_kind_is_told(outbound: Outbound, fault: str) -> None:
    answer, kind = FAULTS[fault]
    assert failure(outbound, answer) == kind


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(outbound: Outbound, status: int) -> None:
    with serving(servers.resource({})) as elsewhere:
        answer = bytes_of(b"{}", status=status, headers={"Location": elsewhere.url})
        assert failure(outbound, answer) == budgets.REDIRECTED
    assert elsewhere.asked == []


def test_a_server_that_is_not_there_could_not_be_reached(outbound: Outbound) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    call = outbound.call(f"http://localhost:{port}/fhir", None)
    with pytest.raises(NotFetched, match=budgets.UNREACHED):
        call.get(call.below("metadata"))


def test_a_server_without_a_certificate_that_is_trusted_could_not_be_reached(outbound: Outbound) -> None:
    with serving(servers.resource({})) as server:
        call = outbound.call(server.url.replace("http:", "https:"), CANARY)
        with pytest.raises(NotFetched) as caught:
            call.get(call.below("metadata"))
    assert caught.value.text == budgets.UNREACHED
    assert server.asked == []


def test_all_answers_to_one_question_share_one_allowance(outbound: Outbound) -> None:
    with serving(servers.resource({"a": "b" * 900})) as server:
        call = outbound.call(server.url, None)
        call.get(call.below("1"))
        call.get(call.below("2"))
        with pytest.raises(NotFetched, match=budgets.TOO_MUCH):
            call.get(call.below("3"))
        assert outbound.call(server.url, None).get(call.below("4"))


def test_a_location_of_another_server_is_not_asked(outbound: Outbound) -> None:
    with serving(servers.resource({})) as server, serving(servers.resource({})) as other:
        call, elsewhere = outbound.call(server.url, CANARY), outbound.call(other.url, None)
        with pytest.raises(NotTrusted):
            call.get(elsewhere.below("metadata"))
    assert (server.asked, other.asked) == ([], [])


@pytest.mark.parametrize(
    "url", ["http://ehr.example.org/fhir", "http://127.0.0.1.nip.io", "http://127.0.0.1/fhir?a=b", "not a url", f"http://{CANARY}@127.0.0.1"]
)
def test_a_server_that_is_not_trusted_is_not_called(outbound: Outbound, url: str) -> None:
    with pytest.raises(NotTrusted) as caught:
        outbound.call(url, CANARY)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("token", ["", "two words", "a\r\nX-Other: b", "é", "a" * 20_000, "=a"])
def test_a_token_that_no_header_can_hold_is_not_sent(outbound: Outbound, token: str) -> None:
    with pytest.raises(UnusableToken) as caught:
        outbound.call("http://127.0.0.1/fhir", token)
    assert not token or token not in str(caught.value)


def test_neither_token_nor_addresses_of_others_show_in_a_call(outbound: Outbound) -> None:
    assert CANARY not in repr(outbound.call("http://127.0.0.1/fhir", CANARY))


def test_jobs_run_side_by_side_and_no_more_than_a_small_server_takes(outbound: Outbound) -> None:
    meeting, running, most = threading.Barrier(ABREAST), list[int](), list[int]()

    def job() -> None:
        running.append(1)
        most.append(len(running))
        meeting.wait(30)
        running.pop()

    outbound.call("http://127.0.0.1/fhir", None).together([job] * 3 * ABREAST)
    assert (meeting.broken, len(most), max(most)) == (False, 3 * ABREAST, ABREAST)


def test_when_time_is_up_nobody_waits_for_what_still_runs(hasty: Outbound) -> None:
    over, ended = threading.Event(), list[str]()
    jobs: list[Callable[[], Any]] = [*[lambda: over.wait(30)] * ABREAST, lambda: ended.append("last")]
    call: Call = hasty.call("http://127.0.0.1/fhir", None)
    try:
        call.together(jobs)
        assert ended == []
    finally:
        over.set()


def _await(over: threading.Event) -> None:
    over.wait(30)


def test_what_no_thread_is_left_for_is_no_fault_of_the_server(hasty: Outbound) -> None:
    over, ended = threading.Event(), list[str]()
    try:
        for _ in range(THREADS // ABREAST):
            hasty.call(LOCAL, None).together([lambda: _await(over)] * ABREAST)
        for _ in range(2):
            with pytest.raises(Overloaded):
                hasty.call(LOCAL, None).together([lambda: _await(over)] * ABREAST)
        assert ended == []
        apart = hasty.apart(hasty.policy, LONG)
        apart.call(LOCAL, None).together([lambda: ended.append("another client")])
        assert ended == ["another client"]
    finally:
        over.set()


def test_more_questions_than_there_is_room_for_are_refused_at_once(outbound: Outbound) -> None:
    over, begun, answered = threading.Event(), threading.Semaphore(0), list[int]()

    def wait() -> None:
        begun.release()
        _await(over)

    def ask() -> None:
        replace(outbound.call(LOCAL, None), outbound=replace(outbound, threads=aside)).together([wait])
        answered.append(1)

    with ThreadPoolExecutor(QUESTIONS) as asking, ThreadPoolExecutor(QUESTIONS) as aside:
        try:
            for _ in range(QUESTIONS):
                asking.submit(ask)
            for _ in range(QUESTIONS):
                assert begun.acquire(timeout=30)
            for _ in range(3):
                with pytest.raises(Overloaded):
                    outbound.call(LOCAL, None).together([begun.release])
            outbound.apart(outbound.policy).call(LOCAL, None).together([lambda: answered.append(1)])
        finally:
            over.set()
    assert len(answered) == QUESTIONS + 1
    outbound.call(LOCAL, None).together([lambda: answered.append(1)])


ASKED = 50 * LOOKUPS
"""More than enough: on a busy machine the time of a question may be over before its lookup begins, and then that takes no thread."""


class Lost:
    """A policy whose lookups do not end before they are told to."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def trusts(self, location: Location) -> bool:
        return True

    def addresses(self, origin: Origin) -> tuple[str, ...]:
        self.over.wait(30)
        return ("127.0.0.1",)


def test_a_name_that_could_not_be_looked_up_for_want_of_a_thread_is_no_fault_of_the_server() -> None:
    lost, faults = Lost(), list[str]()
    with closing(Outbound(lost, Budget(connect=0.05, total=0.05))) as outbound:

        def ask() -> None:
            call = outbound.call(LOCAL, None)
            call.together([lambda: faults.append(_fault(call))])

        answered = 0
        try:
            with pytest.raises(Overloaded):
                for _ in range(ASKED):
                    ask()
                    answered += 1
        finally:
            lost.over.set()
    assert answered >= LOOKUPS
    assert set(faults) == {budgets.LATE}


def _fault(call: Call) -> str:
    with pytest.raises(NotFetched) as caught:
        call.get(call.base)
    return caught.value.text


def test_a_fault_of_ours_in_a_job_is_not_hidden(outbound: Outbound) -> None:
    def fail() -> None:
        raise CdsError("ours")

    with pytest.raises(CdsError, match="ours"):
        outbound.call("http://127.0.0.1/fhir", None).together([fail])


def test_what_is_read_is_strict_json_with_exact_numbers(outbound: Outbound) -> None:
    assert json.dumps(fetched(outbound, bytes_of(b'{"a": 1.50}')), default=str) == '{"a": "1.50"}'
