"""Resources that are surely not of FHIR R4: by a type, or by an element in a form, that only another version has (row C8)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts

OTHER_TYPES = frozenset(
    {"MedicationOrder", "DiagnosticOrder", "ProcedureRequest", "ReferralRequest", "DeviceUseRequest", "ProcessRequest", "RequestOrchestration"}
)
"""Orders of DSTU2, STU3 and R5 that R4 calls by other names."""

OTHER_FORMS: Mapping[str, Mapping[str, type]] = MappingProxyType(
    {
        "QuestionnaireResponse": {"questionnaire": dict, "parent": list},
        "Patient": {"animal": dict, "careProvider": list},
        "MedicationRequest": {"medication": dict},
    }
)
"""Elements that R4 has not, or not as this type of JSON."""


def is_other(resource: object) -> bool:
    """True where the resource cannot be FHIR R4; False for all that R4 might have, however badly written."""
    held = concepts.mapping(resource)
    kind = concepts.text(held.get("resourceType"))
    forms = OTHER_FORMS.get(kind, {})
    return kind in OTHER_TYPES or any(isinstance(held.get(name), form) for name, form in forms.items()) or _refers_to_a_concept(held, kind)


def other_in(sent: object) -> bool:
    """True where a resource, or one of a Bundle of them, cannot be FHIR R4."""
    entries = concepts.objects(concepts.mapping(sent).get("entry"))
    return is_other(sent) or any(is_other(entry.get("resource")) for entry in entries)


def _refers_to_a_concept(resource: Mapping[str, Any], kind: str) -> bool:
    """The code of an order in R5: a concept within a CodeableReference."""
    return kind == "ServiceRequest" and isinstance(concepts.mapping(resource.get("code")).get("concept"), dict)
