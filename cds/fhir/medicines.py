"""MedicationRequests and MedicationStatements of the record: which medicine, taken or stopped when.

A medicine is known by a code of the value set, or by an ingredient's name as a whole word in its texts unless a word
for a product form that does not count stands beside it; the second way is noted as `by name`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cds.facts import RecordSource
from cds.fhir import concepts, courses, doses, matching, naming
from cds.fhir.courses import Course
from cds.fhir.entries import Entry
from cds.fhir.matching import Match, Undated
from cds.values.release import ValueSet


@dataclass(frozen=True)
class Product:
    """What was taken: its codes, and its words between single spaces."""

    codes: tuple[tuple[str, str], ...]
    words: str


@dataclass(frozen=True)
class Medicine:
    """One entry of the record as a medicine: what was taken, and when."""

    entry: Entry
    product: Product
    course: Course
    texts: tuple[str, ...]

    def nameless(self) -> bool:
        """True when neither a word nor a code of RxNorm says what it is."""
        return not self.product.words.strip(" |") and not any(system == concepts.RXNORM for system, _ in self.product.codes)


def read(entries: Iterable[Entry], products: Sequence[Entry]) -> tuple[list[Medicine], list[Entry]]:
    """The medicines of the entries, and the entries whose status cannot be read; `products` are the Medications sent along."""
    medicines: list[Medicine] = []
    unread: list[Entry] = []
    named = {name: entry.resource for entry in products for name in (entry.reference, entry.full_url) if name}
    for entry in entries:
        course = courses.read(entry.resource)
        if course is None:
            unread.append(entry)
        elif course.state != "nothing":
            medicines.append(_medicine(entry, course, named))
    return medicines, unread


def matches(source: RecordSource, medicines: Sequence[Medicine], value_set: ValueSet, at: datetime) -> Iterator[Match | Undated]:
    """Medicines of the value set that were taken long enough, or are running or were stopped not longer ago than the source says."""
    if not medicines:
        return
    names, excluded = naming.patterns(value_set.names), naming.patterns(value_set.excluded_words)
    known: dict[Product, str | None] = {}
    for medicine in medicines:
        if medicine.product not in known:
            known[medicine.product] = _known_by(medicine.product, value_set, names, excluded)
    found = [(medicine, note) for medicine in medicines if (note := known[medicine.product]) is not None and _dosed(source, medicine, value_set)]
    if source.taken is not None:
        yield from _taken(source.taken, source.within, found, at)
        return
    for medicine, note in found:
        course = medicine.course
        if course.state == "running" or matching.recent(course.end, source.stopped_within, at):
            yield Match(medicine.entry.reference, course.date(), note)
        elif course.end is None:
            yield Undated(medicine.entry.place)


def _taken(least: timedelta, window: timedelta | None, found: list[tuple[Medicine, str]], at: datetime) -> Iterator[Match | Undated]:
    """All of them together cover at least that much time of the window before `at`; one without a start does not count."""
    spans: list[tuple[datetime, datetime]] = []
    counted: list[Match] = []
    for medicine, note in found:
        if medicine.course.start is None:
            yield Undated(medicine.entry.place)
        elif span := medicine.course.span(at, window):
            spans.append(span)
            counted.append(Match(medicine.entry.reference, medicine.course.date(), note))
    if courses.covered(spans) >= least:
        yield from counted


def _dosed(source: RecordSource, medicine: Medicine, value_set: ValueSet) -> bool:
    """Whether the daily dose is one that the source asks for. One that cannot be read is not over a dose."""
    if source.daily_dose_over is None and source.daily_dose_up_to is None:
        return True
    daily = doses.daily(medicine.entry.resource, medicine.texts, value_set.names)
    if source.daily_dose_over is not None:
        return daily is not None and daily > source.daily_dose_over
    return daily is None or source.daily_dose_up_to is None or daily <= source.daily_dose_up_to


def _known_by(product: Product, value_set: ValueSet, names: list[str], excluded: list[str]) -> str | None:
    """An empty note when a code matches, `by name` when a name does, None when neither."""
    if any(code in value_set.codes for code in product.codes):
        return ""
    named = any(name in product.words for name in names)
    return naming.BY_NAME if named and not any(word in product.words for word in excluded) else None


def product(resource: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]]) -> tuple[Product, tuple[str, ...]]:
    """What a request or statement is for, and the words as they were written; `named` are the Medications sent along, by their references."""
    held = _product(resource, named)
    parts = [concepts.mapping(part).get("itemCodeableConcept") for part in concepts.objects(held.get("ingredient"))]
    said = [resource.get("medicationCodeableConcept"), held.get("code"), *parts]
    reference = concepts.mapping(resource.get("medicationReference"))
    texts = (*(text for concept in said for text in concepts.words(concept)), concepts.text(reference.get("display")))
    codes = tuple(code for concept in said for code in concepts.codes(concept))
    return Product(codes, naming.normal(texts)), texts


def _medicine(entry: Entry, course: Course, named: Mapping[str, Mapping[str, Any]]) -> Medicine:
    taken, texts = product(entry.resource, named)
    return Medicine(entry, taken, course, texts)


def _product(resource: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The Medication that a request points at: contained in it, or sent along under that reference."""
    reference = concepts.text(concepts.mapping(resource.get("medicationReference")).get("reference"))
    if reference.startswith("#"):
        contained = concepts.objects(resource.get("contained"))
        return next((held for held in contained if held.get("id") == reference[1:]), {})
    return named.get(reference, named.get("/".join(reference.split("/")[-2:]), {}))
