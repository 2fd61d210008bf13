"""`cds release diff`: what it prints for people and for programs, and its exit codes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.cli.main import main

CONTENT = Path(__file__).parents[2] / "cds" / "content"
SORE_KNEE = Path(__file__).parents[1] / "releases" / "sore-knee"
Diff = Callable[..., Result]


@pytest.fixture
def diff(tmp_path: Path) -> Diff:
    """Runs `cds release diff` in an empty folder."""

    def run(*arguments: str | Path, content: Path = CONTENT) -> Result:
        return CliRunner().invoke(main, ["release", "diff", *map(str, arguments)], env={"CDS_CONTENT": str(content)})

    return run


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A copy of the draft in which one warning sign begins five years later and one rule reads no list any more."""
    folder = tmp_path / "low-back-pain" / "draft"
    shutil.copytree(CONTENT / "low-back-pain" / "draft", folder)
    table = folder / "decisions" / "red-flags.yaml"
    text = table.read_text(encoding="utf-8")
    changed = text.replace("when: {age: '>= 60', rf-weight-loss: 'yes'}", "when: {age: '>= 65', rf-weight-loss: 'yes'}")
    assert changed != text
    table.write_text(changed, encoding="utf-8")
    return folder


def test_versions_that_decide_alike_say_so_and_exit_with_0(diff: Diff) -> None:
    result = diff("1.0.0", "1.0.0")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "decide alike for every input" in result.stdout


def test_a_planted_change_is_told_with_region_rules_outputs_and_an_example(diff: Diff, planted: Path) -> None:
    result = diff("draft", planted)
    assert (result.exit_code, result.stderr) == (1, "")
    assert "\nUrgency (final): cannot change. Proved for all facts.\n" in result.stdout
    assert "red-flags\n\n  MAL-2 no longer matches\n" in result.stdout
    assert "age: [60..64]; rf-weight-loss: yes\n" in result.stdout
    assert "gave        urgency urgent, rank 3, within 336, suspect cancer\n" in result.stdout
    assert "for example age: 60; rf-weight-loss: yes;" in result.stdout
    assert max(map(len, result.stdout.splitlines()[1:])) <= 100


def test_the_urgency_is_not_called_unchanged_where_a_version_gives_an_error(diff: Diff, planted: Path) -> None:
    table = planted / "decisions" / "duration.yaml"
    table.write_text(table.read_text(encoding="utf-8").replace("[14..21]", "[14..22]"), encoding="utf-8")
    result = " ".join(diff("draft", planted).stdout.split())
    assert "Proved for all facts for which both versions give one, not for an error or no answer below." in result
    assert "now gives an error: these rules may not match together where duration-days: 22" in result


def test_json_tells_the_same_for_programs(diff: Diff, planted: Path) -> None:
    result = diff("draft", planted, "--json")
    document = json.loads(result.stdout)
    ((region,),) = [one["regions"] for one in document["decisions"]]
    assert result.exit_code == 1
    assert document["urgency"] == {"decision": "final", "rises": {"possible": False}, "falls": {"possible": False}}
    assert document["from"] == {"name": "low-back-pain", "version": "draft", "digest": ""}
    assert (document["inputs"], document["decisions"][0]["decision"]) == ([], "red-flags")
    assert region["cells"] == {"age": "[60..64]", "rf-weight-loss": "yes"}
    assert (region["old"]["rules"], region["new"]["rules"]) == (["MAL-2"], [])
    assert (region["witness"]["age"], region["witness"]["rf-saddle"]) == (60, None)
    assert region["old"]["outputs"][0]["rank"] == 3


def test_two_folders_are_compared_without_being_released(diff: Diff) -> None:
    assert diff(SORE_KNEE, SORE_KNEE).exit_code == 0


@pytest.mark.parametrize("versions", [("9.9.9", "draft"), ("draft", "no/such/folder"), ("1.0.0", "9.9.9")])
def test_a_version_that_is_not_there_is_refused_with_2(diff: Diff, versions: tuple[str, str]) -> None:
    result = diff(*versions)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cds release list" in result.stderr


def test_a_folder_whose_tables_cannot_be_read_is_refused_with_its_place(diff: Diff, tmp_path: Path) -> None:
    folder = tmp_path / "sore-knee" / "draft"
    shutil.copytree(SORE_KNEE, folder)
    (folder / "decisions" / "triage.yaml").write_text("decision: triage\nrules: [", encoding="utf-8")
    result = diff(SORE_KNEE, folder)
    assert result.exit_code == 2
    assert "decisions/triage.yaml:" in result.stderr


def test_where_several_conditions_have_the_versions_the_name_must_be_said(diff: Diff, tmp_path: Path) -> None:
    content = tmp_path / "content"
    for name in ("sore-knee", "stiff-knee"):
        shutil.copytree(SORE_KNEE, content / name / "draft")
        (content / name / "index.json").write_text('{"versions": []}', encoding="utf-8")
    result = diff("draft", "draft", content=content)
    assert result.exit_code == 2
    assert "sore-knee, stiff-knee. Say which with --name." in result.stderr
    assert diff("draft", "draft", "--name", "sore-knee", content=content).exit_code == 0
