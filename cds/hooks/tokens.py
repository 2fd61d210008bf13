"""The token of a call (CDS Hooks 3.0, Trusting CDS Clients): read strictly and judged, without a clock, a file or a network of its own.

What a token says of itself decides nothing before its signature was found good by a key of the client that was registered under its issuer.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from joserfc.util import urlsafe_b64decode

from cds.foundation import strict_json
from cds.foundation.errors import NotJson, TooLarge, Unauthorized, WrongShape
from cds.hooks.keysets import ALGORITHMS, PublicKey
from cds.values.client import Client

MOST_CHARACTERS = 8_192
LIFETIME = 300
"""Seconds from `iat` to `exp`, at most."""
LEEWAY = 60
"""Seconds that the clock of a client may be off."""
LAST_INSTANT = 253_402_300_799
"""The end of the year 9999."""
PARTS = 3
BARE = "The caller is not let in."
_HEADER = re.compile(r"(?P<scheme>[^ ]+) +(?P<token>[^ ]+) *", re.ASCII)


class Cause(StrEnum):
    """Why a caller was not let in, in words of ours for the ledger; callers are never told."""

    NO_TOKEN = "no token"
    SCHEME = "not a Bearer token"
    SIZE = "token too long"
    MALFORMED = "not three parts in base64url"
    HEADER = "header is not a strict JSON object"
    ALG = "alg is not ES384 or RS384"
    TYP = "typ is not JWT"
    KID = "no kid"
    CRITICAL = "an extension that must be understood"
    PAYLOAD = "payload is not a strict JSON object"
    ISSUER = "iss is not registered"
    JKU = "jku is not the registered one"
    KEY = "kid and alg name no known key"
    SIGNATURE = "signature is not good"
    AUDIENCE = "aud is not the URL called"
    EXPIRY = "exp is no instant"
    ISSUED = "iat is no instant"
    EXPIRED = "expired"
    EARLY = "issued in the future"
    NOT_YET = "nbf is in the future or no instant"
    LIFETIME = "lives longer than five minutes, or ends before it begins"
    ID = "no jti"
    TENANT = "tenant is not registered"
    REPLAYED = "jti was seen before"


class Refused(Unauthorized):
    """A token that lets nobody in. `client` is empty unless a signature of that client was found good; neither leaves the service."""

    def __init__(self, cause: Cause, client: str = "") -> None:
        super().__init__(BARE)
        self.cause = cause
        self.client = client


@dataclass(frozen=True)
class Claims:
    """What a good token says: whose it is, of which tenant, its `jti`, until when (seconds since 1970) it could be sent again, and its `kid`."""

    client: Client
    tenant: str
    token_id: str
    until: int
    key_id: str = ""


Audiences = Callable[[Client], Collection[str]]
"""The URLs that a token of this client may be for."""
Keys = Callable[[Client, str, str], PublicKey | None]
"""The key of this client by `kid` and algorithm."""


def check(header: str | None, *, audiences: Audiences, clients: Mapping[str, Client], keys: Keys, now: datetime) -> Claims:
    """The claims of the token in an `Authorization` header; raises Refused.

    `clients` are by issuer. `keys` is asked for nobody else, and after the header and the issuer are found in order. Whether the
    token was sent before is not known here.
    """
    token = _token(header)
    said, payload = _parts(token)
    _check_header(said)
    claims = _object(payload, Cause.PAYLOAD)
    client = _issuer(claims, clients)
    if "jku" in said and (client.jwks_url is None or said["jku"] != client.jwks_url):
        raise Refused(Cause.JKU)
    _check_signature(token, keys(client, said["kid"], said["alg"]))
    return replace(_judged(claims, client, audiences(client), now.timestamp()), key_id=said["kid"])


def _token(header: str | None) -> str:
    if not header:
        raise Refused(Cause.NO_TOKEN)
    if len(header) > MOST_CHARACTERS:
        raise Refused(Cause.SIZE)
    found = _HEADER.fullmatch(header)
    if found is None or found["scheme"].lower() != "bearer":
        raise Refused(Cause.SCHEME)
    return found["token"]


def _parts(token: str) -> tuple[dict[str, Any], bytes]:
    """The header, and the payload as bytes."""
    try:
        parts = [urlsafe_b64decode(part) for part in token.encode("ascii").split(b".")]
    except ValueError:
        raise Refused(Cause.MALFORMED) from None
    if len(parts) != PARTS:
        raise Refused(Cause.MALFORMED)
    return _object(parts[0], Cause.HEADER), parts[1]


def _object(body: bytes, cause: Cause) -> dict[str, Any]:
    """Duplicate keys, NaN and numbers without end are refused with all else that two readers could read in two ways."""
    try:
        return strict_json.load_object(body, limit=MOST_CHARACTERS)
    except (NotJson, TooLarge, WrongShape):
        raise Refused(cause) from None


def _check_header(said: Mapping[str, Any]) -> None:
    if not isinstance(said.get("alg"), str) or said["alg"] not in ALGORITHMS:
        raise Refused(Cause.ALG)
    if said.get("typ") != "JWT":
        raise Refused(Cause.TYP)
    if not isinstance(said.get("kid"), str) or not said["kid"]:
        raise Refused(Cause.KID)
    if "crit" in said or "b64" in said:
        raise Refused(Cause.CRITICAL)


def _issuer(claims: Mapping[str, Any], clients: Mapping[str, Client]) -> Client:
    issuer = claims.get("iss")
    client = clients.get(issuer) if isinstance(issuer, str) else None
    if client is None:
        raise Refused(Cause.ISSUER)
    return client


def _check_signature(token: str, key: PublicKey | None) -> None:
    if key is None:
        raise Refused(Cause.KEY)
    if not key.signed(token):
        raise Refused(Cause.SIGNATURE)


def _judged(claims: Mapping[str, Any], client: Client, audiences: Collection[str], now: float) -> Claims:
    cause = _audience(claims.get("aud"), audiences) or _times(claims, now) or _named(claims, client)
    if cause:
        raise Refused(cause, client.name)
    return Claims(client, claims["tenant"] if client.tenants else "", claims["jti"], int(claims["exp"]) + LEEWAY + 1)


def _audience(said: object, audiences: Collection[str]) -> Cause | None:
    """Compared letter for letter: a URL that only means the same is another (RFC 7519, 4.1.3)."""
    named = [said] if isinstance(said, str) else said
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named) or not any(one in audiences for one in named):
        return Cause.AUDIENCE
    return None


def _times(claims: Mapping[str, Any], now: float) -> Cause | None:
    expiry, issued, earliest = (_instant(claims.get(name)) for name in ("exp", "iat", "nbf"))
    if expiry is None:
        return Cause.EXPIRY
    if issued is None:
        return Cause.ISSUED
    if now >= expiry + LEEWAY:
        return Cause.EXPIRED
    if issued > now + LEEWAY:
        return Cause.EARLY
    if "nbf" in claims and (earliest is None or earliest > now + LEEWAY):
        return Cause.NOT_YET
    return None if 0 < expiry - issued <= LIFETIME else Cause.LIFETIME


def _instant(value: object) -> int | Decimal | None:
    """A NumericDate (RFC 7519, 2): a number, which `true` is not, of this age of the world."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    return value if 0 <= value <= LAST_INSTANT else None


def _named(claims: Mapping[str, Any], client: Client) -> Cause | None:
    token_id, tenant = claims.get("jti"), claims.get("tenant")
    if not isinstance(token_id, str) or not token_id:
        return Cause.ID
    if tenant is not None and not isinstance(tenant, str):
        return Cause.TENANT
    return Cause.TENANT if client.tenants and tenant not in client.tenants else None
