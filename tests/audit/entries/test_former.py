"""Rows of earlier forms: what their hash covers, what is found in them, and that what was carried over is written again to the same bytes."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.audit.entries import former
from cds.audit.entries.former import FormerRow
from cds.audit.faults import LedgerDamaged
from cds.foundation import canonical
from cds.foundation.errors import Erased
from cds.values.record import ActionRecord, AuditRecord, Entry, Former
from tests.audit import formers

FORMS = pytest.mark.parametrize("form", [1, 2])


@pytest.fixture
def old(tmp_path: Path) -> list[FormerRow]:
    """The rows of the ledger of form 2."""
    return formers.rows(formers.written(tmp_path / "old.sqlite3", 2))


def carried(old: list[FormerRow]) -> list[Entry]:
    """What they hold."""
    return [former.carried(row, 2) for row in old]


def chained(*bodies: dict[str, Any]) -> list[FormerRow]:
    """Decisions in a chain of their own."""
    made: list[FormerRow] = []
    for seq, body in enumerate(bodies, 1):
        previous, data = made[-1].hash if made else former.GENESIS, canonical.dumps(body)
        made.append(FormerRow(seq, body["decisionId"], body["decidedAt"], body["channel"], previous, former.hash_of(seq, previous, data), data))
    return made


def decision(decision_id: str, **changes: Any) -> dict[str, Any]:
    """The body of a decision as earlier versions wrote it."""
    members: dict[str, Any] = {"decisionId": decision_id, "decidedAt": "2030-05-06T07:08:09Z", "channel": "hook:low-back-pain", "hookInstance": ""}
    return members | {"requestDigest": "sha256:" + "ab" * 32, "outcome": "cards", "skipped": [], "assessment": {}} | changes


def test_the_hash_covers_domain_number_previous_hash_and_body() -> None:
    covered = b"back-pain-cds ledger 1\n7\n" + b"0" * 64 + b'\n{"a":1}'
    assert former.hash_of(7, former.GENESIS, b'{"a":1}') == hashlib.sha256(covered).hexdigest()


@FORMS
def test_every_row_is_carried_over_and_recomputes_to_its_old_hash(tmp_path: Path, form: int) -> None:
    rows = formers.rows(formers.written(tmp_path / "old.sqlite3", form))
    entries = [former.carried(row, form) for row in former.checked(rows)]
    assert [former.body_of(entry) for entry in entries] == [row.body for row in rows]
    assert all(former.holds(entry) for entry in entries)
    assert (len(entries), rows[-1].hash) == (formers.ROWS[form], formers.HEADS[form])


def test_a_head_that_somebody_noted_is_found_in_the_entry_of_its_row(old: list[FormerRow]) -> None:
    noted = old[40]
    (found,) = [entry for entry in carried(old) if not isinstance(entry, ActionRecord) and entry.former and entry.former.hash == noted.hash]
    assert not isinstance(found, ActionRecord)
    assert found.former == Former(2, 41, noted.previous, noted.hash)


def test_the_decision_is_about_whom_its_drafts_are_for(old: list[FormerRow]) -> None:
    patients = [entry.opened.patient for entry in carried(old) if isinstance(entry, AuditRecord)]
    assert (len(patients), patients.count("")) == (66, 18)
    assert {name.partition("/")[0] for name in patients} == {"Patient", ""}


def test_what_is_said_in_the_clear_is_taken_from_the_assessment(old: list[FormerRow]) -> None:
    for entry in carried(old):
        if isinstance(entry, AuditRecord):
            told = entry.assessment
            assert set(entry.provenance) == set(told["facts"])
            assert (entry.logic.version, entry.urgency) == (told["release"]["version"], told["triage"]["urgency"])
            assert entry.cards == tuple(card["uuid"] for card in told["cards"])


def test_a_decision_that_cannot_be_opened_says_so_and_nothing_else(old: list[FormerRow]) -> None:
    decision = former.carried(old[0], 2)
    assert isinstance(decision, AuditRecord)
    sealed = replace(decision, private=None)
    with pytest.raises(Erased):
        former.holds(sealed)


def test_an_assessment_without_anything_is_carried_over() -> None:
    (row,) = chained(decision("one"))
    entry = former.carried(row, 1)
    assert isinstance(entry, AuditRecord)
    assert (entry.urgency, entry.logic.name, former.holds(entry)) == ("", "", True)


def test_drafts_that_do_not_agree_name_nobody() -> None:
    def draft(patient: str) -> dict[str, Any]:
        return {"uuid": patient, "suggestions": [{"actions": [{"resource": {"subject": {"reference": patient}}}]}]}

    (row,) = chained(decision("one", assessment={"cards": [draft("Patient/1"), draft("Patient/2")]}))
    entry = former.carried(row, 1)
    assert isinstance(entry, AuditRecord)
    assert entry.opened.patient == ""


@pytest.mark.parametrize("instance", ["not a uuid", "0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11", ""])
def test_the_hook_instance_is_kept_whatever_a_client_sent(instance: str) -> None:
    (row,) = chained(decision("one", hookInstance=instance, client="a", tenant="b", profile="spec", noted=["odd"]))
    assert former.body_of(former.carried(row, 2)) == row.body


def test_a_body_with_a_member_that_nobody_wrote_is_refused() -> None:
    for row in chained(decision("one", extra=1)):
        with pytest.raises(LedgerDamaged, match="Row 1: its body is not a record"):
            former.carried(row, 2)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{}", b'{"kind": "other"}', b'{"kind": 7}'])
def test_a_body_that_is_no_record_is_refused(body: bytes) -> None:
    with pytest.raises(LedgerDamaged, match="Row 1"):
        former.carried(FormerRow(1, "one", "2030-05-06T07:08:09Z", "evaluate", former.GENESIS, "", body), 2)


@given(data=st.data())
def test_every_byte_that_was_changed_is_found(data: st.DataObject) -> None:
    rows = chained(decision("one"), decision("two"), decision("three"))
    at = data.draw(st.integers(0, 2))
    name = data.draw(st.sampled_from(["entry_id", "at", "channel", "previous", "hash", "body"]))
    value = getattr(rows[at], name)
    index = data.draw(st.integers(0, len(value) - 1))
    new = bytes([value[index] ^ 1]) if name == "body" else chr(ord(value[index]) ^ 1)
    rows[at] = replace(rows[at], **{name: value[:index] + new + value[index + 1 :]})
    with pytest.raises(LedgerDamaged, match=f"Row {at + 1}"):
        for row in former.checked(rows):
            former.carried(row, 2)


@pytest.mark.parametrize("order", [[0, 2], [1, 2], [1, 0, 2], [0, 0, 1]])
def test_rows_taken_out_moved_or_doubled_are_found(order: list[int]) -> None:
    rows = chained(decision("one"), decision("two"), decision("three"))
    with pytest.raises(LedgerDamaged):
        list(former.checked([rows[at] for at in order]))
