"""Whose resource this is: references to one patient in every form that clients write them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_PATIENT = re.compile(
    r"(?:(?:https?://[!-~]{1,500}/)?Patient/)?[A-Za-z0-9\-.]{1,64}"
    r"|(?:https?://[!-~]{1,500}/)?Patient/[A-Za-z0-9\-.]{1,64}/_history/[A-Za-z0-9\-.]{1,64}"
    r"|urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
_HISTORY = re.compile(r"/_history/[^/]*$")


def patient_id(reference: str) -> str:
    """The bare id of `x`, `Patient/x` or an absolute URL ending in `/Patient/x`, with or without a version; a urn as it is."""
    text = _HISTORY.sub("", reference)
    head, slash, last = text.rpartition("/")
    return last if slash and (head == "Patient" or head.endswith("/Patient")) else text


def names_patient(reference: str) -> bool:
    """True for a bare id, `Patient/x` or an absolute URL ending so, with or without a version, and for a `urn:uuid:`."""
    return bool(_PATIENT.fullmatch(reference))


def is_local(reference: object) -> bool:
    """True for a reference by `#`, to a resource contained in the one that refers to it; nobody else can refer to that."""
    return isinstance(reference, str) and reference.startswith("#")


def contained(resource: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    """The resource that a reference by `#` is to, of `#` alone the one that contains it; empty where there is none."""
    held = resource.get("contained")
    found = (one for one in (held if isinstance(held, list) else ()) if isinstance(one, Mapping) and one.get("id") == reference[1:])
    return resource if reference == "#" else next(found, {})


@dataclass(frozen=True)
class Subject:
    """One patient: the id, and the fullUrls under which a Bundle carries the same Patient.

    Of a patient who is contained in a response the id is the reference by `#`, which owns nothing: who that is cannot be told.
    """

    id: str
    urls: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether resources can be told to be this patient's."""
        return bool(self.id) and not is_local(self.id)

    def owns(self, reference: object) -> bool:
        """True when a FHIR Reference points at this patient; one by identifier or display alone does not."""
        text = reference.get("reference") if isinstance(reference, Mapping) else None
        return self.known and isinstance(text, str) and (text in self.urls or patient_id(text) == self.id)

    def is_patient(self, resource: Mapping[str, Any], full_url: object = None) -> bool:
        """True when the Patient resource is this patient."""
        return self.known and (resource.get("id") == self.id or (isinstance(full_url, str) and full_url in self.urls))


def subject(patient: str, *bundles: object) -> Subject:
    """The patient of that id or reference, known also by the fullUrls of the Bundles that carry it.

    With an empty `patient`, the one Patient of the Bundles; with several or none, or a reference by `#`, a subject that owns nothing.
    """
    if is_local(patient):
        return Subject(patient)
    found = {(url, identity) for bundle in bundles for url, identity in _patients(bundle)}
    wanted = patient_id(patient)
    if not wanted:
        wanted = _only(found)
    known = {identity for url, identity in found if url == wanted and identity} | {wanted}
    urls = frozenset(url for url, identity in found if url and (identity in known or url == wanted))
    own = min(known - urls, default=wanted)
    return Subject(own, urls)


def name_of(resource: Mapping[str, Any], place: str) -> str:
    """`Condition/1`, else the place where it was sent; a fullUrl is the sender's own text and is shown nowhere."""
    kind, identity = resource.get("resourceType"), resource.get("id")
    if isinstance(identity, str) and _ID.fullmatch(identity):
        return f"{kind}/{identity}"
    return place


def _patients(bundle: object) -> Iterator[tuple[str, str]]:
    """The (fullUrl, id) of each Patient that a Bundle carries, or of the Patient itself."""
    if not isinstance(bundle, Mapping):
        return
    if bundle.get("resourceType") == "Patient":
        yield "", _text(bundle.get("id"))
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(resource, Mapping) and resource.get("resourceType") == "Patient":
            yield _text(entry.get("fullUrl")), _text(resource.get("id"))


def _only(found: set[tuple[str, str]]) -> str:
    names = {identity or url for url, identity in found}
    return names.pop() if len(names) == 1 else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
