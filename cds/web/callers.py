"""Who must say who they are: the table of what each route needs, and the token checked before it runs (CDS Hooks, Trusting CDS Clients)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache, partial
from types import MappingProxyType

import flask

from cds.foundation.errors import TooManyRequests, Unauthorized
from cds.service.admission import Door, Knock
from cds.service.feedback import Meter
from cds.values.client import ANYBODY, Caller
from cds.web import limits, uses
from cds.web.limits import Limits
from cds.web.logs import Log
from cds.web.uses import Uses

CALLER = "caller"
FEEDBACK = "/feedback"


class Need(Enum):
    """What a route asks of its caller where clients are registered; without them nobody is asked for anything."""

    TOKEN = "a token"
    DISCOVERY = "a token, unless discovery is open"
    KNOWLEDGE = "none; one that is sent is checked, and the release of its client answers; other calls of an address are counted"
    COUNTED = "none, and calls of an address are counted"
    TURN = "none; the form counts, and says on a page that there were too many calls"
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
        "auditing.search": Need.TOKEN,
        "auditing.read": Need.TOKEN,
        "auditing.export": Need.TOKEN,
        "auditing.erase": Need.TOKEN,
        "form.forms": Need.COUNTED,
        "form.first": Need.COUNTED,
        "form.following": Need.TURN,
        "form.answers": Need.COUNTED,
        "fhir.metadata": Need.KNOWLEDGE,
        "fhir.search": Need.KNOWLEDGE,
        "fhir.search_by_post": Need.KNOWLEDGE,
        "fhir.read": Need.KNOWLEDGE,
        "decisions.decision": Need.COUNTED,
        "releases.release": Need.KNOWLEDGE,
        "releases.in_force": Need.KNOWLEDGE,
        "operations.home": Need.COUNTED,
        "operations.alive": Need.NONE,
        "operations.ready": Need.NONE,
        "operations.version": Need.COUNTED,
        "operations.openapi": Need.COUNTED,
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


@dataclass(frozen=True)
class Gate:
    """Counts what the address of the request in hand does with the form; each raises TooManyRequests, or LedgerUnavailable where none can be counted.

    `turn` counts a page, `late` one that says to wait, and `finish` advice, before it is recorded.
    """

    turn: Callable[[], None]
    late: Callable[[], None]
    finish: Callable[[], None]


def gate(entrance: Entrance) -> Gate:
    """That of the form: advice counts for the address, and then for all strangers together."""

    def finish() -> None:
        entrance.door.count(limits.of_address(flask.request.remote_addr, limits.FINISH), entrance.limits.finishes)
        entrance.door.count(limits.FINISHES, entrance.limits.stranger)

    return Gate(partial(_count_stranger, entrance, limits.FORM), partial(_count_stranger, entrance, limits.LATE), finish)


def meter(entrance: Entrance) -> Meter:
    """What feedback costs the client of the request in hand: each item beyond the first is one call more."""
    return Meter(
        lambda items: entrance.door.charge(limits.of_client(current().client), items - 1) if items > 1 else None,
        lambda number: entrance.door.apart(current().client, number),
    )


def install(app: flask.Flask, entrance: Entrance, address: str, log: Log) -> None:
    """Asks every request that needs it for its token. `address` is what the URLs of this service begin with, whatever a caller calls the host."""
    tell = lru_cache(1)(lambda: log.error("address-unreadable"))

    @app.before_request
    def admit() -> None:
        if entrance.door.closed and limits.read(flask.request.remote_addr) is None:
            tell()
        if CALLER not in flask.g:
            inherit(_admitted(entrance, address))
        elif entrance.door.closed:
            _count_client(entrance, current())


def dispatched(use: Uses, entrance: Entrance) -> Uses:
    """Use cases for routes: those of the caller of the request in hand; `use` are those of anybody."""
    every = {**entrance.uses, ANYBODY: use}
    return uses.dispatching(lambda: every[current()])


def current() -> Caller:
    """Who sent the request in hand, once that is known."""
    caller: Caller = flask.g.caller
    return caller


def inherit(caller: Caller) -> None:
    """Lets a request within a request be of the caller who was let in: a token is checked once, and each request counts as a call."""
    setattr(flask.g, CALLER, caller)


def _admitted(entrance: Entrance, address: str) -> Caller:
    """The caller. Raises Unauthorized, or TooManyRequests for one who was heard too often."""
    need, header = _need(), flask.request.headers.get("Authorization")
    if not entrance.door.closed:
        return ANYBODY
    if need is Need.COUNTED or (need is Need.KNOWLEDGE and header is None):
        _count_stranger(entrance, limits.FORM if flask.request.blueprint == "form" else limits.READ)
    if need in (Need.COUNTED, Need.TURN, Need.NONE) or (header is None and _is_open(need, entrance)):
        return ANYBODY
    return _by_token(entrance, knock(header, address))


def _is_open(need: Need, entrance: Entrance) -> bool:
    """Whether a token may be left out, though one that is sent is checked."""
    return need is Need.KNOWLEDGE or (need is Need.DISCOVERY and entrance.discovery_open)


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
        caller = entrance.door.admit(replace(called, crowd=_crowd(entrance)))
    except Unauthorized:
        _count_stranger(entrance, limits.REFUSED)
        raise
    _count_client(entrance, caller)
    return caller


def _count_client(entrance: Entrance, caller: Caller) -> None:
    entrance.door.count(limits.of_client(caller.client), entrance.limits.client)


def _crowd(entrance: Entrance) -> str:
    """The key of the address, where it was turned away so often that nothing but a good token of it is worth work; else empty."""
    key = limits.of_address(flask.request.remote_addr)
    try:
        entrance.door.look(key, entrance.limits.stranger)
    except TooManyRequests:
        return key
    return ""


def _count_stranger(entrance: Entrance, what: str) -> None:
    entrance.door.count(limits.of_address(flask.request.remote_addr, what), entrance.limits.stranger)
