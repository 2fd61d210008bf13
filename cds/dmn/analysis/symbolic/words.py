"""The words that an input which may be any text can be compared with: all others are alike to the model."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import chain

from cds.dmn import model
from cds.dmn.feel import ast
from cds.dmn.model import NUMERIC, Clause, Decision, DecisionModel, DecisionTable, ItemDefinition, LiteralExpression


def compared(models: tuple[DecisionModel, ...], inputs: Mapping[str, ItemDefinition]) -> tuple[str, ...]:
    """Every word that some decision may compare with an input of any text, or with what it passes on of one."""
    open_names = {name for name, item in inputs.items() if _open(item)}
    found: dict[str, None] = {}
    for one in models:
        passed = set(open_names)
        for decision in one.decisions:
            if passed & {model.requirement(name) for name in decision.requires}:
                found |= dict.fromkeys(_words(decision, passed))
                passed |= {decision.name} if _passes(decision) else set()
    return tuple(found)


def _open(item: ItemDefinition) -> bool:
    return item.base not in (*NUMERIC, "boolean") and not item.allowed


def _passes(decision: Decision) -> bool:
    """Whether the value of the decision may be a word that it read."""
    if isinstance(decision.logic, DecisionTable):
        return any(_open(clause.item) for clause in decision.logic.outputs)
    return _open(decision.logic.item)


def _words(decision: Decision, passed: set[str]) -> Iterator[str]:
    if not isinstance(decision.logic, DecisionTable):
        yield from mentioned(decision.logic.expression if isinstance(decision.logic, LiteralExpression) else decision.logic)
        return
    columns = {clause.name for clause in decision.logic.inputs if _reads(clause, passed)}
    for rule in decision.logic.rules:
        for row in rule.when:
            yield from chain.from_iterable(mentioned(tests) for name, tests in row.items() if name in columns or _dynamic(tests))
        for entry in rule.then.values():
            yield from mentioned(entry) if ast.names(entry) & passed else ()


def _reads(clause: Clause, passed: set[str]) -> bool:
    return bool((ast.names(clause.expression) if clause.expression is not None else {clause.name}) & passed)


def _dynamic(tests: ast.UnaryTests) -> bool:
    return any(isinstance(test, ast.Satisfies | ast.Not) for test in tests)


def mentioned(node: object) -> Iterator[str]:
    """Every text under a part of a model."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, tuple):
        yield from chain.from_iterable(map(mentioned, node))
    elif is_dataclass(node) and not isinstance(node, type):
        yield from chain.from_iterable(mentioned(getattr(node, field.name)) for field in fields(node))
