"""Responses to a released form, and the messages that carry them: written from the form itself, whatever it asks."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

AT = datetime(2030, 6, 15, 12, 0, tzinfo=UTC)
FRESH = "2030-06-15T11:00:00Z"
PATIENT = "p-1"
CANARY = "canary-7f3a"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"

WELL: Mapping[str, Any] = {"age": 35, "sex": "female", "knee-sore": "yes", "locked": "no", "swelling": "no", "days": 3}


def response(form: Mapping[str, Any], answers: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A QuestionnaireResponse by linkId; a list is several answers, a pair a quantity, None an item without an answer."""
    members = {
        "resourceType": "QuestionnaireResponse",
        "id": "r-1",
        "questionnaire": f"{form['url']}|{form['version']}",
        "status": "completed",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authored": FRESH,
        "item": list(_items(form["item"], answers)),
    }
    return {name: value for name, value in (members | changes).items() if value is not None}


def _items(asked: Any, answers: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for item in asked:
        children = list(_items(item.get("item", ()), answers))
        given = answers.get(item["linkId"])
        if children:
            yield {"linkId": item["linkId"], "item": children}
        elif item["linkId"] in answers:
            values = given if isinstance(given, list) else [given]
            yield {"linkId": item["linkId"]} | ({"answer": [_answer(item, one) for one in values]} if given is not None else {})


def _answer(item: Mapping[str, Any], value: Any) -> dict[str, Any]:
    match item["type"]:
        case "choice":
            coding = next(one["valueCoding"] for one in item["answerOption"] if one["valueCoding"]["code"] == value)
            return {"valueCoding": coding}
        case "quantity":
            number, unit = value
            return {"valueQuantity": {"value": number, "system": UCUM, "code": unit, "unit": unit}}
        case kind:
            return {{"integer": "valueInteger", "date": "valueDate", "text": "valueString", "string": "valueString"}[kind]: value}


def patient(**changes: Any) -> dict[str, Any]:
    """A woman of 35."""
    return {"resourceType": "Patient", "id": PATIENT, "gender": "female", "birthDate": "1995-01-01"} | changes


def condition(code: str, **changes: Any) -> dict[str, Any]:
    """An active problem of the patient that began last week."""
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    return {
        "resourceType": "Condition",
        "id": "c-1",
        "clinicalStatus": active,
        "code": {"coding": [{"system": SNOMED, "code": code}]},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "onsetDateTime": (AT - timedelta(days=7)).date().isoformat(),
    } | changes


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    """The resources as a collection."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def hook(prefetch: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A call of a hook for the patient."""
    context = {"userId": "Practitioner/1", "patientId": PATIENT}
    return {"hook": "patient-view", "hookInstance": "8f8f4f3c-1111-4222-8333-444455556666", "context": context, "prefetch": dict(prefetch)} | changes


def body(message: Any) -> bytes:
    """The bytes of a message."""
    return json.dumps(message).encode()
