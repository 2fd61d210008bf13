"""Both renderings of `$evaluate` over every example and every patient: the same cards, each of a decision that was recorded once."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.service.application import Application
from tests.examples import asking
from tests.examples.test_patients import EXAMPLE, PATIENTS, prefetched
from tests.fhir import oracle
from tests.fhir.guidance import reading

EVALUATE = "/fhir/QuestionnaireResponse/$evaluate"
FHIR = "application/fhir+json"
DECISION = "org.back-pain-cds.decision"
EXAMPLES = [example for example in asking.examples() if example.request["prefetch"].get("response")]
RESPONSES = sorted((asking.EXAMPLES / "responses").glob("*.json"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_both_renderings_of_an_example_say_the_same(app: Application, example: asking.Example) -> None:
    _agree(app, asking.client(app, example.at), _submission(dict(example.request["prefetch"])))


@pytest.mark.parametrize("path", RESPONSES, ids=lambda path: path.stem)
def test_both_renderings_of_a_response_say_the_same(app: Application, path: Path) -> None:
    _agree(app, asking.client(app, EXAMPLE.at), asking.read(path))


@pytest.mark.skipif(not PATIENTS, reason="../shared is absent")
@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem)
def test_both_renderings_of_a_patient_say_the_same(app: Application, path: Path) -> None:
    _agree(app, asking.client(app, EXAMPLE.at), _submission(prefetched(path)))


def _agree(app: Application, client: FlaskClient, submission: dict[str, Any]) -> None:
    before = _recorded(app)
    bundle = client.post(EVALUATE, json=submission, headers={"Accept": FHIR}).get_json(force=True)
    document = client.get(f"/decisions/{_decision(bundle)}", headers={"Accept": "application/json"}).get_json()
    cards = client.post(EVALUATE, json=submission).get_json()["cards"]
    assert _recorded(app) - before == 2
    assert reading.cards(bundle) == document["cards"]
    assert _without_ids(cards) == _without_ids(document["cards"])
    _keeps_to_the_decision(bundle, document)
    _is_valid(bundle)


def _keeps_to_the_decision(bundle: dict[str, Any], document: dict[str, Any]) -> None:
    """Urgency, time and pathway are those of the assessment, and every proposal stands in exactly one suggestion."""
    answer = reading.guidance(bundle)
    triage = document["triage"]
    found = {"urgency": triage["urgency"], "screen": triage["screen"], "pathway": document["pathway"]["code"]}
    assert reading.findings(answer) == found | ({"withinHours": triage["withinHours"]} if "withinHours" in triage else {})
    assert (answer["status"] == "success") == (triage["screen"] == "complete")
    proposed = [action["resource"] for card in document["cards"] for one in card.get("suggestions", ()) for action in one["actions"]]
    assert [entry["resource"] for entry in bundle["entry"][2:]] == proposed


def _is_valid(bundle: dict[str, Any]) -> None:
    oracle.model(bundle)
    assert [told for entry in bundle["entry"] for told in oracle.problems(entry["resource"])] == []
    whole = {**bundle, "entry": [{"fullUrl": entry["fullUrl"]} for entry in bundle["entry"]]}
    assert oracle.problems(whole) == []


def _decision(bundle: dict[str, Any]) -> str:
    (identifier,) = reading.guidance(bundle)["identifier"]
    return str(identifier["value"].removeprefix("urn:uuid:"))


def _recorded(app: Application) -> int:
    assert app.ledger
    return sum(1 for one in app.ledger.records() if one.kind == "decision")


def _without_ids(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cards without what is another for each decision: its id, and the ids and links that follow from it."""
    return [
        {**card, "uuid": "", "links": [], "extension": {**card["extension"][DECISION], "decisionId": ""}}
        | {"suggestions": [{**one, "uuid": ""} for one in card.get("suggestions", ())]}
        for card in cards
    ]


def _submission(prefetch: dict[str, Any]) -> dict[str, Any]:
    """The prefetched resources as one Bundle."""
    sent = [value for value in prefetch.values() if value is not None]
    resources = [
        one for value in sent for one in ([entry["resource"] for entry in value.get("entry", ())] if value["resourceType"] == "Bundle" else [value])
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
