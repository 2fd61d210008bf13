"""`cds dmn check`: gaps, overlaps and rules without effect in any DMN model, each with an input that shows it."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cds.cli.main import main
from cds.dmn.analysis.findings import Kind
from cds.service import model_checks, models

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "tests" / "conformance" / "models"
OVERLAPPING = MODELS / "unique-violated.dmn"
HEAD = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m">
  <inputData id="i" name="n"><variable name="n" typeRef="number"/></inputData>"""
TABLE = """<decisionTable hitPolicy="FIRST">
  <input><inputExpression typeRef="number"><text>n</text></inputExpression></input>
  <output name="o" typeRef="string"/>
  <rule id="wide"><inputEntry><text>&lt; 9</text></inputEntry><outputEntry><text>"low"</text></outputEntry></rule>
  <rule id="narrow"><inputEntry><text>&lt; 5</text></inputEntry><outputEntry><text>"lowest"</text></outputEntry></rule>
</decisionTable>"""
READS = '<informationRequirement><requiredInput href="#i"/></informationRequirement>'


def check(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["dmn", "check", str(path), *options])


def checked(tmp_path: Path, body: str, *options: str) -> Result:
    """The check of a model whose one decision is the body."""
    path = tmp_path / "model.dmn"
    path.write_text(f'{HEAD}<decision id="d" name="D"><variable name="D"/>{READS}{body}</decision></definitions>', encoding="utf-8")
    return check(path, *options)


def test_an_overlap_under_unique_is_an_error_with_its_region_and_a_witness() -> None:
    told = check(OVERLAPPING)
    assert told.exit_code == 1
    assert "error: Price: The rules child and member match together where Age is `< 12`, Member is `= true`, but UNIQUE allows one." in told.stderr
    assert "For example: Age 11, Member true." in told.stderr
    assert told.stdout == "1 error, 2 warnings.\n"


def test_a_gap_is_a_warning_and_unknown_is_a_value_of_an_input() -> None:
    assert "warning: Price: No rule matches where Age is `>= 12`, Member is `unknown`." in check(OVERLAPPING).stderr


def test_a_dead_rule_is_an_error(tmp_path: Path) -> None:
    told = checked(tmp_path, TABLE)
    assert told.exit_code == 1
    assert "error: D: " in told.stderr
    assert "narrow" in told.stderr


def test_a_table_inside_a_boxed_context_is_checked_too(tmp_path: Path) -> None:
    told = checked(tmp_path, f'<context><contextEntry><variable name="part"/>{TABLE}</contextEntry></context>')
    assert told.exit_code == 1
    assert "error: D.part: The rule narrow never decides: wherever it matches, wide comes before it. For example: n 4." in told.stderr


def test_what_is_only_worth_knowing_is_printed_when_asked_for() -> None:
    path = MODELS / "collect-aggregations.dmn"
    brief, whole = check(path), check(path, "--all")
    assert "information" not in brief.stderr
    assert "more with --all.\n" in brief.stdout
    assert "information: All: The rule all-far never matches alone: wherever it does, all-any does too." in whole.stderr
    assert "--all" not in whole.stdout


def test_programs_read_kind_rules_and_witness() -> None:
    told = check(OVERLAPPING, "--json")
    found = json.loads(told.stdout)
    assert (told.exit_code, told.stderr) == (1, "")
    overlap = next(one for one in found if one["kind"] == "overlap")
    assert (overlap["severity"], overlap["decision"], overlap["rules"]) == ("error", "Price", ["child", "member"])
    assert overlap["witness"] == {"Age": 11, "Member": True}


def test_what_cannot_be_proved_is_said_and_is_no_error() -> None:
    told = check(ROOT / "examples" / "models" / "library-fine.dmn")
    assert told.exit_code == 0
    assert "warning: Fine: The decision Fine is not analysed on the facts:" in told.stderr


def test_a_witness_of_a_date_is_told_as_text(tmp_path: Path) -> None:
    table = TABLE.replace("&lt; 9", 'date("2026-03-01")').replace("&lt; 5", 'date("2026-03-01")').replace('typeRef="number"', 'typeRef="date"')
    path = tmp_path / "dates.dmn"
    body = f'{HEAD.replace("number", "date")}<decision id="d" name="D"><variable name="D"/>{READS}{table}</decision></definitions>'
    path.write_text(body, encoding="utf-8")
    assert "For example: n 2026-03-01." in check(path).stderr
    assert any(one["witness"] == {"n": "2026-03-01"} for one in json.loads(check(path, "--json").stdout))


def test_a_model_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    told = checked(tmp_path, TABLE.replace("&lt; 9", "[1.."))
    assert told.exit_code == 2
    assert "rule wide, input n" in told.stderr


def test_a_finding_is_about_the_rule_that_is_judged_whatever_the_order_of_the_table() -> None:
    found = models.load((MODELS / "endpoints.dmn").read_bytes(), "endpoints.dmn")
    told = {one.rule: one.text for one in model_checks.check(found) if one.kind is Kind.NEVER_ALONE}
    assert [text.split()[2] for text in told.values()] == list(told) == ["g1", "g2", "g3", "g4"]
