"""The cards of an answer as the actions of a RequestGroup: a card, in it its suggestions, in each what it creates."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cds.fhir.knowledge.publication import Publication, Resource

DECISION = "org.back-pain-cds.decision"
URN = "urn:ietf:rfc:3986"
ACTION_TYPES = "http://terminology.hl7.org/CodeSystem/action-type"
PRIORITIES: Mapping[str, str] = MappingProxyType({"critical": "stat", "warning": "urgent", "info": "routine"})
"""The priority of each indicator (HL7's ConceptMap indicator-to-request-priority), the highest first."""


def actions(published: Publication, cards: Sequence[Mapping[str, Any]]) -> list[Resource]:
    """A top-level action for each card, in their order."""
    return [_card(published, card) for card in cards]


def priority(cards: Sequence[Mapping[str, Any]]) -> str:
    """The highest priority among the cards, of which there is at least one."""
    given = {card["indicator"] for card in cards}
    return next(priority for indicator, priority in PRIORITIES.items() if indicator in given)


def created(cards: Sequence[Mapping[str, Any]]) -> list[Resource]:
    """An entry for each resource that a suggestion would create, once, under the address by which its actions refer to it."""
    offers = (offer for card in cards for offer in card.get("suggestions", ()))
    made = {_address(offer): action["resource"] for offer in offers for action in offer["actions"]}
    return [{"fullUrl": address, "resource": resource} for address, resource in made.items()]


def urn(identity: str) -> str:
    """The address of a UUID."""
    return f"urn:uuid:{identity}"


def _card(published: Publication, card: Mapping[str, Any]) -> Resource:
    source = card["source"]
    told: Resource = {
        "id": card["uuid"],
        "extension": _extensions(published, card),
        "title": card["summary"],
        "description": card.get("detail", ""),
        "priority": PRIORITIES[card["indicator"]],
        "code": [{"coding": [source["topic"]]}],
        "documentation": [_document("source", source), *(_document("link", link) for link in card.get("links", ()))],
        "selectionBehavior": card.get("selectionBehavior", ""),
    }
    return {name: value for name, value in told.items() if value} | _within(card)


def _within(card: Mapping[str, Any]) -> Resource:
    """The suggestions; an action has either actions or a resource (rqg-1), and what a card that only informs is about is the answer itself."""
    if card.get("suggestions"):
        return {"action": [_suggestion(offer) for offer in card["suggestions"]]}
    decision = card["extension"][DECISION]["decisionId"]
    return {"resource": {"type": "GuidanceResponse", "identifier": {"system": URN, "value": urn(decision)}}}


def _suggestion(offer: Mapping[str, Any]) -> Resource:
    """All of its actions are taken together, or none."""
    told = {"id": offer["uuid"], "title": offer["label"], "selectionBehavior": "all"}
    return told | {"action": [_creation(offer, action) for action in offer["actions"]]}


def _creation(offer: Mapping[str, Any], action: Mapping[str, Any]) -> Resource:
    kind = {"coding": [{"system": ACTION_TYPES, "code": action["type"]}]}
    target = {"reference": _address(offer), "type": action["resource"]["resourceType"]}
    return {"description": action["description"], "type": kind, "resource": target}


def _address(offer: Mapping[str, Any]) -> str:
    """A suggestion has one action, so that its own UUID is also that of what it creates."""
    return urn(offer["uuid"])


def _document(label: str, link: Mapping[str, Any]) -> Resource:
    told = {"type": "documentation", "label": label, "display": link["label"]}
    return told | ({"url": link["url"]} if "url" in link else {})


def _extensions(published: Publication, card: Mapping[str, Any]) -> list[Resource]:
    decision = card["extension"][DECISION]
    parts = [{"url": name, "valueString": decision[name]} for name in ("decisionId", "release", "digest")]
    parts += [{"url": "rule", "valueString": rule} for rule in decision.get("rules", ())]
    reasons = [published.extension("override-reason", valueCoding=reason) for reason in card.get("overrideReasons", ())]
    return [published.extension("decision", extension=parts), *reasons]
