"""Rows A4, C and F2: requests that are right, and requests that must be refused (CDS Hooks 3.0, "HTTP Request")."""

import json
from collections.abc import Iterator
from types import MappingProxyType

from cds.client.checks.visit import LACKS_DATA, NO_ENTRY, NO_SUCH, SILENCE, Visit, refused, success, told
from cds.client.wire import OK
from cds.foundation import canonical

NEEDED = ("hook", "hookInstance", "context")
MARK = "org.example.back-pain-cds.try"


def strict(visit: Visit) -> Iterator[str]:
    """A4: neither comments nor a comma before the end."""
    call, _ = visit.sound
    text = json.dumps(call.request, default=canonical.plain)
    for what, body in (("a comma before its end", text[:-1] + ",}"), ("a comment", text[:-1] + "/* a comment */}")):
        if success(visit.audible(visit.say(call, body.encode()))):
            yield f"A body with {what} was answered as if it were JSON."


def requires(visit: Visit) -> Iterator[str]:
    """C1: a whole request is answered, one that lacks an element refused with 4xx."""
    if faults := [call.service for call, reply in visit.calls if _turned_away(reply.status)]:
        yield from (f"A whole call of {service} was refused." for service in faults)
        return
    call, _ = visit.sound
    for name in NEEDED:
        reply = visit.audible(visit.call(call, {name: None}))
        if not refused(reply):
            yield f"A request without {name} got {told(reply)}; it has to be refused, and nothing made up for it."


def tolerates(visit: Visit) -> Iterator[str]:
    """C6."""
    call, _ = visit.sound
    for what, more in (("an extension", {"extension": {MARK: {"tried": True}}}), ("an unknown element", {"unknownElement": {"tried": True}})):
        reply = visit.call(call, more)
        if reply.status != OK:
            yield f"A request with {what} got {told(reply)}; it does no harm."


def without_prefetch(visit: Visit) -> Iterator[str]:
    """C7."""
    call, _ = visit.sound
    reply = visit.call(call, {"prefetch": None})
    if reply.status not in (OK, LACKS_DATA):
        yield f"A request without prefetch got {told(reply)}; it is right, and answered or refused with 412."


def never_swallows(visit: Visit) -> Iterator[str]:
    """F2: an error that looks like nothing to say is the worst that a service can do, and no answer at all tells nobody what was wrong."""
    call, _ = visit.sound
    if visit.swallows:
        yield "A body that is no JSON got 200 without cards. The clinician reads that as: nothing to say."
        return
    for what, reply in (("JSON", visit.garbled), ("object", visit.say(call, b"[]"))):
        if success(reply):
            yield f"A body that is no {what} got a success."
        elif reply.status == SILENCE:
            yield f"A body that is no {what} got {told(reply)}; an error is answered, with 4xx."


def _turned_away(status: int) -> bool:
    return status != OK and status not in (*NO_SUCH, *NO_ENTRY, LACKS_DATA)


CHECKS = MappingProxyType({"A4": strict, "C1": requires, "C6": tolerates, "C7": without_prefetch, "F2": never_swallows})
