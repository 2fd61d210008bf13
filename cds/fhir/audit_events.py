"""Entries of the ledger as AuditEvents (FHIR R4), by the Basic Audit Log Patterns of IHE where one fits: a view, never the record itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cds.fhir import audit_codes
from cds.fhir.audit_codes import DCM, HL7, LIFECYCLE, OBJECT, OTHER, PERSON, REST, Position, Resource, coding
from cds.fhir.guidance import actions
from cds.values.record import ActionRecord, AuditRecord, Entry, FeedbackRecord, RefusalRecord

PATTERNS = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DISCLOSURE = "PrivacyDisclosure.Source"
SUCCESS, MINOR = "0", "4"
NO_NETWORK = {"extension": [{"url": audit_codes.ABSENT, "valueCode": "unknown"}]}
"""The patterns want the network address of each side; the ledger keeps none of its callers."""
PARTIES: Mapping[str, tuple[Resource, Resource]] = MappingProxyType(
    {
        "sent": (coding(DCM, "110153", "Source Role ID"), coding(DCM, "110152", "Destination Role ID")),
        "fetched": (coding(DCM, "110152", "Destination Role ID"), coding(DCM, "110153", "Source Role ID")),
        "deleted": (coding(DCM, "110150", "Application"), coding(f"{HL7}provenance-participant-type", "custodian", "Custodian")),
    }
)
"""What client and service are to each other, by where the data went."""


@dataclass(frozen=True)
class Shape:
    """How a kind of action is told: type and subtypes, the action code, where the data went, and the pattern of a caller's."""

    type: Resource
    subtypes: tuple[Resource, ...]
    action: str
    parties: str = "sent"
    pattern: str = ""


_REST = coding(f"{HL7}audit-event-type", "rest", "RESTful Operation")
_ALERT = coding(DCM, "110113", "Security Alert")
ACTIONS: Mapping[str, Shape] = MappingProxyType(
    {
        "activation": Shape(coding(DCM, "110100", "Application Activity"), (coding(DCM, "110120", "Application Start"),), "E"),
        "sign-in": Shape(coding(DCM, "110114", "User Authentication"), (coding(DCM, "110122", "Login"),), "E"),
        "reading": Shape(_REST, (coding(REST, "read"),), "R", "fetched", "Read"),
        "export": Shape(coding(DCM, "110106", "Export"), (coding(LIFECYCLE, "disclose", "Disclose"),), "R", "fetched", DISCLOSURE),
        "replay": Shape(coding(LIFECYCLE, "verify", "Verify"), (), "E"),
        "erasure": Shape(_REST, (coding(REST, "delete"),), "D", "deleted", "Delete"),
        "rotation": Shape(_ALERT, (coding(DCM, "110129", "Security Configuration"),), "U"),
        "retention": Shape(coding(LIFECYCLE, "destroy", "Destroy"), (), "D"),
        "upgrade": Shape(coding(LIFECYCLE, "transform", "Transform"), (), "U"),
        "backup": Shape(coding(LIFECYCLE, "archive", "Archive"), (), "R"),
        "restore": Shape(coding(LIFECYCLE, "restore", "Restore"), (), "C"),
    }
)
ANYBODY = {"display": "whoever had the address of the explanation"}
ERASED = {"display": "the key under which the facts were sealed"}
SEARCH = Shape(_REST, (coding(REST, "search-type"),), "E")
"""A reading of more than one decision. The pattern of a query wants the words of the query, which are not kept: they may name a patient."""
SUBJECT, DECISION = "subject", "decision"
"""Members of an action's detail, or of the filter in it, that name what it was about."""


