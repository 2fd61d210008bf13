"""What of the record is asked for and cannot be read: values, answers, and entries that do not say what they are. It is told, never passed over."""

from collections.abc import Iterator
from dataclasses import dataclass

from cds.facts import FactDefinition, FactDefinitions, RecordSource
from cds.fhir import allergies, concepts, conditions, matching, observations, parts, readings, searches
from cds.fhir.charts import Chart
from cds.fhir.entries import Entry
from cds.fhir.searches import Pair

ALLERGY = "AllergyIntolerance"
VALUE = "a value or unit that cannot be read; not used"
ANSWER = "an answer that is not known here; not used"
_Group = tuple[str, tuple[str, ...]]
_Reader = tuple[FactDefinition, RecordSource]


@dataclass(frozen=True)
class Unread:
    """What is told, each with its place, and the prefetch keys that cannot count as checked for it."""

    problems: tuple[str, ...]
    keys: frozenset[str]


def of(definitions: FactDefinitions, chart: Chart) -> Unread:
    """Observations that may still count and whose value no fact can read, and allergies, medicines and conditions that name nothing."""
    groups = _groups(definitions)
    found = [*_values(groups, chart), *_components(groups, chart)]
    keys = {key for entry, _ in found for key in _keys(entry, definitions)}
    told = (f"{entry.place}: {kind}." for entry, kind in found)
    return Unread(tuple(dict.fromkeys([*_nameless(chart), *told])), frozenset(keys))


def _nameless(chart: Chart) -> Iterator[str]:
    """A release that does not ask for allergies does not miss one."""
    if ALLERGY in chart.kinds.values():
        yield from (f"{place}: without a substance that can be read; not used." for place in allergies.nameless(chart.entries.of(ALLERGY)))
    for medicine in chart.medicines:
        if medicine.nameless():
            yield f"{medicine.entry.place}: a medicine that cannot be told; the list of medicines is not whole."
    for entry in chart.entries.of("Condition"):
        if conditions.is_fact(entry.resource) and not concepts.says(entry.resource.get("code")):
            yield f"{entry.place}: without a code or words; not used."


def _values(groups: list[list[_Reader]], chart: Chart) -> Iterator[tuple[Entry, str]]:
    """Results with a code that facts read the value of, none of which can."""
    for group in groups:
        kind = ANSWER if all(source.answer_in for _, source in group) else VALUE
        for entry in chart.coded(group[0][1]):
            if _may_count(entry, group, chart) and not any(_reads(entry, reader, chart) for reader in group):
                yield entry, kind


def _components(groups: list[list[_Reader]], chart: Chart) -> Iterator[tuple[Entry, str]]:
    """Results that have such a code in a component only, where no fact looks for it."""
    wanted = [(chart.codes(group[0][1]).codes, group) for group in groups if not any(source.parts for _, source in group)]
    for entry in observations.results(one for one in chart.entries.of("Observation") if "component" in one.resource):
        held = _held(entry) - set(entry.codes)
        if any(not held.isdisjoint(codes) and _may_count(entry, group, chart) for codes, group in wanted):
            yield entry, VALUE


def _groups(definitions: FactDefinitions) -> list[list[_Reader]]:
    """By value set and codes all that reads a value or an answer there; where one needs no value, nothing is missed."""
    groups: dict[_Group, list[_Reader]] = {}
    for one in definitions.facts.values():
        for source in (*one.sources, *([one.reads] if one.reads else [])):
            if source.resource == "Observation":
                groups.setdefault((source.value_set, source.codes), []).append((one, source))
    return [group for group in groups.values() if all(_needs_value(*reader) for reader in group)]


def _needs_value(definition: FactDefinition, source: RecordSource) -> bool:
    return source == definition.reads or bool(source.answer_in) or source.at_least is not None


def _may_count(entry: Entry, group: list[_Reader], chart: Chart) -> bool:
    when = readings.when(entry.resource)
    return when is None or any(matching.recent(when, source.within, chart.at) for _, source in group)


def _reads(entry: Entry, reader: _Reader, chart: Chart) -> bool:
    definition, source = reader
    if source.answer_in:
        return concepts.within(entry.resource.get("valueCodeableConcept"), chart.value_sets[source.answer_in])
    if source == definition.reads:
        return not list((parts.unreadable(source, [entry])) if source.parts else readings.unread(definition, source, [entry]))
    return observations.compares(entry.resource, source)


def _held(entry: Entry) -> set[Pair]:
    return {pair for one in concepts.objects(entry.resource["component"]) for pair in concepts.codes(one.get("code"))}


def _keys(entry: Entry, definitions: FactDefinitions) -> Iterator[str]:
    """The key that it was sent under, and those whose search would find it."""
    held = {*entry.codes, *(_held(entry) if "component" in entry.resource else ())}
    for key, template in definitions.prefetch.items():
        search = searches.of(template)
        if key == entry.key() or (search.codes and search.finds(entry.kind, tuple(held))):
            yield key
