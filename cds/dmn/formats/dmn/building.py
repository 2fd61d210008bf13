"""Builds elements of one version of DMN XML: qualified names, text that XML can hold, ids that are unique in the file."""

import re
from dataclasses import dataclass, field

from lxml import etree

from cds.dmn.formats.dmn import names
from cds.foundation.errors import ContentError

NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NOT_ID = re.compile(r"[^A-Za-z0-9_.-]+")
STARTS_ID = re.compile(r"[A-Za-z_]")


@dataclass
class Builder:
    """Makes the elements of one file; `ids` are those given so far."""

    version: str
    ids: set[str] = field(default_factory=set)

    def root(self) -> etree._Element:
        """The empty `definitions`."""
        spaces: dict[str | None, str] = {None: names.MODEL_NAMESPACES[self.version], "cds": names.EXTENSIONS}
        spaces |= {"dmndi": names.DIAGRAM_NAMESPACES[self.version], "dc": names.DC, "di": names.DI}
        return etree.Element(self._model("definitions"), nsmap=spaces)  # type: ignore[arg-type]

    def add(self, parent: etree._Element, tag: str, /, text: str | None = None, **attributes: str) -> etree._Element:
        """A child of the model's namespace; attributes that are empty are left out."""
        return _filled(etree.SubElement(parent, self._model(tag)), text, attributes)

    def say(self, parent: etree._Element, tag: str, text: str, /, **attributes: str) -> etree._Element:
        """A child whose own child `text` holds the text, as entries and literal expressions have it."""
        node = self.add(parent, tag, **attributes)
        self.add(node, "text", text)
        return node

    def diagram(self, parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
        """A child of the diagram's namespace."""
        return _filled(etree.SubElement(parent, f"{{{names.DIAGRAM_NAMESPACES[self.version]}}}{tag}"), None, attributes)

    def extend(self, parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
        """A child of our own namespace, in the `extensionElements` of a model's element or in one of ours."""
        if etree.QName(parent).namespace != names.EXTENSIONS:
            holder = self._model("extensionElements")
            found = parent.find(holder)
            parent = found if found is not None else etree.SubElement(parent, holder)
        return _filled(etree.SubElement(parent, extension(tag)), None, attributes)

    def id(self, wanted: str) -> str:
        """An id (an NCName) made of the wanted text that no element of the file has yet."""
        plain = NOT_ID.sub("_", wanted)
        plain = plain if STARTS_ID.match(plain) else f"_{plain}"
        name, number = plain, 2
        while name in self.ids:
            name, number = f"{plain}_{number}", number + 1
        self.ids.add(name)
        return name

    def _model(self, tag: str) -> str:
        return f"{{{names.MODEL_NAMESPACES[self.version]}}}{tag}"


def extension(name: str) -> str:
    """The qualified name of an element or attribute of ours."""
    return f"{{{names.EXTENSIONS}}}{name}"


def mark(node: etree._Element, **attributes: str) -> None:
    """Sets attributes of our own namespace; an empty one says something too."""
    for name, value in attributes.items():
        node.set(extension(name), _holdable(value))


def _filled(node: etree._Element, text: str | None, attributes: dict[str, str]) -> etree._Element:
    for name, value in attributes.items():
        if value:
            node.set(name, _holdable(value))
    if text is not None:
        node.text = _holdable(text)
    return node


def _holdable(text: str) -> str:
    found = NOT_XML.search(text)
    if found:
        told = f"The character U+{ord(found[0]):04X} cannot stand in XML. Take it out of the text."
        raise ContentError(told, expression=repr(text[: found.start()]))
    return text
