"""The tokens of a client: as the standard wants them, verified by a library, and wrong only where that is asked for."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk, jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from cds.client import signing
from cds.client.signing import Signer, UnusableKey

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ISSUER = "https://ehr.example.org"
URL = "https://cds.example.org/cds-services/a"
CANARY = "canary-5512"


def decoded(signer: Signer, token: str) -> Any:
    """The token as a service that knows the key set reads it."""
    return jwt.decode(token, KeySet([jwk.import_key(key) for key in signer.jwks()["keys"]]), algorithms=[signer.alg])


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "RS384", "PS384"])
def test_a_token_says_who_calls_what_and_until_when(alg: str) -> None:
    signer = Signer.new(alg, issuer=ISSUER, tenant="main", jku=f"{ISSUER}/jwks")
    token = decoded(signer, signer.token(URL, at=AT))
    issued = int(AT.timestamp())
    assert token.header == {"alg": alg, "kid": signer.kid, "typ": "JWT", "jku": f"{ISSUER}/jwks"}
    assert token.claims["jti"]
    assert {**token.claims, "jti": ""} == {"iss": ISSUER, "aud": URL, "iat": issued, "exp": issued + 120, "jti": "", "tenant": "main"}
    assert timedelta(minutes=5) >= signing.LIFE


def test_what_a_client_has_not_is_left_out() -> None:
    signer = Signer.new(issuer=ISSUER)
    token = decoded(signer, signer.token(URL, at=AT))
    assert ("tenant" in token.claims, "jku" in token.header) == (False, False)


def test_no_two_tokens_are_alike() -> None:
    signer = Signer.new(issuer=ISSUER)
    assert len({decoded(signer, signer.token(URL, at=AT)).claims["jti"] for _ in range(50)}) == 50


def test_changes_put_in_replace_and_leave_out() -> None:
    signer = Signer.new(issuer=ISSUER)
    token = decoded(signer, signer.token(URL, at=AT, changes={"aud": ["a", "b"], "jti": None, "more": 1}, header={"typ": None}))
    assert (token.claims["aud"], token.claims["more"]) == (["a", "b"], 1)
    assert ("jti" in token.claims, "typ" in token.header) == (False, False)


def test_a_token_of_another_key_is_not_verified() -> None:
    signer, other = Signer.new(issuer=ISSUER), Signer.new(issuer=ISSUER)
    with pytest.raises(BadSignatureError):
        decoded(signer, other.token(URL, at=AT, header={"kid": signer.kid}))


def test_the_key_set_and_the_client_show_no_private_part() -> None:
    for signer in (Signer.new(issuer=ISSUER), Signer.new("RS384", issuer=ISSUER)):
        (public,) = signer.jwks()["keys"]
        assert set(public) <= {"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"}
        assert str(signer.jwk()["d"]) not in repr(signer) + json.dumps(signer.jwks())


@pytest.mark.parametrize("alg", ["ES384", "RS384"])
@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_a_key_is_read_from_either_form(alg: str, form: str, tmp_path: Path) -> None:
    made = Signer.new(alg, issuer=ISSUER)
    file = tmp_path / "key"
    file.write_bytes(json.dumps(made.jwk()).encode() if form == "jwk" else made.key.as_pem(private=True))
    read = Signer.read(file, issuer=ISSUER)
    assert (read.alg, read.kid) == (alg, made.kid)
    assert decoded(made, read.token(URL, at=AT)).claims["iss"] == ISSUER


def test_id_and_algorithm_may_be_said(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    read = Signer.read(file, issuer=ISSUER, kid="mine", alg="PS384")
    assert (read.kid, read.alg) == ("mine", "PS384")


WRONG = {
    "nothing": b"",
    "no key": CANARY.encode(),
    "half a pem": b"-----BEGIN EC PRIVATE KEY-----\n" + CANARY.encode(),
    "a public pem": ECKey.generate_key("P-384").as_pem(private=False),
    "a public jwk": json.dumps(ECKey.generate_key("P-384").as_dict(private=False)).encode(),
    "a shared secret": json.dumps(OctKey.generate_key(256).as_dict(private=True)).encode(),
    "another curve": b'{"kty": "EC", "crv": "P-1"}',
    "another kind": OKPKey.generate_key("Ed25519").as_pem(private=True),
    "a broken jwk": b'{"kty": "EC", "crv": "P-384", "x": "!", "y": 5, "d": []}',
    "no strict json": b'{"kty": "EC", "kty": "RSA"}',
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_what_holds_no_private_key_is_refused_and_not_told(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(UnusableKey) as caught:
        Signer.read(file, issuer=ISSUER)
    assert CANARY not in str(caught.value.diagnostics())
    assert caught.value.expression == str(file)


@pytest.mark.parametrize("alg", ["RS384", "ES256", "HS256", "none", "x"])
def test_an_algorithm_that_does_not_fit_is_refused(alg: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(ECKey.generate_key("P-384").as_pem(private=True))
    with pytest.raises(UnusableKey):
        Signer.read(file, issuer=ISSUER, alg=alg)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableKey) as caught:
        Signer.read(tmp_path / "none", issuer=ISSUER)
    assert caught.value.expression.endswith("none")
