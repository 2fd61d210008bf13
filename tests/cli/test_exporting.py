"""`cds release export`: one Bundle, or a file a resource; nothing is overwritten unasked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.cli.main import main

KNEE = Path(__file__).parents[1] / "releases" / "sore-knee"
LIBRARY = "Library-releases.json"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["release", "export", *map(str, arguments)])


def test_a_release_goes_out_as_one_bundle() -> None:
    told = run(KNEE, "--format", "fhir")
    bundle = json.loads(told.stdout)
    assert (told.exit_code, bundle["type"], bundle["entry"][0]["resource"]["resourceType"]) == (0, "collection", "Library")


def test_a_folder_gets_a_file_for_each_resource(tmp_path: Path) -> None:
    told = run(KNEE, "--format", "fhir", "--out", tmp_path / "made", "--json")
    written = [Path(name) for name in json.loads(told.stdout)["written"]]
    bundle = json.loads(run(KNEE, "--format", "fhir").stdout)
    assert [json.loads(path.read_text(encoding="utf-8")) for path in written] == [entry["resource"] for entry in bundle["entry"]]
    assert sorted(written) == sorted((tmp_path / "made").iterdir())


def test_another_base_is_taken_with_or_without_a_slash_at_its_end(tmp_path: Path) -> None:
    for folder, base in (("one", "https://hospital.example/kb"), ("two", "https://hospital.example/kb/")):
        assert run(KNEE, "--format", "fhir", "--out", tmp_path / folder, "--base", base).exit_code == 0
        library = json.loads((tmp_path / folder / LIBRARY).read_text(encoding="utf-8"))
        assert library["url"] == "https://hospital.example/kb/Library/releases"


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / LIBRARY).write_text("mine", encoding="utf-8")
    refused = run(KNEE, "--format", "fhir", "--out", tmp_path)
    assert (refused.exit_code, "--force" in refused.stderr) == (2, True)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["mine"]
    assert run(KNEE, "--format", "fhir", "--out", tmp_path, "--force").exit_code == 0
    assert (tmp_path / LIBRARY).read_text(encoding="utf-8").startswith("{")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("9.9.9", "--format", "fhir"), "No release has that version"),
        ((KNEE, "--format", "fhir", "--base", "hospital"), "--base is a URL"),
        ((KNEE, "--format", "cql"), "'fhir'"),
        ((KNEE,), "--format"),
    ],
)
def test_bad_usage_is_exit_code_2_with_the_reason(arguments: tuple[str | Path, ...], told: str) -> None:
    refused = run(*arguments)
    assert (refused.exit_code, refused.stdout, told in refused.stderr) == (2, "", True)
