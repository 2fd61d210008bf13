"""A DMN file as a program leaves it that knows nothing of our extensions, and what a model then says."""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from cds.dmn import evaluation
from cds.dmn.evaluation import HitPolicyViolation
from cds.dmn.formats.dmn import names
from cds.dmn.model import DecisionModel

VIOLATED = "a hit policy is violated"
OURS = f"{{{names.EXTENSIONS}}}"


def without_extensions(body: bytes) -> bytes:
    """The file without extension elements and without attributes of our namespace."""
    root = etree.fromstring(body)
    for node in list(root.iter(tag=etree.Element)):
        for name in [name for name in node.attrib if str(name).startswith(OURS)]:
            del node.attrib[name]
        parent = node.getparent()
        if etree.QName(node).localname == "extensionElements" and parent is not None:
            parent.remove(node)
    return etree.tostring(root)


def value(model: DecisionModel, inputs: Mapping[str, Any], decision: str) -> Any:
    """What one decision gives, a violated hit policy included."""
    try:
        return evaluation.evaluate(model, inputs, only=decision).value(decision)
    except HitPolicyViolation:
        return VIOLATED
