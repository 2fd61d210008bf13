"""Elements that may turn the meaning of what holds them (FHIR R4, Extensibility: modifierExtension; Resource: implicitRules).

None of them is understood here, and FHIR lets nobody pass over one. So what has one is not taken at its word.
"""

from collections.abc import Mapping
from typing import Any

from cds.fhir import concepts

EXTENSION = "modifierExtension"
RULES = "implicitRules"
_READ = ("component", "contained", "dosage", "dosageInstruction", "ingredient", "reaction")
"""The parts of the resources of a record that are read and may have a modifier of their own."""


def has(element: object) -> bool:
    """True for an element with a modifier, which holds for all that stands in it."""
    return bool(concepts.mapping(element).get(EXTENSION))


def of_resource(resource: object) -> tuple[str, ...]:
    """The elements of a resource that modify the whole of it."""
    held = concepts.mapping(resource)
    ruled = (RULES,) if held.get(RULES) or held.get(f"_{RULES}") else ()
    return (*ruled, EXTENSION) if has(held) else ruled


def anywhere(resource: Mapping[str, Any]) -> bool:
    """True for a resource of a record with a modifier of the whole of it, or of a part that is read."""
    if of_resource(resource):
        return True
    return any(of_resource(part) for name in _READ if name in resource for part in concepts.objects(resource[name]))
