"""A FHIR Questionnaire, indexed once a release: its items by linkId, with what each of them allows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, numbers

_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
VALUE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "boolean": "valueBoolean",
        "decimal": "valueDecimal",
        "integer": "valueInteger",
        "date": "valueDate",
        "dateTime": "valueDateTime",
        "time": "valueTime",
        "string": "valueString",
        "text": "valueString",
        "url": "valueUri",
        "choice": "valueCoding",
        "quantity": "valueQuantity",
        "attachment": "valueAttachment",
        "reference": "valueReference",
    }
)
"""Which value[x] answers an item of that type (R4 Questionnaire, item.type); open-choice takes a string as well."""

Option = tuple[str, str]
"""A Coding by system and code, or another value by the name of its value[x] and its text."""


@dataclass(frozen=True)
class Condition:
    """One enableWhen: another item, an operator, and the value[x] it is compared with."""

    question: str
    operator: str
    answer: Any


@dataclass(frozen=True)
class Item:
    """What one item asks and allows; `parents` from the outermost group inwards."""

    link_id: str
    type: str
    parents: tuple[str, ...]
    children: tuple[str, ...]
    required: bool
    repeats: bool
    options: frozenset[Option]
    exclusive: frozenset[Option]
    units: frozenset[Option]
    minimum: Decimal | None
    maximum: Decimal | None
    conditions: tuple[Condition, ...]
    all_conditions: bool

    def takes(self, value_name: str) -> bool:
        """True when that value[x] may answer this item."""
        if self.type == "open-choice":
            return value_name in ("valueCoding", "valueString")
        return VALUE_NAMES.get(self.type) == value_name

    def systems(self) -> frozenset[str]:
        """The code systems that its options come from."""
        return frozenset(system for system, _ in self.options)


@dataclass(frozen=True)
class Form:
    """A Questionnaire by its canonical, with its items by linkId in their order."""

    url: str
    version: str
    items: Mapping[str, Item]
    top: tuple[str, ...]


def index(questionnaire: Mapping[str, Any]) -> Form:
    """The index of a released Questionnaire, which was validated when the release was checked."""
    items = {item.link_id: item for item in _items(questionnaire.get("item", ()), ())}
    top = tuple(child["linkId"] for child in questionnaire.get("item", ()))
    return Form(questionnaire["url"], questionnaire["version"], items, top)


def option_of(value_name: str, value: object) -> Option | None:
    """The key by which an answer is compared with the options; None when it has none."""
    if value_name == "valueCoding":
        coding = concepts.mapping(value)
        return (str(coding.get("system", "")), str(coding["code"])) if "code" in coding else None
    return (value_name, str(value))


def _items(raw: Any, parents: tuple[str, ...]) -> Iterator[Item]:
    for item in raw:
        yield _item(item, parents)
        yield from _items(item.get("item", ()), (*parents, item["linkId"]))


def _item(raw: Mapping[str, Any], parents: tuple[str, ...]) -> Item:
    choices = raw.get("answerOption", ())
    options = [option for option in map(_option, choices) if option]
    exclusive = [_option(choice) for choice in choices if _extension(choice, "questionnaire-optionExclusive")]
    units = [option_of("valueCoding", unit) for unit in _extensions(raw, "questionnaire-unitOption")]
    return Item(
        link_id=raw["linkId"],
        type=raw["type"],
        parents=parents,
        children=tuple(child["linkId"] for child in raw.get("item", ())),
        required=raw.get("required", False),
        repeats=raw.get("repeats", False),
        options=frozenset(options),
        exclusive=frozenset(option for option in exclusive if option),
        units=frozenset(unit for unit in units if unit),
        minimum=numbers.number(_extension(raw, "minValue")),
        maximum=numbers.number(_extension(raw, "maxValue")),
        conditions=tuple(_condition(when) for when in raw.get("enableWhen", ())),
        all_conditions=raw.get("enableBehavior", "all") == "all",
    )


def _condition(raw: Mapping[str, Any]) -> Condition:
    answer = next(value for name, value in raw.items() if name.startswith("answer"))
    return Condition(raw["question"], raw["operator"], answer)


def _option(choice: Mapping[str, Any]) -> Option | None:
    name = next((name for name in choice if name.startswith("value")), "")
    return option_of(name, choice[name]) if name else None


def _extensions(element: Mapping[str, Any], name: str) -> list[Any]:
    """The values of every extension of that HL7 name."""
    found = [item for item in concepts.objects(element.get("extension")) if item.get("url") == _EXTENSION + name]
    return [value for item in found for key, value in item.items() if key.startswith("value")]


def _extension(element: Mapping[str, Any], name: str) -> Any:
    values = _extensions(element, name)
    return values[0] if values else None
