"""Facts in the words of a release: the bases and cases of the release with a few changes, or every fact at random."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cds.dmn.model import DecisionModel
from cds.facts import Answers, Facts, Record, RecordFact, Value, merge
from cds.releases import cases
from cds.values.release import Release
from tests.content import words
from tests.content.words import Changes, Known, Words

STATUS = "response-status"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
STALE = timedelta(hours=72)
AUTHORED = (AT, AT - STALE, AT - STALE - timedelta(seconds=1), AT + timedelta(hours=1), None)
"""When the answers were given: fresh, as old as may be, too old, in the future, not said."""


@dataclass(frozen=True)
class Story:
    """What one patient said and when, and which facts the record says beside it."""

    said: Known
    recorded: Known = field(default_factory=dict)
    authored: datetime | None = AT


@dataclass(frozen=True, eq=False, repr=False)
class Vocabulary:
    """A release with the facts to start from: its bases by name, then every case."""

    release: Release
    folder: Path
    bases: Mapping[str, Known]
    starts: tuple[Known, ...]

    def __repr__(self) -> str:
        """Short, as a report of a counterexample prints it."""
        return f"{self.release.name} {self.release.version}"

    @cached_property
    def triage(self) -> DecisionModel:
        """The part of the model that the final urgency rests on."""
        return words.needed(self.release.model, self.release.cards.roles.urgency)

    @cached_property
    def words(self) -> Words:
        """The values worth trying of each input of the model, unknown (None) first."""
        return words.worth_trying(self.release, self.release.model)

    @cached_property
    def recordable(self) -> tuple[tuple[str, Value], ...]:
        """The facts that the record can set to one word, with that word."""
        return tuple((name, fact.sets) for name, fact in self.release.facts.facts.items() if fact.sets)

    @cached_property
    def demographic(self) -> Mapping[str, tuple[Value, ...]]:
        """What the record says of everybody (age, sex), with the values worth trying."""
        told = [name for name, fact in self.release.facts.facts.items() if fact.patient_element]
        return {name: tuple(value for value in self.words[name] if value is not None) for name in told}

    @cached_property
    def values(self) -> SearchStrategy[Known]:
        """Inputs of the whole model."""
        return near(self.starts, self.words)(list(itertools.chain(*words.fitting(self.release.model, self.words).values())))

    @cached_property
    def company(self) -> Mapping[str, Sequence[Changes]]:
        """By a name that the triage tests, the changes with which some rule that tests it can hold."""
        return words.fitting(self.triage, words.worth_trying(self.release, self.triage))

    @cached_property
    def beside(self) -> Mapping[str, SearchStrategy[Known]]:
        """Inputs of the triage by a name that it tests: mostly such that a rule holds that tests this name."""
        around = near(self.starts, words.worth_trying(self.release, self.triage))
        return {name: around(fits) for name, fits in self.company.items()}

    @cached_property
    def stories_beside(self) -> Mapping[str, SearchStrategy[Story]]:
        """The same by name as patients, told by answers and record."""
        return {name: self.told(values) for name, values in self.beside.items()}

    @cached_property
    def stories(self) -> SearchStrategy[Story]:
        """Whole patients, told by answers and record."""
        return self.told(self.values)

    @cached_property
    def calm(self) -> SearchStrategy[Story]:
        """Patients with few complaints, who may have left out some of the screen; told by answers and record."""
        left_out: list[Changes] = [{name: None} for name, fact in self.release.facts.facts.items() if fact.screen]
        return self.told(near([self.bases["well"]], self.words)(left_out))

    @cached_property
    def recorded(self) -> SearchStrategy[Known]:
        """Up to three facts of the record."""
        everybody = [st.tuples(st.just(name), st.sampled_from(values)) for name, values in self.demographic.items()]
        return st.lists(st.one_of(st.sampled_from(self.recordable), *everybody), max_size=3).map(dict)

    def told(self, values: SearchStrategy[Known]) -> SearchStrategy[Story]:
        """Stories whose answers are these values, mostly fresh."""
        return st.builds(Story, values, self.recorded, st.one_of(st.just(AT), st.sampled_from(AUTHORED)))


def vocabulary(release: Release, folder: Path) -> Vocabulary:
    """The vocabulary of a release that stands in `folder`."""
    files = {Path(document.name).stem: document.value for document in cases.documents(folder)}
    bases = files.pop(cases.BASES)
    stories = [case for file in files.values() for case in file["cases"] if cases.TABLE not in case]
    plain = {name: _facts(release, cases.inputs(release, bases, {"base": name})) for name in bases}
    told = (_facts(release, cases.inputs(release, bases, case)) for case in stories)
    return Vocabulary(release, folder, plain, (*plain.values(), *told))


def _facts(release: Release, values: Mapping[str, Any]) -> Known:
    """The inputs of a case as an adapter would type them."""
    types: dict[str, Callable[[Any], Value]] = {"integer": int, "list of string": tuple, "number": Decimal, "string": str}
    return {name: types[release.facts.facts[name].base](value) for name, value in values.items()}


def merged(release: Release, story: Story) -> Facts:
    """The facts of a story at the instant of the decision; what no item asks for is of the record."""
    definitions = release.facts
    said = {name: value for name, value in story.said.items() if definitions.facts[name].link_id}
    other = {name: value for name, value in story.said.items() if name not in said and name not in (STATUS, "conflicts")}
    recorded = {name: RecordFact(value, "Condition/1", "2026-01-31") for name, value in {**other, **story.recorded}.items()}
    answers = Answers(said, str(story.said.get(STATUS, "completed")), story.authored)
    return merge(definitions, answers, Record(recorded), at=AT)


def near(starts: Sequence[Known], every: Words) -> Callable[[Sequence[Changes]], SearchStrategy[Known]]:
    """By changes that may be made together: mostly a start with two of them and a few other changes; sometimes every fact at random."""
    change = st.one_of([st.tuples(st.just(name), st.sampled_from(values)) for name, values in every.items()])
    few = st.lists(change, max_size=3).map(dict)
    anything = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in every.items()}).map(lambda drawn: words.changed({}, drawn))
    start, turns = st.sampled_from(starts), st.integers(0, 9)

    def around(together: Sequence[Changes]) -> SearchStrategy[Known]:
        several = st.lists(st.sampled_from(together), max_size=2)
        changed = st.builds(lambda known, some, others: words.changed(known, *some, others), start, several, few)
        return turns.flatmap(lambda turn: anything if turn == 9 else changed)

    return around
