"""Services that are wrong in discovery: rows B, D2 to D5, I4."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.client.broken.between import SERVICES, Came, Fault, Goes, Json, outcome


def _discovering(change: Callable[[list[Json]], Any]) -> Fault:
    """`change` is made to the list of services; what it returns stands in its place."""

    def after(came: Came, goes: Goes) -> Goes:
        if came.path != SERVICES or goes.status != 200 or came.method != "GET":
            return goes
        return goes.carrying({"services": change(goes.document["services"])})

    return Fault(after=after)


def _first(**changes: Any) -> Fault:
    """The first service with these members; None leaves one out."""

    def change(services: list[Json]) -> list[Json]:
        merged = {**services[0], **changes}
        return [{name: value for name, value in merged.items() if value is not None}, *services[1:]]

    return _discovering(change)


def _asking(template: str) -> Fault:
    """Every service with one more template."""
    return _discovering(lambda services: [{**one, "prefetch": {**one["prefetch"], "another": template}} for one in services])


def _away(came: Came) -> Came | Goes:
    return outcome(503) if came.path == SERVICES and came.method == "GET" else came


def _nowhere(came: Came) -> Came | Goes:
    return outcome(404) if came.is_call else came


FAULTS: Mapping[str, Fault] = {
    "B1": Fault(before=_away),
    "B2": _discovering(lambda services: {one["id"]: one for one in services}),
    "B3": _first(description=None),
    "B4": _first(title=None),
    "B5": _first(usageRequirements=5),
    "B6": _first(version="3"),
    "B7": _first(hookVersion="9.9"),
    "B9": Fault(before=_nowhere),
    "D2": _asking("Observation?patient={{patientId}}"),
    "D3": _asking("Observation?patient={{context.patient.id}}"),
    "D4": _asking("Observation?patient={{%nothingBefore.id}}"),
    "D5": _asking("Condition?patient={{context.patientId}}&_include=Condition:encounter"),
    "I4": _discovering(lambda services: [*services, {**services[0], "id": "another", "hook": "back-pain-submitted"}]),
}
