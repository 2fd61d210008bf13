"""The stored form of what is said in the clear."""

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.audit.entries import bodies, shapes
from cds.audit.faults import LedgerDamaged, RecordRefused
from cds.foundation import canonical, schemas
from cds.foundation.errors import LedgerUnavailable
from cds.values.record import ActionRecord, AuditRecord, Entry, FeedbackRecord, Former, Logic, RefusalRecord, Sealed
from tests.audit import decided

DIGEST = "sha256:" + "ef" * 32
SEALED = Sealed(digest=DIGEST, facts=DIGEST, output=DIGEST, key="0" * 32)
FORMER = Former(2, 7, "0" * 64, "1" * 64)
DECISION = decided.decision(subject="a" * 64, sealed=SEALED, private=None)
BARE = AuditRecord(
    "decision-2", "", "2030-05-06T07:08:09Z", "evaluate", "", "", "", "no response", Logic("", "", "", "", "", ""), "", {}, {}, (), (),
    subject="b" * 64, sealed=SEALED,
)  # fmt: skip
FEEDBACK = FeedbackRecord("feedback-1", decided.DECIDED_AT, "low-back-pain", decided.CARD, "overridden", "2030-05-06T07:00:00.250000Z")
FULL_FEEDBACK = dataclasses.replace(
    FEEDBACK,
    decision_id="decision-1",
    release="low-back-pain 1.2.0",
    digest=DIGEST,
    rules=("X-1", "X-2"),
    accepted=(decided.CARD,),
    unknown_suggestions=(decided.CARD,),
    reason="other",
    other_reason=True,
    commented=True,
    client="ward",
    tenant="north",
    former=FORMER,
)
REFUSAL = RefusalRecord("refusal-1", decided.DECIDED_AT, "/cds-services/<service_id>", "expired")
SUBJECT, ROOT = "c" * 64, "d" * 64
DETAILS: Mapping[str, Mapping[str, Any]] = {
    "activation": {"engine": "0.7.0", "releases": [{"name": "low-back-pain", "version": "1.2.0", "digest": DIGEST, "approved": False}]},
    "sign-in": {"key": DIGEST},
    "reading": {"what": "one decision", "filter": {"decision": "decision-1", "client": "ward"}, "count": 1},
    "export": {"format": "zip", "filter": {"subject": SUBJECT, "since": "2030-05-06T07:08:09Z"}, "count": 1, "opened": True, "digest": DIGEST},
    "replay": {"release": "1.2.0", "filter": {"rule": "U-01", "subjects": [SUBJECT]}, "counts": {"identical": 3, "notReplayable": 0}},
    "erasure": {"subject": SUBJECT, "keys": 1, "decisions": 4},
    "rotation": {"to": "seal-2", "from": ["seal-1"], "keys": 4},
    "retention": {"before": "2030-05", "segments": [{"month": "2030-04", "first": 1, "last": 9}], "rows": 9, "keys": 2},
    "upgrade": {"form": 2, "entries": 94, "head": ROOT},
    "backup": {"entries": 4, "root": ROOT},
    "restore": {"entries": 4, "root": ROOT, "missing": 1, "erased": 0},
}
ACTIONS = [decided.action(action=action, detail=detail) for action, detail in DETAILS.items()]
ENTRIES: list[Entry] = [
    DECISION,
    dataclasses.replace(DECISION, former=FORMER),
    BARE,
    FEEDBACK,
    FULL_FEEDBACK,
    REFUSAL,
    dataclasses.replace(REFUSAL, client="ward", count=7, former=FORMER),
    *ACTIONS,
    decided.action(action="sign-in", actor="client:ward", role="auditor", tenant="north", detail={}),
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def changed(entry: Entry, change: Mapping[str, Any]) -> dict[str, Any]:
    """The members of the entry's body with some replaced; `None` takes one away."""
    return {name: value for name, value in {**json.loads(bodies.dumps(entry)), **change}.items() if value is not None}


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_of_every_kind_is_stored_as_the_schema_says_and_read_back(entry: Entry) -> None:
    body = bodies.dumps(entry)
    assert schemas.problems(bodies.SCHEMA, json.loads(body)) == []
    assert shapes.fits(json.loads(body))
    assert bodies.loads(body) == entry
    assert bodies.columns(body) == bodies.row_columns(bodies.public(entry))


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_body_is_canonical_and_read_back_to_the_byte(entry: Entry) -> None:
    body = bodies.dumps(entry)
    assert body == canonical.dumps(json.loads(body))
    assert bodies.dumps(bodies.loads(body)) == body


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_body_holds_nothing_empty(entry: Entry) -> None:
    assert not [name for name, value in json.loads(bodies.dumps(entry)).items() if value in ("", [], {}, None, False)]


def test_every_action_has_a_detail_of_its_own() -> None:
    schema = json.loads((schemas.folder() / "audit-record.schema.json").read_text(encoding="utf-8"))
    assert schema["$defs"]["action"]["properties"]["action"]["enum"] == list(DETAILS)
    assert set(ActionRecord.__annotations__["action"].__args__) == set(DETAILS)


@pytest.mark.parametrize("action", DETAILS)
def test_an_action_may_say_nothing_that_its_detail_has_no_member_for(action: Any) -> None:
    with pytest.raises(RecordRefused, match="not in its schema"):
        bodies.dumps(decided.action(action=action, detail={**DETAILS[action], "patient": "Patient/7"}))


@pytest.mark.parametrize("name", ["client", "subject", "rule", "decision"])
def test_a_filter_says_who_was_asked_for_only_in_the_form_it_has(name: str) -> None:
    with pytest.raises(RecordRefused):
        bodies.dumps(decided.action(action="reading", detail={"what": "a search", "filter": {name: ""}}))


def test_a_patient_never_stands_in_a_filter_under_its_own_name() -> None:
    with pytest.raises(RecordRefused):
        bodies.dumps(decided.action(action="replay", detail={"counts": {}, "filter": {"subject": "Patient/7"}}))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": None},
        {"form": 2},
        {"decisionId": ""},
        {"decidedAt": "2030-05-06"},
        {"decidedAt": "2030-05-06T07:08:09+02:00"},
        {"channel": "A hook"},
        {"channel": "hook:"},
        {"hookInstance": "call 17"},
        {"trace": "00-11-22-01"},
        {"requestDigest": "ab" * 32},
        {"patient": "Patient/7"},
        {"subject": "Patient/7"},
        {"provenance": {"guessed": ["age"]}},
        {"provenance": {"ehr": ["Mrs Miller's age"]}},
        {"provenance": {"age": "ehr"}},
        {"rules": {"follow-up": ["she said that it hurts"]}},
        {"rules": {"follow-up": []}},
        {"unknown": ["what she takes"]},
        {"urgency": "She should hurry"},
        {"output": {"digest": DIGEST}},
        {"output": {"digest": DIGEST, "outcome": "cards", "detail": "Rest."}},
        {"facts": {"digest": DIGEST, "sealed": DIGEST}},
        {"facts": {"digest": DIGEST, "sealed": DIGEST, "key": "the key itself"}},
        {"facts": None},
        {"subject": None},
    ],
    ids=str,
)
def test_a_decision_of_another_shape_breaks_the_schema(change: Mapping[str, Any]) -> None:
    assert schemas.problems(bodies.SCHEMA, changed(DECISION, change)) != []


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "refusal"},
        {"card": "Mrs Miller's card"},
        {"outcome": "maybe"},
        {"outcomeAt": "yesterday"},
        {"accepted": []},
        {"accepted": ["the second one"]},
        {"reason": "she said that it hurts"},
        {"otherReason": False},
        {"commented": "it hurts"},
        {"decisionId": "decision-1"},
        {"rules": ["X-1"]},
        {"client": ""},
        {"comment": "it hurts"},
    ],
    ids=str,
)
def test_feedback_of_another_shape_breaks_the_schema(change: Mapping[str, Any]) -> None:
    assert schemas.problems(bodies.SCHEMA, changed(FEEDBACK, change)) != []


