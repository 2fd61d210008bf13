"""`cds audit list` and `show`: what an auditor reads, on both stores, and the record that it was read."""

import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from cds.audit import ledger
from cds.audit.place import Place
from cds.cli import auditing
from cds.values.record import ActionRecord, Private
from tests.audit import formers
from tests.cli import conftest
from tests.cli.conftest import FIRST, SECOND, THIRD, Audit
from tests.service import audited

CANARY = "canary-7f3a"


def listed(audit: Audit, *arguments: str) -> list[str]:
    """The ids of what is listed."""
    found = json.loads(audit("list", "--json", *arguments).stdout)
    return [one.get("decisionId") if one["kind"] == "decision" else one["kind"] for one in found]


def test_the_newest_entries_come_first_and_the_reading_is_recorded(audit: Audit) -> None:
    assert listed(audit) == ["feedback", THIRD, SECOND, FIRST]
    assert listed(audit, "--limit", "2") == ["action", "feedback"]
    (reading, *_) = json.loads(audit("list", "--kind", "action", "--json").stdout)
    assert (reading["action"], reading["detail"]["what"], reading["detail"]["count"]) == ("reading", "a listing", 2)
    assert reading["actor"].startswith("user:")


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        (("--patient", "Patient/7", "--client", "spec", "--tenant", "north"), [SECOND, FIRST]),
        (("--patient", "https://ehr.example.org/fhir/Patient/8", "--client", "spec", "--tenant", "north"), [THIRD]),
        (("--patient", "Patient/7"), []),
        (("--kind", "decision", "--client", "spec"), [THIRD, SECOND, FIRST]),
        (("--client", "nobody"), []),
        (("--release", "1.0.0", "--kind", "decision"), [THIRD, SECOND, FIRST]),
        (("--release", "9.9.9"), []),
        (("--from", "2024-05-04T00:00:00Z", "--kind", "decision"), [THIRD]),
        (("--to", "2024-05-03T00:00:00Z", "--kind", "decision"), [FIRST]),
    ],
)
def test_the_list_is_narrowed(audit: Audit, narrowed: tuple[str, ...], found: list[str]) -> None:
    assert listed(audit, *narrowed) == found


def test_a_patient_stands_in_the_record_of_a_reading_by_the_pseudonym(audit: Audit) -> None:
    listed(audit, "--patient", f"Patient/{CANARY}")
    (reading, *_) = json.loads(audit("list", "--kind", "action", "--json").stdout)
    assert len(reading["detail"]["filter"]["subjects"]) == 1
    assert CANARY not in json.dumps(reading)


def test_a_decision_is_found_by_id_number_card_and_digest_with_facts_cards_and_feedback(audit: Audit) -> None:
    whole = json.loads(audit("show", FIRST, "--json").stdout)
    assert (whole["seq"], whole["patient"], whole["assessment"]["facts"]["age"]["value"]) == (1, "Patient/7", conftest.AGE)
    assert whole["feedback"][0]["state"] == "overridden"
    for name in ("1", whole["decisionDigest"]):
        assert json.loads(audit("show", name, "--json").stdout) == whole
    by_card = json.loads(audit("show", "--card", audited.card(1).upper(), "--json").stdout)
    assert (by_card["decisionId"], by_card["card"]["summary"], by_card["card"]["rules"]) == (FIRST, "Stay active.", [audited.RULE])


def test_a_reader_sees_rules_facts_unknown_card_and_what_was_done_with_it(audit: Audit) -> None:
    text = audit("show", FIRST).stdout
    for told in ("rules that matched", "age  35, answered\n", "unknown         fever", "[INFO] Stay active.", "overridden", "Practitioner/9"):
        assert told in text


def test_a_reader_sees_words_and_numbers_and_each_item_of_feedback_once(file: Place) -> None:
    with ledger.open_ledger(file, lambda: conftest.NOW) as opened:
        served = {"releases": [{"name": "low-back-pain", "version": "1.0.0", "digest": f"sha256:{'cd' * 32}"}], "engine": "0.1.0"}
        opened.append(ActionRecord("activation-1", "2024-05-01T00:00:00Z", "activation", "service", detail=served))
        facts = {"spike": {"value": Decimal("-28.571428571428573"), "source": "derived"}, "none": {"value": Decimal("-0.001"), "source": "derived"}}
        private = Private(patient="Patient/7", assessment={"facts": facts, "cards": []})
        opened.append(audited.decision(9, private=private, provenance={"spike": "derived", "none": "derived"}))
    given = conftest.ran(file, "show", FIRST).stdout
    assert given.count("f-1") == 1
    assert "2030-05-30T07:00:01Z  overridden  entry 4, f-1  by spec" in given
    assert "stands under" not in given
    derived = conftest.ran(file, "show", audited.decision(9).decision_id).stdout
    assert "worked out      none 0; spike -28.57" in derived
    assert "stands under    activation of 2024-05-01T00:00:00Z, entry 5" in derived
    assert ("decided at" in derived, "decidedAt" in derived) == (True, False)
    action = conftest.ran(file, "show", "activation-1").stdout
    assert ("{" in action, "name low-back-pain, version 1.0.0" in action, "engine          0.1.0" in action) == (False, True, True)


