"""AllergyIntolerances of the record: to what, whatever became of them since (FHIR R4, AllergyIntolerance)."""

from collections.abc import Iterable, Iterator

from cds.fhir import concepts, conditions, dating, naming
from cds.fhir.entries import Entry
from cds.fhir.matching import Match
from cds.values.release import ValueSet


def matches(entries: Iterable[Entry], value_set: ValueSet) -> Iterator[Match]:
    """Those not refuted or entered in error whose substance is in the value set, by a code or by an ingredient's name.

    The form of a product does not matter here: who reacts to a cream reacts to what is in it.
    """
    names = naming.patterns(value_set.names)
    for entry in entries:
        if conditions.is_fact(entry.resource) and (note := _known_by(entry, value_set, names)) is not None:
            dates = (entry.resource.get(name) for name in ("onsetDateTime", "recordedDate"))
            yield Match(entry.reference, next((when for when in map(dating.read, dates) if when), None), note)


def nameless(entries: Iterable[Entry]) -> Iterator[str]:
    """The places of those that name nothing, by a code or in words; refuted ones and errors do not count."""
    for entry in entries:
        said = _substances(entry)
        if conditions.is_fact(entry.resource) and not any(map(concepts.says, said)):
            yield entry.place


def _substances(entry: Entry) -> list[object]:
    reactions = concepts.objects(entry.resource.get("reaction"))
    return [entry.resource.get("code"), *(reaction.get("substance") for reaction in reactions)]


def _known_by(entry: Entry, value_set: ValueSet, names: list[str]) -> str | None:
    substances = _substances(entry)
    if any(concepts.within(substance, value_set) for substance in substances):
        return ""
    said = naming.normal(text for substance in substances for text in concepts.words(substance))
    return naming.BY_NAME if any(name in said for name in names) else None
