"""Proposals of an assessment -> draft ServiceRequests (FHIR R4); never a MedicationRequest."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cds.fhir import references
from cds.values.assessment import Proposal
from cds.values.release import Coding


def service_request(proposal: Proposal, *, patient: str, at: datetime) -> dict[str, Any]:
    """The draft that a clinician may sign; `patient` is an id or a reference, `at` the instant of the decision.

    Its occurrence runs from `at` for as many hours as the proposal allows; a proposal without a time has none.
    """
    reference = patient if patient.startswith("urn:") else f"Patient/{references.patient_id(patient)}"
    request: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "priority": proposal.priority,
        "code": {"coding": [_coding(proposal.code)], "text": proposal.text},
        "subject": {"reference": reference},
        "authoredOn": _instant(at),
        "reasonCode": [{"coding": [_coding(proposal.reason)], "text": proposal.reason_text}],
    }
    if proposal.within_hours is not None:
        end = at + timedelta(hours=proposal.within_hours)
        request["occurrencePeriod"] = {"start": _instant(at), "end": _instant(end)}
    return request


def _coding(coding: Coding) -> dict[str, str]:
    members = {"system": coding.system, "code": coding.code, "display": coding.display}
    return {name: value for name, value in members.items() if value}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
