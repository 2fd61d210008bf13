"""Types to item definitions (DMN 1.5, 7.3.3); what the standard's types cannot say stands in attributes of ours."""

from dataclasses import replace

from lxml import etree

from cds.dmn.feel import writer
from cds.dmn.formats.dmn import building, extensions, names, types
from cds.dmn.formats.dmn.building import Builder
from cds.dmn.model import LIST, Clause, DecisionTable, HitPolicy, ItemDefinition, Logic

STANDARD = frozenset(names.BASES.values()) - {"integer"}
CONTEXT, NUMBER = "context", "number"


class TypeWriter:
    """Gives each type a name in the file, and writes the definitions of those that were named."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._given: dict[str, ItemDefinition] = {}

    def reference(self, item: ItemDefinition, hint: str) -> str:
        """The `typeRef` of the type: a base of FEEL, or the author's name, or one made of the hint."""
        if item.base in STANDARD and not item.name and item == ItemDefinition(item.base):
            return item.base
        wanted = item.name or hint
        name, number = wanted, 2
        while name in names.BASES or not self._is(name, item):
            name, number = f"{wanted}-{number}", number + 1
        self._given[name] = item
        return name

    def write(self, parent: etree._Element) -> None:
        """Adds the item definitions."""
        for name, item in self._given.items():
            node = self._builder.add(parent, "itemDefinition", id=self._builder.id(f"type-{name}"), name=name)
            self._fill(node, item)

    def _is(self, name: str, item: ItemDefinition) -> bool:
        known = self._given.get(name, item)
        return known == item and known.name == item.name

    def _fill(self, node: etree._Element, item: ItemDefinition) -> None:
        if item.collection or item.base == LIST:
            node.set("isCollection", "true")
        _mark(node, item)
        if item.components:
            for name, part in item.components:
                self._fill(self._builder.add(node, "itemComponent", id=self._builder.id(f"{node.get('id')}-{name}"), name=name), part)
            return
        self._builder.add(node, "typeRef", extensions.FEEL_BASES.get(item.base, item.base))
        allowed = _allowed(item)
        if allowed:
            self._builder.say(node, "allowedValues", allowed)


def value_type(name: str, logic: Logic) -> tuple[ItemDefinition, str]:
    """The type of what a decision gives, and a name for it: a table with several outputs gives a context, one of several rules a list."""
    if not isinstance(logic, DecisionTable):
        return logic.item, name
    if logic.hit_policy is HitPolicy.COLLECT_COUNT:
        return ItemDefinition(NUMBER), name
    item, hint = _row(logic.outputs, name)
    if logic.hit_policy.single or logic.hit_policy.aggregates:
        return item, hint
    several = types.LIST if item.collection or item.base == LIST else replace(item, collection=True, nullable=True, name="")
    return several, f"{name} list"


def _row(outputs: tuple[Clause, ...], name: str) -> tuple[ItemDefinition, str]:
    if len(outputs) == 1:
        return outputs[0].item, outputs[0].name
    return ItemDefinition(CONTEXT, components=tuple((clause.name, clause.item) for clause in outputs)), f"{name} result"


def _allowed(item: ItemDefinition) -> str:
    if item.allowed:
        return ", ".join(map(writer.quoted, item.allowed))
    if item.minimum is not None and item.maximum is not None:
        return f"[{writer.number(item.minimum)}..{writer.number(item.maximum)}]"
    for operator, bound in ((">=", item.minimum), ("<=", item.maximum)):
        if bound is not None:
            return f"{operator} {writer.number(bound)}"
    return writer.unary_tests(item.constraint, words=False)


def _mark(node: etree._Element, item: ItemDefinition) -> None:
    """The author's name always, the rest where the definition alone would be read as another type."""
    building.mark(node, name=item.name)
    if item.base in extensions.FEEL_BASES:
        building.mark(node, base=item.base)
    if item.base == LIST and item.collection:
        building.mark(node, collection="true")
    if not item.nullable:
        building.mark(node, nullable="false")
    if item.constraint and _limited(item):
        building.mark(node, only=writer.unary_tests(item.constraint, words=False))
    elif item.constraint and types.limited(replace(item, constraint=()), item.constraint) != item:
        building.mark(node, tests="true")


def _limited(item: ItemDefinition) -> bool:
    return bool(item.allowed) or item.minimum is not None or item.maximum is not None
