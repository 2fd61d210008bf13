"""What the service can do, as a FHIR CapabilityStatement (R4, 5.2): types, search parameters, operations and batch."""

from collections.abc import Iterable
from typing import Any

from cds.fhir import audit_searching, operations
from cds.fhir.knowledge import bundles, searching

DATE = "2026-11-22"
"""The day on which the statement last changed."""

KINDS = (*bundles.KINDS, operations.KIND)
"""The types that are read and searched."""

INTERACTIONS = ("read", "vread", "search-type")
LEDGER_INTERACTIONS = ("read", "search-type")
LEDGER = "A view of the ledger, for registered clients with the role auditor, of their own calls. Identifiers are searched with `:identifier`."
TYPES = {"_id": "token", "url": "uri", "version": "token", "status": "token", "name": "string"}
"""The type of each search parameter."""

DOCUMENTATION = (
    "Knowledge is read and searched, responses are checked, filled in and decided on. "
    "What was done is read as AuditEvent and Provenance. "
    "Nothing of a patient is stored as FHIR, so that nothing is created, updated or deleted. What is not listed answers not-supported."
)

Resource = dict[str, Any]


def statement(*, address: str, version: str) -> Resource:
    """The statement of a service that is reached at `address`; `version` is that of the software."""
    return {
        "resourceType": "CapabilityStatement",
        "id": "back-pain-cds",
        "url": f"{operations.BASE}/CapabilityStatement/back-pain-cds",
        "version": version,
        "name": "BackPainCDS",
        "title": "Back Pain CDS",
        "status": "active",
        "experimental": True,
        "date": DATE,
        "description": "Decision support for runners with low back pain. Not a medical device, not reviewed by a clinician, not for use in care.",
        "kind": "instance",
        "software": {"name": "Back Pain CDS", "version": version},
        "implementation": {"description": "The service that gives this statement.", "url": f"{address.rstrip('/')}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "documentation": DOCUMENTATION, "resource": _resources(), "interaction": [{"code": "batch"}]}],
    }


def _resources() -> list[Resource]:
    others = dict.fromkeys(one.resource for one in operations.OPERATIONS if one.resource not in KINDS)
    return [*map(_knowledge, KINDS), *map(_ledger, audit_searching.KINDS), *({"type": kind, **_operations(kind)} for kind in others)]


def _knowledge(kind: str) -> Resource:
    return {
        "type": kind,
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned",
        "searchParam": [{"name": name, "type": TYPES[name]} for name in searching.ELEMENTS],
        **_operations(kind),
    }


def _ledger(kind: str) -> Resource:
    return {
        "type": kind,
        "documentation": LEDGER,
        "interaction": [{"code": code} for code in LEDGER_INTERACTIONS],
        "versioning": "no-version",
        "searchParam": [{"name": name, "type": told} for name, told in audit_searching.TYPES[kind].items()],
    }


def _operations(kind: str) -> Resource:
    found: Iterable[operations.Operation] = (one for one in operations.OPERATIONS if one.resource == kind)
    told = [{"name": one.code, "definition": one.url, "documentation": one.text} for one in found]
    return {"operation": told} if told else {}
