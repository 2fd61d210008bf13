"""The entries of one patient by kind, with what they are matched against, and the matches of one source in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cds.facts import RecordSource
from cds.fhir import allergies, conditions, medicines, observations
from cds.fhir.entries import BUNDLE, Entries, Entry
from cds.fhir.matching import Match, Undated
from cds.fhir.medicines import Medicine
from cds.values.release import ValueSet


@dataclass(frozen=True)
class Chart:
    """What was read before any fact is looked for. `kinds` are the resource types that each prefetch key asks for."""

    entries: Entries
    medicines: list[Medicine]
    unread: list[Entry]
    value_sets: Mapping[str, ValueSet]
    kinds: Mapping[str, str]
    at: datetime

    def coded(self, source: RecordSource) -> list[Entry]:
        """The entries with one of the source's codes; of observations those that are results."""
        entries = self.entries.coded(source.resource, self.codes(source))
        return observations.results(entries) if source.resource == "Observation" else entries

    def plain(self, source: RecordSource) -> list[Entry]:
        """Those of `coded` without a modifier."""
        return [entry for entry in self.coded(source) if not entry.modified]

    def results(self, source: RecordSource) -> Iterator[Match | Undated]:
        """What the source finds: matches, and entries that would match if their age could be told."""
        match source.resource:
            case "Condition":
                yield from conditions.conditions(source, self.coded(source), self.at)
            case "Procedure":
                yield from conditions.procedures(source, self.coded(source), self.at)
            case "Observation":
                yield from observations.observations(source, self.coded(source), self.value_sets, self.at)
            case "Medication":
                yield from medicines.matches(source, self.medicines, self.codes(source), self.at)
            case "AllergyIntolerance":
                yield from allergies.matches(self.entries.of(source.resource), self.codes(source))

    def given(self, keys: tuple[str, ...]) -> str:
        """The first of these prefetch keys where it brought a whole list; empty when it did not, or one of them was sent and not all of it read.

        A submitted Bundle says of none of its entries that they are all there are.
        """
        whole = [key for key in keys if key in self.entries.sent and key in self.kinds and key not in self.entries.not_checked]
        failed = [key for key in keys if key in self.entries.sent and key not in whole]
        return "" if failed or keys[0] not in whole or any(self._lost(keys)) else keys[0]

    def _lost(self, keys: tuple[str, ...]) -> Iterator[bool]:
        """Whether an entry of these lists was dropped, or what it is or was cannot be told."""
        kinds = {"", *(self.kinds[key] for key in keys if key in self.kinds)}
        yield from (key in (*keys, BUNDLE) and kind in kinds for key, kind in self.entries.lost)
        yield from (entry.kind in kinds for entry in self.unread)
        yield from (medicine.entry.kind in kinds and medicine.nameless() for medicine in self.medicines)

    def codes(self, source: RecordSource) -> ValueSet:
        """The source's value set, of which only some codes may count."""
        value_set = self.value_sets[source.value_set]
        if not source.codes:
            return value_set
        return replace(value_set, codes=frozenset(pair for pair in value_set.codes if pair[1] in source.codes), names=())
