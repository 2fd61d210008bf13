"""The verifier that an auditor runs: by itself, in an empty folder, on what holds and on all that does not."""

import ast
import base64
import contextlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds.audit import ledger, verify
from cds.audit.place import Place
from cds.audit.rows import Search
from cds.audit.tree import checkpoints, heads, merkle, proofs
from cds.audit.tree.checkpoints import SigningKey
from cds.audit.tree.proofs import Evidence
from cds.foundation import canonical
from tests.audit import decided, evidence, samples, trees
from tests.audit.evidence import COUNT, DECISION, ORIGIN, Log

OTHER = SigningKey("other", bytes(range(32)))
SAMPLE = 40
SIZES = 70
EARLIER = 270
EXACT = 2**53 - 1
TEXTS = st.text(st.characters(max_codepoint=0xD7FF))
COVERED = ("head.checkpoint", "opened.json", "proof.json", "record.json", "release.json", "release/CHANGES.md", "sealed.bin")
"""The files that the signed head stands for, also where the list of digests was made anew."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return evidence.made(tmp_path_factory.mktemp("log"))


@dataclass(frozen=True)
class Ended:
    """How a run of the verifier ended."""

    code: int
    told: str


def run(folder: Path, *words: str | Path) -> Ended:
    """Runs the file alone in an empty folder, by a Python that sees nothing but its own packages."""
    alone = folder / "alone"
    alone.mkdir(exist_ok=True)
    program = shutil.copy(verify.__file__, alone / "check.py")
    done = subprocess.run([sys.executable, "-I", program, *map(str, words)], cwd=alone, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return Ended(done.returncode, done.stdout + done.stderr)


def holds(check: Callable[..., Any], path: Path, log: Log, folder: Path | None = None) -> bool:
    """Whether the verifier, asked in this process, finds nothing."""
    try:
        keys = verify.keys_of([log.trusted])
        return not any(line.startswith("FAULT") for line in check(path, keys, verify.heads_in(folder, keys)))
    except verify.MALFORMED:
        return False


def alone(path: Path, keys: verify.Keys, kept: dict[int, verify.Head]) -> Iterator[str]:
    """What the verifier says of one proof."""
    return verify.with_kept(kept, *verify.proof(path.read_bytes(), keys))


def packed(path: Path, parts: dict[str, bytes], *, summed: bool = False) -> Path:
    """A zip of these files; with `summed` the list of digests is made to fit them."""
    if summed:
        parts = parts | {"SHA256SUMS": proofs.sums({name: data for name, data in parts.items() if name != "SHA256SUMS"})}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def bundled(log: Log, **changes: Any) -> dict[str, bytes]:
    """The files of the bundle."""
    with zipfile.ZipFile(io.BytesIO(proofs.bundle(log.evidence(**changes)))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def flips(data: bytes) -> list[bytes]:
    """The data with one byte changed, at places all over it."""
    places = {*range(0, len(data), max(1, len(data) // SAMPLE)), len(data) - 1}
    return [data[:at] + bytes([data[at] ^ (1 << at % 7)]) + data[at + 1 :] for at in sorted(places)]


def test_the_verifier_is_one_file_that_needs_nothing_of_ours_and_an_old_python() -> None:
    text = Path(verify.__file__).read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 9))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == {"cryptography"}


def test_a_good_bundle_holds_under_the_trusted_key(log: Log, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(proofs.bundle(log.evidence()))
    ended = run(tmp_path, tmp_path / "bundle.zip", "--key", log.trusted)
    assert ended.code == 0, ended.told
    assert f"entry {DECISION} is in the ledger under the head of {COUNT} records" in ended.told
    assert "the sealed part is the one" in ended.told
    assert "the opened facts and cards are those" in ended.told
    assert "the manifest is that of the release that the record names, and names the 2 files of the release that are here" in ended.told
    assert ended.told.endswith("It holds.\n")
    assert "OPEN" not in ended.told


def test_a_bundle_without_a_trusted_key_shows_nothing_about_who_signed(log: Log, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(proofs.bundle(log.evidence()))
    ended = run(tmp_path, tmp_path / "bundle.zip")
    assert (ended.code, "OPEN  nothing is shown about who signed" in ended.told, "It holds" in ended.told) == (2, True, False), ended.told
    parts = bundled(log)
    packed(tmp_path / "bundle.zip", parts | {"record.json": parts["record.json"] + b" "}, summed=True)
    assert run(tmp_path, tmp_path / "bundle.zip").code == 1, "a fault is told before what is open"


def test_a_file_that_is_none_of_the_release_is_found(log: Log, tmp_path: Path) -> None:
    parts = bundled(log)
    for wrong in ({"release/decisions/own.yaml": b"rules: []\n"}, {"release/CHANGES.md": b""}, {"other/CHANGES.md": b""}):
        ended = run(tmp_path, packed(tmp_path / "bundle.zip", parts | wrong, summed=True), "--key", log.trusted)
        assert (ended.code, "FAULT a file of the release" in ended.told or "has not the files of a bundle" in ended.told) == (1, True)
    without = {name: data for name, data in parts.items() if name != "release.json"}
    assert run(tmp_path, packed(tmp_path / "bundle.zip", without, summed=True), "--key", log.trusted).code == 1


def test_a_bundle_that_somebody_made_up_whole_falls_to_the_trusted_key(log: Log, tmp_path: Path) -> None:
    ring = replace(log.ring, signers=(OTHER,), verifiers=(OTHER.verifying,))
    forged = replace(log, ring=ring)
    (tmp_path / "bundle.zip").write_bytes(proofs.bundle(forged.evidence(opened=None)))
    assert run(tmp_path, tmp_path / "bundle.zip").code == 2
    ended = run(tmp_path, tmp_path / "bundle.zip", "--key", log.trusted)
    assert ended.code == 1
    assert "FAULT the head of 300 records is not signed by the key" in ended.told


def test_a_bundle_without_facts_holds_too(log: Log, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(proofs.bundle(log.evidence(opened=None, release=None, files={})))
    ended = run(tmp_path, tmp_path / "bundle.zip", "--key", log.trusted)
    assert ended.code == 0, ended.told
    assert "opened" not in ended.told


def test_a_head_that_the_auditor_kept_is_compared(log: Log, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(proofs.bundle(log.evidence()))
    same = evidence.heads(tmp_path / "same", log.note(200), log.note())
    assert "is one that you keep" in run(tmp_path, bundle, "--key", log.trusted, "--heads", same).told
    older = evidence.heads(tmp_path / "older", log.note(200))
    ended = run(tmp_path, bundle, "--key", log.trusted, "--heads", older)
    assert ended.code == 2
    assert "you keep no head of 300 records, but of 200: " in ended.told
    assert "ask for `cds audit consistency 200 300`" in ended.told
    assert "It holds" not in ended.told
    rewritten = evidence.heads(tmp_path / "rewritten", checkpoints.write(ORIGIN, COUNT, bytes(32), evidence.AT, log.ring.signer))
    ended = run(tmp_path, bundle, "--key", log.trusted, "--heads", rewritten)
    assert ended.code == 1
    assert "is not the one that you keep" in ended.told


def test_a_proof_between_a_head_that_is_kept_and_that_of_the_bundle_closes_the_gap(log: Log, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(proofs.bundle(log.evidence(200)))
    between = evidence.document(tmp_path / "between.json", proofs.consistency(log.tree, log.head(200), log.head()).document())
    for sizes, code in (((COUNT,), 0), ((DECISION,), 2)):
        kept = evidence.heads(tmp_path / str(code), *map(log.note, sizes))
        assert run(tmp_path, bundle, "--key", log.trusted, "--heads", kept).code == 2
        assert run(tmp_path, bundle, "--key", log.trusted, "--heads", kept, "--between", between).code == code
    forged = checkpoints.write(ORIGIN, 200, bytes(32), evidence.AT, log.ring.signer)
    wrong = evidence.document(tmp_path / "between.json", json.loads(between.read_text()) | {"older": forged})
    assert run(tmp_path, bundle, "--key", log.trusted, "--heads", tmp_path / "0", "--between", wrong).code == 1


def test_of_many_heads_that_are_kept_the_nearest_are_told(log: Log, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(proofs.bundle(log.evidence(150)))
    kept = evidence.heads(tmp_path / "kept", *map(log.note, range(10, COUNT + 1, 20)))
    ended = run(tmp_path, tmp_path / "bundle.zip", "--key", log.trusted, "--heads", kept)
    assert ended.code == 0, ended.told
    (tmp_path / "bundle.zip").write_bytes(proofs.bundle(log.evidence(155)))
    ended = run(tmp_path, tmp_path / "bundle.zip", "--key", log.trusted, "--heads", kept)
    assert (ended.code, "but of 70, 90, 110, 130, 150, 170, 190, 210, 230, 250 and others" in ended.told) == (2, True), ended.told
    assert "`cds audit consistency 150 155`" in ended.told


@pytest.mark.parametrize("name", [*COVERED, "README.txt", "SHA256SUMS", "keys.json", "verify.py"])
def test_any_byte_changed_in_any_file_of_a_bundle_is_found(log: Log, tmp_path: Path, name: str) -> None:
    parts = bundled(log)
    path = tmp_path / "bundle.zip"
    assert holds(verify.bundle, packed(path, parts), log)
    assert [data for data in flips(parts[name]) if holds(verify.bundle, packed(path, parts | {name: data}), log)] == []


@pytest.mark.parametrize("name", COVERED)
def test_a_change_is_found_also_where_the_list_of_digests_was_made_anew(log: Log, tmp_path: Path, name: str) -> None:
    parts = bundled(log)
    path = tmp_path / "bundle.zip"
    assert holds(verify.bundle, packed(path, parts, summed=True), log)
    unfound = [data for data in flips(parts[name]) if holds(verify.bundle, packed(path, parts | {name: data}, summed=True), log)]
    assert [data for data in unfound if not _says_the_same(data, parts[name])] == []


def _says_the_same(data: bytes, before: bytes) -> bool:
    """White space in a proof or a manifest may be other white space."""
    try:
        return bool(json.loads(data) == json.loads(before))
    except ValueError:
        return False


@pytest.mark.parametrize("name", ["head.checkpoint", "proof.json", "record.json", "sealed.bin"])
def test_a_file_that_is_missing_from_a_bundle_is_found(log: Log, tmp_path: Path, name: str) -> None:
    parts = {part: data for part, data in bundled(log).items() if part != name}
    assert not holds(verify.bundle, packed(tmp_path / "bundle.zip", parts, summed=True), log)


def test_a_file_too_many_and_a_file_twice_are_found(log: Log, tmp_path: Path) -> None:
    parts = bundled(log)
    assert not holds(verify.bundle, packed(tmp_path / "bundle.zip", parts | {"more.txt": b""}, summed=True), log)
    packed(tmp_path / "bundle.zip", parts)
    with zipfile.ZipFile(tmp_path / "bundle.zip", "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("record.json", parts["record.json"])
    assert not holds(verify.bundle, tmp_path / "bundle.zip", log)


def test_another_record_does_not_pass_by_a_proof_that_brings_the_right_one(log: Log, tmp_path: Path) -> None:
    parts = bundled(log)
    proof = json.loads(parts["proof.json"]) | {"body": parts["record.json"].decode()}
    forged = parts["record.json"].replace(b'"routine"', b'"urgent!"')
    assert forged != parts["record.json"]
    spoilt = parts | {"record.json": forged, "proof.json": proofs.written(proof)}
    assert not holds(verify.bundle, packed(tmp_path / "bundle.zip", spoilt, summed=True), log)


def test_any_byte_changed_in_the_zip_itself_breaks_nothing_of_the_verifier(log: Log, tmp_path: Path) -> None:
    data = proofs.bundle(log.evidence())
    expected = bundled(log)
    for wrong in flips(data) + [data[:cut] for cut in range(0, len(data), len(data) // SAMPLE)]:
        (tmp_path / "bundle.zip").write_bytes(wrong)
        if holds(verify.bundle, tmp_path / "bundle.zip", log):
            with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
                assert {name: archive.read(name) for name in archive.namelist()} == expected, "what was changed is no part of a file"


def test_a_proof_of_inclusion_holds_and_a_changed_one_does_not(log: Log, tmp_path: Path) -> None:
    whole = proofs.inclusion(log.tree, DECISION, log.rows[DECISION - 1].body, log.head()).document()
    path = evidence.document(tmp_path / "proof.json", whole)
    ended = run(tmp_path, path, "--key", log.trusted)
    assert (ended.code, "entry 123 is in the ledger" in ended.told) == (0, True)
    for wrong in ({"index": DECISION}, {"index": True}, {"index": str(DECISION - 1)}, {"body": "{}"}, {"path": whole["path"][1:]}, {"kind": "x"}):
        evidence.document(path, whole | wrong)
        assert not holds(alone, path, log)
    leaf_only = {name: value for name, value in whole.items() if name != "body"}
    assert holds(alone, evidence.document(path, leaf_only), log)
    short = base64.b64encode(base64.b64decode(whole["leaf"])[:31]).decode()
    assert not holds(alone, evidence.document(path, leaf_only | {"leaf": short}), log)


def test_a_proof_of_consistency_holds_and_a_changed_one_does_not(log: Log, tmp_path: Path) -> None:
    whole = proofs.consistency(log.tree, log.head(200), log.head()).document()
    path = evidence.document(tmp_path / "proof.json", whole)
    kept = evidence.heads(tmp_path / "kept", log.note(200))
    ended = run(tmp_path, path, "--key", log.trusted, "--heads", kept)
    assert ended.code == 0, ended.told
    assert "the ledger of 300 records begins with all of that of 200" in ended.told
    assert "the head of 200 records is one that you keep" in ended.told
    forged = checkpoints.write(ORIGIN, 200, bytes(32), evidence.AT, log.ring.signer)
    spoilt: list[dict[str, Any]] = [
        {"older": forged},
        {"older": whole["newer"], "newer": whole["older"]},
        {"path": []},
        {"path": whole["path"] * 2},
        {"path": ["x"]},
    ]
    for wrong in spoilt:
        evidence.document(path, whole | wrong)
        assert not holds(alone, path, log)


def test_consistency_is_checked_for_all_small_sizes() -> None:
    tree = trees.grown(SIZES)
    good = [verify.Head("o", size, merkle.root_at(tree, size), "") for size in range(SIZES + 1)]
    other = trees.Kept()
    other.add([merkle.leaf(b"another"), *tree.hashes[1:]])
    strange = [verify.Head("o", size, merkle.root_at(other, size), "") for size in range(SIZES + 1)]
    for new in range(SIZES + 1):
        for old in range(new + 1):
            path = merkle.consistency(tree, old, new)
            assert verify.goes_on(good[old], good[new], path)
            if 0 < old < new:
                assert not follows(strange[old], good[new], path)
                assert not follows(good[old], strange[new], path)
                assert not follows(good[old], good[new], path[1:])
                assert not follows(good[old], good[new], [*path, path[0]])


def follows(older: verify.Head, newer: verify.Head, path: list[bytes]) -> bool:
    """Whether a proof between two heads is taken."""
    try:
        return verify.goes_on(older, newer, path)
    except verify.Fault:
        return False


def test_a_whole_export_holds_against_the_heads_that_were_kept(log: Log, tmp_path: Path) -> None:
    path = evidence.export(tmp_path / "export.ndjson", log.lines(dropped=20))
    kept = evidence.heads(tmp_path / "kept", log.note(1), log.note(256), log.note(290))
    ended = run(tmp_path, path, "--key", log.trusted, "--heads", kept)
    assert ended.code == 0, ended.told
    assert "the first 256 records are those that were signed" in ended.told
    assert "300 records, 20 of them dropped when their time was over; 10 are behind the last head" in ended.told


Lines = list[dict[str, Any]]


def changed(lines: Lines, at: int, **members: Any) -> Lines:
    """The lines with members of one changed."""
    return [*lines[:at], lines[at] | members, *lines[at + 1 :]]


def test_what_was_done_to_an_export_is_found_and_named(log: Log, tmp_path: Path) -> None:
    lines, at = log.lines(), DECISION - 1
    kept = evidence.heads(tmp_path / "kept", log.note(100), log.note())
    body, sealed = lines[at]["body"], base64.b64decode(lines[at]["sealed"])
    other = merkle.leaf(b"{}").hex()
    spoilt: list[tuple[Lines, str]] = [
        (changed(lines, at, body=body.replace('"routine"', '"urgent"')), f"FAULT entry {DECISION}: its record is not what was written"),
        (changed(lines, 7, body="{}", leaf=other), "FAULT the first 100 records are not those that were signed"),
        (changed(lines, at, sealed=base64.b64encode(sealed[:-1] + b"!").decode()), f"FAULT entry {DECISION}: the sealed part is not the one"),
        (changed(lines, at, sealed=None), f"FAULT entry {DECISION}: the sealed part is not the one"),
        (changed(lines, 3, sealed=lines[at]["sealed"]), "FAULT entry 4: the sealed part is not the one"),
        (changed(lines, at, opened=log.opened.decode() + " "), f"FAULT entry {DECISION}: the opened facts are not those"),
        (lines[:50] + lines[51:], "FAULT entry 51: it is out of sequence"),
        ([*lines[:50], lines[51], lines[50], *lines[52:]], "FAULT entry 51: it is out of sequence"),
        (lines[:-1], "FAULT a head of 300 records was signed, and the export has 299"),
        (changed(lines, 9, leaf="00"), "FAULT entry 10: its record is not what was written"),
        (changed(lines, 9, body=5), "FAULT something is not written as it must be"),
    ]
    for wrong, expected in spoilt:
        ended = run(tmp_path, evidence.export(tmp_path / "export.ndjson", wrong), "--key", log.trusted, "--heads", kept)
        assert ended.code == 1
        assert expected in ended.told
        assert ended.told.endswith("It does not hold.\n")


@pytest.mark.parametrize("more", [{}, {"sealed": "AAAA"}, {"opened": "{}"}])
def test_a_record_that_is_withheld_does_not_pass_for_one_whose_time_was_over(log: Log, tmp_path: Path, more: dict[str, str]) -> None:
    lines, at = log.lines(dropped=20), DECISION - 1
    kept = evidence.heads(tmp_path / "kept", log.note(100), log.note())
    withheld = {name: value for name, value in lines[at].items() if name in ("seq", "leaf")} | more
    ended = run(
        tmp_path, evidence.export(tmp_path / "export.ndjson", [*lines[:at], withheld, *lines[at + 1 :]]), "--key", log.trusted, "--heads", kept
    )
    assert (ended.code, f"FAULT entry {DECISION}: its record is left out" in ended.told) == (1, True)


def test_a_bundle_that_would_fill_the_memory_is_not_read(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("opened.json", "w") as part:
        for _ in range(verify.MOST // 2**20 + 1):
            part.write(bytes(2**20))
    ended = run(tmp_path, path, "--key", log.trusted)
    assert (ended.code, "larger than a bundle can be" in ended.told) == (1, True)


def test_an_export_with_opened_facts_holds(log: Log, tmp_path: Path) -> None:
    lines = changed(log.lines(), DECISION - 1, opened=log.opened.decode())
    kept = evidence.heads(tmp_path / "kept", log.note())
    assert holds(verify.export, evidence.export(tmp_path / "export.ndjson", lines), log, kept)


def test_any_byte_of_an_export_changed_before_the_last_head_is_found(log: Log, tmp_path: Path) -> None:
    path = evidence.export(tmp_path / "export.ndjson", log.lines())
    kept = evidence.heads(tmp_path / "kept", log.note())
    data = path.read_bytes()
    for changed_data in flips(data):
        path.write_bytes(changed_data)
        assert not holds(verify.export, path, log, kept), "a change that nobody finds"


def test_what_a_real_ledger_hands_out_holds_on_both_stores(both: Place, tmp_path: Path) -> None:
    place = replace(both, head_records=1)
    for batch in ([samples.refusal(f"refusal-{number}") for number in range(EARLIER)], [decided.decision()]):
        with contextlib.closing(ledger.open_ledger(place, samples.now)) as one:
            one.append_all(batch)
    texts = heads.read(place.heads, one.log_id)
    older, newer = (checkpoints.read(text) for text in texts)
    assert (older.size, newer.size) == (EARLIER, EARLIER + 1)
    with contextlib.closing(ledger.open_ledger(place, samples.now)) as one, one.store.reading() as reading:
        row = next(reading.rows(Search(after=EARLIER)))
        proof = proofs.inclusion(reading, row.seq, row.body, newer)
        goes_on = proofs.consistency(reading, older, newer)
    trusted = [key.text(newer.origin) for key in one.ring.verifiers]
    kept = evidence.heads(tmp_path / "kept", *texts)
    (tmp_path / "bundle.zip").write_bytes(proofs.bundle(Evidence(proof, one.ring.verifiers, row.sealed)))
    for path in (tmp_path / "bundle.zip", evidence.document(tmp_path / "goes-on.json", goes_on.document())):
        ended = run(tmp_path, path, "--key", *trusted, "--heads", kept)
        assert (ended.code, "one that you keep" in ended.told) == (0, True), ended.told


def test_two_heads_of_one_size_that_differ_are_found(log: Log, tmp_path: Path) -> None:
    path = evidence.export(tmp_path / "export.ndjson", log.lines())
    forged = checkpoints.write(ORIGIN, COUNT, bytes(32), evidence.AT, log.ring.signer)
    ended = run(tmp_path, path, "--key", log.trusted, "--heads", evidence.heads(tmp_path / "kept", log.note(), forged))
    assert (ended.code, "two heads of one size differ" in ended.told) == (1, True)


def test_what_cannot_be_checked_is_told_apart_from_what_does_not_hold(log: Log, tmp_path: Path) -> None:
    path = evidence.export(tmp_path / "export.ndjson", log.lines())
    kept = evidence.heads(tmp_path / "kept", log.note())
    empty = evidence.heads(tmp_path / "empty")
    two = evidence.heads(tmp_path / "two", log.note(), checkpoints.write(checkpoints.origin_of("b"), 1, bytes(32), evidence.AT, log.ring.signer))
    elsewhere = log.ring.signer.verifying.text(checkpoints.origin_of("b"))
    asked: list[list[str | Path]] = [
        [],
        [path],
        [path, "--key", log.trusted],
        [path, "--heads", kept],
        [path, "--key", "no key", "--heads", kept],
        [path, "--key", log.trusted.replace("+", "x+", 1), "--heads", kept],
        [path, "--key", log.trusted, "--heads", empty],
        [path, "--key", log.trusted, "--key", elsewhere, "--heads", two],
        [tmp_path / "nothing.zip", "--key", log.trusted],
        [tmp_path / "nothing.json"],
        [tmp_path / "nothing.zip", "--heads", kept],
        [tmp_path / "nothing.zip", "--key", log.trusted, "--between", path],
        [tmp_path / "kept"],
    ]
    assert [run(tmp_path, *words).code for words in asked] == [2] * len(asked)


@given(st.recursive(st.none() | st.booleans() | st.integers(-EXACT, EXACT) | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_verifier_writes_json_as_the_ledger_does(value: Any) -> None:
    assert verify._canonical(value) == canonical.dumps(value)
