"""The requirement graph of a file: its nodes by id, and what each requires by name (DMN 1.5, 6.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cds.dmn.formats.dmn import names
from cds.dmn.formats.dmn.types import Types
from cds.dmn.formats.dmn.xml import Element
from cds.dmn.model import ItemDefinition

INPUT = "inputData"
DECISION = "decision"
KNOWLEDGE = "businessKnowledgeModel"
SERVICE = "decisionService"
NODES = (INPUT, DECISION, KNOWLEDGE)
KINDS = {"requiredInput": INPUT, "requiredDecision": DECISION, "requiredKnowledge": KNOWLEDGE}
REQUIREMENTS = ("informationRequirement", "knowledgeRequirement")


@dataclass(frozen=True)
class Node:
    """One input, decision or knowledge model, with the names that it requires by kind of element.

    `information` are the inputs and decisions among them in the order of the file.
    """

    element: Element
    name: str
    kind: str
    requires: Mapping[str, tuple[str, ...]]
    information: tuple[str, ...]


class Graph:
    """All nodes of a file; ContentError for what is declared twice, not known, or required but not there."""

    def __init__(self, root: Element) -> None:
        _require_known(root)
        _require_unique_ids(root)
        self._elements = {element.attribute("id"): element for element in root.children(*NODES, SERVICE)}
        self._elements.pop("", None)
        self.nodes = _by_name(self._node(element) for element in root.children(*NODES))

    def of(self, kind: str) -> tuple[Node, ...]:
        """The nodes of one kind, in the order of the file."""
        return tuple(node for node in self.nodes.values() if node.kind == kind)

    def _node(self, element: Element) -> Node:
        references = [reference for requirement in element.children(*REQUIREMENTS) for reference in requirement.children(*KINDS)]
        required = {_named(target): target.tag for target in (self._target(element, reference) for reference in references)}
        by_kind = {kind: tuple(name for name, tag in required.items() if tag == kind) for kind in NODES}
        information = tuple(name for name, tag in required.items() if tag != KNOWLEDGE)
        return Node(element, _named(element), element.tag, by_kind, information)

    def _target(self, element: Element, reference: Element) -> Element:
        id_ = reference.attribute("href").removeprefix("#")
        target = self._elements.get(id_)
        if target is None:
            text = f"{element.name()} requires {reference.attribute('href')!r}, which is not in this file. Correct the href, or add what it names."
            raise reference.error(text)
        if target.tag != KINDS[reference.tag]:
            raise reference.error(
                f"{element.name()}: {reference.tag} names {target.name()}, but it is a {target.tag}. Require a {KINDS[reference.tag]}."
            )
        return target


def item(node: Node, types: Types) -> ItemDefinition:
    """The type of the variable of a node; any type without one."""
    variable = node.element.child("variable")
    return types.of(variable) if variable else types.named("", node.element)


def _named(element: Element) -> str:
    """The name by which others read the element: that of its variable, which should be its own (DMN 1.5, 6.3.7) and is not in every editor."""
    variable = element.child("variable")
    name = (variable.name() if variable else "") or element.name()
    if not name:
        raise element.error(f"A {element.tag} has no name. Give it one.")
    return name


def _by_name(nodes: Iterable[Node]) -> Mapping[str, Node]:
    found: dict[str, Node] = {}
    for node in nodes:
        if node.name in found:
            raise node.element.error(f"The name {node.name!r} stands twice, first at {found[node.name].element.place}. Give each its own name.")
        found[node.name] = node
    return found


def _require_known(root: Element) -> None:
    known = {*NODES, *names.IGNORED, "itemDefinition"}
    for element in root.children():
        if element.tag not in known:
            raise element.error(f"The element {element.tag} is not supported. Remove it, or export the model again.")


def _require_unique_ids(root: Element) -> None:
    seen: dict[str, Element] = {}
    for element in root.descendants():
        id_ = element.attribute("id")
        if id_ and id_ in seen:
            raise element.error(f"The id {id_!r} stands twice, first at {seen[id_].place}. Ids are unique in a file.")
        seen[id_] = element
