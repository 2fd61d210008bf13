"""DMN XML to a DecisionModel (DMN 1.1 to 1.5). Every fault names file, line, decision, and rule and cell where there is one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cds.dmn.formats import ordering
from cds.dmn.formats.dmn import boxed, extensions, graph, xml
from cds.dmn.formats.dmn.graph import DECISION, INPUT, KNOWLEDGE, Graph, Node
from cds.dmn.formats.dmn.scope import Scope
from cds.dmn.formats.dmn.types import ANY, Types
from cds.dmn.formats.dmn.xml import Element
from cds.dmn.model import Decision, DecisionModel, DecisionTable, ItemDefinition, KnowledgeModel, LiteralExpression

LOGIC = "encapsulatedLogic"


def read_model(body: bytes, file: str) -> DecisionModel:
    """The model in the bytes of a DMN file; `file` names it in errors. ContentError for all that is wrong with it."""
    root = xml.definitions(body, file)
    return _Reader(root).model()


class _Reader:
    """Holds what every expression is read against: the types, the graph, and the type of every node."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.types = Types(root)
        self.graph = Graph(root)
        self.items = {node.name: graph.item(node, self.types) for node in self.graph.nodes.values()}
        self.signatures = {node.name: self._signature(node) for node in self.graph.of(KNOWLEDGE)}

    def model(self) -> DecisionModel:
        decisions = [self._decision(node) for node in self._ordered(DECISION) if self._listed(node) is None]
        extensions.require_unique(decisions, self.root)
        inputs = {node.name: self._input(node, decisions) for node in self.graph.of(INPUT)}
        knowledge = tuple(self._knowledge(node) for node in self._ordered(KNOWLEDGE))
        return DecisionModel(self.root.name(), inputs, tuple(decisions), knowledge)

    def _input(self, node: Node, decisions: Iterable[Decision]) -> ItemDefinition:
        """The declared type; where there is none, the one that the first table declares which reads the input as it is."""
        tables = [decision.logic for decision in decisions if isinstance(decision.logic, DecisionTable)]
        read = [clause.item for table in tables for clause in table.inputs if clause.name == node.name and clause.expression is None]
        declared = self.items[node.name]
        return next((item for item in read if item != ANY), ANY) if declared == ANY else declared

    def _ordered(self, kind: str) -> Iterable[Node]:
        """The nodes of a kind, each after those of its kind that it requires; a list of rules requires the decision that gives them."""
        requires = {node.name: tuple(filter(None, (*node.requires[kind], self._listed(node)))) for node in self.graph.of(kind)}
        return [self.graph.nodes[name] for name in ordering.sequence(requires, self.root.file)]

    def _listed(self, node: Node) -> str | None:
        """The decision whose rules the node lists, if it is such a list."""
        return extensions.listed(node.element, self.graph.nodes.keys())

    def _decision(self, node: Node) -> Decision:
        scope = self._scope(node, f"Decision {node.name}")
        logic = boxed.inner(node.element, scope, self.items[node.name], "the decision")
        kept = extensions.held(node.element)
        if kept and isinstance(logic, LiteralExpression):
            logic = replace(logic, id=kept.id, source=extensions.source(kept, node.element, ()))
        return Decision(node.name, logic, node.information, node.requires[KNOWLEDGE])

    def _knowledge(self, node: Node) -> KnowledgeModel:
        scope = self._scope(node, f"Knowledge model {node.name}")
        parameters, body = boxed.function(self._logic(node), scope)
        return KnowledgeModel(node.name, parameters, body, node.requires[KNOWLEDGE])

    def _logic(self, node: Node) -> Element:
        logic = node.element.child(LOGIC)
        if logic is None:
            raise node.element.error(f"Knowledge model {node.name}: it has no encapsulatedLogic. Write one.")
        return logic

    def _signature(self, node: Node) -> tuple[str, ...]:
        return tuple(parameter.name() for parameter in self._logic(node).children("formalParameter"))

    def _scope(self, node: Node, owner: str) -> Scope:
        required = [name for names in node.requires.values() for name in names]
        items: Mapping[str, ItemDefinition] = {name: ANY if name in self.signatures else self.items[name] for name in required}
        others = frozenset(self.items) - {*required, node.name}
        return Scope(node.name, owner, self.types, items, others, {name: self.signatures[name] for name in required if name in self.signatures})
