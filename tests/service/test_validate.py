"""$validate: which questionnaire is meant, what else is asked, and an outcome for whatever parses, without anything that was sent."""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.errors import CdsError, NotJson, TooLarge, WrongShape
from cds.foundation.settings import Settings
from cds.releases import sealing
from cds.service import application, questionnaires, validate
from cds.service.application import Application
from cds.service.questionnaires import Library
from tests.releases import knees
from tests.service import messages
from tests.service.conftest import Knee
from tests.service.messages import CANARY

EXAMPLE = Path(__file__).parents[2] / "examples" / "responses" / "strain-improving.json"
BASE = "http://hl7.org/fhir/StructureDefinition/QuestionnaireResponse"
URL = "https://example.org/fhir/Questionnaire/sore-knee"
OTHER: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "id": "q",
    "url": "https://example.org/fhir/Questionnaire/mood",
    "version": "1",
    "status": "active",
    "item": [{"linkId": f"{CANARY}-mood", "type": "integer", "required": True}, {"linkId": "why", "type": "string"}],
}
ANSWER: dict[str, Any] = {
    "resourceType": "QuestionnaireResponse",
    "questionnaire": "https://example.org/fhir/Questionnaire/mood|1",
    "status": "completed",
    "item": [{"linkId": f"{CANARY}-mood", "answer": [{"valueInteger": 3}]}],
}
WRONG = {**ANSWER, "item": [{"linkId": f"{CANARY}-mood", "answer": [{"valueString": CANARY}]}]}


@pytest.fixture
def library(knees_loaded: Application) -> Library:
    """The questionnaires of the invented condition."""
    return questionnaires.library(knees_loaded)


def parameters(**parts: Any) -> dict[str, Any]:
    """Parameters with resources, and codes where a part is text."""
    told = [{"name": name, "valueCode": part} if isinstance(part, str) else {"name": name, "resource": part} for name, part in parts.items()]
    return {"resourceType": "Parameters", "parameter": told}


def issues(library: Library, sent: Any, **query: str) -> list[tuple[str, str, str]]:
    """Severity, rule or code, and place of every issue, none of which repeats what was sent."""
    outcome = validate.validate(library, messages.body(sent), query.items())
    assert outcome["resourceType"] == "OperationOutcome"
    assert CANARY not in json.dumps(outcome)
    return [_issue(one) for one in outcome["issue"]]


def _issue(issue: dict[str, Any]) -> tuple[str, str, str]:
    rule = issue.get("details", {}).get("coding", [{"code": issue["code"]}])[0]["code"]
    return issue["severity"], rule, issue.get("expression", [""])[0]


def errors(library: Library, sent: Any, **query: str) -> list[tuple[str, str]]:
    """Rule or code and place of the errors."""
    return [(rule, place) for severity, rule, place in issues(library, sent, **query) if severity == "error"]


def test_a_good_response_to_a_released_questionnaire_has_no_problem(library: Library, knee: Knee) -> None:
    assert issues(library, knee.response()) == [("information", "informational", "")]


def test_a_response_in_parameters_is_the_same_response(library: Library, knee: Knee) -> None:
    wrong = knee.response({"age": None})
    assert issues(library, wrong) == issues(library, parameters(resource=wrong))
    assert errors(library, wrong) != []


@pytest.mark.parametrize("canonical", [URL, f"{URL}|2.0.0"])
def test_a_released_questionnaire_is_found_by_its_canonical(library: Library, knee: Knee, canonical: str) -> None:
    assert errors(library, knee.response(questionnaire=canonical)) == []


@pytest.mark.parametrize("canonical", [None, CANARY, f"{URL}|9.9.9", f"#{CANARY}", "", 5, [CANARY]])
def test_a_questionnaire_that_is_not_held_is_told(library: Library, knee: Knee, canonical: Any) -> None:
    found = issues(library, knee.response(questionnaire=canonical))
    assert ("error", "questionnaireNotFound", "QuestionnaireResponse.questionnaire") in found
    assert ("information", "notChecked", "QuestionnaireResponse") in found


def test_any_questionnaire_can_be_sent_along(library: Library) -> None:
    assert errors(library, parameters(resource=ANSWER, questionnaire=OTHER)) == []
    assert errors(library, parameters(questionnaire=OTHER, resource=WRONG)) == [("invalidAnswerType", "QuestionnaireResponse.item[0].answer[0]")]


