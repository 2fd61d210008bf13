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
from cds.foundation import canonical

Index = tuple[int, ...]

_WITHOUT_ANSWER = ("group", "display", "unasked")
"""What stands under these waits for no answer to them."""


@dataclass(frozen=True)
class Test:
    """One condition of an item in one slot: the other question, what it is compared with, and the slots that are near.

    Each of `near` is one occurrence of the other question: the index of each of its answers. A silent question has its values where
    all of its `guards` hold, those of one occurrence for each of `near`.
    """

    target: Question
    condition: Condition
    near: tuple[tuple[Index, ...], ...]
    guards: tuple[tuple["Guard", ...], ...] = ()


@dataclass(frozen=True)
class Guard:
    """The conditions of one item: all of them must hold, or any."""

    all: bool
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Asked:
    """A question in one slot.

    `position` counts the slots of an item that repeats, from 1, `of` says how many there are; both are 0 for one that does not repeat.
    `causes` name what brings up a notice: other answers, other names.
    """

    question: Question
    index: Index
    typed: Typed
    enabled: bool
    tests: tuple[Test, ...]
    position: int
    of: int
    causes: tuple[str, ...]
    children: tuple["Asked", ...]

    @cached_property
    def name(self) -> str:
        """The name of its field."""
        return naming.name("q", self.question, self.index)

    @cached_property
    def ident(self) -> str:
        """What it is called within the page."""
        return self._called(self.index)

    @property
    def first_ident(self) -> str:
        """What the first slot of an item that repeats is called."""
        return self._called((*self.index[:-1], 0))

    def _called(self, index: Index) -> str:
        return "-".join(map(str, ("i", self.question.number, *index)))

    @cached_property
    def holds_answer(self) -> bool:
        """Whether it, or anything below it, was answered."""
        return self.typed.answered or any(child.holds_answer for child in self.children)

    @property
    def shown(self) -> bool:
        """Whether a person sees it."""
        return not self.question.silent and (self.enabled or self.holds_answer)

    @property
    def surplus(self) -> bool:
        """Whether it was answered although the other answers do not ask for it."""
        return self.typed.answered and not self.enabled

    @property
    def may_grow(self) -> bool:
        """Whether it may have one more slot; asked of the last."""
        return 0 < self.position == self.of < naming.most(self.question)

    @property
    def may_go(self) -> bool:
        """Whether this slot may be taken away."""
        return self.of > naming.least(self.question)

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
    return tuple(Page(step.title, tuple(one for question in step.questions for one in filling.asked(question, _Above()))) for step in steps)


@dataclass(frozen=True)
class _Above:
    """Where an item stands: the slots around it, whether all around is enabled, and the conditions of the groups around it."""

    index: Index = ()
    enabled: bool = True
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True)
class _Filling:
    form: Form
    fields: Fields
    questions: Mapping[str, Question]
    _answers: dict[tuple[int, Index], list[Any]] = field(default_factory=dict)

    def asked(self, question: Question, above: _Above) -> Iterator[Asked]:
        """The question in each of its slots."""
        slots = self._slots(question, above.index)
        tests = tuple(self._tests(question, above.index))
        enabled = above.enabled and self._holds(Guard(question.item.all_conditions, tests))
        for position in range(slots):
            index = (*above.index, position) if question.slots else above.index
            typed = naming.typed(question, index, self.fields) if enabled or not question.silent else Typed()
            asked_below = enabled and (question.kind in _WITHOUT_ANSWER or bool(typed.values))
            below = _Above(index, asked_below, (*above.tests, *tests) if question.kind == "group" else above.tests)
            yield Asked(
                question=question,
                index=index,
                typed=typed,
                enabled=enabled,
                tests=tests,
                position=position + 1 if question.slots else 0,
                of=slots if question.slots else 0,
                causes=tuple(self._causes(question, index, (*above.tests, *tests))) if question.urgent else (),
                children=tuple(one for child in question.children for one in self.asked(child, below)),
            )

    def _slots(self, question: Question, outer: Index) -> int:
        if not question.slots:
            return 1
        told = self.fields.get(naming.name("n", question, outer), ("1",))[-1]
        wanted = int(told) if naming.COUNT.fullmatch(told) else 1
        return min(naming.most(question), max(naming.least(question), wanted))

    def _holds(self, guard: Guard) -> bool:
        """False only for what surely does not hold: what cannot be told is asked."""
        met = [self._state(test) is not False for test in guard.tests]
        if not met:
            return True
        return all(met) if guard.all else any(met)

    def _state(self, test: Test) -> enabling.State:
        """By what all the near occurrences say; unknown where they differ."""
        states = {enabling.met(test.condition, values) for values in self._said(test)}
        return states.pop() if len(states) == 1 else None

    def _said(self, test: Test) -> Iterator[list[Any]]:
        """What each occurrence of the other question says."""
        for place, occurrence in enumerate(test.near):
            there = not test.guards or all(map(self._holds, test.guards[place]))
            yield [value for index in occurrence for value in self._answer(test.target, index)] if there else []

    def _answer(self, target: Question, index: Index) -> list[Any]:
        key = target.number, index
        if key not in self._answers:
            self._answers[key] = [value for _, value in naming.typed(target, index, self.fields).values]
        return self._answers[key]

    def _causes(self, question: Question, index: Index, tests: Sequence[Test]) -> Iterator[str]:
        """A name for the notice itself where no condition of it can be told."""
        named = [*index, question.item.link_id]
        for test in tests:
            if self._state(test) is not False:
                condition = test.condition
                about = [named, condition.question, condition.operator, condition.answer, list(self._said(test))]
                yield canonical.digest(canonical.dumps(about))
        if not tests:
            yield canonical.digest(canonical.dumps(named))

    def _tests(self, question: Question, outer: Index, passed: frozenset[str] = frozenset()) -> Iterator[Test]:
        """The nearest occurrences: those in the same slots of all that repeats around both items. `passed` are silent items on the way."""
        for condition in question.item.conditions:
            target = self.questions.get(condition.question)
            if target is not None:
                near = tuple(self._occurrences(target, outer[: _shared(question, target)]))
                silent = target.silent and target.item.link_id not in passed
                guards = tuple(tuple(self._guards(target, one[0], passed)) for one in near) if silent else ()
                yield Test(target, condition, near, guards)

    def _guards(self, target: Question, index: Index, passed: frozenset[str]) -> Iterator[Guard]:
        """What a silent item needs to be enabled; where that depends on itself, it counts as enabled."""
        for name in (*target.item.parents, target.item.link_id):
            one = self.questions[name]
            outer = index[: len(one.repeating) - one.slots]
            yield Guard(one.item.all_conditions, tuple(self._tests(one, outer, passed | {target.item.link_id})))
            if one is not target and one.kind not in _WITHOUT_ANSWER:
                there = Condition(name, "exists", True, "answerBoolean")
                yield Guard(True, (Test(one, there, ((index[: len(one.repeating)],),)),))

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
