"""The choices of an item: from its options, its value set, a yes and a no, or a short scale of whole numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts
from cds.fhir.questionnaire import Item

_BASE = "http://hl7.org/fhir/StructureDefinition/"
_YES_NO: Mapping[bool, str] = MappingProxyType({True: "Yes", False: "No"})
_CODING = "valueCoding"
_SCALE = 10
"""A whole number from a range no longer than this is chosen, not typed: a finger finds a button sooner than a key."""


@dataclass(frozen=True)
class Choice:
    """One choice: `key` is what the field says, `full` a key with its system, and `value` with the name of its value[x] what is answered."""

    key: str
    full: str
    label: str
    name: str
    value: Any
    exclusive: bool = False

    def named(self, key: str) -> "Choice":
        """The same choice under another key."""
        return replace(self, key=key)


def choices(raw: Mapping[str, Any], item: Item, value_sets: Mapping[str, Mapping[str, Any]]) -> Iterator[Choice]:
    """The choices in their order; none for an item that is typed, or whose value set is not held."""
    if item.type == "boolean":
        yield from (Choice(str(value).lower(), str(value).lower(), label, "valueBoolean", value) for value, label in _YES_NO.items())
    elif item.type == "integer" and not item.repeats:
        for number in scale(item.bounds.minimum, item.bounds.maximum):
            yield Choice(str(number), str(number), str(number), "valueInteger", number)
    elif item.type in ("choice", "open-choice"):
        for option in raw.get("answerOption", ()):
            name = next(key for key in option if key.startswith("value"))
            yield replace(_choice(name, option[name]), exclusive=_is_exclusive(option))
        yield from (_choice(_CODING, coding) for coding in _codings(value_sets, concepts.text(raw.get("answerValueSet"))))


def units(raw: Mapping[str, Any], value_sets: Mapping[str, Mapping[str, Any]]) -> Iterator[Choice]:
    """The units that a quantity may have: those offered, those of its value set, else the one that it is asked or was filled in with."""
    offered = [one for one in extended(raw, "questionnaire-unitOption") if isinstance(one, Mapping)]
    held = [one for canonical in extended(raw, "questionnaire-unitValueSet") for one in _codings(value_sets, concepts.text(canonical))]
    yield from (_choice(_CODING, coding) for coding in (*offered, *held) or extended(raw, "questionnaire-unit") or _begun_with(raw))


def scale(low: object, high: object) -> range:
    """The whole numbers of a short range that has both ends; empty for all else."""
    if not isinstance(low, Decimal) or not isinstance(high, Decimal) or high - low > _SCALE or low % 1 or high % 1:
        return range(0)
    return range(int(low), int(high) + 1)


def _choice(name: str, value: Any) -> Choice:
    if not isinstance(value, Mapping):
        return Choice(str(value), str(value), str(value), name, value)
    code, display = concepts.text(value.get("code")), concepts.text(value.get("display"))
    key = code or display or concepts.text(value.get("reference"))
    return Choice(key, f"{concepts.text(value.get('system'))}|{key}", display or key, name, value)


def _begun_with(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    quantities = (concepts.mapping(one.get("valueQuantity")) for one in raw.get("initial", ()))
    said = ({"system": one.get("system"), "code": one.get("code"), "display": one.get("unit")} for one in quantities)
    return [_coding(one) for one in said if one["code"] or one["display"]][:1]


def _is_exclusive(option: Mapping[str, Any]) -> bool:
    return True in extended(option, "questionnaire-optionExclusive")


def _codings(value_sets: Mapping[str, Mapping[str, Any]], canonical: str) -> Iterator[Mapping[str, Any]]:
    value_set = value_sets.get(canonical) or value_sets.get(canonical.partition("|")[0], {})
    held = concepts.mapping(value_set.get("expansion")).get("contains")
    if held is not None:
        yield from _expanded(held)
        return
    for included in concepts.objects(concepts.mapping(value_set.get("compose")).get("include")):
        for concept in concepts.objects(included.get("concept")):
            yield _coding({"system": included.get("system"), **concept})


def _expanded(contains: object) -> Iterator[Mapping[str, Any]]:
    for one in concepts.objects(contains):
        if "code" in one and one.get("abstract") is not True:
            yield _coding(one)
        yield from _expanded(one.get("contains"))


def _coding(concept: Mapping[str, Any]) -> Mapping[str, Any]:
    return {part: concept[part] for part in ("system", "code", "display") if concept.get(part)}


def extended(element: Mapping[str, Any], name: str) -> list[Any]:
    """The values of the extensions of that HL7 name."""
    found = [one for one in concepts.objects(element.get("extension")) if one.get("url") == _BASE + name]
    return [value for one in found for key, value in one.items() if key.startswith("value")]
