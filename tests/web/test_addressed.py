"""What is not meant for this service: a name of others that leads here, a page of another site, and an address that only reads like one."""

from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client

from cds.service.admission import Door
from cds.values.client import ANYBODY
from cds.web import application
from cds.web.callers import Entrance
from tests import openapi
from tests.web.conftest import Lines, uses
from tests.web.doors import EHR, SIGNED, Porter, guarded

PUBLIC = "https://cds.example.org/backs"
NEAR_PAGE = "http://localhost:3000"
CALL, READ, STATE = ("POST", "/cds-services/a-service"), ("GET", "/decisions/d-1"), ("GET", "/livez")
EVERY = (CALL, READ, STATE, ("GET", "/"), ("GET", "/cds-services"), ("GET", "/nowhere"), ("POST", "/form/a-form"), ("POST", "/fhir"))
OPENED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
PREFLIGHT = {"Access-Control-Request-Method": "POST"}


def near(address: str = PUBLIC) -> FlaskClient:
    """A service without clients, which pages of this machine may call."""
    door = Door(closed=False, admit=lambda _: ANYBODY, count=lambda *_: None, allows=lambda origin: origin == NEAR_PAGE)
    return openapi.client(application.assemble(uses(), body_limit=1000, secure=False, log=Lines(), address=address, entrance=Entrance(door)))


def status(asked: tuple[str, str], headers: Mapping[str, str], address: str = PUBLIC) -> int:
    method, path = asked
    return near(address).open(path, method=method, headers=dict(headers), json={} if method == "POST" else None).status_code


@pytest.mark.parametrize("asked", EVERY)
@pytest.mark.parametrize(
    "host",
    [
        *("rebound.evil.example", "rebound.evil.example:8080", "cds.example.org.evil.example", "203.0.113.9", "0.0.0.0", "[::]"),
        *(
            "127.1",
            "2130706433",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "cds.example.org:8443",
            "user@127.0.0.1",
            "localhost/x",
            "",
            " ",
        ),
    ],
)
def test_without_clients_no_route_answers_under_a_name_of_others(asked: tuple[str, str], host: str) -> None:
    assert status(asked, {"Host": host}) == 403


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "cds.example.org", "CDS.example.org:443"]
)
def test_without_clients_this_machine_and_the_public_address_are_answered(host: str) -> None:
    assert status(CALL, {"Host": host}) == 200


def test_without_a_public_address_only_this_machine_is() -> None:
    assert [status(CALL, {"Host": host}, "") for host in ("localhost", "cds.example.org")] == [200, 403]


@pytest.mark.parametrize("asked", EVERY)
@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://localhost:3001"])
def test_without_clients_no_route_answers_a_page_of_another_site(asked: tuple[str, str], origin: str | None) -> None:
    assert status(asked, {"Sec-Fetch-Site": "cross-site", **({"Origin": origin} if origin else {})}) == 403


@pytest.mark.parametrize("site", ["Cross-Site", "", "canary"])
def test_a_browser_that_says_what_no_browser_says_is_of_another_site(site: str) -> None:
    assert status(CALL, {"Sec-Fetch-Site": site}) == 403


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": site} for site in ("same-origin", "same-site", "none")])
def test_a_page_of_this_machine_may_call(headers: Mapping[str, str]) -> None:
    assert status(CALL, headers) == 200


def test_a_page_of_another_site_may_call_where_its_origin_may() -> None:
    from_near = {"Sec-Fetch-Site": "cross-site", "Origin": NEAR_PAGE}
    assert status(CALL, from_near) == 200
    assert near().options(CALL[1], headers=from_near | PREFLIGHT).status_code == 204


def test_a_preflight_of_another_site_is_refused() -> None:
    response = near().options(CALL[1], headers={"Sec-Fetch-Site": "cross-site", "Origin": EHR} | PREFLIGHT)
    assert (response.status_code, "Access-Control-Allow-Origin" in response.headers) == (403, False)


@pytest.mark.parametrize("asked", [READ, ("GET", "/"), ("HEAD", "/decisions/d-1")])
def test_a_link_from_anywhere_may_be_followed(asked: tuple[str, str]) -> None:
    assert status(asked, OPENED) == 200


@pytest.mark.parametrize("changed", [{"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Mode": "no-cors"}, {"Sec-Fetch-Dest": "image"}])
def test_what_a_page_of_another_site_loads_is_no_link_that_was_followed(changed: dict[str, str]) -> None:
    assert status(READ, OPENED | changed) == 403


def test_a_page_of_another_site_sends_nothing_by_opening_a_page() -> None:
    assert status(CALL, OPENED) == 403


def test_the_refusal_says_what_to_do_and_repeats_nothing() -> None:
    response = near().get("/cds-services", headers={"Host": "canary.example"})
    (issue,) = response.get_json()["issue"]
    assert (issue["code"], "localhost" in issue["diagnostics"], "canary" in response.text) == ("security", True, False)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_with_registered_clients_the_token_decides(log: Lines, headers: Mapping[str, str]) -> None:
    assert guarded(Porter(), log).get("/cds-services", headers={**SIGNED, **headers}).status_code == 200


@pytest.mark.parametrize("path", ["//cds-services", "///cds-services", "//livez", "//form/a-form", "//"])
def test_an_address_with_two_slashes_before_it_is_another(log: Lines, path: str) -> None:
    porter = Porter()
    response = Client(guarded(porter, log).application).get("/", environ_overrides={"PATH_INFO": path}, headers=SIGNED)
    assert (response.status_code, porter.knocks) == (404, [])
