"""All decisions and recommendations for one patient at one time, and the cards made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cds.facts import Facts
from cds.values.release import Coding


@dataclass(frozen=True)
class Triage:
    """The final urgency, the shortest time of the rules that matched (hours; None for self-care and none), and why."""

    urgency: str
    within_hours: int | None
    screen: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class Pathway:
    """Where the features fit; `code` is `red-flag:<suspect>` for a red flag."""

    code: str
    confidence: str | None
    rule: str | None


@dataclass(frozen=True)
class Duration:
    """How long the pain has lasted; `days` is None when it is unknown."""

    days: int | None
    band: str
    rule: str | None


@dataclass(frozen=True)
class Recommendation:
    """One recommendation by code, with the rule that gave it and its evidence keys."""

    code: str
    display: str
    rule: str
    text: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A service to be requested, coded and in words: a draft ServiceRequest. `within_hours` is None where no time is set."""

    code: Coding
    text: str
    priority: str
    within_hours: int | None
    reason: Coding
    reason_text: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Suggestion:
    """One offer on a card: a label and one proposal."""

    uuid: str
    label: str
    proposal: Proposal


@dataclass(frozen=True)
class Link:
    """A link of a card: to the explanation of the decision, or to the questionnaire."""

    label: str
    to: Literal["explanation", "form"]


@dataclass(frozen=True)
class Card:
    """A CDS Hooks card before it is put on the wire; `detail` is GitHub Flavored Markdown of coded text only."""

    uuid: str
    id: str
    summary: str
    detail: str
    indicator: str
    source_label: str
    topic: Coding
    suggestions: tuple[Suggestion, ...]
    rules: tuple[str, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True)
class DecisionOutcome:
    """One decision of the graph: rules that gave its value, its outputs, and the rules that unknown inputs left open."""

    decision: str
    rules: tuple[str, ...]
    outputs: tuple[Mapping[str, Any], ...]
    undetermined: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Assessment:
    """The answer to one question, complete enough to be explained, audited and replayed."""

    decision_id: str
    release: str
    version: str
    digest: str
    engine: str
    decided_at: datetime
    facts: Facts
    derived: Mapping[str, Any]
    triage: Triage
    pathway: Pathway
    duration: Duration
    decisions: tuple[DecisionOutcome, ...]
    recommendations: tuple[Recommendation, ...]
    cards: tuple[Card, ...]
    note: str
