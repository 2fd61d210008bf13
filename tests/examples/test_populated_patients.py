"""Records that nobody here wrote, as answers to the form: each is filled in, checked, and decided on together with its record."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cds.fhir import items, populating
from cds.service.application import Application
from tests.examples import asking
from tests.fhir import oracle

POPULATE = "/fhir/Questionnaire/low-back-pain/$populate"
VALIDATE = "/fhir/QuestionnaireResponse/$validate"
EVALUATE = "/fhir/QuestionnaireResponse/$evaluate"
NOW = asking.examples()[0].at
PATIENTS = sorted((Path(__file__).parents[3] / "shared" / "data" / "patients").glob("*.json"))
ALWAYS = {"malignancy": "hx-cancer", "osteoporosis": "hx-osteoporosis", "ckd": "hx-kidney"}
"""What stays on record whenever it is read, by stratum."""
WRITTEN = {
    "nsaid": ("nsaid-now", "ibuprofen"),
    "anticoagulant-antiplatelet-01": ("hx-anticoag", "warfarin"),
}
"""What holds on the day after a prescription: the item, and the word by which the prescription is found."""

pytestmark = pytest.mark.skipif(not PATIENTS, reason="../shared is absent")


@cache
def bundle(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def resources(path: Path, kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle(path)["entry"] if entry["resource"]["resourceType"] == kind]


def populated(app: Application, path: Path, at: datetime = NOW) -> dict[str, Any]:
    """The response to the form as far as the record answers it."""
    reply = asking.client(app, at).post(POPULATE, json=bundle(path))
    assert reply.status_code == 200, reply.get_data(as_text=True)
    response, issues = reply.get_json()["parameter"]
    assert (response["name"], issues["name"]) == ("response", "issues")
    found: dict[str, Any] = response["resource"]
    return found


def answers(response: dict[str, Any]) -> dict[str, Any]:
    found = items.collect(response).values()
    return {link_id: one["code"] if isinstance(one, dict) else one for link_id, (one,) in found.items()}


def sources(response: dict[str, Any]) -> Iterator[str]:
    for given in items.collect(response).answers.values():
        for answer in given:
            ((extension,),) = [one["extension"] for one in answer["extension"] if one["url"] == populating.SOURCE]
            yield extension["valueReference"]["reference"]


def days_after(path: Path, word: str) -> Iterator[datetime]:
    """The day after each prescription of a medicine with that name."""
    for one in resources(path, "MedicationRequest"):
        if re.search(word, json.dumps(one), re.IGNORECASE):
            yield datetime.fromisoformat(one["authoredOn"]) + timedelta(days=1)


def age(born: str, at: datetime) -> int:
    year, month, day = map(int, born.split("-"))
    return at.year - year - ((at.month, at.day) < (month, day))


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem)
def test_every_patient_fills_in_the_form_with_age_and_sex_and_no_denial(app: Application, path: Path) -> None:
    (patient,) = resources(path, "Patient")
    response = populated(app, path)
    found = answers(response)
    assert (found.pop("age"), found.pop("sex")) == (age(patient["birthDate"], NOW), patient["gender"])
    assert set(found.values()) <= {"yes"}
    held = {f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in bundle(path)["entry"]}
    assert set(sources(response)) <= held
    assert oracle.accepts(response, "QuestionnaireResponse")


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem)
def test_every_filled_in_form_is_valid_and_decides_nothing_that_its_record_does_not(app: Application, path: Path) -> None:
    client, response = asking.client(app, NOW), populated(app, path)
    issues = client.post(VALIDATE, json=response).get_json()["issue"]
    assert {issue["severity"] for issue in issues} <= {"warning", "information"}
    decided = [_decided(app, path, one) for one in (response, {**response, "item": []})]
    assert decided[0] == decided[1]


def _decided(app: Application, path: Path, response: dict[str, Any]) -> dict[str, Any]:
    """The values of the facts that a response and the record give together."""
    client = asking.client(app, NOW)
    response = {name: value for name, value in response.items() if value}
    sent = bundle(path) | {"entry": [{"resource": response}, *bundle(path)["entry"]]}
    reply = client.post(EVALUATE, json=sent, headers={"Accept": "application/json"})
    assert reply.status_code == 200, reply.get_data(as_text=True)
    decision = asking.explained(client, reply.get_json())
    assert decision["conflicts"] == []
    return {name: fact["value"] for name, fact in decision["facts"].items()}


@pytest.mark.parametrize("path", [path for path in PATIENTS if any(word in path.stem for word in ALWAYS)], ids=lambda path: path.stem)
def test_the_condition_of_the_stratum_is_filled_in(app: Application, path: Path) -> None:
    (link_id,) = [link_id for word, link_id in ALWAYS.items() if word in path.stem]
    assert answers(populated(app, path))[link_id] == "yes"


@pytest.mark.parametrize("path", [path for path in PATIENTS if any(word in path.stem for word in WRITTEN)], ids=lambda path: path.stem)
def test_the_medicine_of_the_stratum_is_filled_in_on_the_day_after_it_was_written(app: Application, path: Path) -> None:
    ((link_id, word),) = [one for stratum, one in WRITTEN.items() if stratum in path.stem]
    days = list(days_after(path, word))
    assert [answers(populated(app, path, day))[link_id] for day in days] == ["yes"] * len(days)
    assert days


@pytest.mark.parametrize("path", [path for path in PATIENTS if "steroid" in path.stem], ids=lambda path: path.stem)
def test_one_short_course_of_a_steroid_is_no_long_use(app: Application, path: Path) -> None:
    days = list(days_after(path, "prednisone"))
    assert days
    assert all("hx-steroid" not in answers(populated(app, path, day)) for day in days)


@pytest.mark.parametrize("path", [path for path in PATIENTS if "pregnancy" in path.stem], ids=lambda path: path.stem)
def test_a_pregnancy_that_is_over_is_not_filled_in(app: Application, path: Path) -> None:
    assert "pregnant" not in answers(populated(app, path))