@pytest.mark.parametrize("change", [{"count": 1}, {"count": 0}, {"cause": ""}, {"client": ""}, {"token": "abc"}], ids=str)
def test_a_refusal_of_another_shape_breaks_the_schema(change: Mapping[str, Any]) -> None:
    assert schemas.problems(bodies.SCHEMA, changed(REFUSAL, change)) != []


@pytest.mark.parametrize("change", [{"action": "party"}, {"actor": "Mrs Miller"}, {"actor": "user:"}, {"detail": None}, {"who": "x"}], ids=str)
def test_an_action_of_another_shape_breaks_the_schema(change: Mapping[str, Any]) -> None:
    assert schemas.problems(bodies.SCHEMA, changed(ACTIONS[0], change)) != []


@pytest.mark.parametrize("channel", ["feedback", "feedback:low-back-pain", "refusal", "refusal:x", "action", "action:export"])
def test_no_way_in_has_the_name_of_another_kind(channel: str) -> None:
    assert schemas.problems(bodies.SCHEMA, changed(DECISION, {"channel": channel})) != []


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        ("hook:feedback", "decision"),
        ("evaluate", "decision"),
        ("feedback:x", "feedback"),
        ("refusal", "refusal"),
        ("action:export", "action"),
    ],
)
def test_a_row_says_by_its_channel_what_it_holds(channel: str, kind: str) -> None:
    assert bodies.kind_of(channel) == kind


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_channel_of_an_entry_says_its_kind(entry: Entry) -> None:
    assert bodies.kind_of(bodies.row_columns(bodies.public(entry)).channel) == json.loads(bodies.dumps(entry))["kind"]


