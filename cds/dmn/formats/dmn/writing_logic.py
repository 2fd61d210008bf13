"""Boxed expressions to DMN XML (DMN 1.5, 7.3.2 and 10.2.1)."""

from dataclasses import dataclass

from lxml import etree

from cds.dmn.formats.dmn.building import Builder
from cds.dmn.formats.dmn.writing_tables import TableWriter
from cds.dmn.formats.dmn.writing_types import TypeWriter
from cds.dmn.model import BoxedContext, BoxedList, DecisionTable, Invocation, ItemDefinition, LiteralExpression, Logic

ANY = ItemDefinition("Any")


@dataclass(frozen=True)
class LogicWriter:
    """Writes the logic of decisions and knowledge models of one file."""

    builder: Builder
    types: TypeWriter
    tables: TableWriter

    def write(self, parent: etree._Element, owner: str, logic: Logic) -> None:
        """Adds the boxed expression; `owner` is what it belongs to, for ids and names of types."""
        match logic:
            case DecisionTable():
                self.tables.write(parent, owner, logic)
            case LiteralExpression(text):
                self.builder.say(parent, "literalExpression", text, id=self.builder.id(f"{owner}-expression"), typeRef=self._type(logic, owner))
            case Invocation():
                self._invocation(parent, owner, logic)
            case BoxedContext(entries):
                self._context(parent, owner, logic, entries)
            case BoxedList(items):
                node = self.builder.add(parent, "list", id=self.builder.id(f"{owner}-list"), typeRef=self._type(logic, owner))
                for item in items:
                    self.write(node, f"{owner}-item", item)

    def _invocation(self, parent: etree._Element, owner: str, logic: Invocation) -> None:
        node = self.builder.add(parent, "invocation", id=self.builder.id(f"{owner}-call"), typeRef=self._type(logic, owner))
        self.builder.say(node, "literalExpression", logic.function, id=self.builder.id(f"{owner}-called"))
        for name, bound in logic.bindings:
            binding = self.builder.add(node, "binding")
            self.builder.add(binding, "parameter", id=self.builder.id(f"{owner}-parameter-{name}"), name=name)
            self.write(binding, f"{owner}-{name}", bound)

    def _context(self, parent: etree._Element, owner: str, logic: BoxedContext, entries: tuple[tuple[str, Logic], ...]) -> None:
        node = self.builder.add(parent, "context", id=self.builder.id(f"{owner}-context"), typeRef=self._type(logic, owner))
        for name, inner in entries:
            entry = self.builder.add(node, "contextEntry", id=self.builder.id(f"{owner}-entry-{name}"))
            if name:
                self.builder.add(entry, "variable", id=self.builder.id(f"{owner}-variable-{name}"), name=name)
            self.write(entry, f"{owner}-{name or 'result'}", inner)

    def _type(self, logic: LiteralExpression | Invocation | BoxedContext | BoxedList, owner: str) -> str:
        """No reference for any type, which is what the reader makes of none."""
        return "" if logic.item == ANY else self.types.reference(logic.item, owner)
