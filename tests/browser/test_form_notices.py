"""The stop message is in sight and told whenever an answer brings it up, with and without script."""

from playwright.sync_api import Page

from tests.browser import pages
from tests.browser.test_form import NEXT, address, form, in_sight, script, take

__all__ = ["address", "form", "script"]


def test_the_stop_message_comes_under_the_newest_answer_and_in_sight(form: Page, script: bool) -> None:
    if script:
        take(form, "rf-saddle", "yes")
        take(form, "rf-chest", "yes")
        assert in_sight(form, ".stop:visible")
        assert form.locator(".item:has(> .question input[name='q:rf-chest']) > .question + [role=alert]").is_visible()


def test_another_emergency_answer_is_met_again(form: Page, script: bool) -> None:
    take(form, "rf-saddle", "yes")
    form.locator(NEXT).click()
    form.get_by_role("button", name="Change my answers").click()
    take(form, "rf-saddle", "no")
    take(form, "rf-chest", "yes")
    if script:
        assert in_sight(form, ".stop[role=alert]:visible")
    form.locator(NEXT).click()
    assert form.locator("h1").inner_text() == "Important message"


def test_past_the_stop_message_it_is_in_sight_and_told_with_what_is_missing(form: Page) -> None:
    take(form, "rf-saddle", "yes")
    form.locator(NEXT).click()
    form.get_by_role("button", name="Go on with the questions").click()
    told = form.locator(":focus")
    assert in_sight(form, ".stop[data-banner]")
    name = pages.accessible(form, told)["name"]
    assert all(words in name for words in ("Stop here and get care now", "another look"))
    stops = []
    for _ in range(2):
        form.keyboard.press("Tab")
        stops.append(form.locator(":focus").inner_text())
    assert stops == ["Get my advice now", "Go on as it is"]
