"""What a mutant of a decision gives for one input, worked out from what the decision gives: only changed rules are tested again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cds.dmn import evaluation, tables
from cds.dmn.evaluation import DecisionResult
from cds.dmn.feel import ast, interpreter
from cds.dmn.model import Decision, DecisionTable, HitPolicy, Rule
from cds.foundation.errors import CdsError

ANY: ast.UnaryTests = (ast.Anything(),)

LISTS = (HitPolicy.RULE_ORDER, HitPolicy.COLLECT)
"""Where all rules that match, in the order of the table, are the rules that give the result."""

Matched = Mapping[str, int]
"""Rules by id, with the identity of their outputs."""


@dataclass(frozen=True, eq=False)
class Given:
    """One input of a decision, and what it gives."""

    values: Mapping[str, Any]
    result: DecisionResult

    @cached_property
    def matched(self) -> frozenset[str]:
        """The rules that matched, those included that the hit policy left out."""
        return frozenset(one.rule for one in self.result.results if one.truth)


def given(decision: Decision, values: Mapping[str, Any]) -> Given:
    """The decision evaluated on one input."""
    return Given(values, evaluation.evaluate_decision(decision, values))


@dataclass(frozen=True, eq=False)
class Contrast:
    """A decision and a mutant of it; a rule that both have is the same object in both."""

    decision: Decision
    mutant: Decision

    def tells(self, before: Given) -> bool:
        """Whether the mutant gives something else for this input, or nothing that may be given."""
        if isinstance(self.mutant.logic, DecisionTable) and self.mutant.logic.hit_policy in LISTS and not self._moved:
            was, now = self._shift(before)
            if was == now or was.keys() != now.keys():
                return was != now
        try:
            return self.changed(before) is not None
        except CdsError:
            return True

    def changed(self, before: Given) -> DecisionResult | None:
        """What the mutant gives where that is something else, else None; CdsError where it gives nothing that may be given."""
        table = self.mutant.logic
        after = self._table(table, before) if isinstance(table, DecisionTable) else evaluation.evaluate_decision(self.mutant, before.values)
        if after is None or (after.value, after.rules) == (before.result.value, before.result.rules):
            return None
        return after

    def _table(self, table: DecisionTable, before: Given) -> DecisionResult | None:
        was, now = self._shift(before)
        if was == now and not self._moved:
            return None
        matched = before.matched - was.keys() | now.keys()
        hits = [rule for rule in table.rules if rule.id in matched]
        return decided(self.mutant.name, table, hits[:1] if table.hit_policy is HitPolicy.FIRST else hits, before.values)

    def _shift(self, before: Given) -> tuple[Matched, Matched]:
        """Of the rules that differ, those that match in the decision, and in the mutant."""
        if self._cell and self._alike(before.values[self._cell[0]]):
            return {}, {}
        was = {identifier: id(rule.then) for identifier, rule in self._gone.items() if identifier in before.matched}
        now = {identifier: id(rule.then) for identifier, rule in self._fresh.items() if self._matches(rule, before)}
        return was, now

    def _alike(self, value: Any) -> bool:
        """Whether the one cell that differs holds for this value in both, or in neither."""
        if value not in self._known and self._cell:
            _, old, new = self._cell
            self._known[value] = bool(interpreter.matches(old, value)) == bool(interpreter.matches(new, value))
        return self._known[value]

    @cached_property
    def _known(self) -> dict[Any, bool]:
        return {}

    @cached_property
    def _cell(self) -> tuple[str, ast.UnaryTests, ast.UnaryTests] | None:
        """The column and its two cells where that is all that differs."""
        if len(self._fresh) != 1 or self._fresh.keys() != self._gone.keys():
            return None
        (new,), (old,) = self._fresh.values(), self._gone.values()
        if new.then is not old.then or len(new.when) != len(old.when):
            return None
        pairs = [(a, b) for a, b in zip(old.when, new.when, strict=True) if a is not b]
        cells = [(name, a.get(name, ANY), b.get(name, ANY)) for a, b in pairs for name in {**a, **b} if a.get(name) is not b.get(name)]
        return cells[0] if len(cells) == 1 else None

    def _matches(self, rule: Rule, before: Given) -> bool:
        old = self._gone.get(rule.id)
        if old is not None and old.when is rule.when:
            return rule.id in before.matched
        return any(all(interpreter.matches(tests, before.values[name]) for name, tests in when.items()) for when in rule.when)

    @cached_property
    def _fresh(self) -> Mapping[str, Rule]:
        known = set(map(id, _rules(self.decision)))
        return {rule.id: rule for rule in _rules(self.mutant) if id(rule) not in known}

    @cached_property
    def _gone(self) -> Mapping[str, Rule]:
        known = set(map(id, _rules(self.mutant)))
        return {rule.id: rule for rule in _rules(self.decision) if id(rule) not in known}

    @cached_property
    def _moved(self) -> bool:
        return not self._fresh and not self._gone


def decided(name: str, table: DecisionTable, rules: Sequence[Rule], values: Mapping[str, Any]) -> DecisionResult:
    """What a table gives where exactly these rules match; CdsError where that may not be."""
    every = {clause.name: ast.Constant(None) for clause in table.outputs}
    outputs = tuple({entry: interpreter.evaluate(tree, values) for entry, tree in {**every, **rule.then}.items()} for rule in rules)
    return tables.decided(name, table, tuple(rule.id for rule in rules), outputs, values)


def _rules(decision: Decision) -> tuple[Rule, ...]:
    return decision.logic.rules if isinstance(decision.logic, DecisionTable) else ()
