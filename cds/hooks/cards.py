"""A card in the words of CDS Hooks 3.0 ("Card Attributes"): no null, no empty element, one action a suggestion.

What is not in a card because vendors or safety say no: system actions, autolaunch, `actionSelectionBehavior`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cds.hooks import plain
from cds.values.assessment import Card, Link, Suggestion
from cds.values.profile import ClientProfile
from cds.values.release import CardContent, Coding

SUMMARY_LIMIT = 139
"""A summary has fewer than 140 characters; counted in UTF-16 units, which are never fewer than code points."""

EXTENSION = "org.back-pain-cds.decision"
INFO = "info"


def kept(cards: Sequence[Card], profile: ClientProfile) -> list[Card]:
    """The cards that this client is sent, in their order: all that are critical or a warning, and others while its limit has room."""
    limit = len(cards) if profile.limit is None else profile.limit
    grave = sum(card.indicator != INFO for card in cards)
    others = iter(range(max(limit - grave, 0)))
    return [card for card in cards if card.indicator != INFO or next(others, None) is not None]


@dataclass(frozen=True)
class Outlet:
    """Where a card goes out: under which public address, with which form, to a client of which profile; no `form` where it is not served.

    A decision that was not `recorded` has no explanation to link to, and no service whose page on the release its source could name.
    """

    public_url: str
    form: str
    profile: ClientProfile = field(default_factory=ClientProfile)
    recorded: bool = True

    @property
    def base(self) -> str:
        """The public address without a slash at its end."""
        return self.public_url.rstrip("/")


def render(
    card: Card, resources: Mapping[str, dict[str, Any]], *, decision: Mapping[str, Any], content: CardContent, outlet: Outlet
) -> dict[str, Any]:
    """The card as JSON.

    `resources` holds the draft of each suggestion under its uuid; a suggestion without one is not made, since there is nothing to create.
    `decision` has decisionId, release and digest.
    """
    profile = outlet.profile
    suggestions = [_suggestion(offer, resources[offer.uuid]) for offer in card.suggestions if offer.uuid in resources]
    rendered = {
        "uuid": card.uuid,
        "summary": shortened(card.summary),
        "detail": plain.text(card.detail) if profile.plain else card.detail,
        "indicator": card.indicator,
        "source": {"label": card.source_label, **_about(decision, outlet), "topic": _coding(profile.codings_of(card.topic)[0])},
        "suggestions": suggestions,
        "selectionBehavior": profile.selection if suggestions else "",
        "overrideReasons": [_coding(reason) for reason in content.override_reasons],
        "links": [_link(link, decision, outlet) for link in card.links if _leads(link, outlet)],
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


def _about(decision: Mapping[str, Any], outlet: Outlet) -> dict[str, str]:
    """The address of the page that says what the release rests on; `release` is its name and its version."""
    return {"url": f"{outlet.base}/releases/{'/'.join(decision['release'].split())}"} if outlet.recorded else {}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _coding(coding: Coding) -> dict[str, str]:
    return {"system": coding.system, "code": coding.code, "display": coding.display}


def _suggestion(offer: Suggestion, resource: dict[str, Any]) -> dict[str, Any]:
    action = {"type": "create", "description": offer.label, "resource": resource}
    return {"label": offer.label, "uuid": offer.uuid, "actions": [action]}


def _leads(link: Link, outlet: Outlet) -> bool:
    there = {"explanation": outlet.recorded, "form": bool(outlet.form)}
    return link.to in outlet.profile.links and there[link.to]


def _link(link: Link, decision: Mapping[str, Any], outlet: Outlet) -> dict[str, str]:
    path = f"/form/{outlet.form}" if link.to == "form" else f"/decisions/{decision['decisionId']}"
    return {"label": link.label, "url": outlet.base + path, "type": "absolute"}
