"""Records that nobody here wrote, each beside a filled-in form: there are cards for every one, and no entry breaks the hook."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from cds.service.application import Application
from tests.examples import asking

EXAMPLE = asking.examples()[0]
LISTS = {"medications": "MedicationRequest", "medicationStatements": "MedicationStatement"}
KINDS = LISTS | {"conditions": "Condition", "allergies": "AllergyIntolerance", "procedures": "Procedure"}
READINGS = {"temperature": "8310-5", "pregnancy": "82810-3", "egfr": "33914-3", "bloodPressure": "85354-9"}
PATIENTS = sorted((Path(__file__).parents[3] / "shared" / "data" / "patients").glob("*.json"))
CANCER = [path for path in PATIENTS if "malignancy" in path.stem]

pytestmark = pytest.mark.skipif(not PATIENTS, reason="../shared is absent")


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem)
def test_every_patient_with_a_filled_in_form_gets_cards(app: Application, path: Path) -> None:
    decision = _decision(app, prefetched(path))
    assert decision["cards"]
    assert decision["facts"]["age"]["source"] == "ehr"
    assert decision["notChecked"] == []


@pytest.mark.parametrize("path", CANCER, ids=lambda path: path.stem)
def test_a_cancer_on_a_real_record_outweighs_the_denial(app: Application, path: Path) -> None:
    decision = _decision(app, prefetched(path))
    assert decision["triage"]["urgency"] in ("urgent", "emergency")
    assert "hx-cancer" in [conflict["name"] for conflict in decision["conflicts"]]


def _decision(app: Application, prefetch: dict[str, Any]) -> dict[str, Any]:
    client = asking.client(app, EXAMPLE.at)
    request = {**EXAMPLE.request, "context": {"userId": "Practitioner/1", "patientId": prefetch["patient"]["id"]}, "prefetch": prefetch}
    reply = client.post(asking.HOOK, json=request)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    return asking.explained(client, reply.get_json())


def prefetched(path: Path) -> dict[str, Any]:
    """What a server would send of this record, one Bundle a key."""
    resources = as_of_a_server(path)
    patient = next(resource for resource in resources if resource["resourceType"] == "Patient")
    kinds = {key: [one for one in resources if one["resourceType"] == kind] for key, kind in KINDS.items()}
    readings = {key: [one for one in resources if code in _codes(one)] for key, code in READINGS.items()}
    found = {key: _bundle(ones) for key, ones in (kinds | readings).items()}
    return {"patient": patient, "response": _answered_by(patient["id"]), **found}


def as_of_a_server(path: Path) -> list[dict[str, Any]]:
    """The resources of a Bundle, with the patient's `urn:uuid:` as the reference a server would have put."""
    text = path.read_text(encoding="utf-8")
    urls = [(entry["fullUrl"], entry["resource"]["id"]) for entry in json.loads(text)["entry"] if entry["resource"]["resourceType"] == "Patient"]
    for url, patient in urls:
        text = text.replace(f'"{url}"', f'"Patient/{patient}"')
    return [entry["resource"] for entry in json.loads(text)["entry"]]


def _codes(resource: dict[str, Any]) -> set[str]:
    return {coding["code"] for coding in resource.get("code", {}).get("coding", ())} if resource["resourceType"] == "Observation" else set()


def _bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource} for resource in resources]}


def _answered_by(patient: str) -> dict[str, Any]:
    """The form of the first example, filled in by this patient."""
    response: dict[str, Any] = copy.deepcopy(EXAMPLE.request["prefetch"]["response"]["entry"][0]["resource"])
    return response | {"subject": {"reference": f"Patient/{patient}"}, "author": {"reference": f"Patient/{patient}"}}
