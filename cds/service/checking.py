"""Whether the service could start and be called with the settings that it has: looked at, told, and nothing served or recorded."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from cds.audit import chain
from cds.audit import ledger as ledgers
from cds.audit.faults import LedgerDamaged
from cds.audit.ledger import Ledger
from cds.foundation import settings as rules
from cds.foundation.errors import CdsError, Diagnostic, LedgerUnavailable
from cds.foundation.outbound import probes
from cds.foundation.outbound.budgets import Budget, NotFetched, NotTrusted
from cds.foundation.outbound.calls import Outbound
from cds.foundation.settings import Settings
from cds.service import admission, application
from cds.service.application import Application
from cds.service.keys import KeyRing
from cds.service.keys import State as KeyState
from cds.values.client import Client

State = Literal["ok", "warning", "failed", "not checked"]
"""`failed` is ours to mend, and the service should not be started so; a `warning` lies with others, or costs one client alone."""
EVERY_ADDRESS = ("0.0.0.0", "::")
MOST_SECONDS_OFF = 30
"""Half of the leeway that tokens have: beyond it the next drift would turn callers away."""

ASKING = Budget(connect=1.0, total=1.0, size=1_000)
"""Of a server that is asked whether it is there, and what time it has."""
REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "configuration": "Set it as docs/reference/configuration.md says.",
        "public URL": "Set CDS_PUBLIC_URL to the https address that callers use, and let a proxy in front end TLS.",
        "content": "Name a folder of sealed releases in CDS_CONTENT, a version of it in CDS_RELEASE, a profile in CDS_PROFILE.",
        "clients": "Mend the file that CDS_CLIENTS names, as docs/how-to/register-a-client.md says.",
        "profile": "Name spec, epic, cerner or a file, and codes that the release of this client has.",
        "keys": "Ask the client for its key set, and let this machine reach it by https.",
        "FHIR server": "See that fhir_server is its public https address, that it runs, and that this machine can reach it.",
        "clock": "Set the clock of this machine by NTP; if it is right, tell the client that its server is wrong.",
        "ledger": "Give the service a folder on a local disk that it may write to; of a damaged ledger keep a copy and restore the last backup.",
    }
)
METADATA = "metadata"
UNREADABLE = "Mend the configuration first."
UNREGISTERED = "Before others call, register them: docs/how-to/register-a-client.md."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is, whose it is where it is a client's, how it stands, what was found, and else what to do."""

    what: str
    state: State
    found: str
    client: str = ""
    advice: str = ""

    @property
    def remedy(self) -> str:
        """What to do about it; empty where it is well."""
        return "" if self.state == "ok" else self.advice or REMEDIES[self.what]


def check(settings: Settings, *, clock: Callable[[], datetime] = application.now) -> tuple[Finding, ...]:
    """All that is found, in the order of REMEDIES. Calls the registered servers, and writes to the ledger only what it held before."""
    content, app = _content(settings, clock)
    clients, registered = _clients(settings, app, clock)
    found = (*_configuration(settings), *_public(settings), content, clients)
    if registered is not None:
        with closing(_Calling(registered)) as calling:
            found = (*found, *calling.findings())
    return (*found, *_ledger(settings))


def unreadable(error: CdsError) -> tuple[Finding, ...]:
    """What is found where the settings themselves cannot be read."""
    told = tuple(Finding("configuration", "failed", _named(one)) for one in error.diagnostics())
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
        yield Finding("configuration", "failed", _named(one))
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
        return _failed("content", error), None
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
        return _failed("clients", error), None
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
            return _failed("profile", error, client.name)
        return Finding("profile", "ok", "answers can be made for it", client.name)

    def _server(self, client: Client) -> Finding:
        """Whether it may be called, and whether it answers, whatever the status: it is asked without a token."""
        if client.fhir_server is None:
            advice = "If it is to be fetched from, name it in the file of clients as fhir_server."
            return Finding("FHIR server", "not checked", "none is registered: nothing is fetched for this client", client.name, advice)
        try:
            probes.date(self._of(client).call(client.fhir_server, None), METADATA)
        except (NotFetched, NotTrusted) as error:
            return _failed("FHIR server", error, client.name, "warning")
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


def _ledger(settings: Settings) -> Iterator[Finding]:
    try:
        if _is_there(settings.audit_url):
            with ledgers.open_ledger(settings.audit_url, create=False) as ledger:
                ledger.ready()
                yield _last(ledger)
        else:
            _write_aside(settings.audit_url)
            yield Finding("ledger", "ok", "none is there yet; its folder takes one that is synced at each record")
    except LedgerUnavailable as error:
        yield _failed("ledger", error)


def _last(ledger: Ledger) -> Finding:
    """Whether the newest record is what was written, and follows the one before it; the whole chain is for `cds audit verify`."""
    rows = list(ledger.records(limit=2))
    before = rows[1].hash if len(rows) > 1 else chain.GENESIS
    if not rows:
        return Finding("ledger", "ok", "synced at each record, and still empty")
    try:
        held = bool(rows[0].entry) and rows[0].previous == before
    except LedgerDamaged as error:
        return _failed("ledger", error)
    if held:
        return Finding("ledger", "ok", "synced at each record, and its newest record holds")
    return Finding("ledger", "failed", "its newest record does not follow the one before it")


def _is_there(url: str) -> bool:
    return ledgers.path_of(url).exists()


def _write_aside(url: str) -> None:
    """Makes a ledger in the folder, writes to it and takes it away; raises LedgerUnavailable."""
    folder = next(one for one in ledgers.path_of(url).parents if one.exists())
    try:
        with (
            tempfile.TemporaryDirectory(dir=folder, prefix=".check-") as aside,
            ledgers.open_ledger(f"{ledgers.PREFIX}{Path(aside) / 'x'}") as ledger,
        ):
            ledger.ready()
    except OSError as error:
        raise LedgerUnavailable("The folder of the ledger cannot be written to.") from error


def _failed(what: str, error: CdsError, client: str = "", state: State = "failed") -> Finding:
    return Finding(what, state, " ".join(one.text for one in error.diagnostics()), client)


def _named(one: Diagnostic) -> str:
    return f"{one.expression}: {one.text}" if one.expression else one.text
