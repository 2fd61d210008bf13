"""One visit to a service: what is asked of it, what was heard, and the sound call that other calls are measured by."""

import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from cds.client import scenes
from cds.client.checks.staging import Call, staged
from cds.client.checks.stub import Asked, Stub
from cds.client.scenes import Scene
from cds.client.signing import Signer
from cds.client.wire import OK, SERVICES, Reply, Wire
from cds.foundation.errors import CdsError
from cds.foundation.outbound.budgets import NotFetched
from cds.foundation.outbound.exchanges import NotAnAddress

Json = dict[str, Any]

SILENCE = 0
"""The status of a call that got no answer of HTTP."""
UNSPOKEN = 401
NO_ENTRY = (UNSPOKEN, 403)
NO_SUCH = (SILENCE, 404, 405, 501)
ERRORS = 400
LACKS_DATA = 412
TOO_MANY = 429
TWO, THREE = "2.0", "3.0"
BEFORE = ("1.", "2.")
"""How a version that stands before 3.0 starts."""
FHIR_TOKEN = "a-token-of-cds-try"


class NotChecked(CdsError):
    """The row cannot be judged here; the text says why."""

    code = "incomplete"


@dataclass(frozen=True)
class Heard:
    """One answer: what it was to (discovery, card call, feedback, other), at which service, and the answer."""

    kind: str
    service: str
    reply: Reply

    @property
    def place(self) -> str:
        """Where that was, for people."""
        return f"{self.kind} of {self.service}" if self.service else self.kind


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """What was heard, in its order: all that the checks of cards need."""

    heard: list[Heard] = field(default_factory=list)

    @property
    def answers(self) -> list[Heard]:
        """Every call that was answered with 200."""
        return [one for one in self.heard if one.kind == "call" and one.reply.status == OK]

    @cached_property
    def cards(self) -> list[tuple[str, Json]]:
        """Every card that was heard, with the service that it is of. To be asked when all calls were made."""
        if not any(isinstance(found(one.reply, "cards"), list) for one in self.answers):
            raise NotChecked("No call got a list of cards.")
        return [(one.service, card) for one in self.answers for card in listed(found(one.reply, "cards"))]


