"""The script of the form shows what the server would show, whatever is filled in."""

import re
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Browser, Page

from cds.fhir.filling import sheet
from cds.service.form import Head, View
from cds.web import application
from tests.fhir.filling import strategies
from tests.fhir.filling.forms import FORM, STEPS
from tests.web.conftest import Lines, uses

SLOTS = {"n:loaf": ["2"], "n0:slice": ["2"], "n1:slice": ["1"]}
FILL = """(fields) => {
  const form = document.querySelector("form[novalidate]");
  for (const one of form.elements) {
    const values = fields[one.name];
    if (["radio", "checkbox"].includes(one.type)) one.checked = Boolean(values) && values.includes(one.value) && one.value !== "";
    else if (one.name.includes(":") && one.name[0] !== "n") one.value = values ? values[0] : "";
  }
  form.dispatchEvent(new Event("input"));
}"""
SENT = "() => [...new FormData(document.querySelector('form[novalidate]'))].map(([name, value]) => [name, String(value)])"
SHOWN = "() => [...document.querySelectorAll('.item')].filter((one) => !one.closest('.item[hidden]')).map((one) => one.id)"
SURPLUS = "() => [...document.querySelectorAll('.note')].filter((one) => !one.closest('[hidden]')).map((one) => one.id.slice(0, -2))"
Fields = Mapping[str, list[str]]


@pytest.fixture(scope="module")
def live(browser: Browser) -> Iterator[Page]:
    """All steps of the bakery's form in one page, with its script."""
    asked = tuple(one for page in sheet.fill(STEPS, FORM, SLOTS) for one in page.asked)
    view = View(Head("bakery", "At the bakery", "en", "1.0"), 0, 1, 1, "All of it", asked, ())
    start: Callable[[str], View] = lambda name: view  # noqa: E731
    client = application.assemble(uses(form_start=start), body_limit=1000, secure=False, log=Lines()).test_client()
    context = browser.new_context(timezone_id="America/New_York")
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.set_content(client.get("/form/bakery").text)
    yield page
    context.close()


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(fields=strategies.all_fields())
def test_script_and_server_show_the_same(live: Page, fields: Fields) -> None:
    live.evaluate(FILL, dict(fields))
    sent: dict[str, list[str]] = {}
    for name, value in live.evaluate(SENT):
        sent.setdefault(name, []).append(value)
    pages = sheet.fill(STEPS, FORM, sent)
    asked = [one for page in pages for one in page.walk()]
    assert set(live.evaluate(SHOWN)) == {one.ident for one in asked if one.shown}
    assert set(live.evaluate(SURPLUS)) == {one.ident for one in asked if one.surplus}


def test_a_time_is_sent_with_the_zone_of_the_browser(live: Page) -> None:
    live.evaluate(FILL, {})
    live.fill("input[name='q:moment']", "2026-07-01T10:30")
    live.dispatch_event("input[name='q:moment']", "input")
    assert live.evaluate(f"({SENT})().find(([name]) => name === 'z:moment')[1]") == "-04:00"
    assert re.search(r"UTC-04:00", live.locator("[data-zone]").inner_text())
