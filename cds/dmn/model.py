"""The model in DMN's words: decisions, tables, rules, requirements (DMN 1.5, clauses 6 to 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property

from cds.dmn import columns
from cds.dmn.columns import Column
from cds.dmn.feel import ast
from cds.facts import Base


class HitPolicy(Enum):
    """What several matching rules mean (DMN 1.5, 8.2.8)."""

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    COLLECT = "COLLECT"
    COLLECT_MAX = "COLLECT MAX"

    @property
    def single(self) -> bool:
        """Whether the table gives one result and not a list."""
        return self not in (HitPolicy.COLLECT, HitPolicy.COLLECT_MAX)


@dataclass(frozen=True)
class ItemDefinition:
    """The type of an input or output: base type, allowed words or bounds; `nullable` is False where unknown cannot be."""

    base: Base
    allowed: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    nullable: bool = True


@dataclass(frozen=True)
class Clause:
    """An input or an output of a table."""

    name: str
    item: ItemDefinition


@dataclass(frozen=True)
class Source:
    """Where a rule comes from: reason, evidence and claim keys, origin, and the marks of the notes."""

    because: str = ""
    evidence: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    origin: str = ""
    annotation: str = ""


@dataclass(frozen=True)
class Rule:
    """One row. `when` holds alternatives, each a cell by input name; an input left out means any value."""

    id: str
    when: tuple[Mapping[str, ast.UnaryTests], ...]
    then: Mapping[str, ast.Expression]
    source: Source


@dataclass(frozen=True)
class DecisionTable:
    """Rules in order, with their inputs, outputs and hit policy."""

    hit_policy: HitPolicy
    inputs: tuple[Clause, ...]
    outputs: tuple[Clause, ...]
    rules: tuple[Rule, ...]

    @cached_property
    def rows(self) -> tuple[tuple[Rule, Mapping[str, ast.UnaryTests]], ...]:
        """Every alternative of every rule, in order: the rows that the columns number."""
        return tuple((rule, alternative) for rule in self.rules for alternative in rule.when)

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The inputs that some row tests, compiled once."""
        names = dict.fromkeys(name for _, row in self.rows for name in row)
        return {name: columns.compiled([row.get(name) for _, row in self.rows]) for name in names}


@dataclass(frozen=True)
class LiteralExpression:
    """A decision that is one FEEL expression."""

    text: str
    expression: ast.Expression
    item: ItemDefinition
    id: str = ""
    source: Source = Source()


@dataclass(frozen=True)
class Decision:
    """A named decision and what it requires: names of inputs and of other decisions."""

    name: str
    logic: DecisionTable | LiteralExpression
    requires: tuple[str, ...]


@dataclass(frozen=True)
class DecisionModel:
    """A requirement graph: input types by name, and decisions in an order in which each comes after what it requires."""

    name: str
    inputs: Mapping[str, ItemDefinition]
    decisions: tuple[Decision, ...]

    def rules(self) -> Mapping[str, Rule]:
        """Every rule of every table, by id."""
        return self._rules

    def decision(self, name: str) -> Decision:
        """The decision of that name; KeyError when there is none."""
        return self._decisions[name]

    @cached_property
    def _rules(self) -> Mapping[str, Rule]:
        tables = [decision.logic for decision in self.decisions if isinstance(decision.logic, DecisionTable)]
        return {rule.id: rule for table in tables for rule in table.rules}

    @cached_property
    def _decisions(self) -> Mapping[str, Decision]:
        return {decision.name: decision for decision in self.decisions}


def requirement(name: str) -> str:
    """The decision or input that a name reads: `red-flags.rules` reads `red-flags`."""
    return name.removesuffix(RULES)


RULES = ".rules"
"""Suffix of the list of ids of the rules that a decision gave."""
