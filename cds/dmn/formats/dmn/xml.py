"""Bytes to a tree of elements: bounded in size and depth, no entity, no document type, no network; places as `file:line`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from cds.dmn.formats.dmn import names
from cds.foundation.errors import ContentError

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
LANGUAGE = "expressionLanguage"
FEEL = "feel"
XML_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Element:
    """One element of the model's namespace, and the file it stands in."""

    node: etree._Element
    file: str

    @property
    def tag(self) -> str:
        """The local name."""
        return etree.QName(self.node).localname

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.node.sourceline}"

    @property
    def in_feel(self) -> bool:
        """Whether the element says no other expression language than FEEL, by whichever of its addresses."""
        return FEEL in (self.attribute(LANGUAGE) or FEEL).lower()

    def attribute(self, name: str) -> str:
        """The attribute without surrounding space; empty when it is absent."""
        return (self.node.get(name) or "").strip()

    def name(self) -> str:
        """The attribute `name` with single spaces, as FEEL compares names (DMN 1.5, 10.3.1.5)."""
        return spaced(self.node.get("name") or "")

    def children(self, *tags: str) -> Iterator["Element"]:
        """The child elements of the model's namespace in order, those of the given local names or all."""
        namespace = etree.QName(self.node).namespace
        for child in self.node.iterchildren(tag=etree.Element):
            qualified = etree.QName(child)
            if qualified.namespace == namespace and (not tags or qualified.localname in tags):
                yield Element(child, self.file)

    def child(self, *tags: str) -> "Element | None":
        """The first child of one of these names."""
        return next(self.children(*tags), None)

    def descendants(self, *tags: str) -> Iterator["Element"]:
        """All elements below this one, and itself, of the model's namespace and of the given local names or all."""
        namespace = etree.QName(self.node).namespace
        for node in self.node.iter(*(f"{{{namespace}}}{tag}" for tag in tags or "*")):
            yield Element(node, self.file)

    def content(self) -> str:
        """The text in this element, without surrounding space."""
        return (self.node.text or "").strip()

    def text(self) -> str:
        """The text in the child `text`, empty when there is none."""
        inner = self.child("text")
        return inner.content() if inner else ""

    def error(self, text: str) -> ContentError:
        """An error that names this place."""
        return ContentError(text, expression=self.place)


def spaced(name: str) -> str:
    """A name with single spaces."""
    return XML_SPACE.sub(" ", name).strip()


def definitions(body: bytes, file: str) -> Element:
    """The root of a DMN file; ContentError when the bytes are no such file."""
    if len(body) > MAX_BYTES:
        raise ContentError(f"The file has {len(body)} bytes; at most {MAX_BYTES} are read. Split the model.", expression=file)
    root = _root(body, file)
    qualified = etree.QName(root)
    if qualified.localname != "definitions":
        raise ContentError("The root is not `definitions` of DMN. Export the model as DMN 1.3, 1.4 or 1.5.", expression=f"{file}:{root.sourceline}")
    if qualified.namespace not in names.MODEL_NAMESPACES.values():
        versions = ", ".join(names.MODEL_NAMESPACES)
        raise ContentError(f"The namespace is none of DMN {versions}. Export the model as one of them.", expression=f"{file}:{root.sourceline}")
    _require_shallow(root, file)
    element = Element(root, file)
    if not element.in_feel:
        raise element.error(f"The expression language {element.attribute(LANGUAGE)} is not supported. Write the model in FEEL.")
    return element


def _root(body: bytes, file: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line, _ = error.position
        raise ContentError(
            "The file is not well-formed XML, or nested too deep. Export the model again.", expression=f"{file}:{line or 1}"
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ContentError("The file has a document type declaration, which DMN has no use for. Remove it.", expression=f"{file}:1")
    return root


def _require_shallow(root: etree._Element, file: str) -> None:
    depth = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise ContentError(f"The file is nested deeper than {MAX_DEPTH} levels. Flatten it.", expression=f"{file}:{node.sourceline}")
