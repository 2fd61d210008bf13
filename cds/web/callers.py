"""Who must say who they are: the table of what each route needs, and the token checked before it runs (CDS Hooks, Trusting CDS Clients)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

import flask

from cds.foundation.errors import Unauthorized
from cds.service.admission import Door, Knock
from cds.values.client import ANYBODY, Caller
from cds.web import limits, uses
from cds.web.limits import Limits
from cds.web.uses import Uses

CALLER = "caller"
FEEDBACK = "/feedback"


class Need(Enum):
    """What a route asks of its caller where clients are registered; without them nobody is asked for anything."""

    TOKEN = "a token"
    DISCOVERY = "a token, unless discovery is open"
    COUNTED = "none, and calls of an address are counted"
    NONE = "none"


NEEDS: Mapping[str, Need] = MappingProxyType(
    {
        "hooks.discover": Need.DISCOVERY,
        "hooks.answer": Need.TOKEN,
        "hooks.feedback": Need.TOKEN,
        "evaluating.evaluate": Need.TOKEN,
        "validating.validate": Need.TOKEN,
        "validating.process_response": Need.TOKEN,
        "populating.populate": Need.TOKEN,
        "batch.batch": Need.TOKEN,
        "form.forms": Need.COUNTED,
        "form.first": Need.COUNTED,
        "form.following": Need.COUNTED,
        "form.answers": Need.COUNTED,
        "fhir.metadata": Need.NONE,
        "fhir.search": Need.NONE,
        "fhir.search_by_post": Need.NONE,
        "fhir.read": Need.NONE,
        "decisions.decision": Need.NONE,
        "releases.release": Need.NONE,
        "releases.in_force": Need.NONE,
        "operations.home": Need.NONE,
        "operations.alive": Need.NONE,
        "operations.ready": Need.NONE,
        "operations.version": Need.NONE,
        "operations.openapi": Need.NONE,
    }
)
"""By the endpoint of a route. One that is not here needs a token.

What is open holds no patient data, but for an explanation: a browser opens it from a card and has no token, its address cannot be
guessed, and it expires.
"""


@dataclass(frozen=True)
class Entrance:
    """The way in: the door, the use cases of each registered caller, how often one may call, and what is open without a token.

    With `discovery_open` nobody is asked for a token there; one that is sent is checked all the same. `hops` is how many proxies stand
    before the service; `secure_only` refuses what came to them by http.
    """

    door: Door
    uses: Mapping[Caller, Uses] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    discovery_open: bool = False
    form_open: bool = True
    hops: int = 0
    secure_only: bool = False


OPEN = Entrance(Door(closed=False, admit=lambda _: ANYBODY, count=lambda *_: None, allows=lambda _: False))
"""The way in of a service that asks nobody for a token and that no page of another origin may call."""


def install(app: flask.Flask, entrance: Entrance, address: str) -> None:
    """Asks every request that needs it for its token. `address` is what the URLs of this service begin with, whatever a caller calls the host."""

    @app.before_request
    def admit() -> None:
        if CALLER not in flask.g:
            inherit(_admitted(entrance, address))


def dispatched(use: Uses, entrance: Entrance) -> Uses:
    """Use cases for routes: those of the caller of the request in hand; `use` are those of anybody."""
    every = {**entrance.uses, ANYBODY: use}
    return uses.dispatching(lambda: every[current()])


def current() -> Caller:
    """Who sent the request in hand, once that is known."""
    caller: Caller = flask.g.caller
    return caller


def inherit(caller: Caller) -> None:
    """Lets a request within a request be of the caller who was let in: a token counts once."""
    setattr(flask.g, CALLER, caller)


def _admitted(entrance: Entrance, address: str) -> Caller:
    """The caller. Raises Unauthorized, or TooManyRequests for one who was heard too often."""
    need, header = _need(), flask.request.headers.get("Authorization")
    if not entrance.door.closed:
        return ANYBODY
    if need is Need.COUNTED:
        _count_stranger(entrance)
    if need in (Need.COUNTED, Need.NONE) or (need is Need.DISCOVERY and entrance.discovery_open and header is None):
        return ANYBODY
    return _by_token(entrance, knock(header, address))


def _need() -> Need:
    """Nothing for an address that is none, where nothing is told either, and for OPTIONS, which Flask answers with the methods."""
    if flask.request.url_rule is None or flask.request.method == "OPTIONS":
        return Need.NONE
    return NEEDS.get(flask.request.endpoint or "", Need.TOKEN)


def knock(header: str | None, address: str) -> Knock:
    """The request in hand as a call at the door."""
    url, rule = f"{address.rstrip('/')}{flask.request.path}", flask.request.url_rule
    also = url.removesuffix(FEEDBACK) if url.endswith(FEEDBACK) else ""
    return Knock(header, url, rule.rule if rule else "", also)


def _by_token(entrance: Entrance, called: Knock) -> Caller:
    try:
        caller = entrance.door.admit(called)
    except Unauthorized:
        _count_stranger(entrance)
        raise
    entrance.door.count(limits.of_client(caller.client), entrance.limits.client)
    return caller


def _count_stranger(entrance: Entrance) -> None:
    entrance.door.count(limits.of_address(flask.request.remote_addr), entrance.limits.stranger)
