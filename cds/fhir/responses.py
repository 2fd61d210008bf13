"""Which QuestionnaireResponse a hook uses: the newest of this patient and this questionnaire among those sent."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cds.fhir import bundles, concepts, dating, items, limits, modifiers, references
from cds.fhir.references import Subject
from cds.foundation.errors import DataMissing, NotProcessable

_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_ERROR_STATUS = "entered-in-error"
IN_ERROR = "entered in error"
OTHER_QUESTIONNAIRE = "of another questionnaire"
OTHER_SUBJECT = "of another subject"
MODIFIED = "with a modifier that is not understood"
FAILED = "an OperationOutcome that tells of more than information"
SETTLED = frozenset({IN_ERROR, OTHER_QUESTIONNAIRE, OTHER_SUBJECT, bundles.ONLY_INFORMS})
"""The reasons for which a response counts as never sent."""


@dataclass(frozen=True)
class Selection:
    """The response that counts, and why others were skipped; one that is surely older than it is left out without a word.

    `doubtful` says that another one may be the one that counts: it cannot be read, its age cannot be told, or it is as new.
    """

    response: Mapping[str, Any] | None
    skipped: tuple[str, ...] = ()
    doubtful: bool = False


def select(sent: object, *, subject: Subject, canonical: str, versions: Collection[str], latest: datetime) -> Selection:
    """The newest response by `authored` that may be used.

    `sent` is a QuestionnaireResponse, a Bundle, or null; one without a readable `authored`, or with one after `latest`, counts
    as the oldest: a wrong clock must not hide what was said later. Of another subject, of another questionnaire and entered in
    error are skipped as if never sent; anything else that cannot be used leaves the selection doubtful, as further pages do
    when this one has nothing to use.
    In a Bundle an OperationOutcome that only informs is passed over; another one leaves a doubt, since it may stand for a newer response.
    Raises DataMissing for what is neither, and where the client answered with such an OperationOutcome and with nothing to use.
    """
    found = dict(_resources(sent))
    reasons = {place: _unfit(resource, subject, canonical, versions) for place, resource in found.items()}
    reasons |= {place: reasons[place] or MODIFIED for place in _modified(sent)}
    usable = {place: concepts.mapping(found[place]) for place, reason in reasons.items() if not reason}
    chosen = max(usable.values(), key=lambda response: _age(response, latest), default=None)
    if chosen is None and FAILED in reasons.values():
        raise _not_had()
    if chosen is not None:
        reasons |= {place: _rival(response, chosen, latest) for place, response in usable.items() if response != chosen}
    reasons = {place: reason for place, reason in reasons.items() if reason}
    paged = bundles.is_partial(concepts.mapping(sent))
    pages = ["response: further pages were not read."] if paged else []
    skipped = limits.limited([*pages, *(f"{place}: {reason}; skipped." for place, reason in reasons.items())])
    return Selection(chosen, skipped, not SETTLED.issuperset(reasons.values()) or (paged and chosen is None))


def submitted(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one QuestionnaireResponse of a submission: itself, or in a Bundle; raises NotProcessable when there is not one."""
    entries = concepts.objects(sent.get("entry")) if sent.get("resourceType") == "Bundle" else [{"resource": sent}]
    resources = [concepts.mapping(entry.get("resource")) for entry in entries]
    found = [resource for resource in resources if resource.get("resourceType") == "QuestionnaireResponse"]
    if len(found) != 1:
        text = f"The body has {len(found)} QuestionnaireResponses; send one, alone or in a Bundle with the patient's resources."
        raise NotProcessable(text, expression="Bundle.entry")
    return found[0]


def canonical_of(value: object) -> tuple[str, str]:
    """A canonical as url and version; the version is empty when it has none."""
    url, _, version = concepts.text(value).partition("|")
    return url, version


def _resources(sent: object) -> Iterator[tuple[str, object]]:
    if sent is None:
        return
    kind = concepts.mapping(sent).get("resourceType")
    if kind == "OperationOutcome":
        raise _not_had()
    if kind == "QuestionnaireResponse":
        yield "response", sent
        return
    entries = concepts.mapping(sent).get("entry", [])
    if kind != "Bundle" or not isinstance(entries, list):
        text = "The questionnaire's responses are neither a QuestionnaireResponse nor a Bundle of them. Send one, or null when there is none."
        raise DataMissing(text, expression="prefetch.response")
    for position, entry in enumerate(entries):
        yield f"response[{position}]", concepts.mapping(entry).get("resource")


def _modified(sent: object) -> Iterator[str]:
    """The places of the resources of a Bundle that has a modifier, or whose entry has."""
    bundle = concepts.mapping(sent)
    entries = bundle.get("entry") if bundle.get("resourceType") == "Bundle" else ()
    for position, entry in enumerate(entries if isinstance(entries, list) else ()):
        if modifiers.of_resource(bundle) or modifiers.has(entry):
            yield f"response[{position}]"


def _not_had() -> DataMissing:
    text = "The client could not get the questionnaire's responses (an OperationOutcome). Send them, or null when there are none."
    return DataMissing(text, expression="prefetch.response")


def _unfit(resource: object, subject: Subject, canonical: str, versions: Collection[str]) -> str:
    """Why a response may not be used; empty when it may."""
    held = concepts.mapping(resource)
    url, version = canonical_of(held.get("questionnaire"))
    pointed = concepts.text(concepts.mapping(held.get("subject")).get("reference"))
    outcome = held.get("resourceType") == "OperationOutcome"
    reasons = {
        bundles.ONLY_INFORMS: outcome and bundles.only_informs(held),
        FAILED: outcome,
        "not a QuestionnaireResponse": held.get("resourceType") != "QuestionnaireResponse",
        IN_ERROR: held.get("status") == _ERROR_STATUS,
        "without a questionnaire": not url,
        OTHER_QUESTIONNAIRE: url != canonical,
        "without a reference to its subject": not pointed,
        "of a patient who is contained in it, so that nobody can tell who that is": references.is_local(pointed),
        OTHER_SUBJECT: not subject.owns(held.get("subject")),
        "of a version of the questionnaire that is not held": bool(version) and version not in versions,
        "of more items or answers than are read": not items.fits(held),
        MODIFIED: bool(modifiers.of_resource(held)),
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def _rival(other: Mapping[str, Any], chosen: Mapping[str, Any], latest: datetime) -> str:
    """Why a usable response that was not chosen may yet be the newest; empty when it is older. A full date may mean the end of its day."""
    authored, newest = dating.authored(other.get("authored")), dating.authored(chosen.get("authored"))
    span = dating.read(other.get("authored"))
    if authored is None or authored > latest or newest is None or span is None:
        return "of an age that cannot be told, beside the one that is used"
    return "as new as the one that is used" if span.latest >= newest else ""


def _age(response: Mapping[str, Any], latest: datetime) -> tuple[datetime, datetime, bool, str]:
    """By authored, then by lastUpdated; of two from the same instant the unfinished one, then by id, so that order never decides."""
    updated = dating.authored(concepts.mapping(response.get("meta")).get("lastUpdated"))
    unfinished = response.get("status") not in ("completed", "amended")
    authored = dating.authored(response.get("authored"))
    return (authored if authored and authored <= latest else _NEVER, updated or _NEVER, unfinished, concepts.text(response.get("id")))
