"""The page and the JSON that say what a release rests on."""

import pytest

from cds.foundation.errors import NotFound
from tests.web.conftest import ATTRIBUTES, Client


def test_a_person_gets_a_page_and_a_program_the_same_as_json(client: Client) -> None:
    page = client().get("/releases/wounds/2.0.0", headers={"Accept": "text/html"})
    document = client().get("/releases/wounds/2.0.0", headers={"Accept": "application/json"})
    assert page.mimetype == "text/html"
    assert document.json == ATTRIBUTES
    assert page.headers["Vary"] == document.headers["Vary"] == "Accept, Origin"


def test_the_page_says_what_is_used_what_is_not_and_what_nobody_has_checked(client: Client) -> None:
    page = client().get("/releases/wounds/2.0.0").text
    for told in ("Not clinically approved", "Race", "It counts in one rule.", "sex at birth", "It sees no wound.", "283396008", "Q-01 to Q-02"):
        assert told in page
    assert "A study &lt;of&gt; wounds." in page
    assert 'href="https://doi.org/10.1000/wound"' in page
    assert "not verified" in page
    assert 'href="/releases/wounds/1.0.0"' in page


def test_a_release_that_does_not_exist_is_not_found(client: Client) -> None:
    def missing(name: str, version: str) -> dict[str, object]:
        raise NotFound("There is no such release.")

    assert client(attributes=missing).get("/releases/wounds/9.9.9", headers={"Accept": "application/json"}).status_code == 404


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("path", ["/releases/wounds/2.0.0", "/source-attributes"])
def test_what_the_caller_holds_is_not_sent_again(client: Client, path: str, accept: str) -> None:
    first = client().get(path, headers={"Accept": accept})
    again = client().get(path, headers={"Accept": accept, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["Cache-Control"]) == (304, b"", "no-cache")


def test_the_page_and_the_json_have_tags_of_their_own(client: Client) -> None:
    tags = {client().get("/releases/wounds/2.0.0", headers={"Accept": accept}).headers["ETag"] for accept in ("text/html", "application/json")}
    assert len(tags) == 2


def test_the_releases_in_force_are_listed_for_programs(client: Client) -> None:
    assert client().get("/source-attributes").json == {"releases": [ATTRIBUTES]}
