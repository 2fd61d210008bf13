"""A whole call of one service, with every prefetch template answered from the scene's record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

from cds.client.checks import stub
from cds.client.checks.stub import Query
from cds.client.scenes import WITH_ORDERS, NotAScene, Scene
from cds.client.searching import Record
from cds.client.templates import Known, Unresolved, resolve
from cds.client.wire import SERVICES

EMPTY: Mapping[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": 0}
HOOKS = frozenset(
    {
        "allergyintolerance-create",
        "appointment-book",
        "encounter-discharge",
        "encounter-start",
        "medication-refill",
        "order-dispatch",
        "order-select",
        "order-sign",
        "patient-view",
        "problem-list-item-create",
    }
)
"""The hooks of the library."""
STAGED = frozenset({"patient-view", "encounter-start", "encounter-discharge", "order-select", "order-sign"})
"""Those whose context a scene can give."""


@dataclass(frozen=True)
class Call:
    """One call: its service, the request, and each resolved query by its prefetch key, with what answers it."""

    service: str
    request: Mapping[str, Any]
    keys: Mapping[str, Query]
    searches: frozenset[str]
    queries: Mapping[Query, Any] = field(repr=False)

    @property
    def path(self) -> str:
        """Where the service is called."""
        return f"{SERVICES}/{quote(self.service, safe='')}"

    @property
    def prefetch(self) -> dict[str, Any]:
        """What the request brings."""
        return dict(self.request["prefetch"])


def staged(service: Mapping[str, Any], scene: Scene, today: date) -> Call | None:
    """The call; None for a hook that cannot be staged, as one about orders without any.

    A search that cannot be answered brings an empty Bundle, a read that cannot brings nothing.
    """
    if service["hook"] not in STAGED or (service["hook"] in WITH_ORDERS and not scene.orders):
        return None
    try:
        request = scene.request(service["hook"])
    except NotAScene:
        return None
    answered = {key: (query, answer) for key, query, answer in _answered(service, scene, request["context"], today)}
    searches = frozenset(key for key, template in templates(service) if "?" in template)
    prefetch = {key: answer for key, (_, answer) in answered.items() if answer is not None}
    queries = {stub.query(query): answer for query, answer in answered.values() if query and answer is not None}
    return Call(service["id"], request | {"prefetch": prefetch}, {key: stub.query(query) for key, (query, _) in answered.items()}, searches, queries)


def templates(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The templates that are text, by key."""
    prefetch = service.get("prefetch")
    for key, template in prefetch.items() if isinstance(prefetch, Mapping) else ():
        if isinstance(template, str):
            yield key, template


def _answered(service: Mapping[str, Any], scene: Scene, context: Mapping[str, Any], today: date) -> Iterator[tuple[str, str, Any]]:
    """Key, query and answer of each template; the query is empty where it could not be made."""
    record = Record(scene.record)
    known = Known(context, {}, today, lambda _: None)
    for key, template in templates(service):
        nothing = dict(EMPTY) if "?" in template else None
        query = ""
        try:
            query = resolve(template, known)
            yield key, query, record.find(query) or nothing
        except Unresolved:
            yield key, query, nothing
