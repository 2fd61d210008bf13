"""`cds audit erase`, `backup`, `restore`, `upgrade`, `retain` and `rotate`: they ask before what cannot be undone, do it, and record it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cds.audit.place import Place
from cds.audit.tree import heads
from tests.audit import formers
from tests.cli import conftest
from tests.cli.conftest import FIRST, SECOND, THIRD, Audit
from tests.service import audited

CANARY = "canary-7f3a"
THEIRS = ("--patient", "Patient/7", "--client", "spec", "--tenant", "north")


@pytest.fixture
def file(tmp_path: Path) -> Place:
    """A ledger in a file."""
    return conftest.fresh(audited.place(tmp_path / "ledger"))


def test_an_erasure_says_what_it_does_and_is_done_only_when_it_was_confirmed(audit: Audit) -> None:
    refused = audit("erase", *THEIRS, stdin="n\n")
    assert (refused.exit_code, "will be sealed for good: 2" in refused.stderr, "What stays" in refused.stderr) == (1, True, True)
    assert "assessment" in json.loads(audit("show", FIRST, "--json").stdout)
    done = audit("erase", *THEIRS, stdin="y\n")
    assert (done.exit_code, "Sealed for good: decisions 2." in done.stdout) == (0, True)
    assert [json.loads(audit("show", one, "--json").stdout).get("erased", False) for one in (FIRST, SECOND, THIRD)] == [True, True, False]
    assert "Nothing to do" in audit("erase", *THEIRS, "--yes").stdout
    assert audit("verify").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--patient", f"Patient/{CANARY}", "--yes"),
        ("--patient", "Patient/7", "--yes"),
        ("--patient", "", "--yes"),
        ("--decision", "", "--yes"),
        ("--decision", CANARY, "--yes"),
        ("--decision", "4", "--yes"),
        ("--decision", FIRST, "--patient", "Patient/7"),
        ("--decision", FIRST, "--json"),
    ],
)
def test_nobody_else_is_erased(file: Place, words: tuple[str, ...]) -> None:
    told = conftest.ran(file, "erase", *words)
    assert (told.exit_code, CANARY in told.stderr) == (2, False)
    assert "assessment" in json.loads(conftest.ran(file, "show", FIRST, "--json").stdout)


def test_a_backup_is_restored_says_so_in_itself_and_forgets_who_was_erased_after_it(audit: Audit, kept: Place, tmp_path: Path) -> None:
    copy = tmp_path / "backup.sqlite3"
    assert (audit("backup", copy).exit_code, audit("backup", copy).exit_code) == (0, 2)
    audit("erase", "--decision", FIRST, "--yes")
    place = replace(kept, url=f"sqlite:///{tmp_path / 'again.sqlite3'}")
    told = conftest.ran(place, "restore", copy)
    assert (told.exit_code, "patients 1" in told.stdout) == (0, True), told.stderr
    assert json.loads(conftest.ran(place, "show", FIRST, "--json").stdout)["erased"]
    assert conftest.ran(place, "verify").exit_code == 0
    actions = [one["action"] for one in json.loads(conftest.ran(place, "list", "--kind", "action", "--json").stdout)]
    assert {"backup", "restore", "erasure"} <= set(actions)


def test_a_backup_that_lacks_signed_records_is_restored_only_on_a_word(file: Place, tmp_path: Path) -> None:
    copy = tmp_path / "backup.sqlite3"
    conftest.ran(file, "backup", copy)
    conftest.ran(file, "show", FIRST)
    conftest.ran(file, "consistency")
    place = replace(file, url=f"sqlite:///{tmp_path / 'again.sqlite3'}")
    refused = conftest.ran(place, "restore", copy)
    assert (refused.exit_code, "--accept-loss" in refused.stderr, (tmp_path / "again.sqlite3").exists()) == (2, True, False)
    assert json.loads(conftest.ran(place, "restore", copy, "--accept-loss", "--json").stdout)["missing"] > 0


def test_a_ledger_of_an_earlier_form_is_upgraded_once_and_what_was_kept_is_named(tmp_path: Path) -> None:
    formers.written(tmp_path / "audit.sqlite3", 1)
    place = audited.place(tmp_path)
    assert conftest.ran_making(place, "upgrade", "--into", "").exit_code == 2
    told = conftest.ran_making(place, "upgrade")
    assert (told.exit_code, "Upgraded from form 1: records 3." in told.stdout, "facts in the clear" in told.stdout) == (0, True, True), told.stderr
    assert (tmp_path / "audit.sqlite3.form-1").exists()
    assert "Nothing to do" in conftest.ran(place, "upgrade").stdout
    assert conftest.ran(place, "verify").exit_code == 0
    (action, *_) = json.loads(conftest.ran(place, "list", "--kind", "action", "--json").stdout)
    assert (action["action"], action["actor"].startswith("user:")) == ("upgrade", True)


def test_the_command_for_heads_is_run_for_the_head_of_an_upgraded_and_of_a_restored_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_AUDIT_HEAD_COMMAND", f'sh -c \'echo "$1" >> "$0"\' {tmp_path / "told"}')
    formers.written(tmp_path / "audit.sqlite3", 1)
    place = audited.place(tmp_path)
    conftest.ran_making(place, "upgrade")
    assert [Path(line).name for line in (tmp_path / "told").read_text().splitlines()] == [heads.name(4)]
    conftest.ran(place, "backup", str(tmp_path / "copy"))
    for name in ("audit.sqlite3", "audit.sqlite3-wal", "audit.sqlite3-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    assert conftest.ran(place, "restore", str(tmp_path / "copy")).exit_code == 0
    assert [Path(line).exists() for line in (tmp_path / "told").read_text().splitlines()] == [True, True]


def test_a_ledger_is_moved_into_a_database(file: Place, database: str) -> None:
    told = conftest.ran(file, "upgrade", "--into", database)
    assert (told.exit_code, "Now set CDS_AUDIT_URL" in told.stdout, "in the clear" in told.stdout) == (0, True, False), told.stderr
    moved = replace(file, url=database)
    assert conftest.ran(moved, "verify").exit_code == 0
    assert FIRST in conftest.ran(moved, "list").stdout


def test_old_months_are_dropped_only_when_it_was_confirmed(audit: Audit) -> None:
    assert audit("retain", "--before", "2024-06", stdin="n\n").exit_code == 1
    assert "Dropped: records 3." in audit("retain", "--before", "2024-06", stdin="y\n").stdout
    assert "Nothing to do" in audit("retain", "--before", "2024-06", "--yes").stdout
    assert audit("verify").exit_code == 0
    assert [audit("retain", "--before", month, "--yes").exit_code for month in ("May", "2999-01")] == [2, 2]


def test_keys_are_wrapped_under_the_newest_and_a_missing_one_is_named(file: Place) -> None:
    text = file.keys.read_text()
    seal = next(line for line in text.splitlines() if line.startswith('id = "seal-'))
    (file.keys.parent / "new.key").write_text("q" * 43 + "=\n")
    (file.keys.parent / "new.key").chmod(0o600)
    newer = '[[keys]]\nid = "seal-new"\nuse = "seal"\nfile = "new.key"\n'
    file.keys.write_text(text.replace(seal, 'id = "seal-other"') + newer)
    lacking = conftest.ran(file, "key")
    assert (lacking.exit_code, "put it back" in lacking.stdout) == (1, True)
    assert conftest.ran(file, "rotate").exit_code == 2
    file.keys.write_text(text + newer)
    told = json.loads(conftest.ran(file, "rotate", "--json").stdout)
    assert (told["to"], told["keys"], told["from"]) == ("seal-new", 2, [seal.split('"')[1]])
    assert list(json.loads(conftest.ran(file, "key", "--json").stdout)["needed"]) == ["seal-new"]


def test_a_backup_is_checked_beside_the_ledger_and_nothing_comes_of_it(file: Place, tmp_path: Path) -> None:
    copy = tmp_path / "backup.sqlite3"
    conftest.ran(file, "backup", copy)
    conftest.ran(file, "show", FIRST)
    conftest.ran(file, "consistency")
    heads = sorted(file.heads.rglob("*"))
    told = conftest.ran(file, "restore", copy, "--check")
    assert (told.exit_code, "The backup holds: records" in told.stdout, "signed heads that came after" in told.stdout) == (0, True, True), told.stderr
    assert sorted(file.heads.rglob("*")) == heads
    assert json.loads(conftest.ran(file, "restore", copy, "--check", "--json").stdout)["checked"]
    with copy.open("r+b") as damaged:
        damaged.seek(-200, 2)
        damaged.write(b"\0" * 100)
    assert conftest.ran(file, "restore", copy, "--check").exit_code != 0
    assert conftest.ran(file, "restore", copy, "--check", "--accept-loss").exit_code == 2
