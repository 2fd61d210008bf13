"""Where a rule comes from, as files say it: its id, its annotation entries and its description."""

from cds.dmn.formats.dmn import extensions
from cds.dmn.formats.dmn.xml import Element
from cds.dmn.model import Source


def rule_id(element: Element) -> str:
    """The id of a rule; empty when the file gives it none."""
    kept = extensions.held(element)
    return kept.id if kept else element.attribute("id")


def source(element: Element, annotations: tuple[str, ...]) -> Source:
    """What our extension keeps; else the description as the reason, else the annotation entries, each with its heading when there are several."""
    kept = extensions.held(element)
    if kept:
        return extensions.source(kept, element, annotations)
    description = element.child("description")
    texts = [entry.text() for entry in element.children("annotationEntry")]
    headed = [f"{name}: {text}" if name and len(annotations) > 1 else text for name, text in zip(annotations, texts, strict=False)]
    told = "\n".join(text for text in headed or texts if text)
    return Source(because=description.content() if description else told, annotation=told if description else "")