def audit_event(entry: Entry, position: Position, *, address: str) -> Resource:
    """The entry as an AuditEvent whose id is its number; `address` is where the service is reached.

    Of a decision nothing sealed is told but, where it is opened, who was shown it. The patient is the pseudonym, never an id or a name.
    """
    match entry:
        case AuditRecord():
            told = _decision(entry, address)
        case FeedbackRecord():
            told = _feedback(entry, address)
        case RefusalRecord():
            told = _refusal(entry, address)
        case ActionRecord():
            told = _action(entry, address)
    entities = [*told.pop("entity", ()), audit_codes.stands(position)]
    pattern = told.pop("pattern", "")
    meta = {"profile": [PATTERNS + pattern]} if pattern else {}
    source = {"observer": audit_codes.software(address), "type": [coding(f"{HL7}security-source-type", "4", "Application Server")]}
    head = {"resourceType": "AuditEvent", "id": str(position.seq), "meta": meta | {"security": [audit_codes.PSEUDONYMS]}}
    return head | told | {"source": source, "entity": entities}


def _decision(record: AuditRecord, address: str) -> Resource:
    """`PatientCreate`: an answer came to be about a patient. Of nobody, which shows once it is opened, `Create`."""
    nobody = not record.subject or (record.private is not None and not record.private.patient)
    user = record.private.user if record.private else ""
    data = audit_codes.entity(
        OBJECT,
        "4",
        "Domain Resource",
        audit_codes.guidance(record.decision_id),
        channel=record.channel,
        hook=record.hook,
        hookInstance=record.hook_instance,
        requestDigest=record.request_digest,
        trace=record.trace,
        profile=record.profile,
        card=record.cards,
    )
    return {
        "pattern": "Create" if nobody else "PatientCreate",
        **_event(Shape(_REST, (coding(REST, "create"),), "C"), "decision", record.decided_at),
        "period": audit_codes.period(record),
        "outcomeDesc": record.outcome,
        "agent": [*_parties("sent", audit_codes.client(record.client, record.tenant), address, requestor=not user), *_shown_to(user)],
        "entity": [data, *([] if nobody else [_patient(record.subject)]), *([_release(record)] if record.logic.name else [])],
    }


def _release(record: AuditRecord) -> Resource:
    logic = record.logic
    what = audit_codes.logical(audit_codes.RELEASES, f"{logic.name}|{logic.version}", kind="Library")
    return audit_codes.entity(
        OTHER, "5", "Master file", what, digest=logic.digest, language=logic.language, selected=logic.selected, engine=logic.engine
    )


def _patient(subject: str) -> Resource:
    return audit_codes.entity(PERSON, "1", "Patient", audit_codes.patient(subject))


def _feedback(record: FeedbackRecord, address: str) -> Resource:
    told = audit_codes.details(
        outcome=record.outcome,
        outcomeAt=record.outcome_at,
        reason=record.reason or ("other" if record.other_reason else ""),
        commented=record.commented or "",
        accepted=record.accepted,
    )
    what = audit_codes.logical(audit_codes.CARDS, record.card)
    data = audit_codes.entity(OBJECT, "4", "Domain Resource", what) | {"detail": told}
    about = [audit_codes.entity(OTHER, "4", "Domain Resource", audit_codes.guidance(record.decision_id))] if record.decision_id else []
    return {
        "pattern": "Create",
        **_event(Shape(_REST, (coding(REST, "create"),), "C"), "feedback", record.received_at),
        "agent": _parties("sent", audit_codes.client(record.client, record.tenant), address),
        "entity": [data, *about],
    }


def _refusal(record: RefusalRecord, address: str) -> Resource:
    """No pattern: those are of what succeeded."""
    what = audit_codes.logical(actions.URN, address + record.route if record.route.startswith("/") else address)
    return {
        **_event(Shape(_ALERT, (), "E"), "refusal", record.refused_at),
        "outcome": MINOR,
        "outcomeDesc": record.cause,
        "agent": _parties("sent", audit_codes.client(record.client), address),
        "entity": [audit_codes.entity(OTHER, "13", "Security Resource", what, route=record.route, count=record.count)],
    }


