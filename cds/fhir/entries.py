"""Prefetched resources -> the entries of one patient, each with the place it was sent at.

A bad entry is dropped and recorded; the others are used. `null` or an empty Bundle was asked and there is nothing. A key was
not checked when it is absent, when the client answered it with an OperationOutcome, when it could not be fetched, when nothing in
it is of the type that was asked for, and when not all of it was sent or read.

An entry with a modifier, which nobody here understands, is kept for what it may warn of, and is marked: nothing that reassures rests on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds.facts import FactDefinitions
from cds.fhir import bundles, concepts, limits, modifiers, searches
from cds.fhir.references import Subject, name_of
from cds.fhir.searches import Pair, Search
from cds.values.release import ValueSet

BUNDLE = "bundle"
"""The key under which any mix of resources may be given instead of one key a search."""

MODIFIED = "with a modifier that is not understood; it may warn, and nothing reassures by it"
_SUBJECT_ELEMENT = {
    "AllergyIntolerance": "patient",
    "Condition": "subject",
    "MedicationRequest": "subject",
    "MedicationStatement": "subject",
    "Observation": "subject",
    "Procedure": "subject",
}
_READ = frozenset({"Condition", "MedicationRequest", "MedicationStatement", "Observation", "Procedure", "Patient", "Medication"})
"""The types that are read of every record; another one is read where a template asks for it."""

_ANY = Search()


@dataclass(frozen=True)
class Entry:
    """One resource, its type, what an assessment calls it (`Condition/1`), and where it was sent (`conditions[3]`).

    `modified` says that it, a part of it that is read, or what it was sent in has a modifier.
    """

    resource: Mapping[str, Any]
    kind: str
    reference: str
    place: str
    full_url: str
    codes: tuple[Pair, ...]
    modified: bool = False

    def has(self, value_set: ValueSet) -> bool:
        """True when one of its codes is in the value set."""
        return any(pair in value_set.codes for pair in self.codes)

    def key(self) -> str:
        """The prefetch key that it was sent under."""
        return self.place.partition("[")[0]


@dataclass(frozen=True)
class Entries:
    """The usable entries by resource type, the keys that were not checked, and why entries were dropped.

    `lost` are the key and type of each entry that was dropped or has a modifier, the type empty where it could not be read, or says
    what others are. `modified` are what an assessment calls those with a modifier.
    """

    by_kind: Mapping[str, tuple[Entry, ...]]
    not_checked: tuple[str, ...]
    problems: tuple[str, ...]
    sent: frozenset[str]
    lost: frozenset[tuple[str, str]]
    modified: frozenset[str]
    _places: Mapping[str, Mapping[Pair, list[int]]]

    def of(self, kind: str) -> tuple[Entry, ...]:
        """The entries of that resource type."""
        return self.by_kind.get(kind, ())

    def coded(self, kind: str, value_set: ValueSet) -> list[Entry]:
        """The entries of that type with a code of the value set, in the order in which they were sent."""
        held, codes = self._places.get(kind), value_set.codes
        if not held:
            return []
        common = codes.intersection(held) if len(held) < len(codes) else [pair for pair in codes if pair in held]
        entries = self.of(kind)
        return [entries[place] for place in sorted({place for pair in common for place in held[pair]})]


@dataclass(frozen=True)
class _Sent:
    """What one key brought: the entries of kinds that are read, what was wrong, and whether the key counts as checked."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    whole: bool = True
    lossy: bool = False


@dataclass(frozen=True)
class _Fault:
    """An entry that is no resource of the record: whether something was lost with it, and whether its key cannot count as checked."""

    text: str
    lost: bool = True
    breaks: bool = False


@dataclass(frozen=True)
class _Asked:
    """What was asked for under one key: a search (for any type that is read when it names none), and whether its first page is all of it."""

    search: Search
    read: frozenset[str]
    first_page: bool
    parts: frozenset[Pair]


