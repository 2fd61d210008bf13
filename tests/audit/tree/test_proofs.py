"""Proofs as documents, and the bundle of one decision."""

import base64
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from cds.audit import verify
from cds.audit.faults import LedgerDamaged
from cds.audit.tree import checkpoints, merkle, proofs
from cds.audit.tree.checkpoints import SigningKey
from cds.foundation import schemas
from cds.foundation.errors import NotFound
from tests.audit import evidence
from tests.audit.evidence import COUNT, DECISION, ORIGIN, Log

OTHER = SigningKey("other", bytes(range(32)))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return evidence.made(tmp_path_factory.mktemp("log"))


def unpacked(bundle: bytes) -> dict[str, bytes]:
    """The files of a zip."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_entry_is_proved_under_a_head_in_a_document_of_its_schema(log: Log) -> None:
    body = log.rows[DECISION - 1].body
    proof = proofs.inclusion(log.tree, DECISION, body, log.head())
    document = json.loads(proofs.written(proof.document()))
    assert schemas.problems("inclusion-proof", document) == []
    assert (document["index"], document["body"].encode(), document["checkpoint"]) == (DECISION - 1, body, log.note())
    path = [base64.b64decode(one) for one in document["path"]]
    assert merkle.verify_inclusion(base64.b64decode(document["leaf"]), DECISION - 1, COUNT, path, log.head().root)


def test_an_entry_that_was_dropped_is_proved_by_its_leaf(log: Log) -> None:
    proof = proofs.inclusion(log.tree, DECISION, None, log.head())
    assert proof.leaf == log.tree.hashes[DECISION - 1]
    assert "body" not in proof.document()
    assert schemas.problems("inclusion-proof", proof.document()) == []
    with pytest.raises(NotFound):
        proofs.bundle(replace(log.evidence(), proof=proof))


def test_an_entry_that_is_not_what_was_signed_gets_no_proof(log: Log) -> None:
    with pytest.raises(LedgerDamaged):
        proofs.inclusion(log.tree, DECISION, b"{}", log.head())


def test_a_head_that_does_not_cover_an_entry_proves_nothing_of_it(log: Log) -> None:
    with pytest.raises(NotFound):
        proofs.inclusion(log.tree, DECISION, log.rows[DECISION - 1].body, log.head(DECISION - 1))


def test_the_first_good_head_that_covers_an_entry_is_taken_and_no_other_is_looked_at(log: Log) -> None:
    keys = log.ring.verifiers
    forged = checkpoints.write(ORIGIN, COUNT, bytes(32), evidence.AT, OTHER)
    another = checkpoints.write(checkpoints.origin_of("another"), COUNT, bytes(32), evidence.AT, log.ring.signer)
    texts = [forged, another, "no head", log.note(200), log.note(DECISION), log.note(DECISION - 1)]
    coming = iter(texts)
    assert proofs.covering(coming, DECISION, keys, ORIGIN).size == 200
    assert list(coming) == texts[4:]
    with pytest.raises(NotFound, match="No signed head"):
        proofs.covering(texts, 201, keys, ORIGIN)


def test_a_head_goes_on_from_an_older_one_in_a_document_of_its_schema(log: Log) -> None:
    document = json.loads(proofs.written(proofs.consistency(log.tree, log.head(200), log.head()).document()))
    assert schemas.problems("consistency-proof", document) == []
    assert (document["older"], document["newer"]) == (log.note(200), log.note())
    path = [base64.b64decode(one) for one in document["path"]]
    assert merkle.verify_consistency(200, COUNT, log.head(200).root, log.head().root, path)


def test_a_head_of_another_history_is_not_gone_on_from(log: Log) -> None:
    with pytest.raises(LedgerDamaged, match="does not go on"):
        proofs.consistency(log.tree, replace(log.head(200), root=bytes(32)), log.head())
    with pytest.raises(LedgerDamaged, match="does not go on"):
        proofs.consistency(log.tree, replace(log.head(200), origin="another"), log.head())
    with pytest.raises(NotFound):
        proofs.consistency(log.tree, log.head(), log.head(200))


def test_a_bundle_holds_the_exact_bytes_of_all_that_is_proved(log: Log) -> None:
    parts = unpacked(proofs.bundle(log.evidence()))
    row = log.rows[DECISION - 1]
    assert parts["record.json"] == row.body
    assert parts["sealed.bin"] == row.sealed
    assert parts["opened.json"] == log.opened
    assert parts["release.json"] == log.manifest
    assert parts["head.checkpoint"] == log.note().encode()
    assert json.loads(parts["keys.json"]) == {"keys": [{"id": key.id, "key": log.trusted} for key in log.ring.verifiers]}
    assert parts["verify.py"] == Path(verify.__file__).read_bytes()
    assert schemas.problems("inclusion-proof", json.loads(parts["proof.json"])) == []


def test_a_bundle_lists_the_digest_of_each_of_its_files(log: Log) -> None:
    parts = unpacked(proofs.bundle(log.evidence()))
    listed = dict(line.split("  ")[::-1] for line in parts.pop("SHA256SUMS").decode().splitlines())
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()}


def test_a_bundle_names_each_of_its_files_in_its_readme(log: Log) -> None:
    parts = unpacked(proofs.bundle(log.evidence()))
    told = parts["README.txt"].decode()
    assert [name for name in parts if name != "README.txt" and f"\n{name.partition('/')[0]}" not in told] == []


def test_a_bundle_says_where_each_rule_that_matched_is_read(log: Log) -> None:
    parts = unpacked(proofs.bundle(log.evidence()))
    (matched,) = (rules for name, rules in json.loads(parts["record.json"])["rules"].items() if name == evidence.RULED)
    assert f"\nrelease/decisions/{evidence.RULED}.yaml\n    {', '.join(matched)}\n" in parts["README.txt"].decode()
    assert "Where to read" not in unpacked(proofs.bundle(log.evidence(files={})))["README.txt"].decode()


def test_a_bundle_sends_its_reader_elsewhere_for_the_program_that_judges_it(log: Log) -> None:
    parts = unpacked(proofs.bundle(log.evidence()))
    told = " ".join(parts["README.txt"].decode().split())
    assert "take verify.py from a release of Back Pain CDS, or from its repository, and not from this file" in told
    assert proofs.verifier() == hashlib.sha256(parts["verify.py"]).hexdigest()
    assert proofs.verifier() not in told, "whoever changed the program would change that too"


def test_facts_are_in_a_bundle_only_where_they_are_given(log: Log) -> None:
    bundle = proofs.bundle(log.evidence(opened=None, release=None, files={}))
    assert {"opened.json", "release.json"} & unpacked(bundle).keys() == set()
    assert b"Practitioner/9" not in bundle
    assert b"Practitioner/9" in proofs.bundle(log.evidence())


def test_the_same_evidence_gives_the_same_bytes(log: Log) -> None:
    assert proofs.bundle(log.evidence()) == proofs.bundle(log.evidence())


def test_no_secret_is_in_a_bundle(log: Log) -> None:
    bundle = proofs.bundle(log.evidence())
    seed = log.ring.signer.seed
    assert all(secret not in bundle for secret in (seed, seed.hex().encode(), base64.b64encode(seed), log.key.wrapped))
