"""Reads `properties.yaml` of a release: what its decisions must do for every input, and the findings that are meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from cds.dmn import model as decisions
from cds.dmn.analysis.findings import Finding, Kind
from cds.dmn.analysis.properties import Condition, Implication, Link, Monotone, Move, NeverTogether, OneMore, Property, Statement, Step
from cds.dmn.feel import ast
from cds.dmn.formats import cells
from cds.dmn.model import LIST, NUMERIC, RULES, Decision, DecisionModel, DecisionTable, ItemDefinition
from cds.foundation import yaml
from cds.foundation.errors import ContentError
from cds.foundation.yaml import Document
from cds.releases.documents import read as text_of
from cds.releases.documents import require_valid

FILE = "properties.yaml"
UNKNOWN = "unknown"

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Accepted:
    """A finding that is meant, and why; an empty `rule` or `cell` means one that names none."""

    kind: Kind
    decision: str
    rule: str
    cell: str
    because: str
    place: str

    def fits(self, finding: Finding) -> bool:
        """Whether this is the finding."""
        named = self.rule in finding.rules if self.rule else not finding.rules
        return (self.kind, self.decision, self.cell) == (finding.kind, finding.decision, finding.cell) and named


@dataclass(frozen=True)
class Declared:
    """The properties with the place of each by id, and the accepted findings."""

    properties: tuple[Property, ...]
    places: Mapping[str, str]
    accepted: tuple[Accepted, ...]


def read(folder: Path, model: DecisionModel) -> Declared | None:
    """The properties of a release folder, read against the types of a model; None where the folder declares none."""
    path = folder / FILE
    if not path.exists():
        return None
    document = yaml.parse(text_of(path, folder), name=FILE)
    require_valid("properties", document)
    return declared(document, model)


def declared(document: Document, model: DecisionModel) -> Declared:
    """The properties of a document that keeps its schema; ContentError names the place, the property and the cell."""
    reader = _Reader(document, decisions.items(model, _type))
    found = tuple(reader.property(index, entry) for index, entry in enumerate(document.value["properties"]))
    places = {one.id: document.place("properties", index) for index, one in enumerate(found)}
    if len(places) < len(found):
        raise ContentError("Two properties have the same id. Give each its own.", expression=document.name)
    accepted = enumerate(document.value.get("accepted", ()))
    return Declared(found, places, tuple(_accepted(entry, document.place("accepted", index)) for index, entry in accepted))


def _accepted(entry: Mapping[str, str], place: str) -> Accepted:
    return Accepted(Kind(entry["kind"]), entry["decision"], entry.get("rule", ""), entry.get("cell", ""), entry["because"], place)


def _type(decision: Decision) -> ItemDefinition:
    """The type of the one output, as far as the table gives one value; else of a list, or of a context."""
    if not isinstance(decision.logic, DecisionTable):
        return decision.logic.item
    outputs = decision.logic.outputs
    if len(outputs) != 1:
        return ItemDefinition("context")
    single = decision.logic.hit_policy.single or decision.logic.hit_policy.aggregates
    return outputs[0].item if single else ItemDefinition(LIST, outputs[0].item.allowed, nullable=False)


class _Reader:
    """Holds what all conditions are read against."""

    def __init__(self, document: Document, types: Mapping[str, ItemDefinition]) -> None:
        self.document = document
        self.types = types
        self.names = frozenset(types)

    def property(self, index: int, entry: Mapping[str, Any]) -> Property:
        """One entry of `properties`."""
        return Property(entry["id"], entry["sentence"], self._statement(("properties", index), entry))

    def _statement(self, at: Place, entry: Mapping[str, Any]) -> Statement:
        match entry["kind"]:
            case "implication":
                return Implication(self._condition((*at, "if"), entry["if"]), self._condition((*at, "then"), entry["then"]))
            case "never-together":
                given = enumerate(entry["conditions"])
                return NeverTogether(tuple(self._condition((*at, "conditions", number), one) for number, one in given))
        return self._monotone(at, entry)

    def _monotone(self, at: Place, entry: Mapping[str, Any]) -> Monotone:
        decided = self._item((*at, "decision"), entry["decision"])
        order = tuple(_value(word) for word in entry["order"]) if "order" in entry else decided.allowed
        steps = tuple(self._step((*at, "steps", number), step, entry["inputs"]) for number, step in enumerate(entry["steps"]))
        when = self._condition((*at, "when"), entry["when"]) if "when" in entry else None
        return Monotone(entry["decision"], tuple(entry["inputs"]), steps, order, when)

    def _step(self, at: Place, step: Any, inputs: list[str]) -> Step:
        links = step if isinstance(step, list) else list(step.values()) if isinstance(step, Mapping) else []
        for name in inputs:
            self._require_words(at, name, [word for link in links for word in (link if isinstance(link, list) else [link])])
        if isinstance(step, Mapping):
            return OneMore(step[Move.ITEM.value])
        numeric = self._item(at, inputs[0]).base in NUMERIC
        return Move(step) if isinstance(step, str) else tuple(self._link(at, link, numeric=numeric) for link in links)

    def _require_words(self, at: Place, name: str, words: list[str]) -> None:
        item = self._item(at, name)
        for word in words:
            if word != UNKNOWN and item.allowed and word not in item.allowed:
                raise self._error(at, f"the word {word!r} is not allowed for {name}; allowed are {', '.join(item.allowed)}")

    def _link(self, at: Place, link: str | list[str], *, numeric: bool) -> Link:
        if isinstance(link, list):
            return tuple(link)
        try:
            return Decimal(link) if numeric and link != UNKNOWN else _value(link)
        except InvalidOperation as error:
            raise self._error(at, f"{link!r} is no number") from error

    def _condition(self, at: Place, given: Any) -> Condition:
        if isinstance(given, str):
            try:
                return Condition(expression=cells.expression(given, self.names))
            except cells.BadCell as error:
                raise self._error(at, f"the expression {error}") from error
        if isinstance(given, list):
            return Condition(tuple(self._row((*at, number), row) for number, row in enumerate(given)))
        return Condition((self._row(at, given),))

    def _row(self, at: Place, row: Mapping[str, str]) -> Mapping[str, ast.UnaryTests]:
        return {name: self._cell((*at, name), name, text) for name, text in row.items()}

    def _cell(self, at: Place, name: str, text: str) -> ast.UnaryTests:
        try:
            return cells.input_entry(text, self._item(at, name), self.names)
        except cells.BadCell as error:
            raise self._error(at, f"the cell {name}: {error}") from error

    def _item(self, at: Place, name: str) -> ItemDefinition:
        if name not in self.types:
            raise self._error(at, f"{name!r} is no fact, no decision and no <decision>{RULES}")
        return self.types[name]

    def _error(self, at: Place, text: str) -> ContentError:
        property_id = self.document.value["properties"][at[1]]["id"]
        return ContentError(f"Property {property_id}: {text}.", expression=self.document.place(*at))


def _value(word: str) -> str | None:
    return None if word == UNKNOWN else word
