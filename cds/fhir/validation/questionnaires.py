"""A Questionnaire that was not released here, before a response is checked against it: bounded, FHIR R4, and fit to be indexed.

The models of R4 come first, then what they do not say: linkIds, conditions, and which elements go with which type of item
(FHIR R4, Questionnaire, rules que-1 to que-13). No text holds anything of the Questionnaire; its places are told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, extensions, items, limits, modifiers, questionnaire
from cds.fhir.validation import models
from cds.foundation.errors import Diagnostic

ROOT = "Questionnaire"
_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
_SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
_BOUND = frozenset({"valueInteger", "valueDecimal", "valueDate", "valueDateTime", "valueTime", "valueQuantity"})
VALUES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        _EXTENSION + "minValue": _BOUND,
        _EXTENSION + "maxValue": _BOUND,
        _SDC + "sdc-questionnaire-minQuantity": frozenset({"valueQuantity"}),
        _SDC + "sdc-questionnaire-maxQuantity": frozenset({"valueQuantity"}),
        _EXTENSION + "minLength": frozenset({"valueInteger"}),
        _EXTENSION + "maxDecimalPlaces": frozenset({"valueInteger"}),
        _EXTENSION + "regex": frozenset({"valueString"}),
        _EXTENSION + "mimeType": frozenset({"valueCode"}),
        _EXTENSION + "maxSize": frozenset({"valueDecimal"}),
        _EXTENSION + "questionnaire-minOccurs": frozenset({"valueInteger"}),
        _EXTENSION + "questionnaire-maxOccurs": frozenset({"valueInteger"}),
        _EXTENSION + "questionnaire-unitOption": frozenset({"valueCoding"}),
        _EXTENSION + "questionnaire-unitValueSet": frozenset({"valueCanonical"}),
        _EXTENSION + "questionnaire-referenceResource": frozenset({"valueCode"}),
        _EXTENSION + "questionnaire-optionExclusive": frozenset({"valueBoolean"}),
    }
)
"""The value[x] of each extension that a response is checked by."""
_TYPES = frozenset(questionnaire.VALUE_NAMES) | {"group", "display", "question", "open-choice"}
_CHOICES = frozenset({"choice", "open-choice"})
_LISTS = _CHOICES | frozenset({"decimal", "integer", "date", "dateTime", "time", "string", "quantity"})
_LENGTHS = frozenset({"boolean", "decimal", "integer", "string", "text", "url", "open-choice"})
_PARTS = ("enableWhen", "answerOption", "initial")
_MODIFIER = "A modifier that is not understood here: what it stands in may mean something else. Send it without."
_DISPLAY = frozenset({"display"})
_NOT_WITH: tuple[tuple[frozenset[str], frozenset[str], str], ...] = (
    (_DISPLAY, frozenset({"item"}), "A display has no items. Make it a group (que-1)."),
    (_DISPLAY, frozenset({"code"}), "A display has no code. Leave it out (que-3)."),
    (_DISPLAY, frozenset({"required", "repeats"}), "A display is neither required nor repeated. Leave that out (que-6)."),
    (_DISPLAY, frozenset({"readOnly"}), "A display is not read-only. Leave that out (que-9)."),
    (_DISPLAY | {"group"}, frozenset({"initial"}), "A group or a display has no initial value. Leave it out (que-8)."),
    (_TYPES - _LISTS, frozenset({"answerOption"}), "Options on an item of a type that has none. Make it a choice (que-5)."),
    (_TYPES - _CHOICES, frozenset({"answerValueSet"}), "A value set on an item that is no choice. Make it one (que-5)."),
    (_TYPES - _LENGTHS, frozenset({"maxLength"}), "A greatest length on an item of a type that has none. Leave it out (que-10)."),
)
"""Types of items, the elements that they do not have, and what is told of one that has them."""


@dataclass(frozen=True)
class Placed:
    """An item with its FHIRPath."""

    item: Mapping[str, Any]
    place: str


def problems(sent: Mapping[str, Any]) -> list[Diagnostic]:
    """Why a response cannot be checked against it, each with its place; none where it can."""
    if sent.get("resourceType") != ROOT:
        return [Diagnostic("error", "structure", "Not a Questionnaire. Send one.", f"{ROOT}.resourceType")]
    if limits.exceeds(sent, limits.MAX_NODES) or sum(1 for _ in items.walk(sent)) > limits.MAX_FORM_ITEMS:
        text = f"More than {limits.MAX_FORM_ITEMS} items, or {limits.MAX_NODES} objects, lists and values. Send a shorter questionnaire."
        return [Diagnostic("error", "too-long", text, ROOT)]
    unfit = [one for one in models.problems(sent, ROOT) if one.severity in ("error", "fatal")]
    return unfit or [*_modified(sent), *_own(list(placed(sent)))]


def placed(sent: Mapping[str, Any]) -> Iterator[Placed]:
    """Every item in its order, outer ones first; what is no object is passed over."""
    waiting = [Placed(item, f"{ROOT}.item[{position}]") for position, item in _members(sent)]
    waiting.reverse()
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed([Placed(item, f"{one.place}.item[{position}]") for position, item in _members(one.item)])


def _members(holder: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    held = holder.get("item")
    return [(position, item) for position, item in enumerate(held) if isinstance(item, Mapping)] if isinstance(held, list) else []


def _modified(sent: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What turns the meaning of the whole, of what it contains, or of an item and its parts: none of it is understood here."""
    contained = enumerate(concepts.objects(sent.get("contained")))
    for place, resource in ((ROOT, sent), *((f"{ROOT}.contained[{position}]", one) for position, one in contained)):
        yield from (_wrong("extension", _MODIFIER, f"{place}.{name}") for name in modifiers.of_resource(resource))
    for one in placed(sent):
        parts = [(f".{name}[{position}]", part) for name in _PARTS for position, part in enumerate(concepts.objects(one.item.get(name)))]
        held = (place for place, part in [("", one.item), *parts] if modifiers.has(part))
        yield from (_wrong("extension", _MODIFIER, f"{one.place}{place}.{modifiers.EXTENSION}") for place in held)


