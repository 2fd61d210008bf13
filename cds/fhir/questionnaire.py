"""A FHIR Questionnaire, indexed: its items by linkId, with what each of them allows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, numbers

_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
_SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
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
class Bounds:
    """What the extensions of an item (FHIR R4, SDC) ask of the value of an answer; None or empty where they ask nothing.

    `minimum` and `maximum` are numbers or, for dates and times, text; `least` and `greatest` are Quantities.
    """

    minimum: Decimal | str | None = None
    maximum: Decimal | str | None = None
    least: Mapping[str, Any] | None = None
    greatest: Mapping[str, Any] | None = None
    min_length: int | None = None
    max_length: int | None = None
    decimals: int | None = None
    pattern: str = ""
    mime_types: frozenset[str] = frozenset()
    max_size: Decimal | None = None
    reference_types: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Item:
    """What one item asks and allows; `parents` from the outermost group inwards.

    `options` are those of answerOption with their displays; `coded` those of the answerValueSet, None where it could not be resolved.
    `unjudged` names the extensions of the item that hold expressions, which nothing here evaluates.
    """

    link_id: str
    type: str
    text: str
    parents: tuple[str, ...]
    children: tuple[str, ...]
    required: bool
    repeats: bool
    options: frozenset[Option]
    displays: frozenset[str]
    exclusive: frozenset[Option]
    value_set: str
    coded: frozenset[Option] | None
    units: frozenset[Option]
    unit_value_set: str
    unit_coded: frozenset[Option] | None
    min_occurs: int | None
    max_occurs: int | None
    bounds: Bounds
    conditions: tuple[Condition, ...]
    all_conditions: bool
    unjudged: tuple[str, ...]

    def takes(self, value_name: str) -> bool:
        """True when that value[x] may answer this item."""
        if self.type == "open-choice":
            return value_name in ("valueCoding", "valueString")
        if self.type == "choice" and self.options and not self.value_set:
            return value_name in {_value_name(option) for option in self.options}
        return VALUE_NAMES.get(self.type) == value_name

    def systems(self) -> frozenset[str]:
        """The code systems that its options come from."""
        return frozenset(system for system, _ in self.options)


@dataclass(frozen=True)
class Form:
    """A Questionnaire by its canonical, with its items by linkId in their order.

    `status`, `start` and `end` (dates as written, empty where open) are its own; `subject_types` empty where any may be the subject.
    `unjudged` names its extensions that hold expressions.
    """

    url: str
    version: str
    items: Mapping[str, Item]
    top: tuple[str, ...]
    status: str = ""
    start: str = ""
    end: str = ""
    subject_types: frozenset[str] = frozenset()
    unjudged: tuple[str, ...] = ()


Expansions = Mapping[str, frozenset[Option]]
"""The codes of value sets by canonical: with and without a version, and `#id` for those contained."""


def index(questionnaire: Mapping[str, Any], expansions: Expansions = MappingProxyType({})) -> Form:
    """The index of a Questionnaire that was validated before; value sets that `expansions` and its contained ones lack stay unresolved."""
    known = {**expansions, **dict(_contained(questionnaire))}
    raw = questionnaire.get("item", ())
    items = {item.link_id: item for item in _items(raw, (), known)}
    top = tuple(child["linkId"] for child in raw)
    period = concepts.mapping(questionnaire.get("effectivePeriod"))
    return Form(
        url=questionnaire.get("url", ""),
        version=questionnaire.get("version", ""),
        items=items,
        top=top,
        status=questionnaire.get("status", ""),
        start=concepts.text(period.get("start")),
        end=concepts.text(period.get("end")),
        subject_types=frozenset(questionnaire.get("subjectType", ())),
        unjudged=_unjudged(questionnaire),
    )


def option_of(value_name: str, value: object) -> Option | None:
    """The key by which an answer is compared with the options; None when it has none."""
    if value_name == "valueCoding":
        coding = concepts.mapping(value)
        return (str(coding.get("system", "")), str(coding["code"])) if "code" in coding else None
    return (value_name, str(value))


def expansion(value_set: Mapping[str, Any]) -> frozenset[Option] | None:
    """The codes of a ValueSet: of its expansion, else those that it lists one by one; None for one that asks for more than a list."""
    held = concepts.mapping(value_set.get("expansion"))
    if "contains" in held:
        return frozenset(_expanded(held["contains"]))
    composed = concepts.mapping(value_set.get("compose"))
    included = concepts.objects(composed.get("include"))
    if not included or "exclude" in composed or any("concept" not in one or "filter" in one or "valueSet" in one for one in included):
        return None
    return frozenset((str(one.get("system", "")), str(concept.get("code"))) for one in included for concept in concepts.objects(one["concept"]))


def _expanded(contains: object) -> Iterator[Option]:
    for one in concepts.objects(contains):
        if "code" in one and one.get("abstract") is not True:
            yield (str(one.get("system", "")), str(one["code"]))
        yield from _expanded(one.get("contains"))


def _contained(questionnaire: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[Option]]]:
    for resource in concepts.objects(questionnaire.get("contained")):
        codes = expansion(resource) if resource.get("resourceType") == "ValueSet" else None
        if codes is not None:
            yield f"#{resource.get('id')}", codes


def _value_name(option: Option) -> str:
    """The value[x] of an option: that which stands in place of a system, or a Coding's."""
    return option[0] if option[0] in VALUE_NAMES.values() else "valueCoding"


