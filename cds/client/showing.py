"""What a service sent, made fit to be shown: whole cards of text, whatever came, and nothing in it that a terminal would obey."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.foundation import canonical

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]")
"""Control characters but tab and line feed, what turns the direction of text or cannot be seen, and halves of surrogate pairs."""
SHOWN_INSTEAD = "\ufffd"
MAX_TEXT = 10_000
MAX_LINE = 1_000
"""Characters of one text, and of one line of it, that are shown; the rest is cut off, and said to be."""
CUT = " [cut off here]"


def clean(value: Any, *, otherwise: str = "") -> str:
    """Text as it may be shown; `otherwise` for what is no text, or empty."""
    if not isinstance(value, str) or not value:
        return otherwise
    text = CONTROL.sub(SHOWN_INSTEAD, value.replace("\r\n", "\n"))
    return _cut("\n".join(_cut(one, MAX_LINE) for one in text.split("\n")), MAX_TEXT)


def line(value: Any, *, otherwise: str = "") -> str:
    """Text that may be shown, in one line."""
    return " ".join(clean(value).split()) or otherwise


def document(value: Any) -> str:
    """The value as JSON in ASCII: what a terminal would obey stands there as its escape."""
    return json.dumps(value, indent=2, default=canonical.plain).replace("\x7f", "\\u007f")


def card(sent: Any) -> dict[str, Any]:
    """A card with all that is shown of one, each in its form: what is missing is said to be."""
    given = sent if isinstance(sent, Mapping) else {}
    source = given.get("source")
    return {
        "indicator": line(given.get("indicator"), otherwise="no indicator"),
        "summary": line(given.get("summary"), otherwise="(a card without a summary)"),
        "detail": clean(given.get("detail")),
        "source": {"label": line(source.get("label") if isinstance(source, Mapping) else None, otherwise="(without a source)")},
        "suggestions": [_suggestion(one) for one in objects(given.get("suggestions"))],
        "links": [_link(one) for one in objects(given.get("links"))],
    }


def actions(sent: Any) -> list[str]:
    """A line for each action: what it does to which type of resource, and what it says of itself."""
    return [
        f"{line(one.get('type'), otherwise='does')} {_kind(one)}: {line(one.get('description'), otherwise='no description')}" for one in objects(sent)
    ]


def problems(body: Any) -> list[str]:
    """What an OperationOutcome says, an issue a line; nothing for any other body."""
    issues = objects(body.get("issue")) if isinstance(body, Mapping) and body.get("resourceType") == "OperationOutcome" else []
    told = (line(one.get("diagnostics")) or line(_words(one.get("details"))) for one in issues)
    return [text for text in dict.fromkeys(told) if text]


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; nothing where there is no list."""
    return list(_objects(value)) if isinstance(value, Sequence) and not isinstance(value, str) else []


def _objects(values: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    return (one for one in values if isinstance(one, Mapping))


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[:size] + CUT


def _suggestion(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"label": line(one.get("label"), otherwise="(without a label)"), "does": actions(one.get("actions"))}


def _link(link: Mapping[str, Any]) -> dict[str, str]:
    smart = " (a SMART app)" if link.get("type") == "smart" else ""
    return {"label": line(link.get("label"), otherwise="(without a label)") + smart, "url": line(link.get("url"), otherwise="(without an address)")}


def _kind(action: Mapping[str, Any]) -> str:
    resource = action.get("resource")
    kind = resource.get("resourceType") if isinstance(resource, Mapping) else action.get("resourceId")
    return line(kind, otherwise="a resource")


def _words(details: Any) -> Any:
    return details.get("text") if isinstance(details, Mapping) else None
