"""The model in DMN's words: decisions, tables, rules, requirements (DMN 1.5, clauses 6 to 8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cached_property

from cds.dmn import columns, compiler
from cds.dmn.columns import Column
from cds.dmn.compiler import CompiledTable
from cds.dmn.feel import ast


class HitPolicy(Enum):
    """What several matching rules mean (DMN 1.5, 8.2.8)."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    FIRST = "FIRST"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"
    COLLECT = "COLLECT"
    COLLECT_SUM = "COLLECT SUM"
    COLLECT_MIN = "COLLECT MIN"
    COLLECT_MAX = "COLLECT MAX"
    COLLECT_COUNT = "COLLECT COUNT"

    def __init__(self, text: str) -> None:
        """`single`: the table gives the result of one rule; `aggregates`: one value made of the outputs of all rules that matched.

        `takes_first` and `takes_all`: the rules that match give the result as they stand, the first alone or all of them.
        """
        self.single = text in ("UNIQUE", "ANY", "PRIORITY", "FIRST")
        self.aggregates = text.startswith("COLLECT ")
        self.takes_first = text == "FIRST"
        self.takes_all = text.startswith(("COLLECT", "RULE"))


LIST = "list of string"
"""The base of a list of words; a list of anything else is a `collection`."""

NUMERIC = ("integer", "number")


@dataclass(frozen=True)
class ItemDefinition:
    """A type (DMN 1.5, 7.3.3): base type, allowed words or bounds; `nullable` is False where unknown cannot be.

    `constraint` holds allowed values that are neither words nor one closed range of numbers; `components` are the entries of a context.
    With `collection` a value is a list of such items. `name` is what the author calls the type; it is no part of what the type means.
    """

    base: str
    allowed: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    nullable: bool = True
    constraint: ast.UnaryTests = ()
    components: tuple[tuple[str, "ItemDefinition"], ...] = ()
    collection: bool = False
    name: str = field(default="", compare=False)


@dataclass(frozen=True)
class Clause:
    """An input or an output of a table (DMN 1.5, 8.3.2 and 8.3.3).

    `name` is the key of the clause in each rule. An input reads `expression`, the fact or decision `name` when that is absent.
    `values` are the output values in order of priority where they are not the allowed words; `default` is the output when no rule matches.
    """

    name: str
    item: ItemDefinition
    expression: ast.Expression | None = None
    values: tuple[ast.Scalar, ...] = ()
    default: ast.Expression | None = None


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
        words = {clause.name: clause.item.allowed for clause in self.inputs}
        return {name: columns.compiled([row.get(name) for _, row in self.rows], words.get(name, ())) for name in names}

    @cached_property
    def only(self) -> str:
        """The name of the output where there is one; empty where a result is a context of several."""
        return self.outputs[0].name if len(self.outputs) == 1 else ""

    @cached_property
    def defaults(self) -> tuple[Clause, ...]:
        """The outputs that have a default."""
        return tuple(clause for clause in self.outputs if clause.default is not None)

    @cached_property
    def required(self) -> tuple[Clause, ...]:
        """The outputs that must have a value."""
        return tuple(clause for clause in self.outputs if not clause.item.nullable)

    @cached_property
    def always(self) -> bool:
        """Whether every rule is sure to give a value for each output that must have one."""
        constants = [rule.constant for rule in self.compiled.rules]
        return self.compiled.constant and all(output[clause.name] is not None for output in constants for clause in self.required)

    @cached_property
    def compiled(self) -> CompiledTable:
        """The table as Python, made at the first evaluation."""
        expressions = {clause.name: clause.expression for clause in self.inputs if clause.expression is not None}
        when = [(rule.id, rule.when) for rule in self.rules]
        gives = tuple(clause.name for clause in self.outputs)
        return compiler.compiled(when, [rule.then for rule in self.rules], gives, self.columns, expressions)


@dataclass(frozen=True)
class LiteralExpression:
    """A decision that is one FEEL expression."""

    text: str
    expression: ast.Expression
    item: ItemDefinition
    id: str = ""
    source: Source = Source()


@dataclass(frozen=True)
class Invocation:
    """A boxed invocation (DMN 1.5, 10.2.1.3): the function of that name with its parameters bound by name."""

    function: str
    bindings: tuple[tuple[str, "Logic"], ...]
    item: ItemDefinition


@dataclass(frozen=True)
class BoxedContext:
    """A boxed context (DMN 1.5, 10.2.1.4): entries in order, each may read those before it; an entry named "" is the result."""

    entries: tuple[tuple[str, "Logic"], ...]
    item: ItemDefinition


@dataclass(frozen=True)
class BoxedList:
    """A boxed list (DMN 1.5, 10.2.1.5); a relation is a list of contexts."""

    items: tuple["Logic", ...]
    item: ItemDefinition


Logic = DecisionTable | LiteralExpression | Invocation | BoxedContext | BoxedList


@dataclass(frozen=True)
class KnowledgeModel:
    """A business knowledge model (DMN 1.5, 6.3.10): a function over its parameters and the knowledge it requires."""

    name: str
    parameters: tuple[tuple[str, ItemDefinition], ...]
    body: Logic
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """A named decision and what it requires: names of inputs and of other decisions, and of knowledge models."""

    name: str
    logic: Logic
    requires: tuple[str, ...]
    knowledge: tuple[str, ...] = ()


@dataclass(frozen=True)
class DecisionModel:
    """A requirement graph: input types by name, and decisions in an order in which each comes after what it requires.

    `knowledge` are the business knowledge models, in an order of the same kind.
    """

    name: str
    inputs: Mapping[str, ItemDefinition]
    decisions: tuple[Decision, ...]
    knowledge: tuple[KnowledgeModel, ...] = ()

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


def rule_ids(decision: Decision) -> tuple[str, ...]:
    """The ids that `<decision>.rules` may hold: of the rules of a table, or the one of a literal expression."""
    if isinstance(decision.logic, DecisionTable):
        return tuple(rule.id for rule in decision.logic.rules)
    return (decision.logic.id,) if isinstance(decision.logic, LiteralExpression) and decision.logic.id else ()


def items(decision_model: DecisionModel, of: Callable[[Decision], ItemDefinition]) -> dict[str, ItemDefinition]:
    """The type of every name that may be read: inputs, decisions as `of` types them, and the rules that each gave."""
    found = dict(decision_model.inputs)
    for decision in decision_model.decisions:
        found[decision.name] = of(decision)
        found[decision.name + RULES] = ItemDefinition(LIST, rule_ids(decision), nullable=False)
    return found
