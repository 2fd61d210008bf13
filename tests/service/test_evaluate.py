"""A form submitted as FHIR, and the files of the command line: one questionnaire, one decision."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cds.foundation import schemas
from cds.foundation.errors import CdsError, LedgerUnavailable, NotFound, NotProcessable, WrongShape
from cds.foundation.settings import Settings
from cds.releases import sealing
from cds.service import application, evaluate, hook
from cds.service.application import Application
from tests.releases import knees
from tests.service import messages
from tests.service.conftest import Knee
from tests.service.messages import bundle, patient

URN = "urn:uuid:0b0e7d6a-64d1-4b0b-9d3c-2f6f5b2b9d11"
SWOLLEN = "202381003"


def submit(knee: Knee, resource: Any) -> list[dict[str, Any]]:
    """The cards for a submission."""
    cards: list[dict[str, Any]] = evaluate.submit(knee.app, messages.body(resource))["cards"]
    return cards


def refused(knee: Knee, resource: Any, kind: type[CdsError] = NotProcessable) -> list[str]:
    """Where the problems of a submission are; nothing was recorded."""
    with pytest.raises(kind) as caught:
        submit(knee, resource)
    assert knee.app.ledger
    assert list(knee.app.ledger.records()) == []
    return [one.expression for one in caught.value.diagnostics()]


def test_a_response_alone_gives_cards_and_a_record(knee: Knee) -> None:
    (card,) = submit(knee, knee.response({"locked": "yes"}))
    assert card["suggestions"][0]["actions"][0]["resource"]["subject"] == {"reference": "Patient/p-1"}
    assert "Not checked: conditions, patient data, temperature." in card["detail"]
    assert knee.app.ledger
    (kept,) = knee.app.ledger.records()
    assert (kept.record.channel, kept.record.hook_instance) == ("evaluate", "")


def test_a_bundle_brings_the_record_of_the_patient(knee: Knee) -> None:
    (card,) = submit(knee, bundle(knee.response(), patient(birthDate="1960-01-01"), messages.condition(SWOLLEN)))
    assert "swollen knee: patient: No; record: Yes, new" in card["detail"].replace("chart", "record")


def test_a_patient_is_known_by_the_address_in_the_bundle(knee: Knee) -> None:
    response = knee.response({"locked": "yes"}, subject={"reference": URN})
    entries = [
        {"resource": response},
        {"fullUrl": URN, "resource": patient(id=None)},
        {"resource": messages.condition(SWOLLEN, subject={"reference": URN})},
    ]
    (card,) = submit(knee, {"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert card["suggestions"][0]["actions"][0]["resource"]["subject"] == {"reference": URN}
    assert "swollen knee" in card["detail"]


def test_without_a_subject_nothing_can_be_ordered_but_everything_is_said(knee: Knee) -> None:
    (with_subject,) = submit(knee, knee.response({"locked": "yes"}))
    (card,) = submit(knee, knee.response({"locked": "yes"}, subject=None))
    assert "suggestions" in with_subject
    assert "suggestions" not in card
    assert card["detail"] == with_subject["detail"]


def test_the_resources_of_another_patient_are_refused(knee: Knee) -> None:
    assert refused(knee, bundle(knee.response(), patient(id="p-2"))) == ["QuestionnaireResponse.subject"]


@pytest.mark.parametrize("identity", ["Jane Doe", "x" * 65, "p?1"])
def test_nothing_is_ordered_for_whom_no_valid_id_names(knee: Knee, identity: str) -> None:
    for subject in (None, {"reference": URN}):
        entries = [{"resource": knee.response({"locked": "yes"}, subject=subject)}, {"fullUrl": URN, "resource": patient(id=identity)}]
        (card,) = submit(knee, {"resourceType": "Bundle", "type": "collection", "entry": entries})
        assert "suggestions" not in card


@pytest.mark.parametrize("reference", ["Group/p-1", "Jane Doe", "Patient/" + "x" * 65])
def test_a_subject_that_is_no_patient_is_refused(knee: Knee, reference: str) -> None:
    assert refused(knee, knee.response(subject={"reference": reference})) == ["QuestionnaireResponse.subject"]


@pytest.mark.parametrize("count", [0, 2])
def test_a_bundle_has_one_response(knee: Knee, count: int) -> None:
    assert refused(knee, bundle(patient(), *[knee.response()] * count)) == ["Bundle.entry"]


@pytest.mark.parametrize("name", [None, "https://example.org/fhir/Questionnaire/elbow|1.0.0", 5])
def test_a_questionnaire_that_is_not_released_is_refused(knee: Knee, name: Any) -> None:
    assert refused(knee, knee.response(questionnaire=name)) == ["QuestionnaireResponse.questionnaire"]


INVALID = [
    ({"status": "entered-in-error"}, {}, "QuestionnaireResponse.status"),
    ({"status": "done"}, {}, "QuestionnaireResponse.status"),
    ({"questionnaire": "https://example.org/fhir/Questionnaire/sore-knee|9.9.9"}, {}, "QuestionnaireResponse.questionnaire"),
    ({"authored": "2031-01-01T00:00:00Z"}, {}, "QuestionnaireResponse.authored"),
    ({}, {"age": 300}, "QuestionnaireResponse.item[0].item[0].answer[0]"),
    ({}, {"age": [3, 4]}, "QuestionnaireResponse.item[0].item[0].answer"),
    ({}, {"side": ["left", "none"], "distance": (-5, "km")}, "QuestionnaireResponse.item[0].item["),
]


@pytest.mark.parametrize(("changes", "answers", "place"), INVALID)
def test_an_invalid_submission_is_refused_with_its_paths(knee: Knee, changes: dict[str, Any], answers: dict[str, Any], place: str) -> None:
    places = refused(knee, knee.response(answers, **changes))
    assert places
    assert all(one.startswith(place) for one in places)


def test_all_errors_are_told_at_once(knee: Knee) -> None:
    assert len(refused(knee, knee.response({"age": 300, "days": -3}, authored="2031-01-01T00:00:00Z"))) == 3


def test_a_required_question_without_an_answer_is_no_reason_to_refuse(knee: Knee) -> None:
    first, *_ = submit(knee, knee.response({"age": None, "swelling": None, "locked": "yes"}))
    assert first["summary"] == "One question is open."


def test_a_submission_that_cannot_be_recorded_is_not_answered(knee: Knee) -> None:
    assert knee.app.ledger
    knee.app.ledger.close()
    with pytest.raises(LedgerUnavailable):
        submit(knee, knee.response())


# Files.


def told(document: Any) -> tuple[Any, ...]:
    """What must be the same whichever way the answers came."""
    rules = [(one["decision"], one["rules"]) for one in document["decisions"]]
    return (
        document["triage"],
        document["pathway"],
        document["duration"],
        rules,
        document["recommendations"],
        [card["summary"] for card in document["cards"]],
    )


WAYS: list[dict[str, Any]] = [
    {},
    {"locked": "yes"},
    {"swelling": "unsure"},
    {"days": None, "knee-sore": "no"},
    {"age": 70, "days": 30, "side": ["left", "right"]},
]


@pytest.mark.parametrize("answers", WAYS)
def test_hook_submission_and_every_kind_of_file_decide_alike(knee: Knee, answers: dict[str, Any]) -> None:
    response = knee.response({**answers, "distance": (5, "[mi_i]")})
    sent = messages.body(messages.hook({"patient": patient(birthDate=None), "response": response, "conditions": None, "temperature": None}))
    hook.answer(knee.app, "sore-knee", sent)
    submit(knee, response)
    assert knee.app.ledger
    recorded = [told(one.record.assessment) for one in knee.app.ledger.records()]
    known = {**messages.WELL, "distance": 8, **answers}
    facts = {name: None if value == "unsure" else value for name, value in known.items()}
    files = [told(evaluate.assess_file(knee.app, messages.body(one))) for one in (response, bundle(response), {"facts": facts})]
    assert [told(evaluate.assess_file(knee.app, sent)), *recorded, *files] == [recorded[0]] * 6


def test_the_released_back_pain_decides_alike_by_every_way_in(backs: Application) -> None:
    form = backs.releases["low-back-pain"].questionnaire
    answers = {
        "age": 30,
        "sex": "female",
        "lbp-present": "yes",
        "rf-saddle": "yes",
        "run-km-week": (30, "km"),
        "site": ["low-back"],
        "duration-days": 3,
    }
    response = messages.response(form, answers)
    hook.answer(backs, "low-back-pain", messages.body(messages.hook({"patient": patient(birthDate=None), "response": response})))
    evaluate.submit(backs, messages.body(response))
    assert backs.ledger
    recorded = [told(one.record.assessment) for one in backs.ledger.records()]
    assert recorded[0] == recorded[1] == told(evaluate.assess_file(backs, messages.body(response)))
    assert recorded[0][0]["urgency"] == "emergency"


def test_a_file_is_assessed_at_the_instant_asked_for_and_not_recorded(knee: Knee) -> None:
    document = evaluate.assess_file(knee.at(messages.AT + timedelta(days=4)), messages.body(knee.response()))
    assert (document["decidedAt"], document["stale"], document["duration"]["days"]) == ("2030-06-19T12:00:00.000Z", True, 7)
    assert knee.app.ledger
    assert list(knee.app.ledger.records()) == []


def test_the_whole_document_keeps_to_its_schema(knee: Knee) -> None:
    for message in (knee.response(), {"facts": {"locked": "yes"}}, messages.hook({"patient": patient(), "response": None})):
        assert schemas.problems("assessment", evaluate.assess_file(knee.app, messages.body(message))) == []


@pytest.mark.parametrize("message", [{}, {"resourceType": "Patient", "id": "p-1"}, {"hook": "order-sign"}, {"facts": 5}])
def test_a_file_of_no_known_kind_is_refused(knee: Knee, message: Any) -> None:
    with pytest.raises((NotProcessable, WrongShape)):
        evaluate.assess_file(knee.app, messages.body(message))


# Releases and conditions.


@pytest.fixture
def two_versions(knee_content: Path, tmp_path: Path) -> Path:
    """A content folder with 1.0.0 and 1.1.0, which bounds what is fresh otherwise."""
    shutil.copytree(knee_content, tmp_path / "content")
    condition = tmp_path / "content" / knees.NAME
    knees.edit(condition / "draft" / "facts.yaml", "stale-hours: '48'", "stale-hours: '24'")
    sealing.seal(condition, "1.1.0", day=date(2030, 6, 1), engine=knees.ENGINE)
    return tmp_path / "content"


def test_a_release_can_be_named_for_a_file(two_versions: Path, knee: Knee) -> None:
    old = messages.body(knee.response(authored="2030-06-14T06:00:00Z"))
    pins = {"1.0.0": False, "1.1.0": True}
    for version, stale in pins.items():
        app = application.start(Settings(content=two_versions, release=version), audited=False, clock=lambda: messages.AT)
        found = evaluate.assess_file(app, old)
        assert (found["release"]["version"], found["stale"]) == (version, stale)
    with pytest.raises(NotFound, match=r"9\.9\.9"):
        application.start(Settings(content=two_versions, release="9.9.9"), audited=False, clock=lambda: messages.AT)


@pytest.mark.parametrize(("days_before", "version"), [(1, "1.0.0"), (0, "1.1.0")])
def test_the_instant_chooses_the_release(two_versions: Path, days_before: int, version: str) -> None:
    instant = datetime(2030, 6, 1, tzinfo=UTC) - timedelta(days=days_before)
    app = application.start(Settings(content=two_versions), audited=False, clock=lambda: instant)
    assert app.releases[knees.NAME].version == version


@pytest.fixture
def two_conditions(knee_content: Path, tmp_path: Path, backs_loaded: Application) -> Application:
    """A service of two conditions."""
    shutil.copytree(knee_content / knees.NAME, tmp_path / "content" / knees.NAME)
    shutil.copytree(backs_loaded.settings.content / "low-back-pain", tmp_path / "content" / "low-back-pain")
    return application.start(Settings(content=tmp_path / "content", release="1.0.0"), audited=False, clock=lambda: messages.AT)


def test_another_condition_is_another_folder_of_content_and_no_more(two_conditions: Application) -> None:
    app = two_conditions
    assert [one["id"] for one in hook.discovery(app)["services"]] == ["low-back-pain", "sore-knee"]
    for name, release in app.releases.items():
        response = messages.response(release.questionnaire, {"age": 30})
        cards = evaluate.submit(app, messages.body(response))["cards"]
        assert {card["source"]["label"].split()[-2] for card in cards} == {name}


@pytest.mark.parametrize("message", [{"facts": {"age": 30}}, messages.hook({"patient": patient(), "response": None})])
def test_of_two_conditions_a_file_that_could_mean_either_names_one(two_conditions: Application, message: dict[str, Any]) -> None:
    with pytest.raises(WrongShape, match="Name one under `release`"):
        evaluate.assess_file(two_conditions, messages.body(message))
    assert evaluate.assess_file(two_conditions, messages.body(message | {"release": "sore-knee"}))["release"]["name"] == "sore-knee"
    with pytest.raises(NotFound, match="There is: low-back-pain, sore-knee"):
        evaluate.assess_file(two_conditions, messages.body(message | {"release": messages.CANARY}))


def test_an_application_of_the_command_line_records_nothing(knee: Knee) -> None:
    app = replace(knee.app, ledger=None)
    assert evaluate.submit(app, messages.body(knee.response()))["cards"]
    assert "links" not in evaluate.submit(app, messages.body(knee.response()))["cards"][0]
