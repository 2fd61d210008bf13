"""`cds dmn run`: what it prints for people and for programs, and the exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.cli.main import main

MODELS = Path(__file__).parents[1] / "conformance" / "models"
CANARY = "canary-7731"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `cds dmn run` on a model of the conformance tests, the text as its --input or --cases."""

    def cds(model: str, *options: str, given: str | None = None, cases: str | None = None, stdin: str = "") -> Result:
        files = []
        for option, text in (("--input", given), ("--cases", cases)):
            if text is not None:
                path = tmp_path / option.removeprefix("--")
                path.write_text(text, encoding="utf-8")
                files += [option, str(path)]
        return CliRunner().invoke(main, ["dmn", "run", str(MODELS / f"{model}.dmn"), *options, *files], input=stdin)

    return cds


def test_the_value_comes_first_and_then_the_rules_that_matched(run: Run) -> None:
    result = run("unique-violated", given='{"Age": 8, "Member": false}')
    assert (result.exit_code, result.stdout) == (0, "Price: 5\nRules that matched: child\n")


def test_a_context_is_told_entry_by_entry(run: Run) -> None:
    result = run(
        "contexts", "--decision", "Summary", given='{"Loan": {"principal": 1200, "yearly rate": 0.1, "borrower": {"name": "Ada", "age": 36}}}'
    )
    assert result.stdout.splitlines() == [
        "Summary:",
        "  interest: 120",
        "  detail:",
        "    name: Ada",
        "    total: 1320",
        "    adult: true",
        "  per month: 110",
    ]


def test_a_list_is_told_item_by_item(run: Run) -> None:
    result = run("output-order", given='{"Score": 2}')
    assert result.stdout.splitlines()[:4] == ["Actions:", "  1:", "    urgency: later", "    channel: phone"]


def test_null_is_told_as_unknown(run: Run) -> None:
    assert run("unique-violated", given="{}").stdout == "Price: null (unknown)\n"


def test_json_has_decision_value_and_rules(run: Run) -> None:
    result = run("unique-violated", "--json", given='{"Age": 8, "Member": false}')
    assert json.loads(result.stdout) == {"decision": "Price", "value": 5, "rules": ["child"]}


def test_the_input_may_be_a_case_that_names_its_decision(run: Run) -> None:
    result = run("graph", "--json", given='{"decision": "A", "inputs": {"x": 1}}')
    assert json.loads(result.stdout)["value"] == 2


def test_the_input_may_come_from_stdin(run: Run) -> None:
    assert run("unique-violated", "--input", "-", stdin='{"Age": 8, "Member": false}').stdout.startswith("Price: 5")


def test_a_decision_without_inputs_needs_no_file(run: Run) -> None:
    assert json.loads(run("graph", "--decision", "Apart", "--json").stdout)["decision"] == "Apart"


def test_every_digit_of_a_number_is_printed(run: Run) -> None:
    assert '"value": 0.3333333333333333333333333333333333,' in run("graph", "--decision", "Apart", "--json").stdout


def test_a_number_given_as_text_keeps_its_digits(run: Run) -> None:
    assert run("graph", "--decision", "A", given='{"x": "0.100000000000000000001"}').stdout == "A: 1.100000000000000000001\n"


def test_which_decision_must_be_said_where_there_are_several(run: Run) -> None:
    result = run("graph", given='{"x": 1}')
    assert result.exit_code == 2
    assert "The model has not just one decision. Ask for one of: Apart, " in result.stderr


def test_an_unknown_decision_is_refused_with_the_names_there_are(run: Run) -> None:
    result = run("unique-violated", "--decision", "Fee", given="{}")
    assert (result.exit_code, result.stderr) == (2, "error: decision: The model has no such decision. Ask for one of: Price.\n")


def test_an_unknown_input_is_refused(run: Run) -> None:
    result = run("unique-violated", given='{"age": 8}')
    assert (result.exit_code, result.stderr) == (2, "error: inputs: The model has no input of this name. It has: Age, Member.\n")


def test_a_value_of_the_wrong_type_is_refused_without_an_echo(run: Run) -> None:
    result = run("unique-violated", given=f'{{"Age": "{CANARY}", "Member": "{CANARY}"}}')
    assert result.exit_code == 2
    assert "inputs.Age: The value is not one of this input. Expected: number" in result.stderr
    assert "inputs.Member: The value is not one of this input. Expected: boolean" in result.stderr
    assert CANARY not in result.output


@pytest.mark.parametrize("given", ["", "[]", "{", '{"Age": NaN}', '{"Age": 1, "Age": 2}', '{"inputs": []}', '{"decision": 7, "inputs": {}}'])
def test_an_input_that_is_no_json_object_is_refused(run: Run, given: str) -> None:
    result = run("unique-violated", given=given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")


def test_a_violated_hit_policy_is_a_finding(run: Run) -> None:
    result = run("unique-violated", given='{"Age": 8, "Member": true}')
    assert result.exit_code == 1
    assert "rules child, member all match" in result.stderr


def test_a_model_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.dmn"
    path.write_text((MODELS / "unique-violated.dmn").read_text(encoding="utf-8").replace("&lt; 12", "[1.."), encoding="utf-8")
    result = CliRunner().invoke(main, ["dmn", "run", str(path)])
    assert result.exit_code == 2
    assert "bad.dmn:" in result.stderr
    assert "Decision Price: rule child, input Age" in result.stderr


def test_cases_are_answered_a_line_each_in_order(run: Run) -> None:
    lines = (MODELS / "temporal.ndjson").read_text(encoding="utf-8")
    result = run("temporal", cases=lines)
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [{"value": json.loads(line)["value"]} for line in lines.splitlines()]


def test_a_bad_case_gives_an_error_in_its_place_and_exit_code_1(run: Run) -> None:
    good = '{"decision": "Price", "inputs": {"Age": 8, "Member": false}}'
    result = run("unique-violated", cases=f'{good}\nno\n\n{{"decision": "Fee", "inputs": {{}}}}\n{good.replace("false", "true")}\n{good}')
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert answers[0] == answers[4] == {"value": 5}
    assert [list(answer) for answer in answers[1:4]] == [["error"]] * 3
    assert "child, member" in answers[3]["error"]


def test_cases_may_leave_the_decision_to_the_command_line(run: Run) -> None:
    assert run("graph", "--decision", "A", cases='{"inputs": {"x": 1}}\n{"x": 2}\n').stdout == '{"value": 2}\n{"value": 3}\n'


def test_one_input_and_many_cases_exclude_each_other(run: Run) -> None:
    assert run("graph", given="{}", cases="{}").exit_code == 2
