"""Who is let in: a token checked against the registered clients, calls counted, browsers by their origin."""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from cds.audit.seen import nearcalls
from cds.audit.seen.calls import Calls
from cds.foundation.errors import LedgerUnavailable, TooManyRequests, Unauthorized
from cds.foundation.outbound import origins, registered
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import OriginPolicy
from cds.hooks import tokens
from cds.hooks.keysets import PublicKey
from cds.hooks.tokens import Cause, Refused
from cds.service import feedback, keys, ledgers
from cds.service.application import Application
from cds.service.keys import Fetch, KeyRing
from cds.service.refusals import MINUTE, Checks, Refusals
from cds.service.sign_ins import SignIns
from cds.values.client import ANYBODY, Caller, Client

KEY_SETS = Budget(connect=1.0, total=3.0, size=keys.LIMIT)
MOST_APART = 200
"""Items of feedback on unknown cards that are kept for one client in a minute: one may come from another node, a flood says nothing."""
_THIS_MACHINE = OriginPolicy(loopback=True)


@dataclass(frozen=True)
class Knock:
    """A call at the door.

    `authorization` is the header as it came, None without one, and shown nowhere. `url` is the exact public URL that was called; `also` is the
    URL of the service where this is feedback. `route` is the pattern of the route, for the ledger. `crowd` is the key of an address that is over
    its limit, from which a good token is taken and nothing else costs much; empty for any other.
    """

    authorization: str | None = field(repr=False)
    url: str
    route: str
    also: str = ""
    crowd: str = ""


def _nothing() -> None:
    """For a door that holds nothing open."""


def _never(key: str, limit: int) -> None:
    """For a door where nobody calls too often."""


def _free(key: str, times: int) -> None:
    """For a door where nobody is counted."""


def _all(client: str, number: int) -> int:
    """For a door where nobody is counted."""
    return number


@dataclass(frozen=True)
class Door:
    """How the web lets callers in.

    `admit` says who calls, or raises Unauthorized. `count` raises TooManyRequests when a key (a client, or an address of strangers) has been
    seen more than `limit` times in this minute; `look` when the next call would be one too many, and counts nothing; `charge` counts so many
    calls more, and raises nothing for them. `apart` says of so many items of feedback on unknown cards how many are kept for a client in this
    minute, and notes how many are not. `allows` says whether a browser of this origin may call. `closed` says that tokens are asked for.
    `close` notes what was not noted yet, and ends; before the ledger is closed.
    """

    closed: bool
    admit: Callable[[Knock], Caller]
    count: Callable[[str, int], None]
    allows: Callable[[str], bool]
    close: Callable[[], None] = _nothing
    look: Callable[[str, int], None] = _never
    charge: Callable[[str, int], None] = _free
    apart: Callable[[str, int], int] = _all


def open_door(app: Application) -> Door:
    """The door of this worker; without registered clients everybody of this machine is let in. Raises BadKeys and LedgerUnavailable.

    Nobody is let in whose call cannot be noted: `admit` and `count` then raise LedgerUnavailable.
    """
    if not app.clients:
        return Door(False, lambda knock: ANYBODY, _never, _is_of_this_machine)
    keys.check_files(app.clients.values())
    ring = KeyRing(app.clients.values(), partial(way_to_keys, app), time.monotonic)
    seen = nearcalls.open_calls(ledgers.place(app.settings), app.clock)
    refusals = Refusals(app.ledger, app.clock, app.new_id)
    guard = Guard(app, ring, seen, refusals)
    guard.start()
    allowed = frozenset(origin for client in app.clients.values() for origin in client.origins)
    return Door(True, guard.admit, guard.count, allowed.__contains__, guard.close, guard.look, guard.charge, guard.apart)


