"""What is asked of a server before the service starts: where it would be called, and what time it has."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from cds.foundation.outbound import probes, registered
from cds.foundation.outbound.budgets import Budget, NotFetched
from cds.foundation.outbound.calls import Call, Outbound
from tests.foundation import server

URL = "https://ehr.example.org/fhir"


def call(url: str, *, found: tuple[str, ...] = ()) -> Call:
    """A call to a registered server, whose name has these addresses."""
    policy = registered.parse(url, development=True, resolve=lambda name, port: found)
    assert policy is not None
    return Outbound(policy, Budget(connect=1.0, total=3.0)).call(url, None)


def told(said: str | None) -> Callable[[BaseHTTPRequestHandler, server.Server], None]:
    """A server that says this time, or none."""

    def answer(handler: BaseHTTPRequestHandler, _: server.Server) -> None:
        handler.send_response_only(200)
        if said is not None:
            handler.send_header("Date", said)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("Mon, 23 Nov 2026 09:00:00 GMT", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:00:00 +0100", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("Mon, 99 Nov 2026 09:00:00 GMT", None),
    ],
)
def test_the_time_of_a_server_is_the_one_in_its_header(said: str | None, date: datetime | None) -> None:
    with server.serving(told(said)) as stub:
        assert probes.date(call(stub.url)) == date
    assert [one.method for one in stub.asked] == ["HEAD"]


def test_an_error_tells_the_time_as_well() -> None:
    with server.serving(server.resource({}, status=500)) as stub:
        found = probes.date(call(stub.url))
    assert found is not None
    assert abs(found - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_server_that_is_not_there_tells_none() -> None:
    with server.serving(server.resource({})) as stub:
        gone = stub.url
    with pytest.raises(NotFetched):
        probes.date(call(gone))


def test_the_addresses_are_those_that_were_judged() -> None:
    assert probes.addresses(call(URL, found=("9.9.9.9", "9.9.9.9"))) == ("9.9.9.9",)


@pytest.mark.parametrize("found", [(), ("10.0.0.1",), ("9.9.9.9", "169.254.169.254")])
def test_a_server_that_may_not_be_called_has_none(found: tuple[str, ...]) -> None:
    with pytest.raises(NotFetched):
        probes.addresses(call(URL, found=found))
