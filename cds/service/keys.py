"""The key sets of registered clients: read from their files or fetched from their URLs, refreshed aside, the last good one kept."""

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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
UNREAD = "its file of keys cannot be read, or is not JSON"

Fetch = Callable[[str], dict[str, Any]]
"""The JSON object at the URL of a key set; raises NotFetched or NotTrusted."""


@dataclass(frozen=True)
class State:
    """How many keys of a client can be used, and why the last reading brought none: empty when it did. For the operator."""

    usable: int
    fault: str


class _Source:
    """The keys of one client."""

    def __init__(self, client: Client, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._client = client
        self._fetch = fetch
        self._clock = clock
        self._turn = threading.Lock()
        self._keys: KeySet = {}
        self._fault = ""
        self._tried: float | None = None
        self._mark: tuple[int, ...] = ()

    def find(self, kid: str, alg: str) -> PublicKey | None:
        """The key, after one more reading where it is not among those at hand. Callers at once wait for the same reading."""
        if self._client.jwks_file is not None:
            self._reread()
        elif (kid, alg) not in self._keys:
            self._refetch(kid, alg)
        return self._keys.get((kid, alg))

    def refresh(self) -> State:
        """Reads the keys now."""
        with self._turn:
            self._load()
            return State(len(self._keys), self._fault)

    def _reread(self) -> None:
        """Reads the file again when it is another one, or was changed."""
        if self._mark == _mark(self._client.jwks_file):
            return
        with self._turn:
            if self._mark != _mark(self._client.jwks_file):
                self._load()

    def _refetch(self, kid: str, alg: str) -> None:
        with self._turn:
            early = self._tried is not None and self._clock() - self._tried < RETRY_SECONDS
            if not early and (kid, alg) not in self._keys:
                self._load()

    def _load(self) -> None:
        """Replaces the keys by those that are there now; keeps them where there is nothing good.

        The mark of the file is taken before it is read, so that a change meanwhile is seen; it is set after, so that the old keys never pass for new.
        """
        mark = _mark(self._client.jwks_file)
        try:
            self._keys, self._fault = keysets.read(self._document()), ""
        except (NotFetched, NotTrusted, UnusableKeySet) as error:
            self._fault = error.text
        except (OSError, NotJson, TooLarge, WrongShape):
            self._fault = UNREAD
        self._mark, self._tried = mark, self._clock()

    def _document(self) -> Mapping[str, Any]:
        if self._client.jwks_file is not None:
            return strict_json.load_object(Path(self._client.jwks_file).read_bytes(), limit=LIMIT)
        return self._fetch(self._client.jwks_url or "")


class KeyRing:
    """The keys of all clients. `fetch` gives a way to the key set of each; `clock` counts seconds and never goes back.

    `start` reads them in the background, at once and then every five minutes; a call that comes earlier reads what it needs itself.
    """

    def __init__(self, clients: Iterable[Client], fetch: Callable[[Client], Fetch], clock: Callable[[], float]) -> None:
        self._sources = {client.issuer: _Source(client, fetch(client), clock) for client in clients}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_fresh, name="key sets", daemon=True)

    def start(self) -> None:
        """Begins to refresh."""
        self._thread.start()

    def find(self, client: Client, kid: str, alg: str) -> PublicKey | None:
        """The key of a registered client, by its `kid` and algorithm."""
        return self._sources[client.issuer].find(kid, alg)

    def refresh(self) -> dict[str, State]:
        """Reads every key set now; how each client stands, by issuer."""
        return {issuer: source.refresh() for issuer, source in self._sources.items()}

    def close(self) -> None:
        """Ends refreshing; what is being fetched ends at its deadline."""
        self._over.set()

    def _keep_fresh(self) -> None:
        while not self._over.is_set():
            for source in self._sources.values():
                source.refresh()
            self._over.wait(REFRESH_SECONDS)


def check_files(clients: Iterable[Client]) -> None:
    """Raises BadKeys for a client whose file of keys has none to use: it could never call, which an operator must know at the start."""
    for client in clients:
        if client.jwks_file is not None:
            state = _Source(client, _nothing, float).refresh()
            if state.fault:
                raise BadKeys(f"The keys of client {client.name} cannot be used: {state.fault}", expression="jwks_file")


class BadKeys(CdsError):
    """A file of keys that lets nobody in."""

    code = "invalid"


def _nothing(_: str) -> dict[str, Any]:
    return {}


def _mark(file: str | None) -> tuple[int, ...]:
    """What changes when a file does; the same for every file that is not there."""
    try:
        status = os.stat(file) if file else None
    except OSError:
        return (0,)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns) if status else ()
