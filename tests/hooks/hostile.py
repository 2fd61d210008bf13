"""Two clients, the tokens that let them in, and tokens that let nobody in, each with its cause."""

import hmac
import json
from collections.abc import Callable
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from cds.hooks import keysets
from cds.hooks.keysets import KeySet
from cds.hooks.tokens import Cause
from tests import tokens
from tests.tokens import ABSENT, Issuer, signed

NOW = 1_795_000_000
URL = "https://cds.example.org/cds-services/low-back-pain"
OTHER_URL = "https://cds.example.org/cds-services/low-back-pain-order-sign"
GENERAL = Issuer("General Hospital")
PLAIN = Issuer("Plain Hospital", "RS384", "two")
STRANGER = Issuer("Stranger")
JWKS_URL = "https://plain-hospital.example.org/jwks.json"
CLIENTS = {
    GENERAL.iss: GENERAL.client(tenants=("main", "north")),
    PLAIN.iss: PLAIN.client(jwks_file=None, jwks_url=JWKS_URL),
}
KEYS: dict[str, KeySet] = {GENERAL.iss: keysets.read(GENERAL.jwks), PLAIN.iss: keysets.read(PLAIN.jwks)}


def b64(value: bytes | Any) -> str:
    return tokens.b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def general(audience: Any = URL, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A header of General Hospital, honest but for the changes."""
    return GENERAL.bearer(audience, now=NOW, header=header, **({"tenant": "main"} | changes))


def plain(audience: Any = URL, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """The same of Plain Hospital, which signs by RS384, has no tenants, and its keys at a URL."""
    return PLAIN.bearer(audience, now=NOW, header=header, **changes)


def by(key: Any, header: dict[str, Any], issuer: Issuer = GENERAL) -> str:
    """Honest claims under this header, signed with this key."""
    return f"Bearer {signed(header, json.dumps(claims(issuer)).encode(), key)}"


def claims(issuer: Issuer = GENERAL, **changes: Any) -> dict[str, Any]:
    return issuer.claims(URL, now=NOW, **({"tenant": "main"} | changes))


def raw_payload(text: str) -> str:
    return f"Bearer {GENERAL.sign(GENERAL.header(), text.encode())}"


def with_signature(change: Callable[[str], str]) -> str:
    head, body, signature = general().split(".")
    return f"{head}.{body}.{change(signature)}"


def with_raw_header(text: str) -> str:
    return f"Bearer {b64(text.encode())}.{b64(claims())}.{b64(b'x' * 96)}"


def unsigned(alg: str) -> str:
    return f"Bearer {b64(GENERAL.header(alg=alg))}.{b64(claims())}."


def tampered() -> str:
    """The signature of one token under the claims of another."""
    head, _, signature = general(tenant="north").split(".")
    return f"{head}.{b64(claims())}.{signature}"


def with_public_key_as_secret(alg: str) -> str:
    """What a library takes that lets the token choose how the key is used."""
    text = f"{b64({'alg': alg, 'typ': 'JWT', 'kid': 'two'})}.{b64(claims(PLAIN))}"
    return f"Bearer {text}.{b64(hmac.digest(PLAIN.key.as_pem(private=False), text.encode(), alg.replace('HS', 'SHA')))}"


HONEST_TEXT = json.dumps(claims())
WEAK = {"alg": "ES384", "typ": "JWT", "kid": "one"}

HOSTILE: dict[str, tuple[Callable[[], str | None], Cause]] = {
    "no header": (lambda: None, Cause.NO_TOKEN),
    "an empty header": (lambda: "", Cause.NO_TOKEN),
    "another scheme": (lambda: general().replace("Bearer", "Basic"), Cause.SCHEME),
    "no scheme": (lambda: general().removeprefix("Bearer "), Cause.SCHEME),
    "the scheme alone": (lambda: "Bearer", Cause.SCHEME),
    "the scheme and a space": (lambda: "Bearer ", Cause.SCHEME),
    "two tokens": (lambda: f"{general()} {general().removeprefix('Bearer ')}", Cause.SCHEME),
    "two schemes": (lambda: f"Bearer {general()}", Cause.SCHEME),
    "a comma and another token": (lambda: f"{general()},{general().removeprefix('Bearer ')}", Cause.MALFORMED),
    "a tab for the space": (lambda: general().replace(" ", "\t"), Cause.SCHEME),
    "a token of a megabyte": (lambda: f"Bearer {'a' * 1_000_000}", Cause.SIZE),
    "claims that are too long": (lambda: general(more="a" * 9_000), Cause.SIZE),
    "one part": (lambda: "Bearer abcd", Cause.MALFORMED),
    "two parts": (lambda: general().rpartition(".")[0], Cause.MALFORMED),
    "four parts": (lambda: f"{general()}.abcd", Cause.MALFORMED),
    "five parts, as an encrypted token has": (lambda: f"{general()}.abcd.abcd", Cause.MALFORMED),
    "padding": (lambda: f"{general()}=", Cause.MALFORMED),
    "ordinary base64": (lambda: with_signature(lambda signature: "+/" + signature[2:]), Cause.MALFORMED),
    "letters that are not ASCII": (lambda: f"{general()}é", Cause.MALFORMED),
    "bits after the end of base64": (lambda: f"{b64(b'{}')[:-1]}B".join(["Bearer ", ".e30.e30"]), Cause.MALFORMED),
    "the JSON form of a token": (lambda: 'Bearer {"payload":"e30","signatures":[]}', Cause.MALFORMED),
    "a header that is no JSON": (lambda: with_raw_header("alg=ES384"), Cause.HEADER),
    "a header that is a list": (lambda: with_raw_header('["ES384"]'), Cause.HEADER),
    "a header with a key twice": (lambda: with_raw_header('{"alg":"none","alg":"ES384","typ":"JWT","kid":"one"}'), Cause.HEADER),
    "a header that is not UTF-8": (lambda: f"Bearer {b64(bytes([0xFF]))}.e30.e30", Cause.HEADER),
    "a header that is nested without end": (lambda: with_raw_header('{"a":' * 900 + "1" + "}" * 900), Cause.HEADER),
    "alg none": (lambda: unsigned("none"), Cause.ALG),
    "alg None": (lambda: unsigned("None"), Cause.ALG),
    "alg in small letters": (lambda: unsigned("es384"), Cause.ALG),
    "no alg": (lambda: with_raw_header('{"typ":"JWT","kid":"one"}'), Cause.ALG),
    "alg that is a list": (lambda: with_raw_header('{"alg":["ES384"],"typ":"JWT","kid":"one"}'), Cause.ALG),
    "HS256 with the public key as the secret": (lambda: with_public_key_as_secret("HS256"), Cause.ALG),
    "HS384 with the public key as the secret": (lambda: with_public_key_as_secret("HS384"), Cause.ALG),
    "RS256": (lambda: by(PLAIN.key, {"alg": "RS256", "typ": "JWT", "kid": "two"}, PLAIN), Cause.ALG),
    "PS384": (lambda: by(PLAIN.key, {"alg": "PS384", "typ": "JWT", "kid": "two"}, PLAIN), Cause.ALG),
    "ES256": (lambda: by(ECKey.generate_key("P-256"), WEAK | {"alg": "ES256"}), Cause.ALG),
    "no typ": (lambda: general(header={"typ": ABSENT}), Cause.TYP),
    "another typ": (lambda: general(header={"typ": "JOSE"}), Cause.TYP),
    "typ of an access token": (lambda: general(header={"typ": "at+jwt"}), Cause.TYP),
    "no kid": (lambda: general(header={"kid": ABSENT}), Cause.KID),
    "an empty kid": (lambda: general(header={"kid": ""}), Cause.KID),
    "a kid that is a number": (lambda: with_raw_header('{"alg":"ES384","typ":"JWT","kid":1}'), Cause.KID),
    "crit": (lambda: with_raw_header('{"alg":"ES384","typ":"JWT","kid":"one","crit":["exp"]}'), Cause.CRITICAL),
    "a payload that is not encoded": (lambda: with_raw_header('{"alg":"ES384","typ":"JWT","kid":"one","b64":false}'), Cause.CRITICAL),
    "claims that are no JSON": (lambda: raw_payload("iss"), Cause.PAYLOAD),
    "claims that are a list": (lambda: raw_payload("[]"), Cause.PAYLOAD),
    "a claim twice": (lambda: raw_payload(HONEST_TEXT[:-1] + f', "aud": "{OTHER_URL}"}}'), Cause.PAYLOAD),
    "exp that is NaN": (lambda: raw_payload(HONEST_TEXT.replace(str(NOW + 300), "NaN")), Cause.PAYLOAD),
    "exp that is infinite": (lambda: raw_payload(HONEST_TEXT.replace(str(NOW + 300), "Infinity")), Cause.PAYLOAD),
    "exp that overflows": (lambda: raw_payload(HONEST_TEXT.replace(str(NOW + 300), "1e400")), Cause.PAYLOAD),
    "no iss": (lambda: general(iss=ABSENT), Cause.ISSUER),
    "iss that is not registered": (lambda: STRANGER.bearer(URL, now=NOW), Cause.ISSUER),
    "iss with a slash more": (lambda: general(iss=f"{GENERAL.iss}/"), Cause.ISSUER),
    "iss in large letters": (lambda: general(iss=GENERAL.iss.upper()), Cause.ISSUER),
    "iss that is a list": (lambda: general(iss=[GENERAL.iss]), Cause.ISSUER),
    "iss of the keys of another client": (lambda: general(iss=PLAIN.iss), Cause.KEY),
    "jku of a stranger": (lambda: plain(header={"jku": "https://evil.example.org/jwks.json"}), Cause.JKU),
    "jku that begins as the registered one": (lambda: plain(header={"jku": f"{JWKS_URL}.evil.example.org"}), Cause.JKU),
    "jku in large letters": (lambda: plain(header={"jku": JWKS_URL.upper()}), Cause.JKU),
    "jku that is null": (lambda: f"Bearer {b64(PLAIN.header() | {'jku': None})}.{b64(claims(PLAIN))}.{b64(b'x')}", Cause.JKU),
    "jku of a client with a file of keys": (lambda: general(header={"jku": JWKS_URL}), Cause.JKU),
    "kid that is not known": (lambda: general(header={"kid": "three"}), Cause.KEY),
    "kid that is a path": (lambda: general(header={"kid": "../../../etc/passwd"}), Cause.KEY),
    "kid that is SQL": (lambda: general(header={"kid": "one' OR '1'='1"}), Cause.KEY),
    "alg of another type of key": (lambda: by(PLAIN.key, {"alg": "RS384", "typ": "JWT", "kid": "one"}), Cause.KEY),
    "a key of its own in the header": (lambda: by(STRANGER.key, WEAK | {"jwk": STRANGER.jwks["keys"][0]}), Cause.SIGNATURE),
    "a key of a stranger under a known kid": (lambda: by(STRANGER.key, WEAK), Cause.SIGNATURE),
    "a key of another RSA pair": (lambda: by(RSAKey.generate_key(2048), PLAIN.header(), PLAIN), Cause.SIGNATURE),
    "no signature": (lambda: with_signature(lambda _: ""), Cause.SIGNATURE),
    "a signature of zeros": (lambda: with_signature(lambda _: b64(bytes(96))), Cause.SIGNATURE),
    "half a signature": (lambda: with_signature(lambda signature: signature[:64]), Cause.SIGNATURE),
    "one bit of the signature turned": (lambda: with_signature(lambda text: ("B" if text[0] == "A" else "A") + text[1:]), Cause.SIGNATURE),
    "claims changed after signing": (tampered, Cause.SIGNATURE),
    "no aud": (lambda: general(aud=ABSENT), Cause.AUDIENCE),
    "aud of another service": (lambda: general(OTHER_URL), Cause.AUDIENCE),
    "aud of discovery": (lambda: general("https://cds.example.org/cds-services"), Cause.AUDIENCE),
    "aud with a slash more": (lambda: general(f"{URL}/"), Cause.AUDIENCE),
    "aud by http": (lambda: general(URL.replace("https", "http")), Cause.AUDIENCE),
    "aud that begins as the URL": (lambda: general(f"{URL}-encounter-start"), Cause.AUDIENCE),
    "aud that is an empty list": (lambda: general([]), Cause.AUDIENCE),
    "aud with a number beside the URL": (lambda: general(aud=[URL, 1]), Cause.AUDIENCE),
    "aud that is an object": (lambda: general(aud={URL: True}), Cause.AUDIENCE),
    "no exp": (lambda: general(exp=ABSENT), Cause.EXPIRY),
    "exp that is true": (lambda: general(exp=True), Cause.EXPIRY),
    "exp that is text": (lambda: general(exp=str(NOW + 300)), Cause.EXPIRY),
    "exp that is null": (lambda: general(exp=None), Cause.EXPIRY),
    "exp before 1970": (lambda: general(exp=-1), Cause.EXPIRY),
    "exp in milliseconds": (lambda: general(exp=(NOW + 300) * 1_000), Cause.EXPIRY),
    "exp of 300 digits": (lambda: general(exp=int("9" * 300)), Cause.EXPIRY),
    "no iat": (lambda: general(iat=ABSENT), Cause.ISSUED),
    "iat that is false": (lambda: general(iat=False), Cause.ISSUED),
    "iat that is a list": (lambda: general(iat=[NOW]), Cause.ISSUED),
    "expired": (lambda: general(iat=NOW - 400, exp=NOW - 100), Cause.EXPIRED),
    "expired for as long as clocks may differ": (lambda: general(iat=NOW - 300, exp=NOW - 60), Cause.EXPIRED),
    "from the future": (lambda: general(iat=NOW + 61, exp=NOW + 300), Cause.EARLY),
    "nbf in the future": (lambda: general(nbf=NOW + 61), Cause.NOT_YET),
    "nbf that is text": (lambda: general(nbf="0"), Cause.NOT_YET),
    "ten years": (lambda: general(exp=NOW + 315_360_000), Cause.LIFETIME),
    "a second over five minutes": (lambda: general(exp=NOW + 301), Cause.LIFETIME),
    "a fraction over five minutes": (lambda: general(exp=NOW + 300.001), Cause.LIFETIME),
    "an end before its beginning": (lambda: general(iat=NOW, exp=NOW - 1), Cause.LIFETIME),
    "an end at its beginning": (lambda: general(iat=NOW, exp=NOW), Cause.LIFETIME),
    "no jti": (lambda: general(jti=ABSENT), Cause.ID),
    "an empty jti": (lambda: general(jti=""), Cause.ID),
    "jti that is a number": (lambda: general(jti=1), Cause.ID),
    "jti that is a list": (lambda: general(jti=["a"]), Cause.ID),
    "no tenant where there are some": (lambda: general(tenant=ABSENT), Cause.TENANT),
    "a tenant that is not registered": (lambda: general(tenant="south"), Cause.TENANT),
    "a tenant in large letters": (lambda: general(tenant="MAIN"), Cause.TENANT),
    "tenants in a list": (lambda: general(tenant=["main"]), Cause.TENANT),
    "a tenant that is no text where there are none": (lambda: plain(tenant={"main": True}), Cause.TENANT),
}

HONEST: dict[str, Callable[[], str]] = {
    "ES384": general,
    "RS384": plain,
    "the scheme in small letters": lambda: general().replace("Bearer", "bearer"),
    "the scheme in large letters, and two spaces": lambda: general().replace("Bearer", "BEARER "),
    "aud in a list": lambda: general([URL]),
    "aud among others": lambda: general([OTHER_URL, URL]),
    "jku that is registered": lambda: plain(header={"jku": JWKS_URL}),
    "a long header": lambda: general(header={"x5c": ["a" * 1_000]}),
    "instants with a fraction": lambda: general(iat=NOW + 0.5, exp=NOW + 300.25),
    "a clock that is a minute ahead": lambda: general(iat=NOW + 60, exp=NOW + 360),
    "a clock that is almost a minute behind": lambda: general(iat=NOW - 359, exp=NOW - 59),
    "nbf that has come": lambda: general(nbf=NOW),
    "the other tenant": lambda: general(tenant="north"),
    "a tenant where there are none": lambda: plain(tenant="main"),
    "a jti of any text": lambda: general(jti="'; DROP TABLE tokens; -- \ud800é"),
    "claims that we do not know": lambda: general(sub="anybody", scope=["a", {"b": 1.5}]),
}
