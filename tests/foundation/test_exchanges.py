"""Calls to a server that a person named: whatever it answers is brought, and nothing it does outlasts the budget."""

import socket
from http.server import BaseHTTPRequestHandler

import pytest

from cds.foundation.outbound import budgets
from cds.foundation.outbound.budgets import Budget, NotFetched
from cds.foundation.outbound.exchanges import Exchange, NotAnAddress
from tests.foundation import server as servers
from tests.foundation.server import Answer, Server, send, serving

SHORT = Budget(connect=0.2, total=0.3, size=2_000)


def failure(answer: Answer) -> str:
    with serving(answer) as server, pytest.raises(NotFetched) as caught:
        Exchange.to(server.url, SHORT).send("GET", "/x")
    return caught.value.text


@pytest.mark.parametrize("status", [200, 204, 302, 401, 404, 412, 500, 503])
def test_an_answer_is_brought_whatever_its_status(status: int) -> None:
    with serving(lambda handler, _: send(handler, b"" if status == 204 else b"said", status=status, headers={"Location": "/elsewhere"})) as server:
        answer = Exchange.to(server.url).send("GET", "/x")
    assert (answer.status, answer.body) == (status, b"" if status == 204 else b"said")
    assert answer.headers["location"] == "/elsewhere"
    assert server.targets == ["/fhir/x"], "a redirect is not followed"


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_method_headers_and_body_go_out_as_given(method: str) -> None:
    with serving(servers.resource({})) as server:
        Exchange.to(server.url).send(method, "/a?b=c", headers={"Origin": "https://e.example"}, body=b"{}")
    (asked,) = server.asked
    assert (asked.method, asked.target, asked.body) == (method, "/fhir/a?b=c", b"{}")
    assert asked.headers["Origin"] == "https://e.example"


def test_a_header_that_is_sent_twice_is_joined() -> None:
    def answer(handler: BaseHTTPRequestHandler, _: Server) -> None:
        handler.send_response(200)
        handler.send_header("Vary", "Origin")
        handler.send_header("vary", "Accept")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving(answer) as server:
        assert Exchange.to(server.url).send("GET", "/").headers["vary"] == "Origin, Accept"


def test_a_server_that_never_answers_is_late() -> None:
    def answer(_: BaseHTTPRequestHandler, server: Server) -> None:
        server.over.wait(30)

    assert failure(answer) == budgets.LATE


def test_a_server_that_sends_too_much_is_cut_off() -> None:
    assert failure(lambda handler, _: send(handler, b"x" * 2_001)) == budgets.TOO_MUCH


def test_what_is_not_http_is_said_to_be_broken() -> None:
    def answer(handler: BaseHTTPRequestHandler, _: Server) -> None:
        handler.wfile.write(b"SSH-2.0-x\r\n\r\n")

    assert failure(answer) == budgets.BROKEN


def test_a_server_that_is_not_there_is_not_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotFetched) as caught:
        Exchange.to(f"http://127.0.0.1:{port}", SHORT).send("GET", "/")
    assert caught.value.text == budgets.UNREACHED


def test_a_name_that_no_resolver_takes_is_not_reached() -> None:
    with pytest.raises(NotFetched) as caught:
        Exchange.to(f"http://{'a' * 64}.example", SHORT).send("GET", "/")
    assert caught.value.text == budgets.UNREACHED


@pytest.mark.parametrize(
    "url", ["", "ftp://e.example", "e.example", "http://a@e.example", "http://e.example?x=1", "http://e.example/#x", "http://e.ex ample"]
)
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(NotAnAddress) as caught:
        Exchange.to(url)
    assert "example" not in caught.value.text


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/ä"])
def test_a_path_that_no_url_may_hold_is_refused(path: str) -> None:
    with pytest.raises(NotAnAddress):
        Exchange.to("http://127.0.0.1:1").send("GET", path)


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(servers.resource({"a": 1})) as server:
        assert Exchange.to(server.url).send("GET", "/").body == b'{"a": 1}'
