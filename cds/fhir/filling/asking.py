"""What a form asks: each item of a Questionnaire with the kind of control, the choices in their order, and the hints that its author gave."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from cds.fhir import concepts
from cds.fhir.filling import choosing, starting
from cds.fhir.filling.choosing import Choice
from cds.fhir.filling.starting import Start
from cds.fhir.questionnaire import Form, Item

Kind = Literal["group", "display", "radio", "check", "select", "line", "area", "whole", "number", "date", "moment", "time", "quantity", "unasked"]
"""The control: a fieldset, a text, choices of one or of several, a list to open, and the inputs. `unasked` cannot be answered in a form."""

_KINDS: Mapping[str, Kind] = {
    "group": "group",
    "display": "display",
    "string": "line",
    "url": "line",
    "text": "area",
    "integer": "whole",
    "decimal": "number",
    "date": "date",
    "dateTime": "moment",
    "time": "time",
    "quantity": "quantity",
}
_LONG = 15
"""More choices than this stand in a list to open, when one of them is taken."""
_FEW, _SHORT = 4, 8
"""So many choices of so many characters stand in one line."""
_GUIDES: Mapping[Kind, str] = {
    "date": "Year, month and day, such as 2026-01-31.",
    "moment": "Year, month, day and time, such as 2026-01-31 14:30.",
    "time": "Hours and minutes, such as 14:30.",
}
_HELP = frozenset({"help", "flyover", "instructions"})


@dataclass(frozen=True)
class Question:
    """One item as the form asks it.

    `number` is its place in the Questionnaire; `repeating` names the repeating items around it and itself, from the outermost inwards.
    `slots` says that it repeats as a whole, one answer or one group after another; several choices of one list do not. `hint` is its
    author's, `guide` ours. `starts` are the answers that the author has filled in. A `silent` item is not for people: it has the values
    `fixed` and no field.
    """

    number: int
    item: Item
    kind: Kind
    prefix: str
    hint: str
    guide: str
    unit: str
    choices: tuple[Choice, ...]
    units: tuple[Choice, ...]
    starts: tuple[Start, ...]
    fixed: tuple[tuple[str, Any], ...]
    silent: bool
    slots: bool
    open: bool
    urgent: bool
    repeating: tuple[str, ...]
    children: tuple["Question", ...]

    @property
    def answerable(self) -> bool:
        """Whether a person can answer it here."""
        return self.kind not in ("group", "display", "unasked") and not self.silent

    @property
    def text(self) -> str:
        """What it asks, with the number or letter that its author put before it."""
        return f"{self.prefix} {self.item.text}".strip()

    @property
    def brief(self) -> bool:
        """Whether its choices fit beside each other."""
        return len(self.choices) <= _FEW and all(len(choice.label) <= _SHORT for choice in self.choices)

    def walk(self) -> Iterator["Question"]:
        """Itself and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Step:
    """What is asked on one page: a group at the top, or the items that stand there in no group."""

    title: str
    questions: tuple[Question, ...]


def steps(questionnaire: Mapping[str, Any], form: Form, value_sets: Iterable[Mapping[str, Any]] = ()) -> tuple[Step, ...]:
    """The pages of a Questionnaire; `form` is its index, `value_sets` are ValueSets that its items may refer to beside its contained ones."""
    contained = {f"#{one.get('id')}": one for one in concepts.objects(questionnaire.get("contained"))}
    known = {concepts.text(one.get("url")): one for one in value_sets} | contained
    asked = _Asking(form, known, itertools.count(1)).questions(questionnaire.get("item", ()), _Around())
    return tuple(_steps(asked))


def _steps(asked: Sequence[Question]) -> Iterator[Step]:
    for grouped, together in itertools.groupby(asked, lambda one: one.kind == "group"):
        if grouped:
            yield from (Step(one.text, (one,)) for one in together)
        else:
            yield Step("", tuple(together))


