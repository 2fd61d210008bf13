"""What the writers of cards look at: release, facts and evaluation together, and the words for coded values."""

import hashlib
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from cds.assessment import words
from cds.dmn.evaluation import Evaluation, RuleResult
from cds.dmn.model import DecisionTable, requirement
from cds.facts import Facts
from cds.values.assessment import Triage
from cds.values.order import Drafts
from cds.values.release import CardContent, Release

REVIEW_DAY = "review-day"
REVIEW_DATE = "review-date"
HOURS_SPOKEN = 48
DAY, WEEK = 24, 168
VARIANT = "89ab"


@dataclass(frozen=True)
class View:
    """Everything that one assessment rests on; `drafts` are the orders that its cards speak of.

    `cited` are the rules of the one card that is written, where it shows no others.
    """

    release: Release
    facts: Facts
    evaluation: Evaluation
    triage: Triage
    decision_id: str
    at: datetime
    drafts: Drafts = field(default_factory=Drafts)
    cited: tuple[str, ...] = ()

    @property
    def content(self) -> CardContent:
        """The words of the release."""
        return self.release.cards

    def value(self, name: str) -> Any:
        """The value of a fact or a decision; None when unknown."""
        if name in self.evaluation.decisions:
            return self.evaluation.value(name)
        fact = self.facts.known.get(name)
        return fact.value if fact else None

    def rules(self, decision: str) -> tuple[str, ...]:
        """The ids of the rules that a decision gave."""
        return self.evaluation.decisions[decision].rules

    def outputs(self, decision: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each rule that a decision gave, with its outputs."""
        result = self.evaluation.decisions[decision]
        return zip(result.rules, result.outputs, strict=bool(result.outputs))

    def word(self, name: str, value: Any) -> str:
        """The words for a value of a fact or decision."""
        return words.word(self.release, name, value)

    def within(self, hours: int | None) -> str:
        """A time limit in words: now, hours up to two days, then days or whole weeks; empty when there is none."""
        phrases = self.content.phrases
        if hours is None:
            return ""
        if not hours:
            return phrases["now"]
        if hours <= HOURS_SPOKEN:
            return phrases["hours"].format(n=hours)
        if hours % WEEK:
            return phrases["days"].format(n=hours // DAY)
        return phrases["week"] if hours == WEEK else phrases["weeks"].format(n=hours // WEEK)

    def missing(self) -> tuple[str, ...]:
        """The names of the safety items that must still be asked."""
        return self.value(self.content.roles.missing) or ()

    def holds(self, when: Mapping[str, str]) -> bool:
        """Whether every named fact or decision has the given value; `missing` counts the open questions, `stale` is yes or no."""
        return all(self._is(name, value) for name, value in when.items())

    def _is(self, name: str, value: str) -> bool:
        if name == "missing":
            return str(len(self.missing())) == value
        if name == "stale":
            return self.facts.stale == (value == "yes")
        return bool(self.value(name) == value)

    def fill(self, text: str, outputs: Mapping[str, Any] | None = None) -> str:
        """The text with each `{name}` replaced by the words of that fact, decision or output."""
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        return text.format_map({name: self._filled(name, outputs or {}) for name in names})

    def _filled(self, name: str, outputs: Mapping[str, Any]) -> str:
        if name == "within":
            return self.within(self.triage.within_hours)
        if name == "missing":
            return str(len(self.missing()))
        if name == REVIEW_DATE:
            return self._review_date(outputs.get(REVIEW_DAY) or self.any_output(REVIEW_DAY))
        return self.word(name, outputs.get(name, self.any_output(name) if name == REVIEW_DAY else self.value(name)))

    def any_output(self, name: str) -> Any:
        """The first value that any decision gave for an output of that name."""
        given = (output.get(name) for result in self.evaluation.decisions.values() for output in result.outputs)
        return next((value for value in given if value is not None), None)

    def _review_date(self, day: Decimal) -> str:
        days = self.value(self.content.roles.days)
        return (self.at + timedelta(days=int(day) - int(days))).date().isoformat()

    def identifier(self, *parts: str) -> str:
        """A version 4 UUID that follows from the decision and the parts, so that a replay gives the same card."""
        seed = hashlib.sha256("|".join((self.decision_id, *parts)).encode()).hexdigest()
        return f"{seed[:8]}-{seed[8:12]}-4{seed[13:16]}-{VARIANT[int(seed[16], 16) % 4]}{seed[17:20]}-{seed[20:32]}"

    def tested(self, rule: str) -> tuple[str, ...]:
        """The inputs of the alternative by which a rule matched."""
        return self._results[rule].tested if rule in self._results else ()

    def grounds(self, rules: tuple[str, ...]) -> tuple[str, ...]:
        """The names of the known facts that the rules tested, through the decisions between them, in order."""
        found: dict[str, None] = {}
        self._descend(rules, found, set())
        return tuple(name for name in self.release.facts.facts if name in found)

    @cached_property
    def _results(self) -> Mapping[str, RuleResult]:
        """Each rule that matched or stayed open, by id."""
        return {one.rule: one for result in self.evaluation.decisions.values() for one in result.results}

    def _descend(self, rules: tuple[str, ...], found: dict[str, None], seen: set[str]) -> None:
        for rule in rules:
            self._note(self.tested(rule), found, seen)

    def _note(self, names: tuple[str, ...], found: dict[str, None], seen: set[str]) -> None:
        for name in names:
            if name in self.facts.known:
                found[name] = None
            self._open(requirement(name), found, seen)

    def _open(self, decision: str, found: dict[str, None], seen: set[str]) -> None:
        """Through a table by the rules that it gave, through anything else by all that it requires.

        Of a table that gave none there is nothing to name but all that it might have asked, which the lists of what was denied and left open say.
        """
        if decision in seen or decision not in self.evaluation.decisions:
            return
        seen.add(decision)
        logic = self.release.model.decision(decision)
        if isinstance(logic.logic, DecisionTable):
            self._descend(tuple(rule for rule in self.rules(decision) if rule in self._results), found, seen)
        else:
            self._note(logic.requires, found, seen)
