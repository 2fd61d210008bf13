"""The shapes of R4, taken from the R4B models, beside HL7's JSON Schema of R4: every type that can be judged, element by element."""

from collections.abc import Iterator
from typing import Any

from cds.fhir.validation import kinds, primitives, shapes
from cds.fhir.validation.shapes import Element, Shape
from tests.fhir import oracle

Raw = dict[str, Any]
Difference = tuple[str, str, str]
UNBOUND = frozenset({"fhirVersion", "license"})
"""Elements with a list of codes in the schema, of versions and of software licences, that the shapes leave open."""
LAXER = frozenset({"modifierExtension", "_url"})
"""The schema has them on elements inside a data type, and on an extension, where R4 has none."""

KNOWN = {
    ("Expression", "language", "other codes"),
    ("Parameters_Parameter", "valueMeta", "not in the schema"),
    ("StructureMap_Source", "defaultValueMeta", "not in the schema"),
    ("Task_Input", "valueMeta", "not in the schema"),
    ("Task_Output", "valueMeta", "not in the schema"),
}
"""Where the standard is wider than its schema: an extensible list of languages, and the data type Meta."""


def pairs(kind: str) -> Iterator[tuple[str, Raw, Shape]]:
    """A resource type and every type in it: its name in the schema, its definition there, and its shape."""
    definitions = oracle.schema()["definitions"]
    waiting, seen = [(kind, shapes.of(shapes.model(kind)))], set()
    while waiting:
        name, shape = waiting.pop()
        if (name, shape.kind) in seen:
            continue
        seen.add((name, shape.kind))
        yield name, definitions[name], shape
        for member, inner in definitions[name]["properties"].items():
            element, target = shape.members.get(member), target_of(inner)
            if element and element.model and "properties" in definitions.get(target, {}):
                waiting.append((target, shapes.of(element.model)))


def target_of(property_: Raw) -> str:
    inner = property_.get("items", property_)
    return str(inner.get("$ref", "")).rpartition("/")[2]


def differences(name: str, definition: Raw, shape: Shape) -> Iterator[Difference]:
    properties = {member: one for member, one in definition["properties"].items() if member != "resourceType"}
    for member in properties.keys() - shape.members.keys() - LAXER:
        yield name, member, "not in the shape"
    for member in shape.members.keys() - definition["properties"].keys():
        if not member.startswith("_"):
            yield name, member, "not in the schema"
    for member in set(definition.get("required", ())) - {"resourceType"} - shape.required:
        yield name, member, "not required"
    for member in properties.keys() & shape.members.keys():
        yield from _differs(name, member, properties[member], shape.members[member])


def _differs(name: str, member: str, property_: Raw, element: Element) -> Iterator[Difference]:
    codes = property_.get("items", property_).get("enum")
    target = target_of(property_)
    if element.many is not (property_.get("type") == "array"):
        yield name, member, "a list or not"
    if codes and member not in UNBOUND and set(codes) != element.codes:
        yield name, member, "other codes"
    if target in primitives.KINDS and element.kind != target and not codes:
        yield name, member, f"not a {target}"


def test_the_resource_types_are_those_of_r4() -> None:
    assert set(oracle.schema()["discriminator"]["mapping"]) == kinds.RESOURCES


def test_the_elements_of_every_type_are_those_of_the_schema() -> None:
    judged = sorted(filter(shapes.judged, kinds.RESOURCES))
    found = {one for kind in judged for triple in pairs(kind) for one in differences(*triple)}
    assert found == KNOWN
    assert len(judged) > 120
