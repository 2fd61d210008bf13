"""Prefetched resources -> the entries of one patient, each with the place it was sent at.

A bad entry is dropped and recorded; the others are used. `null` or an empty Bundle was asked and there is nothing. A key was
not checked when it is absent, when the client answered it with an OperationOutcome, when nothing in it is of the type that was
asked for, and when not all of it was sent or read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds.fhir import bundles, concepts, limits
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


@dataclass(frozen=True)
class _Sent:
    """What one key brought: the entries of kinds that are read, what was wrong, and whether the key counts as checked."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True)
class _Fault:
    """An entry that is no resource of the record: whether something was lost with it, and whether its key cannot count as checked."""

    text: str
    lost: bool = True
    breaks: bool = False


def gather(resources: Mapping[str, Any], templates: Mapping[str, str], subject: Subject) -> Entries:
    """All entries of this subject. `templates` are the prefetch templates whose keys had to be checked."""
    sent = {key: _of_key(key, value, _search(templates.get(key, ""))[0]) for key, value in resources.items()}
    entries = [entry for one in sent.values() for entry in one.entries]
    problems = [problem for one in sent.values() for problem in one.problems]
    belong = [_belongs(entry, subject) for entry in entries]
    own = tuple(entry for entry, its in zip(entries, belong, strict=True) if its)
    problems += [f"{entry.place}: not of this patient; dropped." for entry, its in zip(entries, belong, strict=True) if not its]
    by_kind = {kind: tuple(entry for entry in own if entry.kind == kind) for kind in _READ}
    return Entries(by_kind, _unchecked(sent, templates, own), tuple(problems))


def _of_key(key: str, value: object, kind: str) -> _Sent:
    """What was sent under one key, of which resources of that kind were expected (any that is read when empty)."""
    if value is None:
        return _Sent(())
    if not isinstance(value, Mapping):
        return _Sent((), (f"{key}: not a FHIR resource; dropped.",), whole=False)
    if value.get("resourceType") == "OperationOutcome":
        return _Sent((), (f"{key}: the client could not get it.",), whole=False)
    if value.get("resourceType") == "Bundle":
        return _of_bundle(key, value, kind)
    entry = _entry(value, key, "")
    if entry is None:
        return _Sent((), (f"{key}: without a readable resourceType; dropped.",), whole=False)
    return _sifted(key, [entry], kind)


def _of_bundle(key: str, bundle: Mapping[str, Any], kind: str) -> _Sent:
    raw = bundle.get("entry", [])
    if not isinstance(raw, list):
        return _Sent((), (f"{key}: the Bundle's entry is not a list; dropped.",), whole=False)
    read = [_of_entry(f"{key}[{position}]", item) for position, item in enumerate(raw[: limits.MAX_ENTRIES])]
    found = [one for one in read if isinstance(one, Entry)]
    faults = [one for one in read if isinstance(one, _Fault)]
    told = _sifted(key, found, kind) if found or any(fault.lost for fault in faults) else _Sent(())
    cut = [f"{key}: more pages exist than were sent."] if bundles.has_next(bundle) else []
    cut += [f"{key}: more than {limits.MAX_ENTRIES} entries; the rest was not read."] if len(raw) > limits.MAX_ENTRIES else []
    problems = (*(fault.text for fault in faults), *told.problems, *cut)
    return _Sent(told.entries, problems, told.whole and not cut and not any(fault.breaks for fault in faults))


def _sifted(key: str, found: list[Entry], kind: str) -> _Sent:
    """The entries of kinds that are read. Without one of the kind that was asked for, the key tells nothing; a mix may hold any kind."""
    strangers = sum(entry.kind not in _READ for entry in found) if kind else 0
    whole = any(entry.kind == kind or (not kind and entry.kind in _READ) for entry in found)
    problems = [f"{key}: {strangers} resource(s) of a type that is not read; dropped."] if strangers else []
    problems += [] if whole or not kind else [f"{key}: nothing in it is of the type that was asked for."]
    return _Sent(tuple(entry for entry in found if entry.kind in _READ), tuple(problems), whole)


def _of_entry(place: str, item: object) -> Entry | _Fault:
    resource = concepts.mapping(concepts.mapping(item).get("resource"))
    entry = _entry(resource, place, concepts.mapping(item).get("fullUrl"))
    if entry is None:
        return _Fault(f"{place}: without a resource with a readable resourceType; dropped.")
    if entry.kind == "Bundle":
        return _Fault(f"{place}: a Bundle in a Bundle; not read.", breaks=True)
    if entry.kind != "OperationOutcome":
        return entry
    if bundles.only_informs(resource):
        return _Fault(f"{place}: {bundles.ONLY_INFORMS}; passed over.", lost=False)
    return _Fault(f"{place}: the client could not get all of it.", breaks=True)


def _entry(resource: object, place: str, full_url: object) -> Entry | None:
    kind = resource.get("resourceType") if isinstance(resource, Mapping) else None
    if not isinstance(resource, Mapping) or not isinstance(kind, str):
        return None
    codes = tuple(concepts.codes(resource.get("code")))
    return Entry(resource, kind, name_of(resource, place), place, concepts.text(full_url), codes)


def _belongs(entry: Entry, subject: Subject) -> bool:
    if entry.kind == "Patient":
        return subject.is_patient(entry.resource, entry.full_url)
    element = _SUBJECT_ELEMENT.get(entry.kind)
    return element is None or subject.owns(entry.resource.get(element))


def _unchecked(sent: Mapping[str, _Sent], templates: Mapping[str, str], own: tuple[Entry, ...]) -> tuple[str, ...]:
    """The keys of searches that were neither sent and read nor, in a mixed Bundle read whole, answered by any entry that they would find."""
    mixed = [entry for entry in own if entry.place.startswith(BUNDLE)] if BUNDLE in sent and sent[BUNDLE].whole else []
    searches = {key: _search(template) for key, template in templates.items()}
    checked = {key for key, search in searches.items() if (sent[key].whole if key in sent else any(_finds(search, entry) for entry in mixed))}
    return tuple(key for key, (kind, _) in searches.items() if kind in _READ and key not in checked)


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
