"""`cds table`: shown for people and programs, exported, imported again; nothing is overwritten unasked."""

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from cds.cli.main import main
from cds.dmn.formats import grid, yaml
from cds.dmn.model import DecisionModel
from cds.foundation.yaml import parse
from cds.releases import loading
from cds.service import tables

KNEE = Path(__file__).parents[1] / "releases" / "sore-knee"


@pytest.fixture(scope="module")
def model() -> DecisionModel:
    return loading.draft(KNEE, name="sore-knee").model


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["table", *map(str, arguments)])


def imported(folder: Path, model: DecisionModel) -> DecisionModel:
    """The model of the YAML in a folder, with the inputs that the facts of the release give it."""
    documents = {path.stem: parse(path.read_text(encoding="utf-8"), name=path.name) for path in folder.glob("*.yaml")}
    return yaml.read(documents.pop("model"), documents, model.inputs)


def test_a_table_is_shown_with_its_policy_rules_and_reasons() -> None:
    told = run("show", KNEE, "course")
    assert told.exit_code == 0
    assert told.stdout.startswith("course (COLLECT)\nWhat is urgency, rank and within, given band?\n")
    assert "C-1\n  when band: fresh\n  then urgency: self-care; rank: 1\n  because A fresh sore knee settles alone.\n" in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_an_expression_is_shown_with_its_type() -> None:
    told = run("show", KNEE, "open-count")
    assert (told.exit_code, told.stdout.splitlines()[0]) == (0, "open-count: integer: 0..4; never unknown")


def test_a_table_is_json_for_programs() -> None:
    found = json.loads(run("show", KNEE, "course", "--json").stdout)
    assert (found["decision"], found["hitPolicy"], found["rules"][0]["when"]) == ("course", "COLLECT", {"band": "fresh"})


@pytest.mark.parametrize(("arguments", "told"), [((KNEE, "nothing"), "There are: ask"), (("9.9.9", "course"), "No release has that version")])
def test_what_is_not_there_is_exit_code_2_with_what_there_is(arguments: tuple[str | Path, ...], told: str) -> None:
    shown = run("show", *arguments)
    assert (shown.exit_code, shown.stdout, told in shown.stderr) == (2, "", True)


@pytest.mark.parametrize("kind", ["csv", "markdown", "html", "dmn", "dmn13", "dmn15"])
def test_one_text_goes_to_standard_output(kind: str) -> None:
    told = run("export", KNEE, "--format", kind, "--table", "course")
    assert (told.exit_code, "C-1" in told.stdout) == (0, True)


@pytest.mark.parametrize("arguments", [("--format", "xlsx"), ("--format", "csv")])
def test_what_is_no_single_text_needs_a_path(arguments: tuple[str, ...]) -> None:
    told = run("export", KNEE, *arguments)
    assert (told.exit_code, told.stdout, "give --output PATH" in told.stderr) == (2, "", True)


@pytest.mark.parametrize(("kind", "path"), [("xlsx", "t.xlsx"), ("csv", "folder"), ("csv", "t.zip"), ("dmn13", "t.dmn"), ("dmn15", "t.dmn")])
def test_what_is_exported_is_imported_as_the_same_tables(tmp_path: Path, model: DecisionModel, kind: str, path: str) -> None:
    assert run("export", KNEE, "--format", kind, "--output", tmp_path / path).exit_code == 0
    told = run("import", tmp_path / path, "--output", tmp_path / "decisions")
    assert told.exit_code == 0, told.output
    assert imported(tmp_path / "decisions", model) == model


def test_one_table_is_imported_alone(tmp_path: Path, model: DecisionModel) -> None:
    run("export", KNEE, "--format", "csv", "--table", "course", "--output", tmp_path / "course.csv")
    assert run("import", tmp_path / "course.csv", "--output", tmp_path / "decisions").exit_code == 0
    alone = grid.alone(model, "course")
    assert imported(tmp_path / "decisions", alone) == alone


def test_an_import_without_a_folder_is_one_stream_of_documents(tmp_path: Path) -> None:
    run("export", KNEE, "--format", "csv", "--table", "course", "--output", tmp_path / "course.csv")
    told = run("import", tmp_path / "course.csv")
    assert [line for line in told.stdout.splitlines() if line.startswith("# ")] == ["# model.yaml", "# course.yaml"]
    assert set(json.loads(run("import", tmp_path / "course.csv", "--json").stdout)) == {"model.yaml", "course.yaml"}


def test_nothing_is_overwritten_unless_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "course.md"
    path.write_text("mine", encoding="utf-8")
    told = run("export", KNEE, "--format", "markdown", "--table", "course", "--output", path)
    assert (told.exit_code, path.read_text(encoding="utf-8"), "--force" in told.stderr) == (2, "mine", True)
    assert run("export", KNEE, "--format", "markdown", "--table", "course", "--output", path, "--force").exit_code == 0
    assert path.read_text(encoding="utf-8") != "mine"


def test_a_folder_of_which_one_file_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "band.csv").write_text("mine", encoding="utf-8")
    told = run("export", KNEE, "--format", "csv", "--output", tmp_path)
    assert (told.exit_code, [path.name for path in tmp_path.iterdir()]) == (2, ["band.csv"])


def test_a_fault_of_a_workbook_is_told_with_file_sheet_and_cell(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    run("export", KNEE, "--format", "xlsx", "--output", path)
    workbook = openpyxl.load_workbook(path)
    workbook["band"]["C8"] = "frsh"
    workbook.save(path)
    told = run("import", path)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.startswith("error: t.xlsx: band!C8: Rule B-1, cell band:")


def test_what_a_release_would_not_take_is_a_finding_and_the_yaml_is_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "course.csv"
    text = run("export", KNEE, "--format", "csv", "--table", "course").stdout
    path.write_text(text.replace("A fresh sore knee settles alone.", "Short"), encoding="utf-8")
    told = run("import", path)
    assert (told.exit_code, "because: Short" in told.stdout) == (1, True)
    assert "warning: course.yaml:" in told.stderr


@pytest.mark.parametrize(
    ("name", "body"), [("a.txt", b"x"), ("a.csv", b"\xff\xfe"), ("a.zip", b"no zip"), ("a.xlsx", b"no workbook"), ("a.dmn", b"<")]
)
def test_what_cannot_be_read_is_exit_code_2_with_the_name_of_the_file(tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    told = run("import", tmp_path / name)
    assert (told.exit_code, told.stdout, name in told.stderr) == (2, "", True)


def test_an_archive_holds_its_files_without_their_time() -> None:
    body = tables.packed({"a.csv": b"a"})
    assert body == tables.packed({"a.csv": b"a"})
    assert zipfile.ZipFile(io.BytesIO(body)).read("a.csv") == b"a"
