"""Plays a CDS client against one service: discovery, a call, feedback on its cards. Works with CDS Hooks 2.0 and 3.0."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from cds.client import showing
from cds.client.signing import Signer
from cds.client.wire import SERVICES, Reply, Wire
from cds.foundation.errors import CdsError
from cds.foundation.outbound import budgets
from cds.foundation.outbound.budgets import NotFetched

PATIENT_VIEW = "patient-view"
SUCCESS = range(200, 300)


class Failed(CdsError):
    """The service did not answer as a CDS service does. The text is the service's own, made fit to be shown, without any token."""


class NotChosen(CdsError):
    """No service, card or suggestion is the one that was named."""

    code = "not-found"


@dataclass(frozen=True)
class Service:
    """An entry of discovery; what is not of its type counts as absent."""

    id: str
    hook: str
    title: str
    prefetch: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""


@dataclass
class Player:
    """One client of one service. It keeps the tokens that it sent, so that none is shown when a service sends it back."""

    wire: Wire
    signer: Signer | None
    clock: Callable[[], datetime]
    sent: list[str] = field(default_factory=list, repr=False)

    def discover(self) -> list[Service]:
        """The services that discovery lists; raises Failed."""
        listed = self._json(self._send("GET", SERVICES))
        if not isinstance(listed, Mapping) or not isinstance(listed.get("services"), list):
            raise Failed("Discovery did not answer with an object that has a list `services`. Is this the address of a CDS service?")
        return [_service(one) for one in showing.objects(listed["services"]) if isinstance(one.get("id"), str)]

    def call(self, service: Service, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one call, with its list of cards; raises Failed."""
        answer = self._json(self._send("POST", f"{SERVICES}/{quote(service.id, safe='')}", request))
        if not isinstance(answer, dict) or not isinstance(answer.get("cards"), list):
            raise Failed("The service did not answer with an object that has a list `cards`.")
        return answer

    def tell(self, service: Service, feedback: Sequence[Mapping[str, Any]]) -> int:
        """Sends feedback; the status. Raises Failed."""
        reply = self._send("POST", f"{SERVICES}/{quote(service.id, safe='')}/feedback", {"feedback": list(feedback)})
        if reply.status not in SUCCESS:
            raise self._failed(reply)
        return reply.status

    def _send(self, method: str, path: str, body: Any = None) -> Reply:
        headers = {}
        if self.signer:
            token = self.signer.token(self.wire.url(path), at=self.clock())
            self.sent.append(token)
            headers["Authorization"] = f"Bearer {token}"
        try:
            return self.wire.send(method, path, headers=headers, body=body)
        except NotFetched as error:
            if error.text == budgets.UNREACHED:
                raise
            raise Failed(f"The call failed: {error.text}.") from error

    def _json(self, reply: Reply) -> Any:
        if reply.status != HTTPStatus.OK:
            raise self._failed(reply)
        try:
            return self._read(reply)
        except CdsError as error:
            raise Failed("The service answered with status 200 and what is not JSON. Is this the address of a CDS service?") from error

    def _failed(self, reply: Reply) -> Failed:
        try:
            told = " ".join(showing.problems(self._read(reply)))
        except CdsError:
            told = ""
        return Failed(f"The service answered with status {reply.status}. {told or _advice(reply.status, signed=self.signer is not None)}")

    def _read(self, reply: Reply) -> Any:
        """The JSON of a reply without any token that was sent: wherever it is shown, none is. Raises NotJson."""
        return _without(self.sent, reply.json())


def choose(services: Sequence[Service], *, name: str = "", hook: str = "") -> list[Service]:
    """The service of that id, or all of a hook: of patient-view unless one is named, or the only one there is. Raises NotChosen."""
    wanted = hook or PATIENT_VIEW
    found = [one for one in services if (one.id == name and hook in ("", one.hook) if name else one.hook == wanted)]
    if not found and not (name or hook) and len(services) == 1:
        return list(services)
    if not found:
        listed = ", ".join(f"{showing.line(one.id)} ({showing.line(one.hook)})" for one in services) or "none"
        raise NotChosen(f"Discovery lists no such service. It lists: {listed}. Choose by --service or --hook.")
    return found


def accepted(card: Mapping[str, Any], suggestion: int, *, at: datetime) -> dict[str, Any]:
    """Feedback: one suggestion of a card was accepted, counted from 1 (CDS Hooks 3.0, "Suggestion accepted"). Raises NotChosen."""
    offered = showing.objects(card.get("suggestions"))
    if not 1 <= suggestion <= len(offered):
        raise NotChosen(f"The card has {len(offered) or 'no'} suggestions. Accept one that it has.")
    if not isinstance(name := offered[suggestion - 1].get("uuid"), str):
        raise NotChosen("The suggestion has no uuid, so it cannot be said to be accepted.")
    return _item(card, "accepted", at) | {"acceptedSuggestions": [{"id": name}]}


def overridden(card: Mapping[str, Any], *, at: datetime, reason: str = "", comment: str = "") -> dict[str, Any]:
    """Feedback: a card was overridden, with a reason by its code among those of the card, words, both or neither. Raises NotChosen."""
    reasons = [one for one in showing.objects(card.get("overrideReasons")) if one.get("code") == reason]
    if reason and not reasons:
        codes = ", ".join(showing.line(one.get("code")) for one in showing.objects(card.get("overrideReasons"))) or "none"
        raise NotChosen(f"The card has no such reason. Its codes are: {codes}.")
    why = ({"reason": dict(reasons[0])} if reasons else {}) | ({"userComment": comment} if comment else {})
    return _item(card, "overridden", at) | ({"overrideReason": why} if why else {})


def _item(card: Mapping[str, Any], outcome: str, at: datetime) -> dict[str, Any]:
    if not isinstance(card.get("uuid"), str):
        raise NotChosen("The card has no uuid, so no feedback can be given on it.")
    return {"card": card["uuid"], "outcome": outcome, "outcomeTimestamp": at.isoformat(timespec="seconds").replace("+00:00", "Z")}


def _service(entry: Mapping[str, Any]) -> Service:
    prefetch = entry.get("prefetch")
    hook, title, version = (value if isinstance(value := entry.get(name), str) else "" for name in ("hook", "title", "version"))
    return Service(entry["id"], hook, title, prefetch if isinstance(prefetch, Mapping) else {}, version)


def _without(tokens: Sequence[str], value: Any) -> Any:
    if isinstance(value, dict):
        return {_without(tokens, key): _without(tokens, member) for key, member in value.items()}
    if isinstance(value, list):
        return [_without(tokens, member) for member in value]
    return functools.reduce(lambda text, token: text.replace(token, "[token]"), tokens, value) if isinstance(value, str) else value


def _advice(status: int, *, signed: bool) -> str:
    if status == HTTPStatus.UNAUTHORIZED and signed:
        return (
            "It did not take the token. See whether the service has this key registered (--write-jwks) for this --issuer and --tenant, "
            "whether the address is the one by which it knows itself, and whether its clock and yours agree."
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return "It asks for a token that it trusts: give --issuer and --key, and register the key with the service (--write-jwks)."
    if status in range(300, 400):
        return "Redirects are not followed: give the address that it leads to."
    return "It says no more."
