"""LHC-Forms of the National Library of Medicine, which renders FHIR Questionnaires: a form of it in a page, filled in like a person would."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

INSTALLED = Path(__file__).parents[2] / "var/lforms/package/dist/lforms"
SCRIPTS = ("webcomponent/assets/lib/zone.min.js", "webcomponent/lhc-forms.js", "fhir/lformsFHIRAll.min.js")
PAGE = "<!doctype html><html lang='en'><title>LHC-Forms</title><div id='form'></div></html>"
SHOW = """async ({questionnaire, response}) => {
  const form = LForms.Util.convertFHIRQuestionnaireToLForms(questionnaire, 'R4');
  const filled = response ? LForms.Util.mergeFHIRDataIntoLForms('QuestionnaireResponse', response, form, 'R4') : form;
  await LForms.Util.addFormToPage(filled, 'form');
}"""
TAKE = "subject => LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4', null, {subject})"


def show(page: Page, questionnaire: dict[str, Any], response: dict[str, Any] | None = None) -> None:
    """Renders the form, with the answers of a response where there is one. Skips where LHC-Forms is not installed."""
    if not INSTALLED.is_dir():
        pytest.skip("var/lforms is absent: `make` installs LHC-Forms where npm is")
    page.set_content(PAGE)
    for script in SCRIPTS:
        page.add_script_tag(path=INSTALLED / script)
    page.evaluate(SHOW, {"questionnaire": questionnaire, "response": response})
    page.wait_for_selector("[role=combobox]")


def fill(page: Page, link_id: str, text: str) -> None:
    """Types into the field of that linkId."""
    page.fill(_field(link_id), text)
    page.press(_field(link_id), "Tab")


def choose(page: Page, link_id: str, display: str) -> None:
    """Types an option into the field of that linkId and takes the first one offered."""
    page.click(_field(link_id))
    page.locator(_field(link_id)).press_sequentially(display)
    page.press(_field(link_id), "ArrowDown")
    page.press(_field(link_id), "Tab")


def shown(page: Page, link_id: str) -> str:
    """What stands in the field of that linkId."""
    return page.input_value(_field(link_id))


def taken(page: Page, patient: str) -> dict[str, Any]:
    """The QuestionnaireResponse that LHC-Forms makes of the form as it stands."""
    found: dict[str, Any] = page.evaluate(TAKE, {"resourceType": "Patient", "id": patient, "name": [{"family": "Roe"}]})
    return found


def _field(link_id: str) -> str:
    return f'[id="{link_id}/1/1"]'
