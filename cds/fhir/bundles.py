"""What a Bundle of search results holds besides the resources that were found (FHIR R4, Bundle): further pages, and outcomes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds.fhir import concepts, numbers

_BESIDE = ("include", "outcome")
"""The modes of entries that the search did not find itself (FHIR R4, Bundle.entry.search.mode)."""
ONLY_INFORMS = "an OperationOutcome that only informs"


@dataclass(frozen=True)
class Unavailable:
    """Stands where a resource should: it was asked for and could not be had. `reason` is in our own words."""

    reason: str


def has_next(bundle: Mapping[str, Any]) -> bool:
    """True when the Bundle says that more pages exist than were sent."""
    return any(link.get("relation") == "next" for link in concepts.objects(bundle.get("link")))


def has_unreadable_link(bundle: Mapping[str, Any]) -> bool:
    """True when its links are not a list of objects: one of them may lead to a further page."""
    links = bundle.get("link")
    return links is not None and (not isinstance(links, list) or len(concepts.objects(links)) != len(links))


def is_partial(bundle: Mapping[str, Any]) -> bool:
    """True when not all that was found was sent: by a link to a further page, by one that cannot be read, or by its `total`.

    `total` counts matches only: what is included beside them, and outcomes, do not count.
    """
    total = numbers.integer(bundle.get("total"))
    return has_next(bundle) or has_unreadable_link(bundle) or (total is not None and total > sum(1 for _ in _found(bundle)))


def matches(bundle: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The resources that the search found, in their order, without what is sent beside them."""
    for entry in _found(bundle):
        yield concepts.mapping(entry.get("resource"))


def _found(bundle: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in concepts.objects(bundle.get("entry")):
        mode = concepts.mapping(entry.get("search")).get("mode")
        if mode not in _BESIDE and concepts.mapping(entry.get("resource")).get("resourceType") != "OperationOutcome":
            yield entry


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
