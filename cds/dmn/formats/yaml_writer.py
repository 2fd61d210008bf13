"""A DecisionModel to the YAML of a release: `model.yaml` and a file for each table, which `yaml.read` reads as an equal model.

Comments are not kept: the model does not hold them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.dmn.feel import ast, writer
from cds.dmn.formats import cell_writer, item_types, type_names, yaml_text
from cds.dmn.formats.cells import BadCell
from cds.dmn.model import RULES, Clause, Decision, DecisionModel, DecisionTable, LiteralExpression, Rule, Source
from cds.foundation.errors import ContentError

WIRING = "model"


def texts(model: DecisionModel) -> dict[str, str]:
    """The text of `model.yaml` under `model`, and of each table under the name of its decision."""
    wiring, tables = documents(model)
    return {WIRING: _text(_wiring(wiring)), **{name: _text(_table(table)) for name, table in tables.items()}}


def documents(model: DecisionModel) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The wiring and the tables by decision, in the shape that `yaml.read` takes.

    ContentError for what our tables cannot hold: knowledge models, boxed expressions, a cell that is no cell of its type.
    """
    if model.knowledge:
        raise ContentError("Our tables have no knowledge models. Write the functions into the decisions.", expression=model.knowledge[0].name)
    return _Writer(model).documents()


class _Writer:
    """Holds the names of the types and the names that an expression may read."""

    def __init__(self, model: DecisionModel) -> None:
        self.model = model
        self.types = type_names.given(model)
        decisions = [decision.name for decision in model.decisions]
        self.names = frozenset([*model.inputs, *decisions, *(name + RULES for name in decisions)])

    def documents(self) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        types = {name: item_types.entry(item) for name, item in self.types.items()}
        wiring = {"model": self.model.name, "types": types, "decisions": [self._entry(decision) for decision in self.model.decisions]}
        tables = {one.name: self._table(one.name, one.logic) for one in self.model.decisions if isinstance(one.logic, DecisionTable)}
        return wiring, tables

    def _entry(self, decision: Decision) -> Any:
        logic = decision.logic
        if isinstance(logic, DecisionTable):
            return decision.name
        if not isinstance(logic, LiteralExpression):
            text = f"Decision {decision.name}: our tables have no boxed expressions. Write it as one expression or as a table."
            raise ContentError(text, expression=decision.name)
        head = {"name": decision.name} | ({"id": logic.id} if logic.id else {})
        body = {"type": type_names.of(self.types, decision.name, logic.item), "expression": logic.text}
        return head | body | (_source(logic.source) if logic.source != Source() else {})

    def _table(self, name: str, table: DecisionTable) -> dict[str, Any]:
        return {
            "decision": name,
            "hit policy": table.hit_policy.value,
            "inputs": [self._input(clause) for clause in table.inputs],
            "outputs": [self._output(clause) for clause in table.outputs],
            "rules": [self._rule(rule, table) for rule in table.rules],
        }

    def _input(self, clause: Clause) -> Any:
        if clause.expression is None:
            return clause.name
        kind = type_names.of(self.types, clause.name, clause.item)
        return {"name": clause.name, "type": kind, "expression": writer.expression(clause.expression)}

    def _output(self, clause: Clause) -> Any:
        kind = type_names.of(self.types, clause.name, clause.item)
        told: dict[str, Any] = {"name": clause.name, "type": kind}
        if clause.default is not None:
            told["default"] = self._cell(clause.default, clause, "the default")
        if clause.values:
            told["values"] = [self._cell(ast.Constant(value), clause, "the values") for value in clause.values]
        implied = clause.name if clause.name in self.types else "string"
        return clause.name if told == {"name": clause.name, "type": implied} else told

    def _rule(self, rule: Rule, table: DecisionTable) -> dict[str, Any]:
        inputs, outputs = ({clause.name: clause for clause in clauses} for clauses in (table.inputs, table.outputs))
        when = [{name: cell_writer.input_entry(tests, inputs[name].item) for name, tests in row.items()} for row in rule.when]
        then = {name: self._cell(tree, outputs[name], f"rule {rule.id}") for name, tree in rule.then.items()}
        return {"id": rule.id, "when": when[0] if len(when) == 1 else when, "then": then} | _source(rule.source)

    def _cell(self, tree: Any, clause: Clause, place: str) -> str:
        try:
            return cell_writer.output_entry(tree, clause.item, self.names)
        except BadCell as error:
            raise ContentError(f"Output {clause.name}: {error}.", expression=place) from error


def _source(source: Source) -> dict[str, Any]:
    told = {"because": source.because} if source.because else {}
    lists = {"evidence": list(source.evidence), "claims": list(source.claims)}
    rest = {"origin": source.origin, "annotation": source.annotation}
    return told | lists | {key: text for key, text in rest.items() if text}


def _wiring(wiring: Mapping[str, Any]) -> Iterator[str]:
    yield from yaml_text.entry("model", wiring["model"], 0)
    yield from _mapping("types", wiring["types"])
    yield "decisions:"
    for entry in wiring["decisions"]:
        yield from yaml_text.item(yaml_text.block(entry, 4), 2) if isinstance(entry, Mapping) else (f"  - {yaml_text.scalar(entry)}",)


def _mapping(key: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield f"{key}:" if values else f"{key}: {{}}"
    yield from yaml_text.block(values, 2)


def _table(table: Mapping[str, Any]) -> Iterator[str]:
    yield from yaml_text.block({key: table[key] for key in ("decision", "hit policy", "inputs", "outputs")}, 0)
    yield "rules:" if table["rules"] else "rules: []"
    for rule in table["rules"]:
        yield from yaml_text.item(yaml_text.block(rule, 4), 2)


def _text(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
