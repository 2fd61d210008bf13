"""A CDS client in twenty lines: `python -m examples.client URL REQUEST.json [ISSUER KEY.json]` calls a service and prints its cards' summaries."""

import json
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey


def call(url: str, request: dict[str, Any], issuer: str = "", key: str = "") -> Any:
    """The cards of one service for one request; signed where there is a key, the private JWK of a registered client."""
    headers = {"Content-Type": "application/json"}
    if key:
        jwk, now = ECKey.import_key(json.loads(Path(key).read_text())), int(time.time())
        claims = {"iss": issuer, "aud": url, "iat": now, "exp": now + 120, "jti": str(uuid.uuid4())}
        token = jwt.encode({"alg": "ES384", "kid": jwk.kid, "typ": "JWT"}, claims, jwk, algorithms=["ES384"])
        headers["Authorization"] = f"Bearer {token}"
    sent = urllib.request.Request(url, json.dumps(request).encode(), headers)
    with urllib.request.urlopen(sent, timeout=10) as answer:
        return json.load(answer)["cards"]


if __name__ == "__main__":
    for card in call(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), *sys.argv[3:]):
        print(f"{card['indicator']}: {card['summary']}")
