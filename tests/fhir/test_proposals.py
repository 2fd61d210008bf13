"""Draft ServiceRequests and OperationOutcomes, valid by the R4B models."""

import json

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds.fhir import outcomes, proposals
from cds.foundation.errors import Diagnostic
from cds.values.assessment import Proposal
from cds.values.release import Coding
from tests.fhir import samples

CODE = Coding("https://example.org/CodeSystem/recommendations", "R-01", "Physiotherapy")
REASON = Coding(samples.SNOMED, "279039007", "Low back pain")


def proposal(within: int | None) -> Proposal:
    return Proposal(CODE, "See somebody within a day", "urgent", within, REASON, "Worse after 16 days", ("P-08",))


def test_a_proposal_becomes_a_draft_service_request() -> None:
    made = proposals.service_request(proposal(336), patient="p1", at=samples.AT)
    ServiceRequest.model_validate_json(json.dumps(made))
    assert (made["status"], made["intent"], made["priority"]) == ("draft", "proposal", "urgent")
    assert made["occurrencePeriod"] == {"start": "2026-03-10T12:00:00Z", "end": "2026-03-24T12:00:00Z"}
    assert made["code"] == {"coding": [{"system": CODE.system, "code": "R-01", "display": "Physiotherapy"}], "text": "See somebody within a day"}
    assert made["reasonCode"][0]["text"] == "Worse after 16 days"


def test_a_proposal_without_a_time_has_no_occurrence() -> None:
    made = proposals.service_request(proposal(None), patient="p1", at=samples.AT)
    ServiceRequest.model_validate_json(json.dumps(made))
    assert "occurrencePeriod" not in made


@pytest.mark.parametrize(
    ("patient", "reference"),
    [("p1", "Patient/p1"), ("Patient/p1", "Patient/p1"), ("urn:uuid:1", "urn:uuid:1"), ("https://x.org/Patient/p1", "Patient/p1")],
)
def test_the_subject_is_a_reference(patient: str, reference: str) -> None:
    assert proposals.service_request(proposal(4), patient=patient, at=samples.AT)["subject"] == {"reference": reference}


def test_diagnostics_become_issues() -> None:
    found = [Diagnostic("error", "value", "Send a number.", "QuestionnaireResponse.item[0]"), Diagnostic("warning", "required", "Ask.")]
    made = outcomes.operation_outcome(found)
    OperationOutcome.model_validate(made)
    assert made["issue"][0] == {
        "severity": "error",
        "code": "value",
        "diagnostics": "Send a number.",
        "expression": ["QuestionnaireResponse.item[0]"],
    }
    assert "expression" not in made["issue"][1]


def test_no_diagnostic_is_an_outcome_that_says_so() -> None:
    made = outcomes.operation_outcome([])
    OperationOutcome.model_validate(made)
    assert made["issue"][0]["severity"] == "information"
