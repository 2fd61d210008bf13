"""The key sets of registered clients: read from their files or fetched from their URLs, refreshed aside, the last good one kept."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent import futures
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cds.foundation import strict_json
from cds.foundation.errors import CdsError, NotJson, TooLarge, WrongShape
from cds.foundation.outbound.budgets import NotFetched, NotTrusted
from cds.hooks import keysets
from cds.hooks.keysets import KeySet, PublicKey, UnusableKeySet
from cds.values.client import Client

LIMIT = 1_000_000
"""Bytes of a key set."""
REFRESH_SECONDS = 300.0
RETRY_SECONDS = 30.0
"""How long an unknown `kid` brings no second fetch: whoever draws key names at random must not make us call the client's server."""
WAIT_SECONDS = 0.3
"""How long after its begin a fetch is waited for by callers."""
START_SECONDS = 3.0
"""How long the key sets are waited for at the start: the first callers find keys, and servers that are away keep nobody out for long."""
FETCHERS = 8
"""Key sets that are fetched at once."""
UNREAD = "its file of keys cannot be read, or is not JSON"

Fetch = Callable[[str], dict[str, Any]]
"""The JSON object at the URL of a key set; raises NotFetched or NotTrusted."""


@dataclass(frozen=True)
class State:
    """How many keys of a client can be used, and why the last reading brought none: empty when it did. For the operator."""

    usable: int
    fault: str


class _Held:
    """The last good keys of one client, and what was wrong when they were read last."""

    def __init__(self) -> None:
        self.keys: KeySet = {}
        self._fault = ""

    @property
    def state(self) -> State:
        """As it is now."""
        return State(len(self.keys), self._fault)

    def take(self, read: Callable[[], Mapping[str, Any]]) -> None:
        """Replaces the keys by those that are there now; keeps them where there is nothing good."""
        try:
            self.keys, self._fault = keysets.read(read()), ""
        except (NotFetched, NotTrusted, UnusableKeySet) as error:
            self._fault = error.text
        except (OSError, NotJson, TooLarge, WrongShape):
            self._fault = UNREAD


class _Filed:
    """Keys in a file, which is read again when it is another one, or was changed."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._turn = threading.Lock()
        self._held = _Held()
        self._mark: tuple[int, ...] = ()

    def find(self, kid: str, alg: str) -> PublicKey | None:
        """The key of the file as it is now. Callers at once wait for the same reading."""
        if self._mark != _mark(self._file):
            with self._turn:
                if self._mark != _mark(self._file):
                    self._load()
        return self._held.keys.get((kid, alg))

    def begin(self) -> None:
        """Reads the file now, which is done when this returns."""
        with self._turn:
            self._load()

    @property
    def state(self) -> State:
        """As of the last reading."""
        return self._held.state

    def _load(self) -> None:
        """The mark is taken before the file is read, so that a change meanwhile is seen; it is set after: the old keys never pass for new."""
        mark = _mark(self._file)
        self._held.take(lambda: strict_json.load_object(Path(self._file).read_bytes(), limit=LIMIT))
        self._mark = mark


class _Fetched:
    """Keys at a URL, fetched by a thread of the ring's: a caller waits a moment for them at most, however slow their server is."""

    def __init__(self, fetch: Callable[[], dict[str, Any]], clock: Callable[[], float], threads: Executor) -> None:
        self._fetch = fetch
        self._clock = clock
        self._threads = threads
        self._turn = threading.Lock()
        self._held = _Held()
        self._flight: Future[None] | None = None
        self._begun = 0.0
        self._ended: float | None = None

    def find(self, kid: str, alg: str) -> PublicKey | None:
        """The key, after one more fetch where it is not among those at hand."""
        if (kid, alg) not in self._held.keys:
            self._refetch()
        return self._held.keys.get((kid, alg))

    def begin(self) -> Future[None] | None:
        """The fetch under way, or a new one; None once the ring is closed."""
        with self._turn:
            return self._begin()

    @property
    def state(self) -> State:
        """As of the last fetch that ended."""
        return self._held.state

    def _refetch(self) -> None:
        """Fetches, unless that was done a moment ago. Who began it waits for it, and with no keys at hand whoever comes soon after;
        the others are answered with the keys that there are: what strangers ask for must not hold up the threads of everybody.
        """
        with self._turn:
            under_way = self._flight is not None and not self._flight.done()
            if not under_way and self._ended is not None and self._clock() - self._ended < RETRY_SECONDS:
                return
            flight, left = self._begin(), self._begun + WAIT_SECONDS - self._clock()
        if flight is not None and left > 0 and not (under_way and self._held.keys):
            with contextlib.suppress(futures.TimeoutError, CancelledError):
                flight.result(left)

    def _begin(self) -> Future[None] | None:
        if self._flight is None or self._flight.done():
            try:
                self._flight, self._begun = self._threads.submit(self._load), self._clock()
            except RuntimeError:
                return None
        return self._flight

    def _load(self) -> None:
        self._held.take(self._fetch)
        self._ended = self._clock()


class KeyRing:
    """The keys of all clients. `fetch` gives a way to the key set of each; `clock` counts seconds and never goes back.

    `start` reads them, and then every five minutes in the background; a call that comes earlier has read what it needs.
    """

    def __init__(self, clients: Iterable[Client], fetch: Callable[[Client], Fetch], clock: Callable[[], float]) -> None:
        self._threads = ThreadPoolExecutor(FETCHERS, "key set")
        self._sources = {client.issuer: self._source(client, fetch(client), clock) for client in clients}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_fresh, name="key sets", daemon=True)

    def start(self) -> None:
        """Reads all of them, and goes on when that is done or has taken too long; then keeps them fresh."""
        futures.wait(self._begin(), START_SECONDS)
        self._thread.start()

    def find(self, client: Client, kid: str, alg: str) -> PublicKey | None:
        """The key of a registered client, by its `kid` and algorithm."""
        return self._sources[client.issuer].find(kid, alg)

    def refresh(self) -> dict[str, State]:
        """Reads every key set now; how each client stands, by issuer."""
        for flight in self._begin():
            flight.result()
        return {issuer: source.state for issuer, source in self._sources.items()}

    def close(self) -> None:
        """Ends refreshing; what is being fetched ends at its deadline."""
        self._over.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _source(self, client: Client, fetch: Fetch, clock: Callable[[], float]) -> _Filed | _Fetched:
        if client.jwks_file is not None:
            return _Filed(client.jwks_file)
        return _Fetched(partial(fetch, client.jwks_url or ""), clock, self._threads)

    def _begin(self) -> list[Future[None]]:
        return [flight for source in self._sources.values() if (flight := source.begin())]

    def _keep_fresh(self) -> None:
        while not self._over.wait(REFRESH_SECONDS):
            self._begin()


def check_files(clients: Iterable[Client]) -> None:
    """Raises BadKeys for a client whose file of keys has none to use: it could never call, which an operator must know at the start."""
    for client in clients:
        if client.jwks_file is not None:
            source = _Filed(client.jwks_file)
            source.begin()
            if source.state.fault:
                raise BadKeys(f"The keys of client {client.name} cannot be used: {source.state.fault}", expression="jwks_file")


class BadKeys(CdsError):
    """A file of keys that lets nobody in."""

    code = "invalid"


def _mark(file: str) -> tuple[int, ...]:
    """What changes when a file does; the same for every file that is not there."""
    try:
        status = os.stat(file)
    except OSError:
        return (0,)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
