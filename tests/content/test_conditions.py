"""A rule as one condition in standard FEEL (`cds.dmn.formats.conditions`) is true exactly where the rule matches, on cases of every release."""

from decimal import Decimal
from typing import Any

from cds.dmn import evaluation
from cds.dmn.feel import interpreter, parser, writer
from cds.dmn.feel.ast import Expression
from cds.dmn.formats import conditions
from cds.dmn.model import RULES, DecisionModel, DecisionTable, Rule
from tests.content.strategies import Vocabulary

EVERY = 9
"""Of the cases one in so many is tried, all tables each time."""


def values(model: DecisionModel, inputs: dict[str, Any]) -> dict[str, Any]:
    """Every name of the model with what it is for these inputs."""
    found = {name: Decimal(value) if isinstance(value := inputs.get(name), int) else value for name in model.inputs}
    for name, result in evaluation.evaluate(model, inputs).decisions.items():
        found |= {name: result.value, name + RULES: result.rules}
    return found


def matches(rule: Rule, table: DecisionTable, known: dict[str, Any]) -> bool:
    """Whether all cells of one alternative hold, cell by cell."""
    readers = table.compiled.readers
    return any(all(interpreter.matches(tests, readers[name](known), known) for name, tests in cells.items()) for cells in rule.when)


def rules(model: DecisionModel) -> list[tuple[DecisionTable, Rule, Expression]]:
    """Every rule with its table and its condition as it is read back from text."""
    names = frozenset({*model.inputs, *(decision.name + end for decision in model.decisions for end in ("", RULES))})
    return [
        (decision.logic, rule, parser.expression(writer.expression(conditions.of_rule(rule, decision.logic)), names))
        for decision in model.decisions
        if isinstance(decision.logic, DecisionTable)
        for rule in decision.logic.rules
    ]


def test_a_condition_holds_where_the_rule_matches_and_nowhere_else(vocabulary: Vocabulary) -> None:
    model, matched = vocabulary.release.model, set[str]()
    written = rules(model)
    for start in vocabulary.starts[::EVERY]:
        known = values(model, dict(start))
        for table, rule, condition in written:
            holds = matches(rule, table, known)
            assert (interpreter.evaluate(condition, known) is True) == holds, rule.id
            matched |= {rule.id} if holds else set()
    assert len(matched) > len(written) / 2
