"""Tokens of callers: an honest one lets in, and each of a table of hostile ones is refused for exactly its cause."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.hooks import tokens
from cds.hooks.keysets import PublicKey
from cds.hooks.tokens import Cause, Claims, Refused
from cds.values.client import Client
from tests.hooks.hostile import CLIENTS, GENERAL, HONEST, HOSTILE, KEYS, NOW, URL, b64, claims, general


@dataclass
class Asked:
    """The keys as a ring has them, and for whom they were asked."""

    of: list[str] = field(default_factory=list)

    def find(self, client: Client, kid: str, alg: str) -> PublicKey | None:
        self.of.append(client.issuer)
        return KEYS[client.issuer].get((kid, alg))


def checked(header: str | None, asked: Asked | None = None) -> Claims:
    now = datetime.fromtimestamp(NOW, UTC)
    return tokens.check(header, audiences=lambda _: (URL,), clients=CLIENTS, keys=(asked or Asked()).find, now=now)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_token_lets_its_client_in(name: str) -> None:
    claims = checked(HONEST[name]())
    assert claims.client in CLIENTS.values()
    assert claims.tenant in (claims.client.tenants or ("",))
    assert claims.until > NOW


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_token_is_refused_for_its_cause(name: str) -> None:
    make, cause = HOSTILE[name]
    with pytest.raises(Refused) as caught:
        checked(make())
    assert caught.value.cause == cause
    assert caught.value.text == tokens.BARE


def test_the_table_is_long_enough_and_has_every_cause_that_a_token_can_have() -> None:
    assert len(HOSTILE) >= 40
    assert {cause for _, cause in HOSTILE.values()} == set(Cause) - {Cause.REPLAYED}


AFTER_THE_SIGNATURE = set(list(Cause)[list(Cause).index(Cause.AUDIENCE) :])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_client_is_named_only_once_its_signature_was_found_good(name: str) -> None:
    make, cause = HOSTILE[name]
    with pytest.raises(Refused) as caught:
        checked(make())
    assert bool(caught.value.client) == (cause in AFTER_THE_SIGNATURE)


BEFORE_THE_KEYS = set(list(Cause)[: list(Cause).index(Cause.KEY)])


@pytest.mark.parametrize("name", [name for name, (_, cause) in HOSTILE.items() if cause in BEFORE_THE_KEYS])
def test_no_key_is_looked_for_before_the_header_and_the_issuer_are_in_order(name: str) -> None:
    asked = Asked()
    with pytest.raises(Refused):
        checked(HOSTILE[name][0](), asked)
    assert asked.of == []


def test_a_token_is_kept_for_as_long_as_it_could_be_sent_again() -> None:
    claims = checked(general())
    assert claims.until >= NOW + 300 + tokens.LEEWAY
    assert claims.until <= NOW + 300 + tokens.LEEWAY + 1


@given(st.one_of(st.text(), st.builds("Bearer {}".format, st.text()), st.builds("Bearer {}.{}.{}".format, st.text(), st.text(), st.text())))
def test_whatever_is_sent_is_refused_and_never_an_error(header: str) -> None:
    with pytest.raises(Refused):
        checked(header)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "jti", "tenant"]), JSON)
def test_whatever_a_claim_is_the_token_is_judged(name: str, value: Any) -> None:
    try:
        claims = checked(general(**{name: value}))
    except Refused:
        return
    assert claims.client.name == GENERAL.name


@given(st.sampled_from(["alg", "typ", "kid", "jku", "crit", "b64"]), JSON)
def test_whatever_a_header_says_the_token_is_judged(name: str, value: Any) -> None:
    with pytest.raises(Refused):
        checked(f"Bearer {b64(GENERAL.header() | {name: value})}.{b64(claims())}.{b64(b'x' * 96)}")


@given(st.integers(min_value=0, max_value=200), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_of_a_token_passes(place: int, change: int) -> None:
    token = general().removeprefix("Bearer ")
    there = place * len(token) // 201
    letter = chr(ord(token[there]) ^ change)
    with pytest.raises(Refused):
        checked(f"Bearer {token[:there]}{letter}{token[there + 1 :]}")
