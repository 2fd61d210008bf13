"""The commands: what they print, for people and for programs, and the three exit codes."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from cds.cli import telling
from cds.cli.main import main
from cds.foundation import canonical
from cds.foundation.settings import Settings
from cds.service import application, feedback, hook
from cds.values.record import RefusalRecord

CANARY = "canary-7731"
UNKNOWN_CARD = "0f0f4f3c-1111-4222-8333-444455556666"
EXAMPLES = Path(__file__).parents[2] / "examples"
REQUEST = EXAMPLES / "requests" / "09-numb-between-the-legs.json"
ORDERED = EXAMPLES / "requests" / "21-x-ray-selected-in-a-strain.json"
FACTS = EXAMPLES / "facts" / "numb-between-the-legs.json"
AT = "2026-11-22T09:00:00Z"
SORE_KNEE = Path(__file__).parents[1] / "releases" / "sore-knee"
NO_VALUE_SETS = [
    "{}",
    '{"id": 5}',
    '{"id": "swelling", "compose": []}',
    '{"id": "swelling", "compose": {"include": {}}}',
    '{"id": "swelling", "compose": {"include": ["x"]}}',
    '{"id": "swelling", "compose": {"include": [{"concept": [{"code": "1"}]}]}}',
    '{"id": "swelling", "compose": {"include": [{"system": "s", "concept": [{"code": 1}]}]}}',
    '{"id": "swelling", "compose": {"exclude": [{"system": "s", "concept": ["1"]}]}}',
    '{"id": "swelling", "expansion": {"contains": [{"system": "s"}]}}',
    '{"id": "swelling", "expansion": null}',
    "[" * 100_000,
]

Run = Callable[..., Result]


@pytest.fixture
def address(tmp_path: Path) -> str:
    """A ledger of this test's own."""
    return f"sqlite:///{tmp_path / 'audit.sqlite3'}"


@pytest.fixture
def run(address: str) -> Run:
    """Runs `cds` with arguments."""

    def cds(*arguments: str | Path, stdin: str | bytes = "") -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin, env={"CDS_AUDIT_URL": address})

    return cds


@pytest.fixture
def decided(address: str) -> str:
    """The id of a decision that the ledger holds."""
    app = application.start(Settings(audit_url=address))
    try:
        cards = hook.answer(app, "low-back-pain", REQUEST.read_bytes())["cards"]
    finally:
        application.stop(app)
    return str(cards[0]["extension"]["org.back-pain-cds.decision"]["decisionId"])


def commands(group: click.Command = main, *path: str) -> Iterator[tuple[str, ...]]:
    """Every command that does something, by the words that call it."""
    if not isinstance(group, click.Group):
        yield path
        return
    for name, command in group.commands.items():
        yield from commands(command, *path, name)


@pytest.mark.parametrize("path", [pytest.param(path, id=" ".join(path)) for path in commands()])
def test_every_command_has_help_with_an_example(run: Run, path: tuple[str, ...]) -> None:
    told = run(*path, "--help")
    assert told.exit_code == 0
    assert f"cds {' '.join(path)}" in told.output.split("Example", 1)[1]


@pytest.mark.parametrize("path", [pytest.param(path, id=" ".join(path)) for path in commands() if path != ("serve",)])
def test_every_command_that_answers_answers_programs_in_json(run: Run, path: tuple[str, ...]) -> None:
    assert "--json" in run(*path, "--help").output


def test_a_request_is_printed_as_cards_for_a_reader(run: Run) -> None:
    told = run("evaluate", "--at", AT, REQUEST)
    assert (told.exit_code, told.stdout[:10]) == (0, "[CRITICAL]")
    assert [line for line in told.stdout.splitlines() if len(line) > 80 and "http" not in line] == []


@pytest.mark.parametrize(("hook", "about"), [("order-select", "about these orders"), ("patient-view", "for this patient")])
def test_where_there_is_no_card_it_is_said_of_what_there_is_nothing_to_say(run: Run, hook: str, about: str) -> None:
    request = json.loads(ORDERED.read_bytes())
    for entry in request["context"]["draftOrders"]["entry"]:
        entry["resource"]["code"] = {"text": "Shoulder sling"}
    if hook == "patient-view":
        request["prefetch"] = {"patient": request["prefetch"]["patient"], "response": {"resourceType": "Bundle", "entry": []}}
    told = run("evaluate", "--release", "1.2.0", "--at", "2026-11-22T18:00:00Z", "-", stdin=json.dumps(request | {"hook": hook}))
    assert (told.exit_code, told.stdout) == (0, f"No card: nothing to say {about}.\n")


