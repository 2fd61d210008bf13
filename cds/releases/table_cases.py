"""Cases for one decision: its inputs, and exactly what it gives for them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from cds.dmn import evaluation
from cds.dmn import model as decisions
from cds.dmn.evaluation import DecisionResult
from cds.dmn.model import LIST, NUMERIC, Decision, DecisionModel, DecisionTable, ItemDefinition
from cds.foundation import canonical
from cds.foundation.errors import ContentError

UNKNOWN = "unknown"
CONTEXT = "context"


def differences(model: DecisionModel, case: Mapping[str, Any]) -> list[str]:
    """What differs between the expectation of a case and what its decision gives; ContentError when it cannot be run."""
    one = decision(model, case)
    return list(compare(case, one, evaluation.evaluate_decision(one, inputs(model, case))))


def decision(model: DecisionModel, case: Mapping[str, Any]) -> Decision:
    """The decision that the case is for."""
    for one in model.decisions:
        if one.name == case["table"]:
            return one
    raise ContentError(f"The case is for {case['table']}, which is no decision.")


def inputs(model: DecisionModel, case: Mapping[str, Any]) -> dict[str, Any]:
    """A value for all that the decision reads: None for what the case does not name, or names as `unknown`."""
    one, items, said = decision(model, case), types(model), case["inputs"]
    strangers = sorted(said.keys() - set(one.requires))
    if strangers:
        raise ContentError(f"The case names {', '.join(strangers)}, which {one.name} does not read.")
    untold = sorted(name for name in one.requires if not items[name].nullable and name not in said)
    if untold:
        raise ContentError(f"The case must name {', '.join(untold)}, which cannot be unknown.")
    return {name: typed(name, items[name], said[name]) if name in said else None for name in one.requires}


def types(model: DecisionModel) -> dict[str, ItemDefinition]:
    """The type of every fact and decision, and of the list of the rules that a decision gave."""
    return decisions.items(model, lambda one: _table(one.logic) if isinstance(one.logic, DecisionTable) else one.logic.item)


def _table(table: DecisionTable) -> ItemDefinition:
    """A table with several outputs gives a context; one that gives several rules gives a list."""
    several = not table.hit_policy.single and not table.hit_policy.aggregates
    if len(table.outputs) == 1:
        return replace(table.outputs[0].item, collection=True, nullable=False) if several else table.outputs[0].item
    parts = tuple((clause.name, clause.item) for clause in table.outputs)
    return ItemDefinition(CONTEXT, components=parts, collection=several, nullable=not several)


def typed(name: str, item: ItemDefinition, said: Any) -> Any:
    """The value that a case writes for an input; ContentError where the input cannot have it."""
    if item.collection:
        one = replace(item, collection=False, nullable=True)
        return tuple(typed(name, one, part) for part in (said if isinstance(said, list) else [said]))
    if said == UNKNOWN and UNKNOWN not in item.allowed:
        return None
    if item.components:
        return _context(name, item, said)
    if item.base in NUMERIC:
        return _number(name, said)
    words = tuple(said) if isinstance(said, list) else (said,)
    if not all(isinstance(word, str) for word in words) or (item.allowed and not set(words) <= set(item.allowed)):
        raise ContentError(f"The case says a word that {name} does not have.")
    return words if item.base == LIST else said


def _context(name: str, item: ItemDefinition, said: Any) -> dict[str, Any]:
    if not isinstance(said, dict) or said.keys() - dict(item.components).keys():
        raise ContentError(f"The case gives {name} something that is none of its outputs; they are {', '.join(dict(item.components))}.")
    return {entry: typed(f"{name}.{entry}", part, said.get(entry, UNKNOWN)) for entry, part in item.components}


def _number(name: str, text: Any) -> Decimal:
    try:
        return Decimal(text)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise ContentError(f"The case gives {name} something that is no number.") from error


def compare(case: Mapping[str, Any], one: Decision, result: DecisionResult) -> Iterator[str]:
    """What differs between the expectation and the result of the decision."""
    expect = case["expect"]
    if "rules" in expect and list(result.rules) != expect["rules"]:
        yield f"{one.name} gives the rules {_said(result.rules)}, expected {_said(expect['rules'])}"
    rows = list(dict.fromkeys(rule.split(".")[0] for rule in result.rules))
    if "rows" in expect and rows != expect["rows"]:
        yield f"{one.name} gives the rows {_said(rows)}, expected {_said(expect['rows'])}"
    for rule in set(expect.get("not", ())) & set(result.rules):
        yield f"the rule {rule} matched"
    given = outputs(one, result)
    for name, wanted in expect.get("outputs", {}).items():
        if name not in given:
            raise ContentError(f"The case expects {name}, which is no output of {one.name}.")
        if text(given[name]) != text(wanted):
            yield f"{name} is {_said(text(given[name]))}, expected {_said(text(wanted))}"


def outputs(one: Decision, result: DecisionResult) -> dict[str, Any]:
    """The result by output: a value, or one for each rule in the order of the result where the decision gives a list."""
    if not isinstance(one.logic, DecisionTable):
        return {one.name: result.value}
    names = [clause.name for clause in one.logic.outputs]
    if one.logic.hit_policy.aggregates or (one.logic.hit_policy.single and len(names) == 1):
        return {names[0]: result.value}
    if one.logic.hit_policy.single:
        return {name: None if result.value is None else result.value.get(name) for name in names}
    return {name: [given.get(name) for given in result.outputs] for name in names}


def text(value: Any) -> Any:
    """A value in the words of a case: `unknown` for none, numbers without superfluous zeros, a list of one as its item."""
    if isinstance(value, (list, tuple)):
        items = [text(item) for item in value]
        return items[0] if len(items) == 1 else items
    if isinstance(value, str):
        try:
            return str(canonical.plain(Decimal(value)))
        except ArithmeticError:
            return value
    return UNKNOWN if value is None else str(canonical.plain(value))


def _said(value: Any) -> str:
    return (", ".join(map(_said, value)) or "none") if isinstance(value, (list, tuple)) else str(value)
