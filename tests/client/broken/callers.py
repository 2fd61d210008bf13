"""Services that let in whom they should not, or the other way round, and take wrong feedback: rows G and H."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.client.broken.between import FEEDBACK, SERVICES, Came, Fault, Goes, Json, outcome, parsed, success
from tests.tokens import Issuer

Claims = tuple[Json, Json]
Wrong = Callable[[Came, Claims], bool]
ANSWERED = ("accepted", "overridden")


def faults(friend: Issuer, base: str, known: frozenset[str]) -> dict[str, Fault]:
    """The faults of a service at `base`; `friend` is a client whose good tokens stand in for bad ones, `known` are the issuers and key ids."""
    return {**_FEEDBACK, "G6": Fault(before=_once()), "G7": _known_only(), **_doors(friend, base, known)}


def _doors(friend: Issuer, base: str, known: frozenset[str]) -> dict[str, Fault]:
    def trusting(wrong: Wrong) -> Fault:
        return Fault(before=lambda came: came.under(friend.bearer(base + came.path)) if wrong(came, _token(came)) else came)

    return {
        "G8": trusting(lambda came, token: came.is_feedback and token[1].get("aud") != base + came.path),
        "H1": trusting(lambda came, _: came.is_call and came.authorization is None),
        "H2": _strict(lambda came, _: not (came.authorization or "Bearer ").startswith("Bearer ")),
        "H3": trusting(lambda _, token: bool(token[0]) and "typ" not in token[0]),
        "H4": trusting(lambda _, token: token[0].get("alg") in ("none", "HS256", "HS384", "HS512")),
        "H5": _strict(lambda _, token: token[0].get("alg") == "RS384"),
        "H6": trusting(lambda _, token: bool(token[1]) and "jti" not in token[1]),
        "H7": trusting(lambda came, token: not came.is_feedback and isinstance(token[1].get("aud"), str) and token[1]["aud"] != base + came.path),
        "H8": trusting(lambda _, token: isinstance(token[1].get("iss"), str) and token[1]["iss"] not in known),
        "H10": trusting(lambda _, token: isinstance(token[0].get("kid"), str) and token[0]["kid"] not in known),
        "H11": trusting(_again()),
        "H13": _strict(lambda _, token: _number(token[1].get("iat")) > time.time()),
        "H14": Fault(after=lambda came, goes: goes.carrying({"cause": _mark(came)}) if goes.status == 401 else goes),
    }


def _strict(wrong: Wrong) -> Fault:
    """Callers who are right are turned away."""
    return Fault(before=lambda came: came.under(None) if wrong(came, _token(came)) else came)


def _again() -> Wrong:
    """Whether the token came before."""
    seen: set[str] = set()

    def again(_: Came, token: Claims) -> bool:
        jti = str(token[1].get("jti", ""))
        new = jti not in seen
        seen.update([jti] if jti else [])
        return not new

    return again


def _token(came: Came) -> Claims:
    """Header and payload of the token, empty where it has none that can be read."""
    parts = (came.authorization or "").partition(" ")[2].split(".")
    header, claims = (_part(part) for part in parts[:2]) if len(parts) == 3 else ({}, {})
    return header, claims


def _part(text: str) -> Json:
    try:
        found = parsed(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0


def _mark(came: Came) -> str:
    return hashlib.sha256((came.authorization or "").encode()).hexdigest()


def _items(change: Callable[[Json], Json]) -> Fault:
    """Items of feedback are changed before they are read."""

    def before(came: Came) -> Came:
        listed = came.document.get("feedback") if came.is_feedback and isinstance(came.document, dict) else None
        return came.carrying({"feedback": [change(item) for item in listed]}) if isinstance(listed, list) else came

    return Fault(before=before)


def _given(came: Came) -> Iterator[Json]:
    listed = came.document.get("feedback") if came.is_feedback and isinstance(came.document, dict) else None
    yield from (item for item in (listed if isinstance(listed, list) else ()) if isinstance(item, dict))


def _taken_of_nobody(came: Came) -> Came | Goes:
    service = came.path.removeprefix(SERVICES + "/").removesuffix(FEEDBACK)
    return success() if came.is_feedback and not service.startswith("low-back-pain") else came


def _any_body(came: Came) -> Came:
    listed = came.document.get("feedback") if isinstance(came.document, dict) else None
    return came if not came.is_feedback or isinstance(listed, list) else came.carrying({"feedback": []})


def _any_outcome(item: Json) -> Json:
    return {**item, "outcome": "overridden"} if "outcome" in item and item["outcome"] not in ANSWERED else item


def _any_acceptance(item: Json) -> Json:
    return {**item, "outcome": "overridden"} if item.get("outcome") == "accepted" and "acceptedSuggestions" not in item else item


def _needs_display(came: Came) -> Came | Goes:
    reasons = [item["overrideReason"].get("reason", {}) for item in _given(came) if isinstance(item.get("overrideReason"), dict)]
    return outcome(400) if any(reason and "display" not in reason for reason in reasons) else came


def _once() -> Callable[[Came], Came | Goes]:
    """The same feedback is refused when it comes again, and so are more than two items at once."""
    bodies: set[bytes] = set()

    def before(came: Came) -> Came | Goes:
        new = [json.dumps(item, sort_keys=True).encode() for item in _given(came)]
        if bodies.intersection(new) or len(new) > 2:
            return outcome(409)
        bodies.update(new)
        return came

    return before


def _known_only() -> Fault:
    """Feedback on a card that was not given here is refused."""
    cards: set[str] = set()

    def before(came: Came) -> Came | Goes:
        return outcome(404) if any(item.get("card") not in cards for item in _given(came) if isinstance(item.get("card"), str)) else came

    def after(came: Came, goes: Goes) -> Goes:
        if came.is_call and goes.status == 200:
            cards.update(card["uuid"] for card in goes.document["cards"])
        return goes

    return Fault(before, after)


_FEEDBACK: Mapping[str, Fault] = {
    "G1": Fault(before=_taken_of_nobody),
    "G2": Fault(before=_any_body),
    "G3": _items(_any_outcome),
    "G4": _items(_any_acceptance),
    "G5": Fault(before=_needs_display),
}
