"""Nobody loses answers by the gesture "back" or by a reload: with a script nothing, without one what the browser itself keeps."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_form import NEXT, PHONE, address, heading, onwards, take

__all__ = ["address"]
AGE = "input[name='q:age']"


@pytest.fixture
def form(browser: Browser, address: str) -> Iterator[Page]:
    """The first page of the form, on a phone that runs scripts."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(f"{address}/form")
    yield page
    context.close()


def filled_in(page: Page) -> tuple[str, bool, bool]:
    return page.input_value(AGE), page.locator("input[name='q:sex'][value=male]").is_checked(), emergency(page)


def emergency(page: Page) -> bool:
    return page.locator("input[name='q:rf-chest'][value=yes]").is_checked()


def fill(page: Page) -> None:
    page.fill(AGE, "33")
    take(page, "sex", "male")
    take(page, "rf-chest", "yes")


def test_back_from_the_stop_message_shows_all_that_was_answered_and_warns_again(form: Page) -> None:
    fill(form)
    with form.expect_navigation():
        form.locator(NEXT).click()
    assert heading(form) == "Important message"
    form.go_back()
    assert filled_in(form) == ("33", True, True)
    assert form.locator(".stop[data-banner]").is_visible()
    form.go_forward()
    assert heading(form) == "Important message"


def test_back_goes_through_the_steps_one_by_one_and_out_of_the_form(form: Page) -> None:
    form.goto("about:blank")
    form.go_back()
    fill(form)
    with form.expect_navigation():
        form.locator(NEXT).click()
    with form.expect_navigation():
        form.get_by_role("button", name="Go on with the questions").click()
    with form.expect_navigation():
        form.get_by_role("button", name="Go on as it is").click()
    form.fill("input[name='q:onset-date']", "2026-11")
    seen = []
    for _ in range(3):
        form.go_back()
        seen.append(heading(form))
    assert seen == ["Warning signs", "Important message", "Warning signs"]
    assert filled_in(form) == ("33", True, True)
    for _ in range(3):
        form.go_forward()
    assert form.input_value("input[name='q:onset-date']") == "2026-11"


def test_back_from_the_advice_shows_the_answers(form: Page) -> None:
    fill(form)
    with form.expect_navigation():
        form.locator(".stop:visible button").first.click()
    assert heading(form) == "Your advice"
    form.go_back()
    assert filled_in(form) == ("33", True, True)


@pytest.mark.parametrize("step", [1, 2])
def test_a_reload_loses_nothing(form: Page, step: int) -> None:
    fill(form)
    if step == 2:
        take(form, "rf-chest", "no")
        onwards(form)
        form.fill("input[name='q:onset-date']", "half typ")
    form.reload()
    if step == 2:
        assert form.input_value("input[name='q:onset-date']") == "half typ"
        return
    assert filled_in(form) == ("33", True, True)
    assert form.locator(".stop[data-banner]").is_visible()


def test_a_form_opened_anew_forgets_the_answers_of_the_one_before_and_says_so(form: Page) -> None:
    fill(form)
    with form.expect_navigation():
        form.locator(".stop:visible button").first.click()
    with form.expect_navigation():
        form.get_by_role("link", name="Start again with an empty form").click()
    assert form.input_value(AGE) == ""
    assert form.evaluate("Object.keys(sessionStorage).length") == 1
    form.go_back()
    assert (form.input_value(AGE), emergency(form)) == ("", False)
    assert "no longer in this tab" in form.locator(".lost").inner_text()


def test_the_answers_of_a_tab_are_in_no_address_and_in_no_other_tab(form: Page, address: str) -> None:
    fill(form)
    with form.expect_navigation():
        form.locator(NEXT).click()
    assert urlsplit(form.url)[2:] == ("/form/low-back-pain", "", "")
    assert form.evaluate("[document.cookie, localStorage.length]") == ["", 0]
    other = form.context.new_page()
    other.goto(f"{address}/form")
    assert (other.input_value(AGE), emergency(other)) == ("", False)


def test_without_storage_the_form_works_as_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE)
    context.add_init_script("Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('blocked'); } })")
    page = context.new_page()
    page.goto(f"{address}/form")
    fill(page)
    page.locator(NEXT).click()
    assert heading(page) == "Important message"
    assert page.evaluate("history.state") is None
    context.close()


def test_without_script_back_keeps_what_was_tapped_and_the_page_says_what_to_use(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/form")
    assert "Use the buttons of this form to go back" in page.locator("main").inner_text()
    fill(page)
    with page.expect_navigation():
        page.locator(NEXT).click()
    assert "Use the buttons of this form to go back" in page.locator("main").inner_text()
    page.go_back()
    assert emergency(page)
    context.close()
