"""The running application: its releases, its ledger, its clock and its maker of ids."""

import contextlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import cds
from cds.audit.faults import LedgerDamaged
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
from cds.service import clients, ledgers, profiles, servable
from cds.service.leaving import Leaving
from cds.service.openings import Openings
from cds.values.client import ANYBODY, Caller, Client, Role
from cds.values.profile import ClientProfile
from cds.values.release import Release

IN_FORCE = "in force"
BY_SETTING = "pinned by CDS_RELEASE"
BY_CLIENT = "pinned by the client"
"""How a release can have come to be the one that decides."""


@dataclass(frozen=True)
class Application:
    """What every use case works with. `releases` and `forms` are by service id, the name of the content folder.

    `ledger` is None on the command line, where nothing is answered to a clinician and nothing is recorded.
    `caller` is the one whom it answers: `releases`, `forms`, `profile` and `outbound`, which fetches what a hook call did not bring,
    are those of that caller, who has these `roles`. `clients` are those registered, by their issuer; with none anybody on this machine may
    call. `selected` says how its releases came to be the ones, `leaving` which decisions may leave, `openings` which explanations were opened.
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
    roles: tuple[Role, ...] = ()
    selected: str = IN_FORCE
    leaving: Leaving = field(default_factory=Leaving)
    openings: Openings = field(default_factory=Openings)

    def require_ledger(self) -> Ledger:
        """The ledger; LedgerUnavailable where there is none."""
        if self.ledger is None:
            raise LedgerUnavailable("There is no ledger here. Ask the service that has it.")
        return self.ledger


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An id of 122 random bits: nobody can guess the address of an explanation."""
    return str(uuid.uuid4())


def start(settings: Settings, *, audited: bool = True, clock: Callable[[], datetime] = now, new_id: Callable[[], str] = new_id) -> Application:
    """Loads and verifies the releases in force and opens the ledger; raises rather than start half ready, or open to all."""
    if audited:
        servable.require(settings, clock)
    releases = _releases(settings, settings.release, at=clock())
    profile = _profile(settings, settings.profile, releases)
    callers = _clients(settings)
    ledger = ledgers.for_service(settings, clock) if audited else None
    outbound = Outbound(OriginPolicy(loopback=settings.mode == "development"), Budget(size=settings.body_limit))
    selected = BY_SETTING if settings.release else IN_FORCE
    return Application(settings, releases, _forms(releases), ledger, clock, new_id, profile, outbound, clients=callers, selected=selected)


def of_client(app: Application, client: Client) -> Application:
    """The application as it answers one registered client: by its release, its profile and its FHIR server. Raises as `start` does."""
    releases = _releases(app.settings, client.release, at=app.clock()) if client.release else app.releases
    forms = _forms(releases) if client.release else app.forms
    profile = _profile(app.settings, client.profile, releases)
    outbound = app.outbound.apart(registered.only(client.fhir_server, development=app.settings.mode == "development"))
    selected = BY_CLIENT if client.release else app.selected
    return replace(
        app,
        releases=releases,
        forms=forms,
        profile=profile,
        outbound=outbound,
        caller=Caller(client.name),
        roles=client.roles,
        selected=selected,
    )


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
    """Ends what is being fetched and closes the ledger, with the last that it is told."""
    app.outbound.close()
    if app.ledger:
        with contextlib.suppress(LedgerUnavailable):
            app.openings.flush(app)
        app.ledger.close()


def readiness(app: Application) -> dict[str, Any]:
    """Whether a decision could be recorded now, and what is served; approval is said aloud."""
    ready, trouble = _ledger_check(app)
    served = {name: _release_check(release) for name, release in app.releases.items()}
    return {"ready": ready, "checks": {"ledger": trouble or "ok", "audit": _audit_check(app), "releases": served}}


def _ledger_check(app: Application) -> tuple[bool, str]:
    """Whether a record could be kept, and what is wrong: with the store alone, while the spool takes records, or with both."""
    try:
        return True, app.ledger.ready() if app.ledger else ""
    except (LedgerUnavailable, LedgerDamaged) as error:
        return False, error.text


def _audit_check(app: Application) -> dict[str, Any]:
    """Answers without a record, which stays 0, and where it can be read how many records wait in the spool, and how old the newest head is."""
    told: dict[str, Any] = {"unauditedAnswers": app.leaving.unaudited}
    try:
        found = app.ledger.state() if app.ledger else None
    except LedgerUnavailable:
        return told
    except LedgerDamaged as error:
        return told | {"trouble": error.text}
    if found is None:
        return told
    told |= {"entries": found.size, "spooled": found.spooled} | ({"trouble": found.trouble} if found.trouble else {})
    if found.head_at is None:
        return told
    return told | {"headSize": found.head_size, "headAgeSeconds": max(0, int((app.clock() - found.head_at).total_seconds()))}


def _release_check(release: Release) -> str:
    return f"{release.version}, {'clinically approved' if release.approved else 'not clinically approved'}"


def versions(app: Application) -> dict[str, Any]:
    """The versions of the software and of each release."""
    return {
        "software": cds.__version__,
        "engine": cds.__version__,
        "releases": [{"name": one.name, "version": one.version, "digest": one.digest} for one in app.releases.values()],
    }
