"""What is sealed opens for whoever has the keys, whole, and for nobody else; what is in the clear gives nobody away."""

import dataclasses
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cds.audit.entries import bodies, privates, sealing
from cds.audit.faults import LedgerDamaged, RecordRefused
from cds.audit.keys import keyring
from cds.audit.keys.keyring import KeyMissing, KeyRing
from cds.audit.rows import Row, WrappedKey
from cds.foundation import canonical
from cds.values.record import AuditRecord, Private
from tests.audit import decided
from tests.audit.entries import test_bodies

CANARY = "Wilhelmina-Canary-5521"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    """One ring for all these tests."""
    return decided.ring(tmp_path_factory.mktemp("keys"))


def test_a_sealed_decision_opens_as_it_was(keys: KeyRing) -> None:
    row, wrapped = decided.sealed(decided.decision(), keys)
    opened = sealing.open_record(row, wrapped, keys)
    assert isinstance(opened, AuditRecord)
    assert dataclasses.replace(opened, subject="", sealed=None) == decided.decision()


def test_without_its_key_a_decision_is_what_is_in_the_clear(keys: KeyRing) -> None:
    row, _ = decided.sealed(decided.decision(), keys)
    found = sealing.open_record(row, None, keys)
    assert isinstance(found, AuditRecord)
    assert found == bodies.loads(row.body)
    assert found.private is None
    assert sealing.plaintext(row, None, keys) is None


def test_the_plaintext_is_had_to_the_byte(keys: KeyRing) -> None:
    row, wrapped = decided.sealed(decided.decision(), keys)
    text = sealing.plaintext(row, wrapped, keys)
    assert text is not None
    assert canonical.digest(text) == json.loads(row.body)["facts"]["digest"]
    assert canonical.digest(row.sealed or b"") == json.loads(row.body)["facts"]["sealed"]


@pytest.mark.parametrize("entry", [one for one in test_bodies.ENTRIES if not isinstance(one, AuditRecord)])
def test_an_entry_that_is_no_decision_is_stored_as_it_is(keys: KeyRing, entry: Any) -> None:
    ready = decided.prepared(entry, keys)
    assert ready.subject == ""
    assert sealing.close(ready, b"", "") == (bodies.dumps(entry), None)
    assert ready.columns == bodies.row_columns(bodies.public(entry))


def test_an_action_that_may_not_be_said_so_is_refused_before_it_is_queued(keys: KeyRing) -> None:
    with pytest.raises(RecordRefused, match="not in its schema"):
        sealing.prepare(decided.action(detail={"patient": "Patient/7"}), keys)


def test_a_decision_without_its_private_part_is_refused(keys: KeyRing) -> None:
    with pytest.raises(RecordRefused, match="fault of the service"):
        sealing.prepare(decided.decision(private=None), keys)


def test_the_body_of_a_sealed_decision_is_canonical_and_has_the_columns_it_was_prepared_with(keys: KeyRing) -> None:
    ready = decided.prepared(decided.decision(), keys)
    body, sealed = sealing.close(ready, bytes(32), "0" * 32)
    assert bodies.dumps(bodies.loads(body)) == body
    assert bodies.columns(body) == ready.columns
    assert ready.columns.subject == ready.subject == keys.pseudonym("General Hospital", "main", decided.PATIENT)
    assert ready.size > len(sealed or b"")


def test_the_same_facts_are_never_sealed_alike(keys: KeyRing) -> None:
    ready = decided.prepared(decided.decision(), keys)
    one, other = (sealing.close(ready, bytes(32), "0" * 32) for _ in range(2))
    assert one[1] != other[1]
    again = decided.prepared(decided.decision(), keys)
    assert again.facts != ready.facts
    assert again.output != ready.output


def test_a_decision_about_nobody_has_a_subject_of_its_own(keys: KeyRing) -> None:
    nobody = dataclasses.replace(decided.PRIVATE, patient="")
    one, other = (decided.prepared(decided.decision(f"decision-{number}", private=nobody), keys).subject for number in (1, 2))
    assert one != other
    assert one == keys.nobody("General Hospital", "main", "decision-1")


def test_a_subject_that_comes_with_the_record_is_not_believed(keys: KeyRing) -> None:
    assert decided.prepared(decided.decision(subject="Patient/7"), keys).subject == keys.pseudonym("General Hospital", "main", decided.PATIENT)


