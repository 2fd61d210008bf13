"""A FHIR Questionnaire, indexed: its items by linkId, with what each of them allows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, expansions, extensions, numbers
from cds.fhir.expansions import Expansions, Option

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


@dataclass(frozen=True)
class Condition:
    """One enableWhen: another item, an operator, and what it is compared with; `kind` is the name of the answer[x]."""

    question: str
    operator: str
    answer: Any
    kind: str


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

    `options` are those of answerOption with their displays, `labels` display and code of the Codings among them; `coded` those of the
    answerValueSet, None where it could not be resolved.
    `texts` are its text and the translations of it, none where it has no text or an expression makes it.
    `unjudged` names the extensions of the item that hold expressions, which nothing here evaluates.
    """

    link_id: str
    type: str
    text: str
    texts: frozenset[str]
    parents: tuple[str, ...]
    children: tuple[str, ...]
    required: bool
    repeats: bool
    options: frozenset[Option]
    labels: frozenset[tuple[str, str]]
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


def index(questionnaire: Mapping[str, Any], held: Expansions = MappingProxyType({})) -> Form:
    """The index of a Questionnaire that was validated before; value sets that `held` and its contained ones lack stay unresolved."""
    known = {**held, **dict(expansions.contained(questionnaire))}
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
        unjudged=extensions.unjudged(questionnaire),
    )


def option_of(value_name: str, value: object) -> Option | None:
    """The key by which an answer is compared with the options; None when it has none."""
    if value_name == "valueCoding":
        coding = concepts.mapping(value)
        return (str(coding.get("system", "")), str(coding["code"])) if "code" in coding else None
    if value_name == "valueReference":
        target = concepts.mapping(value).get("reference")
        return (value_name, str(target)) if target else None
    return (value_name, str(value))


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
    exclusive = [_option(choice) for choice in choices if extensions.value(choice, "questionnaire-optionExclusive")]
    units = [option_of("valueCoding", unit) for unit in extensions.values(raw, "questionnaire-unitOption")]
    value_set, unit_value_set = concepts.text(raw.get("answerValueSet")), concepts.text(extensions.value(raw, "questionnaire-unitValueSet"))
    return Item(
        link_id=raw["linkId"],
        type=raw["type"],
        text=concepts.text(raw.get("text")),
        texts=_texts(raw),
        parents=parents,
        children=tuple(child["linkId"] for child in raw.get("item", ())),
        required=raw.get("required", False),
        repeats=raw.get("repeats", False),
        options=frozenset(options),
        labels=frozenset(_labels(choices)),
        exclusive=frozenset(option for option in exclusive if option),
        value_set=value_set,
        coded=known.get(value_set),
        units=frozenset(unit for unit in units if unit),
        unit_value_set=unit_value_set,
        unit_coded=known.get(unit_value_set),
        min_occurs=numbers.integer(extensions.value(raw, "questionnaire-minOccurs")),
        max_occurs=numbers.integer(extensions.value(raw, "questionnaire-maxOccurs")),
        bounds=_bounds(raw),
        conditions=tuple(_condition(when) for when in raw.get("enableWhen", ())),
        all_conditions=raw.get("enableBehavior", "all") == "all",
        unjudged=extensions.unjudged(raw),
    )


def _bounds(raw: Mapping[str, Any]) -> Bounds:
    return Bounds(
        minimum=_bound(extensions.value(raw, "minValue")),
        maximum=_bound(extensions.value(raw, "maxValue")),
        least=extensions.value(raw, extensions.SDC + "sdc-questionnaire-minQuantity") or _measured(extensions.value(raw, "minValue")),
        greatest=extensions.value(raw, extensions.SDC + "sdc-questionnaire-maxQuantity") or _measured(extensions.value(raw, "maxValue")),
        min_length=numbers.integer(extensions.value(raw, "minLength")),
        max_length=numbers.integer(raw.get("maxLength")),
        decimals=numbers.integer(extensions.value(raw, "maxDecimalPlaces")),
        pattern=concepts.text(extensions.value(raw, "regex")),
        mime_types=frozenset(map(str, extensions.values(raw, "mimeType"))),
        max_size=numbers.number(extensions.value(raw, "maxSize")),
        reference_types=frozenset(map(str, extensions.values(raw, "questionnaire-referenceResource"))),
    )


def _measured(value: object) -> Mapping[str, Any] | None:
    """A bound that is a Quantity; R4 has an extension of its own for these, and forms use both."""
    return value if isinstance(value, Mapping) else None


def _bound(value: object) -> Decimal | str | None:
    return value if isinstance(value, str) else numbers.number(value)


def _labels(choices: Any) -> Iterator[tuple[str, str]]:
    for choice in choices:
        coding = concepts.mapping(choice.get("valueCoding"))
        display = concepts.text(coding.get("display"))
        if display:
            yield display, str(coding.get("code", ""))


def _texts(raw: Mapping[str, Any]) -> frozenset[str]:
    beside = concepts.mapping(raw.get("_text"))
    if "text" not in raw or extensions.unjudged(beside):
        return frozenset()
    translations = (concepts.objects(one.get("extension")) for one in concepts.objects(beside.get("extension")))
    others = {concepts.text(part.get("valueString")) or concepts.text(part.get("valueMarkdown")) for parts in translations for part in parts}
    return frozenset({concepts.text(raw["text"]), *others} - {""})


def _condition(raw: Mapping[str, Any]) -> Condition:
    kind, answer = next((name, value) for name, value in raw.items() if name.startswith("answer"))
    return Condition(raw["question"], raw["operator"], answer, kind)


def _option(choice: Mapping[str, Any]) -> Option | None:
    name = next((name for name in choice if name.startswith("value")), "")
    return option_of(name, choice[name]) if name else None
