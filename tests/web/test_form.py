"""The form over HTTP: which types and how much it takes, from whom, and what its pages may run, load, send and leave behind."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from cds.fhir.filling.telling import Fault
from cds.foundation.errors import LedgerUnavailable
from cds.service.form import Advice, Delay, Head, View
from cds.web import errors, markdown
from cds.web.form import MOST_FIELDS
from cds.web.limits import Limits
from cds.web.uses import Fields
from tests.fhir.filling.forms import by_name, filled
from tests.web.conftest import Lines
from tests.web.doors import Porter, guarded
from tests.web.test_pages import HTML, Outline

Client = Callable[..., FlaskClient]
FORM = "/form/a-form"
HEAD = Head("a-form", "A form", "en", "1.0.0")
CARD = {
    "summary": "See <today>",
    "indicator": "critical",
    "detail": "**Now** <script>alert(1)</script> ![x](https://a.example/x.png) [y](javascript:alert(1))",
    "source": {"label": "A label"},
    "links": [{"label": "Why", "url": "https://cds.example.org/decisions/d-1", "type": "absolute"}],
}
ADVICE = Advice(HEAD, "d-1", (CARD,), (), ("How old?",), "in-progress", 0, "2026-11-22T10:00:00+00:00", (("q:a", 'x"y'),))


def test_one_form_is_opened_at_once_and_several_are_listed(client: Client) -> None:
    alone = client().get("/form")
    assert (alone.status_code, alone.headers["Location"]) == (303, FORM)
    page = client(forms=lambda: (HEAD, Head("other", "Another", "de", "1"))).get("/form").text
    assert all(text in page for text in ('href="/form/a-form"', 'href="/form/other"', 'lang="de"'))


def test_what_was_filled_in_reaches_the_form_in_its_order(client: Client) -> None:
    seen: list[Fields] = []

    def turn(_: str, fields: Fields, *__: object) -> Advice:
        seen.append(fields)
        return ADVICE

    client(form_turn=turn).post(FORM, data={"q:a": ["1", "2"], "q:ä": "ö & ü", "empty": ""})
    assert seen == [{"q:a": ["1", "2"], "q:ä": ["ö & ü"], "empty": [""]}]


@pytest.mark.parametrize("path", [FORM, f"{FORM}/answers"])
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 400),
        (b"a=1", "multipart/form-data; boundary=x", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        ("a=ä".encode(), "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=1"] * (MOST_FIELDS + 1)), "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * 100_001, "application/x-www-form-urlencoded", 413),
    ],
)
def test_what_is_no_form_or_too_much_is_refused_on_a_page(client: Client, path: str, body: bytes, kind: str, status: int) -> None:
    response = client(body_limit=100_000).post(path, data=body, content_type=kind, headers=HTML)
    assert (response.status_code, response.mimetype) == (status, "text/html")


def test_while_the_advice_cannot_be_recorded_the_page_warns_and_sends_all_again(client: Client) -> None:
    (notice,) = (one for one in by_name({"q:day": ["2026-11-01"]}).values() if one.causes)
    delay = Delay(HEAD, 0, "finish", (notice,), (("q:a", "yes"),))
    response = client(form_turn=lambda *_: delay).post(FORM, data={"go": "finish"})
    assert (response.status_code, response.mimetype, response.headers["Retry-After"]) == (503, "text/html", "5")
    text = response.text
    assert text.index("Text of stale?") < text.index("Your advice could not be made just now")
    assert all(part in text for part in ('name="q:a" value="yes"', 'value="finish">Try again', 'autofocus aria-labelledby="t1 t"'))


def test_what_the_program_says_is_marked_as_english_in_a_page_of_another_language(client: Client) -> None:
    asked = tuple(one for page in filled({"n:loaf": ["2"], "q:smoke": ["no"], "q:burnt": ["yes"], "q:name": ["a"]}) for one in page.asked)
    fault = Fault(next(one for one in asked[0].walk() if one.name == "q:smoke"), "Not answered yet.")
    view = View(replace(HEAD, language="de"), 0, 1, 1, "Schritt", asked, (), faults=(fault,))
    spoken = Languages()
    spoken.feed(client(form_start=lambda _: view).get(FORM).text)
    assert {language for text, language in spoken.heard if text.startswith("Text of") and "slot" not in text} == {"de"}
    ours = (
        "(optional)", "Clear my answer", "From 0 to 120.", "(1 of 2)", "Add another", "Take away", "Choose", "Number", "Unit", "Problem:",
        "Not answered yet.", "Or write your own answer", "Get my advice now", "UTC",
    )  # fmt: skip
    assert ("Yes", "en") in spoken.heard
    for words in (*ours, "Your other answers do not ask for this.", "This cannot be answered here.", "Year, month and day"):
        assert {language for text, language in spoken.heard if text.startswith(words)} <= {"en"}, words
    assert {words for words in ours if not any(text.startswith(words) for text, _ in spoken.heard)} == {"Choose"}


class Languages(HTMLParser):
    """What is said in which language."""

    def __init__(self) -> None:
        super().__init__()
        self.around: list[tuple[str, str]] = []
        self.heard: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Goes in."""
        if tag not in ("input", "meta", "br"):
            self.around.append((tag, dict(attrs).get("lang") or (self.around[-1][1] if self.around else "")))

    def handle_endtag(self, tag: str) -> None:
        """Comes out."""
        self.around.pop()

    def handle_data(self, data: str) -> None:
        """Listens."""
        if data.strip():
            self.heard.append((data.strip(), self.around[-1][1]))


