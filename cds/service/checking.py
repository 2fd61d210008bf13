"""Whether the service could start and be called with the settings that it has: looked at, told, and nothing served or recorded."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from cds.foundation import settings as rules
from cds.foundation.errors import CdsError
from cds.foundation.outbound import probes
from cds.foundation.outbound.budgets import Budget, NotFetched, NotTrusted
from cds.foundation.outbound.calls import Outbound
from cds.foundation.settings import Settings
from cds.service import admission, application, findings, ledger_checks
from cds.service.application import Application
from cds.service.findings import REMEDIES, Finding, State, failing
from cds.service.keys import KeyRing
from cds.service.keys import State as KeyState
from cds.values.client import Client

EVERY_ADDRESS = ("0.0.0.0", "::")
MOST_SECONDS_OFF = 30
"""Half of the leeway that tokens have: beyond it the next drift would turn callers away."""

ASKING = Budget(connect=1.0, total=1.0, size=1_000)
"""Of a server that is asked whether it is there, and what time it has."""
METADATA = "metadata"
UNREADABLE = "Mend the configuration first."
UNREGISTERED = "Before others call, register them: docs/how-to/register-a-client.md."


def check(settings: Settings, *, clock: Callable[[], datetime] = application.now) -> tuple[Finding, ...]:
    """All that is found, in the order of REMEDIES. Calls the registered servers, and writes to the ledger only what it held before."""
    content, app = _content(settings, clock)
    clients, registered = _clients(settings, app, clock)
    found = (*_configuration(settings), *_public(settings), content, clients)
    if registered is not None:
        with closing(_Calling(registered)) as calling:
            found = (*found, *calling.findings())
    return (*found, *ledger_checks.look(settings, clock))


def unreadable(error: CdsError) -> tuple[Finding, ...]:
    """What is found where the settings themselves cannot be read."""
    told = tuple(Finding("configuration", "failed", findings.named(one)) for one in error.diagnostics())
    others = (what for what in REMEDIES if what != "configuration")
    return (*told, *(Finding(what, "not checked", "the settings could not be read", advice=UNREADABLE) for what in others))


def failed(found: tuple[Finding, ...]) -> bool:
    """Whether the service should not be started like this; what lies with others does not count."""
    return any(one.state == "failed" for one in found)


def plain(found: tuple[Finding, ...]) -> dict[str, Any]:
    """The findings as JSON."""
    return {"ok": not failed(found), "checks": [_member(one) for one in found]}


def _member(one: Finding) -> dict[str, str]:
    said = {"what": one.what, "client": one.client, "state": one.state, "found": one.found, "remedy": one.remedy}
    return {name: value for name, value in said.items() if value}


def _configuration(settings: Settings) -> Iterator[Finding]:
    faults = rules.faults(settings)
    for one in faults:
        yield Finding("configuration", "failed", findings.named(one))
    if not faults:
        yield Finding("configuration", "ok", f"{settings.mode} mode")


def _public(settings: Settings) -> Iterator[Finding]:
    """A token is for an exact URL (CDS Hooks, JWT audience), so that callers must know by which the service knows itself."""
    if settings.address.startswith("https://"):
        yield Finding("public URL", "ok", "callers come by https; the proxy that ends TLS is not looked at")
    elif settings.mode == "production":
        yield Finding("public URL", "failed", "callers are not told to come by https")
    elif settings.public_url is None and settings.host in EVERY_ADDRESS:
        yield Finding("public URL", "failed", "is not set: a token is taken only where it names the URL that callers use")
    else:
        yield Finding("public URL", "not checked", "http, as development allows", advice=f"Before others call: {REMEDIES['public URL']}")


def _content(settings: Settings, clock: Callable[[], datetime]) -> tuple[Finding, Application | None]:
    try:
        app = application.start(settings.model_copy(update={"clients": None}), audited=False, clock=clock)
    except CdsError as error:
        return failing("content", error), None
    served = ", ".join(f"{one.name} {one.version}{'' if one.approved else ' (not clinically approved)'}" for one in app.releases.values())
    return Finding("content", "ok", served), app


def _clients(settings: Settings, content: Application | None, clock: Callable[[], datetime]) -> tuple[Finding, Application | None]:
    if settings.clients is None:
        return Finding("clients", "not checked", "CDS_CLIENTS is not set: whoever is on this machine may call", advice=UNREGISTERED), None
    if content is None:
        return Finding("clients", "not checked", "without content nobody can be answered", advice="Mend the content first."), None
    try:
        app = application.start(settings, audited=False, clock=clock)
    except CdsError as error:
        return failing("clients", error), None
    return Finding("clients", "ok", f"{len(app.clients)} registered"), app


class _Calling:
    """The registered clients of an application, and the calls to their servers."""

    def __init__(self, app: Application) -> None:
        self._app = replace(app, outbound=replace(app.outbound, budget=ASKING))

    def close(self) -> None:
        """Ends what is still being fetched."""
        application.stop(self._app)

    def findings(self) -> Iterator[Finding]:
        """Those of each client: its profile, its keys, its server, its clock."""
        with closing(KeyRing(self._app.clients.values(), partial(admission.way_to_keys, self._app), time.monotonic)) as ring:
            states = ring.refresh()
        for client in self._app.clients.values():
            yield self._profile(client)
            yield _keys(client, states[client.issuer])
            yield self._server(client)
            yield self._clock(client)

    def _profile(self, client: Client) -> Finding:
        try:
            application.of_client(self._app, client)
        except CdsError as error:
            return failing("profile", error, client.name)
        return Finding("profile", "ok", "answers can be made for it", client.name)

    def _server(self, client: Client) -> Finding:
        """Whether it may be called, and whether it answers, whatever the status: it is asked without a token."""
        if client.fhir_server is None:
            advice = "If it is to be fetched from, name it in the file of clients as fhir_server."
            return Finding("FHIR server", "not checked", "none is registered: nothing is fetched for this client", client.name, advice)
        try:
            probes.date(self._of(client).call(client.fhir_server, None), METADATA)
        except (NotFetched, NotTrusted) as error:
            return failing("FHIR server", error, client.name, "warning")
        return Finding("FHIR server", "ok", "answers at an address that may be called", client.name)

    def _clock(self, client: Client) -> Finding:
        """By the first of the client's servers that says what time it is."""
        for server in self._servers(client):
            try:
                theirs = probes.date(server())
            except (NotFetched, NotTrusted):
                continue
            if theirs is not None:
                off = round(abs((self._app.clock() - theirs).total_seconds()))
                state: State = "warning" if off > MOST_SECONDS_OFF else "ok"
                return Finding("clock", state, f"{off} s from that of the client's server", client.name)
        advice = "See that the clock of this machine is set by NTP."
        return Finding("clock", "not checked", "no registered server of this client said what time it is", client.name, advice)

    def _servers(self, client: Client) -> Iterator[Callable[[], Any]]:
        if client.jwks_url is not None:
            yield partial(replace(admission.to_keys(self._app, client), budget=ASKING).call, client.jwks_url, None)
        if client.fhir_server is not None:
            yield partial(self._of(client).call, client.fhir_server, None)

    def _of(self, client: Client) -> Outbound:
        return application.of_client(self._app, client).outbound


def _keys(client: Client, state: KeyState) -> Finding:
    """A file of keys is ours to have; what stands at the client's URL is the client's."""
    if not state.fault:
        return Finding("keys", "ok", f"{state.usable} to use", client.name)
    return Finding("keys", "failed" if client.jwks_url is None else "warning", state.fault, client.name)
