"""Starting, being ready, stopping, and what an auditor and an editor of content ask."""

import json
import shutil
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

import cds
from cds.foundation.errors import ContentError, NotFound
from cds.foundation.settings import Settings
from cds.service import actions, application, desk, evaluate, ledger, proving, releases
from cds.service.desk import Wanted
from cds.service.proving import Narrowed
from tests.releases import knees
from tests.service import messages
from tests.service.conftest import Knee


def settings(content: Path, folder: Path) -> Settings:
    """Settings with a ledger in a folder of the test."""
    return Settings(content=content, audit_url=f"sqlite:///{folder / 'audit.sqlite3'}")


def test_a_service_that_started_is_ready_and_says_that_nobody_approved_its_content(knee_content: Path, tmp_path: Path) -> None:
    app = application.start(settings(knee_content, tmp_path), clock=lambda: messages.AT)
    readiness = application.readiness(app)
    assert (readiness["ready"], readiness["checks"]["ledger"]) == (True, "ok")
    assert readiness["checks"]["audit"] == {"unauditedAnswers": 0, "entries": 0, "spooled": 0}
    assert readiness["checks"]["releases"] == {"sore-knee": "1.0.0, not clinically approved"}
    application.stop(app)
    assert application.readiness(app)["ready"] is False


def test_a_service_whose_ledger_is_closed_is_not_ready_and_says_why(knee: Knee) -> None:
    assert knee.app.ledger
    knee.app.ledger.close()
    told = application.readiness(knee.app)
    assert (told["ready"], "closed" in told["checks"]["ledger"]) == (False, True)


def test_approved_content_is_said_to_be_approved(knee: Knee) -> None:
    approved = {name: replace(release, approved=True) for name, release in knee.app.releases.items()}
    assert application.readiness(replace(knee.app, releases=approved))["checks"]["releases"] == {"sore-knee": "1.0.0, clinically approved"}


def test_the_versions_of_software_and_releases_are_told(knee: Knee) -> None:
    digest = knee.app.releases["sore-knee"].digest
    assert application.versions(knee.app) == {
        "software": cds.__version__,
        "engine": cds.__version__,
        "releases": [{"name": "sore-knee", "version": "1.0.0", "digest": digest}],
    }


def test_an_empty_content_folder_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="Set CDS_CONTENT"):
        application.start(Settings(content=tmp_path), audited=False)


def test_changed_content_starts_nothing(knee_content: Path, tmp_path: Path) -> None:
    shutil.copytree(knee_content, tmp_path / "content")
    path = tmp_path / "content" / knees.NAME / "1.0.0" / "compiled.json"
    path.write_bytes(path.read_bytes().replace(b'"48"', b'"49"', 1))
    with pytest.raises(ContentError, match="not the one that was sealed"):
        application.start(Settings(content=tmp_path / "content"), audited=False, clock=lambda: messages.AT)


def test_ids_cannot_be_guessed_and_the_clock_knows_its_zone() -> None:
    assert uuid.UUID(application.new_id()).version == 4
    assert application.new_id() != application.new_id()
    assert application.now().tzinfo is not None


def test_a_command_without_a_ledger_stops_and_is_ready(knees_loaded: application.Application) -> None:
    application.stop(knees_loaded)
    assert application.readiness(knees_loaded)["ready"] is True


# What an auditor asks.


def test_the_ledger_tells_the_newest_decisions_first_each_in_a_line(knee: Knee) -> None:
    for answers in ({}, {"locked": "yes"}, {"knee-sore": "no"}):
        evaluate.submit(knee.app, messages.body(knee.response(answers)))
    with desk.at(knee.app.settings) as ours:
        lines = ledger.records(ours, Wanted())
        assert len(ledger.records(ours, Wanted(), limit=1)) == 1
    assert [(line["seq"], line["urgency"], line["outcome"]) for line in lines] == [
        (3, "none", "nothing to say: no card"), (2, "urgent", "cards"), (1, "self-care", "cards"),
    ]  # fmt: skip
    assert (lines[1]["release"], lines[1]["channel"], "K-1" in lines[1]["rules"]) == ("sore-knee 1.0.0", "evaluate", True)


def test_who_reads_the_ledger_here_is_recorded_with_what(knee: Knee) -> None:
    evaluate.submit(knee.app, messages.body(knee.response()))
    with desk.at(knee.app.settings) as ours:
        (line,) = ledger.records(ours, Wanted())
        ledger.show(ours, line["decisionId"])
        found = [one for one in ledger.records(ours, Wanted()) if one["kind"] == "action"]
    assert [(one["action"], one["detail"]["what"]) for one in found] == [("reading", "one entry"), ("reading", "a listing")]
    assert {one["actor"] for one in found} == {actions.of_user()}


def test_one_decision_is_shown_whole_with_its_place_in_the_log(knee: Knee) -> None:
    evaluate.submit(knee.app, messages.body(knee.response()))
    with desk.at(knee.app.settings) as ours:
        (line,) = ledger.records(ours, Wanted())
        shown = ledger.show(ours, line["decisionId"])
        assert (shown["seq"], shown["assessment"]["decisionId"], len(shown["leaf"])) == (1, line["decisionId"], 64)
        with pytest.raises(NotFound, match="cds audit list"):
            ledger.show(ours, "nobody")


def test_the_log_is_verified_with_its_root(knee: Knee) -> None:
    evaluate.submit(knee.app, messages.body(knee.response()))
    with desk.at(knee.app.settings) as ours:
        told = proving.verify(ours, Narrowed())
    assert (told["records"], told["holds"], told["faults"]) == (1, True, [])
    assert knee.app.ledger
    assert told["root"] == knee.app.ledger.state().root.hex()


# What an editor of content asks.


def test_releases_are_listed_shown_and_checked(knee_content: Path) -> None:
    chosen = Settings(content=knee_content)
    (listed,) = releases.available(chosen)
    assert (listed["name"], listed["version"], listed["status"], listed["from"], listed["until"]) == (
        "sore-knee",
        "1.0.0",
        "active",
        "2030-01-01",
        None,
    )
    shown = releases.show(chosen, "1.0.0")
    assert (shown["digest"], shown["facts"], shown["valueSets"], shown["approved"]) == (listed["digest"], 13, 3, False)
    assert (shown["questionnaire"], shown["unverifiedReferences"]) == ("https://example.org/fhir/Questionnaire/sore-knee|2.0.0", ["MEMO"])
    assert {"decision": "signs", "rules": 3} in shown["decisions"]
    assert releases.check(knee_content / knees.NAME / "1.0.0").errors == ()
    with pytest.raises(NotFound, match="cds release list"):
        releases.show(chosen, "9.9.9")


def test_a_draft_is_sealed_from_today_unless_a_day_is_given(tmp_path: Path) -> None:
    knees.draft(tmp_path)
    before = application.now().date().isoformat()
    sealed = releases.seal(Settings(content=tmp_path), "1.0.0", name="sore-knee")
    later = releases.seal(Settings(content=tmp_path), "1.0.1", name="sore-knee", day=knees.DAY)
    assert (sealed["name"], sealed["version"]) == ("sore-knee", "1.0.0")
    starts = [one["effectivePeriod"]["start"] for one in json.loads((tmp_path / "sore-knee" / "index.json").read_text(encoding="utf-8"))["versions"]]
    assert before <= starts[0] <= application.now().date().isoformat()
    assert (starts[1], later["digest"] != sealed["digest"]) == ("2030-01-01", True)
