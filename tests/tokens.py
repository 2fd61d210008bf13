"""CDS clients for tests: keys of their own, tokens as the standard wants them or changed, and the file that registers them."""

import base64
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from cds.values.client import Client

ABSENT = object()
"""As a change: leave this out."""


@dataclass(frozen=True)
class Issuer:
    """One EHR that signs: with an EC key on P-384, or with an RSA key where `alg` is RS384."""

    name: str
    alg: str = "ES384"
    kid: str = "one"
    issuer: str = field(default="")

    @property
    def iss(self) -> str:
        """The `iss` of its tokens."""
        return self.issuer or f"https://{self.name.lower().replace(' ', '-')}.example.org"

    @cached_property
    def key(self) -> ECKey | RSAKey:
        """Its private key, drawn once."""
        parameters: Any = {"kid": self.kid, "use": "sig", "alg": self.alg}
        return RSAKey.generate_key(2048, parameters) if self.alg == "RS384" else ECKey.generate_key("P-384", parameters)

    @property
    def jwks(self) -> dict[str, Any]:
        """Its key set: the public key."""
        return {"keys": [dict(self.key.as_dict(private=False))]}

    def client(self, **changes: Any) -> Client:
        """It as a registered client, its keys in a file beside the file of clients."""
        return Client(**({"name": self.name, "issuer": self.iss, "jwks_file": f"{self.name}.json"} | changes))

    def header(self, **changes: Any) -> dict[str, Any]:
        """The header of a token."""
        return _changed({"alg": self.alg, "typ": "JWT", "kid": self.kid}, changes)

    def claims(self, audience: str | list[str], *, now: float | None = None, **changes: Any) -> dict[str, Any]:
        """The payload of a token that lives for five minutes, with a new `jti`."""
        issued = int(time.time() if now is None else now)
        honest = {"iss": self.iss, "aud": audience, "iat": issued, "exp": issued + 300, "jti": str(uuid.uuid4())}
        return _changed(honest, changes)

    def token(self, audience: str | list[str], *, now: float | None = None, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """A signed token for that URL; `header` and the other changes replace what an honest one has, ABSENT leaves it out."""
        claims = self.claims(audience, now=now, **changes)
        return self.sign(self.header(**(header or {})), json.dumps(claims).encode())

    def bearer(self, audience: str | list[str], *, now: float | None = None, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """As `token`, as the value of an Authorization header."""
        return f"Bearer {self.token(audience, now=now, header=header, **changes)}"

    def sign(self, header: Mapping[str, Any], payload: bytes) -> str:
        """Any payload under any header, signed with its key."""
        return signed(header, payload, self.key)

    def write(self, folder: Path, *others: "Issuer", **changes: Any) -> Path:
        """Writes the key sets and the file of clients (this one with `changes`, and the others) into the folder; returns the file for CDS_CLIENTS."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "clients.toml"
        file.write_text("\n".join([self._entry(folder, changes), *(one._entry(folder, {}) for one in others)]), encoding="utf-8")
        return file

    def _entry(self, folder: Path, changes: Mapping[str, Any]) -> str:
        (folder / f"{self.name}.json").write_text(json.dumps(self.jwks), encoding="utf-8")
        keys = {} if "jwks_url" in changes else {"jwks_file": f"{self.name}.json"}
        entry = _changed({"name": self.name, "issuer": self.iss, **keys}, changes)
        return "\n".join(["[[clients]]", *(f"{name} = {json.dumps(value)}" for name, value in entry.items()), ""])


def signed(header: Mapping[str, Any], payload: bytes, key: Any) -> str:
    """A compact JWS by this key and the `alg` of the header, whatever else that says."""
    text = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
    return f"{text}.{b64(jws.JWSRegistry.algorithms[header['alg']].sign(text.encode(), key))}"


def b64(value: bytes) -> str:
    """In base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _changed(honest: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**honest, **changes}.items() if value is not ABSENT}
