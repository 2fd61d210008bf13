"""What a model must do for every input, as a release declares it, and whether it does for given facts.

Three kinds: one condition implies another; a step up in an input never lowers a decision; some conditions never hold together.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from cds.dmn.analysis import composition
from cds.dmn.analysis.composition import Facts
from cds.dmn.feel import ast, interpreter
from cds.dmn.model import RULES, DecisionModel, requirement


@dataclass(frozen=True)
class Condition:
    """Holds when every cell of one row is true, or when the expression is. The names are inputs, decisions and `<decision>.rules`."""

    rows: tuple[Mapping[str, ast.UnaryTests], ...] = ()
    expression: ast.Expression | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names that it reads."""
        return frozenset(name for row in self.rows for name in row) | (ast.names(self.expression) if self.expression is not None else frozenset())


@dataclass(frozen=True)
class Implication:
    """Whenever the premise holds, the conclusion does."""

    premise: Condition
    conclusion: Condition


class Move(Enum):
    """A step that is not between two given values: a larger number, a value where there was none, one more item of a list."""

    MORE = "more"
    KNOWN = "known"
    ITEM = "one-more-item"


@dataclass(frozen=True)
class OneMore:
    """A step that is one given item more in a list."""

    item: str


Link = str | Decimal | tuple[str, ...] | None
Chain = tuple[Link, ...]
"""Values of an input in the order in which a step never lowers the decision; None is unknown."""

Step = Chain | Move | OneMore


@dataclass(frozen=True)
class Monotone:
    """No step of any of the inputs lowers the decision, whatever the other inputs are, as long as `when` holds before and after it.

    `order` has the words of the decision from the lowest; it is empty for a decision that is a number. A change from or to a value
    that is not in the order counts as lowering.
    """

    decision: str
    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    order: tuple[str | None, ...] = ()
    when: Condition | None = None


@dataclass(frozen=True)
class NeverTogether:
    """No two of the conditions hold for one input."""

    conditions: tuple[Condition, ...]


Statement = Implication | Monotone | NeverTogether


@dataclass(frozen=True)
class Property:
    """A statement with its id and the sentence that a clinician reads."""

    id: str
    sentence: str
    statement: Statement


def names(statement: Statement) -> frozenset[str]:
    """The decisions and inputs that the statement speaks of."""
    match statement:
        case Implication(premise, conclusion):
            return premise.names | conclusion.names
        case NeverTogether(conditions):
            return frozenset().union(*(condition.names for condition in conditions))
        case Monotone():
            return frozenset({statement.decision, *statement.inputs}) | (statement.when.names if statement.when else frozenset())


def strangers(statement: Statement, decision_model: DecisionModel) -> frozenset[str]:
    """The names of the statement that the model does not have."""
    decisions = {decision.name for decision in decision_model.decisions}
    known = decision_model.inputs.keys() | decisions | {name + RULES for name in decisions}
    return frozenset(name for name in names(statement) if name not in known)


def broken(statement: Statement, decision_model: DecisionModel, facts: Facts, after: Facts | None = None) -> bool:
    """Whether a run of the model for these facts (before and after the step, where there is one) breaks the statement."""
    wanted = frozenset(map(requirement, names(statement)))
    found = composition.evaluated(decision_model, wanted, facts)
    match statement:
        case Implication(premise, conclusion):
            return holds(premise, found) and not holds(conclusion, found)
        case NeverTogether(conditions):
            return any(holds(one, found) and holds(other, found) for one, other in itertools.combinations(conditions, 2))
        case Monotone():
            then = composition.evaluated(decision_model, wanted, facts if after is None else after)
            meant = statement.when is None or (holds(statement.when, found) and holds(statement.when, then))
            return meant and lowered(statement.order, found[statement.decision], then[statement.decision])


def holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether the condition is true of these values; what unknown leaves open is not."""
    if condition.expression is not None:
        return interpreter.evaluate(condition.expression, values) is True
    return any(all(interpreter.matches(tests, values[name], values) is True for name, tests in row.items()) for row in condition.rows)


def lowered(order: tuple[str | None, ...], before: Any, after: Any) -> bool:
    """Whether the second value is below the first, or one of two different ones has no place in the order."""
    if before == after and type(before) is type(after):
        return False
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        return after < before
    if before in order and after in order:
        return order.index(after) < order.index(before)
    return True
