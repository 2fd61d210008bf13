"""Key sets of clients: rotation without a restart, the last good set kept, and a fetch only for those who are registered. No clock is waited for."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.outbound import budgets
from cds.foundation.outbound.budgets import NotFetched, NotTrusted
from cds.service import keys
from cds.service.keys import BadKeys, KeyRing, State
from cds.values.client import Client
from tests.tokens import Issuer

OLD = Issuer("General Hospital", kid="old")
NEW = Issuer("General Hospital", kid="new")
URL = "https://general-hospital.example.org/jwks.json"
CLIENT = OLD.client(jwks_file=None, jwks_url=URL)


class Published:
    """A server of key sets that answers with what it is given, and counts; and a clock that a test turns."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.now = 1_000.0

    def fetch(self, client: Client) -> keys.Fetch:
        def fetched(url: str) -> dict[str, Any]:
            self.asked.append(url)
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return fetched

    def ring(self, *clients: Client) -> KeyRing:
        return KeyRing(clients or (CLIENT,), self.fetch, lambda: self.now)


def known(ring: KeyRing, issuer: Issuer, client: Client = CLIENT) -> bool:
    return ring.find(client, issuer.kid, issuer.alg) is not None


def test_a_key_set_is_fetched_once_for_all_its_keys() -> None:
    published = Published({"keys": OLD.jwks["keys"] + NEW.jwks["keys"]})
    ring = published.ring()
    assert known(ring, OLD)
    assert known(ring, NEW)
    assert published.asked == [URL]


def test_a_new_key_serves_at_the_next_call() -> None:
    published = Published(OLD.jwks)
    ring = published.ring()
    assert known(ring, OLD)
    published.answer, published.now = NEW.jwks, published.now + keys.RETRY_SECONDS
    assert known(ring, NEW)
    assert not known(ring, OLD)
    assert published.asked == [URL] * 2


def test_unknown_names_of_keys_bring_one_fetch_in_thirty_seconds() -> None:
    published = Published(OLD.jwks)
    ring = published.ring()
    for number in range(50):
        assert ring.find(CLIENT, f"kid-{number}", "ES384") is None
    assert published.asked == [URL]
    published.now += keys.RETRY_SECONDS
    for number in range(50):
        assert ring.find(CLIENT, f"kid-{number}", "ES384") is None
    assert published.asked == [URL] * 2


@pytest.mark.parametrize("failure", [NotFetched(budgets.LATE), NotTrusted("no"), {"keys": []}, {}, {"keys": "none"}])
def test_the_last_good_set_serves_while_its_server_does_not(failure: Any) -> None:
    published = Published(OLD.jwks)
    ring = published.ring()
    assert known(ring, OLD)
    published.answer = failure
    (state,) = ring.refresh().values()
    assert state.usable == 1
    assert state.fault
    assert known(ring, OLD)


def test_a_failed_fetch_is_not_tried_again_at_each_call() -> None:
    published = Published(NotFetched(budgets.UNREACHED))
    ring = published.ring()
    assert not known(ring, OLD)
    assert not known(ring, OLD)
    assert published.asked == [URL]
    published.answer, published.now = OLD.jwks, published.now + keys.RETRY_SECONDS
    assert known(ring, OLD)


def test_a_withdrawn_key_is_gone_after_a_refresh() -> None:
    published = Published(OLD.jwks)
    ring = published.ring()
    assert known(ring, OLD)
    published.answer = NEW.jwks
    assert ring.refresh() == {CLIENT.issuer: State(1, "")}
    assert not known(ring, OLD)


def test_callers_at_once_share_one_fetch() -> None:
    published = Published(OLD.jwks)
    ring = published.ring()
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(known(ring, OLD))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8
    assert published.asked == [URL]


