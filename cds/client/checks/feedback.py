"""Rows G: feedback on cards, of every shape, right and wrong (CDS Hooks 3.0, "Feedback")."""

import uuid
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from cds.client.checks.visit import NO_ENTRY, NO_SUCH, Json, NotChecked, Visit, bearer, found, listed, refused, success, told
from cds.client.wire import OK, SERVICES, Reply

REASON = {"system": "https://example.org/back-pain-cds/try", "code": "other"}
NOBODY = f"{SERVICES}/no-service-has-this-id/feedback"


def offered(visit: Visit) -> Iterator[str]:
    """G1: a service need not take feedback; where it does, an unknown id is none of its own."""
    _sound(visit)
    for call in {call.service: call for call, _ in visit.calls}.values():
        if _given(visit, [_item(visit)], path=f"{call.path}/feedback").status in NO_SUCH:
            yield f"{call.service} takes no feedback, though others of this server do."
    reply = _given(visit, [_item(visit)], path=NOBODY)
    if not refused(reply):
        yield f"Feedback to an id that no service has got {told(reply)}; it is 404."


def is_a_list(visit: Visit) -> Iterator[str]:
    """G2."""
    _sound(visit)
    for what, body in (("without the list feedback", {}), ("whose feedback is no list", {"feedback": _item(visit)})):
        reply = _sent(visit, body)
        if not refused(reply):
            yield f"A body {what} got {told(reply)}; it has to be refused."
    if not success(_sent(visit, {"feedback": []})):
        yield "An empty list of feedback was refused; it may be empty."


def items_whole(visit: Visit) -> Iterator[str]:
    """G3."""
    _sound(visit)
    wrong = [("outcome", "maybe"), ("outcomeTimestamp", "yesterday"), ("card", None), ("outcome", None), ("outcomeTimestamp", None)]
    for name, value in wrong:
        reply = _given(visit, [_item(visit, **{name: value})])
        if not refused(reply):
            yield f"An item {'with a wrong' if value else 'without'} {name} got {told(reply)}; it has to be refused."


def acceptance_named(visit: Visit) -> Iterator[str]:
    """G4."""
    _sound(visit)
    reply = _given(visit, [_item(visit, outcome="accepted")])
    if not refused(reply):
        yield f"An accepted card without acceptedSuggestions got {told(reply)}; it has to say which."
    for card in [card for card in _heard(visit) if listed(card.get("suggestions")) and card.get("uuid")][:1]:
        named = [{"id": card["suggestions"][0].get("uuid")}]
        good = _given(visit, [_item(visit, card=card["uuid"], outcome="accepted", acceptedSuggestions=named)])
        if not success(good):
            yield f"An accepted suggestion got {told(good)}; it is right."


def every_reason(visit: Visit) -> Iterator[str]:
    """G5."""
    plain = _first(visit)
    if not success(plain):
        yield f"An overridden card without a reason got {told(plain)}; a reason may be left out."
        return
    shapes: tuple[tuple[str, Json], ...] = (
        ("a reason without display", {"reason": REASON}),
        ("a comment", {"userComment": "Tried by a machine."}),
        ("a reason and a comment", {"reason": {**REASON, "display": "Other"}, "userComment": "Tried by a machine."}),
    )
    for what, reason in shapes:
        reply = _given(visit, [_item(visit, overrideReason=reason)])
        if not success(reply):
            yield f"{what.capitalize()} for an override got {told(reply)}; it is right."


def again_and_many(visit: Visit) -> Iterator[str]:
    """G6."""
    _sound(visit)
    item = _item(visit)
    if not all(success(_given(visit, [item])) for _ in range(2)):
        yield "The same feedback sent again was refused; it may come again."
    later, earlier = _item(visit), _item(visit)
    if not success(_given(visit, [later, earlier, _item(visit)])):
        yield "Several items at once, not in the order of their times, were refused."


def unknown_cards(visit: Visit) -> Iterator[str]:
    """G7."""
    _sound(visit)
    reply = _given(visit, [_item(visit, card=str(uuid.uuid4()))])
    if not success(reply):
        yield f"Feedback on a card that is not known here got {told(reply)}; it may be of another release, and is kept apart."


def needs_a_token(visit: Visit) -> Iterator[str]:
    """G8: the token of a call of the service is let in by agreement, so it is not tried."""
    _sound(visit)
    if visit.signer is None:
        raise NotChecked("No key of a registered client was given.")
    if _given(visit, [_item(visit)], headers={}).status not in NO_ENTRY:
        yield "Feedback without a token was taken."
    other = bearer(visit.signer.token(visit.wire.url(SERVICES), at=visit.clock()))
    if _given(visit, [_item(visit)], headers=other).status not in NO_ENTRY:
        yield "Feedback with a token for another address was taken."


def _first(visit: Visit) -> Reply:
    """A plain override; raises NotChecked where the service takes no feedback."""
    reply = _given(visit, [_item(visit)])
    if reply.status in NO_SUCH:
        raise NotChecked("The service takes no feedback.")
    return reply


def _sound(visit: Visit) -> None:
    """Raises NotChecked where not even a plain override is taken; asked once, since nothing else is sent before one was."""
    if any(one.kind == "feedback" and success(one.reply) for one in visit.heard):
        return
    reply = _first(visit)
    if not success(reply):
        raise NotChecked(f"A plain override got {told(reply)}; no feedback can be judged.")


def _heard(visit: Visit) -> list[Json]:
    return [card for call, reply in visit.calls if reply.status == OK for card in listed(found(reply, "cards"))]


def _item(visit: Visit, **changes: Any) -> Json:
    """An override of the first card that was heard, each at a time of its own; None leaves an element out."""
    card = next((card["uuid"] for card in _heard(visit) if isinstance(card.get("uuid"), str)), None)
    if card is None:
        raise NotChecked("No card had a uuid that feedback could name.")
    item = {"card": card, "outcome": "overridden", "outcomeTimestamp": visit.moment(), **changes}
    return {name: value for name, value in item.items() if value is not None}


def _given(visit: Visit, items: list[Json], *, path: str = "", headers: dict[str, str] | None = None) -> Reply:
    return _sent(visit, {"feedback": items}, path=path, headers=headers)


def _sent(visit: Visit, body: Any, *, path: str = "", headers: dict[str, str] | None = None) -> Reply:
    call, _ = visit.sound
    return visit.ask("POST", path or f"{call.path}/feedback", kind="feedback", service=call.service, body=body, headers=headers)


CHECKS = MappingProxyType(
    {
        "G1": offered,
        "G2": is_a_list,
        "G3": items_whole,
        "G4": acceptance_named,
        "G5": every_reason,
        "G6": again_and_many,
        "G7": unknown_cards,
        "G8": needs_a_token,
    }
)
