"""A name for each type that a model uses: the author's where it has one, else one made of the clause that uses it."""

from collections.abc import Iterator, Mapping

from cds.dmn.formats import item_types
from cds.dmn.model import DecisionModel, DecisionTable, ItemDefinition, LiteralExpression


def given(model: DecisionModel) -> dict[str, ItemDefinition]:
    """The types that outputs, literal decisions and computed inputs use, by name and in order; a base that has no name needs none."""
    types: dict[str, ItemDefinition] = {}
    for name, item in _used(model):
        if not _bare(item):
            types.setdefault(_free(types, item.name or name, item), item)
    return types


def of(types: Mapping[str, ItemDefinition], name: str, item: ItemDefinition) -> str:
    """The name of the type of a clause or decision of that name: as `given` gave it, or its base."""
    return item.base if _bare(item) else _free(types, item.name or name, item)


def _bare(item: ItemDefinition) -> bool:
    return not item.name and item == ItemDefinition(item.base)


def _free(types: Mapping[str, ItemDefinition], wanted: str, item: ItemDefinition) -> str:
    """The wanted name, or with a number where another type has it."""
    name, number = wanted, 2
    while name in item_types.BASES or types.get(name, item) != item:
        name, number = f"{wanted}-{number}", number + 1
    return name


def _used(model: DecisionModel) -> Iterator[tuple[str, ItemDefinition]]:
    for decision in model.decisions:
        if isinstance(decision.logic, DecisionTable):
            computed = [clause for clause in decision.logic.inputs if clause.expression is not None]
            yield from ((clause.name, clause.item) for clause in (*computed, *decision.logic.outputs))
        elif isinstance(decision.logic, LiteralExpression):
            yield decision.name, decision.logic.item
