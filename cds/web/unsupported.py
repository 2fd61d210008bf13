"""What FHIR knows and this service does not: said as not-supported, with what to do instead, and never with what was asked for."""

from cds.fhir import audit_searching, capability, operations
from cds.foundation.errors import Diagnostic

BASE = "/fhir/"
SEE = "GET /fhir/metadata tells what there is."

OPERATION = Diagnostic("error", "not-supported", f"There is no such operation here. {SEE}")
TYPE = Diagnostic("error", "not-supported", f"Resources of this type are not served here. {SEE}")
HISTORY = Diagnostic(
    "error", "not-supported", "No list of versions is served. Search with the parameter version, or read one version by /_history/ and its number."
)
READ_ONLY = Diagnostic("error", "not-supported", "The knowledge is read only. The Allow header names the methods of this address.")
RECORDED = Diagnostic(
    "error", "not-supported", "The ledger is written by what happens, and by no call. The Allow header names the methods of this address."
)
WHOLE = Diagnostic("error", "not-supported", f"At this address only a Bundle of type batch is taken, by POST. {SEE}")
RESPONSE = Diagnostic(
    "error",
    "not-supported",
    "Responses are neither stored nor served here. POST one to /fhir/QuestionnaireResponse/$validate to have it checked, "
    "to /fhir/QuestionnaireResponse/$evaluate for advice, or to /fhir/Questionnaire/$process-response to have it taken as a form receiver does.",
)

RESPONSES = "QuestionnaireResponse"
SERVED = (*capability.KINDS, *audit_searching.KINDS, RESPONSES)
OPERATIONS = {f"${one.code}" for one in operations.OPERATIONS}


def is_fhir(path: str) -> bool:
    """Whether an address is one of FHIR's."""
    return f"{path}/".startswith(BASE)


def no_address(path: str) -> Diagnostic | None:
    """Why nothing is at an address of FHIR's; None for an address that is none, and where only the id is unknown."""
    if not path.startswith(BASE):
        return None
    kind, *rest = path.removeprefix(BASE).split("/")
    if any(part.startswith("$") for part in (kind, *rest)):
        return OPERATION
    if kind not in SERVED:
        return TYPE
    if kind == RESPONSES:
        return RESPONSE
    return HISTORY if "_history" in rest else None


def no_method(path: str) -> Diagnostic | None:
    """Why an address of FHIR's does not take the method; None for one that is none, and for an operation."""
    if path in (BASE, BASE.removesuffix("/")):
        return WHOLE
    kind, *rest = path.removeprefix(BASE).split("/")
    if kind in audit_searching.KINDS:
        return RECORDED
    return READ_ONLY if kind in capability.KINDS and not OPERATIONS.intersection(rest) else None
