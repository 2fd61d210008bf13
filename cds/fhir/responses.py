"""Which QuestionnaireResponse a hook uses: the newest of this patient and this questionnaire among those sent."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cds.fhir import concepts, dating
from cds.fhir.references import Subject
from cds.foundation.errors import DataMissing, NotProcessable

_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_ERROR_STATUS = "entered-in-error"


def select(
    sent: object, *, subject: Subject, canonical: str, versions: Collection[str], latest: datetime
) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """The newest response by `authored` that may be used, and why each other one was skipped.

    `sent` is a QuestionnaireResponse, a Bundle, or null; one without a readable `authored`, or with one after `latest`, counts
    as the oldest: a wrong clock must not hide what was said later.
    Raises DataMissing when the client answered with an OperationOutcome, bare or in the Bundle.
    """
    usable: list[Mapping[str, Any]] = []
    skipped: list[str] = []
    for place, resource in _resources(sent):
        _refuse_outcome(resource)
        reason = _unfit(resource, subject, canonical, versions)
        if reason:
            skipped.append(f"{place}: {reason}; skipped.")
        else:
            usable.append(concepts.mapping(resource))
    return max(usable, key=lambda response: _age(response, latest), default=None), tuple(skipped)


def submitted(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one QuestionnaireResponse of a submission: itself, or in a Bundle; raises NotProcessable when there is not one."""
    found = [resource for _, resource in _resources(sent) if concepts.mapping(resource).get("resourceType") == "QuestionnaireResponse"]
    if len(found) != 1:
        text = f"The body has {len(found)} QuestionnaireResponses; send one, alone or in a Bundle with the patient's resources."
        raise NotProcessable(text, expression="Bundle.entry")
    return concepts.mapping(found[0])


def canonical_of(value: object) -> tuple[str, str]:
    """A canonical as url and version; the version is empty when it has none."""
    url, _, version = concepts.text(value).partition("|")
    return url, version


def _resources(sent: object) -> Iterator[tuple[str, object]]:
    if sent is None:
        return
    if concepts.mapping(sent).get("resourceType") != "Bundle":
        yield "response", sent
        return
    entries = concepts.mapping(sent).get("entry", [])
    for position, entry in enumerate(entries if isinstance(entries, list) else [entries]):
        yield f"response[{position}]", concepts.mapping(entry).get("resource")


def _refuse_outcome(resource: object) -> None:
    if concepts.mapping(resource).get("resourceType") == "OperationOutcome":
        raise DataMissing(
            "The client could not get the questionnaire's responses (an OperationOutcome). Send them, or null when there are none.",
            expression="prefetch.response",
        )


def _unfit(resource: object, subject: Subject, canonical: str, versions: Collection[str]) -> str:
    """Why a response may not be used; empty when it may."""
    held = concepts.mapping(resource)
    url, version = canonical_of(held.get("questionnaire"))
    reasons = {
        "not a QuestionnaireResponse": held.get("resourceType") != "QuestionnaireResponse",
        "of another or no subject": not subject.owns(held.get("subject")),
        "of another or no questionnaire": url != canonical,
        "of a version of the questionnaire that is not held": bool(version) and version not in versions,
        "entered in error": held.get("status") == _ERROR_STATUS,
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def _age(response: Mapping[str, Any], latest: datetime) -> tuple[datetime, datetime, bool, str]:
    """By authored, then by lastUpdated; of two from the same instant the unfinished one, then by id, so that order never decides."""
    updated = dating.authored(concepts.mapping(response.get("meta")).get("lastUpdated"))
    unfinished = response.get("status") not in ("completed", "amended")
    authored = dating.authored(response.get("authored"))
    return (authored if authored and authored <= latest else _NEVER, updated or _NEVER, unfinished, concepts.text(response.get("id")))
