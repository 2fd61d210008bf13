"""The parameters of an operation (FHIR R4, Parameters), each with its place; read leniently, and what is not read is told."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds.fhir import concepts
from cds.foundation.errors import Diagnostic

KIND = "Parameters"


@dataclass(frozen=True)
class Part:
    """One parameter: its resource, or the text of its value[x]; the other is None or empty. `place` is its FHIRPath, empty in a query."""

    name: str
    place: str
    resource: Mapping[str, Any] | None
    text: str = ""


def of_body(document: Mapping[str, Any], name: str) -> tuple[Part, ...]:
    """The parameters of a body; one that is a resource itself is the parameter of that name."""
    if document.get("resourceType") != KIND:
        return (Part(name, "", document),)
    return tuple(_part(one, f"{KIND}.parameter[{position}]") for position, one in enumerate(_members(document)))


def of_query(arguments: Iterable[tuple[str, str]]) -> tuple[Part, ...]:
    """The parameters in an address; those that FHIR has for every address begin with `_` and are left out."""
    return tuple(Part(name, "", None, text) for name, text in arguments if not name.startswith("_"))


def resource(parts: Iterable[Part], *names: str) -> Part | None:
    """The first parameter of those names that is a resource."""
    return next((part for part in parts if part.name in names and part.resource is not None), None)


def text(parts: Iterable[Part], name: str) -> Part | None:
    """The first parameter of that name that has a value."""
    return next((part for part in parts if part.name == name and part.text), None)


def unread(parts: Iterable[Part], resources: Collection[str], texts: Collection[str]) -> Iterator[Diagnostic]:
    """What stands twice, has not the value that it should have, or is no parameter of the operation; no name is repeated."""
    seen: set[str] = set()
    known = ", ".join((*resources, *texts))
    for part in parts:
        if part.name not in resources and part.name not in texts:
            yield Diagnostic("warning", "not-supported", f"Not a parameter of this operation, and not read. It takes {known}.", part.place)
        elif part.name in seen:
            yield Diagnostic("error", "structure", f"The parameter {part.name} stands twice; only the first was read. Send it once.", part.place)
        elif (part.name in texts and not part.text) or (part.name in resources and part.resource is None):
            wanted = "value" if part.name in texts else "resource"
            yield Diagnostic("error", "structure", f"The parameter {part.name} has no {wanted}. Send it with one.", part.place)
        seen.add(part.name)


def _members(document: Mapping[str, Any]) -> list[Any]:
    held = document.get("parameter")
    return held if isinstance(held, list) else []


def _part(raw: Any, place: str) -> Part:
    held = concepts.mapping(raw)
    sent = held.get("resource")
    value = next((value for name, value in held.items() if name.startswith("value")), None)
    return Part(concepts.text(held.get("name")), place, sent if isinstance(sent, Mapping) else None, concepts.text(value))