@dataclass(frozen=True)
class Visit(Hearing):
    """The service by its wire, the client's key, what is staged, the stub, and the list of all that was heard.

    `second` signs for the same client with the other algorithm; `origin` is a browser origin that the service is said to allow.
    `said` is the version of CDS Hooks that the service is said to follow; empty where discovery is to say it.
    """

    wire: Wire
    signer: Signer | None
    scenes: Sequence[Scene]
    stub: Stub
    clock: Callable[[], datetime]
    second: Signer | None = None
    origin: str = ""
    said: str = ""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def ask(self, method: str, path: str, *, kind: str, service: str = "", body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """One request, signed for its URL unless `headers` say otherwise; silence is a reply of status 0."""
        sent = self.signed(path) if headers is None else headers
        try:
            reply = self.wire.send(method, path, headers=sent, body=body)
        except (NotFetched, NotAnAddress):
            reply = Reply(SILENCE, {}, b"")
        if reply.status == TOO_MANY:
            raise NotChecked("The service takes no more calls for now (429). Wait a minute, or raise its limit.")
        self.heard.append(Heard(kind, service, reply))
        return reply

    def signed(self, path: str) -> dict[str, str]:
        """The header of a new token for the URL of the path; none without a key."""
        return bearer(self.signer.token(self.wire.url(path), at=self.clock())) if self.signer else {}

    @cached_property
    def discovery(self) -> Reply:
        """The answer of discovery."""
        return self.ask("GET", SERVICES, kind="discovery")

    @property
    def entries(self) -> list[Any]:
        """What the list of services holds, whatever that is."""
        if self.discovery.status != OK:
            raise NotChecked(f"Discovery answered {told(self.discovery)}.")
        listed = found(self.discovery, "services")
        if not isinstance(listed, list):
            raise NotChecked("Discovery has no list of services.")
        return listed

    @cached_property
    def standard(self) -> str:
        """The version of CDS Hooks by which the service is judged: 2.0, which knows no `version` in discovery, where none of 3.0 is named there."""
        listed = found(self.discovery, "services")
        versions = [str(one["version"]) for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict) and "version" in one]
        return self.said or (THREE if any(not version.startswith(BEFORE) for version in versions) else TWO)

    @cached_property
    def services(self) -> list[Json]:
        """The services that can be named and called."""
        named = [one for one in self.entries if isinstance(one, dict) and all(text(one.get(key)) for key in ("id", "hook"))]
        if not named:
            raise NotChecked("Discovery lists no service that can be called.")
        return named

    @cached_property
    def calls(self) -> list[tuple[Call, Reply]]:
        """A whole call of every service that the scenes can stage, in each scene, with its answer."""
        made = [call for service in self.services for scene in self.scenes if (call := staged(service, scene, self.clock().date()))]
        if not made:
            raise NotChecked("None of the services has a hook that can be staged here.")
        return [(call, self.call(call)) for call in made]

    def call(self, call: Call, changes: Mapping[str, Any] | None = None, *, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to one call, with an instance id of its own; `changes` put in elements, or by None leave them out."""
        body = {**call.request, "hookInstance": str(uuid.uuid4()), **(changes or {})}
        return self.say(call, {key: value for key, value in body.items() if value is not None}, headers=headers)

    def say(self, call: Call, body: Any, *, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to any body at the address of that call."""
        return self.ask("POST", call.path, kind="call", service=call.service, body=body, headers=headers)

    @cached_property
    def sound(self) -> tuple[Call, Reply]:
        """The call that others are measured by: the first that got cards, else the first that got a list without any."""
        good = [(call, reply) for call, reply in self.calls if isinstance(found(reply, "cards"), list) and reply.status == OK]
        if not good:
            raise NotChecked(f"No whole call got cards; the first got {told(self.calls[0][1])}.")
        return next(((call, reply) for call, reply in good if found(reply, "cards")), good[0])

    @cached_property
    def fetched(self) -> tuple[Call, Reply, tuple[Asked, ...]]:
        """A call that brings no data but the stub's address, its answer, and what the stub was asked; raises NotChecked where that is nothing."""
        call, _ = self.sound
        self.stub.asked.clear()
        reply = self.call(call, {"prefetch": {}, **self.access(call)})
        asked = tuple(self.stub.asked)
        if not asked:
            raise NotChecked("It fetched nothing from our stub. Register the stub's address as this client's FHIR server, and give its port.")
        return call, reply, asked

    @cached_property
    def garbled(self) -> Reply:
        """The answer to what is no JSON."""
        call, _ = self.sound
        return self.say(call, b"this is not JSON")

    @property
    def swallows(self) -> bool:
        """Whether what is no JSON gets an empty list of cards (row F2), so that no refusal can be told from an answer."""
        return silent(self.garbled)

    def audible(self, reply: Reply) -> Reply:
        """The reply; raises NotChecked where an error would have looked just like it."""
        if silent(reply) and self.swallows:
            raise NotChecked("This service answers errors with an empty list of cards (row F2).")
        return reply

    @cached_property
    def closed(self) -> bool:
        """Whether a call without a token is turned away."""
        call, _ = self.sound
        return self.call(call, headers={}).status in NO_ENTRY

    def moment(self) -> str:
        """A time that no other item of feedback has (RFC 3339 UTC)."""
        return (self.clock() - timedelta(seconds=60 + next(self._numbers))).strftime("%Y-%m-%dT%H:%M:%SZ")

    def access(self, call: Call, scope: str = "patient/*.read") -> Json:
        """The stub as the client's FHIR server, with all that the call would have brought."""
        self.stub.answers.update(call.queries)
        granted = scenes.access(self.stub.fhir, FHIR_TOKEN, patient=call.request["context"]["patientId"], subject="cds-service")
        return {**granted, "fhirAuthorization": {**granted["fhirAuthorization"], "scope": scope}}


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}


def document(reply: Reply) -> Any:
    """The body as JSON; None where it is none."""
    try:
        return reply.json()
    except CdsError:
        return None


def found(reply: Reply, name: str) -> Any:
    """One member of the body; None where there is none."""
    body = document(reply)
    return body.get(name) if isinstance(body, Mapping) else None


def listed(value: Any) -> list[Json]:
    """The objects of a list; nothing of what is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> bool:
    """Whether it is text that is not empty."""
    return isinstance(value, str) and bool(value)


def told(reply: Reply) -> str:
    """The status for people."""
    return str(reply.status) if reply.status else "nothing (the connection broke or it took too long)"


def silent(reply: Reply) -> bool:
    """Whether it is 200 with an empty list of cards."""
    return reply.status == OK and found(reply, "cards") == []


def success(reply: Reply) -> bool:
    """Whether the status is 2xx."""
    return OK <= reply.status < OK + 100


def refused(reply: Reply) -> bool:
    """Whether the status is 4xx."""
    return ERRORS <= reply.status < ERRORS + 100


def essence(reply: Reply) -> str:
    """What the cards say, without ids and addresses that differ from call to call."""
    kept = [
        [card.get(name) for name in ("summary", "detail", "indicator")] + [offer.get("label") for offer in listed(card.get("suggestions"))]
        for card in listed(found(reply, "cards"))
    ]
    return json.dumps(kept, default=str)
