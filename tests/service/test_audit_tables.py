"""The ledger for other programs: lines to the byte, AuditEvents that are valid, and tables that say what the ledger says and no more."""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet as reader

from cds.audit import verify
from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.audit.tree import checkpoints, merkle
from cds.facts import FactDefinition
from cds.foundation.settings import Settings
from cds.service import audit_columns, audit_tables, deciding
from tests.fhir import entries, oracle
from tests.service import audited, messages

ORIGIN = checkpoints.origin_of("log-1")
FACTS: dict[str, dict[str, Any]] = {
    "age": {"value": 35, "source": "questionnaire", "of": "age"},
    "pain": {"value": Decimal("6.5"), "source": "questionnaire", "of": "pain"},
    "fever": {"value": "yes", "source": "ehr", "of": "Observation/o-1"},
    "worse-by": {"value": ["cough", "sit"], "source": "questionnaire", "of": "worse-by"},
    "once": {"value": ["a", "b"], "source": "derived", "of": "band"},
}
DEFINITIONS = (
    FactDefinition("age", "integer", label="Age"),
    FactDefinition("pain", "number"),
    FactDefinition("fever", "string"),
    FactDefinition("worse-by", "list of string"),
    FactDefinition("subject", "string"),
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Ledger]:
    """Two patients, feedback, and an action."""
    with audited.opened(tmp_path) as opened:
        opened.append_all(
            [
                audited.decision(1, 1, 2, facts=FACTS),
                audited.decision(2, 3, patient="Patient/8", outcome=deciding.SILENT),
                audited.feedback(1, 1, "overridden", other_reason=True),
                audited.feedback(2, 9, decision_id=None, release="", rules=()),
                entries.action("activation", actor="service", detail={"releases": [RELEASE], "engine": "0.1.0"}),
            ]
        )
        yield opened


