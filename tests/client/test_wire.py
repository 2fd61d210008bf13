"""The wire to a service: its base, what is called, and replies as they came."""

import json

import pytest

from cds.client.wire import Reply, Wire
from cds.foundation.errors import NotJson
from cds.foundation.outbound.exchanges import NotAnAddress
from tests.foundation import server as servers
from tests.foundation.server import serving


@pytest.mark.parametrize("tail", ["", "/", "/cds-services", "/cds-services/"])
def test_the_base_is_found_from_the_address_of_discovery(tail: str) -> None:
    wire = Wire.to(f"https://cds.example.org/r4{tail}")
    assert wire.url("/cds-services/a") == "https://cds.example.org/r4/cds-services/a"


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(NotAnAddress):
        Wire.to("cds.example.org")


@pytest.mark.parametrize(
    ("body", "sent", "media"), [(None, b"", None), ({"a": None}, b'{"a": null}', "application/json"), (b"{,}", b"{,}", "application/json")]
)
def test_a_body_goes_as_json_or_as_its_bytes(body: object, sent: bytes, media: str | None) -> None:
    with serving(servers.resource({"b": 1}, status=412, media="Application/JSON; charset=utf-8")) as server:
        reply = Wire.to(server.url).send("POST", "/x", body=body)
    (asked,) = server.asked
    assert (asked.body, asked.headers.get("Content-Type"), asked.headers["Accept"]) == (sent, media, "application/json")
    assert (reply.status, reply.media, reply.json()) == (412, "application/json", {"b": 1})


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": 1, "a": 2}', b"NaN", b"\xff", b"[" * 50])
def test_a_reply_that_is_no_strict_json_is_not_read(body: bytes) -> None:
    with pytest.raises(NotJson):
        Reply(200, {}, body).json()


def test_numbers_keep_their_digits_on_the_way() -> None:
    with serving(servers.resource({})) as server:
        Wire.to(server.url).send("POST", "/", body=Reply(200, {}, b'{"value": 7.25}').json())
    assert json.loads(server.asked[0].body) == {"value": 7.25}
