"""How much of each resource found is sent: `_elements` and `_summary` (FHIR R4, 3.1.1.5.8 and 3.1.1.5.9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cds.fhir.knowledge.publication import Resource
from cds.foundation.errors import Diagnostic, WrongShape

ELEMENTS = "_elements"
SUMMARY = "_summary"
NAMES = (ELEMENTS, SUMMARY)

ALWAYS = ("resourceType", "id", "meta", "status")
MANDATORY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"Library": ("type",), "CodeSystem": ("content",), "OperationDefinition": ("name", "kind", "code", "system", "type", "instance")}
)
"""What is sent whatever is asked for, beside what identifies a resource: no resource of the type is valid without it."""

COMMON = ("implicitRules", "url", "version", "name", "title", "experimental", "date", "publisher", "contact", "useContext", "jurisdiction")
ASSET = ("identifier", "type", "description", "effectivePeriod")
SUMMARISED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "PlanDefinition": ASSET,
        "Library": (*ASSET, "content"),
        "Questionnaire": ("identifier", "subjectType", "effectivePeriod", "code"),
        "ValueSet": ("identifier", "immutable"),
        "CodeSystem": (
            *("identifier", "caseSensitive", "valueSet", "hierarchyMeaning", "compositional", "versionNeeded"),
            *("content", "supplements", "count", "filter", "property"),
        ),
        "OperationDefinition": ("kind", "affectsState", "code", "base", "resource", "system", "type", "instance"),
    }
)
"""The elements that FHIR marks as summary, by type; those of all types stand in `COMMON`."""

TAG: Mapping[str, str] = MappingProxyType({"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"})
"""Marks a resource of which a part was left out, so that nobody takes it for the whole."""


@dataclass(frozen=True)
class View:
    """How much is sent: whole resources, no more than some `elements` of each, a `summary` of each, or with `count` only how many there are."""

    elements: frozenset[str] = frozenset()
    summary: bool = False
    count: bool = False

    def of(self, resource: Resource) -> Resource:
        """The resource, or the part of it that is wanted, marked as a part."""
        if not (self.elements or self.summary):
            return resource
        kind, meta = resource["resourceType"], resource.get("meta", {})
        wanted = {*ALWAYS, *MANDATORY.get(kind, ()), *((*COMMON, *SUMMARISED[kind]) if self.summary else self.elements)}
        part = {name: value for name, value in resource.items() if name.removeprefix("_") in wanted}
        return part | {"meta": {**meta, "tag": [*meta.get("tag", ()), dict(TAG)]}}


KINDS: Mapping[str, View] = MappingProxyType({"true": View(summary=True), "count": View(count=True), "false": View()})


def view(sent: Mapping[str, str]) -> View:
    """The view of a search; WrongShape for both parameters at once and for a summary of another kind."""
    elements, summary = sent.get(ELEMENTS), sent.get(SUMMARY, "false")
    if elements and summary != "false":
        raise _refused("_elements and _summary exclude each other. Send one of them.")
    if elements:
        return View(frozenset(name.strip().rpartition(".")[2] for name in elements.split(",")))
    if summary not in KINDS:
        raise _refused(f"This summary is not given here. Those given are {', '.join(KINDS)}.")
    return KINDS[summary]


def _refused(text: str) -> WrongShape:
    return WrongShape(text, more=(Diagnostic("error", "not-supported", text),))