def test_an_evaluation_is_not_recorded(run: Run, tmp_path: Path) -> None:
    run("evaluate", "--at", AT, REQUEST)
    assert list(tmp_path.iterdir()) == []


def test_the_assessment_is_json_on_request_and_comes_from_stdin_too(run: Run) -> None:
    told = run("evaluate", "--json", "--at", "2026-11-22T10:00:00+01:00", "-", stdin=REQUEST.read_bytes())
    document = json.loads(told.stdout)
    assert (told.exit_code, document["decidedAt"], document["triage"]["urgency"]) == (0, "2026-11-22T09:00:00.000Z", "emergency")


def test_a_facts_file_is_evaluated(run: Run) -> None:
    assert json.loads(run("evaluate", "--json", "--at", AT, FACTS).stdout)["triage"]["urgency"] == "emergency"


NO_INSTANTS = [
    "yesterday",
    "2026-11-22",
    "2026-11-22T09:00:00",
    "2026-11-22T09:00Z",
    "2026-11-22 09:00:00Z",
    "20261121T090000Z",
    "2026-W47-6T09:00:00Z",
    "2026-02-30T09:00:00Z",
    "2026-11-22T09:00:00+24:00",
    "2026-11-22T09:00:00Z ",
    "1899-12-31T23:59:59Z",
    "2201-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
]


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_what_is_no_instant_of_rfc_3339_in_reach_is_bad_usage(run: Run, text: str) -> None:
    told = run("evaluate", "--at", text, REQUEST)
    assert (told.exit_code, told.stdout, "Error: Invalid value for '--at'" in told.stderr) == (2, "", True)


@pytest.mark.parametrize("text", ["2026-11-22T09:00:00Z", "2026-11-22t09:00:00.000z", "2026-11-22T10:00:00.0000001+01:00"])
def test_an_instant_of_rfc_3339_is_taken(run: Run, text: str) -> None:
    assert json.loads(run("evaluate", "--json", "--at", text, FACTS).stdout)["decidedAt"] == "2026-11-22T09:00:00.000Z"


def test_half_a_surrogate_pair_is_written_as_its_escape_and_shown_as_a_replacement() -> None:
    told = telling.document({"a": "x\ud83d"})
    assert (json.loads(told.encode()), telling.readable("x\ud83d")) == ({"a": "x\ud83d"}, "x\ufffd")


@pytest.mark.parametrize("bad", NO_VALUE_SETS)
def test_a_value_set_of_another_shape_is_a_finding_that_names_its_file(run: Run, tmp_path: Path, bad: str) -> None:
    draft = tmp_path / "sore-knee" / "draft"
    shutil.copytree(SORE_KNEE, draft)
    (draft / "valuesets" / "swelling.json").write_text(bad, encoding="utf-8")
    told = run("release", "check", "--json", draft)
    assert (told.exit_code, [one["place"] for one in json.loads(told.stdout)]) == (1, ["valuesets/swelling.json"])


