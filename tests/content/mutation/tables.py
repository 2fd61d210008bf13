"""The mutants of a decision, each with the words to tell it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from cds.dmn.feel import ast, writer
from cds.dmn.model import Decision, DecisionTable, HitPolicy, ItemDefinition, LiteralExpression, Rule
from tests.content.mutation import cells, expressions

DROPPED = "dropped"
UNORDERED = (HitPolicy.UNIQUE, HitPolicy.ANY)


@dataclass(frozen=True, eq=False)
class Mutant:
    """A decision with one change: `cell` is the column, or what of the rule was changed."""

    decision: Decision
    rule: str
    cell: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.decision.name}: {self.rule} {self.cell}: {self.old} -> {self.new}"


def mutants(decision: Decision) -> Iterator[Mutant]:
    """Every mutant of a decision table or of a literal expression."""
    if isinstance(decision.logic, DecisionTable):
        yield from _table(decision, decision.logic)
    elif isinstance(decision.logic, LiteralExpression):
        for old, new, tree in expressions.mutants(decision.logic.expression):
            mutant = replace(decision, logic=replace(decision.logic, text=writer.expression(tree), expression=tree))
            yield Mutant(mutant, decision.logic.id or decision.name, "expression", writer.expression(old), writer.expression(new) if new else DROPPED)


def _table(decision: Decision, table: DecisionTable) -> Iterator[Mutant]:
    for index, rule in enumerate(table.rules):
        for cell, old, new, changed in _rule(rule, table):
            yield Mutant(_with(decision, table, (*table.rules[:index], changed, *table.rules[index + 1 :])), rule.id, cell, old, new)
        yield Mutant(_with(decision, table, (*table.rules[:index], *table.rules[index + 1 :])), rule.id, "rule", rule.id, DROPPED)
    for index, (first, second) in enumerate(zip(table.rules, table.rules[1:], strict=False)):
        if table.hit_policy not in UNORDERED:
            rules = (*table.rules[:index], second, first, *table.rules[index + 2 :])
            yield Mutant(_with(decision, table, rules), first.id, "order", f"before {second.id}", f"after {second.id}")


def _with(decision: Decision, table: DecisionTable, rules: tuple[Rule, ...]) -> Decision:
    return replace(decision, logic=replace(table, rules=rules))


Change = tuple[str, str, str, Rule]
"""The cell, its old and new text, and the rule with the new one."""


def _rule(rule: Rule, table: DecisionTable) -> Iterator[Change]:
    items = {clause.name: clause.item for clause in table.inputs}
    for index, alternative in enumerate(rule.when):
        where = f"alternative {index + 1}, " if len(rule.when) > 1 else ""
        for column, old, new, changed in _alternative(alternative, items):
            yield where + column, old, new, replace(rule, when=(*rule.when[:index], changed, *rule.when[index + 1 :]))
        if len(rule.when) > 1:
            yield f"{where}all cells", str(index + 1), DROPPED, replace(rule, when=(*rule.when[:index], *rule.when[index + 1 :]))
    for clause in table.outputs:
        entry = rule.then.get(clause.name)
        for other in _entries(entry, clause.item, [one.then.get(clause.name) for one in table.rules]):
            new_text = DROPPED if other is None else writer.expression(other)
            then = {name: one for name, one in rule.then.items() if name != clause.name} | ({} if other is None else {clause.name: other})
            yield clause.name, "" if entry is None else writer.expression(entry), new_text, replace(rule, then=then)


def _alternative(
    alternative: Mapping[str, ast.UnaryTests], items: Mapping[str, ItemDefinition]
) -> Iterator[tuple[str, str, str, Mapping[str, ast.UnaryTests]]]:
    for column, tests in alternative.items():
        for other in cells.mutants(tests, items[column]):
            yield column, writer.unary_tests(tests), writer.unary_tests(other), {**alternative, column: other}
        yield column, writer.unary_tests(tests), "-", {name: one for name, one in alternative.items() if name != column}


def _entries(entry: ast.Expression | None, item: ItemDefinition, others: list[ast.Expression | None]) -> Iterator[ast.Expression | None]:
    """Other entries of an output cell: the next word or number, a code less, none; None is an empty cell."""
    if entry is None:
        return
    yield None
    match entry:
        case ast.Constant(value) if isinstance(value, Decimal):
            yield from (ast.Constant(value + step) for step in (-1, 1))
        case ast.Constant(value) if value in item.allowed:
            yield ast.Constant(item.allowed[(item.allowed.index(str(value)) + 1) % len(item.allowed)])
        case ast.Constant():
            yield from [other for other in others if other is not None and other != entry][:1]
        case ast.ListOf(items) if len(items) > 1:
            yield from (ast.ListOf((*items[:index], *items[index + 1 :])) for index in range(len(items)))
