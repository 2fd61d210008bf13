"""The list of ids of the rules that a decision gave (`red-flags.rules`) as a decision of its own, which the standard has no word for.

It stands in the file beside the decision whose rules it lists, and a reader that knows our extensions takes it away again.
"""

from cds.dmn.feel import ast, writer
from cds.dmn.hit_policies import order
from cds.dmn.model import (
    RULES,
    BoxedContext,
    Clause,
    Decision,
    DecisionModel,
    DecisionTable,
    HitPolicy,
    ItemDefinition,
    LiteralExpression,
    Logic,
    Rule,
    Source,
)
from cds.foundation.errors import ContentError

ID = ItemDefinition("string")
IDS = ItemDefinition("string", collection=True)
NONE = ast.ListOf(())
ORDERED = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
MATCHED = "matched"


def listed(model: DecisionModel) -> dict[str, Decision]:
    """The list for each decision whose list is read, by the name of that decision."""
    decisions = {decision.name: decision for decision in model.decisions}
    read = {name for decision in model.decisions for name in decision.requires} - decisions.keys() - model.inputs.keys()
    return {name: _list(decision) for name, decision in decisions.items() if name + RULES in read}


def _list(decision: Decision) -> Decision:
    logic, name = decision.logic, decision.name + RULES
    if isinstance(logic, DecisionTable):
        return Decision(name, _of_table(name, logic), decision.requires, decision.knowledge)
    if isinstance(logic, LiteralExpression) and logic.id:
        known = ast.Binary("!=", ast.Name(decision.name), ast.Constant(None))
        return Decision(name, _literal(ast.If(known, ast.ListOf((ast.Constant(logic.id),)), NONE)), (decision.name,))
    return Decision(name, _literal(NONE), ())


def _of_table(name: str, table: DecisionTable) -> Logic:
    """FIRST and PRIORITY give one rule, OUTPUT ORDER all in the order of their outputs, and every other policy all in their own order."""
    match table.hit_policy:
        case HitPolicy.FIRST:
            rules = tuple(_giving(rule, name, ast.ListOf((ast.Constant(rule.id),))) for rule in table.rules)
            return DecisionTable(HitPolicy.FIRST, table.inputs, (Clause(name, IDS, default=NONE),), rules)
        case HitPolicy.PRIORITY:
            none = ast.Binary("=", ast.Name(MATCHED), ast.Constant(None))
            result = _literal(ast.If(none, NONE, ast.ListOf((ast.Name(MATCHED),))))
            return BoxedContext(((MATCHED, _ids(MATCHED, table, HitPolicy.PRIORITY)), ("", result)), IDS)
        case HitPolicy.OUTPUT_ORDER:
            return _ids(name, table, HitPolicy.OUTPUT_ORDER)
    return _ids(name, table, HitPolicy.COLLECT)


def _ids(name: str, table: DecisionTable, policy: HitPolicy) -> DecisionTable:
    ranked = sorted(table.rules, key=lambda rule: _rank(table, rule)) if policy in ORDERED else ()
    clause = Clause(name, ID, values=tuple(rule.id for rule in ranked))
    return DecisionTable(policy, table.inputs, (clause,), tuple(_giving(rule, name, ast.Constant(rule.id)) for rule in table.rules))


def _rank(table: DecisionTable, rule: Rule) -> list[int]:
    return [_place(clause, rule) for clause in table.outputs]


def _place(clause: Clause, rule: Rule) -> int:
    """The rank of a rule by one output, which must be known beforehand."""
    values, tree = order(clause), rule.then.get(clause.name, ast.Constant(None))
    if not values:
        return 0
    if not isinstance(tree, ast.Constant):
        text = f"Rule {rule.id}, output {clause.name}: its rank is known only at run time, so the list of rules cannot be written. Write a constant."
        raise ContentError(text, expression=rule.id)
    return values.index(tree.value) if tree.value in values else len(values)


def _giving(rule: Rule, name: str, tree: ast.Expression) -> Rule:
    return Rule(rule.id, rule.when, {name: tree}, Source())


def _literal(tree: ast.Expression) -> LiteralExpression:
    return LiteralExpression(writer.expression(tree), tree, IDS)