@pytest.mark.parametrize("arguments", [(), (REQUEST, "--batch", REQUEST), ("nowhere",)])
def test_bad_usage_is_exit_code_2(run: Run, arguments: tuple[str | Path, ...]) -> None:
    told = run("evaluate", *arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr != ""


@pytest.mark.parametrize("body", [CANARY, "{}", f'{{"hook": "{CANARY}"}}', f'{{"facts": {{"{CANARY}": 1}}}}', f'{{"facts": "{CANARY}"}}'])
def test_bad_input_is_exit_code_2_with_the_reason_and_no_echo(run: Run, body: str) -> None:
    told = run("evaluate", "-", stdin=body)
    assert (told.exit_code, told.stdout, told.stderr[:6]) == (2, "", "error:")
    assert CANARY not in told.stderr


def test_a_release_that_is_not_there_is_exit_code_2(run: Run) -> None:
    assert run("evaluate", "--release", "9.9.9", REQUEST).exit_code == 2


def test_a_wrong_setting_is_exit_code_2() -> None:
    told = CliRunner().invoke(main, ["release", "list"], env={"CDS_PORT": "many"})
    assert (told.exit_code, "CDS_PORT" in told.stderr) == (2, True)


@pytest.mark.parametrize("name", ["nowhere", "a-file"])
def test_releases_in_what_is_no_folder_are_exit_code_2_with_the_reason(tmp_path: Path, name: str) -> None:
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    told = CliRunner().invoke(main, ["release", "list"], env={"CDS_CONTENT": str(tmp_path / name)})
    assert (told.exit_code, told.stdout, told.stderr[:19]) == (2, "", "error: CDS_CONTENT:")


def batch(run: Run, tmp_path: Path, *lines: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and answers of a batch."""
    path = tmp_path / "batch.ndjson"
    path.write_text("\n".join(lines), encoding="utf-8")
    told = run("evaluate", "--at", AT, "--batch", path)
    return told.exit_code, [json.loads(line) for line in told.stdout.splitlines()]


def test_a_batch_is_answered_line_by_line_in_order(run: Run, tmp_path: Path) -> None:
    one_line = [json.dumps(json.loads(path.read_text(encoding="utf-8"))) for path in (REQUEST, FACTS)]
    code, answers = batch(run, tmp_path, one_line[0], "", one_line[1], "")
    assert (code, [answer["triage"]["urgency"] for answer in answers]) == (0, ["emergency", "emergency"])


def test_a_bad_line_is_named_and_the_others_are_answered(run: Run, tmp_path: Path) -> None:
    good = json.dumps(json.loads(FACTS.read_text(encoding="utf-8")))
    code, answers = batch(run, tmp_path, good, CANARY, good)
    assert (code, ["triage" in answer for answer in answers]) == (1, [True, False, True])
    assert (answers[1]["line"], CANARY in answers[1]["error"]) == (2, False)


def test_the_releases_are_listed_and_shown(run: Run) -> None:
    listed = json.loads(run("release", "list", "--json").stdout)
    version, digest = listed[0]["version"], listed[0]["digest"]
    assert digest in run("release", "list").stdout
    assert json.loads(run("release", "show", version, "--json").stdout)["digest"] == digest
    assert digest in run("release", "show", version).stdout


def test_what_waits_for_a_clinician_is_printed_and_counted(run: Run) -> None:
    page = run("release", "questions", "draft")
    points = json.loads(run("release", "questions", "draft", "--json").stdout)
    assert page.stdout.startswith("# Open clinical questions\n")
    assert "| Q-01 |" in page.stdout
    assert len(points["questions"]) > 49
    assert "openQuestions: not listed in this release\n" in run("release", "show", "1.0.0").stdout
    assert run("release", "questions", "9.9.9").exit_code == 2


def test_a_version_that_was_never_released_is_exit_code_2(run: Run) -> None:
    assert run("release", "show", "9.9.9").exit_code == 2


def test_a_draft_is_sealed_once_and_then_listed(tmp_path: Path) -> None:
    shutil.copytree(Settings().content, tmp_path / "content")
    seal = ["release", "seal", "9.9.9", "--name", "low-back-pain", "--day", "2100-01-01"]
    environment = {"CDS_CONTENT": str(tmp_path / "content")}
    sealed, again, listed = (CliRunner().invoke(main, words, env=environment) for words in (seal, seal, ["release", "list"]))
    assert (sealed.exit_code, "Sealed low-back-pain 9.9.9" in sealed.stdout) == (0, True), sealed.stderr
    assert (again.exit_code, again.stderr[:6]) == (2, "error:")
    assert "9.9.9" in listed.stdout


def test_a_folder_that_is_no_release_has_findings(run: Run, tmp_path: Path) -> None:
    told = run("release", "check", tmp_path)
    assert (told.exit_code, told.stderr != "") == (1, True)
    assert json.loads(run("release", "check", "--json", tmp_path).stdout) != []


def test_the_ledger_lists_shows_and_verifies_what_was_decided(run: Run, decided: str) -> None:
    assert decided in run("audit", "list").stdout
    assert [one["decisionId"] for one in json.loads(run("audit", "list", "--kind", "decision", "--json").stdout)] == [decided]
    assert json.loads(run("audit", "show", decided, "--json").stdout)["assessment"]["decisionId"] == decided
    assert "rules that matched" in run("audit", "show", decided).stdout
    shown = json.loads(run("audit", "show", canonical.mark(decided), "--json").stdout)
    assert (shown["assessment"]["decisionId"], shown["decisionDigest"]) == (decided, canonical.mark(decided))
    assert run("audit", "show", canonical.mark(CANARY)).exit_code == 2
    holds = run("audit", "verify")
    assert (holds.exit_code, "The ledger holds." in holds.stdout) == (0, True)


def test_the_ledger_shows_what_was_done_with_a_card_and_who_was_turned_away(run: Run, decided: str, address: str) -> None:
    card = json.loads(run("audit", "show", decided, "--json").stdout)["assessment"]["cards"][0]["uuid"]
    app = application.start(Settings(audit_url=address))
    items = [{"card": one, "outcome": "overridden", "outcomeTimestamp": "2025-05-06T07:08:09Z"} for one in (card, UNKNOWN_CARD)]
    try:
        feedback.take(app, "low-back-pain", json.dumps({"feedback": items}).encode())
        assert app.ledger
        app.ledger.append(RefusalRecord("refusal-1", "2030-05-06T07:08:09Z", "/cds-services/<service_id>", "expired", count=3))
    finally:
        application.stop(app)
    kinds = ("--kind", "decision", "--kind", "feedback", "--kind", "refusal")
    listed = json.loads(run("audit", "list", *kinds, "--json").stdout)
    assert [one["kind"] for one in listed] == ["refusal", "feedback", "feedback", "decision"]
    lines = run("audit", "list", *kinds).stdout.splitlines()
    assert ["expired" in lines[0], f"card {UNKNOWN_CARD}  (card unknown)" in lines[1], f"decision {decided}" in lines[2]] == [True, True, True]
    shown = json.loads(run("audit", "show", "--card", card, "--json").stdout)
    assert (shown["card"]["uuid"], shown["feedback"][0]["state"], shown["assessment"]["decisionId"]) == (card, "overridden", decided)
    assert shown["feedback"] == json.loads(run("audit", "show", decided, "--json").stdout)["feedback"]
    assert "overridden" in run("audit", "show", "--card", card).stdout
    assert run("audit", "show", "--card", card, "--why", "CES-1").stdout == run("audit", "show", decided, "--why", "CES-1").stdout
    assert "cause           expired\n" in run("audit", "show", "refusal-1").stdout


def test_an_entry_is_named_by_its_id_or_by_a_card_and_not_by_both(run: Run, decided: str) -> None:
    for words in ((), (decided, "--card", decided), ("--card", UNKNOWN_CARD), ("refusal-1", "--why", "CES-1")):
        told = run("audit", "show", *words)
        assert (told.exit_code, told.stdout) == (2, "")


def test_a_damaged_entry_is_listed_as_what_it_is(run: Run, decided: str, address: str) -> None:
    path = Path(address.removeprefix("sqlite:///"))
    path.write_bytes(path.read_bytes().replace(b'"emergency"', b'"self-care"'))
    told = run("audit", "list")
    assert (told.exit_code, decided in told.stdout, "cds audit verify" in told.stdout) == (0, True, True)


def test_why_a_rule_matched_or_not_is_told_cell_by_cell(run: Run, decided: str) -> None:
    for words in (("evaluate", FACTS, "--at", AT), ("audit", "show", decided)):
        told = run(*words, "--why", "CES-1")
        assert "Rule CES-1 of red-flags matches." in told.stdout, told.stderr
        assert "holds    rf-saddle  is yes, asked for yes" in told.stdout
        other = json.loads(run(*words, "--why", "W-3", "--json").stdout)
        assert (other["decision"], other["given"], len(other["alternatives"])) == ("pathway", False, 3)


def test_why_of_no_rule_or_of_a_batch_is_exit_code_2(run: Run, decided: str, tmp_path: Path) -> None:
    batch = tmp_path / "batch.ndjson"
    batch.write_text("{}", encoding="utf-8")
    wrong = (("evaluate", FACTS, "--why", CANARY), ("audit", "show", decided, "--why", CANARY), ("evaluate", "--batch", batch, "--why", "CES-1"))
    told = [run(*words) for words in wrong]
    assert [one.exit_code for one in told] == [2, 2, 2]
    assert all(CANARY not in one.stderr for one in told)


def test_a_changed_ledger_is_exit_code_1(run: Run, decided: str, address: str) -> None:
    path = Path(address.removeprefix("sqlite:///"))
    stored = path.read_bytes()
    assert stored.count(b'"emergency"') > 0
    path.write_bytes(stored.replace(b'"emergency"', b'"self-care"'))
    told = run("audit", "verify")
    assert (told.exit_code, "does not hold" in told.stderr) == (1, True)
    assert json.loads(run("audit", "verify", "--json").stdout)["holds"] is False


def test_a_ledger_that_is_not_there_is_exit_code_2_and_is_not_made(run: Run, tmp_path: Path) -> None:
    assert [run("audit", *words).exit_code for words in (("list",), ("verify",), ("show", "x"))] == [2, 2, 2]
    assert list(tmp_path.iterdir()) == []


def test_a_decision_nobody_took_is_exit_code_2(run: Run, decided: str) -> None:
    assert (decided != CANARY, run("audit", "show", CANARY).exit_code) == (True, 2)
