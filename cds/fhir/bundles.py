"""What a Bundle of search results holds besides the resources that were found (FHIR R4, Bundle): further pages, and outcomes."""

from collections.abc import Mapping
from typing import Any

from cds.fhir import concepts

ONLY_INFORMS = "an OperationOutcome that only informs"


def has_next(bundle: Mapping[str, Any]) -> bool:
    """True when the Bundle says that more pages exist than were sent."""
    return any(link.get("relation") == "next" for link in concepts.objects(bundle.get("link")))


def only_informs(outcome: Mapping[str, Any]) -> bool:
    """True when every issue of an OperationOutcome is of severity `information`; one without issues may mean a failure."""
    issues = outcome.get("issue")
    return isinstance(issues, list) and bool(issues) and all(concepts.mapping(issue).get("severity") == "information" for issue in issues)
