"""`cds audit verify`, `prove`, `consistency`, `key` and `export`: what they give is checked by `verify.py` alone, in an empty folder."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cds.audit import verify as verifier
from cds.audit.place import Place
from tests.cli import conftest
from tests.cli.conftest import FIRST, THIRD, Audit
from tests.faults import changing
from tests.service import audited

NARROWED = ("--format", "ndjson", "--from", "2024-05-01T00:00:00Z", "--to", "2024-05-31T00:00:00Z")
CANARY = "canary-7f3a"
Check = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs `verify.py` where nothing else is, without anything of ours."""
    empty = tmp_path / "empty"
    empty.mkdir()

    def run(program: Path, file: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-I", str(program), str(file), *arguments]
        return subprocess.run(command, cwd=empty, env={}, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def file(tmp_path: Path) -> Place:
    """A ledger in a file."""
    return conftest.fresh(audited.place(tmp_path))


def key(audit: Audit) -> str:
    """The public key, as an auditor is told."""
    return str(json.loads(audit("key", "--json").stdout)["key"])


def test_auditors_can_compare_the_program_that_they_have(audit: Audit) -> None:
    digest = hashlib.sha256(Path(verifier.__file__).read_bytes()).hexdigest()
    assert f"verify.py has the SHA-256 {digest}" in audit("key").stdout.splitlines()
    assert json.loads(audit("key", "--json").stdout)["verifier"] == digest


def test_a_whole_ledger_holds_with_its_count_root_head_and_key(audit: Audit) -> None:
    told = audit("verify")
    assert (told.exit_code, told.stdout.splitlines()[0]) == (0, "The ledger holds. Records: 4.")
    assert [line.split()[0] for line in told.stdout.splitlines()[1:]] == ["root", "head", "note", "key"]
    document = json.loads(audit("verify", "--json").stdout)
    assert (document["holds"], document["records"], document["size"], document["keys"]) == (True, 4, 4, [key(audit)])
    assert json.loads(audit("verify", "--month", "2024-05", "--json").stdout)["records"] == 3


def test_what_no_signature_covers_is_counted_and_a_sign_is_not_called_a_proof(audit: Audit, kept: Place) -> None:
    covered = json.loads(audit("verify", "--json").stdout)
    assert (covered["uncovered"], covered["copies"], covered["head"]["size"]) == (0, 0, 4)
    assert audit("show", FIRST).exit_code == audit("show", FIRST).exit_code == 0
    told = audit("verify").stdout
    assert "records that no signature covers yet: 1" in told
    assert "a sign, not a proof" in told
    assert json.loads(audit("verify", "--json").stdout)["uncovered"] == 1
    assert "a sign" not in audit("verify", "--heads", kept.heads).stdout
    assert json.loads(audit("verify", "--heads", kept.heads, "--json").stdout)["copies"] == 2


def test_a_ledger_that_contradicts_a_head_goes_on_from_none_and_proves_nothing(audit: Audit, kept: Place, tmp_path: Path) -> None:
    (head,) = kept.heads.rglob("*.checkpoint")
    copy = tmp_path / "kept.checkpoint"
    copy.write_bytes(head.read_bytes())
    assert audit("consistency", copy).exit_code == 0
    with changing.inside(kept) as connection:
        changing.forge(1, b'"urgency":"routine"', b'"urgency":"urgency"')(connection)
    for words in ((), (copy,), (copy, copy), ("4", "4"), (copy, "4")):
        told = audit("consistency", *words)
        assert (told.exit_code, told.stdout) == (1, ""), words
        assert "The ledger does not go on from its signed head of 4 records" in told.stderr
    assert audit("show", THIRD).exit_code == 0
    for asked in (("prove", THIRD), ("prove", "5"), ("export", "--decision", THIRD, "--out", "x.zip"), ("export", *NARROWED, "--out", "x.ndjson")):
        told = audit(*asked)
        assert (told.exit_code, told.stdout) == (1, ""), (asked, told.stderr)
    for one in kept.heads.rglob("*.checkpoint"):
        one.unlink()
    assert audit("consistency", copy).exit_code == 1, "a folder of heads that was emptied hides nothing"


def test_a_changed_record_is_named_and_shown_to_nobody(file: Place) -> None:
    path = Path(file.url.removeprefix("sqlite:///"))
    path.write_bytes(path.read_bytes().replace(b'"urgency":"routine"', b'"urgency":"urgency"'))
    told = conftest.ran(file, "verify")
    assert (told.exit_code, "does not hold" in told.stdout, "at record 1: content changed" in told.stderr) == (1, True, True)
    assert {one["seq"] for one in json.loads(conftest.ran(file, "verify", "--json").stdout)["faults"]} >= {1, 2, 3}
    for words in (("show", FIRST), ("prove", FIRST), ("export", "--decision", FIRST, "--out", path.parent / "x.zip")):
        told = conftest.ran(file, *words)
        assert (told.exit_code, told.stdout) == (1, "")
    assert not (path.parent / "x.zip").exists()


def test_a_copy_of_a_head_finds_what_the_folder_of_heads_no_longer_shows(audit: Audit, kept: Place, tmp_path: Path) -> None:
    audit("prove", FIRST)
    (newest,) = sorted(kept.heads.rglob("*.checkpoint"))[-1:]
    copies = tmp_path / "copies"
    copies.mkdir()
    (copies / "kept.checkpoint").write_text(newest.read_text())
    assert audit("verify", "--heads", copies).exit_code == 0
    assert json.loads(audit("verify", "--since", copies / "kept.checkpoint", "--json").stdout)["records"] == 0
    (copies / "kept.checkpoint").write_text(newest.read_text().replace("\n4\n", "\n9\n").replace("\n5\n", "\n9\n"))
    told = audit("verify", "--heads", copies)
    assert (told.exit_code, "head not signed" in told.stderr) == (1, True)


def test_a_proof_is_checked_by_the_verifier_and_a_head_is_signed_for_it(audit: Audit, check: Check, tmp_path: Path) -> None:
    out = tmp_path / "proof.json"
    audit("show", FIRST)
    audit("show", FIRST)
    told = audit("prove", "6", "--out", out)
    assert (told.exit_code, "A head of 7 records was signed for this" in told.stderr) == (0, True)
    checked = check(Path(verifier.__file__), out, "--key", key(audit))
    assert (checked.returncode, "It holds." in checked.stdout) == (0, True), checked.stdout
    assert audit("prove", THIRD, "--out", out).exit_code == 2
    again = audit("prove", THIRD)
    assert (json.loads(again.stdout)["index"], again.stderr) == (2, "")


def test_what_was_dropped_is_proved_by_its_number(audit: Audit, check: Check, tmp_path: Path) -> None:
    audit("retain", "--before", "2024-06", "--yes")
    assert "body" not in json.loads(audit("prove", "1", "--out", tmp_path / "proof.json", "--json").stdout)
    assert check(Path(verifier.__file__), tmp_path / "proof.json", "--key", key(audit)).returncode == 0


def test_a_ledger_goes_on_from_its_heads_by_size_or_by_file(audit: Audit, kept: Place, check: Check, tmp_path: Path) -> None:
    audit("prove", FIRST)
    first, *_ = sorted(kept.heads.rglob("*.checkpoint"))
    size = first.read_text().splitlines()[1]
    for number, words in enumerate(((), (size,), (first,))):
        out = tmp_path / f"{number}.json"
        assert audit("consistency", *words, "--out", out).exit_code == 0
        assert check(Path(verifier.__file__), out, "--key", key(audit)).returncode == 0
    assert audit("consistency", "999").exit_code == 2


def test_the_zip_is_checked_by_the_program_in_it(audit: Audit, kept: Place, check: Check, tmp_path: Path) -> None:
    plain, opened = tmp_path / "plain.zip", tmp_path / "opened.zip"
    assert audit("export", "--decision", FIRST, "--out", plain).exit_code == 0
    assert audit("export", "--decision", FIRST, "--out", opened, "--facts").exit_code == 0
    for path, holds in ((plain, False), (opened, True)):
        with zipfile.ZipFile(path) as archive:
            assert ("opened.json" in archive.namelist()) is holds
            archive.extract("verify.py", tmp_path / "empty")
        checked = check(tmp_path / "empty" / "verify.py", path, "--key", key(audit), "--heads", str(kept.heads))
        assert (checked.returncode, "It holds." in checked.stdout) == (0, True), checked.stdout
    exports = [one for one in json.loads(audit("list", "--kind", "action", "--json").stdout) if one["action"] == "export"]
    assert [(one["detail"]["opened"], one.get("role")) for one in exports] == [(True, "auditor"), (False, None)]


def test_lines_of_the_whole_ledger_are_checked_by_the_verifier(audit: Audit, kept: Place, check: Check, tmp_path: Path) -> None:
    audit("prove", FIRST)
    out = tmp_path / "ledger.ndjson"
    told = json.loads(audit("export", "--format", "ndjson", "--out", out, "--facts", "--json").stdout)
    assert told["count"] == len(out.read_text().splitlines())
    checked = check(Path(verifier.__file__), out, "--key", key(audit), "--heads", str(kept.heads))
    assert (checked.returncode, "It holds." in checked.stdout) == (0, True), checked.stdout


def test_a_part_of_the_ledger_is_proved_line_by_line_and_never_taken_for_the_whole(audit: Audit, kept: Place, check: Check, tmp_path: Path) -> None:
    out = tmp_path / "part.ndjson"
    told = json.loads(audit("export", *NARROWED, "--out", out, "--facts", "--json").stdout)
    head, *rest = out.read_text().splitlines(keepends=True)
    assert (told["count"], len(rest)) == (3, 3)
    trusted = ("--key", key(audit), "--heads", str(kept.heads))
    checked = check(Path(verifier.__file__), out, *trusted)
    assert (checked.returncode, "a part of a ledger, 3 of its records: whether any was left out is not shown; 0 are behind" in checked.stdout) == (
        2,
        True,
    )
    assert "one that you keep" in checked.stdout
    body, proof = (rest[0].replace("routine", "urgency"), rest[0].replace('"proof":["', '"proof":["A')), json.loads(rest[0])
    bare = {name: value for name, value in proof.items() if name != "proof"}
    wrong = [*body, json.dumps(bare) + "\n", json.dumps(proof | {"seq": 2}) + "\n", json.dumps(proof | {"seq": 999}) + "\n", rest[1]]
    for line in wrong:
        out.write_text("".join([head, line, *rest[1:]]))
        checked = check(Path(verifier.__file__), out, *trusted)
        assert (checked.returncode, "FAULT" in checked.stdout) == (1, True), line
    beyond = json.dumps(bare | {"seq": 999}) + "\n"
    out.write_text("".join([head, *rest, beyond]))
    checked = check(Path(verifier.__file__), out, *trusted)
    assert (checked.returncode, "1 are behind the head" in checked.stdout) == (2, True)
    out.write_text("".join([head.replace("\\n4\\n", "\\n3\\n").replace("\\n5\\n", "\\n3\\n"), *rest]))
    assert check(Path(verifier.__file__), out, *trusted).returncode == 1


def lines(path: Path) -> list[dict[str, Any]]:
    """What a file of lines holds."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_an_export_is_narrowed_to_a_patient_and_recorded_by_the_pseudonym(audit: Audit, tmp_path: Path) -> None:
    theirs = ("--patient", "Patient/8", "--client", "spec", "--tenant", "north")
    assert audit("export", "--format", "ndjson", "--out", tmp_path / "a.ndjson", *theirs).exit_code == 0
    assert audit("export", "--format", "fhir", "--out", tmp_path / "b.ndjson", *theirs).exit_code == 0
    assert audit("export", "--format", "parquet", "--out", tmp_path / "c", *theirs, "--facts").exit_code == 0
    assert [json.loads(one["body"])["decisionId"] for one in lines(tmp_path / "a.ndjson")[1:]] == [THIRD]
    assert [one["resourceType"] for one in lines(tmp_path / "b.ndjson")] == ["AuditEvent", "Provenance"]
    assert {path.name for path in (tmp_path / "c").iterdir()} == {f"{name}.parquet" for name in ("decisions", "cards", "feedback", "facts")}
    assert "Patient/8" not in json.dumps(json.loads(audit("list", "--kind", "action", "--json").stdout))


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "--month", "2024"),
        ("verify", "--heads", "nowhere"),
        ("verify", "--since", "taken"),
        ("prove", CANARY),
        ("consistency", "taken"),
        ("consistency", f"{CANARY}.checkpoint"),
        ("export", "--out", "x"),
        ("export", "--decision", CANARY, "--out", "x.zip"),
        ("export", "--decision", "4", "--out", "x.zip"),
        ("export", "--decision", FIRST, "--format", "fhir", "--out", "x"),
        ("export", "--decision", FIRST, "--out", "taken"),
        ("export", "--format", "ndjson", "--out", "taken"),
        ("export", "--format", "fhir", "--facts", "--out", "x"),
        ("export", "--format", "ndjson", "--patient", "", "--facts", "--out", "x"),
        ("export", "--format", "ndjson", "--decision", "", "--facts", "--out", "x"),
        ("export", "--decision", "", "--out", "x"),
    ],
)
def test_what_cannot_be_had_is_exit_code_2_and_leaves_no_file(
    file: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "taken").write_text(CANARY)
    monkeypatch.chdir(work)
    told = conftest.ran(file, *words)
    assert (told.exit_code, told.stdout, [path.name for path in work.iterdir()]) == (2, "", ["taken"]), told.stderr
    assert (work / "taken").read_text() == CANARY
    assert CANARY not in told.stderr


def test_facts_that_were_erased_are_in_no_export(file: Place, tmp_path: Path) -> None:
    assert conftest.ran(file, "erase", "--decision", FIRST, "--yes").exit_code == 0
    assert conftest.ran(file, "export", "--decision", FIRST, "--facts", "--out", tmp_path / "x.zip").exit_code == 2
    assert conftest.ran(file, "export", "--decision", FIRST, "--out", tmp_path / "x.zip").exit_code == 0
    assert conftest.ran(file, "export", "--format", "ndjson", "--facts", "--out", tmp_path / "all.ndjson").exit_code == 0
    opened = {json.loads(one["body"])["decisionId"] for one in lines(tmp_path / "all.ndjson") if "opened" in one}
    assert opened == {THIRD}
