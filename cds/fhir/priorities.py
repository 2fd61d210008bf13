"""In which order the keys of a prefetch are fetched: what must be had, then what warning signs rest on, then the rest."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from cds.facts import FactDefinition, FactDefinitions
from cds.fhir import searches
from cds.fhir.searches import Search
from cds.values.release import ValueSet

_KINDS: Mapping[str, frozenset[str]] = MappingProxyType({"Medication": frozenset({"MedicationRequest", "MedicationStatement"})})
"""The types that hold what a source calls by another name."""


def order(definitions: FactDefinitions, value_sets: Mapping[str, ValueSet]) -> tuple[str, ...]:
    """Every prefetch key once: those required, those that facts of a screen rest on, those of other facts, as the definitions name them; the rest."""
    sought = {key: searches.of(template) for key, template in definitions.prefetch.items()}
    facts = sorted(definitions.facts.values(), key=lambda one: not one.screen)
    rested_on = [key for fact in facts for key in _keys(fact, sought, value_sets)]
    return tuple(key for key in dict.fromkeys([*definitions.required, *rested_on, *sought]) if key in sought)


def _keys(fact: FactDefinition, sought: Mapping[str, Search], value_sets: Mapping[str, ValueSet]) -> Iterator[str]:
    """The keys whose search may bring what the fact is read from."""
    for source in (*fact.sources, *([fact.reads] if fact.reads else [])):
        kinds = _KINDS.get(source.resource, frozenset({source.resource}))
        codes = value_sets[source.value_set].codes if source.value_set in value_sets else frozenset()
        yield from (key for key, one in sought.items() if one.kind in kinds and (not one.codes or not one.codes.isdisjoint(codes)))
    yield from fact.given
