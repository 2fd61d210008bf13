"""The pages: what they show, that nothing on them runs or loads, and who gets JSON instead."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.foundation import errors
from cds.web import pages

Client = Callable[..., FlaskClient]
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}
VOID = {"meta", "br", "link", "img"}


class Outline(HTMLParser):
    """Tags in order with their attributes; fails where tags do not nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens a tag."""
        self.seen.append((tag, dict(attrs)))
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        """Closes the tag that was opened last."""
        assert self.open.pop() == tag


@pytest.fixture
def page(client: Client) -> str:
    return client().get("/decisions/d-1", headers=HTML).text


@pytest.mark.parametrize(
    "shown",
    [
        "urgent, within 24 hours",
        "incomplete",
        "A wound &lt;needs&gt; care.",
        "open wound",
        "Condition/1, by name",
        "2026-11-01",
        "left, right",
        "fever now",
        "X-2",
        "medications",
        "an answer of the wrong type was not used",
        "too old to reassure",
        "A trial, 2020",
        "https://doi.org/10.1000/xyz",
        "(R2; not verified)",
        "certainty low",
        "Wound: yes.\nFever: not answered.",
        "a-release 1.0.0",
        "sha256:aaaa",
        "not clinically approved",
        "Not a medical device",
        "2026-11-22 10:11 UTC",
    ],
)
def test_the_explanation_shows_all_that_bears_on_the_decision(page: str, shown: str) -> None:
    assert shown in page


def test_an_explanation_with_nothing_known_is_still_a_page(client: Client, explained: dict[str, Any]) -> None:
    bare = explained | {
        "facts": {}, "unknown": [], "conflicts": [], "notChecked": [], "problems": [], "stale": False, "decisions": [], "recommendations": [],
        "explanation": [], "triage": {"urgency": "none", "screen": "complete", "because": []}, "pathway": {"code": "none"}, "note": "",
    }  # fmt: skip
    response = client(explain=lambda _: bare).get("/decisions/d-1", headers=HTML)
    assert response.status_code == 200
    Outline(response.text)


@pytest.mark.parametrize("path", ["/", "/decisions/d-1", "/nothing"])
def test_a_page_nests_and_runs_and_loads_nothing(client: Client, path: str) -> None:
    seen = Outline(client().get(path, headers=HTML).text).seen
    assert not {"script", "img", "link", "iframe", "form", "object"} & {tag for tag, _ in seen}
    assert all(name != "style" and not name.startswith("on") for _, attributes in seen for name in attributes)
    assert all((attributes["href"] or "").startswith(("/", "https://")) for tag, attributes in seen if tag == "a")


def test_the_only_style_is_the_one_that_the_policy_names(client: Client) -> None:
    response = client().get("/", headers=HTML)
    (style,) = re.findall("<style>(.*?)</style>", response.text, re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in response.headers["Content-Security-Policy"]


def test_the_explanation_is_json_for_a_program_and_a_page_otherwise(client: Client, explained: dict[str, Any]) -> None:
    machine = client().get("/decisions/d-1", headers=JSON)
    assert (machine.mimetype, machine.get_json(), machine.headers["Vary"]) == ("application/json", explained, "Accept, Origin")
    assert {client().get("/decisions/d-1", headers=headers).mimetype for headers in (HTML, {}, {"Accept": "*/*"})} == {"text/html"}


def test_an_expired_explanation_is_told_to_a_person_in_words_and_to_a_program_as_an_outcome(client: Client) -> None:
    def gone(_: str) -> Any:
        raise errors.NotFound("This explanation is not here or has expired.")

    person = client(explain=gone).get("/decisions/d-9", headers=HTML)
    assert (person.status_code, person.mimetype) == (404, "text/html")
    assert "has expired" in person.text
    assert client(explain=gone).get("/decisions/d-9", headers=JSON).get_json()["resourceType"] == "OperationOutcome"


def test_the_front_page_says_what_this_is_and_where_its_services_are(client: Client) -> None:
    page = client().get("/", headers=HTML).text
    assert all(
        text in page
        for text in (
            "Not a medical device",
            "A title",
            "What it does",
            "/cds-services/a-service",
            "/fhir/Questionnaire/a-service",
            "/releases/a-service/1.0.0",
        )
    )


@pytest.mark.parametrize(
    ("hours", "words"), [(0, "now"), (4, "within 4 hours"), (48, "within 48 hours"), (168, "within 7 days"), (100, "within 100 hours")]
)
def test_a_time_limit_is_said_in_hours_up_to_two_days(hours: int, words: str) -> None:
    assert pages.within(hours) == words


@pytest.mark.parametrize(
    ("locator", "url"),
    [("10.1/x", "https://doi.org/10.1/x"), ("https://a.example", "https://a.example"), ("javascript:x", ""), ("", ""), ("ISBN 1", "")],
)
def test_only_a_doi_or_an_https_address_becomes_a_link(locator: str, url: str) -> None:
    assert pages.address(locator) == url


@pytest.mark.parametrize(("mark", "words"), [("V", "verified"), ("M", "not verified"), ("V (pages); DOI M", "verified (pages); DOI not verified")])
def test_what_was_verified_of_a_citation_is_said_in_words(mark: str, words: str) -> None:
    assert pages.checked(mark) == words


def test_values_are_said_plainly() -> None:
    assert [pages.said(value) for value in ([], ["a", 1], {"rank": 3, "none": None}, None, "", 0, 2 / 3)] == [
        "-",
        "a, 1",
        "rank: 3",
        "-",
        "-",
        "0",
        "0.67",
    ]
