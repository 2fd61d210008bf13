"""`cds release valuesets`: makes, checks without writing, and tells what is wrong."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.cli.main import main

SOURCES = """\
base: https://example.org/fhir
version: '1.0.0'
date: '2030-01-01'
publisher: The makers
origins: {notes: Our notes}
product-forms: {}
value-sets:
  - {id: sore, title: Sore, description: Sore., codes: [{system: snomed, mark: certain, from: notes, list: {'11': Sore}}]}
"""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    (tmp_path / "valuesets").mkdir()
    (tmp_path / "valuesets" / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["release", "valuesets", *map(str, arguments)])


def test_value_sets_are_made_once(draft: Path) -> None:
    told = run(draft)
    assert (told.exit_code, told.stdout) == (0, "valuesets/sore.json\n1 made.\n")
    assert (draft / "valuesets" / "sore.json").exists()
    assert json.loads(run(draft, "--json").stdout) == {"made": []}


def test_a_check_writes_nothing_and_names_what_is_wrong(draft: Path) -> None:
    told = run(draft, "--check")
    assert (told.exit_code, told.stdout, told.stderr) == (1, "", "valuesets/sore.json is missing.\n")
    assert not (draft / "valuesets" / "sore.json").exists()
    told = run(draft, "--check", "--json")
    assert (told.exit_code, json.loads(told.stdout)) == (1, {"valuesets/sore.json": "is missing"})


def test_a_check_of_what_was_made_is_silent(draft: Path) -> None:
    run(draft)
    told = run(draft, "--check")
    assert (told.exit_code, told.stdout, told.stderr) == (0, "", "")


def test_sources_that_cannot_be_used_are_bad_input_with_their_place(draft: Path) -> None:
    (draft / "valuesets" / "sources.yaml").write_text(SOURCES.replace("from: notes", "from: shelf"), encoding="utf-8")
    told = run(draft)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.startswith("error: valuesets/sources.yaml:8: The origin shelf is not listed.")


def test_a_folder_without_sources_is_bad_input(tmp_path: Path) -> None:
    told = run(tmp_path)
    assert (told.exit_code, told.stderr.split(": ")[1]) == (2, "valuesets/sources.yaml")
