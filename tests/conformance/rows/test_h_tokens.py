"""Rows H: who is let in."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cds.audit.rows import Search
from cds.foundation.errors import Unauthorized
from cds.foundation.settings import Settings
from cds.service import admission, application
from cds.service.admission import Door, Knock
from cds.service.keys import KeyRing
from cds.values.client import Caller
from cds.values.record import RefusalRecord
from tests import tokens
from tests.conformance.rows import scenes
from tests.conformance.rows.served import EHR, Served
from tests.conformance.rows.target import MAIN, Answer, Target
from tests.conftest import ROOT
from tests.tokens import ABSENT, Issuer

SERVICE = f"/cds-services/{MAIN}"


def signer(target: Target) -> Issuer:
    """The registered client who signs."""
    assert target.signs
    return target.signs


def asked(target: Target, authorization: str | None, path: str = "/cds-services") -> Answer:
    """GET with this header."""
    return target.send("GET", path, headers={"Authorization": authorization} if authorization else {})


def url(target: Target) -> str:
    """The address of discovery."""
    return f"{target.base}/cds-services"


def is_refused(target: Target, authorization: str | None, why: object = "") -> None:
    """A 401, at the service as at discovery."""
    assert asked(target, authorization).status == 401, why


def test_h1_nobody_is_answered_without_a_token(target: Target) -> None:
    whole = target.request(scenes.scene(scenes.EMERGENCY))
    assert target.send("GET", "/cds-services").status == 401
    assert target.post(SERVICE, whole, headers={}).status == 401
    assert target.post(f"{SERVICE}/feedback", {"feedback": []}, headers={}).status == 401


def test_h2_the_scheme_is_bearer_in_any_case(target: Target) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert asked(target, f"{scheme} {signer(target).token(url(target))}").status == 200, scheme


def test_h2_no_other_scheme_is_taken(target: Target) -> None:
    for header in ("Basic dXNlcjpwYXNz", f"Token {signer(target).token(url(target))}", signer(target).token(url(target)), "Bearer", "Bearer  "):
        is_refused(target, header, header.split(" ")[0])


def test_h3_the_header_has_its_three_parts(target: Target) -> None:
    for name in ("kid", "typ"):
        is_refused(target, signer(target).bearer(url(target), header={name: ABSENT}), name)
    is_refused(target, signer(target).bearer(url(target), header={"typ": "at+jwt"}), "another typ")
    is_refused(target, without_alg(target), "alg")
    assert asked(target, signer(target).bearer(url(target))).status == 200


def without_alg(target: Target) -> str:
    """An honest token but for a header that does not say how it is signed."""
    _, payload, signature = signer(target).token(url(target)).split(".")
    return f"Bearer {part({'typ': 'JWT', 'kid': signer(target).kid})}.{payload}.{signature}"


def part(value: Any) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_h4_a_token_without_a_signature_is_refused(target: Target) -> None:
    for alg in ("none", "None", "NONE"):
        claims = part(signer(target).claims(url(target)))
        for signature in ("", part("x")):
            is_refused(target, f"Bearer {part(signer(target).header(alg=alg))}.{claims}.{signature}", alg)


def test_h4_a_shared_secret_is_refused_the_public_key_too(target: Target) -> None:
    public = signer(target).key.as_pem(private=False)
    for alg, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
        text = f"{part(signer(target).header(alg=alg))}.{part(signer(target).claims(url(target)))}"
        for secret in (public, json.dumps(signer(target).jwks).encode(), b"secret"):
            signature = base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), digest)).rstrip(b"=").decode()
            is_refused(target, f"Bearer {text}.{signature}", alg)


def test_h5_both_algorithms_that_the_standard_names_are_taken(target: Target) -> None:
    assert target.people["rsa"].alg == "RS384"
    assert signer(target).alg == "ES384"
    for issuer in (signer(target), target.people["rsa"]):
        assert asked(target, issuer.bearer(url(target))).status == 200, issuer.alg


def test_h5_no_other_algorithm_is_taken(target: Target) -> None:
    for alg in ("RS256", "RS512", "PS384"):
        header, claims = target.people["rsa"].header(alg=alg), target.people["rsa"].claims(url(target))
        is_refused(target, f"Bearer {tokens.signed(header, json.dumps(claims).encode(), target.people['rsa'].key)}", alg)


def test_h6_every_claim_must_be_there(target: Target) -> None:
    for name in ("iss", "aud", "exp", "iat", "jti"):
        without: dict[str, Any] = {name: ABSENT}
        is_refused(target, signer(target).bearer(url(target), **without), name)
    assert asked(target, signer(target).bearer(url(target), tenant="any")).status == 200


def test_h6_a_token_that_is_over_or_from_the_future_or_too_long_is_refused(target: Target) -> None:
    now = int(time.time())
    wrongs: list[dict[str, Any]] = [
        {"iat": now - 900, "exp": now - 600},
        {"iat": now + 600, "exp": now + 900},
        {"exp": now + 86_400},
        {"exp": now - 100},
        {"exp": "soon"},
    ]
    for wrong in wrongs:
        is_refused(target, signer(target).bearer(url(target), **wrong), wrong)


def test_h7_the_audience_is_the_address_that_is_called(target: Target) -> None:
    here = url(target)
    for right in (here, [here], ["https://other.example.org", here]):
        assert asked(target, signer(target).bearer(right)).status == 200, right
    others = (f"{target.base}{SERVICE}", target.base, here + "/", here.upper(), here.replace("127.0.0.1", "localhost"), "")
    wrongs: list[Any] = [*others, [], [[here]], {"is": here}, 1]
    for wrong in wrongs:
        is_refused(target, signer(target).bearer(wrong), wrong)


def test_h7_the_name_that_a_caller_gives_the_host_counts_for_nothing(target: Target) -> None:
    for header in ("Host", "X-Forwarded-Host"):
        evil = {header: "evil.example.org", "Authorization": signer(target).bearer("http://evil.example.org/cds-services")}
        assert target.send("GET", "/cds-services", headers=evil).status == 401


def test_h8_a_stranger_is_refused_and_nothing_is_fetched(target: Target) -> None:
    stranger = Issuer("stranger")
    with target.keys.handing(stranger.jwks):
        jku = f"{target.keys.origin}/strange/jwks.json"
        for issuer, header in ((stranger, {}), (stranger, {"jku": jku}), (Issuer("x", issuer=signer(target).iss), {"jku": jku})):
            is_refused(target, issuer.bearer(url(target), header=header), header)
        assert [one.target for one in target.keys.asked if one.target != "/jwks.json"] == []


def test_h8_a_jku_that_is_not_registered_is_refused_and_not_fetched(target: Target) -> None:
    jku = f"{target.keys.origin}/other/jwks.json"
    with target.keys.handing(signer(target).jwks):
        is_refused(target, signer(target).bearer(url(target), header={"jku": jku}))
        assert [one for one in target.keys.asked if one.target.startswith("/other")] == []


def test_h9_keys_in_a_file_need_no_jku(target: Target) -> None:
    assert "jku" not in signer(target).header()
    assert asked(target, signer(target).bearer(url(target))).status == 200


def test_h10_the_kid_chooses_the_key(target: Target) -> None:
    assert asked(target, signer(target).bearer(url(target))).status == 200
    for kid in ("another", "", "ONE", 1):
        is_refused(target, signer(target).bearer(url(target), header={"kid": kid}), kid)
    is_refused(target, Issuer(EHR).bearer(url(target)), "another key under the same kid")


def test_h10_a_new_key_is_found_and_strangers_cannot_make_it_be_fetched_all_the_time() -> None:
    old, new = Issuer("rotating", kid="old"), Issuer("rotating", kid="new")
    client, held, clock = old.client(jwks_file=None, jwks_url="https://ehr.example.org/jwks.json"), [old.jwks], [0.0]
    fetched: list[str] = []

    def fetch(address: str) -> dict[str, Any]:
        fetched.append(address)
        return held[-1]

    ring = KeyRing([client], lambda _: fetch, lambda: clock[0])
    assert ring.find(client, "old", "ES384")
    held.append({"keys": old.jwks["keys"] + new.jwks["keys"]})
    clock[0] += 60
    assert ring.find(client, "new", "ES384")
    assert [ring.find(client, f"made-up-{number}", "ES384") for number in range(20)] == [None] * 20
    assert fetched == [client.jwks_url] * 2


def test_h10_keys_at_an_address_let_in_who_signs_with_them(target: Target) -> None:
    assert asked(target, target.people["rotating"].bearer(url(target))).status == 200


def test_h11_a_token_works_once(target: Target) -> None:
    once = signer(target).bearer(url(target))
    assert [asked(target, once).status for _ in range(3)] == [200, 401, 401]


def test_h11_a_token_works_once_over_workers_and_restarts(tmp_path: Path) -> None:
    issuer, audience = Issuer(EHR), "https://cds.example.org/cds-services"
    once = Knock(issuer.bearer(audience), audience, "/cds-services")
    settings = Settings(clients=issuer.write(tmp_path), audit_url=f"sqlite:///{tmp_path}/audit.sqlite3")
    with worker(settings) as first, worker(settings) as second:
        assert first.admit(once) == Caller(EHR)
        with pytest.raises(Unauthorized):
            second.admit(once)
    with worker(settings) as restarted, pytest.raises(Unauthorized):
        restarted.admit(once)


@contextmanager
def worker(settings: Settings) -> Iterator[Door]:
    """The door of one worker."""
    started = application.start(settings)
    opened = admission.open_door(started)
    try:
        yield opened
    finally:
        opened.close()
        application.stop(started)


def test_h12_another_tenant_is_refused(target: Target) -> None:
    tenanted = target.people["tenanted"]
    assert asked(target, tenanted.bearer(url(target), tenant="north")).status == 200
    for tenant in ("south", "North", "", ABSENT, ["north"]):
        is_refused(target, tenanted.bearer(url(target), tenant=tenant), tenant)


def test_h13_a_clock_that_is_a_little_off_does_no_harm(target: Target) -> None:
    now = int(time.time())
    for issued in (now + 1, now + 30, now - 330):
        assert asked(target, signer(target).bearer(url(target), iat=issued, exp=issued + 300)).status == 200, issued - now


def test_h14_every_bad_token_gets_the_same_bare_401(target: Target) -> None:
    honest, here = signer(target), url(target)
    used = honest.bearer(here)
    assert asked(target, used).status == 200
    refusals = [
        asked(target, header, path)
        for path in ("/cds-services",)
        for header in (
            None,
            "Basic dXNlcjpwYXNz",
            "Bearer x.y.z",
            honest.bearer(here, header={"typ": ABSENT}),
            honest.bearer(here, header={"kid": "unknown"}),
            honest.bearer("https://other.example.org"),
            honest.bearer(here, exp=1),
            honest.bearer(here, jti=ABSENT),
            Issuer("stranger").bearer(here),
            used,
        )
    ]
    assert {one.status for one in refusals} == {401}
    assert {one.headers["www-authenticate"] for one in refusals} == {"Bearer"}
    assert {one.body for one in refusals} == {b""}
    assert len({tuple(sorted((name, it) for name, it in one.headers.items() if name != "date")) for one in refusals}) == 1


def test_h14_the_cause_is_told_in_the_ledger_alone(served: Served) -> None:
    is_refused(served.target, signer(served.target).bearer(url(served.target), nbf=4_000_000_000))
    entries = [one.entry for one in served.ledger.records(Search(newest_first=True, limit=5))]
    assert [one for one in entries if isinstance(one, RefusalRecord) and "nbf" in one.cause]


def test_h15_the_deployment_shows_how_certificates_are_asked_for() -> None:
    pages = [*(ROOT / "docs" / "how-to").glob("*.md"), *(ROOT / "examples").glob("deployment/**/*")]
    assert [one for one in pages if one.is_file() and "ssl_verify_client" in one.read_text(encoding="utf-8")]
