"""A card in the words of CDS Hooks 3.0 ("Card Attributes"): no null, no empty element, one action a suggestion.

What is not in a card because vendors or safety say no: system actions, autolaunch, `actionSelectionBehavior`.
"""

from collections.abc import Mapping
from typing import Any

from cds.values.assessment import Card, Link, Suggestion
from cds.values.release import CardContent, Coding

SUMMARY_LIMIT = 139
"""A summary has fewer than 140 characters; counted in UTF-16 units, which are never fewer than code points."""

EXTENSION = "org.back-pain-cds.decision"


def render(
    card: Card,
    resources: Mapping[str, dict[str, Any]],
    *,
    decision: Mapping[str, Any],
    content: CardContent,
    public_url: str,
    form: str,
    recorded: bool = True,
) -> dict[str, Any]:
    """The card as JSON.

    `resources` holds the draft of each suggestion under its uuid; a suggestion without one is not made, since there is nothing to create.
    `decision` has decisionId, release and digest; `form` is the name of the form, which a card that offers it links to.
    A decision that was not `recorded` has no explanation to link to, and no service whose page on the release its source could name.
    """
    suggestions = [_suggestion(offer, resources[offer.uuid]) for offer in card.suggestions if offer.uuid in resources]
    rendered = {
        "uuid": card.uuid,
        "summary": shortened(card.summary),
        "detail": card.detail,
        "indicator": card.indicator,
        "source": {"label": card.source_label, **_about(decision, public_url.rstrip("/"), recorded), "topic": _coding(card.topic)},
        "suggestions": suggestions,
        "selectionBehavior": "any" if suggestions else "",
        "overrideReasons": [_coding(reason) for reason in content.override_reasons],
        "links": [_link(link, decision, public_url.rstrip("/"), form) for link in card.links if recorded or link.to != "explanation"],
        "extension": {EXTENSION: {**decision, **({"rules": list(card.rules)} if card.rules else {})}},
    }
    return {key: value for key, value in rendered.items() if value}


def shortened(text: str) -> str:
    """The text, cut at a word and closed with an ellipsis where it is longer than a summary may be."""
    if _units(text) <= SUMMARY_LIMIT:
        return text
    kept = text[:SUMMARY_LIMIT]
    while _units(kept) > SUMMARY_LIMIT - 1:
        kept = kept[:-1]
    words, _, _ = kept.rpartition(" ")
    return (words or kept).rstrip(" ,;:.") + "…"


def _about(decision: Mapping[str, Any], base: str, recorded: bool) -> dict[str, str]:
    """The address of the page that says what the release rests on; `release` is its name and its version."""
    return {"url": f"{base}/releases/{'/'.join(decision['release'].split())}"} if recorded else {}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _coding(coding: Coding) -> dict[str, str]:
    return {"system": coding.system, "code": coding.code, "display": coding.display}


def _suggestion(offer: Suggestion, resource: dict[str, Any]) -> dict[str, Any]:
    action = {"type": "create", "description": offer.label, "resource": resource}
    return {"label": offer.label, "uuid": offer.uuid, "actions": [action]}


def _link(link: Link, decision: Mapping[str, Any], base: str, form: str) -> dict[str, str]:
    path = f"/form/{form}" if link.to == "form" else f"/decisions/{decision['decisionId']}"
    return {"label": link.label, "url": base + path, "type": "absolute"}
