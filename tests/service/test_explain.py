"""Explanations by their address: found, unknown, expired, and of releases that are no longer in force."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from cds.foundation import schemas
from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings
from cds.releases import sealing
from cds.service import application, evaluate, explain
from cds.service import desk as desks
from cds.service.application import Application
from tests.releases import knees
from tests.service import messages
from tests.service.conftest import Knee, Recorded

SECOND = timedelta(seconds=1)


def decided(app: Application, knee: Knee) -> str:
    """The id of a decision that the ledger holds."""
    card = evaluate.submit(app, messages.body(knee.response({"locked": "yes"})))["cards"][0]
    return str(card["extension"]["org.back-pain-cds.decision"]["decisionId"])


def test_a_decision_is_explained_with_the_reasons_of_its_rules(knee: Knee) -> None:
    found = explain.explain(knee.app, decided(knee.app, knee))
    assert schemas.problems("assessment", found) == []
    reasons = {rule["id"]: rule["because"] for decision in found["explanation"] for rule in decision["rules"]}
    assert reasons["K-1"] == "A knee that cannot be straightened may hold a torn piece."


@pytest.mark.parametrize("name", ["", "nobody", "' OR 1=1 --", "0" * 400, "\u00e9"])
def test_an_id_that_names_no_decision_is_not_found_and_not_repeated(knee: Knee, name: str) -> None:
    decided(knee.app, knee)
    with pytest.raises(NotFound) as caught:
        explain.explain(knee.app, name)
    assert name == "" or name not in caught.value.text


def test_an_address_lasts_as_long_as_the_setting_says_to_the_second(knee: Knee) -> None:
    name = decided(knee.app, knee)
    assert explain.explain(knee.at(messages.AT + timedelta(hours=72)), name)["decisionId"] == name
    with pytest.raises(NotFound, match="has expired"):
        explain.explain(knee.at(messages.AT + timedelta(hours=72) + SECOND), name)


def test_an_expired_address_tells_no_more_than_one_that_never_was(knee: Knee) -> None:
    name, late = decided(knee.app, knee), knee.at(messages.AT + timedelta(days=9))
    told = []
    for one in (name, "nobody"):
        with pytest.raises(NotFound) as caught:
            explain.explain(late, one)
        told.append(caught.value.diagnostics())
    assert told[0] == told[1]


def test_without_a_ledger_there_is_no_explanation(knee: Knee) -> None:
    with pytest.raises(NotFound):
        explain.explain(replace(knee.app, ledger=None), "nobody")


@pytest.fixture
def content(knee_content: Path, tmp_path: Path) -> Path:
    """The content folder of a test that changes it."""
    shutil.copytree(knee_content, tmp_path / "content")
    return tmp_path / "content"


def test_a_decision_of_an_older_release_is_explained_by_that_release(content: Path, knee: Knee, recorded: Recorded) -> None:
    name = decided(knee.app, knee)
    condition = content / knees.NAME
    knees.edit(condition / "draft" / "decisions" / "signs.yaml", "may hold a torn piece", "is a locked knee")
    sealing.seal(condition, "1.1.0", day=date(2030, 6, 15), engine=knees.ENGINE)
    newer = recorded(application.start(Settings(content=content), audited=False, clock=lambda: messages.AT))
    assert newer.releases[knees.NAME].version == "1.1.0"
    rules = {rule["id"]: rule["because"] for decision in explain.explain(newer, name)["explanation"] for rule in decision["rules"]}
    assert rules["K-1"] == "A knee that cannot be straightened may hold a torn piece."


def test_a_decision_whose_release_is_gone_is_not_explained_by_another(content: Path, knee: Knee, recorded: Recorded) -> None:
    name = decided(knee.app, knee)
    shutil.rmtree(content / knees.NAME / "1.0.0")
    (content / knees.NAME / "index.json").unlink()
    sealing.seal(content / knees.NAME, "2.0.0", day=date(2030, 6, 1), engine=knees.ENGINE)
    other = recorded(application.start(Settings(content=content), audited=False, clock=lambda: messages.AT))
    with pytest.raises(NotFound, match=r"release 1\.0\.0 that decided this is no longer held"):
        explain.explain(other, name)


def test_a_rule_is_explained_cell_by_cell_for_a_file(knee: Knee) -> None:
    told = explain.why(knee.app, messages.body({"facts": {"locked": "no"}}), "K-1")
    assert (told["decision"], told["matches"], told["given"]) == ("signs", False, False)
    assert told["alternatives"][0][0] == {"input": "locked", "test": "yes", "value": "no", "holds": False}


def test_a_rule_is_explained_from_what_the_ledger_recorded(knee: Knee) -> None:
    name = decided(knee.app, knee)
    with desks.at(knee.app.settings) as desk:
        told = explain.why_recorded(desk, name, "K-1")
        assert (told["matches"], told["given"], told["alternatives"][0][0]["value"]) == (True, True, "yes")
        with pytest.raises(NotFound, match="No table has a rule"):
            explain.why_recorded(desk, name, "K-99")
        with pytest.raises(NotFound, match="nothing under that id"):
            explain.why_recorded(desk, "nobody", "K-1")


def test_where_nobody_answered_no_rule_was_tried(knee: Knee) -> None:
    request = messages.body(messages.hook({"patient": messages.patient(), "response": None}))
    with pytest.raises(NotFound, match="no rule was tried"):
        explain.why(knee.app, request, "K-1")
