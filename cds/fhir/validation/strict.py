"""The JSON of a resource against the shapes of FHIR R4, to the letter: names, types, lists, nulls, required elements, choices, codes.

No text holds anything of the resource, and no path a name that FHIR does not have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds.fhir import concepts
from cds.fhir.validation import invariants, kinds, primitives, shapes
from cds.fhir.validation.shapes import Element, Shape
from cds.foundation.errors import Diagnostic

_MAX_DEPTH = 64
"""Levels of nesting: twice what is read from outside, and fewer than the models break at."""
EMPTY = "An element is null or empty. Leave it out."
_KIND = "A value of another type or form than this element has. Send it as FHIR R4 writes that type."
_MISSING = "A required element is missing. Add it."
_SHAPE = "Not the structure of FHIR R4: an element that is not known here, or a list or object where another is expected."


@dataclass(frozen=True)
class Place:
    """Where something stands: its FHIRPath, how deep, and the ids that `#` may refer to there."""

    path: str
    depth: int = 0
    ids: frozenset[str] = frozenset()

    def member(self, name: str) -> "Place":
        return Place(f"{self.path}.{name}", self.depth + 1, self.ids)

    def at(self, position: int) -> "Place":
        return Place(f"{self.path}[{position}]", self.depth, self.ids)


def problems(raw: Any, kind: str) -> Iterator[Diagnostic]:
    """Every breach in a resource that should be of that type, each with its FHIRPath."""
    if not isinstance(raw, Mapping) or raw.get("resourceType") != kind:
        yield Diagnostic("error", "structure", f"Not a {kind}. Send one, with its resourceType.", f"{kind}.resourceType")
    else:
        yield from _resource(raw, Place(kind))


def _resource(raw: Any, place: Place) -> Iterator[Diagnostic]:
    kind = concepts.text(concepts.mapping(raw).get("resourceType"))
    if kind not in kinds.RESOURCES:
        yield _error("structure", "A resource without a type of FHIR R4. Send it with its resourceType, or leave it out.", place)
    elif not shapes.judged(kind):
        yield _error("not-supported", "A resource of a type that cannot be checked here. Leave it out.", place)
    else:
        contained = concepts.objects(raw.get("contained"))
        ids = frozenset(concepts.text(one.get("id")) for one in contained) | (place.ids if "#" in place.ids else {"#"})
        yield from invariants.broken("resource", raw, place.path)
        yield from _object(raw, shapes.of(shapes.model(kind)), Place(place.path, place.depth, ids))


def _object(raw: Any, shape: Shape, place: Place, *, valued: bool = False) -> Iterator[Diagnostic]:
    """An id alone says nothing, but where it stands beside the value of a primitive (`valued`; ele-1)."""
    if not isinstance(raw, Mapping):
        yield _error("structure", _SHAPE, place)
    elif place.depth > _MAX_DEPTH:
        yield _error("structure", "Nested too deeply. Send a flatter resource.", place)
    elif not shape.resource and raw.keys() <= {"id"} and not (valued and raw):
        yield _error("structure", EMPTY, place)
    else:
        yield from _members(raw, shape, place)
        yield from _complete(raw, shape, place)
        yield from invariants.broken(shape.kind, raw, place.path)


def _members(raw: Mapping[str, Any], shape: Shape, place: Place) -> Iterator[Diagnostic]:
    known = shape.members
    if raw.keys() - known.keys() - ({"resourceType"} if shape.resource else set()):
        yield _error("structure", _SHAPE, place)
    for name, value in raw.items():
        if name in known:
            yield from _member(value, known[name], raw.get(_twin(name)), place)


def _twin(name: str) -> str:
    """The member that holds the extensions of a primitive, and the primitive of such a member."""
    return name[1:] if name[0] == "_" else f"_{name}"


def _complete(raw: Mapping[str, Any], shape: Shape, place: Place) -> Iterator[Diagnostic]:
    """Required elements are there, if only by an extension; of a choice there is one."""
    given = {name.lstrip("_") for name in raw if name in shape.members}
    present = [shape.members[name].name for name in given]
    for name in sorted(shape.required - set(present)):
        yield _error("required", _MISSING, place.member(name))
    for name in sorted({name for name in present if present.count(name) > 1}):
        yield _error("structure", "More than one type of this element. Send one.", place.member(name))


def _member(value: Any, element: Element, twin: Any, place: Place) -> Iterator[Diagnostic]:
    here = place.member(element.name)
    if value is None or value in ([], {}):
        yield _error("structure", EMPTY, here)
    elif element.many is not isinstance(value, list):
        yield _error("structure", _SHAPE, here)
    elif not element.many:
        yield from _value(value, element, here, beside=twin)
    else:
        for position, one in enumerate(value):
            if not (one is None and _paired(element, twin, position)):
                yield from _value(one, element, here.at(position), beside=_at(twin, position))


def _at(twin: Any, position: int) -> Any:
    return twin[position] if isinstance(twin, list) and position < len(twin) else None


def _paired(element: Element, twin: Any, position: int) -> bool:
    """A null in a list of primitives keeps the place of an extension, and the other way round (FHIR R4, JSON)."""
    primitive = element.kind == shapes.EXTENSION or (element.model is None and element.kind != shapes.ANY)
    return primitive and isinstance(twin, Sequence) and position < len(twin) and twin[position] is not None


def _value(value: Any, element: Element, place: Place, *, beside: Any) -> Iterator[Diagnostic]:
    if value is None:
        yield _error("structure", EMPTY, place)
    elif element.kind == shapes.ANY:
        yield from _resource(value, Place(place.path, place.depth + 1, place.ids))
    elif element.model is not None:
        yield from _object(value, shapes.of(element.model), place, valued=element.kind == shapes.EXTENSION and beside is not None)
        if element.kind == "Reference":
            yield from _local(value, place)
    elif isinstance(value, (Mapping, list)):
        yield _error("structure", _SHAPE, place)
    elif not primitives.takes(element.kind, value):
        yield _error("value", _KIND, place)
    elif element.codes and value not in element.codes:
        yield _error("code-invalid", f"Not a code that FHIR R4 has here. Use one of: {', '.join(sorted(element.codes))}.", place)


def _local(value: Any, place: Place) -> Iterator[Diagnostic]:
    """A reference by `#` is to a resource that is contained; `#` alone to the one that contains it."""
    reference = concepts.text(concepts.mapping(value).get("reference"))
    if reference.startswith("#") and reference != "#" and reference[1:] not in place.ids:
        yield _error("invariant", "A reference to a contained resource that is not there. Contain it, or refer to another (ref-1).", place)


def _error(code: str, text: str, place: Place) -> Diagnostic:
    return Diagnostic("error", code, text, place.path)
