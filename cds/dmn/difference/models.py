"""How two models differ: decision by decision, with the inputs, the knowledge models and the decisions that are no tables."""

from collections.abc import Iterator

from cds.dmn.difference import joint, tables
from cds.dmn.difference.findings import DecisionDifference, Difference
from cds.dmn.feel import writer
from cds.dmn.model import Decision, DecisionModel, DecisionTable, ItemDefinition, KnowledgeModel, LiteralExpression, Logic


def difference(old: DecisionModel, new: DecisionModel, *, most: int = joint.MOST_STATES) -> Difference:
    """Every decision that differs. A decision is compared on its own inputs; what a change means further on is a question to the graph."""
    return Difference(tuple(_inputs(old, new)), tuple(_decisions(old, new, most)))


def _inputs(old: DecisionModel, new: DecisionModel) -> Iterator[str]:
    yield from (f"the input {name} is gone" for name in old.inputs if name not in new.inputs)
    yield from (f"the input {name} is new" for name in new.inputs if name not in old.inputs)
    for name in [name for name in new.inputs if name in old.inputs]:
        if old.inputs[name] != new.inputs[name]:
            yield f"the input {name} {_typed(old.inputs[name], new.inputs[name])}"


def _typed(old: ItemDefinition, new: ItemDefinition) -> str:
    gone = [word for word in old.allowed if word not in new.allowed]
    come = [word for word in new.allowed if word not in old.allowed]
    told = [f"no longer allows {', '.join(gone)}"] if gone else []
    told += [f"now allows {', '.join(come)}"] if come else []
    if (old.minimum, old.maximum) != (new.minimum, new.maximum):
        told.append(f"went from {_end(old.minimum)} to {_end(old.maximum)} and goes from {_end(new.minimum)} to {_end(new.maximum)}")
    return " and ".join(told) or "is of another type"


def _end(bound: object) -> str:
    return "no limit" if bound is None else str(bound)


def _decisions(old: DecisionModel, new: DecisionModel, most: int) -> Iterator[DecisionDifference]:
    before, after = ({one.name: one for one in model.decisions} for model in (old, new))
    for name, decision in after.items():
        found = _decision(before[name], decision, most) if name in before else DecisionDifference(name, ("the decision is new",))
        if found:
            yield found
    yield from (DecisionDifference(name, ("the decision is gone",)) for name in before if name not in after)
    yield from _knowledge(old.knowledge, new.knowledge, most)


def _knowledge(old: tuple[KnowledgeModel, ...], new: tuple[KnowledgeModel, ...], most: int) -> Iterator[DecisionDifference]:
    before, after = ({one.name: one for one in models} for models in (old, new))
    for name, knowledge in after.items():
        if name not in before:
            yield DecisionDifference(name, ("the knowledge model is new",))
            continue
        found = _logic(name, before[name].body, knowledge.body, most)
        parameters = ("the parameters differ",) if before[name].parameters != knowledge.parameters else ()
        if found or parameters:
            yield DecisionDifference(name, (*parameters, *found.changes), found.regions, found.not_proved, found.each_rule)
    yield from (DecisionDifference(name, ("the knowledge model is gone",)) for name in before if name not in after)


def _decision(old: Decision, new: Decision, most: int) -> DecisionDifference:
    return _logic(new.name, old.logic, new.logic, most)


def _logic(name: str, old: Logic, new: Logic, most: int) -> DecisionDifference:
    if isinstance(old, DecisionTable) and isinstance(new, DecisionTable):
        return tables.compare(Decision(name, old, ()), Decision(name, new, ()), most=most)
    if isinstance(old, LiteralExpression) and isinstance(new, LiteralExpression):
        return DecisionDifference(name, tuple(_literal(old, new)))
    if old == new:
        return DecisionDifference(name)
    same = type(old) is type(new)
    return DecisionDifference(name, ("the boxed expression differs" if same else f"was {_kind(old)} and is {_kind(new)}",))


def _literal(old: LiteralExpression, new: LiteralExpression) -> Iterator[str]:
    if old.expression != new.expression:
        yield f"the expression was {writer.expression(old.expression)} and is {writer.expression(new.expression)}"
    if old.item != new.item:
        yield f"the result {_typed(old.item, new.item)}"
    if old.id != new.id:
        yield f"the id was {old.id or 'none'} and is {new.id or 'none'}"


def _kind(logic: Logic) -> str:
    match logic:
        case DecisionTable():
            return "a table"
        case LiteralExpression():
            return "an expression"
    return "a boxed expression"
