"""`cds validate`: a line for each problem, an outcome for programs, and the exit code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cds.cli.main import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "responses" / "strain-improving.json"
FORM = {
    "resourceType": "Questionnaire",
    "url": "https://example.org/fhir/Questionnaire/mood",
    "status": "active",
    "item": [{"linkId": "mood", "type": "integer", "required": True}],
}
ANSWER = {"resourceType": "QuestionnaireResponse", "questionnaire": FORM["url"], "status": "completed"}


def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
    """Runs `cds validate`."""
    return CliRunner().invoke(main, ["validate", *map(str, arguments)], input=stdin)


def written(folder: Path, name: str, document: Any) -> Path:
    """A file of JSON."""
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def wrong() -> dict[str, Any]:
    """The example with a code in words and an item of nobody."""
    response: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    response["item"][0]["item"][4]["answer"] = [{"valueString": "no"}]
    response["item"][0]["item"].insert(1, {"linkId": "nobody"})
    return response


def test_a_good_response_is_told_as_such() -> None:
    told = run(EXAMPLE)
    assert told.exit_code == 0
    assert "error" not in told.stdout


def test_each_problem_is_a_line_with_severity_place_and_what_to_do(tmp_path: Path) -> None:
    told = run(written(tmp_path, "response.json", wrong()))
    nobody, bladder = sorted(line for line in told.stdout.splitlines() if line.startswith("error: "))
    assert told.exit_code == 1
    assert bladder.startswith("error: QuestionnaireResponse.item[0].item[5].answer[0]: rf-bladder ")
    assert nobody.startswith("error: QuestionnaireResponse.item[0].item[1]: ")
    assert told.stdout.splitlines()[-1] == "2 errors"


def test_programs_get_an_operation_outcome(tmp_path: Path) -> None:
    told = run("--json", "-", stdin=json.dumps(wrong()).encode())
    document = json.loads(told.stdout)
    assert (told.exit_code, document["resourceType"]) == (1, "OperationOutcome")
    assert [issue["severity"] for issue in document["issue"]][:2] == ["error", "error"]


def test_a_questionnaire_can_be_given(tmp_path: Path) -> None:
    form, good = written(tmp_path, "form.json", FORM), {**ANSWER, "item": [{"linkId": "mood", "answer": [{"valueInteger": 3}]}]}
    assert run(written(tmp_path, "good.json", good), "--questionnaire", form).exit_code == 0
    told = run(written(tmp_path, "empty.json", ANSWER), "--questionnaire", form)
    assert (told.exit_code, "Questionnaire.item[0] is required" in told.stdout) == (1, True)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_a_file_that_cannot_be_read_is_bad_input(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(body)
    assert run(path).exit_code == 2
    assert run(EXAMPLE, "--questionnaire", path).exit_code == 2
    assert run(tmp_path / "none.json").exit_code == 2


def test_help_does_not_wait_for_the_models_of_fhir() -> None:
    said = "import sys; from cds.cli import main; sys.exit('fhir.resources.R4B.questionnaireresponse' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0
