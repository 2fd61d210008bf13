"""The services of CDS Hooks that one caller is offered, by their ids."""

from dataclasses import dataclass

from cds.foundation.errors import NotFound
from cds.hooks import discovery
from cds.service.application import Application
from cds.values.release import HookService, Release


@dataclass(frozen=True)
class Offer:
    """A service under its id, and the release that answers it."""

    id: str
    release: Release
    service: HookService


def offers(app: Application) -> dict[str, Offer]:
    """Every service of the releases that this caller is answered by."""
    return {name: Offer(name, release, service) for release in app.releases.values() for name, service in discovery.services(release).items()}


def find(app: Application, service_id: str) -> Offer:
    """The service of that id. Raises NotFound."""
    found = offers(app).get(service_id)
    if found is None:
        raise NotFound("There is no service of that id. `GET /cds-services` lists them.")
    return found


def of_hook(release: Release, hook: object) -> Offer:
    """The service of the release for that hook; its first one where it has none, which says then what it takes."""
    found = [Offer(name, release, service) for name, service in discovery.services(release).items()]
    return next((one for one in found if one.service.hook == hook), found[0])
