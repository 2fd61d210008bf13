"""Patients in the words of a release: those of its cases with some answers changed, or answering at random."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cds import facts
from cds.assessment import assessing
from cds.facts import Answers, FactDefinition, Facts, Record, RecordFact, Value
from cds.foundation import canonical
from cds.releases import cases
from cds.values.assessment import Assessment, Card
from cds.values.release import Release

AT = datetime(2030, 6, 15, 12, 0, tzinfo=UTC)
AUTHORED = AT - timedelta(hours=2)
DAY = "2030-06-15"
DECISION = "0f0e0d0c-0b0a-4908-8706-050403020100"
LONGEST = 60


@dataclass(frozen=True)
class Clinic:
    """A release and the answers of its base case `well`."""

    release: Release
    well: Mapping[str, Value]

    def merged(
        self,
        changes: Mapping[str, Value | None] | None = None,
        recorded: Mapping[str, RecordFact] | None = None,
        *,
        status: str = "completed",
        authored: datetime | None = AUTHORED,
        problems: tuple[str, ...] = (),
        not_checked: tuple[str, ...] = (),
    ) -> Facts:
        """The facts of the well patient with changes; None takes an answer away."""
        said = {name: value for name, value in {**self.well, **(changes or {})}.items() if value is not None}
        answers = Answers(said, status, authored, problems=problems)
        return facts.merge(self.release.facts, answers, Record(recorded or {}, not_checked), at=AT)

    def assess(self, changes: Mapping[str, Value | None] | None = None, recorded: Mapping[str, RecordFact] | None = None, **more: Any) -> Assessment:
        """The assessment of the well patient with changes."""
        return self.assess_facts(self.merged(changes, recorded, **more))

    def assess_facts(self, known: Facts, decision_id: str = DECISION) -> Assessment:
        """The assessment of these facts at a fixed instant."""
        return assessing.assess(self.release, known, decision_id=decision_id, at=AT, engine="0.1.0")

    def answers(self) -> SearchStrategy[dict[str, Value]]:
        """Answers at random, some of them left out."""
        answered = {fact.name: _values(fact) for fact in self.release.facts.facts.values() if fact.link_id}
        return st.fixed_dictionaries({}, optional=answered)

    def near_well(self) -> SearchStrategy[dict[str, Value | None]]:
        """A few changes to the well patient, so that more than emergencies are met."""
        answered = {fact.name: fact for fact in self.release.facts.facts.values() if fact.link_id}
        change = st.sampled_from(sorted(answered)).flatmap(lambda name: st.tuples(st.just(name), st.none() | _values(answered[name])))
        return st.lists(change, max_size=4).map(dict)


def clinic(release: Release, folder: Path) -> Clinic:
    """The release with its base case `well`, from the folder of its cases."""
    bases = next(document.value for document in cases.documents(folder) if Path(document.name).stem == cases.BASES)
    known = canonical.plain(cases.inputs(release, bases, {"base": "well"}))
    said = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items() if release.facts.facts[name].link_id}
    return Clinic(release, said)


def said_on(card: Card) -> str:
    """Everything that a card says, in one text."""
    offers = [text for one in card.suggestions for text in (one.label, one.proposal.text, one.proposal.reason_text)]
    return "\n".join([card.summary, card.detail, *offers])


def lines(clinic: Clinic, card: Card, show: str) -> list[str]:
    """The lines of a card's part of that kind, whatever its heading."""
    headings = [f"**{one.heading}**" for one in clinic.release.cards.cards[card.id].sections if one.show == show]
    found = [text for title, text in itertools.pairwise(card.detail.split("\n\n")) if title in headings]
    return [line.removeprefix("- ") for text in found for line in text.split("\n")]


def _values(definition: FactDefinition) -> SearchStrategy[Any]:
    if definition.base == "list of string":
        return st.lists(st.sampled_from(definition.allowed), min_size=1, max_size=3, unique=True).map(tuple)
    if definition.base == "string":
        return st.sampled_from(definition.allowed)
    low, high = int(definition.minimum or 0), int(min(definition.maximum or LONGEST, LONGEST))
    return st.integers(low, high)
