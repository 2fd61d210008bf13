"""Rules between the elements of one type of FHIR R4 that are held here (the codes are the standard's own).

Those of a whole resource are held where the resource is checked: the rules of a response, and those of a Questionnaire.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, dating
from cds.foundation.errors import Diagnostic

Held = Mapping[str, Any]


def broken(kind: str, held: Held, place: str) -> Iterator[Diagnostic]:
    """The invariants of that type that the object breaks."""
    for holds, text in _RULES.get(kind, ()):
        if not holds(held):
            yield Diagnostic("error", "invariant", text, place)


def _extended(held: Held) -> bool:
    valued = any(name.lstrip("_").startswith("value") for name in held)
    return valued is not ("extension" in held)


def _coded(held: Held) -> bool:
    return "code" not in held or "system" in held or "_system" in held


def _ordered(held: Held) -> bool:
    start, end = dating.read(held.get("start")), dating.read(held.get("end"))
    return start is None or end is None or start.earliest <= end.latest


def _typed(held: Held) -> bool:
    return "data" not in held or "contentType" in held or "_contentType" in held


def _reached(held: Held) -> bool:
    return "value" not in held or "system" in held or "_system" in held


def _single(held: Held) -> bool:
    holds = ["resource" in held, "part" in held, any(name.lstrip("_").startswith("value") for name in held)]
    return holds.count(True) == 1


def _flat(held: Held) -> bool:
    return all("contained" not in one for one in concepts.objects(held.get("contained")))


_QUANTITY = ((_coded, "A quantity with a code has the system of that code. Send it (qty-3)."),)
_RULES: Mapping[str, tuple[tuple[Callable[[Held], bool], str], ...]] = MappingProxyType(
    {
        "Extension": ((_extended, "An extension has a value or extensions of its own, and not both (ext-1)."),),
        **dict.fromkeys(("Quantity", "Age", "Count", "Distance", "Duration"), _QUANTITY),
        "Period": ((_ordered, "A period ends no earlier than it starts (per-1)."),),
        "Attachment": ((_typed, "An attachment with data has a contentType. Send it (att-1)."),),
        "ContactPoint": ((_reached, "A contact point with a value has a system. Send it (cpt-2)."),),
        "ParametersParameter": ((_single, "A parameter has a value, a resource or parts, and only one of these (inv-1)."),),
        "resource": ((_flat, "A contained resource contains no other. Put all of them into the outer one (dom-2)."),),
    }
)
