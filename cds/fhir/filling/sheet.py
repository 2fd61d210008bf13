"""The form with what was filled in so far: every question in every slot, enabled or not, shown or not.

An answer is only ever taken away by the person who gave it: a question that holds one is shown although the other answers no longer
ask for it, and its answer counts (docs/adr/0034-the-form.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cds.fhir.filling import fields as naming
from cds.fhir.filling.asking import Question, Step
from cds.fhir.filling.fields import Fields, Typed
from cds.fhir.questionnaire import Condition, Form
from cds.fhir.validation import enabling

Index = tuple[int, ...]


@dataclass(frozen=True)
class Test:
    """One condition of an item in one slot: the other question, what it is compared with, and the slots that are near.

    Each of `near` is one occurrence of the other question: the index of each of its answers.
    """

    target: Question
    condition: Condition
    near: tuple[tuple[Index, ...], ...]


@dataclass(frozen=True)
class Asked:
    """A question in one slot.

    `position` counts the slots of an item that repeats, from 1, `of` says how many there are; both are 0 for one that does not repeat.
    """

    question: Question
    index: Index
    typed: Typed
    enabled: bool
    tests: tuple[Test, ...]
    position: int
    of: int
    children: tuple["Asked", ...]

    @cached_property
    def name(self) -> str:
        """The name of its field."""
        return naming.name("q", self.question, self.index)

    @cached_property
    def ident(self) -> str:
        """What it is called within the page."""
        return "-".join(map(str, ("i", self.question.number, *self.index)))

    @cached_property
    def holds_answer(self) -> bool:
        """Whether it, or anything below it, was answered."""
        return self.typed.answered or any(child.holds_answer for child in self.children)

    @property
    def shown(self) -> bool:
        """Whether a person sees it."""
        return self.enabled or self.holds_answer

    @property
    def surplus(self) -> bool:
        """Whether it was answered although the other answers do not ask for it."""
        return self.typed.answered and not self.enabled

    def part(self, letter: str) -> str:
        """The name of the field of another of its parts."""
        return naming.name(letter, self.question, self.index)

    @property
    def counter(self) -> str:
        """The name of the field that says how often it repeats."""
        return naming.name("n", self.question, self.index[:-1])

    def walk(self) -> Iterator["Asked"]:
        """Itself and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Page:
    """One step as it is filled in."""

    title: str
    asked: tuple[Asked, ...]

    @property
    def shown(self) -> bool:
        """Whether there is anything to see on it."""
        return any(one.shown and one.question.kind != "group" for one in self.walk())

    def walk(self) -> Iterator[Asked]:
        """Everything on it, in order."""
        for one in self.asked:
            yield from one.walk()


def fill(steps: Sequence[Step], form: Form, fields: Fields) -> tuple[Page, ...]:
    """The pages with what the fields hold."""
    questions = {below.item.link_id: below for step in steps for one in step.questions for below in one.walk()}
    filling = _Filling(form, fields, questions)
    return tuple(Page(step.title, tuple(one for question in step.questions for one in filling.asked(question, (), True))) for step in steps)


@dataclass(frozen=True)
class _Filling:
    form: Form
    fields: Fields
    questions: Mapping[str, Question]
    _answers: dict[tuple[int, Index], list[Any]] = field(default_factory=dict)

    def asked(self, question: Question, outer: Index, around: bool) -> Iterator[Asked]:
        """The question in each of its slots; `around` says that all that it stands in is enabled."""
        slots = self._slots(question, outer)
        for position in range(slots):
            index = (*outer, position) if question.slots else outer
            tests = tuple(self._tests(question, outer))
            typed = naming.typed(question, index, self.fields)
            enabled = around and self._enabled(question, tests)
            open_below = enabled and (not question.answerable or bool(typed.values))
            children = tuple(one for child in question.children for one in self.asked(child, index, open_below))
            place, of = (position + 1, slots) if question.slots else (0, 0)
            yield Asked(question, index, typed, enabled, tests, place, of, children)

    def _slots(self, question: Question, outer: Index) -> int:
        if not question.slots:
            return 1
        told = self.fields.get(naming.name("n", question, outer), ("1",))[-1]
        wanted = int(told) if naming.COUNT.fullmatch(told) else 1
        return min(naming.MOST_SLOTS, max(1, wanted, question.item.min_occurs or 1))

    def _enabled(self, question: Question, tests: Sequence[Test]) -> bool:
        """False only for what is surely not enabled: what cannot be told is asked."""
        met = [self._state(test) is not False for test in tests]
        if not met:
            return True
        return all(met) if question.item.all_conditions else any(met)

    def _state(self, test: Test) -> enabling.State:
        """By what all the near occurrences say; unknown where they differ."""
        states = {enabling.met(test.condition, self._values(test.target, occurrence)) for occurrence in test.near}
        return states.pop() if len(states) == 1 else None

    def _values(self, target: Question, occurrence: Sequence[Index]) -> list[Any]:
        return [value for index in occurrence for value in self._answers.setdefault((target.number, index), self._answer(target, index))]

    def _answer(self, target: Question, index: Index) -> list[Any]:
        return [value for _, value in naming.typed(target, index, self.fields).values]

    def _tests(self, question: Question, outer: Index) -> Iterator[Test]:
        """The nearest occurrences: those in the same slots of all that repeats around both items."""
        for condition in question.item.conditions:
            target = self.questions.get(condition.question)
            if target is not None:
                yield Test(target, condition, tuple(self._occurrences(target, outer[: _shared(question, target)])))

    def _occurrences(self, target: Question, start: Index) -> Iterator[tuple[Index, ...]]:
        """The answers of a question that repeats are of one occurrence."""
        around = target.repeating[:-1] if target.slots and target.answerable else target.repeating
        for place in self._places(around, start[: len(around)]):
            yield tuple(self._places(target.repeating, (*place, *start[len(around) :])))

    def _places(self, repeating: Sequence[str], start: Index) -> Iterator[Index]:
        """Every slot of the last of these repeating items that lies within `start`."""
        if len(start) == len(repeating):
            yield start
            return
        for slot in range(self._slots(self.questions[repeating[len(start)]], start)):
            yield from self._places(repeating, (*start, slot))


def _shared(question: Question, target: Question) -> int:
    """How many repeating items are around both, from the outermost inwards; a question that this one stands under counts."""
    own = question.repeating[:-1] if question.slots else question.repeating
    pairs = zip(own, target.repeating, strict=False)
    return next((depth for depth, (one, other) in enumerate(pairs) if one != other), min(len(own), len(target.repeating)))