def _own(found: Sequence[Placed]) -> Iterator[Diagnostic]:
    link_ids: dict[str, str] = {}
    targets = {concepts.text(one.item.get("linkId")) for one in found}
    for one in found:
        link_id = concepts.text(one.item.get("linkId"))
        if not link_id or not concepts.text(one.item.get("type")):
            yield _wrong("required", "An item has no linkId or no type. Give it both.", one.place)
        elif link_id in link_ids:
            yield _wrong("duplicate", f"The linkId of {link_ids[link_id]} again. Give each item its own (que-2).", f"{one.place}.linkId")
        link_ids.setdefault(link_id, one.place)
        yield from _conditions(one, targets)
        yield from (_wrong("invariant", text, one.place) for text in _invariants(one.item))
        yield from _extensions(one)


def _conditions(one: Placed, targets: set[str]) -> Iterator[Diagnostic]:
    conditions = concepts.objects(one.item.get("enableWhen"))
    for position, condition in enumerate(conditions):
        place = f"{one.place}.enableWhen[{position}]"
        answers = [name for name in condition if name.startswith("answer")]
        if concepts.text(condition.get("question")) not in targets:
            yield _wrong("not-found", "It asks for an item that is not in the questionnaire. Name the linkId of one that is.", f"{place}.question")
        if len(answers) != 1:
            yield _wrong("required", "It has not one answer[x] to compare with. Give it one.", place)
        elif condition.get("operator") == "exists" and answers != ["answerBoolean"]:
            yield _wrong("invariant", "The operator exists goes with answerBoolean alone (que-7).", place)
    if len(conditions) > 1 and "enableBehavior" not in one.item:
        yield _wrong("invariant", "Several enableWhen without enableBehavior. Say all or any (que-12).", one.place)


def _extensions(one: Placed) -> Iterator[Diagnostic]:
    """An extension with a value of another type is read by nobody, so that it would be passed over in silence.

    One whose value an expression gives is told with the response.
    """
    holders = [(one.place, one.item)]
    holders += [(f"{one.place}.answerOption[{position}]", option) for position, option in enumerate(concepts.objects(one.item.get("answerOption")))]
    for place, holder in holders:
        for position, extension in enumerate(concepts.objects(holder.get("extension"))):
            wanted = VALUES.get(concepts.text(extension.get("url")))
            given = {name for name in wanted or () if name in extension or extensions.computed(extension, name)}
            if wanted and not given:
                text = f"This extension takes {' or '.join(sorted(wanted))}. Send that."
                yield _wrong("value", text, f"{place}.extension[{position}]")


def _wrong(code: str, text: str, place: str) -> Diagnostic:
    return Diagnostic("error", code, text, place)


def _invariants(item: Mapping[str, Any]) -> Iterator[str]:
    for types, members, text in _NOT_WITH:
        if item.get("type") in types and not members.isdisjoint(item):
            yield text
    if item.get("type") == "group" and not item.get("item"):
        yield "A group has items. Give it some, or another type (que-1)."
    if "answerOption" in item and "answerValueSet" in item:
        yield "Options and a value set at once. Keep one of them (que-4)."
    if "answerOption" in item and "initial" in item:
        yield "Options and an initial value. Mark an option instead (que-11)."
    if len(concepts.objects(item.get("initial"))) > 1 and item.get("repeats") is not True:
        yield "Several initial values on an item that does not repeat. Keep one (que-13)."
