"""Rows H: which tokens are let in, and which are not (CDS Hooks 3.0, "Trusting CDS Clients")."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from cds.client.checks import stub
from cds.client.checks.visit import NO_ENTRY, NotChecked, Visit, bearer, told
from cds.client.signing import ES384, RS384, Signer
from cds.client.wire import SERVICES, Reply

NO_KEY = "No key of a registered client was given."
OPEN = "It answers without a token."
AHEAD = timedelta(seconds=2)
LONG_AGO = 86_400
STRANGER = "https://stranger.example.org"
_NONE: Mapping[str, Any] = {}


def asks_for_one(visit: Visit) -> Iterator[str]:
    """H1."""
    _signer(visit)
    if not visit.closed:
        yield "A call without a token was answered, although there is a registered client."


def scheme(visit: Visit) -> Iterator[str]:
    """H2."""
    token = _made(visit)
    small = _knock(visit, {"Authorization": f"bearer {token}"})
    if small.status in NO_ENTRY:
        yield "The scheme `bearer` in small letters was refused; its case does not count."
    if _knock(visit, {"Authorization": f"Basic {_made(visit)}"}).status not in NO_ENTRY:
        yield "A token under another scheme than Bearer was let in."


def header_whole(visit: Visit) -> Iterator[str]:
    """H3."""
    yield from _let_in(visit, (("without alg", {"alg": None}), ("without kid", {"kid": None}), ("without typ", {"typ": None})), part="header")


def signed_by_a_key(visit: Visit) -> Iterator[str]:
    """H4."""
    unsigned = _made(visit, header={"alg": "none"}).rpartition(".")[0] + "."
    secret = _signer(visit).key.as_pem(private=False)
    claimed = _made(visit, header={"alg": "HS256"}).rpartition(".")[0]
    shared = f"{claimed}.{_encoded(hmac.new(secret, claimed.encode(), hashlib.sha256).digest())}"
    for what, token in (("without a signature (alg none)", unsigned), ("signed with the public key as a shared secret (HS256)", shared)):
        if _knock(visit, bearer(token)).status not in NO_ENTRY:
            yield f"A token {what} was let in."


def both_algorithms(visit: Visit) -> Iterator[str]:
    """H5."""
    signer = _closed_to(visit)
    if visit.second is None or {signer.alg, visit.second.alg} != {ES384, RS384}:
        raise NotChecked("No second key was given: one for ES384 and one for RS384 are needed.")
    call, _ = visit.sound
    if _knock(visit, bearer(visit.second.token(visit.wire.url(call.path), at=visit.clock()))).status in NO_ENTRY:
        yield f"{visit.second.alg} was refused; ES384 and RS384 both should be taken."


def payload_whole(visit: Visit) -> Iterator[str]:
    """H6."""
    now = int(visit.clock().timestamp())
    wrong: list[tuple[str, dict[str, Any]]] = [(f"without {name}", {name: None}) for name in ("iss", "aud", "exp", "iat", "jti")]
    wrong.append(("that is over", {"iat": now - LONG_AGO, "exp": now - LONG_AGO + 60}))
    wrong.append(("from the future", {"iat": now + LONG_AGO, "exp": now + LONG_AGO + 60}))
    yield from _let_in(visit, wrong)


def for_this_address(visit: Visit) -> Iterator[str]:
    """H7."""
    call, _ = visit.sound
    here = visit.wire.url(call.path)
    wrong = [visit.wire.url(SERVICES), f"{here}-other", here[:-1], "https://other.example.org" + call.path]
    yield from _let_in(visit, [("for another address", {"aud": audience}) for audience in wrong])
    if _knock(visit, bearer(_made(visit, {"aud": [here]}))).status in NO_ENTRY:
        yield "A token whose aud is a list with this address was refused; alone or in a list is the same."


def strangers(visit: Visit) -> Iterator[str]:
    """H8: the address of keys is that of our stub, which must not be asked."""
    yield from _let_in(visit, [("of an issuer that nobody registered", {"iss": STRANGER})])
    asked = len(visit.stub.asked)
    place = visit.stub.base + stub.KEYS
    yield from _let_in(visit, [("with keys at an address that nobody registered", {"jku": place})], part="header")
    if len(visit.stub.asked) > asked:
        yield "Keys were fetched from an address that only a token named."


def key_by_kid(visit: Visit) -> Iterator[str]:
    """H10."""
    signer = _closed_to(visit)
    yield from _let_in(visit, [("with an unknown kid", {"kid": f"{signer.kid}-other"})], part="header")
    false = Signer(signer.issuer, Signer.new(ES384, issuer=signer.issuer).key, signer.kid, ES384, signer.tenant)
    call, _ = visit.sound
    if _knock(visit, bearer(false.token(visit.wire.url(call.path), at=visit.clock()))).status not in NO_ENTRY:
        yield "A token signed with another key than its kid names was let in."


def once(visit: Visit) -> Iterator[str]:
    """H11."""
    token = bearer(_made(visit))
    if _knock(visit, token).status in NO_ENTRY:
        raise NotChecked("A right token was refused.")
    again = _knock(visit, token)
    if again.status not in NO_ENTRY:
        yield f"The same token was let in a second time ({told(again)})."


def clocks(visit: Visit) -> Iterator[str]:
    """H13."""
    signer = _closed_to(visit)
    call, _ = visit.sound
    if _knock(visit, bearer(signer.token(visit.wire.url(call.path), at=visit.clock() + AHEAD))).status in NO_ENTRY:
        yield "A token of a clock that is two seconds ahead was refused; clocks differ."


def _signer(visit: Visit) -> Signer:
    if visit.signer is None:
        raise NotChecked(NO_KEY)
    return visit.signer


def _closed_to(visit: Visit) -> Signer:
    """The client's signer; raises NotChecked where no token is asked for, so that none can be seen to be refused."""
    signer = _signer(visit)
    if not visit.closed:
        raise NotChecked(OPEN)
    return signer


def _knock(visit: Visit, headers: Mapping[str, str]) -> Reply:
    call, _ = visit.sound
    return visit.call(call, headers=headers)


def _made(visit: Visit, changes: Mapping[str, Any] = _NONE, header: Mapping[str, Any] = _NONE) -> str:
    signer = _closed_to(visit)
    call, _ = visit.sound
    return signer.token(visit.wire.url(call.path), at=visit.clock(), changes=changes, header=header)


def _let_in(visit: Visit, wrong: Any, *, part: str = "changes") -> Iterator[str]:
    for what, changes in wrong:
        if _knock(visit, bearer(_made(visit, **{part: changes}))).status not in NO_ENTRY:
            yield f"A token {what} was let in."


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


CHECKS = MappingProxyType(
    {
        "H1": asks_for_one,
        "H2": scheme,
        "H3": header_whole,
        "H4": signed_by_a_key,
        "H5": both_algorithms,
        "H6": payload_whole,
        "H7": for_this_address,
        "H8": strangers,
        "H10": key_by_kid,
        "H11": once,
        "H13": clocks,
    }
)
