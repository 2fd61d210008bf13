"""HTTP with one CDS service, as its client sees it: a request out, a reply back, whatever its status."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.foundation import canonical, strict_json
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.exchanges import NONE, PATIENT, Exchange

SERVICES = "/cds-services"
JSON = "application/json"
OK = 200


@dataclass(frozen=True)
class Reply:
    """Status, headers with names in lower case, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as strict JSON; raises NotJson. Numbers with a fraction are exact decimals."""
        return strict_json.loads(self.body, limit=len(self.body))

    @property
    def media(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Wire:
    """One service by its base URL, that is the address of discovery without `/cds-services`."""

    base: str
    exchange: Exchange = field(repr=False)

    @classmethod
    def to(cls, url: str, budget: Budget = PATIENT) -> "Wire":
        """The service of a base URL, or of the address of its discovery; raises NotAnAddress."""
        base = url.rstrip("/").removesuffix(SERVICES)
        return cls(base, Exchange.to(base, budget))

    def url(self, path: str) -> str:
        """What is called for a path: the audience of a token for that call (CDS Hooks 3.0, "Trusting CDS Clients")."""
        return self.base + path

    def send(self, method: str, path: str, *, headers: Mapping[str, str] = NONE, body: Any = None) -> Reply:
        """One request for a path below the base. Bytes are sent as they are, all else as JSON, None as no body. Raises NotFetched."""
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body, default=canonical.plain).encode()
        named = {"Accept": JSON} | ({"Content-Type": JSON} if body is not None else {}) | dict(headers)
        answer = self.exchange.send(method, path, headers=named, body=sent)
        return Reply(answer.status, answer.headers, answer.body)
