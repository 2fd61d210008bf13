"""Rows F9 to F16: the suggestions of every card that was heard, and their actions (CDS Hooks 3.0, "Suggestion", "Action")."""

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from cds.client.checks.visit import Hearing, NotChecked, listed, text

Placed = tuple[str, dict[str, Any]]

BEHAVIOURS = ("any", "at-most-one")
TYPES = ("create", "update", "delete")
REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


def behaviour(visit: Hearing) -> Iterator[str]:
    """F9."""
    for service, card in _offering(visit):
        if card.get("selectionBehavior") not in BEHAVIOURS:
            yield f"A card of {service} has suggestions and no selectionBehavior that the standard knows."


def one_recommended(visit: Hearing) -> Iterator[str]:
    """F10."""
    for service, card in _offering(visit):
        recommended = [one for one in listed(card["suggestions"]) if one.get("isRecommended") is True]
        if card.get("selectionBehavior") == "at-most-one" and len(recommended) > 1:
            yield f"A card of {service} lets one suggestion be taken and recommends several."


def shaped(visit: Hearing) -> Iterator[str]:
    """F11: an empty list of actions is A2's fault as well as this."""
    for service, one in _suggestions(visit):
        if not text(one.get("label")):
            yield f"A suggestion of {service} has no label."
        if not isinstance(one.get("uuid", ""), str) or not isinstance(one.get("isRecommended", False), bool):
            yield f"A suggestion of {service} has a uuid that is no text, or isRecommended that is no boolean."
        if "actions" in one and not isinstance(one["actions"], list):
            yield f"A suggestion of {service} has actions that are no list."


def no_action_behaviour(visit: Hearing) -> Iterator[str]:
    """F13: this client said nothing of knowing it."""
    for service, one in _suggestions(visit):
        if "actionSelectionBehavior" in one:
            yield f"A suggestion of {service} has actionSelectionBehavior, which this client is not known to support."


def actions_described(visit: Hearing) -> Iterator[str]:
    """F14."""
    for service, action in _actions(visit):
        if action.get("type") not in TYPES or not text(action.get("description")):
            yield f"An action of {service} has no description, or a type other than create, update and delete."


def whole_resources(visit: Hearing) -> Iterator[str]:
    """F15: an update has to name what it updates."""
    for service, action in _actions(visit, "create", "update"):
        resource = action.get("resource")
        if resource is None:
            yield f"An action of {service} that creates or updates brings no resource."
        elif action["type"] == "update" and isinstance(resource, dict) and not text(resource.get("id")):
            yield f"An action of {service} that updates brings a resource without id."


def deletions(visit: Hearing) -> Iterator[str]:
    """F16."""
    for service, action in _actions(visit, "delete"):
        if not REFERENCE.fullmatch(str(action.get("resourceId"))) or "resource" in action:
            yield f"An action of {service} that deletes names no relative resourceId, or brings a resource."


def _offering(visit: Hearing) -> list[Placed]:
    offering = [(service, card) for service, card in visit.cards if listed(card.get("suggestions"))]
    if not offering:
        raise NotChecked("No card had a suggestion.")
    return offering


def _suggestions(visit: Hearing) -> list[Placed]:
    return [(service, one) for service, card in _offering(visit) for one in listed(card["suggestions"])]


def _actions(visit: Hearing, *types: str) -> list[Placed]:
    """The actions of these types, or all."""
    every = [(service, action) for service, one in _suggestions(visit) for action in listed(one.get("actions"))]
    fitting = [(service, action) for service, action in every if not types or action.get("type") in types]
    if not fitting:
        raise NotChecked(f"No suggestion had an action{' that is a ' + ' or '.join(types) if types else ''}.")
    return fitting


CHECKS = MappingProxyType(
    {
        "F9": behaviour,
        "F10": one_recommended,
        "F11": shaped,
        "F13": no_action_behaviour,
        "F14": actions_described,
        "F15": whole_resources,
        "F16": deletions,
    }
)
