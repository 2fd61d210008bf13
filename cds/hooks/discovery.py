"""What discovery says of the services of a release (CDS Hooks 3.0, "Discovery")."""

from collections.abc import Mapping
from typing import Any

from cds.hooks import contexts
from cds.values.release import HookService, Release

STANDARD = "3.0.0"
"""The version of the CDS Hooks specification that the service implements (its field `version`)."""


def services(release: Release) -> Mapping[str, HookService]:
    """The services of a release by their ids: the first under the name of the release, each further one under that and its hook.

    No two have one id: a client that files services by id would lose one of them (row B8 of the conformance table).
    """
    first, *others = release.cards.offered
    return {release.name: first, **{f"{release.name}-{service.hook}": service for service in others}}


def entry(release: Release, service_id: str, service: HookService) -> dict[str, Any]:
    """The entry of one service: every word of it is content; elements without a value are left out.

    Each asks for the same prefetch: what is decided is the same at every hook.
    """
    described = {
        "hook": service.hook,
        "title": service.title,
        "description": service.description,
        "id": service_id,
        "prefetch": dict(release.facts.prefetch),
        "usageRequirements": release.cards.usage,
        "version": STANDARD,
        "hookVersion": contexts.VERSIONS.get(service.hook, ""),
    }
    return {key: value for key, value in described.items() if value}
