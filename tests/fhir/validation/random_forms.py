"""Forms drawn at random, and responses that answer them rightly; which item is enabled is kept here by lexical scope, not by the checker."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from cds.fhir import questionnaire
from cds.fhir.questionnaire import Form
from tests.fhir.samples import when
from tests.fhir.validation.forms import Raw, ask, sent

_DEPTH = 3
_VALUES: Mapping[str, st.SearchStrategy[Any]] = {"boolean": st.booleans(), "string": st.sampled_from("xyz"), "integer": st.integers(0, 9)}
_NAMES = {"boolean": "valueBoolean", "string": "valueString", "integer": "valueInteger"}
_Seen = tuple[str, ...]
_Said = Mapping[str, list[Any]]


@dataclass(frozen=True)
class Level:
    """The items that stand together in a response, and the path that their positions follow."""

    items: list[Raw]
    path: str

    def place(self, position: int) -> str:
        return f"{self.path}.item[{position}]"


@st.composite
def answered(draw: st.DrawFn) -> tuple[Form, Raw]:
    """A form, and a completed response without a problem."""
    asked = _items(draw, itertools.count(), (), 0)
    form = questionnaire.index({"url": "https://example.org/Questionnaire/journey", "version": "2.1.0", "status": "active", "item": asked})
    return form, sent(*_filled(draw, asked, {}))


def levels(response: Raw) -> Iterator[Level]:
    """Every level of a response."""
    yield from _levels(response, "QuestionnaireResponse")


def tidy(value: Any) -> Any:
    """Without empty lists, which FHIR does not have."""
    if isinstance(value, dict):
        return {name: tidy(held) for name, held in value.items() if held != []}
    return [tidy(one) for one in value] if isinstance(value, list) else value


def _levels(holder: Raw, path: str) -> Iterator[Level]:
    found = holder.get("item", [])
    if found:
        yield Level(found, path)
    for position, item in enumerate(found):
        here = f"{path}.item[{position}]"
        yield from _levels(item, here)
        for number, answer in enumerate(item.get("answer", [])):
            yield from _levels(answer, f"{here}.answer[{number}]")


def _items(draw: st.DrawFn, names: Iterator[int], seen: _Seen, depth: int) -> list[Raw]:
    made: list[Raw] = []
    for _ in range(draw(st.integers(1, 4))):
        item = _item(draw, names, seen, depth)
        made.append(item)
        seen = (*seen, item["linkId"]) if item["type"] == "boolean" else seen
    return made


def _item(draw: st.DrawFn, names: Iterator[int], seen: _Seen, depth: int) -> Raw:
    kind = draw(st.sampled_from([*_VALUES, *(["group"] * 2 if depth < _DEPTH else [])]))
    repeats = draw(st.booleans())
    item = ask(f"i{next(names)}", kind, repeats=repeats, required=kind != "group" and draw(st.booleans()))
    if draw(st.booleans()) and seen:
        item["enableWhen"] = [_condition(draw, seen) for _ in range(draw(st.integers(1, 2)))]
        item["enableBehavior"] = draw(st.sampled_from(["all", "any"]))
    if kind == "group" or (depth < _DEPTH and draw(st.integers(0, 4)) == 0):
        own = (item["linkId"],) if kind == "boolean" and not repeats else ()
        item["item"] = _items(draw, names, (*seen, *own), depth + 1)
    return item


def _condition(draw: st.DrawFn, seen: _Seen) -> Raw:
    return when(draw(st.sampled_from(seen)), draw(st.sampled_from(["=", "!=", "exists"])), answerBoolean=draw(st.booleans()))


def _filled(draw: st.DrawFn, asked: list[Raw], said: _Said) -> list[Raw]:
    made: list[Raw] = []
    for item in asked:
        if not _enabled(item, said):
            continue
        if item["type"] == "group":
            count = draw(st.integers(0, 2)) if item["repeats"] else 1
            inside = ({"item": _filled(draw, item["item"], said)} for _ in range(count))
            made += [{"linkId": item["linkId"]} | {name: held for name, held in one.items() if held} for one in inside]
        elif item["required"] or draw(st.booleans()):
            values = draw(st.lists(_VALUES[item["type"]], min_size=1, max_size=3 if item["repeats"] else 1, unique=True))
            said = {**said, item["linkId"]: values}
            made.append({"linkId": item["linkId"], "answer": [_answer(draw, item, value, said) for value in values]})
    return made


def _answer(draw: st.DrawFn, item: Raw, value: Any, said: _Said) -> Raw:
    inside = _filled(draw, item.get("item", []), said)
    return {_NAMES[item["type"]]: value} | ({"item": inside} if inside else {})


def _enabled(item: Raw, said: _Said) -> bool:
    met = [_met(condition, said.get(condition["question"], [])) for condition in item.get("enableWhen", [])]
    return not met or (all(met) if item["enableBehavior"] == "all" else any(met))


def _met(condition: Raw, values: list[Any]) -> bool:
    wanted = condition["answerBoolean"]
    if condition["operator"] == "exists":
        return bool(values) is wanted
    return (wanted in values) is (condition["operator"] == "=")
