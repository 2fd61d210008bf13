"""A FHIR Questionnaire, indexed: its items by linkId, with what each of them allows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, expansions, extensions, keys, numbers
from cds.fhir.expansions import Codes, Expansions, Option

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

    `options` are those of answerOption, `coded` those of the answerValueSet, None where it could not be resolved; `labels` are display and
    code of the Codings among both, the code empty where an option has none.
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
    coded: Codes | None
    units: frozenset[Option]
    unit_value_set: str
    unit_coded: Codes | None
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
            return value_name in self.offered
        return VALUE_NAMES.get(self.type) == value_name

    @cached_property
    def offered(self) -> frozenset[str]:
        """The names of the value[x] of its options."""
        return frozenset(map(_value_name, self.options))

    def systems(self) -> frozenset[str]:
        """The code systems that its options come from."""
        return frozenset(system for system, _ in self.options)

    def named(self, words: object) -> frozenset[str]:
        """The codes of the options with that display, whatever its capitals and spaces; none for what is no text."""
        return self._named.get(concepts.plain(concepts.text(words)), frozenset())

    def contradicts(self, code: str, words: object) -> bool:
        """True for words that name options, and not the one with that code."""
        named = self.named(words)
        return bool(named) and code not in named

    def is_lone(self, code: str) -> bool:
        """True for a code that one code system alone has in the value set."""
        return self._systems.get(code) == 1

    @cached_property
    def _named(self) -> Mapping[str, frozenset[str]]:
        plain = [(concepts.plain(display), code) for display, code in self.labels]
        found: dict[str, set[str]] = {}
        for words, code in plain:
            found.setdefault(words, set()).add(code)
        return {words: frozenset(codes) for words, codes in found.items() if words}

    @cached_property
    def _systems(self) -> Mapping[str, int]:
        return Counter(code for _, code in self.coded or ())


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
    """The index of a Questionnaire that was validated before; value sets that `held` and its contained ones lack stay unresolved.

    What an expression gives (cqf-expression and the like) is left out, as if the Questionnaire did not say it.
    """
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


def _value_name(option: Option) -> str:
    """The value[x] of an option: that which stands in place of a system, or a Coding's."""
    return option[0] if option[0] in VALUE_NAMES.values() else "valueCoding"


def _items(raw: Any, parents: tuple[str, ...], known: Expansions) -> Iterator[Item]:
    for item in raw:
        yield _item(item, parents, known)
        yield from _items(item.get("item", ()), (*parents, item["linkId"]), known)


def _item(raw: Mapping[str, Any], parents: tuple[str, ...], known: Expansions) -> Item:
    choices = raw.get("answerOption", ())
    exclusive = [_option(choice) for choice in choices if extensions.value(choice, "questionnaire-optionExclusive")]
    units = [keys.of("valueCoding", unit) for unit in extensions.values(raw, "questionnaire-unitOption")]
    value_set, unit_value_set = concepts.text(_said(raw, "answerValueSet")), concepts.text(extensions.value(raw, "questionnaire-unitValueSet"))
    coded = known.get(value_set)
    return Item(
        link_id=raw["linkId"],
        type=raw["type"],
        text=concepts.text(raw.get("text")),
        texts=_texts(raw),
        parents=parents,
        children=tuple(child["linkId"] for child in raw.get("item", ())),
        required=_said(raw, "required") is True,
        repeats=raw.get("repeats", False) or extensions.computed(raw, "repeats"),
        options=frozenset(option for option in map(_option, choices) if option),
        labels=frozenset(_labels(choices, coded or {})),
        exclusive=frozenset(option for option in exclusive if option),
        value_set=value_set,
        coded=coded,
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
        max_length=numbers.integer(_said(raw, "maxLength")),
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


def _said(raw: Mapping[str, Any], name: str) -> Any:
    """The value of a primitive, but one that an expression gives."""
    return None if extensions.computed(raw, name) else raw.get(name)


def _labels(choices: Any, coded: Codes) -> Iterator[tuple[str, str]]:
    yield from ((display, code) for (_, code), display in coded.items() if display)
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
    return keys.of(name, choice[name]) if name else None
