"""The elements of each type of FHIR R4 as the metadata of the R4B models give them, with what R4 has otherwise.

The only module that looks into fhir.resources; a model class is imported when its type is first met. HL7's JSON Schema
of R4 is the oracle for these shapes in the tests.
"""

import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType, NoneType

from fhir.resources.R4B import get_fhir_model_class
from fhir.resources.R4B.fhirprimitiveextension import FHIRPrimitiveExtension
from fhir_core.constraints import FHIR_PRIMITIVES_MAPS
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from fhir_core.types import FhirBase, FhirElementOrResourceBase

from cds.fhir.validation import bindings, kinds, primitives

_LATER = frozenset({("ActivityDefinition", "subjectCanonical"), ("PlanDefinition", "subjectCanonical"), ("PlanDefinitionAction", "subjectCanonical")})
"""Elements of R4B that R4 does not have."""
_LATER_TYPES = frozenset({"CodeableReference", "RatioRange"})
"""Data types of R4B that R4 does not have."""
_BARE = frozenset({("Extension", "url")})
"""Primitives besides ids that have no extensions (FHIR R4, Extensibility)."""
_REMADE = frozenset({"Evidence", "EvidenceVariable"})
"""Resource types of R4 that R4B made anew."""
EXTENSION = "Element"
"""The kind of the members that begin with `_`."""
ANY = "Resource"
"""The kind of an element that holds a resource of any type."""


@dataclass(frozen=True)
class Element:
    """One member of a JSON object: `kind` is a primitive type, `Element`, `Resource`, or the type behind `model`.

    `name` is its name in FHIRPath, that of the whole choice for one of value[x]; `codes` are empty where any code may stand.
    """

    name: str
    kind: str
    many: bool
    codes: frozenset[str]
    required: bool
    model: type[FHIRAbstractModel] | None


@dataclass(frozen=True)
class Shape:
    """The elements of a type by their JSON names; `resource` says whether it has a resourceType."""

    kind: str
    resource: bool
    members: Mapping[str, Element]
    required: frozenset[str]


def judged(kind: str) -> bool:
    """True for a resource type of R4 that the R4B models can judge."""
    if kind not in kinds.RESOURCES or kind in _REMADE:
        return False
    try:
        get_fhir_model_class(kind)
    except (ValueError, ImportError):
        return False
    return True


def model(kind: str) -> type[FHIRAbstractModel]:
    """The R4B model of a resource type that is judged."""
    return get_fhir_model_class(kind)


@cache
def of(made: type[FHIRAbstractModel]) -> Shape:
    """The shape of a type by its model."""
    hints = typing.get_type_hints(made, include_extras=True)
    kind = made.__resource_type__
    names = [name for name in made.model_fields if name != "fhir_comments" and not name.endswith("__ext")]
    found = dict(_element(kind, name, made, hints[name]) for name in names)
    members = {name: element for name, element in found.items() if element.kind not in _LATER_TYPES and (kind, name) not in _LATER}
    extended = {f"_{name}": _extended(one) for name, one in members.items() if one.kind in primitives.KINDS and (kind, name) not in _BARE}
    members |= {name: element for name, element in extended.items() if name != "_id"}
    required = frozenset(element.name for element in members.values() if element.required)
    return Shape(kind, made.has_resource_base(), MappingProxyType(members), required)


def _extended(element: Element) -> Element:
    """The member beside a primitive that begins with `_`; it has the FHIRPath name of the primitive."""
    return replace(element, kind=EXTENSION, codes=frozenset(), required=False, model=FHIRPrimitiveExtension)


def _element(kind: str, name: str, made: type[FHIRAbstractModel], hint: object) -> tuple[str, Element]:
    field = made.model_fields[name]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    alias, group = field.alias or name, str(extra.get("one_of_many", ""))
    required = field.is_required() or bool(extra.get("element_required")) or bool(extra.get("one_of_many_required"))
    what, many, inner = _type(hint)
    if alias == "id" and made.has_resource_base():
        what = "id"
    listed = frozenset(map(str, typing.cast("list[str]", extra.get("enum_values", ()))))
    codes = bindings.codes(kind, alias, listed) if what == "code" else frozenset()
    return alias, Element(group or alias, what, many, codes, required, inner)


def _type(hint: object) -> tuple[str, bool, type[FHIRAbstractModel] | None]:
    """The kind of a type hint, whether it is a list, and the model behind it."""
    arguments = [one for one in typing.get_args(hint) if one is not NoneType]
    if typing.get_origin(hint) is list:
        what, _, inner = _type(arguments[0])
        return what, True, inner
    if isinstance(hint, type) and issubclass(hint, FhirBase):
        return (ANY, False, None) if issubclass(hint, FhirElementOrResourceBase) else _complex(hint)
    if hint in FHIR_PRIMITIVES_MAPS:
        return FHIR_PRIMITIVES_MAPS[hint], False, None
    return _type(arguments[0])


def _complex(hint: type[FhirBase]) -> tuple[str, bool, type[FHIRAbstractModel]]:
    inner = hint.get_model_klass()
    return inner.__resource_type__, False, inner
