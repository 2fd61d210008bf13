"""Each example request: its golden answer, the decision that the clinical notes promise, and the same one by every way in."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from cds.cli.main import main
from cds.service.application import Application
from examples import dates
from tests.examples import asking
from tests.examples.asking import Example

EXAMPLES = asking.examples()
DECIDED = [example for example in EXAMPLES if "urgency" in example.expect]
OFFERED = [example for example in EXAMPLES if example.expect.get("offersForm")]
LISTS = ("medications", "medicationStatements")
SAME = ("triage", "pathway", "duration", "decisions", "recommendations", "conflicts")

every = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
decided = pytest.mark.parametrize("example", DECIDED, ids=lambda example: example.name)


@every
def test_the_answer_is_the_golden_one(app: Application, example: Example) -> None:
    reply = asking.answered(app, example)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    assert asking.pretty(reply.get_json()) == example.answer.read_text(encoding="utf-8"), "make goldens rewrites it"


@decided
def test_the_decision_is_the_one_that_the_notes_give(app: Application, example: Example) -> None:
    decision = _by_hook(app, example)
    given = {
        "urgency": decision["triage"]["urgency"],
        "screen": decision["triage"]["screen"],
        "pathway": decision["pathway"]["code"],
        "withinHours": decision["triage"].get("withinHours"),
        "reviewDay": _review_day(decision),
        "conflicts": [conflict["name"] for conflict in decision["conflicts"]],
        "cards": len(decision["cards"]),
    }
    assert {name: given[name] for name in example.expect} == example.expect


@decided
def test_a_self_care_answer_has_no_time_limit(app: Application, example: Example) -> None:
    triage = _by_hook(app, example)["triage"]
    assert (triage["urgency"] == "self-care") == ("withinHours" not in triage)


@pytest.mark.parametrize("example", OFFERED, ids=lambda example: example.name)
def test_without_a_response_the_form_is_offered(app: Application, example: Example) -> None:
    client = asking.client(app, example.at)
    (card,) = client.post(asking.path(example.request), json=example.request).get_json()["cards"]
    link = card["links"][0]
    form = client.get(urlsplit(link["url"]).path)
    assert (form.status_code, form.mimetype) == (200, "text/html")
    assert app.releases["low-back-pain"].questionnaire["title"] in form.get_data(as_text=True)


@decided
def test_a_submission_is_decided_as_the_hook_decides(app: Application, example: Example) -> None:
    """A Bundle does not say that its medicines are all there are, so the hook is asked without that promise: its lists go on, or are left out."""
    client = asking.client(app, example.at)
    reply = client.post("/fhir/QuestionnaireResponse/$evaluate", json=_submission(example), headers={"Accept": "application/json"})
    assert reply.status_code == 200, reply.get_data(as_text=True)
    prefetch = {name: value for name, value in example.request["prefetch"].items() if name not in LISTS or _resources(value)}
    going_on = {"link": [{"relation": "next", "url": "https://ehr.example.org/fhir/next"}]}
    request = {**example.request, "prefetch": prefetch | {name: prefetch[name] | going_on for name in LISTS if name in prefetch}}
    asked = asking.explained(client, client.post(asking.path(request), json=request).get_json())
    assert _same(asking.explained(client, reply.get_json())) == _same(asked)


@decided
def test_the_command_line_decides_as_the_hook_decides(app: Application, example: Example) -> None:
    path = asking.EXAMPLES / "requests" / f"{example.name}.json"
    assert _same(_by_command(path, example.at)) == _same(_by_hook(app, example))


@decided
def test_an_example_moved_to_another_day_is_decided_alike(app: Application, example: Example) -> None:
    now = example.at + timedelta(days=467, hours=15)
    moved = dates.moved(example.request, written=example.at, now=now)
    client = asking.client(app, now)
    then = asking.explained(client, client.post(asking.path(moved), json=moved).get_json())
    assert then["triage"] == _by_hook(app, example)["triage"]


@pytest.mark.parametrize("name", ["strain-improving", "numb-between-the-legs", "leg-pain-below-the-knee", "cancer-on-record-bundle"])
def test_every_example_response_is_accepted_as_a_submission(app: Application, name: str) -> None:
    document = asking.read(asking.EXAMPLES / "responses" / f"{name}.json")
    client = asking.client(app, EXAMPLES[0].at)
    reply = client.post("/fhir/QuestionnaireResponse/$evaluate", json=document, headers={"Accept": "application/json"})
    assert reply.status_code == 200, reply.get_data(as_text=True)


@pytest.mark.parametrize(("name", "urgency"), [("strain-improving-day-9", "self-care"), ("numb-between-the-legs", "emergency")])
def test_a_file_of_facts_is_decided(name: str, urgency: str) -> None:
    path = asking.EXAMPLES / "facts" / f"{name}.json"
    assert _by_command(path, EXAMPLES[0].at)["triage"]["urgency"] == urgency


def test_a_batch_is_answered_line_by_line_in_order() -> None:
    result = CliRunner().invoke(main, ["evaluate", "--batch", str(asking.EXAMPLES / "batch.ndjson"), "--at", _instant(EXAMPLES[0].at)])
    assert result.exit_code == 0, result.output
    urgencies = [json.loads(line)["triage"]["urgency"] for line in result.stdout.splitlines()]
    assert urgencies == ["self-care", "urgent", "emergency", "self-care"]


def test_the_index_names_every_request_and_every_golden_answer() -> None:
    named = {example.name for example in EXAMPLES}
    assert {path.stem for path in (asking.EXAMPLES / "requests").glob("*.json")} == named | {"index"}
    assert {path.stem for path in asking.ANSWERS.glob("*.json")} == named


def _by_hook(app: Application, example: Example) -> dict[str, Any]:
    """The decision that the hook's cards link to."""
    client = asking.client(app, example.at)
    return asking.explained(client, client.post(asking.path(example.request), json=example.request).get_json())


def _by_command(path: Path, at: datetime) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["evaluate", str(path), "--at", _instant(at), "--json"])
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def _submission(example: Example) -> dict[str, Any]:
    """The prefetched resources as one Bundle."""
    resources = [resource for value in example.request["prefetch"].values() for resource in _resources(value)]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource} for resource in resources]}


def _resources(value: dict[str, Any] | None) -> list[dict[str, Any]]:
    if value is None:
        return []
    return [entry["resource"] for entry in value.get("entry", ())] if value["resourceType"] == "Bundle" else [value]


def _same(decision: dict[str, Any]) -> dict[str, Any]:
    """What must not depend on the way in."""
    return {name: decision[name] for name in SAME}


def _review_day(decision: dict[str, Any]) -> int | None:
    days = [row["review-day"] for made in decision["decisions"] for row in made["outputs"] if "review-day" in row]
    return min((int(day) for day in days), default=None)


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
