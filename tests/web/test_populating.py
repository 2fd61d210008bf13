"""$populate over HTTP: on the type and on one Questionnaire, as FHIR."""

from typing import Any

from tests.web.conftest import Client

FHIR = "application/fhir+json"


class Kept:
    """A use case that remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[bytes, str]] = []

    def __call__(self, body: bytes, name: str) -> dict[str, Any]:
        self.seen.append((body, name))
        return {"resourceType": "Parameters", "parameter": []}


def test_both_addresses_ask_the_same_with_and_without_the_id(client: Client) -> None:
    kept = Kept()
    browser = client(populate=kept)
    for path in ("/fhir/Questionnaire/$populate", "/fhir/Questionnaire/a-form/$populate"):
        response = browser.post(path, data=b"{}", content_type=FHIR)
        assert (response.status_code, response.mimetype) == (200, FHIR)
        assert response.get_json() == {"resourceType": "Parameters", "parameter": []}
    assert kept.seen == [(b"{}", ""), (b"{}", "a-form")]


def test_only_json_goes_in_and_comes_out(client: Client) -> None:
    browser = client()
    path = "/fhir/Questionnaire/$populate"
    assert browser.post(path, data=b"<a/>", content_type="application/fhir+xml").status_code == 415
    assert browser.post(path, json={}, headers={"Accept": "application/fhir+xml"}).status_code == 406
    assert browser.get(path).status_code == 405
