"""Prefetched resources -> the entries of one patient, each with the place it was sent at.

A bad entry is dropped and recorded; the others are used. A key that is absent, or that the client answered with an
OperationOutcome, was not checked; `null` or an empty Bundle was asked and there is nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds.fhir import concepts
from cds.fhir.references import Subject, name_of
from cds.values.release import ValueSet

BUNDLE = "bundle"
"""The key under which any mix of resources may be given instead of one key a search."""

_SUBJECT_ELEMENT = {
    "Condition": "subject",
    "MedicationRequest": "subject",
    "MedicationStatement": "subject",
    "Observation": "subject",
    "Procedure": "subject",
}
_READ = frozenset({*_SUBJECT_ELEMENT, "Patient", "Medication"})


@dataclass(frozen=True)
class Entry:
    """One resource, its type, what an assessment calls it (`Condition/1`), and where it was sent (`conditions[3]`)."""

    resource: Mapping[str, Any]
    kind: str
    reference: str
    place: str
    full_url: str
    codes: tuple[tuple[str, str], ...]

    def has(self, value_set: ValueSet) -> bool:
        """True when one of its codes is in the value set."""
        return any(pair in value_set.codes for pair in self.codes)


@dataclass(frozen=True)
class Entries:
    """The usable entries by resource type, the keys that were not checked, and why entries were dropped."""

    by_kind: Mapping[str, tuple[Entry, ...]]
    not_checked: tuple[str, ...]
    problems: tuple[str, ...]

    def of(self, kind: str) -> tuple[Entry, ...]:
        """The entries of that resource type."""
        return self.by_kind.get(kind, ())


def gather(resources: Mapping[str, Any], templates: Mapping[str, str], subject: Subject) -> Entries:
    """All entries of this subject. `templates` are the prefetch templates whose keys had to be checked."""
    entries: list[Entry] = []
    problems: list[str] = []
    failed: set[str] = set()
    for key, value in resources.items():
        found, faults, whole = _of_key(key, value)
        entries += found
        problems += faults
        failed |= set() if whole else {key}
    belong = [_belongs(entry, subject) for entry in entries]
    own = tuple(entry for entry, its in zip(entries, belong, strict=True) if its)
    problems += [f"{entry.place}: not of this patient; dropped." for entry, its in zip(entries, belong, strict=True) if not its]
    by_kind = {kind: tuple(entry for entry in own if entry.kind == kind) for kind in _READ}
    return Entries(by_kind, _unchecked(resources, templates, own, failed), tuple(problems))


def _of_key(key: str, value: object) -> tuple[list[Entry], list[str], bool]:
    """The entries sent under one key, what was dropped, and whether the key counts as checked."""
    if value is None:
        return [], [], True
    if not isinstance(value, Mapping):
        return [], [f"{key}: not a FHIR resource; dropped."], False
    if value.get("resourceType") == "OperationOutcome":
        return [], [f"{key}: the client could not get it."], False
    if value.get("resourceType") != "Bundle":
        entry = _entry(value, key, "")
        return ([entry], [], True) if entry else ([], [f"{key}: without a readable resourceType; dropped."], False)
    return _of_bundle(key, value)


def _of_bundle(key: str, bundle: Mapping[str, Any]) -> tuple[list[Entry], list[str], bool]:
    raw = bundle.get("entry", [])
    if not isinstance(raw, list):
        return [], [f"{key}: the Bundle's entry is not a list; dropped."], False
    entries: list[Entry] = []
    problems: list[str] = []
    whole = True
    for position, item in enumerate(raw):
        place = f"{key}[{position}]"
        entry = _entry(concepts.mapping(item).get("resource"), place, concepts.mapping(item).get("fullUrl"))
        if entry is None:
            problems.append(f"{place}: without a resource with a readable resourceType; dropped.")
        elif entry.kind == "OperationOutcome":
            whole = False
            problems.append(f"{place}: the client could not get all of it.")
        else:
            entries.append(entry)
    problems += [f"{key}: more pages exist than were sent."] if _has_next(bundle) else []
    return [entry for entry in entries if entry.kind in _READ], problems, whole


def _entry(resource: object, place: str, full_url: object) -> Entry | None:
    kind = resource.get("resourceType") if isinstance(resource, Mapping) else None
    if not isinstance(resource, Mapping) or not isinstance(kind, str):
        return None
    codes = tuple(concepts.codes(resource.get("code")))
    return Entry(resource, kind, name_of(resource, full_url, place), place, concepts.text(full_url), codes)


def _has_next(bundle: Mapping[str, Any]) -> bool:
    return any(link.get("relation") == "next" for link in concepts.objects(bundle.get("link")))


def _belongs(entry: Entry, subject: Subject) -> bool:
    if entry.kind == "Patient":
        return subject.is_patient(entry.resource, entry.full_url)
    element = _SUBJECT_ELEMENT.get(entry.kind)
    return element is None or subject.owns(entry.resource.get(element))


def _unchecked(resources: Mapping[str, Any], templates: Mapping[str, str], own: tuple[Entry, ...], failed: set[str]) -> tuple[str, ...]:
    """The keys of searches that were neither sent nor, in a mixed Bundle, answered by any entry that they would have found."""
    mixed = [entry for entry in own if entry.place.startswith(BUNDLE)]
    searches = {key: _search(template) for key, template in templates.items()}
    checked = {key for key, search in searches.items() if key in resources or any(_finds(search, entry) for entry in mixed)}
    return tuple(key for key, (kind, _) in searches.items() if kind in _READ and (key in failed or key not in checked))


def _finds(search: tuple[str, frozenset[tuple[str, str]]], entry: Entry) -> bool:
    kind, wanted = search
    return entry.kind == kind and (not wanted or not wanted.isdisjoint(entry.codes))


def _search(template: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """The resource type of a prefetch template and the codes that it asks for."""
    kind, _, query = template.partition("?")
    return kind.partition("/")[0], frozenset(_tokens(query))


def _tokens(query: str) -> Iterator[tuple[str, str]]:
    for parameter in query.split("&"):
        name, _, value = parameter.partition("=")
        if name == "code":
            yield from ((system, code) for system, _, code in (token.partition("|") for token in value.split(",")))
