"""Decision tables over values with conditions: which rules match, which decide, and what comes out (DMN 1.5, 8.2.8)."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cds.dmn import hit_policies
from cds.dmn.analysis.findings import Kind
from cds.dmn.analysis.symbolic import cells, expressions, lists, operators, values
from cds.dmn.analysis.symbolic.scopes import Scope
from cds.dmn.analysis.symbolic.terms import FALSE, TRUE, Condition, Terms
from cds.dmn.analysis.symbolic.values import NULL, Case, Record, Unsupported, Value
from cds.dmn.feel import ast
from cds.dmn.model import Clause, DecisionTable, HitPolicy, Rule


@dataclass(frozen=True)
class Fault:
    """Inputs that the hit policy or a type forbids: the kind of finding, its rules, the output, and when."""

    kind: Kind
    rules: tuple[str, ...]
    clause: str
    condition: Condition


@dataclass(frozen=True)
class Outcome:
    """A table: its value, the ids of the rules that gave it, when each rule decides, when none matches, and its faults.

    A rule decides when it matches and no rule takes its place. `rows` has, for each rule, when it decides by each of its alternatives.
    """

    value: Value
    rules: Value
    hits: Mapping[str, Condition]
    rows: Mapping[str, tuple[Condition, ...]]
    unmatched: Condition
    faults: tuple[Fault, ...]


def outcome(table: DecisionTable, scope: Scope) -> Outcome:
    """What the table gives; Unsupported names the construct that is not had."""
    terms = scope.terms
    rows = _Rows(table, scope).conditions()
    matched = {rule.id: terms.some(rows[rule.id]) for rule in table.rules}
    order = _order(table)
    hits = dict(matched)
    if table.hit_policy in (HitPolicy.FIRST, HitPolicy.PRIORITY):
        hits = dict(zip((rule.id for rule in order), terms.first(matched[rule.id] for rule in order), strict=True))
    outputs = {rule.id: _outputs(table, rule, scope) for rule in table.rules}
    unmatched = -terms.some(matched.values())
    return Outcome(
        value=_value(table, order, hits, outputs, unmatched, scope),
        rules=values.listed((hits[rule.id], values.only(rule.id)) for rule in order),
        hits=hits,
        rows={name: tuple(terms.both(row, hits[name]) for row in rows[name]) for name in rows},
        unmatched=unmatched,
        faults=tuple(fault for fault in _faults(table, hits, outputs, unmatched, scope) if fault.condition != FALSE),
    )


class _Rows:
    """Each distinct cell of a column once."""

    def __init__(self, table: DecisionTable, scope: Scope) -> None:
        self.table = table
        self.scope = scope
        self.columns = {clause.name: _read(clause, scope) for clause in table.inputs}
        self.known: dict[tuple[str, ast.UnaryTests], Condition] = {}

    def conditions(self) -> dict[str, tuple[Condition, ...]]:
        """When each alternative of each rule matches."""
        return {rule.id: tuple(self.row(row) for row in rule.when) for rule in self.table.rules}

    def row(self, row: Mapping[str, ast.UnaryTests]) -> Condition:
        """When the alternative matches."""
        return self.scope.terms.every(self.cell(name, tests) for name, tests in row.items())

    def cell(self, name: str, tests: ast.UnaryTests) -> Condition:
        """When the cell is true."""
        place = (name, tests)
        if place not in self.known:
            self.known[place] = cells.truth(tests, self.columns[name], self.scope)[0]
        return self.known[place]


def by_test(table: DecisionTable, scope: Scope, hits: Mapping[str, Condition]) -> Iterator[tuple[str, int, str, ast.UnaryTest, Condition]]:
    """For each test of a cell that has several: its rule, alternative and input, and when the rule decides by it."""
    rows = _Rows(table, scope)
    for rule in table.rules:
        for number, row in enumerate(rule.when):
            whole = rows.row(row)
            for name, tests in row.items():
                for test in tests if len(tests) > 1 else ():
                    yield rule.id, number, name, test, scope.terms.both(hits[rule.id], whole, rows.cell(name, (test,)))


def _read(clause: Clause, scope: Scope) -> Value:
    return expressions.evaluate(clause.expression, scope) if clause.expression is not None else scope.value(clause.name)


def _order(table: DecisionTable) -> list[Rule]:
    """The rules in the order in which they decide or are listed."""
    if table.hit_policy not in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
        return list(table.rules)
    return sorted(table.rules, key=lambda rule: _priority(table, rule))


def _priority(table: DecisionTable, rule: Rule) -> list[int]:
    """The rank of each output in the order of its values, the first the highest (DMN 1.5, 8.2.8.2)."""
    entries = [(hit_policies.order(clause), rule.then.get(clause.name, ast.Constant(None))) for clause in table.outputs]
    if any(ordered and not isinstance(entry, ast.Constant) for ordered, entry in entries):
        raise Unsupported("a priority of outputs that are computed")
    ranked = [(ordered, entry.value) for ordered, entry in entries if isinstance(entry, ast.Constant)]
    return [ordered.index(value) if value in ordered else len(ordered) for ordered, value in ranked]


Outputs = Mapping[str, Value]
Hits = Mapping[str, Condition]


def _outputs(table: DecisionTable, rule: Rule, scope: Scope) -> Outputs:
    return {clause.name: _entry(rule.then.get(clause.name), scope) for clause in table.outputs}


def _entry(expression: ast.Expression | None, scope: Scope) -> Value:
    return NULL if expression is None else expressions.evaluate(expression, scope)


def _whole(outputs: Outputs) -> Value:
    return next(iter(outputs.values())) if len(outputs) == 1 else values.only(Record(outputs))


def _value(table: DecisionTable, order: list[Rule], hits: Hits, outputs: Mapping[str, Outputs], unmatched: Condition, scope: Scope) -> Value:
    terms = scope.terms
    found = [(hits[rule.id], _whole(outputs[rule.id])) for rule in order]
    if table.hit_policy.single:
        parts = zip(terms.first(guard for guard, _ in found), (value for _, value in found), strict=True)
        return _merged(terms, [*parts, (unmatched, _default(table, scope))])
    whole = values.listed(found)
    if table.hit_policy.aggregates:
        whole = lists.FUNCTIONS[hit_policies.AGGREGATES[table.hit_policy]](terms, (whole,))
    if all(clause.default is None for clause in table.outputs):
        return whole
    default = _default(table, scope)
    return values.chosen(terms, unmatched, default if table.hit_policy.aggregates else values.listed([(TRUE, default)]), whole)


def _merged(terms: Terms, parts: Iterable[tuple[Condition, Value]]) -> Value:
    cases: list[Case] = [(terms.both(guard, case), ground) for guard, value in parts for case, ground in value.cases]
    return values.union(terms, cases)


def _default(table: DecisionTable, scope: Scope) -> Value:
    if all(clause.default is None for clause in table.outputs):
        return NULL
    return _whole({clause.name: _entry(clause.default, scope) for clause in table.outputs})


def _faults(table: DecisionTable, hits: Hits, outputs: Mapping[str, Outputs], unmatched: Condition, scope: Scope) -> Iterator[Fault]:
    terms = scope.terms
    if table.hit_policy in (HitPolicy.UNIQUE, HitPolicy.ANY):
        for a, b in itertools.combinations(table.rules, 2):
            both = terms.both(hits[a.id], hits[b.id])
            if table.hit_policy is HitPolicy.UNIQUE:
                yield Fault(Kind.OVERLAP, (a.id, b.id), "", both)
            elif both != FALSE:
                same = operators.equal(terms, _whole(outputs[a.id]), _whole(outputs[b.id]))
                yield Fault(Kind.DISAGREEMENT, (a.id, b.id), "", terms.both(both, -same))
    for clause in (clause for clause in table.outputs if not clause.item.nullable):
        for rule in table.rules:
            missing = values.when(terms, outputs[rule.id][clause.name], None)
            yield Fault(Kind.GAP, (rule.id,), clause.name, terms.both(hits[rule.id], missing))
        if table.hit_policy.single or any(other.default is not None for other in table.outputs):
            without = values.when(terms, _entry(clause.default, scope), None)
            yield Fault(Kind.GAP, (), clause.name, terms.both(unmatched, without))