def _action(record: ActionRecord, address: str) -> Resource:
    detail = dict(record.detail)
    asked = {**_mapping(detail.pop("filter", {})), **{name: detail.pop(name) for name in (SUBJECT, DECISION) if name in detail}}
    subject, decision = str(asked.pop(SUBJECT, "")), str(asked.pop(DECISION, ""))
    shape = SEARCH if record.action == "reading" and not decision else ACTIONS[record.action]
    kind, _, name = record.actor.partition(":")
    told = _told({**detail, **({"filter": asked} if asked else {})})
    entities = [_patient(subject)] if subject else []
    if decision or record.action == "erasure":
        what = ERASED if record.action == "erasure" else audit_codes.guidance(decision)
        entities.append(audit_codes.entity(OBJECT, "4", "Domain Resource", what))
    if told:
        entities.append(audit_codes.entity(OTHER, "20", "Job", {"display": record.action}) | {"detail": told})
    event = _event(shape, record.action, record.at)
    agents = AGENTS.get(kind, _by_itself)(shape, record, name, address)
    return {"pattern": _pattern(shape, kind, subject, decision), **event, "agent": agents, "entity": entities}


def _pattern(shape: Shape, kind: str, subject: str, decision: str) -> str:
    """The pattern of a call by a client, where what the pattern asks for is there; nothing for what was done on the machine itself."""
    if kind != "client" or not shape.pattern:
        return ""
    if shape.pattern == DISCLOSURE:
        return shape.pattern if subject and decision else ""
    return ("Patient" if subject else "") + shape.pattern


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _told(detail: Mapping[str, Any]) -> list[Resource]:
    """The members of a detail as pairs; what is in a member has the names of both, and each value of a list is one more."""
    found: list[Resource] = []
    for name, value in detail.items():
        for one in value if isinstance(value, (list, tuple)) else (value,):
            found += _told({f"{name}.{key}": part for key, part in one.items()}) if isinstance(one, Mapping) else audit_codes.details(**{name: one})
    return found


def _event(shape: Shape, name: str, at: str) -> Resource:
    """The last subtype is our own word for the entry."""
    subtypes = [*shape.subtypes, coding(audit_codes.ENTRIES, name)]
    return {"type": shape.type, "subtype": subtypes, "action": shape.action, "recorded": at, "outcome": SUCCESS}


def _parties(way: str, who: Resource, address: str, *, requestor: bool = True) -> list[Resource]:
    """The client and the service."""
    client, server = PARTIES[way]
    network = {"address": address, "type": "5"}
    return [
        {"type": {"coding": [client]}, "who": who, "requestor": requestor, "network": NO_NETWORK},
        {"type": {"coding": [server]}, "who": audit_codes.software(address), "requestor": False, "network": network},
    ]


def _shown_to(user: str) -> list[Resource]:
    if not user:
        return []
    kind = coding(f"{HL7}v3-ParticipationType", "IRCP", "information recipient")
    return [{"type": {"coding": [kind]}, "who": {"reference": user}, "requestor": True}]


def _by_client(shape: Shape, record: ActionRecord, name: str, address: str) -> list[Resource]:
    first, *others = _parties(shape.parties, audit_codes.client(name, record.tenant), address)
    return [first | _role(record), *others]


def _by_user(shape: Shape, record: ActionRecord, name: str, address: str) -> list[Resource]:
    person = {"who": audit_codes.logical(audit_codes.USERS, name), "requestor": True}
    return [person | _role(record), _software(address, requestor=False)]


def _by_address(shape: Shape, record: ActionRecord, name: str, address: str) -> list[Resource]:
    return _parties(shape.parties, ANYBODY, address)


def _by_itself(shape: Shape, record: ActionRecord, name: str, address: str) -> list[Resource]:
    return [_software(address, requestor=True)]


def _software(address: str, *, requestor: bool) -> Resource:
    return {"type": {"coding": [coding(DCM, "110150", "Application")]}, "who": audit_codes.software(address), "requestor": requestor}


def _role(record: ActionRecord) -> Resource:
    return {"role": [{"text": record.role}]} if record.role else {}


AGENTS: Mapping[str, Callable[[Shape, ActionRecord, str, str], list[Resource]]] = MappingProxyType(
    {"client": _by_client, "user": _by_user, "address": _by_address}
)
"""Who did it, by how the actor begins; else it was the service itself."""
