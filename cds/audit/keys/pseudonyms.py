"""What a patient is called in the ledger: an HMAC under a key of the tenant, that says nothing to whoever has not the key.

Each client's tenant has a key of its own, derived from the pseudonym key by HKDF (RFC 5869), so that one patient known to two of them
has two names that nobody can join.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DOMAIN = b"back-pain-cds pseudonym 1"
BYTES = 32
URN = "urn:uuid:"


def of_patient(key: bytes, client: str, tenant: str, patient: str) -> str:
    """The pseudonym of a patient as the client sent it (`Patient/7`, `system|value`), in hex; `client` and `tenant` may be empty.

    A `urn:uuid:` means the same in small and in capital letters (RFC 9562), and so names the same patient.
    """
    return _named(key, client, tenant, b"patient", patient.lower() if patient.startswith(URN) else patient)


def of_decision(key: bytes, client: str, tenant: str, decision_id: str) -> str:
    """The pseudonym of somebody that only this one decision knows."""
    return _named(key, client, tenant, b"decision", decision_id)


def _named(key: bytes, client: str, tenant: str, kind: bytes, told: str) -> str:
    return hmac.new(_tenant_key(key, client, tenant), kind + b"\n" + told.encode(), hashlib.sha256).hexdigest()


def _tenant_key(key: bytes, client: str, tenant: str) -> bytes:
    info = DOMAIN + b"".join(len(part).to_bytes(4, "big") + part for part in (client.encode(), tenant.encode()))
    return HKDF(algorithm=SHA256(), length=BYTES, salt=None, info=info).derive(key)