def test_a_replay_is_listed_with_its_counts_and_a_reading_with_what_it_was_of(audit: Audit) -> None:
    audit("show", FIRST)
    audit("replay")
    told = audit("list", "--kind", "action").stdout
    assert ("3 not replayable" in told, f"one entry, decision {FIRST}" in told) == (True, True)


def test_who_read_a_decision_is_listed_with_it(audit: Audit) -> None:
    audit("show", SECOND)
    audit("show", FIRST)
    audit("erase", "--decision", FIRST, "--yes")
    audit("show", FIRST)
    found = json.loads(audit("list", "--decision", FIRST, "--json").stdout)
    assert [one.get("action", one["kind"]) for one in found] == ["decision", "feedback", "reading", "erasure", "reading"]


def test_of_an_erased_decision_it_is_said_and_what_is_left_is_shown(audit: Audit) -> None:
    audit("erase", "--decision", FIRST, "--yes")
    told = audit("show", "--card", audited.card(1))
    assert told.exit_code == 0
    assert "were erased for good" in told.stdout
    assert "Stay active" not in told.stdout
    assert ", 35" not in told.stdout
    assert "(cards, erased)" in audit("list", "--kind", "decision").stdout
    assert audit("show", FIRST, "--why", audited.RULE).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("show", CANARY),
        ("show", "99"),
        ("show", "--card", CANARY),
        ("show",),
        ("show", "4", "--why", CANARY),
        ("list", "--decision", CANARY),
        ("list", "--decision", "4"),
        ("list", "--decision", FIRST, "--client", "spec"),
        ("list", "--from", CANARY),
        ("list", "--client", ""),
        ("list", "--patient", ""),
        ("list", "--decision", ""),
        ("show", "--card", ""),
    ],
)
def test_what_cannot_be_had_is_exit_code_2_and_nothing_is_repeated(audit: Audit, words: tuple[str, ...]) -> None:
    told = audit(*words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert CANARY not in told.stderr


def test_a_record_that_cannot_be_shown_since_its_month_was_dropped_is_told_so(audit: Audit) -> None:
    assert audit("retain", "--before", "2024-06", "--yes").exit_code == 0
    told = audit("show", FIRST)
    assert (told.exit_code, "were dropped by retention" in told.stderr) == (2, True)


@pytest.fixture
def file(tmp_path: Path) -> Place:
    """A ledger in a file."""
    return conftest.fresh(audited.place(tmp_path))


def test_a_copy_without_keys_is_listed_and_it_is_said_that_nobody_could_record_it(file: Place) -> None:
    file.keys.rename(file.keys.with_name("away.toml"))
    told = conftest.ran(file, "list")
    assert (told.exit_code, FIRST in told.stdout, "could not be recorded" in told.stderr) == (0, True, True)
    assert conftest.ran(file, "show", FIRST).exit_code == 2
    assert not file.keys.exists()


def test_a_reading_while_another_program_holds_the_ledger_is_recorded_in_the_spool(file: Place) -> None:
    with closing(sqlite3.connect(file.url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told = conftest.ran(file, "show", FIRST)
        other.execute("ROLLBACK")
    assert (told.exit_code, "recorded in the spool" in told.stderr) == (0, True)
    conftest.ran(file, "list")
    assert conftest.ran(file, "list", "--kind", "action").stdout.count("reading by user:") == 2


@pytest.mark.parametrize("words", [("list",), ("show", "x"), ("verify",), ("key",), ("prove", "x"), ("consistency",), ("rotate",), ("replay",)])
def test_a_ledger_of_an_earlier_form_says_what_to_run(tmp_path: Path, words: tuple[str, ...]) -> None:
    formers.written(tmp_path / "audit.sqlite3", 2)
    told = conftest.ran(audited.place(tmp_path), *words)
    assert (told.exit_code, told.stdout, "Run `cds audit upgrade`" in told.stderr) == (2, "", True)


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("verify",),
        ("key",),
        ("prove", "1"),
        ("consistency",),
        ("rotate",),
        ("backup", "copy"),
        ("export", "--decision", "1", "--out", "x"),
    ],
)
def test_where_there_is_no_ledger_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    assert conftest.ran(audited.place(tmp_path), *words).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_away_is_told_without_its_address(tmp_path: Path) -> None:
    place = audited.place(tmp_path)
    away = conftest.ran(Place(f"postgresql://{CANARY}@/x?host={tmp_path}", place.heads, place.spool, place.keys), "list")
    assert (away.exit_code, "cannot be reached" in away.stderr, CANARY in away.stderr) == (2, True, False)


def test_every_command_of_the_ledger_is_there() -> None:
    named = {"list", "show", "verify", "prove", "consistency", "key", "replay", "export", "erase", "backup", "restore", "upgrade", "retain", "rotate"}
    assert set(auditing.audit.commands) == named
