"""The language of an answer is the one that the operator chose; a release that does not have it starts nothing."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings
from cds.releases import sealing
from cds.service import application, evaluate, explain, hook, knowledge
from cds.service.application import Application
from tests.releases import knees, languages
from tests.service import messages
from tests.service.conftest import Knee, Recorded


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A content folder with the invented condition in two languages."""
    folder = tmp_path_factory.mktemp("bilingual")
    draft = knees.draft(folder) / "draft"
    languages.key(draft)
    languages.add_pseudo(draft)
    sealing.seal(draft.parent, "1.0.0", day=knees.DAY, engine=knees.ENGINE)
    return folder


@pytest.fixture
def started(content: Path, recorded: Recorded) -> Application:
    """The service in the second language, with a ledger."""
    return recorded(start(content, languages.PSEUDO))


def start(content: Path, language: str) -> Application:
    """The service in a language."""
    return application.start(Settings(content=content, language=language), audited=False, clock=lambda: messages.AT)


def answered(app: Application, knee: Knee) -> dict[str, Any]:
    """The first card for a locked knee."""
    card: dict[str, Any] = evaluate.submit(app, messages.body(knee.response({"locked": "yes"})))["cards"][0]
    return card


def named(card: dict[str, Any]) -> str:
    """The id of the decision that a card tells."""
    return str(card["extension"]["org.back-pain-cds.decision"]["decisionId"])


def test_cards_discovery_and_form_are_in_the_language_of_the_setting(started: Application, knee: Knee) -> None:
    english = answered(knee.app, knee)
    card = answered(started, knee)
    assert card["summary"] != english["summary"]
    assert card["source"]["topic"]["display"] == languages.marked(english["source"]["topic"]["display"])
    assert card["source"]["topic"]["code"] == english["source"]["topic"]["code"]
    form = knowledge.read(knowledge.shelf(started), "Questionnaire", knees.NAME)
    assert (form["language"], form["title"]) == (languages.PSEUDO, languages.marked("Sore knee"))
    assert hook.discovery(started)["services"][0]["title"] == languages.marked(hook.discovery(knee.app)["services"][0]["title"])


def test_an_assessment_names_its_language_and_decides_the_same(started: Application, knee: Knee) -> None:
    body = messages.body(knee.response({"locked": "yes"}))
    english, other = (evaluate.assess_file(app, body) for app in (knee.app, started))
    assert (english["release"]["language"], other["release"]["language"]) == ("en", languages.PSEUDO)
    assert (english["triage"], english["decisions"]) == (other["triage"], other["decisions"])


def test_a_decision_is_explained_in_the_language_in_which_it_was_made(started: Application, content: Path, knee: Knee) -> None:
    decision = named(answered(started, knee))
    later = replace(start(content, "en"), ledger=started.ledger, settings=started.settings)
    told = explain.explain(later, decision)
    reasons = {rule["id"]: rule["because"] for one in told["explanation"] for rule in one["rules"]}
    assert reasons["K-1"] == languages.marked("A knee that cannot be straightened may hold a torn piece.")
    assert told["labels"]["locked"] == languages.marked(knee.app.releases[knees.NAME].facts.facts["locked"].label)


def test_a_decision_from_before_there_were_languages_is_explained_in_english(started: Application, content: Path, knee: Knee) -> None:
    assert started.ledger
    english = replace(start(content, "en"), ledger=started.ledger, settings=started.settings, new_id=started.new_id)
    stored = started.ledger.find(named(answered(english, knee)))
    assert stored
    record = stored.record
    release = {name: value for name, value in record.assessment["release"].items() if name != "language"}
    private = replace(record.opened, assessment={**record.assessment, "decisionId": "old", "release": release})
    started.ledger.append(replace(record, decision_id="old", private=private))
    told = explain.explain(started, "old")
    assert told["labels"] == {name: fact.label for name, fact in knee.app.releases[knees.NAME].facts.facts.items()}


def test_a_language_that_a_release_does_not_have_starts_nothing(content: Path) -> None:
    with pytest.raises(NotFound, match="it has en, en-XA. Set CDS_LANGUAGE") as caught:
        start(content, "nl")
    assert caught.value.diagnostics()[0].expression == "CDS_LANGUAGE"


def test_one_release_without_the_language_starts_nothing(content: Path, knee_content: Path, tmp_path: Path) -> None:
    shutil.copytree(content / knees.NAME, tmp_path / knees.NAME)
    shutil.copytree(knee_content / knees.NAME, tmp_path / "other-knee")
    start(tmp_path, "en")
    with pytest.raises(NotFound, match="it has en. Set CDS_LANGUAGE"):
        start(tmp_path, languages.PSEUDO)