def test_the_columns_of_a_decision_are_those_it_is_searched_by() -> None:
    found = bodies.row_columns(bodies.public(DECISION))
    assert (found.entry_id, found.at, found.month, found.channel) == ("decision-1", decided.DECIDED_AT, "2030-05", "hook:low-back-pain")
    assert (found.subject, found.client, found.tenant, found.cards) == ("a" * 64, "General Hospital", "main", (decided.CARD,))
    assert found.release == bodies.row_columns(bodies.public(FULL_FEEDBACK)).release == "low-back-pain 1.2.0"


def test_an_action_is_found_by_its_client_and_an_erasure_by_its_subject() -> None:
    found = bodies.row_columns(bodies.public(decided.action(actor="client:ward", detail=DETAILS["erasure"])))
    assert (found.client, found.subject) == ("ward", SUBJECT)


@given(TEXT)
def test_a_hook_instance_that_is_no_uuid_is_not_said_in_the_clear(text: str) -> None:
    said = bodies.public(dataclasses.replace(DECISION, hook_instance=text))
    assert bool(re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text)) or "hookInstance" not in said


@given(TEXT)
def test_a_trace_that_is_none_is_not_said_in_the_clear(text: str) -> None:
    said = bodies.public(dataclasses.replace(DECISION, trace=text))
    assert schemas.problems(bodies.SCHEMA, said) == []


@given(st.dictionaries(TEXT, st.integers(-100, 100) | TEXT, max_size=5))
def test_a_member_put_between_the_others_gives_the_canonical_form_of_all(members: dict[str, Any]) -> None:
    assert b"1".join(bodies.around({name: value for name, value in members.items() if name != "m"}, "m")) == canonical.dumps(members | {"m": 1})


@pytest.mark.parametrize("value", ["\ud800", 2**60, float("nan"), Decimal("Infinity"), date(2030, 5, 6), {1: 2}], ids=repr)
def test_a_value_without_canonical_form_is_refused_as_a_fault_of_ours(value: Any) -> None:
    with pytest.raises(RecordRefused, match="fault of the service") as caught:
        bodies.dumps(dataclasses.replace(DECISION, outcome=value))
    assert not isinstance(caught.value, LedgerUnavailable)


@pytest.mark.parametrize("name", ["\ud800", 1])
def test_a_name_without_canonical_form_is_refused_as_a_fault_of_ours(name: Any) -> None:
    with pytest.raises(RecordRefused, match="fault of the service"):
        bodies.around({name: 1}, "m")


@pytest.mark.parametrize("kind", ["feedback", "refusal", "action", "other", 1, None, []])
def test_a_body_of_a_kind_that_it_is_not_is_told_as_damage(kind: Any) -> None:
    stored = json.loads(bodies.dumps(DECISION)) | {"kind": kind}
    with pytest.raises(LedgerDamaged, match="cds audit verify"):
        bodies.loads(json.dumps(stored).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{}", b'{"decisionId": "1", "decisionId": "2"}'])
def test_a_body_that_is_no_record_is_told_as_damage(body: bytes) -> None:
    with pytest.raises(LedgerDamaged, match="cds audit verify"):
        bodies.loads(body)
