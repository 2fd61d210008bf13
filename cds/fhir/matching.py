"""What an entry of the record gives for a fact: a match with its date; the newest of several is the one named."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cds.facts import Value
from cds.fhir.dating import When


@dataclass(frozen=True)
class Match:
    """An entry that sets a fact: its reference, when it was recorded if known, and its provenance when not a code."""

    reference: str
    when: When | None
    note: str = ""
    value: Value | None = None

    def date(self) -> str:
        """The day as the record gives it, maybe partial; empty when it gives none."""
        return self.when.text if self.when else ""


@dataclass(frozen=True)
class Undated:
    """An entry with a right code whose age cannot be told, so that it sets nothing; `place` is recorded."""

    place: str


def newest(matches: Iterable[Match]) -> Match | None:
    """The match dated last, whatever their order; among equals one found by code, then the first reference."""
    return min(matches, key=rank, default=None)


def recent(when: When | None, window: timedelta | None, at: datetime) -> bool:
    """True without a window, or when the date may lie within it; an unknown date does not."""
    return window is None or (when is not None and when.since(at - window))


def rank(match: Match) -> tuple[float, bool, str]:
    """Sorts the match dated last to the front, one without a date to the end."""
    return (-_seconds(match.when.latest) if match.when else float("inf"), bool(match.note), match.reference)


def _seconds(moment: datetime) -> float:
    return (moment - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()
