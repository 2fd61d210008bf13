"""Key sets of callers (RFC 7517): the public keys that a token may be signed with, and nothing else that a set holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode

from cds.foundation.errors import CdsError

KINDS = {"EC": "ES384", "RSA": "RS384"}
"""The algorithm of each type of key (CDS Hooks 3.0, JWT Signing Algorithm)."""
ALGORITHMS = frozenset(KINDS.values())
CURVE = "P-384"
LEAST_BITS = 2048
MOST_BITS = 8192
"""A larger modulus only makes each check slow."""
MOST_EXPONENT_BITS = 32
MOST_KEYS = 100
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class UnusableKeySet(CdsError):
    """No key of the set can check a token; says what is wanted, never what the set holds."""

    code = "invalid"


class _Registry(jws.JWSRegistry):
    """A header may hold a long `jku`, or more that we do not read; the whole token is bounded before."""

    max_header_length = 16_384


_REGISTRY = _Registry(algorithms=sorted(ALGORITHMS), strict_check_header=False)


@dataclass(frozen=True)
class PublicKey:
    """A key with the name and the one algorithm that it serves."""

    kid: str
    alg: str
    _key: ECKey | RSAKey = field(repr=False)

    def signed(self, token: str) -> bool:
        """Whether the compact token (RFC 7515) has a signature of this key by its algorithm. The header was judged before."""
        try:
            return jws.deserialize_compact(token, self._key, registry=_REGISTRY).headers().get("alg") == self.alg
        except (JoseError, ValueError):
            return False


KeySet = Mapping[tuple[str, str], PublicKey]
"""The keys by `kid` and algorithm."""


def read(value: Mapping[str, Any]) -> KeySet:
    """The usable keys of a set: an EC key on P-384 or an RSA key of 2048 to 8192 bits, with a `kid`, for signatures.

    Other keys are left out: symmetric ones, private ones (whoever reads the set could sign with them), those for another use or algorithm,
    and those that are no keys. Raises UnusableKeySet where none is left, where there are more than 100, and where two share a `kid`.
    """
    entries = value.get("keys")
    if not isinstance(entries, list) or len(entries) > MOST_KEYS:
        raise UnusableKeySet(f"This is no key set. It must be a JSON object with `keys`, a list of at most {MOST_KEYS} (RFC 7517).")
    found = list(_usable(entries))
    keys = {(key.kid, key.alg): key for key in found}
    if len(keys) != len(found):
        raise UnusableKeySet("Two keys of the set have the same kid. Give each its own.")
    if not keys:
        raise UnusableKeySet(
            f"No key of the set can be used. Publish a public EC key on {CURVE} or an RSA key of {LEAST_BITS} bits or more, with kid, for use sig."
        )
    return keys


def _usable(entries: list[Any]) -> Iterator[PublicKey]:
    for entry in entries:
        if isinstance(entry, dict) and _offered(entry) and (key := _key(entry)):
            yield PublicKey(entry["kid"], KINDS[entry["kty"]], key)


def _offered(entry: Mapping[str, Any]) -> bool:
    """Whether the entry says of itself that it is a public key for signatures of ours."""
    kind, kid, operations = entry.get("kty"), entry.get("kid"), entry.get("key_ops", ["verify"])
    return (
        isinstance(kind, str)
        and kind in KINDS
        and isinstance(kid, str)
        and kid != ""
        and not PRIVATE & entry.keys()
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", KINDS[kind]) == KINDS[kind]
        and isinstance(operations, list)
        and "verify" in operations
    )


def _key(entry: Mapping[str, Any]) -> ECKey | RSAKey | None:
    """The key, from what makes it one and nothing else; None for one that is too weak or is none."""
    try:
        if entry["kty"] == "EC":
            return ECKey.import_key({name: entry[name] for name in ("kty", "crv", "x", "y")}) if entry.get("crv") == CURVE else None
        return RSAKey.import_key({name: entry[name] for name in ("kty", "n", "e")}) if _strong(entry) else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _strong(entry: Mapping[str, Any]) -> bool:
    """Judged before the key is made: the making of a huge one would itself be slow."""
    modulus, exponent = (_bits(entry.get(name)) for name in ("n", "e"))
    return LEAST_BITS <= modulus <= MOST_BITS and 1 < exponent <= MOST_EXPONENT_BITS


def _bits(text: object) -> int:
    return int.from_bytes(urlsafe_b64decode(text.encode()), "big").bit_length() if isinstance(text, str) else 0