class Held(Published):
    """One that answers no sooner than it is let go."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        super().__init__(answer)
        self.let_go = threading.Event()
        self.let_go.set()

    def fetch(self, client: Client) -> keys.Fetch:
        answering = super().fetch(client)

        def fetched(url: str) -> dict[str, Any]:
            found = answering(url)
            self.let_go.wait()
            return found

        return fetched


@pytest.fixture
def held() -> Iterator[Held]:
    published = Held(OLD.jwks)
    yield published
    published.let_go.set()


MANY = 5_000
"""So many callers that nobody would wait for the end, if each of them waited."""


def test_while_a_slow_server_is_asked_for_a_new_key_the_keys_at_hand_serve_and_nobody_else_waits(held: Held) -> None:
    with closing(held.ring()) as ring:
        assert known(ring, OLD)
        held.let_go.clear()
        held.answer, held.now = NEW.jwks, held.now + keys.RETRY_SECONDS
        assert not known(ring, NEW)
        for _ in range(MANY):
            assert known(ring, OLD)
            assert not known(ring, NEW)
        assert held.asked == [URL] * 2
        held.let_go.set()
        ring.refresh()
        assert known(ring, NEW)
        assert held.asked[2:] in ([], [URL])


def test_callers_of_a_client_without_keys_wait_a_moment_for_the_first_and_then_not_again(held: Held) -> None:
    held.let_go.clear()
    with closing(held.ring()) as ring:
        assert not known(ring, OLD)
        held.now += keys.WAIT_SECONDS
        assert not any(known(ring, OLD) for _ in range(MANY))
        assert held.asked == [URL]
        held.let_go.set()
        ring.refresh()
        assert known(ring, OLD)


def test_a_slow_server_holds_up_no_other_client(held: Held) -> None:
    held.let_go.clear()
    quick, other = Published(NEW.jwks), NEW.client(name="Other", issuer="https://other.example.org", jwks_file=None, jwks_url=f"{URL}?other")
    ring = KeyRing((CLIENT, other), lambda client: (held if client is CLIENT else quick).fetch(client), lambda: 0.0)
    with closing(ring):
        assert not known(ring, OLD)
        assert known(ring, NEW, other)
        assert held.asked == [URL]


def test_a_ring_that_is_closed_fetches_nothing() -> None:
    published = Published(OLD.jwks)
    ring = published.ring()
    ring.close()
    assert not known(ring, OLD)
    assert published.asked == []


def test_a_caller_who_comes_while_a_file_is_read_waits_for_its_keys(tmp_path: Path) -> None:
    client = filed(tmp_path)
    for _ in range(20):
        ring = Published({}).ring(client)
        ring.start()
        assert known(ring, OLD, client)
        ring.close()


def test_the_keys_of_one_client_are_none_of_another() -> None:
    other = Issuer("Other", kid="old")
    published = Published(OLD.jwks)
    ring = KeyRing(
        (CLIENT, other.client(jwks_file=None, jwks_url="https://other.example.org/jwks.json")), lambda client: _of(client, published), float
    )
    assert known(ring, OLD)
    assert ring.find(other.client(), "old", "ES384") is None


def _of(client: Client, published: Published) -> keys.Fetch:
    return published.fetch(client) if client is CLIENT else lambda _: {"keys": []}


def test_keys_are_there_once_it_has_started() -> None:
    published = Published(OLD.jwks)
    with closing(published.ring()) as ring:
        ring.start()
        assert published.asked == [URL]
        assert known(ring, OLD)
        assert published.asked == [URL]


def filed(folder: Path, issuer: Issuer = OLD) -> Client:
    file = folder / "keys.json"
    file.write_text(json.dumps(issuer.jwks), encoding="utf-8")
    return issuer.client(jwks_file=str(file))


def test_a_file_of_keys_is_read_and_nothing_is_fetched(tmp_path: Path) -> None:
    published, client = Published(NEW.jwks), filed(tmp_path)
    ring = published.ring(client)
    assert known(ring, OLD, client)
    assert not known(ring, NEW, client)
    assert published.asked == []


def test_a_file_that_was_changed_is_read_again_at_the_next_call(tmp_path: Path) -> None:
    client = filed(tmp_path)
    ring = Published({}).ring(client)
    assert known(ring, OLD, client)
    (tmp_path / "next").write_text(json.dumps(NEW.jwks), encoding="utf-8")
    (tmp_path / "next").replace(tmp_path / "keys.json")
    assert known(ring, NEW, client)
    assert not known(ring, OLD, client)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"keys": []}', "\ud800", "[" * 100])
def test_a_file_that_was_spoilt_leaves_the_last_good_keys(tmp_path: Path, content: str) -> None:
    client = filed(tmp_path)
    ring = Published({}).ring(client)
    assert known(ring, OLD, client)
    (tmp_path / "keys.json").write_text(content, encoding="utf-8", errors="surrogatepass")
    assert known(ring, OLD, client)
    (tmp_path / "keys.json").unlink()
    assert known(ring, OLD, client)
    assert ring.refresh()[client.issuer].fault


@pytest.mark.parametrize("content", [None, "{", '{"keys": []}', " " * 1_000_001])
def test_a_file_without_a_usable_key_is_told_at_the_start(tmp_path: Path, content: str | None) -> None:
    client = filed(tmp_path)
    keys.check_files([client])
    if content is None:
        (tmp_path / "keys.json").unlink()
    else:
        (tmp_path / "keys.json").write_text(content, encoding="utf-8")
    with pytest.raises(BadKeys, match="General Hospital"):
        keys.check_files([client])


def test_a_url_is_not_asked_at_the_start_for_a_server_that_is_away_must_not_keep_others_out() -> None:
    keys.check_files([CLIENT])
