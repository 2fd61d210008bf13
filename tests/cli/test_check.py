"""`cds release check`: what counts, what is proved, and what is printed only when asked for."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.cli.main import main
from tests.releases import knees


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    return knees.draft(tmp_path) / "draft"


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["release", "check", *map(str, arguments)])


def test_a_release_without_findings_says_how_many_properties_were_proved(draft: Path) -> None:
    told = check(draft)
    assert (told.exit_code, told.stdout, told.stderr) == (0, "No findings, 3 properties proved.\n", "")


def test_what_was_proved_and_what_is_worth_knowing_is_printed_when_asked_for(draft: Path) -> None:
    told = check(draft, "--all")
    assert told.exit_code == 0
    lines = told.stderr.splitlines()
    assert "information: properties.yaml:2: K.locked is proved: A knee that locks never lowers the urgency." in lines
    assert [line for line in lines if not line.startswith("information: ")] == []
    assert any("never matches alone" in line for line in lines)


def test_a_refuted_property_is_a_finding_and_exit_code_1(draft: Path) -> None:
    knees.edit(draft / "properties.yaml", "then: {final: not(self-care)}", "then: {final: urgent}")
    told = check(draft)
    assert (told.exit_code, told.stdout) == (1, "1 finding, 2 properties proved.\n")
    assert told.stderr.startswith("error: properties.yaml:8: K.open is refuted:")


def test_programs_read_everything_with_its_severity(draft: Path) -> None:
    told = check(draft, "--json")
    found = json.loads(told.stdout)
    assert told.exit_code == 0
    assert {one["severity"] for one in found} == {"information"}
    assert [one["place"] for one in found if one["code"] == "invariant"] == ["properties.yaml:2", "properties.yaml:8", "properties.yaml:13"]


def test_a_folder_without_properties_is_a_finding(draft: Path) -> None:
    (draft / "properties.yaml").unlink()
    told = check(draft)
    assert (told.exit_code, told.stderr.count("properties.yaml")) == (1, 1)
