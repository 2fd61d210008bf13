"""The form as a person uses it in a browser: on a phone and on a desk, with and without script, by keys alone; and what axe-core says of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from cds.foundation.settings import Settings
from cds.service import application
from cds.web.application import create_app
from tests.browser import pages

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}
NEXT = ".buttons button[value=next]"
TABS = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service on the content that ships."""
    app = application.start(Settings(audit_url=f"sqlite:///{tmp_path_factory.mktemp('form') / 'audit.sqlite3'}", log_level="error"))
    with pages.served(create_app(app)) as url:
        yield url
    application.stop(app)


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def script(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts."""
    return bool(request.param)


@pytest.fixture
def form(browser: Browser, address: str, script: bool) -> Iterator[Page]:
    """The first page of the form on a phone; fails where the page breaks its own policy or its script fails."""
    context = browser.new_context(java_script_enabled=script, viewport=PHONE)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{address}/form")
    yield page
    context.close()
    assert wrong == []


def take(page: Page, link_id: str, code: str) -> None:
    """Taps the choice as a finger does, on its label."""
    page.locator(f".choice:has(input[name='q:{link_id}'][value='{code}']) label").click()


def onwards(page: Page) -> None:
    """Goes on, and past what is missing."""
    with page.expect_navigation():
        page.locator(NEXT).click()
    anyway = page.get_by_role("button", name="Go on as it is")
    if anyway.count():
        with page.expect_navigation():
            anyway.click()


def in_sight(page: Page, selector: str) -> bool:
    """Whether all of it lies within the window."""
    box, size = page.locator(selector).first.bounding_box(), page.viewport_size
    return bool(box and size) and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]  # type: ignore[index]


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_the_form_starts_with_the_warning_signs(form: Page) -> None:
    assert heading(form) == "Warning signs"
    assert "Not a medical device" in form.locator("main").inner_text()


def test_an_emergency_answer_leads_to_the_emergency_card_in_three_presses(form: Page, script: bool) -> None:
    take(form, "rf-saddle", "yes")
    assert form.locator(".stop:visible").count() == (1 if script else 0)
    form.locator(NEXT).click()
    assert form.locator("[role=alert]").inner_text().startswith("Stop here and get care now")
    form.get_by_role("button", name="Get my advice now").click()
    assert form.locator(".card").first.get_attribute("class") == "card critical"
    assert "Emergency" in form.locator(".card h2").first.inner_text()


def test_the_stop_message_appears_under_the_question_at_once(form: Page, script: bool) -> None:
    if script:
        take(form, "rf-saddle", "yes")
        below = form.locator(".item:has(> .question input[name='q:rf-saddle']) > .question + [role=alert]")
        assert below.is_visible()
        take(form, "rf-saddle", "no")
        assert form.locator(".stop:visible").count() == 0


def test_a_question_is_described_by_what_is_shown_of_it_alone(form: Page, script: bool) -> None:
    for name in ("sex", "rf-chest"):
        question = form.locator(f"fieldset:has(> .choices input[name='q:{name}'])")
        assert "do not ask for this" not in pages.accessible(form, question)["description"]
    assert "From 0 to 120" in pages.accessible(form, form.locator("input[name='q:age']"))["description"]
    if script:
        take(form, "trauma", "minor")
        take(form, "rf-bruise-spine", "yes")
        bruise = form.locator("fieldset:has(> .choices input[name='q:rf-bruise-spine'])")
        assert "do not ask for this" not in pages.accessible(form, bruise)["description"]
        take(form, "trauma", "none")
        assert "do not ask for this" in pages.accessible(form, bruise)["description"]
        take(form, "trauma", "minor")
        assert "do not ask for this" not in pages.accessible(form, bruise)["description"]


def test_a_tap_can_be_taken_back_at_once(form: Page) -> None:
    item = form.locator(".question:has(> .choices input[name='q:rf-sexual'])")
    assert not item.get_by_text("Clear my answer").is_visible()
    take(form, "rf-sexual", "no")
    item.get_by_text("Clear my answer").click()
    assert not item.locator("input[value=no]").is_checked()


def test_the_advice_has_its_time_and_its_decision_in_its_text(form: Page) -> None:
    take(form, "rf-saddle", "yes")
    form.locator(NEXT).click()
    form.get_by_role("button", name="Get my advice now").click()
    explanation = form.get_by_role("link", name="Explain this decision").first
    decision = (explanation.get_attribute("href") or "").rpartition("/")[2]
    form.emulate_media(media="print")
    assert re.search(rf"Made on \d{{4}}-\d\d-\d\d \d\d:\d\d UTC\. Decision {decision}\.", form.locator("main").inner_text())
    assert (explanation.get_attribute("target"), explanation.get_attribute("rel")) == ("_blank", "noopener")


def test_a_question_that_an_answer_brings_up_is_shown_at_once_or_at_the_next_press(form: Page, script: bool) -> None:
    bruise = form.locator("input[name='q:rf-bruise-spine'][value=yes]")
    assert not bruise.is_visible()
    take(form, "trauma", "minor")
    assert bruise.is_visible() is script
    form.locator(NEXT).click()
    assert bruise.is_visible()


def test_a_warning_sign_that_is_no_longer_asked_for_stays_in_sight_until_it_is_cleared(form: Page, script: bool) -> None:
    take(form, "trauma", "minor")
    if not script:
        form.locator(NEXT).click()
    take(form, "rf-bruise-spine", "yes")
    take(form, "trauma", "none")
    if not script:
        form.locator(NEXT).click()
        form.get_by_role("button", name="Change my answers").click()
    item = form.locator(".item:has(> .question input[name='q:rf-bruise-spine'])")
    assert "Your answer still counts" in item.inner_text()
    item.get_by_text("Clear my answer").click()
    if not script:
        form.locator(NEXT).click()
    assert not item.is_visible()


def test_errors_are_told_above_and_beside_and_nothing_typed_is_lost(form: Page) -> None:
    form.fill("input[name='q:age']", "two hundred")
    take(form, "sex", "female")
    form.locator(NEXT).click()
    assert form.title().startswith("16 problems: ")
    assert form.evaluate("document.activeElement.className") == "told"
    field = form.locator("input[name='q:age']")
    assert (field.input_value(), field.get_attribute("aria-invalid")) == ("two hundred", "true")
    said = [form.locator(f"[id='{one}']").inner_text() for one in (field.get_attribute("aria-describedby") or "").split()]
    assert any("Write a whole number" in text for text in said)
    assert form.locator("input[name='q:sex'][value=female]").is_checked()
    form.get_by_role("link", name="How old are you?").click()
    assert form.evaluate("document.activeElement.name") == "q:age"


def test_an_exclusive_answer_and_another_do_not_stay_together(form: Page, script: bool) -> None:
    form.locator(NEXT).click()
    form.get_by_role("button", name="Go on as it is").click()
    take(form, "agg", "cough")
    take(form, "agg", "none")
    if script:
        assert not form.locator("input[name='q:agg'][value=cough]").is_checked()
        return
    form.locator(NEXT).click()
    assert "“Nothing” cannot stand beside another choice" in form.locator(".summary").inner_text()


def test_the_whole_form_can_be_gone_through_back_and_forth_and_ends_with_advice_and_a_response(form: Page) -> None:
    form.fill("input[name='q:age']", "30")
    for step in range(1, 6):
        onwards(form)
        assert f"step {step + 1} of 6" in form.locator(".progress").inner_text()
    with form.expect_navigation():
        form.get_by_role("button", name="Back").click()
    assert "step 5 of 6" in form.locator(".progress").inner_text()
    onwards(form)
    form.fill("textarea", "Run again")
    form.get_by_role("button", name="Get my advice").click()
    assert heading(form) == "Your advice"
    with form.expect_download() as kept:
        form.get_by_role("button", name="Download my answers").click()
    resource = json.loads(Path(kept.value.path()).read_text(encoding="utf-8"))
    assert (resource["resourceType"], resource["status"]) == ("QuestionnaireResponse", "completed")
    assert "Run again" in json.dumps(resource)


def test_by_keys_alone_an_emergency_gets_its_card(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=DESK)
    page.goto(f"{address}/form")
    tab_to(page, "q:rf-saddle", "yes")
    page.keyboard.press("Space")
    tab_to(page, "go", "finish")
    page.keyboard.press("Enter")
    page.wait_for_url("**/form/low-back-pain")
    page.locator(".card.critical").wait_for()
    page.close()


def test_enter_in_a_field_goes_on_and_does_nothing_else(form: Page) -> None:
    take(form, "rf-saddle", "yes")
    form.focus("input[name='q:age']")
    form.keyboard.type("33")
    form.keyboard.press("Enter")
    form.get_by_role("button", name="Go on with the questions").click()
    assert form.locator("input[name='q:age']").input_value() == "33"


def tab_to(page: Page, name: str, value: str) -> None:
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if page.evaluate("[document.activeElement.name, document.activeElement.value]") == [name, value]:
            return
    raise AssertionError(f"no tab leads to {name}")


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")], ids=["phone by day", "desk by night"])
def test_axe_finds_nothing_on_any_page_and_nothing_runs_off_the_side(
    browser: Browser, address: str, script: bool, size: ViewportSize, scheme: str
) -> None:
    context = browser.new_context(java_script_enabled=script, viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        page.locator("main").wait_for()
        page.wait_for_load_state()
        wide = page.evaluate("document.documentElement.scrollWidth") - size["width"]
        found[state] = pages.violations(page, browser) + ([f"{wide} pixels too wide"] if wide > 0 else [])

    page.goto(f"{address}/form")
    look("empty")
    take(page, "trauma", "minor")
    take(page, "rf-saddle", "yes")
    page.fill("input[name='q:age']", "200")
    look("stop message")
    page.locator(NEXT).click()
    look("interruption")
    page.get_by_role("button", name="Go on with the questions").click()
    look("errors")
    page.get_by_role("button", name="Go on as it is").click()
    look("second step")
    page.locator(".stop button").first.click()
    page.locator(".card.critical").wait_for()
    look("advice")
    context.close()
    assert not any(found.values()), found


def test_what_is_touched_is_large_enough_for_a_finger(form: Page) -> None:
    form.locator(NEXT).click()
    form.wait_for_load_state()
    form.locator("button").first.wait_for()
    sizes = form.evaluate(
        """() => [...document.querySelectorAll('button, .choice label, select, textarea, .summary a, input[type=text], input[type=date]')]
        .filter((one) => one.offsetParent && !one.classList.contains('hidden')).map((one) => one.getBoundingClientRect().height)"""
    )
    assert min(sizes) >= 44


def test_the_text_is_large_enough_for_the_sun(form: Page) -> None:
    assert form.evaluate("parseFloat(getComputedStyle(document.querySelector('.choice label')).fontSize)") >= 18
