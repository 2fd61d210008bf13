"""Tables and their wiring, as YAML has them, to a DecisionModel. Every fault names its place, the rule and the cell.

Sheets and CSV files are brought into the same shape (`cds.dmn.formats.grid_reading`) and read here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from cds.dmn.feel import ast
from cds.dmn.formats import cells, item_types, ordering
from cds.dmn.model import (
    LIST,
    NUMERIC,
    RULES,
    Clause,
    Decision,
    DecisionModel,
    DecisionTable,
    HitPolicy,
    ItemDefinition,
    LiteralExpression,
    Rule,
    Source,
)
from cds.facts import FactDefinition
from cds.foundation.errors import ContentError

RANKED = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)


class Placed(Protocol):
    """A document of plain dicts, lists and text that knows where in its file each value stands."""

    @property
    def name(self) -> str:
        """The file."""

    @property
    def value(self) -> Any:
        """The document; it has been checked against its schema."""

    def place(self, *path: str | int) -> str:
        """Where the value at `path`, or its nearest parent, stands."""


def read_model(wiring: Placed, tables: Mapping[str, Placed], facts: Mapping[str, FactDefinition]) -> DecisionModel:
    """The model of one release from `model.yaml`, its tables by decision name, and the facts that are its inputs."""
    return read(wiring, tables, {name: item_definition(fact) for name, fact in facts.items()})


def read(
    wiring: Placed, tables: Mapping[str, Placed], inputs: Mapping[str, ItemDefinition], types: Mapping[str, ItemDefinition] | None = None
) -> DecisionModel:
    """The model of the wiring, its tables by decision name, and the types of its inputs.

    `types` are the types by name where the wiring does not hold them.
    """
    return _Reader(wiring, tables, inputs, types).model()


def item_definition(fact: FactDefinition) -> ItemDefinition:
    """The DMN type of a fact; `conflicts` and the like that are always there are still read as nullable."""
    return ItemDefinition(fact.base, fact.allowed, fact.minimum, fact.maximum)


class _Reader:
    """Holds what all cells are read against: the type of every name that a cell or an expression may use."""

    def __init__(
        self, wiring: Placed, tables: Mapping[str, Placed], inputs: Mapping[str, ItemDefinition], types: Mapping[str, ItemDefinition] | None
    ) -> None:
        self.wiring = wiring
        self.tables = tables
        self.types = dict(self._types() if types is None else types)
        self.inputs = dict(inputs)
        self.items = self.inputs | dict(self._decision_items())
        self.names = frozenset(self.items)

    def model(self) -> DecisionModel:
        decisions = [self._decision(index, entry) for index, entry in enumerate(self.wiring.value["decisions"])]
        self._require_unique_ids(decisions)
        return DecisionModel(self.wiring.value["model"], self.inputs, ordering.ordered(decisions, self.wiring.name))

    def _types(self) -> Iterator[tuple[str, ItemDefinition]]:
        for name, entry in self.wiring.value["types"].items():
            try:
                yield name, replace(item_types.item(entry), name=name)
            except item_types.BadType as error:
                raise ContentError(f"Type {name}: {error}.", expression=self.wiring.place("types", name)) from error

    def _decision_items(self) -> Iterator[tuple[str, ItemDefinition]]:
        seen: set[str] = set()
        for index, entry in enumerate(self.wiring.value["decisions"]):
            place = self.wiring.place("decisions", index)
            name = entry["name"] if isinstance(entry, dict) else entry
            if name in seen:
                raise ContentError(f"The decision {name} is listed twice. Take one of them out.", expression=place)
            if name in self.inputs:
                raise ContentError(f"The decision {name} has the name of a fact. Give one of them another name.", expression=place)
            seen.add(name)
            if isinstance(entry, dict):
                yield entry["name"], self._named_type(entry["type"], place)
                yield entry["name"] + RULES, ItemDefinition(LIST, (entry["id"],) if "id" in entry else (), nullable=False)
            else:
                yield from self._table_items(entry, place)

    def _table_items(self, name: str, place: str) -> Iterator[tuple[str, ItemDefinition]]:
        if name not in self.tables:
            raise ContentError(f"The decision {name} has no table. Add decisions/{name}.yaml.", expression=place)
        table = self.tables[name]
        outputs = [self._output_type(table, index) for index in range(len(table.value["outputs"]))]
        yield name, outputs[0] if len(outputs) == 1 else ItemDefinition("string")
        ids = tuple(rule["id"] for rule in table.value["rules"])
        yield name + RULES, ItemDefinition(LIST, ids, nullable=False)

    def _named_type(self, name: str, place: str) -> ItemDefinition:
        if name in self.types:
            return self.types[name]
        if name not in item_types.BASES:
            raise ContentError(f"The type {name!r} is not declared. Add it under `types`.", expression=place)
        return ItemDefinition(name)

    def _output_type(self, table: Placed, index: int) -> ItemDefinition:
        entry = table.value["outputs"][index]
        kind = (entry if entry in self.types else "string") if isinstance(entry, str) else entry["type"]
        return self._named_type(kind, table.place("outputs", index))

    def _outputs(self, table: Placed) -> Iterator[Clause]:
        for index, entry in enumerate(table.value["outputs"]):
            told = {"name": entry} if isinstance(entry, str) else entry
            clause = Clause(told["name"], self._output_type(table, index))
            place = f"Output {clause.name}", table.place("outputs", index)
            values = [self._output(text, clause, *place) for text in told.get("values", ())]
            if not all(isinstance(value, ast.Constant) for value in values):
                raise ContentError(f"{place[0]}: `values` are not all constants.", expression=place[1])
            default = self._output(told["default"], clause, *place) if "default" in told else None
            yield Clause(clause.name, clause.item, None, tuple(value.value for value in values if isinstance(value, ast.Constant)), default)

    def _inputs(self, table: Placed) -> Iterator[Clause]:
        for index, entry in enumerate(table.value["inputs"]):
            place = table.place("inputs", index)
            if isinstance(entry, str):
                yield Clause(entry, self._known(table, entry, place))
                continue
            try:
                tree = cells.expression(entry["expression"], self.names)
            except cells.BadCell as error:
                raise ContentError(f"Input {entry['name']}: the expression {error}.", expression=place) from error
            yield Clause(entry["name"], self._named_type(entry["type"], place), tree)

    def _known(self, table: Placed, name: str, place: str) -> ItemDefinition:
        if name not in self.items:
            text = f"Decision {table.value['decision']}: the input {name!r} is neither a fact nor a decision."
            raise ContentError(text, expression=place)
        return self.items[name]

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
        inputs, outputs = tuple(self._inputs(document)), tuple(self._outputs(document))
        rules = tuple(self._rule(document, index, inputs, outputs) for index in range(len(document.value["rules"])))
        logic = DecisionTable(HitPolicy(document.value["hit policy"]), inputs, outputs, rules)
        _require_policy(logic, document.place("hit policy"))
        return Decision(name, logic, requirements(logic))

    def _rule(self, document: Placed, index: int, inputs: tuple[Clause, ...], outputs: tuple[Clause, ...]) -> Rule:
        entry, path = document.value["rules"][index], ("rules", index)
        several = isinstance(entry["when"], list)
        alternatives = enumerate(entry["when"]) if several else ((None, entry["when"]),)
        when = []
        for number, alternative in alternatives:
            where: tuple[str | int, ...] = (*path, "when") if number is None else (*path, "when", number)
            found = {column: _column(document, (*where, column), entry["id"], inputs) for column in alternative}
            when.append({column: self._test(text, *found[column], entry["id"]) for column, text in alternative.items()})
        columns = {name: _column(document, (*path, "then", name), entry["id"], outputs) for name in entry["then"]}
        then = {name: self._output(text, columns[name][0], _cell(entry["id"], name), columns[name][1]) for name, text in entry["then"].items()}
        return Rule(entry["id"], tuple(when), then, _source(entry))

    def _test(self, text: str, clause: Clause, place: str, rule: str) -> ast.UnaryTests:
        try:
            return cells.input_entry(text, clause.item, self.names)
        except cells.BadCell as error:
            raise ContentError(f"{_cell(rule, clause.name)}: {error}.", expression=place) from error

    def _output(self, text: str, clause: Clause, what: str, place: str) -> ast.Expression:
        try:
            return cells.output_entry(text, clause.item, self.names)
        except cells.BadCell as error:
            raise ContentError(f"{what}: {error}.", expression=place) from error

    def _require_unique_ids(self, decisions: Sequence[Decision]) -> None:
        """Raises ContentError at the second place of an id, which names the first."""
        seen: dict[str, str] = {}
        for decision in decisions:
            for index, rule in enumerate(decision.logic.rules if isinstance(decision.logic, DecisionTable) else ()):
                place = self.tables[decision.name].place("rules", index, "id")
                if rule.id in seen:
                    text = f"The rule id {rule.id} stands in {seen[rule.id]}, and here again. Ids are unique in a release: give one another."
                    raise ContentError(text, expression=place)
                seen[rule.id] = f"{decision.name} ({place})"


def requirements(table: DecisionTable) -> tuple[str, ...]:
    """The names that a table reads: its inputs in order, then by name what its cells, defaults and input expressions read."""
    trees = [clause.expression for clause in table.inputs] + [clause.default for clause in table.outputs]
    trees += [entry for rule in table.rules for entry in rule.then.values()]
    trees += [tree for _, row in table.rows for tests in row.values() for tree in _compared(tests)]
    plain = [clause.name for clause in table.inputs if clause.expression is None]
    return tuple(dict.fromkeys([*plain, *sorted({name for tree in trees if tree is not None for name in ast.names(tree)})]))


def _compared(tests: ast.UnaryTests) -> Iterator[ast.Expression]:
    for test in tests:
        if isinstance(test, ast.Not):
            yield from _compared(test.tests)
        elif isinstance(test, ast.Satisfies):
            yield test.expression


def _require_policy(table: DecisionTable, place: str) -> None:
    """What is ranked needs an order of its output values; what is aggregated one output, and a number unless it is counted."""
    policy, outputs = table.hit_policy, table.outputs
    complete = all(clause.name in rule.then for rule in table.rules for clause in outputs)
    if policy in RANKED and not (complete and all(clause.item.allowed or clause.values for clause in outputs)):
        raise ContentError(f"{policy.value} needs allowed words for every output, and an entry for each in every rule.", expression=place)
    counted = policy is HitPolicy.COLLECT_COUNT
    if policy.aggregates and (len(outputs) != 1 or not (counted or outputs[0].item.base in NUMERIC)):
        raise ContentError(f"{policy.value} needs one output{'' if counted else ', and a number'}.", expression=place)


def _column(document: Placed, path: tuple[str | int, ...], rule: str, clauses: tuple[Clause, ...]) -> tuple[Clause, str]:
    """The clause whose name ends the path, and the place of the cell."""
    for clause in clauses:
        if clause.name == path[-1]:
            return clause, document.place(*path)
    raise ContentError(f"Rule {rule}: {path[-1]!r} is not a column of this table. Declare it.", expression=document.place(*path))


def _cell(rule: str, column: str) -> str:
    return f"Rule {rule}, cell {column}"


def _source(entry: Mapping[str, Any]) -> Source:
    return Source(
        entry.get("because", ""),
        tuple(entry.get("evidence", ())),
        tuple(entry.get("claims", ())),
        entry.get("origin", ""),
        entry.get("annotation", ""),
    )
