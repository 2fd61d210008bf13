"""What of the record is shown with its date although it decides nothing: the newest entry of each."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from cds.facts import RecordFact, Shown, ShownDefinition
from cds.fhir import conditions, matching, readings
from cds.fhir.charts import Chart
from cds.fhir.entries import Entry
from cds.fhir.matching import Match


def read(definition: ShownDefinition, chart: Chart, known: Mapping[str, RecordFact]) -> tuple[Shown | None, list[str]]:
    """The newest entry, and the places of values that cannot be read; nothing while `known` has the fact that says it as it stands."""
    said = known.get(definition.unless)
    if said and not said.note:
        return None, []
    entries = chart.plain(definition.source)
    if definition.source.resource == "Condition":
        return _newest([_condition(definition, entry) for entry in entries if conditions.is_fact(entry.resource)]), []
    unused = bool(definition.unless) and said is None
    read_ = [(entry, _observation(definition, entry, chart, unused=unused)) for entry in entries]
    unreadable = [entry.place for entry, shown in read_ if shown is None and "valueQuantity" in entry.resource]
    return _newest([shown for _, shown in read_ if shown and not _ahead(shown[0], chart)]), unreadable


def _newest(found: list[tuple[Match, Shown]]) -> Shown | None:
    return min(found, key=lambda pair: matching.rank(pair[0]))[1] if found else None


def _ahead(match: Match, chart: Chart) -> bool:
    return match.when is not None and match.when.earliest > chart.at


def _condition(definition: ShownDefinition, entry: Entry) -> tuple[Match, Shown]:
    match = Match(entry.reference, conditions.onset(entry.resource))
    return match, Shown(definition.name, None, "", entry.reference, match.date(), not conditions.is_active(entry.resource))


def _observation(definition: ShownDefinition, entry: Entry, chart: Chart, *, unused: bool) -> tuple[Match, Shown] | None:
    """In the first of the units that it can be read in; a bound (`< 5`) stays a bound."""
    sign = readings.comparator(entry.resource)
    for unit, value in _values(definition, entry):
        match = Match(entry.reference, readings.when(entry.resource))
        old = unused or not matching.recent(match.when, definition.source.within, chart.at)
        if sign is None or sign in readings.BOUNDS:
            return match, Shown(definition.name, value if sign is None else f"{sign} {value}", unit, entry.reference, match.date(), old)
    return None


def _values(definition: ShownDefinition, entry: Entry) -> Iterator[tuple[str, Decimal]]:
    for unit in definition.units:
        value = readings.quantity(entry.resource, unit)
        if value is not None:
            yield unit, value