RELEASE = {"name": "low-back-pain", "version": "1.0.0", "digest": "sha256:" + "cd" * 32}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where tables go."""
    made = tmp_path / "tables"
    made.mkdir()
    return made


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """What a table says."""
    found: list[dict[str, Any]] = reader.read_table(folder / f"{name}.parquet").to_pylist()
    return found


def lines(made: Iterator[bytes]) -> list[dict[str, Any]]:
    """The documents, each of which is one line."""
    found = b"".join(made)
    assert found.endswith(b"\n")
    return [json.loads(one) for one in found.splitlines()]


def test_a_line_has_the_body_to_the_byte_its_leaf_and_what_is_sealed(log: Ledger) -> None:
    for line, stored in zip(lines(audit_tables.ndjson(log)), log.records(), strict=True):
        assert (line["seq"], line["body"].encode()) == (stored.seq, stored.body)
        assert line["leaf"] == merkle.leaf(stored.body).hex() == hashlib.sha256(b"\0" + stored.body).hexdigest()
        assert base64.b64decode(line.get("sealed", "")) == (stored.sealed or b"")


def test_entries_that_were_dropped_have_only_their_leaf_where_the_whole_is_exported(log: Ledger) -> None:
    log.append(audited.decision(7, 7, decided_at="2030-06-01T00:00:00Z"))
    whole = lines(audit_tables.ndjson(log))
    log.retain("2030-06", entries.action("retention", actor="service", action_id="a-9", at="2030-06-02T00:00:00Z"))
    after = lines(audit_tables.ndjson(log))
    assert [(one["seq"], one["leaf"]) for one in after[:6]] == [(one["seq"], one["leaf"]) for one in whole]
    assert ["body" in one for one in after] == [False] * 5 + [True, True]


@pytest.mark.parametrize("opened", [False, True])
def test_the_program_of_an_auditor_takes_the_lines_and_finds_a_changed_one(log: Ledger, tmp_path: Path, opened: bool) -> None:
    file, heads = tmp_path / "export.ndjson", tmp_path / "kept"
    heads.mkdir()
    (heads / "1.checkpoint").write_text(checkpoints.write(ORIGIN, 5, log.state().root, audited.NOW, log.ring.signer), encoding="utf-8")
    log.erase(log.subject("spec", "north", "Patient/8"), entries.action("erasure", action_id="a-2"))
    made = list(audit_tables.ndjson(log, opened=opened))
    assert [b'"opened":' in one for one in made[:2]] == [opened, False]
    file.write_bytes(b"".join(made))
    checked: list[str | Path] = [sys.executable, "-I", verify.__file__, file, "--heads", heads, "--key", log.ring.signer.verifying.text(ORIGIN)]
    told = subprocess.run(checked, capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 0, told.stdout + told.stderr
    file.write_bytes(b"".join(made).replace(b"routine", b"urgency", 1))
    assert subprocess.run(checked, capture_output=True, check=False, timeout=60).returncode == 1


def test_a_search_narrows_what_is_exported(log: Ledger) -> None:
    found = lines(audit_tables.fhir_ndjson(log, Search(before=3), address="https://cds.example.org"))
    assert {one["id"] for one in found} == {"1", "2"}


def test_each_entry_is_exported_as_an_audit_event_and_a_decision_also_as_a_provenance(log: Ledger) -> None:
    found = list(audit_tables.fhir_ndjson(log, address="https://cds.example.org"))
    decisions = [stored.kind == "decision" for stored in log.records()]
    told = [[json.loads(line)["resourceType"] for line in one.splitlines()] for one in found]
    assert told == [["AuditEvent", "Provenance"] if decision else ["AuditEvent"] for decision in decisions]
    assert {True, False} == set(decisions)


def test_every_resource_exported_is_valid_and_names_no_patient(log: Ledger) -> None:
    for event in lines(audit_tables.fhir_ndjson(log, address="https://cds.example.org/")):
        oracle.model(event)
        assert oracle.problems(event) == []
        assert "Patient/7" not in json.dumps(event)


def test_what_is_appended_meanwhile_is_left_out(log: Ledger) -> None:
    made = audit_tables.ndjson(log)
    first = next(made)
    log.append(audited.decision(8, 8))
    assert len([first, *made]) == 5


def test_there_is_a_row_a_decision_a_card_and_an_item_of_feedback(log: Ledger, folder: Path) -> None:
    assert audit_tables.tables(log, folder) == {"decisions": 2, "cards": 3, "feedback": 2}
    assert sorted(path.name for path in folder.iterdir()) == ["cards.parquet", "decisions.parquet", "feedback.parquet"]


def test_a_decision_is_told_with_instants_rules_and_provenance(log: Ledger, folder: Path) -> None:
    audit_tables.tables(log, folder)
    first, second = rows(folder, "decisions")
    assert (first["seq"], first["decided_at"], first["month"]) == (1, datetime(2030, 5, 2, 7, 8, 9, 500000, UTC), "2030-05")
    assert (first["rules"], first["provenance"], first["cards"]) == ([audited.INNER_RULE, audited.RULE], [("age", "questionnaire")], 2)
    assert (first["subject"], first["erased"]) == (log.subject("spec", "north", "Patient/7"), False)
    assert [one["shown"] for one in (first, second)] == [True, False]
    assert set(first) == {column.name for column in audit_columns.DECISIONS}
    assert all(value is not None for value in first.values())


def test_a_card_has_what_was_done_with_it_last(log: Ledger, folder: Path) -> None:
    log.append(audited.feedback(3, 2, "accepted"))
    audit_tables.tables(log, folder)
    told = [(one["card"], one["place"], one["shown"], one["state"], one["reason"]) for one in rows(folder, "cards")]
    assert told == [
        (audited.card(1), 1, True, "overridden", "other"),
        (audited.card(2), 2, True, "accepted", None),
        (audited.card(3), 1, False, None, None),
    ]
    assert [one["rules"] for one in rows(folder, "cards")] == [[audited.RULE], [audited.RULE], None]


def test_what_is_sealed_is_in_no_table_that_was_not_opened(log: Ledger, folder: Path) -> None:
    log.append(audited.decision(5, 5, patient=f"Patient/{messages.CANARY}", facts={"age": FACTS["age"] | {"of": messages.CANARY}}))
    audit_tables.tables(log, folder)
    assert all(messages.CANARY.encode() not in path.read_bytes() for path in folder.iterdir())


def test_facts_are_columns_of_the_types_that_the_releases_give_them(log: Ledger, folder: Path) -> None:
    assert audit_tables.tables(log, folder, DEFINITIONS)["facts"] == 2
    first = rows(folder, "facts")[0]
    assert [first[name] for name in ("age", "pain", "fever", "worse-by")] == [35, 6.5, "yes", ["cough", "sit"]]
    assert (first["others"], first["subject"]) == ([("once", "a, b")], log.subject("spec", "north", "Patient/7"))
    assert reader.read_schema(folder / "facts.parquet").names.count("subject") == 1


def test_facts_that_were_erased_are_in_no_table_and_the_decision_stays(log: Ledger, folder: Path) -> None:
    log.erase(log.subject("spec", "north", "Patient/7"), entries.action("erasure", action_id="a-2"))
    made = audit_tables.tables(log, folder, DEFINITIONS)
    assert (made["decisions"], made["facts"]) == (2, 1)
    assert [one["erased"] for one in rows(folder, "decisions")] == [True, False]
    assert [one["seq"] for one in rows(folder, "facts")] == [2]


def test_a_patient_has_the_feedback_on_the_own_cards_alone(log: Ledger, folder: Path) -> None:
    log.append(audited.feedback(4, 3))
    made = audit_tables.tables(log, folder, searches=[Search(subject=log.subject("spec", "north", "Patient/7"))])
    assert made == {"decisions": 1, "cards": 2, "feedback": 1}
    assert [one["state"] for one in rows(folder, "cards")] == ["overridden", None]


def test_days_bound_decisions_and_a_card_keeps_what_was_done_with_it_later(log: Ledger, folder: Path) -> None:
    audit_tables.tables(log, folder, searches=[Search(since="2030-05-02T00:00:00", until="2030-05-03T00:00:00")])
    assert [one["seq"] for one in rows(folder, "decisions")] == [1]
    assert [one["state"] for one in rows(folder, "cards")] == ["overridden", None]


def test_facts_of_several_releases_have_columns_wide_enough_for_all() -> None:
    found = {
        one.name: one.kind for one in audit_columns.facts([*DEFINITIONS, FactDefinition("age", "number"), FactDefinition("fever", "list of string")])
    }
    assert (found["age"], found["fever"], found["worse-by"]) == ("number", "text", "texts")
    columns = {one.name: one for one in audit_columns.facts([FactDefinition("x", "string"), FactDefinition("x", "integer")])}
    assert [audit_columns.value(columns["x"], one) for one in (3, ["a", "b"])] == ["3", "a, b"]


def test_every_fact_of_every_release_that_is_held_has_a_column(folder: Path, log: Ledger) -> None:
    defined = list(audit_tables.definitions(Settings()))
    columns = audit_columns.facts(defined)
    assert {one.name for one in defined} <= {one.name for one in columns}
    assert len({one.name for one in columns}) == len(columns)
    assert audit_tables.tables(log, folder, defined)["facts"] == 2
