"""Bounds of an effective period as the index writes them: a day, or an instant in UTC (FHIR date and dateTime)."""

from datetime import UTC, date, datetime, timedelta

from cds.foundation import instants

INSTANT = "T"


def moment(bound: str) -> datetime:
    """The instant of a bound; of a day its first, in UTC."""
    return datetime.fromisoformat(bound) if INSTANT in bound else datetime.combine(date.fromisoformat(bound), datetime.min.time(), UTC)


def last(end: str) -> str:
    """The last day or second in force, as FHIR ends a Period, of the first bound that is no longer."""
    before = moment(end) - (timedelta(seconds=1) if INSTANT in end else timedelta(days=1))
    return instants.written(before) if INSTANT in end else before.date().isoformat()
