"""What discovery says of one service (CDS Hooks 3.0, "Discovery")."""

from typing import Any

from cds.values.release import Release

STANDARD = "3.0.0"
"""The version of the CDS Hooks specification that the service implements (its field `version`)."""


def entry(release: Release, service_id: str) -> dict[str, Any]:
    """The entry of `release` under `service_id`: every word of it is content; elements without a value are left out."""
    content = release.cards
    described = {
        "hook": content.hook,
        "title": content.title,
        "description": content.description,
        "id": service_id,
        "prefetch": dict(release.facts.prefetch),
        "usageRequirements": content.usage,
        "version": STANDARD,
    }
    return {key: value for key, value in described.items() if value}
