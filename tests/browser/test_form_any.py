"""A form of every type of item in a browser: nothing typed is lost, slots come and go, and notices are in sight wherever they stand."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from cds.fhir import questionnaire
from cds.foundation.settings import Settings
from cds.service import application
from cds.web.application import create_app
from tests.browser import pages
from tests.browser.test_form import NEXT, PHONE, in_sight
from tests.fhir.filling.forms import HIDDEN, ask, made, options, unit
from tests.fhir.samples import when

NAME = "low-back-pain"
LOAF = ask("loaf", "group", ask("kind", "choice", answerOption=options("rye", "wheat")), ask("seeds", "string", repeats=True), repeats=True)
Opened = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def script(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts."""
    return bool(request.param)


@pytest.fixture
def opened(browser: Browser, tmp_path: Path, script: bool) -> Iterator[Opened]:
    """Opens a form of these items on a phone in New York."""
    app = application.start(Settings(audit_url=f"sqlite:///{tmp_path / 'audit.sqlite3'}", log_level="error"))

    @contextmanager
    def of(*items: dict[str, Any]) -> Iterator[Page]:
        raw = made(*items)
        release = replace(app.releases[NAME], questionnaire=raw)
        with pages.served(create_app(replace(app, releases={NAME: release}, forms={NAME: questionnaire.index(raw)}))) as url:
            context = browser.new_context(java_script_enabled=script, viewport=PHONE, timezone_id="America/New_York")
            page = context.new_page()
            page.goto(f"{url}/form")
            yield page
            context.close()

    yield of
    application.stop(app)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).first.click()


def test_a_half_typed_date_is_still_there_when_it_is_told_to_be_wrong(opened: Opened) -> None:
    with opened(ask("a", "date"), ask("b", "time"), ask("c", "dateTime")) as page:
        for name in "abc":
            page.focus(f"input[name='q:{name}']")
            page.keyboard.type("20.1")
        page.locator(NEXT).click()
        assert [page.input_value(f"input[name='q:{name}']") for name in "abc"] == ["20.1"] * 3
        assert page.locator(".fault").count() == 3


def test_a_slot_is_added_and_taken_away_and_the_others_keep_their_answers(opened: Opened, browser: Browser) -> None:
    with opened(LOAF) as page:
        page.locator(".choice:has(input[name='q0:kind'][value=rye]) label").click()
        press(page, "Add another: Text of loaf?")
        page.locator(".choice:has(input[name='q1:kind'][value=wheat]) label").click()
        page.fill("input[name='q1.0:seeds']", "poppy")
        press(page, "Add another: Text of loaf?")
        assert pages.violations(page, browser) == []
        press(page, "Take away: Text of loaf? (1 of 3)")
        assert page.locator("input[name='q0:kind'][value=wheat]").is_checked()
        assert page.input_value("input[name='q0.0:seeds']") == "poppy"
        assert page.locator("input[name='n:loaf']").get_attribute("value") == "2"


def test_a_notice_in_a_group_that_an_answer_brings_up_is_met(opened: Opened, script: bool) -> None:
    group = ask("g", "group", ask("stop", "display"), ask("more", "string"), enableWhen=[when("y", "=", answerBoolean=True)])
    with opened(ask("top", "group", ask("y", "boolean"), *(ask(f"a{place}", "string") for place in range(9)), group)) as page:
        page.locator(".choice:has(input[name='q:y'][value=true]) label").click()
        if script:
            assert in_sight(page, ".stop:visible")
            page.locator(".choice:has(input[name='q:y'][value=false]) label").click()
            assert page.locator(".stop:visible").count() == 0
            page.locator(".choice:has(input[name='q:y'][value=true]) label").click()
        page.locator(NEXT).click()
        assert page.locator("[role=alert]").inner_text() == "Text of stop?"


def test_a_time_that_its_author_filled_in_keeps_its_zone(opened: Opened, script: bool) -> None:
    with opened(ask("m", "dateTime", initial=[{"valueDateTime": "2026-07-01T10:30:00+02:00"}]), ask("n", "dateTime")) as page:
        assert page.locator("[data-zone]").first.inner_text() == "UTC+02:00"
        page.fill("input[name='q:m']", "2026-07-01 11:30")
        page.fill("input[name='q:n']", "2026-07-01 11.30")
        press(page, "Get my advice")
        sent = {name: page.locator(f"input[name='{name}']").first.get_attribute("value") for name in ("q:m", "z:m", "z:n")}
        assert sent == {"q:m": "2026-07-01 11:30", "z:m": "+02:00", "z:n": "-04:00" if script else "Z"}


def test_what_hangs_on_a_hidden_item_is_shown_at_once(opened: Opened, script: bool) -> None:
    mode = ask("mode", "string", initial=[{"valueString": "x"}], extension=HIDDEN, enableWhen=[when("y", "=", answerBoolean=True)])
    with opened(ask("y", "boolean"), mode, ask("z", "string", enableWhen=[when("mode", "=", answerString="x")])) as page:
        assert not page.locator("input[name='q:z']").is_visible()
        page.locator(".choice:has(input[name='q:y'][value=true]) label").click()
        assert page.locator("input[name='q:z']").is_visible() is script
        if not script:
            page.locator(NEXT).click()
        assert page.locator("input[name='q:z']").is_visible()


def test_the_unit_of_a_quantity_describes_it_and_choices_of_units_have_a_name(opened: Opened, browser: Browser) -> None:
    with opened(ask("a", "quantity", extension=[unit("cm")]), ask("b", "quantity", extension=[unit("cm"), unit("m")])) as page:
        assert pages.accessible(page, page.locator("input[name='q:a']"))["description"] == "cm"
        assert pages.violations(page, browser) == []