def test_a_sealed_part_with_any_one_bit_changed_is_told_as_damage(keys: KeyRing) -> None:
    row, wrapped = decided.sealed(decided.decision(), keys)
    for place in range(len(row.sealed or b"")):
        sealed = bytearray(row.sealed or b"")
        sealed[place] ^= 1 << place % 8
        for one in (dataclasses.replace(row, sealed=bytes(sealed)), _agreeing(row, bytes(sealed))):
            with pytest.raises(LedgerDamaged, match="cds audit verify"):
                sealing.open_record(one, wrapped, keys)


@pytest.mark.parametrize("sealed", [None, b"", b"\x01", b"\x01" + bytes(27)], ids=repr)
def test_a_sealed_part_that_is_gone_or_cut_is_told_as_damage(keys: KeyRing, sealed: bytes | None) -> None:
    row, wrapped = decided.sealed(decided.decision(), keys)
    for one in (row, _agreeing(row, sealed or b"")):
        with pytest.raises(LedgerDamaged, match="cds audit verify"):
            sealing.open_record(dataclasses.replace(one, sealed=sealed), wrapped, keys)


def test_a_sealed_part_put_into_another_record_does_not_open(keys: KeyRing) -> None:
    row, wrapped = decided.sealed(decided.decision(), keys)
    with pytest.raises(LedgerDamaged, match="not sealed under this key for this record"):
        sealing.open_record(dataclasses.replace(row, body=row.body.replace(b'"decision-1"', b'"decision-2"')), wrapped, keys)


def test_the_key_of_another_subject_does_not_open(keys: KeyRing) -> None:
    row, _ = decided.sealed(decided.decision(), keys)
    _, other = decided.sealed(decided.decision("decision-2"), keys)
    with pytest.raises(LedgerDamaged, match="not sealed under this key"):
        sealing.open_record(row, other, keys)


def test_a_ring_of_other_keys_does_not_open_and_says_which_key_is_missing(keys: KeyRing, tmp_path: Path) -> None:
    row, wrapped = decided.sealed(decided.decision(), keys)
    with pytest.raises(KeyMissing, match=f"{wrapped.wrapped_by} is not in the file that CDS_AUDIT_KEYS names"):
        sealing.open_record(row, wrapped, decided.ring(tmp_path))


def _altered(change: Callable[[dict[str, Any]], Any], keys: KeyRing) -> tuple[Row, WrappedKey]:
    """What somebody with all keys makes of a record: its plaintext changed and sealed anew, the digest of the ciphertext to match."""
    row, wrapped = decided.sealed(decided.decision(), keys)
    members = json.loads(sealing.plaintext(row, wrapped, keys) or b"")
    change(members)
    return _resealed(row, wrapped, zlib.compress(canonical.dumps(members)), keys), wrapped


def _resealed(row: Row, wrapped: WrappedKey, content: bytes, keys: KeyRing) -> Row:
    said = b"\n".join((sealing.DOMAIN, row.entry_id.encode(), row.subject.encode()))
    sealed = sealing.FORM + bytes(12) + AESGCM(keys.unwrap(wrapped)).encrypt(bytes(12), content, said)
    return dataclasses.replace(_agreeing(row, sealed), sealed=sealed)


def _agreeing(row: Row, sealed: bytes) -> Row:
    """The row with a body that has the digest of this ciphertext."""
    members = json.loads(row.body)
    members["facts"]["sealed"] = canonical.digest(sealed)
    return dataclasses.replace(row, body=canonical.dumps(members), sealed=sealed)


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members["private"]["assessment"]["facts"]["age"].update(value=42),
        lambda members: members["private"]["assessment"]["cards"][0].update(summary="Run."),
        lambda members: members["private"].update(patient="Patient/8"),
        lambda members: members.update(salt="A" * 43 + "="),
        lambda members: members["request"].update(digest="sha256:" + "0" * 64),
    ],
)
def test_a_plaintext_changed_by_an_insider_is_told_as_damage(keys: KeyRing, change: Callable[[dict[str, Any]], Any]) -> None:
    row, wrapped = _altered(change, keys)
    with pytest.raises(LedgerDamaged, match="cds audit verify"):
        sealing.open_record(row, wrapped, keys)
    with pytest.raises(LedgerDamaged, match="cds audit verify"):
        sealing.plaintext(row, wrapped, keys)


