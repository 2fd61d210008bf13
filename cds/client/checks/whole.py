"""Rows A, F1, H14, I3 and I5: what holds of every answer, judged over all that was heard."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from cds.client.checks.visit import ERRORS, UNSPOKEN, Heard, Hearing, NotChecked, Visit, document, found, listed, success, text
from cds.client.wire import JSON

TRACES = (b"Traceback (most recent call last)", b"\tat java.", b"at Object.<anonymous>", b"   at System.")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MAY_BE_EMPTY = ("cards", "services")


def is_json(visit: Visit) -> Iterator[str]:
    """A1: only a service on this machine may be called without https."""
    where = urlsplit(visit.wire.base)
    if where.scheme != "https" and where.hostname not in LOOPBACK:
        yield "The service is called over plain http; in production all goes over https."
    for one in _successes(visit):
        if one.reply.media != JSON or document(one.reply) is None:
            yield f"The answer to the {one.place} is not JSON, or does not say application/json."


def nothing_empty(visit: Visit) -> Iterator[str]:
    """A2: FHIR resources and what extensions hold have rules of their own."""
    for one in _successes(visit):
        body = document(one.reply)
        members = body.items() if isinstance(body, Mapping) else ()
        for name, value in members:
            if value != [] or name not in MAY_BE_EMPTY:
                yield from (f"The answer to the {one.place} has {place}, which is null or empty. Leave it out." for place in _empty(value, name))


def fhir_inside(visit: Hearing) -> Iterator[str]:
    """A3."""
    inside = [action["resource"] for _, card in visit.cards for action in _actions(card) if _brings(action)]
    if not inside:
        raise NotChecked("No card had a resource in it.")
    for resource in inside:
        if not isinstance(resource, Mapping) or not text(resource.get("resourceType")):
            yield "A resource in an action is no FHIR JSON: an object with resourceType."
        elif any(True for _ in _empty(resource, "")):
            yield "A resource in an action has an element that is null or empty, which FHIR JSON has not."


def outcomes(visit: Visit) -> Iterator[str]:
    """A5: a bare 401 is right (row H14)."""
    errors = [one for one in visit.heard if one.reply.status >= ERRORS and one.reply.status != UNSPOKEN and one.kind != "preflight"]
    if not errors:
        raise NotChecked("No request was answered with an error.")
    for one in errors:
        issues = listed(found(one.reply, "issue"))
        good = found(one.reply, "resourceType") == "OperationOutcome" and issues
        if not good or not all(text(issue.get("severity")) and text(issue.get("code")) for issue in issues):
            yield f"The error {one.reply.status} to the {one.place} has no OperationOutcome with severity and code as its body."
        if any(trace in one.reply.body for trace in TRACES):
            yield f"The error {one.reply.status} to the {one.place} shows a stack trace."


def has_cards(visit: Hearing) -> Iterator[str]:
    """F1."""
    if not visit.answers:
        raise NotChecked("No call was answered with 200.")
    for one in visit.answers:
        cards = found(one.reply, "cards")
        if not isinstance(cards, list) or len(listed(cards)) != len(cards):
            yield f"A 200 of {one.service} is no object with a list `cards` of objects."
        if not isinstance(found(one.reply, "systemActions") or [], list):
            yield f"`systemActions` of {one.service} is no list."


def bare(visit: Visit) -> Iterator[str]:
    """H14: whatever is wrong with a token, the answer is the same."""
    turned = [one.reply for one in visit.heard if one.reply.status == UNSPOKEN]
    if not turned:
        raise NotChecked("No call was turned away with 401.")
    if len({reply.body for reply in turned}) > 1:
        yield "The bodies of 401 differ with what is wrong; they have to be the same, so that nobody learns from them."
    if not all(reply.headers.get("www-authenticate", "").lower().startswith("bearer") for reply in turned):
        yield "A 401 has no header WWW-Authenticate: Bearer."


def never_stored(visit: Visit) -> Iterator[str]:
    """I3."""
    if not visit.answers:
        raise NotChecked("No call was answered with 200.")
    for one in visit.answers:
        if "no-store" not in one.reply.headers.get("cache-control", "").lower():
            yield f"Cards of {one.service} came without Cache-Control: no-store, so that old guidance may be shown again."


def extensions(visit: Hearing) -> Iterator[str]:
    """I5."""
    held = [(one, value) for one in _successes(visit) for value in _extensions(document(one.reply))]
    if not held:
        raise NotChecked("Nothing that was answered has an extension.")
    for one, value in held:
        if not isinstance(value, Mapping):
            yield f"An `extension` in the answer to the {one.place} is no object."


def _successes(visit: Hearing) -> list[Heard]:
    """Answers that have to have a body: of feedback a success may be empty."""
    good = [one for one in visit.heard if one.kind != "preflight" and success(one.reply) and (one.reply.body or one.kind != "feedback")]
    if not good:
        raise NotChecked("Nothing was answered with a success.")
    return good


def _empty(value: Any, place: str) -> Iterator[str]:
    if value is None or value in ("", [], {}):
        yield place
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if name not in ("resource", "extension") or member in (None, "", [], {}):
                yield from _empty(member, f"{place}.{name}")
    elif isinstance(value, list):
        for member in value:
            yield from _empty(member, place)


def _extensions(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            if name == "extension":
                yield member
            elif name != "resource":
                yield from _extensions(member)
    elif isinstance(value, list):
        for member in value:
            yield from _extensions(member)


def _actions(card: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for suggestion in listed(card.get("suggestions")):
        yield from listed(suggestion.get("actions"))


def _brings(action: Mapping[str, Any]) -> bool:
    return action.get("type") in ("create", "update") and "resource" in action


CHECKS = MappingProxyType(
    {
        "A1": is_json,
        "A2": nothing_empty,
        "A3": fhir_inside,
        "A5": outcomes,
        "F1": has_cards,
        "H14": bare,
        "I3": never_stored,
        "I5": extensions,
    }
)
