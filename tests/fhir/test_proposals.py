"""Drafts of what may be proposed, and OperationOutcomes: valid by the R4B models and by HL7's JSON Schema."""

import json
import re
from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from hypothesis import given
from hypothesis import strategies as st

from cds.fhir import outcomes, proposals
from cds.foundation import schemas
from cds.foundation.errors import Diagnostic
from cds.values.assessment import Proposal
from cds.values.profile import ClientProfile, Translation
from cds.values.release import Coding
from tests.fhir import oracle, samples

CODE = Coding("https://example.org/CodeSystem/recommendations", "R-01", "Physiotherapy")
REASON = Coding(samples.SNOMED, "279039007", "Low back pain")
KINDS = sorted(proposals.KINDS)
SPEC = ClientProfile()
PERIOD = {"start": "2026-03-10T12:00:00Z", "end": "2026-03-24T12:00:00Z"}
SCHEMA = json.loads((schemas.folder() / "profile.schema.json").read_text(encoding="utf-8"))["$defs"]


def proposal(within: int | None) -> Proposal:
    return Proposal(CODE, "See somebody within a day", "urgent", within, REASON, "Worse after 16 days", ("P-08",))


def made(within: int | None = 336, profile: ClientProfile = SPEC, patient: str = "p1") -> dict[str, Any]:
    """The draft, which the R4B models take for FHIR."""
    draft = proposals.draft(proposal(within), profile, patient=patient, at=samples.AT)
    assert draft is not None
    oracle.model(draft)
    return draft


def translated(coding: Coding, *, kind: str = "ServiceRequest", instead: bool = False) -> ClientProfile:
    """A client that has that coding for the code of the proposal."""
    return ClientProfile(kind, codings={(CODE.system, CODE.code): Translation((coding,), instead)})


def test_a_proposal_becomes_a_draft_service_request() -> None:
    draft = made()
    assert (draft["resourceType"], draft["status"], draft["intent"], draft["priority"]) == ("ServiceRequest", "draft", "proposal", "urgent")
    assert draft["occurrencePeriod"] == PERIOD
    assert draft["code"] == {"coding": [{"system": CODE.system, "code": "R-01", "display": "Physiotherapy"}], "text": "See somebody within a day"}
    assert draft["reasonCode"][0]["text"] == "Worse after 16 days"


def test_a_task_is_a_proposal_for_the_patient_with_its_time_as_a_restriction() -> None:
    draft = made(profile=ClientProfile("Task"))
    assert (draft["status"], draft["intent"], draft["for"]) == ("draft", "proposal", {"reference": "Patient/p1"})
    assert (draft["restriction"], draft["description"]) == ({"period": PERIOD}, "See somebody within a day")
    assert draft["code"]["coding"][0]["code"] == "R-01"


def test_a_communication_request_says_the_proposal_and_has_no_intent() -> None:
    draft = made(profile=ClientProfile("CommunicationRequest"))
    assert (draft["status"], draft["payload"]) == ("draft", [{"contentString": "See somebody within a day"}])
    assert draft["category"][0]["coding"][0]["code"] == "R-01"
    assert draft["occurrencePeriod"] == PERIOD
    assert "intent" not in draft


@pytest.mark.parametrize("kind", KINDS)
def test_a_proposal_without_a_time_has_no_period(kind: str) -> None:
    assert not {"occurrencePeriod", "restriction"} & made(None, ClientProfile(kind)).keys()


@pytest.mark.parametrize("within", [None, 0, 336])
@pytest.mark.parametrize("kind", KINDS)
def test_every_draft_is_valid_by_the_json_schema_of_r4(kind: str, within: int | None) -> None:
    assert oracle.problems(made(within, ClientProfile(kind))) == []


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_the_requester_until_somebody_signs(kind: str) -> None:
    assert not {"requester", "sender", "owner", "performer"} & made(profile=ClientProfile(kind)).keys()


def test_a_medicine_is_never_proposed() -> None:
    assert set(KINDS) == {"ServiceRequest", "Task", "CommunicationRequest"}
    assert sorted(SCHEMA["kind"]["enum"]) == KINDS


def test_a_client_that_takes_no_proposals_gets_no_draft() -> None:
    assert proposals.draft(proposal(4), ClientProfile(kind=""), patient="p1", at=samples.AT) is None


def test_the_codings_of_the_client_come_first_and_the_text_stays() -> None:
    theirs = Coding("urn:oid:1.2.3", "12", "")
    before, instead = (made(profile=translated(theirs, instead=flag))["code"] for flag in (False, True))
    assert [one["code"] for one in before["coding"]] == ["12", "R-01"]
    assert instead["coding"] == [{"system": "urn:oid:1.2.3", "code": "12"}]
    assert before["text"] == instead["text"] == "See somebody within a day"


def test_the_reason_is_translated_too() -> None:
    theirs = Coding("urn:oid:1.2.3", "M54.5", "Pain")
    profile = ClientProfile(codings={(REASON.system, REASON.code): Translation((theirs,), instead=False)})
    assert [one["code"] for one in made(profile=profile)["reasonCode"][0]["coding"]] == ["M54.5", REASON.code]


@pytest.mark.skipif(not oracle.SCHEMA.is_file(), reason="var/node is absent: `make` installs HL7's JSON Schema where npm is")
@given(
    st.sampled_from(KINDS), *(st.from_regex(re.compile(SCHEMA[name]["pattern"]), fullmatch=True) for name in ("uri", "code", "code")), st.booleans()
)
def test_every_coding_that_a_profile_may_have_is_valid_fhir(kind: str, system: str, code: str, display: str, instead: bool) -> None:
    sent = Coding(system, code, display)
    draft = made(profile=translated(sent, kind=kind, instead=instead))
    assert oracle.problems(draft) == []
    concept = draft["category"][0] if kind == "CommunicationRequest" else draft["code"]
    assert concept["coding"][0] == {"system": system, "code": code, "display": display}


@pytest.mark.parametrize(
    ("patient", "reference"),
    [
        ("p1", "Patient/p1"),
        ("Patient/p1", "Patient/p1"),
        ("urn:uuid:11111111-1111-4111-8111-111111111111", "urn:uuid:11111111-1111-4111-8111-111111111111"),
        ("https://x.org/Patient/p1", "Patient/p1"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_the_subject_is_a_reference(kind: str, patient: str, reference: str) -> None:
    draft = made(profile=ClientProfile(kind), patient=patient)
    assert draft["for" if kind == "Task" else "subject"] == {"reference": reference}


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
