"""What was sent of one form: its pages, what is wrong with them, and the QuestionnaireResponse that can be decided from.

Our validator alone judges the answers, and nothing that it finds keeps a person from advice: what cannot be used is left out and named.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cds.fhir import items, limits
from cds.fhir.filling import carrying, sheet, slotting, telling, writing
from cds.fhir.filling.asking import Step
from cds.fhir.filling.carrying import Marks
from cds.fhir.filling.fields import COUNT, Fields
from cds.fhir.filling.sheet import Asked, Page
from cds.fhir.filling.telling import Fault
from cds.fhir.filling.writing import Written
from cds.fhir.questionnaire import Form
from cds.fhir.validation import response as validation
from cds.foundation.errors import Diagnostic, NotProcessable
from cds.values.release import Release

FINISHED, UNFINISHED = "completed", "in-progress"
ADD, DROP = "add", "drop"
_ALL = 2
_ROUNDS = 6
"""How often answers that refuse the response are left out one by one before those that conform are looked for."""
_TRIES = 60
"""How many responses are tried in that search."""


@dataclass(frozen=True)
class Filled:
    """One form of a release as it was sent."""

    steps: tuple[Step, ...]
    form: Form
    release: Release
    at: datetime
    sent: Fields

    @cached_property
    def marks(self) -> Marks:
        """Where the person is and what they asked for."""
        return carrying.marks(self.sent, len(self.steps))

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Every step, with one slot more or less where that was asked for."""
        pages = sheet.fill(self.steps, self.form, self.sent)
        wanted, _, counter = self.marks.go.partition(" ")
        position, _, dropped = counter.partition(" ")
        if wanted == ADD:
            return sheet.fill(self.steps, self.form, slotting.added(pages, self.sent, counter))
        if wanted == DROP and COUNT.fullmatch(position):
            return sheet.fill(self.steps, self.form, slotting.taken_away(pages, self.sent, dropped, int(position)))
        return pages

    def places(self) -> list[int]:
        """The steps on which there is anything to see."""
        return [place for place, page in enumerate(self.pages) if page.shown]

    def asked(self) -> Iterator[Asked]:
        """Everything in every step."""
        return (one for page in self.pages for one in page.walk())

    def is_full(self) -> bool:
        """Whether it has as many items as a response may have."""
        return sum(1 for _ in self.asked()) >= limits.MAX_ITEMS

    def notices(self) -> tuple[Asked, ...]:
        """What the answers bring up as a text, in any step."""
        return tuple(one for one in self.asked() if one.question.urgent and one.enabled)

    def causes(self) -> frozenset[str]:
        """What brings up these notices."""
        return frozenset(cause for notice in self.notices() for cause in notice.causes)

    def fresh(self, page: Page) -> list[Asked]:
        """What is asked by now and was not when the page was shown."""
        return [one for one in page.walk() if one.enabled and one.question.answerable and one.name not in self.marks.shown]

    def faults(self, page: Page) -> tuple[Fault, ...]:
        """What is wrong with what was shown; what is no FHIR at all keeps the rules of the form from being tried, so it is left out first."""
        shown = {asked.name for asked in page.walk() if asked.shown and asked.name in self.marks.shown}
        found: dict[str, Fault] = {}
        without: Counter[str] = Counter()
        for _ in range(2):
            written, problems = self.written(FINISHED, without)
            found |= {fault.asked.name: fault for fault in telling.faults(page, written, problems) if fault.asked.name not in found}
            without.update({name: _ALL for name in telling.unusable(written, validation.refusals(problems))})
        return tuple(found[asked.name] for asked in page.walk() if asked.name in found and asked.name in shown)

    def usable(self, status: str) -> Written:
        """The response without what would refuse it: what it has no room for, then single answers, and at last all but what conforms.

        Raises NotProcessable only where not even a response without answers is one.
        """
        names = self._by_weight()
        room = self._room(names)
        without = Counter(dict.fromkeys(names[room:], _ALL))
        for _ in range(_ROUNDS):
            written, problems = self.written(status, without)
            refusals = validation.refusals(problems)
            if not refusals:
                return written
            found = telling.unusable(written, refusals)
            if not found:
                break
            without.update(found.keys())
        return self._conforming(status, names, room)

    def written(self, status: str, without: Mapping[str, int]) -> tuple[Written, list[Diagnostic]]:
        """The response without these, as `writing.write` has it, and what is wrong with it."""
        written = writing.write(self.pages, self.form, status=status, authored=self.at, without=without)
        return written, validation.validate(written.response, self.form, at=self.at, definitions=self.release.facts)

    def _conforming(self, status: str, names: tuple[str, ...], room: int) -> Written:
        search = _Search(self, status, names, iter(range(_TRIES)))
        written, problems = self.written(status, search.without(search.extended((), names[:room])))
        refusals = validation.refusals(problems)
        if refusals:
            raise NotProcessable("The answers cannot be used. Start the form again, or send them to `$evaluate`.", more=tuple(refusals))
        return written

    def _room(self, names: Sequence[str]) -> int:
        """How many of these fields a response can have."""

        def exceeds(count: int) -> bool:
            without = dict.fromkeys(names[count:], _ALL)
            response = writing.write(self.pages, self.form, status=UNFINISHED, authored=self.at, without=without).response
            return limits.exceeds(response, limits.MAX_NODES) or not items.fits(response)

        return bisect_left(range(1, len(names) + 1), True, key=exceeds) if exceeds(len(names)) else len(names)

    def _by_weight(self) -> tuple[str, ...]:
        """The answered fields: first what notices come from, then what stands in no added slot, each in the order of the form."""
        around = {name for notice in self.notices() for name in (*notice.question.item.parents, notice.question.item.link_id)}
        behind = {condition.question for name in around for condition in self.form.items[name].conditions}
        weighed = [(one.question.item.link_id not in behind, any(one.index), one.name) for one in self.asked() if one.typed.values]
        return tuple(name for *_, name in sorted(weighed, key=lambda one: one[:2]))


@dataclass(frozen=True)
class _Search:
    """The search for answers that conform together; `names` are all, those that matter most first."""

    filled: Filled
    status: str
    names: tuple[str, ...]
    tries: Iterator[int]

    def without(self, kept: Sequence[str]) -> Mapping[str, int]:
        return dict.fromkeys(frozenset(self.names).difference(kept), _ALL)

    def extended(self, kept: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
        """With as many more as conform; halves what does not, so that one wrong answer among many is found soon."""
        if not more or next(self.tries, None) is None:
            return kept
        if not validation.refusals(self.filled.written(self.status, self.without((*kept, *more)))[1]):
            return (*kept, *more)
        half = len(more) // 2
        return self.extended(self.extended(kept, more[:half]), more[half:]) if half else kept
