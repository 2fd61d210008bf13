"""Proposals of an assessment -> drafts that a clinician may sign (FHIR R4): ServiceRequest, Task or CommunicationRequest, never a medicine."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from cds.fhir import references
from cds.foundation import instants
from cds.values.assessment import Proposal
from cds.values.profile import ClientProfile
from cds.values.release import Coding

Resource = dict[str, Any]


def draft(proposal: Proposal, profile: ClientProfile, *, patient: str, at: datetime) -> Resource | None:
    """The draft in the resource and the codings of the client; None when the client takes none.

    `patient` is an id or a reference, `at` the instant of the decision. The draft asks for the time from `at` to as many hours
    later as the proposal allows; a proposal without a time has none. Nobody is its requester: whoever signs it is.
    """
    kind = profile.kind_of(proposal.code)
    if not kind:
        return None
    reason = {**_concept(profile, proposal.reason), "text": proposal.reason_text}
    code = {**_concept(profile, proposal.code), "text": proposal.text}
    head = {"resourceType": kind, "status": "draft"}
    return head | KINDS[kind](proposal, code=code, reason=reason, who=subject(patient), at=at)


def subject(patient: str) -> dict[str, str]:
    """The Reference to the patient of that id or reference."""
    return {"reference": patient if patient.startswith("urn:") else f"Patient/{references.patient_id(patient)}"}


def _service_request(proposal: Proposal, *, code: Resource, reason: Resource, who: Resource, at: datetime) -> Resource:
    return {
        "intent": "proposal",
        "priority": proposal.priority,
        "code": code,
        "subject": who,
        "authoredOn": instants.written(at),
        "reasonCode": [reason],
    } | _period("occurrencePeriod", proposal, at)


def _task(proposal: Proposal, *, code: Resource, reason: Resource, who: Resource, at: datetime) -> Resource:
    """R4 has no planned time of a Task but that of its restriction."""
    period = _period("period", proposal, at)
    return {
        "intent": "proposal",
        "priority": proposal.priority,
        "code": code,
        "description": proposal.text,
        "for": who,
        "authoredOn": instants.written(at),
        "reasonCode": reason,
    } | ({"restriction": period} if period else {})


def _communication_request(proposal: Proposal, *, code: Resource, reason: Resource, who: Resource, at: datetime) -> Resource:
    """R4 has neither intent nor code here: the category says what it is about, the payload says it."""
    return {
        "category": [code],
        "priority": proposal.priority,
        "subject": who,
        "payload": [{"contentString": proposal.text}],
        "authoredOn": instants.written(at),
        "reasonCode": [reason],
    } | _period("occurrencePeriod", proposal, at)


KINDS: Mapping[str, Callable[..., Resource]] = MappingProxyType(
    {"ServiceRequest": _service_request, "Task": _task, "CommunicationRequest": _communication_request}
)
"""What may be proposed at all."""


def _period(name: str, proposal: Proposal, at: datetime) -> Resource:
    if proposal.within_hours is None:
        return {}
    return {name: {"start": instants.written(at), "end": instants.written(at + timedelta(hours=proposal.within_hours))}}


def _concept(profile: ClientProfile, code: Coding) -> Resource:
    return {"coding": [_coding(one) for one in profile.codings_of(code)]}


def _coding(coding: Coding) -> dict[str, str]:
    members = {"system": coding.system, "code": coding.code, "display": coding.display}
    return {name: value for name, value in members.items() if value}
