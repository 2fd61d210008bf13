"""What breaks the shape of one answer, for `cds try`: rows on cards that need no more than it (CDS Hooks 3.0, "CDS Service Response")."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cds.client.checks import cards, suggestions, whole
from cds.client.checks.visit import BEFORE, Heard, Hearing, NotChecked, listed, text
from cds.client.wire import OK, Reply
from cds.foundation import canonical

OF_ONE = ("F1", "A3", "F3", "F4", "F6", "F7", "F8", "F9", "F10", "F11", "F14", "F15", "F16", "F17", "F19", "F20", "F21", "I5")
"""Not F5, F13 and F22: HTML, and what was agreed upon with a client, are judged by the whole check."""
CHECKS: Mapping[str, Callable[[Hearing], Iterator[str]]] = MappingProxyType(
    {"A3": whole.fhir_inside, "F1": whole.has_cards, "I5": whole.extensions, **cards.CHECKS, **suggestions.CHECKS}
)


def faults(service: str, version: str, answer: Mapping[str, Any]) -> list[str]:
    """What is wrong with an answer of the service, which follows that version of CDS Hooks (empty for one that names none)."""
    reply = Reply(OK, {}, json.dumps(answer, default=canonical.plain).encode())
    hearing = Hearing(heard=[Heard("call", service, reply)])
    told = [fault for name in OF_ONE for fault in _judged(CHECKS[name], hearing)]
    told += _texts(service, answer)
    return list(dict.fromkeys([*told, *_system(service, answer, described=version.startswith(BEFORE) or not version)]))


def _judged(check: Callable[[Hearing], Iterator[str]], hearing: Hearing) -> list[str]:
    try:
        return list(check(hearing))
    except NotChecked:
        return []


def _texts(service: str, answer: Mapping[str, Any]) -> Iterator[str]:
    for card in listed(answer.get("cards")):
        if not isinstance(card.get("detail", ""), str):
            yield f"A detail of {service} is no text."
        yield from (
            f"`{name}` of a card of {service} is no list of objects." for name in ("suggestions", "links") if not _objects(card.get(name, []))
        )


def _system(service: str, answer: Mapping[str, Any], *, described: bool) -> Iterator[str]:
    """Of a system action 3.0 alone leaves the description to the service."""
    sent = answer.get("systemActions", [])
    if not _objects(sent):
        yield f"`systemActions` of {service} is no list of objects."
    for action in listed(sent):
        if action.get("type") not in suggestions.TYPES:
            yield f"A system action of {service} has a type other than create, update and delete."
        if described and not text(action.get("description")):
            yield f"A system action of {service} has no description."
        if action.get("type") in ("create", "update") and not isinstance(action.get("resource"), Mapping):
            yield f"A system action of {service} that creates or updates brings no resource."


def _objects(value: Any) -> bool:
    return isinstance(value, list) and len(listed(value)) == len(value)
