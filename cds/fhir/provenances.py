"""A decision as a Provenance (FHIR R4, 6.3): what came to be, of what, by whom, under which release."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir import audit_codes
from cds.fhir.audit_codes import HL7, Position, Resource, coding
from cds.fhir.guidance import actions
from cds.values.record import AuditRecord

ACTIVITY = coding(f"{HL7}v3-DataOperation", "CREATE", "create")
PARTICIPANTS = f"{HL7}provenance-participant-type"
REQUEST = "the request, by a digest of its bytes: salted, unless the record was opened"
RECORD = "ehr"
"""The source of a fact that the record said: what it is `of` is then a reference."""


def provenance(record: AuditRecord, position: Position, *, address: str, opened: bool) -> Resource:
    """The Provenance of the answer, whose id is the number of its entry.

    Where it is `opened`, and was not erased, also of each proposal, and with the resources of the record that a fact came from. Else these are
    left out, and the digest of the request still says what it was made of.
    """
    private = record.private.assessment if opened and record.private else {}
    release = f"{address}/fhir/Library/{record.logic.name}/_history/{record.logic.version}"
    return {
        "resourceType": "Provenance",
        "id": str(position.seq),
        "meta": {"security": [audit_codes.PSEUDONYMS]},
        "target": [audit_codes.guidance(record.decision_id), *_proposals(private)],
        "occurredPeriod": audit_codes.period(record),
        "recorded": record.decided_at,
        **({"policy": [release]} if record.logic.name else {}),
        "activity": {"coding": [ACTIVITY]},
        "agent": list(_agents(record, address)),
        "entity": [*_sources(record, private), *([_logic(record, release)] if record.logic.name else []), _place(position)],
    }


def _proposals(private: Mapping[str, Any]) -> list[Resource]:
    """What the suggestions would create, by the identifier under which the answer has it."""
    made = actions.created(private.get("cards", ()))
    return [audit_codes.logical(actions.URN, entry["fullUrl"], kind=entry["resource"]["resourceType"]) for entry in made]


def _agents(record: AuditRecord, address: str) -> Iterator[Resource]:
    """The software put it together; the client gave what it is made of."""
    yield _agent("assembler", "Assembler", audit_codes.software(address) | {"display": f"{audit_codes.PRODUCT} {record.logic.engine}"})
    yield _agent("informant", "Informant", audit_codes.client(record.client, record.tenant))


def _agent(code: str, display: str, who: Resource) -> Resource:
    return {"type": {"coding": [coding(PARTICIPANTS, code, display)]}, "who": who}


def _sources(record: AuditRecord, private: Mapping[str, Any]) -> list[Resource]:
    """The request, by its digest; the patient, by the pseudonym; and each resource of the record that a fact came from, once."""
    told = []
    if record.request_digest:
        told.append(audit_codes.logical(audit_codes.REQUESTS, record.request_digest, display=REQUEST))
    if record.subject:
        told.append(audit_codes.patient(record.subject))
    facts = private.get("facts", {}).values()
    told += [{"reference": one} for one in dict.fromkeys(fact["of"] for fact in facts if fact["source"] == RECORD)]
    return [{"role": "source", "what": what} for what in told]


def _logic(record: AuditRecord, release: str) -> Resource:
    what = {"reference": release, "type": "Library", "identifier": {"system": audit_codes.RELEASES, "value": record.logic.digest}}
    return {"role": "derivation", "what": what | {"display": f"{record.logic.name} {record.logic.version}"}}


def _place(position: Position) -> Resource:
    """Where the record itself is: number, and leaf in hex, in the log of that name."""
    what = audit_codes.logical(audit_codes.LOGS, f"{position.log or 'ledger'}#{position.seq}", display=f"leaf {position.leaf}")
    return {"role": "quotation", "what": what}