def _items(raw: Any, parents: tuple[str, ...], known: Expansions) -> Iterator[Item]:
    for item in raw:
        yield _item(item, parents, known)
        yield from _items(item.get("item", ()), (*parents, item["linkId"]), known)


def _item(raw: Mapping[str, Any], parents: tuple[str, ...], known: Expansions) -> Item:
    choices = raw.get("answerOption", ())
    options = [option for option in map(_option, choices) if option]
    exclusive = [_option(choice) for choice in choices if _extension(choice, "questionnaire-optionExclusive")]
    units = [option_of("valueCoding", unit) for unit in _extensions(raw, "questionnaire-unitOption")]
    value_set, unit_value_set = concepts.text(raw.get("answerValueSet")), concepts.text(_extension(raw, "questionnaire-unitValueSet"))
    return Item(
        link_id=raw["linkId"],
        type=raw["type"],
        text=concepts.text(raw.get("text")),
        parents=parents,
        children=tuple(child["linkId"] for child in raw.get("item", ())),
        required=raw.get("required", False),
        repeats=raw.get("repeats", False),
        options=frozenset(options),
        displays=frozenset(_displays(choices)),
        exclusive=frozenset(option for option in exclusive if option),
        value_set=value_set,
        coded=known.get(value_set),
        units=frozenset(unit for unit in units if unit),
        unit_value_set=unit_value_set,
        unit_coded=known.get(unit_value_set),
        min_occurs=numbers.integer(_extension(raw, "questionnaire-minOccurs")),
        max_occurs=numbers.integer(_extension(raw, "questionnaire-maxOccurs")),
        bounds=_bounds(raw),
        conditions=tuple(_condition(when) for when in raw.get("enableWhen", ())),
        all_conditions=raw.get("enableBehavior", "all") == "all",
        unjudged=_unjudged(raw),
    )


def _bounds(raw: Mapping[str, Any]) -> Bounds:
    return Bounds(
        minimum=_bound(_extension(raw, "minValue")),
        maximum=_bound(_extension(raw, "maxValue")),
        least=_extension(raw, _SDC + "sdc-questionnaire-minQuantity"),
        greatest=_extension(raw, _SDC + "sdc-questionnaire-maxQuantity"),
        min_length=numbers.integer(_extension(raw, "minLength")),
        max_length=numbers.integer(raw.get("maxLength")),
        decimals=numbers.integer(_extension(raw, "maxDecimalPlaces")),
        pattern=concepts.text(_extension(raw, "regex")),
        mime_types=frozenset(map(str, _extensions(raw, "mimeType"))),
        max_size=numbers.number(_extension(raw, "maxSize")),
        reference_types=frozenset(map(str, _extensions(raw, "questionnaire-referenceResource"))),
    )


def _bound(value: object) -> Decimal | str | None:
    return value if isinstance(value, str) else numbers.number(value)


def _displays(choices: Any) -> Iterator[str]:
    for choice in choices:
        display = concepts.text(concepts.mapping(choice.get("valueCoding")).get("display"))
        if display:
            yield display


def _unjudged(element: Mapping[str, Any]) -> tuple[str, ...]:
    """The last words of the urls of extensions that hold an expression, or that constrain by one."""
    urls = [concepts.text(one.get("url")) for one in concepts.objects(element.get("extension")) if _judges(one)]
    return tuple(dict.fromkeys(url.rpartition("/")[2] for url in urls))


def _judges(extension: Mapping[str, Any]) -> bool:
    parts = [extension, *concepts.objects(extension.get("extension"))]
    return any("valueExpression" in part or part.get("url") == "expression" for part in parts)


def _condition(raw: Mapping[str, Any]) -> Condition:
    answer = next(value for name, value in raw.items() if name.startswith("answer"))
    return Condition(raw["question"], raw["operator"], answer)


def _option(choice: Mapping[str, Any]) -> Option | None:
    name = next((name for name in choice if name.startswith("value")), "")
    return option_of(name, choice[name]) if name else None


def _extensions(element: Mapping[str, Any], name: str) -> list[Any]:
    """The values of every extension of that HL7 name, or of that whole url."""
    url = name if "://" in name else _EXTENSION + name
    found = [item for item in concepts.objects(element.get("extension")) if item.get("url") == url]
    return [value for item in found for key, value in item.items() if key.startswith("value")]


def _extension(element: Mapping[str, Any], name: str) -> Any:
    values = _extensions(element, name)
    return values[0] if values else None
