"""The same with a token on each call: what is sent is answered as documented; and no header that is no token opens anything."""

import base64
import json

import pytest
from hypothesis import strategies as st

from cds.web import heads
from tests.fuzz import cases, messages, serving
from tests.fuzz.serving import ADDRESS, AT, EHR, Fuzzed

SPOILT, NOISE, HEADERS = 15, 6, 40
ROUTES = ("/cds-services", *(way.path.format(name="low-back-pain") for way in cases.WAYS.values()))


@pytest.mark.parametrize("name", cases.WAYS)
def test_a_spoilt_message_with_a_token_is_answered_as_documented_and_not_repeated(guarded: Fuzzed, name: str) -> None:
    cases.spoilt(guarded, cases.WAYS[name], examples=SPOILT)
    cases.noise(guarded, cases.WAYS[name], examples=NOISE)


def hostile(path: str) -> st.SearchStrategy[str]:
    """Headers that are no good token: noise, parts of a token, tokens for elsewhere, and a good one with a character changed."""
    good = EHR.token(ADDRESS + path, now=AT.timestamp())
    parts = good.split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT", "kid": "one"}).encode()).decode().rstrip("=")
    known = [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {messages.CANARY}",
        good,
        f"Bearer {parts[0]}.{parts[1]}.",
        f"Bearer {unsigned}.{parts[1]}.",
        f"Bearer {good} {good}",
        f"Bearer {good}.{good}",
        f"Bearer {good[:-1]}",
        EHR.bearer(f"{ADDRESS}/elsewhere", now=AT.timestamp()),
        EHR.bearer(ADDRESS + path, now=AT.timestamp() - 900),
        "Bearer " + "a" * 100_000,
        "Bearer " + "." * 9_000,
    ]
    noise = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=200).map(lambda text: f"Bearer {messages.CANARY}{text}")
    changed = st.integers(0, len(good) - 2).map(lambda at: f"Bearer {good[:at]}{'A' if good[at] != 'A' else 'B'}{good[at + 1 :]}")
    return st.sampled_from(known) | noise | changed


@pytest.mark.parametrize("path", ROUTES)
def test_no_header_that_is_no_token_opens_or_breaks_anything(closed: Fuzzed, path: str) -> None:
    method = "GET" if path == "/cds-services" else "POST"

    def check(header: str) -> None:
        response = closed.client.open(path, method=method, headers={"Authorization": header}, data=b"{}", content_type="application/json")
        assert (response.status_code, bool(response.data)) == ((431, True) if len(header) > heads.HEADER else (401, False))
        assert messages.CANARY not in closed.logged() + str(response.headers)

    cases.drawn(hostile(path), check, examples=HEADERS)


def test_the_token_that_the_hostile_ones_are_made_of_is_good(closed: Fuzzed) -> None:
    header = {"Authorization": EHR.bearer(f"{ADDRESS}/cds-services", now=serving.AT.timestamp())}
    assert [closed.client.get("/cds-services", headers=header).status_code for _ in range(2)] == [200, 401]