def test_any_questionnaire_can_be_contained(library: Library) -> None:
    def holding(response: dict[str, Any]) -> dict[str, Any]:
        return {**response, "questionnaire": "#q", "contained": [OTHER]}

    assert errors(library, holding(ANSWER)) == []
    assert errors(library, holding(WRONG)) == [("invalidAnswerType", "QuestionnaireResponse.item[0].answer[0]")]


def test_the_questionnaire_sent_along_goes_before_the_contained_and_the_released_one(library: Library, knee: Knee) -> None:
    contained = {**ANSWER, "questionnaire": "#q", "contained": [{**OTHER, "item": [{"linkId": "x", "type": "string"}]}]}
    assert errors(library, contained) != []
    assert errors(library, parameters(resource=contained, questionnaire=OTHER)) == []
    short = {**OTHER, "url": URL, "version": "2.0.0"}
    assert errors(library, knee.response()) == []
    assert ("invalidLinkId", "QuestionnaireResponse.item[0]") in errors(library, parameters(resource=knee.response(), questionnaire=short))


def test_a_wrong_questionnaire_is_told_with_its_places(library: Library) -> None:
    form = {**OTHER, "item": [*OTHER["item"], {"linkId": "why", "type": "string"}]}
    assert issues(library, parameters(resource=WRONG, questionnaire=form)) == [
        ("error", "duplicate", "Questionnaire.item[2].linkId"),
        ("information", "notChecked", "QuestionnaireResponse"),
    ]


def test_the_value_sets_of_a_release_are_known_by_their_canonical(backs_loaded: Application) -> None:
    library = questionnaires.library(backs_loaded)
    canonical, codes = next((name, codes) for name, codes in library.expansions().items() if "|" not in name and codes)
    system, code = min(codes)
    form = {**OTHER, "item": [{"linkId": "which", "type": "choice", "answerValueSet": canonical}]}
    good, bad = ({**ANSWER, "item": [{"linkId": "which", "answer": [{"valueCoding": {"system": system, "code": one}}]}]} for one in (code, CANARY))
    assert errors(library, parameters(resource=good, questionnaire=form)) == []
    assert errors(library, parameters(resource=bad, questionnaire=form)) == [("invalidCoding", "QuestionnaireResponse.item[0].answer[0]")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, []),
        ({"mode": "create"}, [("not-supported", "")]),
        ({"mode": "update"}, [("not-supported", "")]),
        ({"mode": "delete"}, [("not-supported", "")]),
        ({"mode": CANARY}, [("code-invalid", "")]),
        ({"mode": "profile"}, [("required", "")]),
        ({"mode": "profile", "profile": BASE}, []),
        ({"profile": f"{BASE}|4.0.1"}, []),
        ({"profile": f"https://example.org/{CANARY}"}, [("not-supported", "")]),
        ({"_format": "json"}, []),
    ],
)
def test_what_cannot_be_checked_is_an_error_and_not_passed_over(
    library: Library, knee: Knee, query: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert errors(library, knee.response(), **query) == expected


def test_a_mode_in_parameters_is_told_with_its_place(library: Library, knee: Knee) -> None:
    assert errors(library, parameters(resource=knee.response(), mode="delete")) == [("not-supported", "Parameters.parameter[1]")]


def test_the_rest_is_checked_whatever_else_was_asked(library: Library, knee: Knee) -> None:
    found = errors(library, parameters(resource=knee.response({"age": None}), mode="create"))
    assert [rule for rule, _ in found] == ["not-supported", "required"]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"resourceType": "Patient", "id": CANARY},
        {"resourceType": [CANARY]},
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": [{"name": CANARY, "resource": ANSWER}]},
        parameters(resource={}),
        parameters(resource={"resourceType": CANARY}),
        parameters(resource=ANSWER, questionnaire={"resourceType": "Patient"}),
        parameters(resource=ANSWER, questionnaire={**OTHER, "item": CANARY}),
        {**ANSWER, "item": None},
        {**ANSWER, "item": [None, 5, CANARY]},
        {**ANSWER, "contained": CANARY, "questionnaire": "#q"},
        {**ANSWER, "status": CANARY},
    ],
)
def test_what_parses_has_an_outcome_with_an_error(library: Library, sent: Any) -> None:
    assert errors(library, sent) != []


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"", NotJson), (CANARY.encode(), NotJson), (b"[1]", WrongShape), (b"null", WrongShape), (b'{"a":' * 40 + b"1" + b"}" * 40, NotJson)],
)
def test_what_does_not_parse_is_refused(library: Library, body: bytes, error: type[CdsError]) -> None:
    with pytest.raises(error) as caught:
        validate.validate(library, body)
    assert CANARY not in str(caught.value.diagnostics())