class Guard:
    """Checks tokens for one worker."""

    def __init__(self, app: Application, ring: KeyRing, seen: Calls, refusals: Refusals) -> None:
        self._clients = app.clients
        self._clock = app.clock
        self._ring = ring
        self._seen = seen
        self._refusals = refusals
        self._checks = Checks(app.clock)
        self._sign_ins = SignIns(app)
        self._over = threading.Event()

    def start(self) -> None:
        """Begins to read keys in the background, and to note each minute what was turned away in the one before."""
        self._ring.start()
        threading.Thread(target=self._keep_noting, name="refusals", daemon=True).start()

    def admit(self, knock: Knock) -> Caller:
        """Who calls. Whether the token was sent before is asked last: a stranger must not use up the `jti` of somebody else."""
        try:
            return self._admitted(knock)
        except Refused as refused:
            if knock.crowd and not refused.client:
                self._refusals.tally()
            else:
                self._refusals.note(refused.cause, refused.client, knock.route)
        raise Unauthorized(tokens.BARE)

    def count(self, key: str, limit: int) -> None:
        """Counts a call in this minute, by the clock; once there were too many nothing is written any more."""
        self.look(key, limit)
        instant = int(self._clock().timestamp())
        if self._seen.seen_in(key, instant // MINUTE) > limit:
            raise _too_many(instant)

    def look(self, key: str, limit: int) -> None:
        """Raises what `count` would, and only reads."""
        instant = int(self._clock().timestamp())
        if self._seen.seen(key, instant // MINUTE) >= limit:
            raise _too_many(instant)

    def charge(self, key: str, times: int) -> None:
        """Counts so many calls more in this minute, and refuses none: the next will be."""
        self._seen.seen_in(key, int(self._clock().timestamp()) // MINUTE, times)

    def apart(self, client: str, number: int) -> int:
        """Of so many items of feedback on cards that nobody here knows, how many are kept in this minute; of the others the number is noted."""
        seen = self._seen.seen_in(f"apart:{client}", int(self._clock().timestamp()) // MINUTE, number)
        kept = max(0, min(number, MOST_APART + number - seen))
        if kept < number:
            self._refusals.note(feedback.NOT_KEPT, client, feedback.ROUTE, number - kept)
        return kept

    def close(self) -> None:
        """Ends the reading of keys, and notes what was turned away since the last notes."""
        self._over.set()
        self._ring.close()
        self._refusals.flush(ending=True)
        self._seen.close()

    def _keep_noting(self) -> None:
        while not self._over.wait(MINUTE):
            with contextlib.suppress(LedgerUnavailable):
                self._refusals.flush()

    def _admitted(self, knock: Knock) -> Caller:
        now = self._clock()
        audiences, keys_of = partial(_audiences, knock), partial(self._key, knock)
        claims = tokens.check(knock.authorization, audiences=audiences, clients=self._clients, keys=keys_of, now=now)
        if not self._seen.first(claims.client.issuer, claims.token_id, until=claims.until, now=int(now.timestamp())):
            raise Refused(Cause.REPLAYED, claims.client.name)
        if knock.crowd:
            self._checks.give_back(knock.crowd)
        caller = Caller(claims.client.name, claims.tenant)
        self._sign_ins.note(caller, claims.key_id)
        return caller

    def _key(self, knock: Knock, client: Client, kid: str, alg: str) -> PublicKey | None:
        """The key, if there is one and a signature may still be checked by it."""
        key = self._ring.find(client, kid, alg)
        return key if key and (not knock.crowd or self._checks.take(knock.crowd)) else None


def _too_many(instant: int) -> TooManyRequests:
    return TooManyRequests("Too many calls in this minute. Try again after it.", retry_after=MINUTE - instant % MINUTE)


def _audiences(knock: Knock, client: Client) -> tuple[str, ...]:
    return (knock.url, knock.also) if client.lenient_feedback and knock.also else (knock.url,)


def way_to_keys(app: Application, client: Client) -> Fetch:
    """How the registered key set of this client is fetched, and nothing else."""
    return to_keys(app, client).key_set


def to_keys(app: Application, client: Client) -> Outbound:
    """The way out to the server of the registered key set of this client, and to no other."""
    return app.outbound.apart(registered.only(client.jwks_url, development=app.settings.mode == "development"), KEY_SETS)


def _is_of_this_machine(origin: str) -> bool:
    found = origins.parse(origin)
    return found is not None and found.origin.text == origin and _THIS_MACHINE.trusts(found)
