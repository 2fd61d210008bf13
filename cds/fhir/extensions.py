"""Extensions of an element: their values by name, and those that hold expressions (FHIR R4, Extensibility; SDC)."""

from collections.abc import Mapping
from typing import Any

from cds.fhir import concepts

HL7 = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
_PREPARING = frozenset(
    {"variable"}
    | {f"sdc-questionnaire-{name}Expression" for name in ("initial", "candidate", "context")}
    | {f"sdc-questionnaire-{name}Context" for name in ("launch", "item", "itemPopulation", "itemExtraction")}
)
"""Extensions whose expressions prepare or read out a form (SDC), and so make no answer wrong."""


_COMPUTING = frozenset({HL7 + "cqf-expression", HL7 + "cqf-calculatedValue"})
"""Extensions by which an expression gives the value of the primitive that they stand on; in R4 the second names the expression in words."""


def unjudged(element: Mapping[str, Any]) -> tuple[str, ...]:
    """The last words of the urls of extensions that constrain an answer by an expression, on the element or one of its primitives."""
    primitives = (concepts.mapping(value) for name, value in element.items() if name.startswith("_") and name != "_text")
    held = [one for part in (element, *primitives) for one in concepts.objects(part.get("extension"))]
    names = [concepts.text(one.get("url")).rpartition("/")[2] for one in held if _judges(one)]
    return tuple(dict.fromkeys(name for name in names if name not in _PREPARING))


def computed(element: Mapping[str, Any], name: str) -> bool:
    """True where an expression gives the value of a primitive of the element: what stands in it is not what holds."""
    return any(map(_judges, concepts.objects(concepts.mapping(element.get(f"_{name}")).get("extension"))))


def _judges(extension: Mapping[str, Any]) -> bool:
    parts = [extension, *concepts.objects(extension.get("extension"))]
    told = any("valueExpression" in part or part.get("url") == "expression" for part in parts)
    return told or extension.get("url") in _COMPUTING or any(computed(extension, name[1:]) for name in extension if name.startswith("_value"))


def values(element: Mapping[str, Any], name: str) -> list[Any]:
    """The values of every extension of that HL7 name, or of that whole url, but those that an expression gives."""
    url = name if "://" in name else HL7 + name
    found = [item for item in concepts.objects(element.get("extension")) if item.get("url") == url]
    return [value for item in found for key, value in item.items() if key.startswith("value") and not computed(item, key)]


def value(element: Mapping[str, Any], name: str) -> Any:
    """The first of these values; None where there is none."""
    found = values(element, name)
    return found[0] if found else None
