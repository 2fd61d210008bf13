"""A DecisionModel to a DMN file (DMN 1.3 for dmn-js and Camunda Modeler, or 1.5), which `reading` reads as an equal model.

Everything stands in the standard's form, so that the file means the same to a program that does not know our extensions.
"""

from lxml import etree

from cds.dmn.formats.dmn import building, diagram, extensions, names, rule_lists, writing_types
from cds.dmn.formats.dmn.building import Builder
from cds.dmn.formats.dmn.diagram import Arrow
from cds.dmn.formats.dmn.writing_logic import LogicWriter
from cds.dmn.formats.dmn.writing_tables import TableWriter
from cds.dmn.formats.dmn.writing_types import TypeWriter
from cds.dmn.model import RULES, Decision, DecisionModel, ItemDefinition, KnowledgeModel, LiteralExpression, Source
from cds.foundation.errors import ContentError

FOR_EDITORS = "1.3"
NEWEST = "1.5"
VERSIONS = tuple(names.DIAGRAM_NAMESPACES)


def write(model: DecisionModel, version: str = FOR_EDITORS) -> bytes:
    """The bytes of the file; `version` is one of VERSIONS. ContentError where a text holds what XML cannot."""
    if version not in VERSIONS:
        raise ContentError(f"DMN {version} is not written; choose {' or '.join(VERSIONS)}.", expression=model.name)
    root = _Writer(model, version).root()
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


class _Writer:
    """Holds the ids of the nodes and the arrows between them while the file is written."""

    def __init__(self, model: DecisionModel, version: str) -> None:
        self.model = model
        self.builder = Builder(version)
        self.types = TypeWriter(self.builder)
        self.lists = rule_lists.listed(model)
        self.decisions = [one for decision in model.decisions for one in (decision, self.lists.get(decision.name)) if one is not None]
        self.read = dict(model.inputs) | {one.name: writing_types.value_type(one.name, one.logic)[0] for one in self.decisions}
        self.logic = LogicWriter(self.builder, self.types, TableWriter(self.builder, self.types, self.read))
        self.arrows: list[Arrow] = []
        id_ = self.builder.id(model.name)
        self.inputs, self.nodes, self.knowledge = (
            {name: self.builder.id(name) for name in group}
            for group in (model.inputs, [one.name for one in self.decisions], [one.name for one in model.knowledge])
        )
        self._root = self.builder.root()
        for name, value in (("id", id_), ("name", model.name), ("namespace", f"{names.EXTENSIONS}/models")):
            self._root.set(name, value)

    def root(self) -> etree._Element:
        body = etree.Element("body")
        for name, item in self.model.inputs.items():
            node = self.builder.add(body, "inputData", id=self.inputs[name], name=name)
            self._variable(node, name, item, name)
        for one in self.model.knowledge:
            self._knowledge(body, one)
        for decision in self.decisions:
            self._decision(body, decision)
        self.types.write(self._root)
        self._root.extend(body)
        self._diagram()
        return self._root

    def _variable(self, node: etree._Element, name: str, item: ItemDefinition, hint: str) -> None:
        self.builder.add(node, "variable", id=self.builder.id(f"{node.get('id')}-variable"), name=name, typeRef=self.types.reference(item, hint))

    def _knowledge(self, body: etree._Element, one: KnowledgeModel) -> None:
        node = self.builder.add(body, "businessKnowledgeModel", id=self.knowledge[one.name], name=one.name)
        self.builder.add(node, "variable", id=self.builder.id(f"{one.name}-variable"), name=one.name)
        logic = self.builder.add(node, "encapsulatedLogic", id=self.builder.id(f"{one.name}-logic"))
        for name, item in one.parameters:
            id_ = self.builder.id(f"{one.name}-{name}")
            self.builder.add(logic, "formalParameter", id=id_, name=name, typeRef=self.types.reference(item, name))
        self.logic.write(logic, one.name, one.body)
        self._requires(node, one.requires, "knowledge")

    def _decision(self, body: etree._Element, decision: Decision) -> None:
        node = self.builder.add(body, "decision", id=self.nodes[decision.name], name=decision.name)
        if decision in self.lists.values():
            building.mark(node, **{extensions.RULES_OF: decision.name.removesuffix(RULES)})
        if isinstance(decision.logic, LiteralExpression) and (decision.logic.id or decision.logic.source != Source()):
            extensions.hold(self.builder, node, decision.logic.id, decision.logic.source)
        item, hint = writing_types.value_type(decision.name, decision.logic)
        self._variable(node, decision.name, item, hint)
        self._requires(node, decision.requires, "information")
        self._requires(node, decision.knowledge, "knowledge")
        self.logic.write(node, decision.name, decision.logic)

    def _requires(self, node: etree._Element, required: tuple[str, ...], kind: str) -> None:
        target = str(node.get("id"))
        for name in required:
            tag, source = self._required(name, kind, target)
            id_ = self.builder.id(f"{target}-needs-{source}")
            requirement = self.builder.add(node, f"{kind}Requirement", id=id_)
            self.builder.add(requirement, tag, href=f"#{source}")
            self.arrows.append(Arrow(id_, source, target))

    def _required(self, name: str, kind: str, target: str) -> tuple[str, str]:
        kinds = (
            (("requiredKnowledge", self.knowledge),) if kind == "knowledge" else (("requiredDecision", self.nodes), ("requiredInput", self.inputs))
        )
        for tag, ids in kinds:
            if name in ids:
                return tag, ids[name]
        raise ContentError(f"{target} requires {name!r}, which is no input, decision or knowledge model of the model. Add it.", expression=target)

    def _diagram(self) -> None:
        """All nodes but the inputs that nothing reads."""
        read = {arrow.source for arrow in self.arrows}
        inputs = [id_ for id_ in self.inputs.values() if id_ in read]
        diagram.write(self.builder, self._root, [*inputs, *self.knowledge.values(), *self.nodes.values()], self.arrows)
