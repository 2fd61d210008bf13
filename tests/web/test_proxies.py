"""What is believed of a proxy: as many hops as are declared, and nothing that a caller wrote before them."""

import pytest

from cds.web.limits import Limits
from tests.web.conftest import Lines
from tests.web.doors import ADDRESS, SIGNED, Porter, guarded


@pytest.mark.parametrize(
    ("hops", "sent", "counted"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
    ],
)
def test_a_caller_is_counted_by_the_address_that_the_declared_proxies_saw(log: Lines, hops: int, sent: str, counted: str) -> None:
    porter = Porter()
    guarded(porter, log, hops=hops, limits=Limits()).get("/cds-services", headers={"X-Forwarded-For": sent})
    assert set(porter.counted) == {f"address:{counted}"}


@pytest.mark.parametrize(
    ("hops", "secure_only", "said", "status"),
    [
        (1, True, "http", 403),
        (1, True, "https, HTTP", 403),
        (2, True, "http, https", 403),
        (1, True, "https", 200),
        (1, True, "http, https", 200),
        (1, True, "HTTPS", 200),
        (1, True, None, 403),
        (1, True, "", 403),
        (1, True, "http;x", 403),
        (1, True, '"http"', 403),
        (1, True, '"https"', 403),
        (1, True, "https,", 403),
        (1, True, "wss", 403),
        (2, True, "https", 403),
        (2, True, "https, http", 200),
        (0, True, "http", 200),
        (1, False, "http", 200),
    ],
)
def test_in_production_what_did_not_surely_come_to_the_proxy_by_https_is_refused(
    log: Lines, hops: int, secure_only: bool, said: str | None, status: int
) -> None:
    headers = {**SIGNED, **({} if said is None else {"X-Forwarded-Proto": said})}
    response = guarded(Porter(), log, hops=hops, secure_only=secure_only).get("/cds-services", headers=headers)
    assert (response.status_code, response.headers["Strict-Transport-Security"]) == (status, "max-age=31536000")
    if status == 403:
        assert response.get_json()["issue"][0]["code"] == "security"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.parametrize("said", [None, "http"])
def test_the_state_of_the_service_is_told_to_whoever_watches_from_inside(log: Lines, said: str | None, path: str) -> None:
    client = guarded(Porter(), log, hops=1, secure_only=True)
    assert client.get(path, headers={"X-Forwarded-Proto": said} if said else {}).status_code == 200


def test_the_entries_of_a_batch_came_as_the_batch_did(log: Lines) -> None:
    client = guarded(Porter(), log, hops=1, secure_only=True)
    batch = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "metadata"}}]}
    answer = client.post("/fhir", json=batch, headers={**SIGNED, "X-Forwarded-Proto": "https"})
    assert [one["response"]["status"] for one in answer.get_json()["entry"]] == ["200 OK"]


def test_a_host_that_a_proxy_passes_on_changes_no_audience(log: Lines) -> None:
    porter = Porter()
    named = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/x", "X-Forwarded-Port": "1", "X-Forwarded-Proto": "https"}
    guarded(porter, log, hops=1).get("/cds-services", headers={**SIGNED, **named})
    assert porter.knocks[0].url == f"{ADDRESS}/cds-services"
