"""YAML tables and their wiring to a DecisionModel. Every fault names file, line, rule and cell."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds.dmn.feel import ast
from cds.dmn.formats import cells, ordering
from cds.dmn.model import RULES, Clause, Decision, DecisionModel, DecisionTable, HitPolicy, ItemDefinition, LiteralExpression, Rule, Source
from cds.facts import FactDefinition
from cds.foundation.errors import ContentError
from cds.foundation.yaml import Document

BASES: tuple[str, ...] = ("string", "integer", "number", "list of string")


def read_model(wiring: Document, tables: Mapping[str, Document], facts: Mapping[str, FactDefinition]) -> DecisionModel:
    """The model of one release from `model.yaml`, its tables by decision name, and the facts that are its inputs.

    The documents have been checked against their schemas.
    """
    return _Reader(wiring, tables, facts).model()


def item_definition(fact: FactDefinition) -> ItemDefinition:
    """The DMN type of a fact; `conflicts` and the like that are always there are still read as nullable."""
    return ItemDefinition(fact.base, fact.allowed, fact.minimum, fact.maximum)


class _Reader:
    """Holds what all cells are read against: the type of every name that a cell or an expression may use."""

    def __init__(self, wiring: Document, tables: Mapping[str, Document], facts: Mapping[str, FactDefinition]) -> None:
        self.wiring = wiring
        self.tables = tables
        self.types = {name: _type(entry) for name, entry in wiring.value["types"].items()}
        self.inputs = {name: item_definition(fact) for name, fact in facts.items()}
        self.items = self.inputs | dict(self._decision_items())
        self.names = frozenset(self.items)

    def model(self) -> DecisionModel:
        decisions = [self._decision(index, entry) for index, entry in enumerate(self.wiring.value["decisions"])]
        self._require_unique_ids(decisions)
        return DecisionModel(self.wiring.value["model"], self.inputs, ordering.ordered(decisions, self.wiring.name))

    def _decision_items(self) -> Iterator[tuple[str, ItemDefinition]]:
        for index, entry in enumerate(self.wiring.value["decisions"]):
            place = self.wiring.place("decisions", index)
            if isinstance(entry, dict):
                yield entry["name"], self._named_type(entry["type"], place)
                yield entry["name"] + RULES, ItemDefinition("list of string", (entry["id"],) if "id" in entry else (), nullable=False)
            else:
                yield from self._table_items(entry, place)

    def _table_items(self, name: str, place: str) -> Iterator[tuple[str, ItemDefinition]]:
        if name not in self.tables:
            raise ContentError(f"The decision {name} has no table. Add decisions/{name}.yaml.", expression=place)
        table = self.tables[name]
        outputs = self._outputs(table)
        yield name, outputs[0].item if len(outputs) == 1 else ItemDefinition("string")
        ids = tuple(rule["id"] for rule in table.value["rules"])
        yield name + RULES, ItemDefinition("list of string", ids, nullable=False)

    def _named_type(self, name: str, place: str) -> ItemDefinition:
        if name in self.types:
            return self.types[name]
        if name not in BASES:
            raise ContentError(f"The type {name!r} is not declared. Add it under `types`.", expression=place)
        return ItemDefinition(name)  # type: ignore[arg-type]

    def _outputs(self, table: Document) -> tuple[Clause, ...]:
        clauses = []
        for index, entry in enumerate(table.value["outputs"]):
            name, kind = (entry, entry if entry in self.types else "string") if isinstance(entry, str) else (entry["name"], entry["type"])
            clauses.append(Clause(name, self._named_type(kind, table.place("outputs", index))))
        return tuple(clauses)

    def _decision(self, index: int, entry: Any) -> Decision:
        if isinstance(entry, str):
            return self._table_decision(entry)
        place = self.wiring.place("decisions", index, "expression")
        try:
            tree = cells.expression(entry["expression"], self.names)
        except cells.BadCell as error:
            raise ContentError(f"Decision {entry['name']}: the expression {error}.", expression=place) from error
        logic = LiteralExpression(entry["expression"], tree, self.items[entry["name"]], entry.get("id", ""), _source(entry))
        return Decision(entry["name"], logic, tuple(sorted(ast.names(tree))))

    def _table_decision(self, name: str) -> Decision:
        document = self.tables[name]
        table = document.value
        inputs = tuple(Clause(column, self._input(document, index, column)) for index, column in enumerate(table["inputs"]))
        outputs = self._outputs(document)
        rules = tuple(self._rule(document, index, inputs, outputs) for index in range(len(table["rules"])))
        self._require_policy(document, outputs, rules)
        read = {column for rule in rules for entry in rule.then.values() for column in ast.names(entry)}
        logic = DecisionTable(HitPolicy(table["hit policy"]), inputs, outputs, rules)
        return Decision(name, logic, tuple(dict.fromkeys([*table["inputs"], *sorted(read)])))

    def _require_policy(self, document: Document, outputs: tuple[Clause, ...], rules: tuple[Rule, ...]) -> None:
        """PRIORITY ranks rules by the allowed words of their outputs; COLLECT MAX takes the largest of one number."""
        policy, place = document.value["hit policy"], document.place("hit policy")
        if policy == "PRIORITY" and not all(clause.item.allowed and all(clause.name in rule.then for rule in rules) for clause in outputs):
            raise ContentError("PRIORITY needs allowed words for every output, and an entry for each in every rule.", expression=place)
        if policy == "COLLECT MAX" and (len(outputs) != 1 or outputs[0].item.base not in cells.NUMERIC):
            raise ContentError("COLLECT MAX needs one output, and a number.", expression=place)

    def _input(self, document: Document, index: int, column: str) -> ItemDefinition:
        if column not in self.items:
            text = f"Decision {document.value['decision']}: the input {column!r} is neither a fact nor a decision."
            raise ContentError(text, expression=document.place("inputs", index))
        return self.items[column]

    def _rule(self, document: Document, index: int, inputs: tuple[Clause, ...], outputs: tuple[Clause, ...]) -> Rule:
        entry = document.value["rules"][index]
        several = isinstance(entry["when"], list)
        alternatives = entry["when"] if several else [entry["when"]]
        when = []
        for number, alternative in enumerate(alternatives):
            path = ("rules", index, "when", number) if several else ("rules", index, "when")
            when.append({column: self._cell(document, path, entry["id"], column, text, inputs) for column, text in alternative.items()})
        then = {
            column: self._cell(document, ("rules", index, "then"), entry["id"], column, text, outputs, output=True)
            for column, text in entry["then"].items()
        }
        return Rule(entry["id"], tuple(when), then, _source(entry))

    def _cell(
        self, document: Document, path: tuple[str | int, ...], rule: str, column: str, text: str, clauses: tuple[Clause, ...], *, output: bool = False
    ) -> Any:
        items = {clause.name: clause.item for clause in clauses}
        place = document.place(*path, column)
        if column not in items:
            raise ContentError(f"Rule {rule}: {column!r} is not a column of this table. Declare it.", expression=place)
        try:
            return cells.output_entry(text, items[column], self.names) if output else cells.input_entry(text, items[column])
        except cells.BadCell as error:
            raise ContentError(f"Rule {rule}, cell {column}: {error}.", expression=place) from error

    def _require_unique_ids(self, decisions: list[Decision]) -> None:
        seen: dict[str, str] = {}
        for decision in decisions:
            for rule in decision.logic.rules if isinstance(decision.logic, DecisionTable) else ():
                if rule.id in seen:
                    raise ContentError(f"The rule id {rule.id} stands in {seen[rule.id]} and in {decision.name}. Ids are unique in a release.")
                seen[rule.id] = decision.name


def _type(entry: Mapping[str, Any]) -> ItemDefinition:
    allowed = entry.get("allowed", ())
    nullable = entry.get("unknown") != "never"
    if isinstance(allowed, dict):
        low, high = (Decimal(allowed[key]) if key in allowed else None for key in ("min", "max"))
        return ItemDefinition(entry["type"], (), low, high, nullable)
    return ItemDefinition(entry["type"], tuple(allowed), nullable=nullable)


def _source(entry: Mapping[str, Any]) -> Source:
    return Source(
        entry.get("because", ""),
        tuple(entry.get("evidence", ())),
        tuple(entry.get("claims", ())),
        entry.get("origin", ""),
        entry.get("annotation", ""),
    )