def gather(resources: Mapping[str, Any], definitions: FactDefinitions, subject: Subject) -> Entries:
    """All entries of this subject. The keys of the definitions' prefetch templates had to be checked."""
    sought = {key: searches.of(template) for key, template in definitions.prefetch.items()}
    read = _READ | {one.kind for one in sought.values() if one.kind in _SUBJECT_ELEMENT}
    parts = frozenset((part.system, part.code) for fact in definitions.facts.values() if fact.reads for part in fact.reads.parts)
    asked = {key: _Asked(sought.get(key, _ANY), read, key in definitions.first_page, parts) for key in resources}
    sent = {key: _of_key(key, value, asked[key]) for key, value in resources.items()}
    entries = [entry for one in sent.values() for entry in one.entries]
    own, others = (tuple(entry for entry in entries if _belongs(entry, subject) is its) for its in (True, False))
    doubted = [entry for entry in own if entry.modified]
    own = tuple(entry for entry in own if not (entry.modified and entry.kind == "Patient"))
    problems = [problem for one in sent.values() for problem in one.problems]
    problems += [f"{entry.place}: not of this patient; dropped." for entry in others] + [f"{entry.place}: {MODIFIED}." for entry in doubted]
    lost = {(entry.key(), entry.kind) for entry in others} | {(key, "") for key, one in sent.items() if one.lossy}
    lost |= {(entry.key(), "" if entry.kind == "Medication" else entry.kind) for entry in doubted}
    by_kind = {kind: tuple(entry for entry in own if entry.kind == kind) for kind in read}
    unchecked = _unchecked(sent, sought, read, tuple(entry for entry in own if not entry.modified))
    turned = frozenset(entry.reference for entry in doubted)
    placed = {kind: _placed(by_kind[kind]) for kind in read}
    return Entries(by_kind, unchecked, tuple(problems), frozenset(sent), frozenset(lost), turned, placed)


def kinds(templates: Mapping[str, str]) -> dict[str, str]:
    """The resource type that each prefetch template asks for."""
    return {key: searches.of(template).kind for key, template in templates.items()}


def _placed(entries: tuple[Entry, ...]) -> dict[Pair, list[int]]:
    placed: dict[Pair, list[int]] = {}
    for place, entry in enumerate(entries):
        for pair in entry.codes:
            placed.setdefault(pair, []).append(place)
    return placed


def _of_key(key: str, value: object, asked: _Asked) -> _Sent:
    if value is None:
        return _Sent(())
    if isinstance(value, bundles.Unavailable):
        return _Sent((), (f"{key}: {value.reason}.",), whole=False)
    if not isinstance(value, Mapping):
        return _Sent((), (f"{key}: not a FHIR resource; dropped.",), whole=False)
    if value.get("resourceType") == "OperationOutcome":
        return _Sent((), (f"{key}: the client could not get it.",), whole=False)
    if value.get("resourceType") == "Bundle":
        return _of_bundle(key, value, asked)
    entry = _entry(value, key, "", asked.parts)
    if entry is None:
        return _Sent((), (f"{key}: without a readable resourceType; dropped.",), whole=False)
    return _sifted(key, [entry], asked)


def _of_bundle(key: str, bundle: Mapping[str, Any], asked: _Asked) -> _Sent:
    raw = bundle.get("entry", [])
    if not isinstance(raw, list):
        return _Sent((), (f"{key}: the Bundle's entry is not a list; dropped.",), whole=False)
    around = bool(modifiers.of_resource(bundle))
    read = [_of_entry(f"{key}[{position}]", item, asked.parts, around=around) for position, item in enumerate(raw[: limits.MAX_ENTRIES])]
    found = [one for one in read if isinstance(one, Entry)]
    faults = [one for one in read if isinstance(one, _Fault)]
    lossy = any(fault.lost for fault in faults)
    told = _sifted(key, found, asked) if found or lossy else _Sent(())
    cut = [f"{key}: {fault}." for fault in [_lacking(bundle, asked)] if fault]
    cut += [f"{key}: more than {limits.MAX_ENTRIES} entries; the rest was not read."] if len(raw) > limits.MAX_ENTRIES else []
    problems = (*(fault.text for fault in faults), *told.problems, *cut)
    return _Sent(told.entries, problems, told.whole and not cut and not any(fault.breaks for fault in faults), lossy)