@pytest.mark.parametrize("named", [("facts", "digest"), ("output", "digest"), ("requestDigest",)])
def test_each_digest_in_the_clear_is_held_to(keys: KeyRing, named: tuple[str, ...]) -> None:
    row, wrapped = decided.sealed(decided.decision(), keys)
    members = json.loads(row.body)
    inner = members[named[0]] if len(named) > 1 else members
    inner[named[-1]] = "sha256:" + "0" * 64
    with pytest.raises(LedgerDamaged, match="cds audit verify"):
        sealing.open_record(dataclasses.replace(row, body=canonical.dumps(members)), wrapped, keys)


def test_what_would_inflate_beyond_all_measure_is_not_inflated(keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    row, wrapped = decided.sealed(decided.decision(), keys)
    monkeypatch.setattr(privates, "MOST_BYTES", 1_000_000)
    bomb = _resealed(row, wrapped, zlib.compress(bytes(1_000_001)), keys)
    with pytest.raises(LedgerDamaged, match="larger than 1000000 bytes"):
        sealing.open_record(bomb, wrapped, keys)


@pytest.mark.parametrize("content", [b"", b"{}", zlib.compress(b"{}")[:-1], zlib.compress(b"{}") + b"more", zlib.compress(b"[]")], ids=repr)
def test_what_is_not_one_deflated_object_is_told_as_damage(keys: KeyRing, content: bytes) -> None:
    row, wrapped = decided.sealed(decided.decision(), keys)
    with pytest.raises(LedgerDamaged, match="cds audit verify"):
        sealing.open_record(_resealed(row, wrapped, content, keys), wrapped, keys)


def test_no_canary_in_what_a_caller_steers_stands_in_the_clear(keys: KeyRing) -> None:
    private = Private(
        patient=f"Patient/{CANARY}",
        assessment={"facts": {"age": {"value": CANARY, "of": CANARY}}, "cards": [{"uuid": decided.CARD, "detail": CANARY}], "note": CANARY},
        user=f"Practitioner/{CANARY}",
        skipped=(CANARY,),
        noted=(CANARY,),
        outlet={"address": CANARY},
        orders={"draft": CANARY},
    )
    row, wrapped = decided.sealed(decided.decision(private=private, hook_instance=CANARY, trace=CANARY), keys)
    assert CANARY not in repr((row, wrapped))
    assert CANARY.encode() not in b"".join((row.body, row.sealed or b"", wrapped.wrapped))
    assert CANARY.encode() in (sealing.plaintext(row, wrapped, keys) or b"")


def test_nothing_that_is_prepared_shows_when_it_is_printed(keys: KeyRing) -> None:
    key, wrapped = sealing.new_key("a" * 64, keys)
    shown = repr((decided.prepared(decided.decision(), keys), keys))
    assert "Rest." not in shown
    assert not [secret for secret in (key, *keys.seals.values(), *keys.names) if repr(secret)[2:-1] in shown + repr(wrapped)]


def test_every_field_of_a_decision_is_sealed_or_known_to_give_nobody_away(keys: KeyRing) -> None:
    row, _ = decided.sealed(decided.decision(), keys)
    assert set(json.loads(row.body)) == {
        "kind", "form", "decisionId", "receivedAt", "decidedAt", "channel", "hook", "hookInstance", "trace", "client", "tenant", "profile",
        "requestDigest", "release", "engine", "urgency", "rules", "provenance", "unknown", "output", "subject", "facts",
    }, "a new member in the clear: write in ADR 46 what it gives away, and then here"  # fmt: skip


def test_the_request_cannot_be_guessed_from_its_digest_in_the_clear(keys: KeyRing) -> None:
    row, _ = decided.sealed(decided.decision(request_digest=canonical.digest(b'{"facts": {"age": 41}}')), keys)
    assert canonical.digest(b'{"facts": {"age": 41}}').encode() not in row.body


def test_a_wrapped_key_is_good_for_its_own_id_and_subject_only(keys: KeyRing) -> None:
    key, wrapped = sealing.new_key("a" * 64, keys)
    assert keys.unwrap(wrapped) == key
    for other in ({"key_id": "0" * 32}, {"subject": "b" * 64}, {"wrapped": b"\x02" + wrapped.wrapped[1:]}, {"wrapped": b""}):
        with pytest.raises(LedgerDamaged, match=wrapped.wrapped_by):
            keys.unwrap(dataclasses.replace(wrapped, **other))


def test_keys_are_as_long_as_the_ciphers_are_made_for(keys: KeyRing) -> None:
    key, wrapped = sealing.new_key("a" * 64, keys)
    assert len(key) == 32
    assert len(wrapped.wrapped) == 1 + keyring.NONCE_BYTES + 32 + 16
