"""What a Bundle of search results holds besides the resources that were found (FHIR R4, Bundle): further pages, and outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds.fhir import concepts

ONLY_INFORMS = "an OperationOutcome that only informs"


@dataclass(frozen=True)
class Unavailable:
    """Stands where a resource should: it was asked for and could not be had. `reason` is in our own words."""

    reason: str


def has_next(bundle: Mapping[str, Any]) -> bool:
    """True when the Bundle says that more pages exist than were sent."""
    return any(link.get("relation") == "next" for link in concepts.objects(bundle.get("link")))


def next_link(bundle: Mapping[str, Any]) -> str:
    """The address of the next page as it was sent; empty when there is none that can be read."""
    links = [concepts.text(link.get("url")) for link in concepts.objects(bundle.get("link")) if link.get("relation") == "next"]
    return next(filter(None, links), "")


def has_failed(bundle: Mapping[str, Any]) -> bool:
    """True when the Bundle holds an OperationOutcome that tells of more than information."""
    resources = [concepts.mapping(entry.get("resource")) for entry in concepts.objects(bundle.get("entry"))]
    return any(one.get("resourceType") == "OperationOutcome" and not only_informs(one) for one in resources)


def only_informs(outcome: Mapping[str, Any]) -> bool:
    """True when every issue of an OperationOutcome is of severity `information`; one without issues may mean a failure."""
    issues = outcome.get("issue")
    return isinstance(issues, list) and bool(issues) and all(concepts.mapping(issue).get("severity") == "information" for issue in issues)
