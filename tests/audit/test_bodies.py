"""The stored form of a record."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.audit import bodies
from cds.audit.bodies import Entry
from cds.audit.faults import LedgerDamaged, RecordRefused
from cds.foundation import schemas
from cds.foundation.errors import LedgerUnavailable
from cds.values.record import AuditRecord
from tests.audit import samples

LEAVES = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FRACTIONS = st.decimals(-1000, 1000, allow_nan=False, places=3)
KEYS = st.text("abc", max_size=3)
TREES = st.recursive(LEAVES | FRACTIONS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)


def test_a_record_is_stored_as_the_schema_says() -> None:
    assert schemas.problems(bodies.SCHEMA, json.loads(bodies.dumps(samples.record()))) == []


def test_a_record_may_have_no_hook_instance_and_no_assessment() -> None:
    record = samples.record(channel="evaluate", hook_instance="", outcome="no low back pain on record", skipped=(), assessment={})
    assert schemas.problems(bodies.SCHEMA, bodies.plain(record)) == []


def test_a_hook_instance_that_is_no_uuid_is_kept_as_it_came() -> None:
    record = samples.record(hook_instance="call 17 of the ward's own system")
    assert bodies.loads(bodies.dumps(record)) == record


@pytest.mark.parametrize(
    "change",
    [
        {"decisionId": ""},
        {"decidedAt": "2030-05-06"},
        {"decidedAt": "2030-05-06T07:08:09+02:00"},
        {"channel": "A hook"},
        {"channel": "hook:"},
        {"hookInstance": None},
        {"requestDigest": "ab" * 32},
        {"outcome": ""},
        {"skipped": "QuestionnaireResponse/2"},
        {"assessment": []},
        {"patient": "41"},
    ],
    ids=str,
)
def test_a_record_of_another_shape_breaks_the_schema(change: Mapping[str, Any]) -> None:
    stored = json.loads(bodies.dumps(samples.record()))
    assert schemas.problems(bodies.SCHEMA, stored | change) != []


@pytest.mark.parametrize("member", sorted(bodies.plain(samples.record())))
def test_no_member_of_a_record_may_be_absent(member: str) -> None:
    stored = json.loads(bodies.dumps(samples.record()))
    del stored[member]
    assert schemas.problems(bodies.SCHEMA, stored) != []


def test_equal_records_have_equal_bytes_in_any_order_of_keys() -> None:
    one, other = samples.record(assessment={"a": 1, "b": Decimal("7.0")}), samples.record(assessment={"b": 7, "a": 1})
    assert bodies.dumps(one) == bodies.dumps(other)


@given(st.dictionaries(KEYS, TREES, max_size=3))
def test_a_record_that_is_read_back_is_the_same_to_the_byte(assessment: dict[str, Any]) -> None:
    body = bodies.dumps(samples.record(assessment=assessment))
    assert bodies.dumps(bodies.loads(body)) == body


def test_fractions_are_read_back_as_exact_decimals() -> None:
    body = bodies.dumps(samples.record(assessment={"temperature": Decimal("38.3")}))
    read = bodies.loads(body)
    assert isinstance(read, AuditRecord)
    assert read.assessment["temperature"] == Decimal("38.3")


@pytest.mark.parametrize("value", ["\ud800", 2**60, float("nan"), Decimal("Infinity"), date(2030, 5, 6), {1: 2}], ids=repr)
def test_a_value_without_canonical_form_is_refused_as_a_ledger_that_cannot_record(value: Any) -> None:
    with pytest.raises(RecordRefused, match="fault of the service") as caught:
        bodies.dumps(samples.record(assessment={"value": value}))
    assert not isinstance(caught.value, LedgerUnavailable)


FULL_FEEDBACK = samples.feedback(
    decision_id="decision-1",
    release="low-back-pain 1.2.0",
    digest="sha256:" + "cd" * 32,
    rules=("X-1", "X-2"),
    accepted=(samples.CARD,),
    unknown_suggestions=(samples.CARD,),
    reason="other",
    other_reason=True,
    commented=True,
    client="ward",
    tenant="north",
)
KINDS: list[tuple[str, Entry]] = [
    (bodies.SCHEMA, samples.record(client="ward", tenant="north", profile="epic", noted=("hookInstance: not a UUID.",))),
    ("feedback-record", samples.feedback()),
    ("feedback-record", FULL_FEEDBACK),
    ("refusal-record", samples.refusal()),
    ("refusal-record", samples.refusal(client="ward", count=7)),
]


@pytest.mark.parametrize(("schema", "entry"), KINDS)
def test_an_entry_of_every_kind_is_stored_as_its_schema_says_and_read_back(schema: str, entry: Entry) -> None:
    body = bodies.dumps(entry)
    assert schemas.problems(schema, json.loads(body)) == []
    assert bodies.loads(body) == entry
    assert bodies.columns(body) == bodies.row_columns(entry)


def test_a_decision_of_an_unregistered_caller_is_stored_as_before_there_were_any() -> None:
    assert set(bodies.plain(samples.record())) == {
        "decisionId", "decidedAt", "channel", "hookInstance", "requestDigest", "outcome", "skipped", "assessment",
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "decision"},
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
def test_feedback_of_another_shape_breaks_its_schema(change: Mapping[str, Any]) -> None:
    assert schemas.problems("feedback-record", bodies.plain(samples.feedback()) | dict(change)) != []


@pytest.mark.parametrize("change", [{"count": 1}, {"count": 0}, {"cause": ""}, {"client": ""}, {"token": "abc"}], ids=str)
def test_a_refusal_of_another_shape_breaks_its_schema(change: Mapping[str, Any]) -> None:
    assert schemas.problems("refusal-record", bodies.plain(samples.refusal()) | dict(change)) != []


@pytest.mark.parametrize("channel", ["feedback", "feedback:low-back-pain", "refusal", "refusal:x"])
def test_no_way_in_has_the_name_of_another_kind(channel: str) -> None:
    assert schemas.problems(bodies.SCHEMA, bodies.plain(samples.record(channel=channel))) != []


@pytest.mark.parametrize(
    ("channel", "kind"), [("hook:feedback", "decision"), ("evaluate", "decision"), ("feedback:x", "feedback"), ("refusal", "refusal")]
)
def test_a_row_says_by_its_channel_what_it_holds(channel: str, kind: str) -> None:
    assert bodies.kind_of(channel) == kind


@pytest.mark.parametrize("kind", ["feedback", "refusal", "decision", "other", 1, None, []])
def test_a_body_of_a_kind_that_it_is_not_is_told_as_damage(kind: Any) -> None:
    stored = {"kind": kind} | bodies.plain(samples.record())
    with pytest.raises(LedgerDamaged, match="cds audit verify"):
        bodies.loads(json.dumps(stored).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{}", b'{"decisionId": "1", "decisionId": "2"}'])
def test_a_body_that_is_no_record_is_told_as_damage(body: bytes) -> None:
    with pytest.raises(LedgerDamaged, match="cds audit verify"):
        bodies.loads(body)
