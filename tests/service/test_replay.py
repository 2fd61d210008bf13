"""A ledger replayed: all of it comes again, and what was changed behind its back is named, that and nothing else."""

import dataclasses
import json
import multiprocessing
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cds.audit.entries.stored import StoredRecord
from cds.audit.rows import Search
from cds.foundation.errors import ContentError, NotFound
from cds.service import application, evaluate, hook, offers, profiles, replay
from cds.service.application import Application
from cds.service.replay import Asked, Report
from cds.service.replaying import batches
from cds.service.replaying.batches import ReplayFailed, Task
from cds.values.record import ActionRecord
from tests.service import replayable
from tests.service.replayable import DECISIONS

WHO = "user:tester"
RULE = {"table": "running", "id": "R-12", "output": "review-days", "value": "10"}


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of before this form, brought to it."""
    return replayable.kept(tmp_path_factory)


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return shutil.copytree(kept, tmp_path / "copy")


def _replay(folder: Path, content: Path | None = None, *, processes: int = 1, **asked: Any) -> Report:
    return replay.replay(replayable.settings(folder, content), Asked(**asked), actor=WHO, processes=processes)


def _named(report: Report) -> dict[int, str]:
    return {one.seq: one.verdict for one in report.replayed}


def _last(folder: Path) -> ActionRecord:
    with closing(replayable.opened(folder)) as ledger:
        entry = list(ledger.records())[-1].public
    assert isinstance(entry, ActionRecord)
    return entry


def test_every_decision_that_the_software_of_before_wrote_comes_again(folder: Path) -> None:
    report = _replay(folder)
    assert report.counts == {"identical": DECISIONS, "changed": 0, "not replayable": 0, "erased": 0, "damaged": 0}
    assert report.holds
    orders = [one for one in replayable.decisions(folder) if "order" in one.channel]
    assert report.without_cards == len(orders) == 3


@pytest.mark.parametrize("processes", [2, 50])
def test_several_processes_say_the_same_in_the_same_order(folder: Path, processes: int) -> None:
    one = _replay(folder, release="1.2.0")
    several = _replay(folder, release="1.2.0", processes=processes)
    assert several == one
    assert [found.seq for found in one.replayed] == sorted(found.seq for found in one.replayed)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("chosen", [*profiles.names(), "silent"])
def test_what_the_service_says_to_every_example_comes_again_with_its_cards(backs: Application, chosen: str) -> None:
    """At every hook, with draft orders too, and beside it a submission; with answers and without, to a client that shows nothing as well."""
    profile = profiles.load("epic" if chosen == "silent" else chosen)
    app = dataclasses.replace(backs, profile=dataclasses.replace(profile, silent=chosen == "silent"))
    hooks, examples = set(), replayable.ROOT / "examples"
    for body in map(Path.read_bytes, sorted((examples / "responses").glob("*.json"))):
        evaluate.submit(app, body)
    for body in map(Path.read_bytes, sorted((examples / "requests").glob("[0-9]*.json"))):
        request = json.loads(body)
        hooks.add(request["hook"])
        hook.answer(app, offers.of_hook(app.releases[replayable.CONDITION], request["hook"]).id, body)
        unanswered = {**request, "prefetch": {**request["prefetch"], "response": None}}
        hook.answer(app, offers.of_hook(app.releases[replayable.CONDITION], request["hook"]).id, json.dumps(unanswered).encode())
    report = replay.replay(app.settings, Asked(), actor=WHO, processes=1)
    assert hooks > {"order-sign"}
    assert {name: count for name, count in report.counts.items() if count} == {"identical": sum(report.counts.values())}
    assert report.without_cards == 0


def _exchanged_fact(told: dict[str, Any]) -> None:
    told["facts"]["rf-saddle"]["value"] = "yes"


def _exchanged_urgency(told: dict[str, Any]) -> None:
    told["triage"]["urgency"] = "routine" if told["triage"]["urgency"] != "routine" else "none"


def _exchanged_text(told: dict[str, Any]) -> None:
    told["cards"][0]["summary"] = "All is well."


@pytest.mark.parametrize(
    ("change", "place"), [(_exchanged_fact, "triage.urgency"), (_exchanged_urgency, "triage.urgency"), (_exchanged_text, "cards[0].summary")]
)
def test_what_an_insider_sealed_anew_is_named_and_nothing_else(folder: Path, change: Callable[[dict[str, Any]], None], place: str) -> None:
    stored = _settled(folder)[2]
    replayable.sealed_anew(folder, stored, lambda record: replayable.assessment(record, change))
    report = _replay(folder)
    assert _named(report) == {stored.seq: "changed"}
    assert place in {found.path for found in report.replayed[0].differences}
    assert not report.holds


def _settled(folder: Path) -> list[StoredRecord]:
    """Decisions of people who said that they feel no numbness, and got a card."""
    told = [(one, one.record.assessment) for one in replayable.decisions(folder) if "order" not in one.channel]
    return [one for one, said in told if said["facts"].get("rf-saddle", {}).get("value") == "no" and said["triage"]["urgency"] != "emergency"]


def test_a_record_that_is_damaged_is_named_also_where_differences_are_no_fault(folder: Path) -> None:
    stored = replayable.decisions(folder)[5]
    replayable.spoilt(folder, stored)
    report = _replay(folder)
    assert _named(report) == {stored.seq: "damaged"}
    assert not report.holds
    assert not _replay(folder, release="1.2.0", decision=stored.entry_id).holds


def test_a_rule_exchanged_in_a_release_makes_it_unusable_and_its_decisions_are_named(folder: Path, tmp_path: Path) -> None:
    content = replayable.content(tmp_path / "content")
    replayable.ruled_otherwise(content, "1.0.0", RULE, sealed=False)
    report = _replay(folder, content)
    mine = {one.seq: "not replayable" for one in replayable.decisions(folder) if one.row.release.endswith(" 1.0.0")}
    assert _named(report) == mine
    assert all("compiled.json" not in one.reason and "cannot be used" in one.reason for one in report.replayed)
    assert not report.holds


def test_a_rule_exchanged_and_sealed_anew_is_another_release_and_changes_what_it_decided(folder: Path, tmp_path: Path) -> None:
    content = replayable.content(tmp_path / "content")
    replayable.ruled_otherwise(content, "1.0.0", RULE, sealed=True)
    by_then = _replay(folder, content, decided_by="1.0.0")
    assert {one.verdict for one in by_then.replayed} == {"not replayable"}
    assert {one.reason for one in by_then.replayed} == {"Release 1.0.0 of then is not the one that is held under that version now."}
    by_now = _replay(folder, content, decided_by="1.0.0", release="1.0.0")
    ruled = {
        one.seq for one in replayable.decisions(folder) if one.row.release.endswith(" 1.0.0") and RULE["id"] in one.record.rules.get("running", ())
    }
    assert ruled
    assert _named(by_now) == dict.fromkeys(sorted(ruled), "changed")
    assert all("decisions.running.outputs[0].review-days" in {found.path for found in one.differences} for one in by_now.replayed)
    assert by_now.holds


def test_another_release_says_what_it_would_have_said(folder: Path) -> None:
    report = _replay(folder, release="1.2.0")
    by = Counter((one.release, one.verdict) for one in report.replayed)
    assert by == {("1.0.0", "changed"): 14}
    assert all(found.old != found.new for one in report.replayed for found in one.differences)
    assert report.holds


def test_an_erased_decision_is_counted_and_is_no_fault(folder: Path) -> None:
    stored = replayable.decisions(folder)[0]
    action = ActionRecord("erased", "2026-11-22T13:00:00.000Z", "erasure", WHO)
    with closing(replayable.opened(folder)) as ledger:
        erased = ledger.erase(stored.row.subject, action)
    report = _replay(folder)
    assert report.counts["erased"] == erased > 0
    assert set(_named(report).values()) == {"erased"}
    assert report.holds


def test_a_key_that_was_taken_away_without_an_erasure_is_named(folder: Path) -> None:
    stored = replayable.decisions(folder)[3]
    same = [one.seq for one in replayable.decisions(folder) if one.row.subject == stored.row.subject]
    replayable.closed(folder, stored)
    report = _replay(folder)
    assert _named(report) == dict.fromkeys(same, "damaged")
    assert not report.holds


def test_a_key_that_was_taken_away_from_a_decision_after_an_erasure_is_named_as_verification_does(folder: Path) -> None:
    record = next(one.record for one in replayable.decisions(folder) if one.record.opened.patient)
    early, late = (dataclasses.replace(record, decision_id=name, sealed=None, former=None) for name in ("early", "late"))
    with closing(replayable.opened(folder)) as ledger:
        ledger.append(early)
        stored = replayable.decisions(folder)[-1]
        ledger.erase(stored.row.subject, ActionRecord("erased", early.decided_at, "erasure", WHO))
        ledger.append(dataclasses.replace(late, decided_at="2026-11-22T14:00:00.000Z"))
        replayable.closed(folder, stored)
        verified = [(one.seq, one.kind) for one in ledger.verify().faults]
    report = _replay(folder)
    last = replayable.decisions(folder)[-1].seq
    assert verified == [(last, "key missing")]
    assert {seq: verdict for seq, verdict in _named(report).items() if seq >= stored.seq} == {stored.seq: "erased", last: "damaged"}
    assert not report.holds


def _patient(rows: list[StoredRecord]) -> str:
    return next(patient for one in rows if (patient := one.record.opened.patient))


def test_a_part_of_the_ledger_can_be_asked_for(folder: Path) -> None:
    rows = replayable.decisions(folder)
    patient = _patient(rows)
    same = [one for one in rows if one.record.opened.patient == patient]
    assert _replay(folder, patient=patient).counts["identical"] == len(same)
    assert _replay(folder, decision=rows[7].entry_id).counts["identical"] == 1
    assert _replay(folder, decided_by="1.1.0").counts["identical"] == 14
    assert _replay(folder, decided_by="low-back-pain 1.1.0").counts["identical"] == 14
    ruled = [one for one in rows if any("N-06" in rules for rules in one.record.rules.values())]
    assert _replay(folder, rule="N-06").counts["identical"] == len(ruled) > 0
    first = datetime.fromisoformat(rows[0].at)
    assert _replay(folder, since=first).counts["identical"] == DECISIONS
    with pytest.raises(NotFound):
        _replay(folder, until=first)


@pytest.mark.parametrize(
    "asked", [{"patient": "Patient/canary-7f3a"}, {"decided_by": "9.9.9"}, {"rule": "X-1"}, {"decision": "canary-7f3a"}, {"release": "9.9.9"}]
)
def test_asking_for_what_is_not_there_is_an_error_that_does_not_repeat_who_was_asked_for(folder: Path, asked: dict[str, Any]) -> None:
    with pytest.raises(NotFound) as caught:
        _replay(folder, **asked)
    assert "canary" not in str(caught.value)


def test_a_release_that_cannot_be_used_is_refused_before_anything_is_done(folder: Path, tmp_path: Path) -> None:
    content = replayable.content(tmp_path / "content")
    replayable.ruled_otherwise(content, "1.0.0", RULE, sealed=False)
    before = len(replayable.decisions(folder))
    with pytest.raises(ContentError, match="not the one that was sealed"):
        _replay(folder, content, release="1.0.0")
    assert _last(folder).action == "upgrade"
    assert len(replayable.decisions(folder)) == before


def test_a_replay_is_recorded_with_its_counts_and_no_fact(folder: Path) -> None:
    patient = _patient(replayable.decisions(folder))
    report = _replay(folder, patient=patient, release="1.2.0")
    entry = _last(folder)
    assert (entry.action, entry.actor, entry.detail["release"]) == ("replay", WHO, "1.2.0")
    assert entry.detail["counts"]["changed"] == report.counts["changed"]
    assert entry.detail["counts"]["notReached"] == 0
    assert patient not in str(entry.detail)
    assert set(entry.detail) == {"filter", "release", "counts"}


@pytest.mark.parametrize("processes", [1, 2])
def test_an_interruption_ends_all_of_it_and_is_recorded(folder: Path, processes: int) -> None:
    def interrupted(count: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay.replay(replayable.settings(folder), Asked(), actor=WHO, processes=processes, told=interrupted)
    assert multiprocessing.active_children() == []
    counts = _last(folder).detail["counts"]
    assert 0 < counts["identical"] < DECISIONS
    assert counts["identical"] + counts["notReached"] == DECISIONS


def test_a_process_that_cannot_go_on_ends_the_replay_with_its_reason(folder: Path) -> None:
    keyless = replayable.settings(folder).model_copy(update={"audit_keys": folder / "nowhere.toml"})
    with closing(replayable.opened(folder)) as ledger:
        planned = batches.planned(ledger, Task(replayable.settings(folder), (Search(kinds=("decision",)),)))
    with pytest.raises(ReplayFailed, match="key"):
        list(batches.across(Task(keyless, (Search(kinds=("decision",)),)), planned, 2, application.now))
    assert multiprocessing.active_children() == []


def test_a_process_that_is_gone_ends_the_replay(folder: Path) -> None:
    """There is more to say than a pipe holds: none of them can have ended by itself."""
    task = Task(replayable.settings(folder), (Search(kinds=("decision",)),))
    with closing(replayable.opened(folder)) as ledger:
        planned = batches.planned(ledger, task)
    done = batches.across(task, planned * 40, 2, application.now)
    next(done)
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    with pytest.raises(ReplayFailed, match="ended before its work was done"):
        list(done)
