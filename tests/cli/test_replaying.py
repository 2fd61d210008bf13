"""`cds audit replay`: what it prints of a ledger that comes again, and of one that does not, and its exit codes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cds.cli.replaying import replay
from tests.service import replayable

CANARY = "canary-7f3a"


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of before this form, brought to it."""
    return replayable.kept(tmp_path_factory)


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return shutil.copytree(kept, tmp_path / "copy")


def _run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(replay, [*arguments, "--processes", "1"], env={"CDS_AUDIT_URL": f"sqlite:///{folder / replayable.NAME}"})


def _unwell(told: dict[str, Any]) -> None:
    told["triage"]["urgency"] = "emergency"


def test_a_ledger_that_comes_again_ends_with_0(folder: Path) -> None:
    result = _run(folder)
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = result.stdout.splitlines()
    assert first == "66 decisions by the release that decided: 66 identical, 0 changed, 0 not replayable, 0 erased, 0 damaged."
    assert second.startswith("3 of these were compared without their cards")


def test_a_decision_that_does_not_come_again_ends_with_1_and_is_named(folder: Path) -> None:
    stored = next(one for one in replayable.decisions(folder) if one.record.urgency == "self-care")
    replayable.sealed_anew(folder, stored, lambda record: replayable.assessment(record, _unwell))
    result = _run(folder)
    assert result.exit_code == 1
    assert f"{stored.seq:>6}  {stored.at}  {stored.entry_id}" in result.stdout
    assert '        triage.urgency: "emergency" -> "self-care"' in result.stdout
    document = json.loads(_run(folder, "--json").stdout)
    assert (document["holds"], document["release"], document["counts"]["changed"]) == (False, None, 1)
    (found,) = document["decisions"]
    assert {"path": "triage.urgency", "old": "emergency", "new": "self-care"} in found["differences"]


def test_another_release_ends_with_0_and_shows_what_it_would_say(folder: Path) -> None:
    result = _run(folder, "--release", "1.0.0")
    assert result.exit_code == 0
    assert "more: --details and --json show them." in result.stdout
    assert len([line for line in result.stdout.splitlines() if "  changed" in line or "  not replayable" in line]) == 20
    whole = _run(folder, "--release", "1.0.0", "--details")
    assert "more" not in [line.split()[-1] for line in whole.stdout.splitlines() if line]
    assert len(whole.stdout.splitlines()) > len(result.stdout.splitlines())
    assert json.loads(_run(folder, "--release", "1.0.0", "--json").stdout)["holds"]


@pytest.mark.parametrize(
    "asked",
    [
        ("--decision", CANARY),
        ("--patient", f"Patient/{CANARY}"),
        ("--client", CANARY),
        *((option, "") for option in ("--release", "--patient", "--client", "--tenant", "--rule", "--decided-by", "--decision")),
        ("--rule", f"!{CANARY}"),
        ("--from", CANARY),
        ("--release", "9.9.9"),
        ("--processes", "0"),
    ],
)
def test_what_cannot_be_asked_for_ends_with_2_and_says_what_to_do(folder: Path, asked: tuple[str, str]) -> None:
    result = CliRunner().invoke(replay, [*asked], env={"CDS_AUDIT_URL": f"sqlite:///{folder / replayable.NAME}"})
    assert result.exit_code == 2
    assert result.stderr
    assert CANARY not in result.stderr


def test_an_interruption_leaves_no_process_and_a_record(folder: Path) -> None:
    """The first batch is there when the interruption comes: a bar that says so is what a person would have seen."""
    command = [sys.executable, "-m", "tests.cli.interrupted"]
    environment = os.environ | {"CDS_AUDIT_URL": f"sqlite:///{folder / replayable.NAME}"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=replayable.ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    assert process.returncode == 1
    assert out == "left: 0\n"
    assert "Traceback" not in err
    assert "Aborted!" in err