@dataclass(frozen=True)
class _Around:
    """What an item stands in: the repeating items, whether any group of them has conditions, and whether any is silent."""

    repeating: tuple[str, ...] = ()
    conditional: bool = False
    silent: bool = False


@dataclass(frozen=True)
class _Asking:
    form: Form
    value_sets: Mapping[str, Mapping[str, Any]]
    numbers: Iterator[int]

    def questions(self, raw: Iterable[Mapping[str, Any]], around: _Around) -> tuple[Question, ...]:
        return tuple(self._question(item, around) for item in raw if not _is_help(item))

    def _question(self, raw: Mapping[str, Any], around: _Around) -> Question:
        item, number, silent = self.form.items[raw["linkId"]], next(self.numbers), around.silent or _silent(raw)
        choices, units = _unique(choosing.choices(raw, item, self.value_sets)), _unique(choosing.units(raw, self.value_sets))
        below = bool(raw.get("item")) and item.type != "group"
        kind, free = _kind(item, choices, several=item.repeats and not below), item.type == "open-choice"
        slots = item.repeats and kind not in ("check", "display") and not silent
        conditional, repeating = bool(item.conditions) or around.conditional, (*around.repeating, item.link_id) if slots else around.repeating
        within = _Around(repeating, conditional if item.type == "group" else around.conditional, silent)
        return Question(
            number=number,
            item=item,
            kind=kind,
            prefix=concepts.text(raw.get("prefix")),
            hint=" ".join(_hints(raw)),
            guide=_guide(item, kind),
            unit=concepts.text(_extended(raw, "questionnaire-unit").get("display")),
            choices=choices,
            units=units,
            starts=tuple(starting.starts(raw, choices, units, free=free)),
            fixed=starting.values(raw) if silent else (),
            silent=silent,
            slots=slots,
            open=free,
            urgent=item.type == "display" and conditional and not silent and not _extended(raw, "questionnaire-displayCategory"),
            repeating=repeating,
            children=self.questions(raw.get("item", ()), within),
        )


def _kind(item: Item, choices: Sequence[Choice], *, several: bool) -> Kind:
    if item.type == "integer" and choices:
        return "radio"
    if item.type in ("boolean", "choice", "open-choice"):
        if not choices and item.type != "open-choice":
            return "unasked"
        if several and item.type != "boolean":
            return "check"
        return "select" if len(choices) > _LONG and item.type == "choice" else "radio"
    return _KINDS.get(item.type, "unasked")


def _silent(raw: Mapping[str, Any]) -> bool:
    """Hidden items, and what is read only, are not for people to answer."""
    return bool(_extension(raw, "questionnaire-hidden")) or raw.get("readOnly") is True


def _is_help(raw: Mapping[str, Any]) -> bool:
    return raw.get("type") == "display" and bool(_controls(raw) & _HELP)


def _controls(raw: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(code for _, code in concepts.codes(_extended(raw, "questionnaire-itemControl")))


def _hints(raw: Mapping[str, Any]) -> Iterator[str]:
    yield from (concepts.text(child.get("text")) for child in raw.get("item", ()) if _is_help(child))
    if (form := concepts.text(_extension(raw, "entryFormat"))) != "":
        yield form


def _guide(item: Item, kind: Kind) -> str:
    low, high = item.bounds.minimum, item.bounds.maximum
    if kind in ("whole", "number", "quantity") and isinstance(low, Decimal) and isinstance(high, Decimal):
        return f"From {low} to {high}."
    return _GUIDES.get(kind, "")


def _extended(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return concepts.mapping(_extension(raw, name))


def _extension(raw: Mapping[str, Any], name: str) -> Any:
    return next(iter(choosing.extended(raw, name)), None)


def _unique(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """With keys that tell each from the others: those that share one are told apart by their system, and the rest by their place."""
    found = list(choices)
    for longer in (lambda place, one: one.full, lambda place, one: f"{place}.{one.full}"):
        often = Counter(one.key for one in found)
        found = [one if often[one.key] == 1 else one.named(longer(place, one)) for place, one in enumerate(found)]
    return tuple(found)
