"""Tokens of a CDS client: who calls, which service, until when (CDS Hooks 3.0, "Trusting CDS Clients").

A signer can also make tokens that a service must refuse: `changes` and `header` put in, replace or (by None) leave out.
"""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import errors as joserfc_errors
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from cds.foundation import strict_json
from cds.foundation.errors import CdsError

ES384 = "ES384"
RS384 = "RS384"
LIFE = timedelta(minutes=2)
"""How long a token holds: less than the five minutes that best practice allows."""
MAX_KEY_FILE = 100_000
RSA_BITS = 2048
_CURVES = {"P-256": "ES256", "P-384": ES384, "P-521": "ES512"}
_CURVE_OF = {alg: curve for curve, alg in _CURVES.items()}
_ALGORITHMS = {*_CURVE_OF, "RS256", RS384, "RS512", "PS256", "PS384", "PS512"}
_NONE: Mapping[str, Any] = {}

Key = ECKey | RSAKey


class UnusableKey(CdsError):
    """The file holds no private key that tokens can be signed with."""

    code = "security"


@dataclass(frozen=True)
class Signer:
    """One CDS client with its private key. `tenant` and `jku` are left out of tokens where they are empty."""

    issuer: str
    key: Key = field(repr=False)
    kid: str
    alg: str
    tenant: str = ""
    jku: str = ""

    @classmethod
    def new(cls, alg: str = ES384, *, issuer: str, tenant: str = "", jku: str = "") -> "Signer":
        """A client with a key made just now; `alg` is ES256, ES384, ES512, or one of RSA."""
        key: Key = ECKey.generate_key(_CURVE_OF[alg]) if alg in _CURVE_OF else RSAKey.generate_key(RSA_BITS)
        return cls(issuer, key, key.thumbprint(), alg, tenant, jku)

    @classmethod
    def read(cls, file: Path, *, issuer: str, kid: str = "", alg: str = "", tenant: str = "", jku: str = "") -> "Signer":
        """A client with the key of a PEM or JWK file. `kid` and `alg` are by default what the JWK says, else its thumbprint and what fits the key.

        Raises UnusableKey; what the file holds is told nowhere.
        """
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UnusableKey(f"The key cannot be read: {error.strerror}.", expression=str(file)) from error
        key = _key(content, file)
        said = key.as_dict(private=False)
        chosen = alg or str(said.get("alg") or _fitting(key))
        if chosen not in _ALGORITHMS or (chosen in _CURVE_OF) != isinstance(key, ECKey) or (isinstance(key, ECKey) and chosen != _fitting(key)):
            raise UnusableKey(
                "The algorithm does not fit the key: ES384 signs with a key of the curve P-384, RS384 with one of RSA.", expression=str(file)
            )
        return cls(issuer, key, kid or str(said.get("kid") or key.thumbprint()), chosen, tenant, jku)

    def token(self, audience: str, *, at: datetime, changes: Mapping[str, Any] = _NONE, header: Mapping[str, Any] = _NONE) -> str:
        """A token for one call of the URL `audience`, issued `at`; `changes` are to its claims, `header` to its header.

        It is signed with the signer's own key and algorithm whatever the header says.
        """
        issued = int(at.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": audience,
            "iat": issued,
            "exp": issued + int(LIFE.total_seconds()),
            "jti": str(uuid.uuid4()),
            "tenant": self.tenant or None,
        }
        named = {"alg": self.alg, "kid": self.kid, "typ": "JWT", "jku": self.jku or None}
        signed = f"{_part({**named, **header})}.{_part({**claims, **changes})}"
        signature = JWSRegistry.algorithms[self.alg].sign(signed.encode(), self.key)
        return f"{signed}.{_encoded(signature)}"

    def jwk(self) -> dict[str, Any]:
        """The private key, to be kept where nobody else reads it."""
        return self.key.as_dict(private=True, kid=self.kid, alg=self.alg, use="sig")

    def jwks(self) -> dict[str, Any]:
        """The key set to register with a service: the public key alone."""
        return {"keys": [self.key.as_dict(private=False, kid=self.kid, alg=self.alg, use="sig")]}


def _key(content: bytes, file: Path) -> Key:
    if not content.lstrip().startswith(b"{"):
        return _private([(ECKey, content), (RSAKey, content)], file)
    try:
        named: dict[str, Any] = strict_json.load_object(content, limit=MAX_KEY_FILE)
    except CdsError as error:
        raise _unusable(file) from error
    return _private([(RSAKey if named.get("kty") == "RSA" else ECKey, named)], file)


def _private(tries: list[tuple[type[Key], Any]], file: Path) -> Key:
    """The first that is a private key of its kind."""
    for kind, material in tries:
        try:
            key = kind.import_key(material)
        except (joserfc_errors.JoseError, ValueError, TypeError, AttributeError):
            continue
        if key.is_private and (isinstance(key, RSAKey) or key.curve_name in _CURVES):
            return key
    raise _unusable(file)


def _unusable(file: Path) -> UnusableKey:
    return UnusableKey(
        "This is not a private key. Give a PEM or JWK file with an EC (P-384) or RSA private key, without a password.", expression=str(file)
    )


def _fitting(key: Key) -> str:
    return _CURVES[key.curve_name] if isinstance(key, ECKey) else RS384


def _part(members: Mapping[str, Any]) -> str:
    present = {name: value for name, value in members.items() if value is not None}
    return _encoded(json.dumps(present, separators=(",", ":")).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
