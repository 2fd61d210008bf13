"""A CDS client in twenty lines: `python -m examples.client URL REQUEST.json [ISSUER KEY.json]` calls a service and prints its cards' summaries."""

import json
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from joserfc import jwk, jwt

ALGORITHMS = {"EC": "ES384", "RSA": "RS384"}


def call(url: str, request: dict[str, Any], issuer: str = "", key: str = "") -> Any:
    """The cards of one service for one request; signed where there is a key, the private JWK (EC on P-384, or RSA) of a registered client."""
    headers = {"Content-Type": "application/json"}
    if key:
        private, now = jwk.import_key(json.loads(Path(key).read_text())), int(time.time())
        alg = ALGORITHMS[private.key_type]
        claims = {"iss": issuer, "aud": url, "iat": now, "exp": now + 120, "jti": str(uuid.uuid4())}
        token = jwt.encode({"alg": alg, "kid": private.kid, "typ": "JWT"}, claims, private, algorithms=[alg])
        headers["Authorization"] = f"Bearer {token}"
    sent = urllib.request.Request(url, json.dumps(request).encode(), headers)
    with urllib.request.urlopen(sent, timeout=10) as answer:
        return json.load(answer)["cards"]


if __name__ == "__main__":
    if len(sys.argv) not in (3, 5):
        sys.exit("usage: python -m examples.client URL REQUEST.json [ISSUER KEY.json]")
    for card in call(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), *sys.argv[3:]):
        print(f"{card['indicator']}: {card['summary']}")