def _lacking(bundle: Mapping[str, Any], asked: _Asked) -> str:
    """Why the Bundle is not all that there is, or not the first page that was asked for; empty when it is."""
    if not bundles.is_partial(bundle):
        return ""
    if asked.first_page:
        return "" if searches.enough(bundle, asked.search) else "more results exist, and those sent are not the newest of the codes asked for"
    return "more pages exist than were sent" if bundles.has_next(bundle) else "not all that was found was sent"


def _sifted(key: str, found: list[Entry], asked: _Asked) -> _Sent:
    """The entries of kinds that are read. Without one of the kind that was asked for, the key tells nothing; a mix may hold any kind."""
    kind, read = asked.search.kind, asked.read
    strangers = sum(entry.kind not in read for entry in found) if kind else 0
    whole = any(entry.kind == kind or (not kind and entry.kind in read) for entry in found)
    problems = [f"{key}: {strangers} resource(s) of a type that is not read; dropped."] if strangers else []
    problems += [] if whole or not kind else [f"{key}: nothing in it is of the type that was asked for."]
    return _Sent(tuple(entry for entry in found if entry.kind in read), tuple(problems), whole)


def _of_entry(place: str, item: object, parts: frozenset[Pair], *, around: bool) -> Entry | _Fault:
    resource = concepts.mapping(concepts.mapping(item).get("resource"))
    entry = _entry(resource, place, concepts.mapping(item).get("fullUrl"), parts, around=around or modifiers.has(item))
    if entry is None:
        return _Fault(f"{place}: without a resource with a readable resourceType; dropped.")
    if entry.kind == "Bundle":
        return _Fault(f"{place}: a Bundle in a Bundle; not read.", breaks=True)
    if entry.kind != "OperationOutcome":
        return entry
    if bundles.only_informs(resource):
        return _Fault(f"{place}: {bundles.ONLY_INFORMS}; passed over.", lost=False)
    return _Fault(f"{place}: the client could not get all of it.", breaks=True)


def _entry(resource: object, place: str, full_url: object, parts: frozenset[Pair], *, around: bool = False) -> Entry | None:
    """An observation counts also under the codes of those of its components that are parts of a reading.

    `around` says that what the resource was sent in has a modifier.
    """
    kind = resource.get("resourceType") if isinstance(resource, Mapping) else None
    if not isinstance(resource, Mapping) or not isinstance(kind, str):
        return None
    codes = tuple(concepts.codes(resource.get("code")))
    if parts and "component" in resource:
        held = (pair for one in concepts.objects(resource["component"]) for pair in concepts.codes(one.get("code")))
        codes += tuple(pair for pair in held if pair in parts)
    modified = around or modifiers.anywhere(resource)
    return Entry(resource, kind, name_of(resource, place), place, concepts.text(full_url), codes, modified)


def _belongs(entry: Entry, subject: Subject) -> bool:
    if entry.kind == "Patient":
        return subject.is_patient(entry.resource, entry.full_url)
    element = _SUBJECT_ELEMENT.get(entry.kind)
    return element is None or subject.owns(entry.resource.get(element))


def _unchecked(sent: Mapping[str, _Sent], sought: Mapping[str, Search], read: frozenset[str], own: tuple[Entry, ...]) -> tuple[str, ...]:
    """The keys of searches that were neither sent and read nor, in a mixed Bundle read whole, answered by any entry that they would find."""
    mixed = [entry for entry in own if entry.place.startswith(BUNDLE)] if BUNDLE in sent and sent[BUNDLE].whole else []
    checked = {key for key, one in sought.items() if (sent[key].whole if key in sent else any(one.finds(entry.kind, entry.codes) for entry in mixed))}
    return tuple(key for key, one in sought.items() if one.kind in read and key not in checked)
