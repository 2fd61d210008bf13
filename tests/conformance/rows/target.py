"""The service under test as a client sees it: an address, somebody who signs, a FHIR server to name, and what to send.

Nothing here knows whose service it is, so that one that is broken on purpose can stand in its place.
"""

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.conformance.rows import scenes
from tests.conformance.rows.scenes import Json, Scene
from tests.conformance.rows.stub import Stub
from tests.tokens import Issuer

NONE: Mapping[str, str] = {}
MAIN = "low-back-pain"
JSON = "application/json"
TOKEN = "canary-of-the-fhir-server"
"""The access token that calls hand over."""
ORIGIN = "https://ehr.example.org"
"""The origin of browsers that the one who signs has registered."""


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as strict JSON."""
        return json.loads(self.body, parse_constant=_refuse, object_pairs_hook=_once)

    @property
    def cards(self) -> list[Json]:
        """The cards of a success."""
        assert self.status == 200, self.body
        cards: list[Json] = self.json["cards"]
        return cards

    @property
    def suggestions(self) -> list[Json]:
        """All suggestions of all cards."""
        return [one for card in self.cards for one in card.get("suggestions", ())]

    @property
    def links(self) -> list[Json]:
        """All links of all cards."""
        return [one for card in self.cards for one in card.get("links", ())]


@dataclass(frozen=True)
class Target:
    """A service at `base`. `stub` is the FHIR server registered for the one who signs, `keys` where the one called rotating has its keys.

    `people` are those registered, by name; `signs` is the one of them who calls, None where no token is asked for.
    """

    base: str
    stub: Stub
    keys: Stub
    people: Mapping[str, Issuer] = field(default_factory=dict)
    signs: Issuer | None = None

    def send(self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] = NONE) -> Answer:
        """One request with just these headers."""
        where = urlsplit(self.base)
        assert where.hostname
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        try:
            connection.request(method, where.path + path, body, dict(headers))
            reply = connection.getresponse()
            return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def signed(self, path: str) -> dict[str, str]:
        """The header of a new token for what is at the path."""
        return {"Authorization": self.signs.bearer(self.base + path)} if self.signs else {}

    def get(self, path: str) -> Answer:
        """GET with a token."""
        return self.send("GET", path, headers=self.signed(path))

    def post(self, path: str, body: Any, *, headers: Mapping[str, str] | None = None) -> Answer:
        """POST of JSON (bytes as they are) with a token, or with `headers` instead of it."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", path, body=raw, headers={"Content-Type": JSON} | (self.signed(path) if headers is None else dict(headers)))

    def services(self) -> list[Json]:
        """What discovery lists."""
        found: list[Json] = self.get("/cds-services").json["services"]
        return found

    def entry(self, service: str = MAIN) -> Json:
        """What discovery says of one service."""
        return next(one for one in self.services() if one["id"] == service)

    def request(self, scene: Scene, service: str = MAIN, **changes: Any) -> Json:
        """A whole call of the service for the patient of the scene, as a careful client sends it; None takes an element away."""
        entry = self.entry(service)
        call: Json = {
            "hook": entry["hook"],
            "hookInstance": scenes.fresh(),
            "context": context(entry["hook"], scene.patient),
            "prefetch": scene.prefetch(entry.get("prefetch", {})),
        }
        return {name: value for name, value in (call | changes).items() if value is not None}

    def handed(self, scene: Scene, service: str = MAIN, **changes: Any) -> Json:
        """A call that brings no prefetch, and says where it is and with which token."""
        return self.request(scene, service, **{"prefetch": None, "fhirServer": self.stub.url, "fhirAuthorization": grant()} | changes)

    def call(self, request: Mapping[str, Any], service: str = MAIN) -> Answer:
        """What the service says to a call."""
        return self.post(f"/cds-services/{service}", request)

    def told(self, name: str, service: str = MAIN) -> Answer:
        """What it says of the patient of an example."""
        return self.call(self.request(scenes.scene(name), service), service)

    def feedback(self, items: Sequence[Mapping[str, Any]] | Any, service: str = MAIN) -> Answer:
        """What it says to a list of feedback; anything but a list is the whole body."""
        return self.post(f"/cds-services/{service}/feedback", {"feedback": items} if isinstance(items, list) else items)


def grant(**changes: Any) -> Json:
    """A token for the FHIR server; None takes an element away."""
    whole = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "cds-service"}
    return {name: value for name, value in (whole | changes).items() if value is not None}


def context(hook: str, patient: str) -> Json:
    """What the hook library asks for, with an order of a scan of the back where the hook is about orders."""
    told: Json = {"userId": "Practitioner/gp-amara", "patientId": patient, "encounterId": "visit-1"}
    if not hook.startswith("order-"):
        return told
    chosen = {"selections": ["ServiceRequest/order-1"]} if hook == "order-select" else {}
    return told | chosen | {"draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": _order(patient)}]}}


def walk(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a document with its place, but what is inside a FHIR resource."""
    yield place, value
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        if name != "resource":
            yield from walk(member, f"{place}.{name}")


def said(answer: Answer) -> list[tuple[str, ...]]:
    """What the cards say, without the ids and addresses that differ from call to call."""
    return [(one["summary"], one.get("detail", ""), one["indicator"], *(it["label"] for it in one.get("suggestions", ()))) for one in answer.cards]


def _order(patient: str) -> Json:
    code = {"coding": [{"system": "http://loinc.org", "code": "36559-8", "display": "MR Lumbar spine"}]}
    order = {"resourceType": "ServiceRequest", "id": "order-1", "status": "draft", "intent": "order", "code": code}
    return order | {"subject": {"reference": f"Patient/{patient}"}}


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    assert len(found) == len(pairs), "a key stands twice"
    return found
