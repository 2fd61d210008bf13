"""Key sets: what of them can check a token, and what is left out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from cds.hooks import keysets
from cds.hooks.keysets import UnusableKeySet
from tests.tokens import Issuer, b64

EC = Issuer("General Hospital")
RSA = Issuer("Plain Hospital", "RS384", "two")
OF_EC: dict[str, Any] = EC.jwks["keys"][0]
OF_RSA: dict[str, Any] = RSA.jwks["keys"][0]


def public(key: ECKey | RSAKey | OKPKey, **more: str) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": "three", **more}


def without(entry: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != name}


def modulus(bits: int) -> dict[str, Any]:
    return OF_RSA | {"n": b64(((1 << bits) - 1).to_bytes((bits + 7) // 8, "big"))}


LEFT_OUT: dict[str, Any] = {
    "a private EC key": EC.key.as_dict(private=True),
    "a private RSA key": RSA.key.as_dict(private=True),
    "a symmetric key": OctKey.generate_key(256).as_dict(private=True) | {"kid": "three"},
    "a symmetric key without its secret": {"kty": "oct", "kid": "three"},
    "an EC key with the secret of a symmetric one": OF_EC | {"k": "AAAA"},
    "an EC key on P-256": public(ECKey.generate_key("P-256")),
    "an EC key on P-521": public(ECKey.generate_key("P-521")),
    "an Edwards key": public(OKPKey.generate_key("Ed25519")),
    "a point that is not on the curve": OF_EC | {"x": OF_EC["y"], "y": OF_EC["x"]},
    "the curve of another": OF_EC | {"crv": "P-256"},
    "an RSA key of 1024 bits": modulus(1_024),
    "an RSA key of 2047 bits": modulus(2_047),
    "an RSA key of 16384 bits": modulus(16_384),
    "an exponent of 1": OF_RSA | {"e": "AQ"},
    "an even exponent": OF_RSA | {"e": "AQAA"},
    "an exponent of 64 bits": OF_RSA | {"e": b64(b"\xff" * 8)},
    "a modulus that is no text": OF_RSA | {"n": 5},
    "a modulus that is no base64": OF_RSA | {"n": "=" * 400},
    "a modulus that is not ASCII": OF_RSA | {"n": "é" * 400},
    "no modulus": without(OF_RSA, "n"),
    "no curve": without(OF_EC, "crv"),
    "no kid": without(OF_EC, "kid"),
    "an empty kid": OF_EC | {"kid": ""},
    "a kid that is a number": OF_EC | {"kid": 1},
    "no kty": without(OF_EC, "kty"),
    "a kty that is a list": OF_EC | {"kty": ["EC"]},
    "use enc": OF_EC | {"use": "enc"},
    "alg ES256": OF_EC | {"alg": "ES256"},
    "alg RS256": OF_RSA | {"alg": "RS256"},
    "key_ops for signing": OF_EC | {"key_ops": ["sign"]},
    "key_ops that is text": OF_EC | {"key_ops": "verify"},
    "text": "key",
    "null": None,
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_key_that_cannot_check_a_token_is_left_out_and_the_others_serve(name: str) -> None:
    assert list(keysets.read({"keys": [LEFT_OUT[name], OF_EC | {"kid": "good"}]})) == [("good", "ES384")]
    with pytest.raises(UnusableKeySet):
        keysets.read({"keys": [LEFT_OUT[name]]})


@pytest.mark.parametrize("value", [{}, {"keys": {}}, {"keys": None}, {"keys": []}, {"keys": [OF_EC] * 101}, OF_EC])
def test_what_is_no_key_set_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(UnusableKeySet):
        keysets.read(value)


def test_two_keys_of_one_name_are_refused_for_none_could_be_told_from_the_other() -> None:
    with pytest.raises(UnusableKeySet):
        keysets.read({"keys": [OF_EC, Issuer("Other").jwks["keys"][0]]})


def test_keys_of_two_algorithms_may_share_a_name() -> None:
    assert set(keysets.read({"keys": [OF_EC, OF_RSA | {"kid": "one"}]})) == {("one", "ES384"), ("one", "RS384")}


def test_a_key_without_use_and_alg_serves() -> None:
    assert list(keysets.read({"keys": [without(without(OF_EC, "use"), "alg")]})) == [("one", "ES384")]


def test_a_key_is_shown_by_its_name_alone() -> None:
    (key,) = keysets.read(EC.jwks).values()
    assert OF_EC["x"] not in repr(key)


def test_a_key_knows_its_own_signature_and_no_other() -> None:
    (key,) = keysets.read(EC.jwks).values()
    token = EC.sign(EC.header(), json.dumps({}).encode())
    assert key.signed(token)
    assert not key.signed(Issuer("Other").sign(EC.header(), b"{}"))
    assert not key.signed("not a token")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
MEMBERS = st.sampled_from(["kty", "kid", "use", "alg", "key_ops", "crv", "x", "y", "n", "e"])


@given(st.sampled_from([OF_EC, OF_RSA]), st.dictionaries(MEMBERS, JSON, max_size=3))
def test_whatever_an_entry_holds_it_is_a_key_or_is_left_out(honest: dict[str, Any], changes: dict[str, Any]) -> None:
    found = keysets.read({"keys": [honest | changes, OF_EC | {"kid": "another key of the set"}]})
    assert ("another key of the set", "ES384") in found
