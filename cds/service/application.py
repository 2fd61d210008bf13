"""The running application: its releases, its ledger, its clock and its maker of ids."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import cds
from cds.audit import ledger as ledgers
from cds.audit.ledger import Ledger
from cds.fhir import questionnaire
from cds.fhir.questionnaire import Form
from cds.foundation.errors import ContentError, LedgerUnavailable
from cds.foundation.outbound import registered
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import OriginPolicy
from cds.foundation.settings import Settings
from cds.releases import catalogue
from cds.service import clients, profiles, servable
from cds.values.client import ANYBODY, Caller, Client
from cds.values.profile import ClientProfile
from cds.values.release import Release


@dataclass(frozen=True)
class Application:
    """What every use case works with. `releases` and `forms` are by service id, the name of the content folder.

    `ledger` is None on the command line, where nothing is answered to a clinician and nothing is recorded.
    `caller` is the one whom it answers: `releases`, `forms`, `profile` and `outbound`, which fetches what a hook call did not bring,
    are those of that caller. `clients` are those registered, by their issuer; with none anybody on this machine may call.
    """

    settings: Settings
    releases: Mapping[str, Release]
    forms: Mapping[str, Form]
    ledger: Ledger | None
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    profile: ClientProfile = field(default_factory=ClientProfile)
    outbound: Outbound = field(default_factory=lambda: Outbound(OriginPolicy(loopback=False)))
    caller: Caller = ANYBODY
    clients: Mapping[str, Client] = field(default_factory=dict)


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An id of 122 random bits: nobody can guess the address of an explanation."""
    return str(uuid.uuid4())


def start(settings: Settings, *, audited: bool = True, clock: Callable[[], datetime] = now, new_id: Callable[[], str] = new_id) -> Application:
    """Loads and verifies the releases in force and opens the ledger; raises rather than start half ready, or open to all."""
    if audited:
        servable.require(settings)
    releases = _releases(settings, settings.release, at=clock())
    profile = _profile(settings, settings.profile, releases)
    callers = _clients(settings)
    ledger = ledgers.open_ledger(settings.audit_url) if audited else None
    outbound = Outbound(OriginPolicy(loopback=settings.mode == "development"), Budget(size=settings.body_limit))
    return Application(settings, releases, _forms(releases), ledger, clock, new_id, profile, outbound, clients=callers)


def of_client(app: Application, client: Client) -> Application:
    """The application as it answers one registered client: by its release, its profile and its FHIR server. Raises as `start` does."""
    releases = _releases(app.settings, client.release, at=app.clock()) if client.release else app.releases
    forms = _forms(releases) if client.release else app.forms
    profile = _profile(app.settings, client.profile, releases)
    outbound = app.outbound.apart(registered.only(client.fhir_server, development=app.settings.mode == "development"))
    return replace(app, releases=releases, forms=forms, profile=profile, outbound=outbound, caller=Caller(client.name))


def _clients(settings: Settings) -> dict[str, Client]:
    if settings.clients is None:
        return {}
    versions = ({entry.version for entry in catalogue.entries(settings.content, name)} for name in catalogue.names(settings.content))
    return clients.load(settings.clients, development=settings.mode == "development", versions=set.intersection(*versions))


def _releases(settings: Settings, pin: str | None, *, at: datetime) -> dict[str, Release]:
    names = catalogue.names(settings.content)
    if not names:
        raise ContentError("The content folder holds no release. Set CDS_CONTENT to a folder with one.", expression="CDS_CONTENT")
    return {name: catalogue.select(settings.content, name, at=at, pin=pin, language=settings.language) for name in names}


def _profile(settings: Settings, chosen: str, releases: Mapping[str, Release]) -> ClientProfile:
    """The profile; without the links to a form that is not open."""
    found = profiles.load(chosen, releases.values())
    return found if settings.has_form else replace(found, links=found.links - {"form"})


def _forms(releases: Mapping[str, Release]) -> dict[str, Form]:
    return {name: questionnaire.index({**release.questionnaire, "status": release.status}) for name, release in releases.items()}


def stop(app: Application) -> None:
    """Ends what is being fetched and closes the ledger."""
    app.outbound.close()
    if app.ledger:
        app.ledger.close()


def readiness(app: Application) -> dict[str, Any]:
    """Whether a decision could be recorded now, and what is served; approval is said aloud."""
    checks = {"ledger": _ledger_check(app), "releases": {name: _release_check(release) for name, release in app.releases.items()}}
    return {"ready": checks["ledger"] == "ok", "checks": checks}


def _ledger_check(app: Application) -> str:
    try:
        if app.ledger:
            app.ledger.ready()
    except LedgerUnavailable as error:
        return error.text
    return "ok"


def _release_check(release: Release) -> str:
    return f"{release.version}, {'clinically approved' if release.approved else 'not clinically approved'}"


def versions(app: Application) -> dict[str, Any]:
    """The versions of the software and of each release."""
    return {
        "software": cds.__version__,
        "engine": cds.__version__,
        "releases": [{"name": one.name, "version": one.version, "digest": one.digest} for one in app.releases.values()],
    }