@pytest.mark.parametrize(
    "make", [lambda client: client().get(FORM), lambda client: client(form_turn=lambda *_: ADVICE).post(FORM, data={"go": "next"})]
)
def test_a_page_runs_its_one_script_and_sends_to_this_service_only(client: Client, make: Callable[[Client], object]) -> None:
    response = make(client)
    policy = response.headers["Content-Security-Policy"]  # type: ignore[attr-defined]
    text: str = response.text  # type: ignore[attr-defined]
    for tag, part in (("script", "script-src"), ("style", "style-src")):
        (held,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert f"{part} 'sha256-{base64.b64encode(hashlib.sha256(held.encode()).digest()).decode()}'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy


def test_only_the_form_may_run_a_script_or_send_a_form(client: Client) -> None:
    policy = client().get("/", headers=HTML).headers["Content-Security-Policy"]
    assert ("script-src" in policy, "form-action 'none'" in policy) == (False, True)


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_of_the_form_is_kept_or_sets_a_cookie(client: Client, method: str) -> None:
    response = client().open(FORM, method=method.upper(), data={"go": "next"} if method == "post" else None)
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def test_the_advice_shows_its_cards_and_runs_nothing_of_theirs(client: Client) -> None:
    page = client(form_turn=lambda *_: ADVICE).post(FORM, data={"go": "next"}).text
    Outline(page.replace(re.findall("<script>.*?</script>", page, re.DOTALL)[-1], "").replace("<input", "<img"))
    assert all(
        text in page
        for text in (
            "See &lt;today&gt;",
            "<strong>Now</strong>",
            "How old?",
            "Not a medical device",
            "/decisions/d-1",
            "Made on 2026-11-22 10:00 UTC",
        )
    )
    assert all(text not in page for text in ("<script>alert", 'src="https://a.example', 'href="javascript'))
    assert 'value="x&#34;y"' in page


def test_the_answers_are_a_file_to_keep(client: Client) -> None:
    response = client(form_answers=lambda *_: b'{"resourceType":"QuestionnaireResponse"}').post(f"{FORM}/answers", data={"go": "next"})
    assert (response.mimetype, response.headers["Content-Disposition"]) == ("application/fhir+json", 'attachment; filename="my-answers.json"')


@pytest.mark.parametrize("text", ["<b>x</b>", "<img src=x onerror=y>", "[a](data:text/html,x)", "![a](https://a.example)", "<!-- x -->"])
def test_html_in_a_card_stays_text(text: str) -> None:
    assert not re.search(r"<(?!/?p>|/a>|a href=\"https://a\.example\")", markdown.rendered(text))


def delayed(_: str, fields: Fields, wait: int) -> Delay:
    """The page to wait, with a notice that the answers bring up."""
    (notice,) = (one for one in by_name({"q:day": ["2026-11-01"]}).values() if one.causes)
    return Delay(HEAD, 0, fields["go"][0], (notice,), (("q:a", "yes"),), wait)


def test_an_address_that_asks_for_too_many_pages_is_warned_all_the_same_and_sends_its_answers_again(log: Lines) -> None:
    client = guarded(Porter(), log, limits=Limits(9, 1), anybody={"form_delayed": delayed})
    first, second, third = (client.post(FORM, data={"go": "next"}, headers=HTML) for _ in range(3))
    assert [one.status_code for one in (first, second, third)] == [200, 429, 429]
    assert (second.mimetype, second.headers["Retry-After"]) == ("text/html", "17")
    assert second.text.index("Text of stale?") < second.text.index("Please wait a little") < second.text.index("wait 17 seconds")
    assert all(part in second.text for part in ('name="q:a" value="yes"', 'value="next">Try again'))
    assert "Text of stale?" not in third.text


def test_where_calls_cannot_be_counted_the_form_warns_and_sends_its_answers_again(log: Lines) -> None:
    porter = Porter()

    def uncounted(key: str, limit: int) -> None:
        raise LedgerUnavailable("canary")

    porter.count = uncounted  # type: ignore[method-assign]
    response = guarded(porter, log, anybody={"form_delayed": delayed}).post(FORM, data={"go": "next"})
    assert (response.status_code, response.headers["Retry-After"]) == (503, errors.RETRY_SECONDS)
    assert 'name="q:a" value="yes"' in response.text


def test_advice_is_recorded_for_a_tenth_of_the_pages_of_an_address_and_for_as_many_of_all(log: Lines) -> None:
    porter, made = Porter(), list[str]()

    def turn(name: str, _: Fields, count: Callable[[], None], trace: str) -> Advice:
        count()
        made.append(name)
        return ADVICE

    client = guarded(porter, log, limits=Limits(9, 20), anybody={"form_turn": turn})

    def ended(address: str, times: int) -> list[int]:
        there = {"REMOTE_ADDR": address}
        return [client.post(FORM, data={"go": "finish"}, environ_overrides=there).status_code for _ in range(times)]

    assert ended("203.0.113.1", 3) == [200, 200, 429]
    assert [ended(f"198.51.100.{host}", 2) for host in range(9)] == [[200, 200]] * 9
    assert ended("203.0.113.2", 1) == [429]
    assert len(made) == 20
