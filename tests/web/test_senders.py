"""Whose page may send the form: this service's alone, by what the browser says of it."""

from collections.abc import Mapping

import pytest

from cds.web import application
from tests import openapi
from tests.web.conftest import Lines, uses

FORM = "/form/a-form"
PUBLIC = "https://cds.example.org/backs"


def status(headers: Mapping[str, str], address: str = PUBLIC) -> int:
    client = openapi.client(application.assemble(uses(), body_limit=1000, secure=False, log=Lines(), address=address))
    return client.post(FORM, data={"go": "next"}, headers=dict(headers)).status_code


@pytest.mark.parametrize(("site", "expected"), [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)])
def test_a_page_of_another_site_cannot_send_the_form(site: str, expected: int) -> None:
    assert status({"Sec-Fetch-Site": site}) == expected


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        ("https://cds.example.org", "127.0.0.1:8080", 200),
        ("https://CDS.example.org:443", "cds.example.org", 200),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", 200),
        ("http://localhost:8080", "localhost:8080", 200),
        ("https://localhost", "localhost", 200),
        ("http://[::1]:8080", "[::1]:8080", 200),
        ("null", "127.0.0.1:8080", 403),
        ("", "127.0.0.1:8080", 403),
        ("https://evil.example", "127.0.0.1:8080", 403),
        ("https://evil.example", "cds.example.org", 403),
        ("http://cds.example.org", "cds.example.org", 403),
        ("http://evil.example:8080", "evil.example:8080", 403),
        ("http://127.0.0.1:9090", "127.0.0.1:8080", 403),
        ("http://localhost:8080", "127.0.0.1:8080", 403),
        ("http://user@127.0.0.1:8080", "127.0.0.1:8080", 403),
    ],
)
@pytest.mark.parametrize("site", [None, "same-origin"])
def test_an_origin_that_is_sent_must_be_this_service(origin: str, host: str, expected: int, site: str | None) -> None:
    assert status({"Origin": origin, "Host": host} | ({"Sec-Fetch-Site": site} if site else {})) == expected


def test_without_a_public_address_this_machine_is_meant() -> None:
    assert status({"Origin": "http://127.0.0.1:8080", "Host": "127.0.0.1:8080"}, "") == 200
    assert status({"Origin": "https://cds.example.org", "Host": "cds.example.org"}, "") == 403


def test_a_page_of_the_form_tells_this_service_where_it_comes_from_and_no_other() -> None:
    client = openapi.client(application.assemble(uses(), body_limit=1000, secure=False, log=Lines()))
    assert client.get(FORM).headers["Referrer-Policy"] == "same-origin"