def test_a_body_over_the_limit_is_refused(library: Library) -> None:
    small = replace(library.app, settings=library.app.settings.model_copy(update={"body_limit": 1_000}))
    with pytest.raises(TooLarge):
        validate.validate(questionnaires.library(small), b" " * 1_001)


@pytest.mark.parametrize("release", [True, False])
def test_ten_thousand_items_are_refused_before_they_are_read(library: Library, knee: Knee, release: bool) -> None:
    response = knee.response() if release else {**ANSWER, "questionnaire": "#q", "contained": [OTHER]}
    assert errors(library, {**response, "item": [{"linkId": f"{CANARY}-{number}"} for number in range(10_000)]})[0][0] == "too-long"


def test_ten_thousand_parameters_have_an_outcome_of_bounded_length(library: Library) -> None:
    sent = {"resourceType": "Parameters", "parameter": [{"name": CANARY}] * 10_000}
    found = issues(library, sent)
    assert len(found) == validate.MAX_ISSUES + 1
    assert found[0][0] == "error"
    assert found[-1] == ("information", "too-long", "")


def test_a_questionnaire_that_several_releases_hold_is_in_effect_while_one_of_them_is(tmp_path: Path) -> None:
    condition = knees.sealed(tmp_path)
    sealing.seal(condition, "1.1.0", day=date(2030, 6, 1), engine=knees.ENGINE)
    app = application.start(Settings(content=tmp_path), audited=False, clock=lambda: messages.AT)
    library = questionnaires.library(app)
    (held,) = library.held()
    assert (held.form.start, held.form.end, held.form.status, held.in_force) == ("2030-01-01", "", "active", True)


def test_a_questionnaire_of_an_older_release_is_still_known(tmp_path: Path) -> None:
    condition = knees.sealed(tmp_path)
    knees.edit(condition / "draft" / "questionnaire.json", '"version": "2.0.0"', '"version": "2.1.0"')
    sealing.seal(condition, "1.1.0", day=date(2030, 6, 1), engine=knees.ENGINE)
    app = application.start(Settings(content=tmp_path), audited=False, clock=lambda: messages.AT)
    library = questionnaires.library(app)
    old, new, any_version = (questionnaires.named(library, canonical) for canonical in (f"{URL}|2.0.0", f"{URL}|2.1.0", URL))
    assert old
    assert new
    assert any_version is new
    assert ((old.form.end, old.in_force), (new.form.start, new.in_force)) == (("2030-05-31", False), ("2030-06-01", True))
    shutil.rmtree(tmp_path / knees.NAME)
    assert questionnaires.named(library, f"{URL}|2.0.0") is old


@pytest.mark.parametrize("path", sorted(path for path in EXAMPLE.parent.iterdir() if "bundle" not in path.name), ids=lambda path: path.stem)
def test_the_released_form_sent_along_is_judged_like_the_released_form(backs_loaded: Application, path: Path) -> None:
    library, response = questionnaires.library(backs_loaded), json.loads(path.read_text(encoding="utf-8"))
    form = {**backs_loaded.releases["low-back-pain"].questionnaire, "status": "active"}
    response["item"][0]["item"][1:3] = [{"linkId": CANARY}, {"linkId": "g-now"}]
    assert issues(library, parameters(resource=response, questionnaire=form)) == issues(library, response)


def test_the_content_that_ships_accepts_the_example(backs_loaded: Application) -> None:
    library = questionnaires.library(backs_loaded)
    assert validate.failed(validate.validate_file(library, EXAMPLE.read_bytes(), None)) is False
