"""Who is let in: a token checked against the registered clients, calls counted, browsers by their origin."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from cds.audit import calls
from cds.audit.calls import Calls
from cds.audit.ledger import Ledger
from cds.foundation.errors import LedgerUnavailable, TooManyRequests, Unauthorized
from cds.foundation.outbound import origins, registered
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import OriginPolicy
from cds.hooks import tokens
from cds.hooks.tokens import Cause, Refused
from cds.service import keys
from cds.service.application import Application
from cds.service.keys import Fetch, KeyRing
from cds.values.client import ANYBODY, Caller, Client
from cds.values.record import RefusalRecord

MINUTE = 60
KEY_SETS = Budget(connect=1.0, total=3.0, size=keys.LIMIT)
_THIS_MACHINE = OriginPolicy(loopback=True)


@dataclass(frozen=True)
class Knock:
    """A call at the door.

    `authorization` is the header as it came, None without one, and shown nowhere. `url` is the exact public URL that was called; `also` is the
    URL of the service where this is feedback. `route` is the pattern of the route, for the ledger.
    """

    authorization: str | None = field(repr=False)
    url: str
    route: str
    also: str = ""


def _nothing() -> None:
    """For a door that holds nothing open."""


@dataclass(frozen=True)
class Door:
    """How the web lets callers in.

    `admit` says who calls, or raises Unauthorized. `count` raises TooManyRequests when a key (a client, or an address of strangers) has been
    seen more than `limit` times in this minute. `allows` says whether a browser of this origin may call. `closed` says that tokens are asked for.
    `close` notes what was not noted yet, and ends; before the ledger is closed.
    """

    closed: bool
    admit: Callable[[Knock], Caller]
    count: Callable[[str, int], None]
    allows: Callable[[str], bool]
    close: Callable[[], None] = _nothing


def open_door(app: Application) -> Door:
    """The door of this worker; without registered clients everybody of this machine is let in. Raises BadKeys and LedgerUnavailable.

    Nobody is let in whose call cannot be noted: `admit` and `count` then raise LedgerUnavailable.
    """
    if not app.clients:
        return Door(False, lambda knock: ANYBODY, lambda key, limit: None, _is_of_this_machine)
    keys.check_files(app.clients.values())
    ring = KeyRing(app.clients.values(), partial(way_to_keys, app), time.monotonic)
    seen = calls.open_calls(app.settings.audit_url)
    refusals = Refusals(app.ledger, app.clock, app.new_id)
    guard = Guard(app, ring, seen, refusals)
    guard.start()
    allowed = frozenset(origin for client in app.clients.values() for origin in client.origins)
    return Door(True, guard.admit, guard.count, allowed.__contains__, guard.close)


class Guard:
    """Checks tokens for one worker."""

    def __init__(self, app: Application, ring: KeyRing, seen: Calls, refusals: "Refusals") -> None:
        self._clients = app.clients
        self._clock = app.clock
        self._ring = ring
        self._seen = seen
        self._refusals = refusals
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
            self._refusals.note(refused.cause, refused.client, knock.route)
        raise Unauthorized(tokens.BARE)

    def count(self, key: str, limit: int) -> None:
        """Counts a call in this minute, by the clock."""
        instant = int(self._clock().timestamp())
        if self._seen.seen_in(key, instant // MINUTE) > limit:
            raise TooManyRequests("Too many calls in this minute. Try again after it.", retry_after=MINUTE - instant % MINUTE)

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
        claims = tokens.check(knock.authorization, audiences=partial(_audiences, knock), clients=self._clients, keys=self._ring.find, now=now)
        if not self._seen.first(claims.client.issuer, claims.token_id, until=claims.until, now=int(now.timestamp())):
            raise Refused(Cause.REPLAYED, claims.client.name)
        return Caller(claims.client.name, claims.tenant)


class Refusals:
    """Notes in the ledger who was turned away: for one cause, client and route once a minute, with how often, so that a flood cannot fill it."""

    def __init__(self, ledger: Ledger | None, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._new_id = new_id
        self._turn = threading.Lock()
        self._waiting: dict[tuple[str, str, str], int] = {}
        self._noted: dict[tuple[str, str, str], int] = {}

    def note(self, cause: str, client: str, route: str) -> None:
        """Counts it, and writes what may be written in this minute. Raises LedgerUnavailable."""
        kind = (cause, client, route)
        with self._turn:
            self._waiting[kind] = self._waiting.get(kind, 0) + 1
        self.flush()

    def flush(self, *, ending: bool = False) -> None:
        """Writes what was counted and not yet written; nothing twice in a minute, but at the end. Raises LedgerUnavailable and keeps it then."""
        now = self._clock()
        minute = int(now.timestamp()) // MINUTE
        with self._turn:
            due = {kind: count for kind, count in self._waiting.items() if ending or self._noted.get(kind) != minute}
            self._waiting = {kind: count for kind, count in self._waiting.items() if kind not in due}
            self._noted |= dict.fromkeys(due, minute)
        try:
            self._append([self._record(kind, count, now) for kind, count in due.items()])
        except LedgerUnavailable:
            self._take_back(due)
            raise

    def _take_back(self, due: Mapping[tuple[str, str, str], int]) -> None:
        with self._turn:
            for kind, count in due.items():
                self._waiting[kind] = self._waiting.get(kind, 0) + count
                self._noted.pop(kind, None)

    def _record(self, kind: tuple[str, str, str], count: int, now: datetime) -> RefusalRecord:
        cause, client, route = kind
        at = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return RefusalRecord(self._new_id(), at, route, str(cause), client, count)

    def _append(self, records: list[RefusalRecord]) -> None:
        if self._ledger and records:
            self._ledger.append_all(records)


def _audiences(knock: Knock, client: Client) -> tuple[str, ...]:
    return (knock.url, knock.also) if client.lenient_feedback and knock.also else (knock.url,)


def way_to_keys(app: Application, client: Client) -> Fetch:
    """How the registered key set of this client is fetched, and nothing else."""
    return to_keys(app, client).key_set


def to_keys(app: Application, client: Client) -> Outbound:
    """The way out to the server of the registered key set of this client, and to no other."""
    policy = registered.parse(client.jwks_url or "", development=app.settings.mode == "development")
    return replace(app.outbound, policy=policy or OriginPolicy(loopback=False), budget=KEY_SETS)


def _is_of_this_machine(origin: str) -> bool:
    found = origins.parse(origin)
    return found is not None and found.origin.text == origin and _THIS_MACHINE.trusts(found)
