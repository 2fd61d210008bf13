"""Words that AuditEvent and Provenance share: codings of DICOM, HL7 and IHE, our own identifiers, the place of an entry in its log."""

from dataclasses import dataclass
from typing import Any

from cds.fhir import operations
from cds.fhir.guidance import actions
from cds.values.record import AuditRecord

Resource = dict[str, Any]

DCM = "http://dicom.nema.org/resources/ontology/DCM"
HL7 = "http://terminology.hl7.org/CodeSystem/"
REST = "http://hl7.org/fhir/restful-interaction"
LIFECYCLE = f"{HL7}iso-21089-lifecycle"
OBJECT_ROLES = f"{HL7}object-role"
ENTRIES = f"{operations.BASE}/CodeSystem/ledger-entry"
"""The kinds of entries, as they are called in the ledger."""
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

PATIENTS = f"{operations.BASE}/sid/patient-pseudonym"
CLIENTS = f"{operations.BASE}/sid/client"
USERS = f"{operations.BASE}/sid/os-user"
CARDS = f"{operations.BASE}/sid/card"
RELEASES = f"{operations.BASE}/sid/release"
LOGS = f"{operations.BASE}/sid/ledger"
REQUESTS = f"{operations.BASE}/sid/request-digest"

PERSON, OBJECT, OTHER = "1", "2", "4"
"""Types of an entity (audit-entity-type). IHE allows one system object an event, so that all but what was acted on are others."""
PRODUCT = "Back Pain CDS"
PSEUDONYMS = {"system": f"{HL7}v3-ObservationValue", "code": "PSEUDED", "display": "pseudonymized"}


@dataclass(frozen=True)
class Position:
    """Where an entry stands: in which log, as which entry, with which leaf in hex; and a root in hex that covers it, of which size, where known."""

    seq: int
    leaf: str
    log: str = ""
    size: int = 0
    root: str = ""


def coding(system: str, code: str, display: str = "") -> Resource:
    """A Coding."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def logical(system: str, value: str, *, kind: str = "", display: str = "") -> Resource:
    """A Reference to what can be known and not fetched: by identifier."""
    told = {"type": kind, "identifier": {"system": system, "value": value}, "display": display}
    return {name: part for name, part in told.items() if part}


def patient(subject: str) -> Resource:
    """The Reference to a patient by the pseudonym."""
    return logical(PATIENTS, subject, kind="Patient")


def guidance(decision_id: str) -> Resource:
    """The Reference to the answer of a decision, whose identifier is the decision's id."""
    return logical(actions.URN, actions.urn(decision_id), kind="GuidanceResponse")


def client(name: str, tenant: str = "") -> Resource:
    """The Reference to a registered client, and to nobody where none is."""
    return logical(CLIENTS, f"{name}|{tenant}" if tenant else name) if name else {"display": "a caller who is not registered"}


def software(address: str) -> Resource:
    """The Reference to the service, by its public address."""
    return logical(actions.URN, address, kind="Device", display=PRODUCT)


def period(record: AuditRecord) -> Resource:
    """From the request to the decision; records of earlier versions say only the second."""
    return {name: value for name, value in (("start", record.received_at), ("end", record.decided_at)) if value}


def details(**members: object) -> list[Resource]:
    """Pairs of type and value, a pair for each value of a list; those that have nothing to say are left out."""
    pairs = [(name, one) for name, value in members.items() for one in (value if isinstance(value, (list, tuple)) else (value,))]
    return [
        {"type": name, "valueString": str(value).lower() if isinstance(value, bool) else str(value)}
        for name, value in pairs
        if value not in ("", None)
    ]


def stands(position: Position) -> Resource:
    """The entity by which a reader finds the entry in the ledger, and its proof."""
    root = {"size": position.size, "root": position.root} if position.root else {}
    return entity(OTHER, "17", "Data Repository", logical(LOGS, position.log or "ledger"), seq=position.seq, leaf=position.leaf, **root)


def entity(kind: str, role: str, name: str, what: Resource, **told: object) -> Resource:
    """An entity of an AuditEvent with its role and details."""
    found = details(**told)
    typed = {"what": what, "type": coding(f"{HL7}audit-entity-type", kind), "role": coding(OBJECT_ROLES, role, name)}
    return typed | ({"detail": found} if found else {})
