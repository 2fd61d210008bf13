"""What is sealed of a decision, before it is."""

import base64
import dataclasses
import hashlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.audit.entries import privates, shapes
from cds.audit.faults import LedgerDamaged, RecordRefused
from cds.foundation import canonical, schemas
from cds.values.record import AuditRecord, Private
from tests.audit import decided

SALT = bytes(range(32))
LEAVES = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FRACTIONS = st.decimals(-1000, 1000, allow_nan=False, places=3)
KEYS = st.text("abc", max_size=3) | st.sampled_from(["cards", "\u00e9", "\U0001f600", "\ue000"])
TREES = st.recursive(LEAVES | FRACTIONS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
PRIVATES = st.builds(
    Private,
    patient=st.just("") | WORDS,
    assessment=st.dictionaries(KEYS, TREES, max_size=4),
    user=st.just("") | WORDS,
    skipped=st.lists(WORDS, max_size=2).map(tuple),
    noted=st.lists(WORDS, max_size=2).map(tuple),
    outlet=st.dictionaries(KEYS, TREES, max_size=2),
    orders=st.dictionaries(KEYS, TREES, max_size=2),
)


@given(PRIVATES, WORDS)
def test_what_is_sealed_is_read_back_the_same(private: Private, instance: str) -> None:
    record = decided.decision(private=private, hook_instance=instance)
    members = privates.loads(privates.content(record, SALT).text)
    assert privates.joined(privates.public(record, SALT), members) == record


@given(PRIVATES)
def test_what_is_sealed_is_canonical_and_as_its_schema_says(private: Private) -> None:
    text = privates.content(decided.decision(private=private), SALT).text
    assert text == canonical.dumps(json.loads(text, parse_float=Decimal))
    assert schemas.problems(privates.SCHEMA, json.loads(text)) == []


def test_the_digests_are_those_an_outsider_would_compute() -> None:
    record = decided.decision()
    found = privates.content(record, SALT)
    members = json.loads(found.text)
    cards = json.dumps(members["private"]["assessment"]["cards"], separators=(",", ":"), sort_keys=True).encode()
    assert base64.b64decode(members["salt"]) == SALT
    assert found.cards == "sha256:" + hashlib.sha256(SALT + cards).hexdigest()
    assert found.digest == "sha256:" + hashlib.sha256(found.text).hexdigest()
    assert privates.public(record, SALT).request_digest == "sha256:" + hashlib.sha256(SALT + decided.DIGEST.encode()).hexdigest()


def test_another_salt_gives_other_digests_of_the_same_facts() -> None:
    one, other = (privates.content(decided.decision(), salt) for salt in (SALT, bytes(32)))
    assert one.digest != other.digest
    assert one.cards != other.cards


def test_a_decision_without_an_assessment_has_no_cards() -> None:
    found = privates.content(decided.decision(private=Private("", {})), SALT)
    assert found.cards == "sha256:" + hashlib.sha256(SALT + b"[]").hexdigest()


def test_what_a_client_sent_as_hook_instance_is_sealed_unless_it_is_a_uuid() -> None:
    record = decided.decision(hook_instance="Mrs Miller's call")
    assert privates.public(record, SALT).hook_instance == ""
    assert json.loads(privates.content(record, SALT).text)["request"]["hookInstance"] == "Mrs Miller's call"


def test_a_decision_of_no_request_says_none() -> None:
    record = decided.decision(request_digest="", hook_instance="")
    assert "request" not in json.loads(privates.content(record, SALT).text)
    assert privates.public(record, SALT).request_digest == ""


def test_more_than_is_opened_again_is_not_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privates, "MOST_BYTES", 1_000)
    with pytest.raises(RecordRefused, match="Send less history"):
        privates.content(decided.decision(private=Private("", {"note": "x" * 1_000})), SALT)


@pytest.mark.parametrize("value", ["\ud800", 2**60, float("nan"), {1: 2}], ids=repr)
def test_a_value_without_canonical_form_is_not_sealed(value: Any) -> None:
    with pytest.raises(RecordRefused, match="fault of the service"):
        privates.content(decided.decision(private=Private("", {"value": value})), SALT)
    with pytest.raises(RecordRefused, match="fault of the service"):
        privates.content(decided.decision(private=Private("", {"cards": [value]})), SALT)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"salt": "short", "private": {"assessment": {}}}', b'{"salt": 1}', b"\xff"])
def test_a_plaintext_of_another_shape_is_told_as_damage(text: bytes) -> None:
    with pytest.raises(LedgerDamaged, match="cds audit verify"):
        privates.loads(text)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"salt": None},
        {"salt": "A" * 43},
        {"private": {}},
        {"private": {"assessment": []}},
        {"private": {"assessment": {}, "patient": ""}},
        {"private": {"assessment": {}, "user": 7}},
        {"private": {"assessment": {}, "skipped": []}},
        {"private": {"assessment": {}, "noted": [""]}},
        {"private": {"assessment": {}, "outlet": {}}},
        {"private": {"assessment": {}, "orders": {}}},
        {"private": {"assessment": {}, "name": "Mrs Miller"}},
        {"private": {"assessment": {"note": 1}, "noted": ["odd"], "outlet": {"form": "a"}}},
        {"request": {}},
        {"request": {"digest": ""}},
        {"request": {"digest": "a", "name": "b"}},
        {"request": {"hookInstance": "a"}},
        {"other": 1},
    ],
    ids=str,
)
def test_the_quick_look_takes_what_the_schema_takes(change: dict[str, Any]) -> None:
    members = {"salt": "A" * 43 + "=", "private": {"assessment": {}}} | change
    assert shapes.fits_sealed(members) == (schemas.problems(privates.SCHEMA, members) == [])


def test_a_member_that_is_new_to_the_private_part_has_a_place_in_the_schema() -> None:
    schema = json.loads((schemas.folder() / "audit-private.schema.json").read_text(encoding="utf-8"))
    assert set(schema["properties"]["private"]["properties"]) == {one.name for one in dataclasses.fields(Private)}


def test_no_field_of_a_decision_is_lost_on_the_way() -> None:
    record = decided.decision()
    unset = {one.name for one in dataclasses.fields(AuditRecord) if not getattr(record, one.name)}
    assert unset == {"subject", "sealed", "former"}
    assert privates.joined(privates.public(record, SALT), privates.loads(privates.content(record, SALT).text)) == record
