"""A hook request of about 40 KB: a filled-in form, a problem list, prescriptions and readings, all of it made up."""

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
"""The instant for which the request is written."""

_EXAMPLE = Path(__file__).parents[2] / "examples" / "requests" / "13-cancer-on-record-denied.json"
_SNOMED = "http://snomed.info/sct"
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_CONDITIONS = (
    ("279039007", "Low back pain"),
    ("195662009", "Acute viral pharyngitis"),
    ("444814009", "Viral sinusitis"),
    ("10509002", "Acute bronchitis"),
    ("162864005", "Body mass index 30+ - obesity"),
    ("55822004", "Hyperlipidemia"),
    ("271737000", "Anemia"),
    ("40055000", "Chronic sinusitis"),
    ("65363002", "Otitis media"),
    ("43878008", "Streptococcal sore throat"),
    ("68496003", "Polyp of colon"),
    ("239873007", "Osteoarthritis of knee"),
    ("59621000", "Essential hypertension"),
    ("15777000", "Prediabetes"),
    ("44465007", "Sprain of ankle"),
    ("36971009", "Sinusitis"),
    ("37320007", "Loss of teeth"),
    ("66383009", "Gingivitis"),
    ("74400008", "Appendicitis"),
    ("254837009", "Malignant neoplasm of breast"),
)
_MEDICINES = (
    "lisinopril 10 MG Oral Tablet",
    "simvastatin 20 MG Oral Tablet",
    "loratadine 10 MG Oral Tablet",
    "amoxicillin 500 MG Oral Capsule",
    "omeprazole 20 MG Delayed Release Oral Capsule",
    "levothyroxine sodium 0.05 MG Oral Tablet",
    "cetirizine hydrochloride 10 MG Oral Tablet",
    "penicillin V potassium 500 MG Oral Tablet",
    "ferrous sulfate 325 MG Oral Tablet",
    "cholecalciferol 0.025 MG Oral Tablet",
    "anastrozole 1 MG Oral Tablet",
    "hydrocortisone 10 MG/ML Topical Cream",
    "salbutamol 0.1 MG/ACTUAT Metered Dose Inhaler",
    "docusate sodium 100 MG Oral Capsule",
    "amlodipine 5 MG Oral Tablet",
)


def hook_request() -> dict[str, Any]:
    """The request as a document."""
    request: dict[str, Any] = copy.deepcopy(json.loads(_EXAMPLE.read_text(encoding="utf-8")))
    patient = request["prefetch"]["patient"]["id"]
    request["prefetch"] |= {
        "conditions": _bundle(_conditions(patient)),
        "medications": _bundle(_prescriptions(patient)),
        "medicationStatements": _bundle(iter(())),
        "temperature": _bundle(_temperatures(patient)),
    }
    return request


def encoded(request: Mapping[str, Any]) -> bytes:
    """The bytes that a client sends."""
    return json.dumps(request, separators=(",", ":")).encode()


def _bundle(resources: Iterator[dict[str, Any]]) -> dict[str, Any]:
    entries = [{"fullUrl": f"https://ehr.example.org/fhir/{item['resourceType']}/{item['id']}", "resource": item} for item in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _conditions(patient: str) -> Iterator[dict[str, Any]]:
    for number, (code, display) in enumerate(_CONDITIONS):
        onset = _days_ago(20 + 170 * number)
        yield {
            "resourceType": "Condition",
            "id": f"condition-{number}",
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
            "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]},
            "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item"}]}],
            "code": {"coding": [{"system": _SNOMED, "code": code, "display": display}], "text": display},
            "subject": {"reference": f"Patient/{patient}"},
            "onsetDateTime": onset,
            "recordedDate": onset,
        }


def _prescriptions(patient: str) -> Iterator[dict[str, Any]]:
    for number, name in enumerate(_MEDICINES):
        yield {
            "resourceType": "MedicationRequest",
            "id": f"prescription-{number}",
            "status": "active" if number % 2 else "completed",
            "intent": "order",
            "medicationCodeableConcept": {"coding": [{"system": _RXNORM, "code": str(900000 + number), "display": name}], "text": name},
            "subject": {"reference": f"Patient/{patient}"},
            "authoredOn": _days_ago(15 + 90 * number),
            "dosageInstruction": [{"sequence": 1, "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}],
        }


def _temperatures(patient: str) -> Iterator[dict[str, Any]]:
    for number in range(6):
        yield {
            "resourceType": "Observation",
            "id": f"temperature-{number}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5", "display": "Body temperature"}]},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": _days_ago(1 + 120 * number),
            "valueQuantity": {"value": 36.8, "unit": "Cel", "system": "http://unitsofmeasure.org", "code": "Cel"},
        }


def _days_ago(days: int) -> str:
    return (AT - timedelta(days=days)).isoformat()
