"""Gaps, overlaps, dead rules and redundant cells, by hand and against brute force over every input."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

from cds.dmn.analysis import tables
from cds.dmn.analysis.findings import Finding, Kind
from cds.dmn.feel import ast
from cds.dmn.model import Clause, Decision, DecisionTable, HitPolicy, ItemDefinition, Rule, Source
from cds.releases import loading
from tests.dmn.analysis import trials
from tests.dmn.analysis.trials import rule

CONTENT = Path(__file__).parents[3] / "cds" / "content" / "low-back-pain"


def of(kind: Kind, decision: Decision) -> list[Finding]:
    return [finding for finding in tables.analyse(decision) if finding.kind is kind]


def test_an_input_without_a_rule_is_a_gap_with_its_region_and_unknown_in_it() -> None:
    rules = (rule("A", "low", {"whole": "< 2"}), rule("B", "high", {"whole": ">= 3"}))
    (unique,) = of(Kind.GAP, trials.decision(["whole"], HitPolicy.UNIQUE, rules))
    assert (unique.severity, unique.witness) in (("error", {"whole": Decimal(2)}), ("error", {"whole": None}))
    assert "whole is `2, unknown`" in unique.text


def test_a_gap_of_an_output_that_may_be_unknown_is_for_information_and_a_default_closes_it() -> None:
    decision = trials.decision(["word"], HitPolicy.FIRST, [rule("A", "low", {"word": "a"})])
    table = trials.table_of(decision)
    optional = replace(table, outputs=(Clause("out", ItemDefinition("string")),))
    assert of(Kind.GAP, replace(decision, logic=optional))[0].severity == "information"
    closed = replace(table, outputs=(replace(table.outputs[0], default=ast.Constant("top")),))
    assert not of(Kind.GAP, replace(decision, logic=closed))


def test_two_rules_that_match_together_are_an_overlap_under_unique() -> None:
    rules = (rule("A", "low", {"whole": "<= 3"}), rule("B", "low", {"whole": ">= 2.5", "word": "a"}))
    (found,) = of(Kind.OVERLAP, trials.decision(["whole", "word"], HitPolicy.UNIQUE, rules))
    assert (found.severity, found.rules, found.witness) == ("error", ("A", "B"), {"whole": Decimal(3), "word": "a"})


def test_rules_that_match_together_disagree_under_any_only_where_an_output_differs() -> None:
    same = (rule("A", "low", {"word": "a"}), rule("B", "low", {}))
    assert not of(Kind.DISAGREEMENT, trials.decision(["word"], HitPolicy.ANY, same))
    (found,) = of(Kind.DISAGREEMENT, trials.decision(["word"], HitPolicy.ANY, (same[0], rule("B", "top", {}))))
    assert (found.severity, found.rules, found.witness) == ("error", ("A", "B"), {"word": "a"})


def test_a_rule_behind_rules_that_together_take_all_it_matches_is_dead_under_first() -> None:
    rules = (rule("A", "low", {"word": "a"}), rule("B", "low", {"word": "b"}), rule("C", "top", {"word": "a, b"}), rule("D", "low", {}))
    (found,) = of(Kind.DEAD, trials.decision(["word"], HitPolicy.FIRST, rules))
    assert (found.severity, found.rules) == ("error", ("A", "B", "C"))
    assert found.witness["word"] in ("a", "b")


def test_a_rule_whose_cell_no_value_meets_is_dead_and_has_no_witness() -> None:
    (found,) = of(Kind.DEAD, trials.decision(["whole"], HitPolicy.COLLECT, [rule("A", "low", {"whole": "> 4"})]))
    assert (found.rules, found.witness) == (("A",), {})


def test_under_priority_the_higher_output_makes_a_rule_dead_wherever_it_stands() -> None:
    rules = (rule("A", "top", {"word": "a"}), rule("B", "low", {}))
    (found,) = of(Kind.DEAD, trials.decision(["word"], HitPolicy.PRIORITY, rules))
    assert found.rules == ("A", "B")
    assert found.text.startswith("The rule A never decides")


def test_an_alternative_that_never_decides_is_told_while_its_rule_lives() -> None:
    rules = (rule("A", "low", {"word": "a"}), rule("B", "top", {"word": "a"}, {"word": "b"}))
    (found,) = of(Kind.DEAD, trials.decision(["word"], HitPolicy.FIRST, rules))
    assert (found.rules, found.witness) == (("B",), {"word": "a"})
    assert "Alternative 1" in found.text


def test_a_rule_that_only_matches_beside_another_is_told_for_information() -> None:
    rules = (rule("A", "low", {"signs": "x, y"}), rule("B", "top", {"signs": "x"}), rule("C", "top", {"word": "a"}))
    (found,) = of(Kind.NEVER_ALONE, trials.decision(["signs", "word"], HitPolicy.COLLECT, rules))
    assert (found.severity, found.rules) == ("information", ("A", "B"))


def test_a_cell_that_only_keeps_out_what_an_earlier_rule_takes_is_redundant() -> None:
    rules = (rule("A", "low", {"word": "a"}), rule("B", "top", {"word": "not(a), unknown", "sure": "b"}))
    (found,) = of(Kind.REDUNDANT, trials.decision(["word", "sure"], HitPolicy.FIRST, rules))
    assert (found.rules, found.cell) == (("B",), "word")


def test_a_rule_that_never_raises_the_maximum_is_redundant() -> None:
    rules = (rule("A", Decimal(2), {"word": "a"}), rule("B", Decimal(1), {"word": "a", "sure": "b"}))
    found = of(Kind.REDUNDANT, trials.decision(["word", "sure"], HitPolicy.COLLECT_MAX, rules))
    assert [(one.rules, one.cell) for one in found] == [(("A", "B"), "")]


def test_what_rests_on_a_test_that_is_no_constant_is_not_analysed_and_says_why() -> None:
    limit = (ast.Satisfies(ast.Binary("<", ast.Name("?"), ast.Name("limit"))),)
    opened = Rule("B", ({"whole": limit},), {"out": ast.Constant("top")}, Source())
    rules = (rule("A", "low", {"whole": "< 2"}), opened)
    found = tables.analyse(trials.decision(["whole"], HitPolicy.UNIQUE, rules))
    assert {finding.kind for finding in found} == {Kind.NOT_ANALYSED}
    assert all("compare with something else than constants" in finding.text for finding in found)


def test_a_question_that_takes_too_many_states_is_not_analysed_and_says_why() -> None:
    rules = (rule("A", "low", {"sure": "a", "number": "< 2"}), rule("B", "low", {"sure": "b", "number": ">= 2"}))
    (found,) = tables.analyse(trials.decision(["sure", "number"], HitPolicy.UNIQUE, rules), most=0)
    assert (found.kind, found.severity) == (Kind.NOT_ANALYSED, "error")
    assert "more than 0 states" in found.text


def test_fifty_independent_warning_signs_are_analysed_without_a_walk_over_their_product() -> None:
    item = ItemDefinition("string", ("yes", "no"))
    inputs = tuple(Clause(f"sign-{number}", item) for number in range(50))
    yes = (ast.Equals("yes"),)
    rules = tuple(Rule(f"R{number}", ({clause.name: yes},), {"rank": ast.Constant(Decimal(4))}, Source()) for number, clause in enumerate(inputs))
    table = DecisionTable(HitPolicy.COLLECT, inputs, (Clause("rank", ItemDefinition("integer")),), rules)
    assert tables.analyse(Decision("signs", table, ()), most=100) == ()


@pytest.mark.parametrize("folder", [path.name for path in sorted(CONTENT.iterdir()) if path.is_dir()])
def test_no_table_of_the_content_has_a_gap_an_overlap_or_a_dead_rule(folder: str) -> None:
    release = loading.draft(CONTENT / folder, name="low-back-pain")
    found = [finding for decision in release.model.decisions for finding in tables.analyse(decision)]
    print(*(f"{finding.kind.value}: {finding.decision}: {finding.text}" for finding in found), sep="\n")
    assert [finding for finding in found if finding.severity == "error" or finding.kind is Kind.NOT_ANALYSED] == []


@given(trials.tables())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_the_findings_are_those_of_brute_force(decision: Decision) -> None:
    found = tables.analyse(decision)
    told = {name: set(question(trials.table_of(decision))) for name, question in QUESTIONS.items()}
    assert {name: set(map(key, (one for one in found if one.kind is name))) for name, key in KEYS.items()} == told


@given(trials.tables())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_every_witness_shows_its_finding(decision: Decision) -> None:
    table = trials.table_of(decision)
    numbers = {one.id: number for number, one in enumerate(table.rules)}
    for finding in tables.analyse(decision):
        if not finding.witness:
            assert finding.kind is Kind.DEAD
            continue
        matched = trials.matched(table, finding.witness)
        if finding.kind is Kind.GAP:
            assert matched == []
        elif finding.kind in (Kind.OVERLAP, Kind.DISAGREEMENT):
            assert {numbers[name] for name in finding.rules} <= set(matched)
        else:
            assert {numbers[name] for name in finding.rules} & set(matched)


def _ranked(table: DecisionTable, matched: list[int]) -> list[int]:
    """Of these rules those that give the result."""
    if table.hit_policy is HitPolicy.PRIORITY:
        rank = {number: trials.OUTPUTS.index(rule.then["out"].value) for number, rule in enumerate(table.rules)}  # type: ignore[union-attr]
        matched = sorted(matched, key=lambda number: rank[number])
    return matched[:1] if table.hit_policy in (HitPolicy.FIRST, HitPolicy.PRIORITY) else matched


def _gap(table: DecisionTable) -> Iterator[bool]:
    if table.hit_policy.single or (table.hit_policy.aggregates and table.hit_policy is not HitPolicy.COLLECT_COUNT):
        yield from (True for at in trials.inputs_of(table) if not trials.matched(table, at))


def _pairs(table: DecisionTable) -> Iterator[tuple[str, ...]]:
    for at in trials.inputs_of(table):
        matched = trials.matched(table, at)
        for one in matched:
            for other in matched:
                if one < other:
                    yield table.rules[one].id, table.rules[other].id


def _overlaps(table: DecisionTable) -> Iterator[tuple[str, ...]]:
    return _pairs(table) if table.hit_policy is HitPolicy.UNIQUE else iter(())


def _disagreements(table: DecisionTable) -> Iterator[tuple[str, ...]]:
    outputs = {rule.id: rule.then for rule in table.rules}
    for one, other in _pairs(table) if table.hit_policy is HitPolicy.ANY else ():
        if outputs[one] != outputs[other]:
            yield one, other


def _lives(table: DecisionTable, number: int, line: int) -> bool:
    """Whether an alternative ever decides: it matches, and no rule comes before its own."""
    when = table.rules[number].when[line]
    return any(number in _ranked(table, trials.matched(table, at)) for at in trials.inputs_of(table) if trials.holds(when, at))


def _living(table: DecisionTable) -> list[int]:
    return [number for number, rule in enumerate(table.rules) if any(_lives(table, number, line) for line in range(len(rule.when)))]


def _dead(table: DecisionTable) -> Iterator[tuple[str, str]]:
    living = _living(table)
    for number, one in enumerate(table.rules):
        if number not in living:
            yield one.id, "rule"
        else:
            yield from ((one.id, f"Alternative {line + 1}") for line in range(len(one.when)) if not _lives(table, number, line))


def _never_alone(table: DecisionTable) -> Iterator[str]:
    if table.hit_policy not in (HitPolicy.FIRST, HitPolicy.PRIORITY):
        alone = {matched[0] for at in trials.inputs_of(table) if len(matched := trials.matched(table, at)) == 1}
        yield from (table.rules[number].id for number in _living(table) if number not in alone)


def _redundant(table: DecisionTable) -> Iterator[tuple[str, str]]:
    for number in _living(table):
        for line, when in enumerate(table.rules[number].when):
            for cell in when if _lives(table, number, line) else ():
                if _same(table, number, line, cell):
                    yield table.rules[number].id, cell


def _same(table: DecisionTable, number: int, line: int, cell: str) -> bool:
    one = table.rules[number]
    freed = tuple({name: tests for name, tests in when.items() if index != line or name != cell} for index, when in enumerate(one.when))
    rules = (*table.rules[:number], replace(one, when=freed), *table.rules[number + 1 :])
    wider = replace(table, rules=rules)
    return all(_ranked(table, trials.matched(table, at)) == _ranked(wider, trials.matched(wider, at)) for at in trials.inputs_of(table))


def _dead_key(finding: Finding) -> tuple[str, str]:
    words = finding.text.split()
    return (words[5], "Alternative " + words[1]) if words[0] == "Alternative" else (words[2], "rule")


QUESTIONS: dict[Kind, Callable[[DecisionTable], Iterator[object]]] = {
    Kind.GAP: _gap,
    Kind.OVERLAP: _overlaps,
    Kind.DISAGREEMENT: _disagreements,
    Kind.DEAD: _dead,
    Kind.NEVER_ALONE: _never_alone,
    Kind.NOT_ANALYSED: lambda _: iter(()),
}
KEYS: dict[Kind, Callable[[Finding], object]] = {
    Kind.GAP: lambda _: True,
    Kind.OVERLAP: lambda finding: finding.rules,
    Kind.DISAGREEMENT: lambda finding: finding.rules,
    Kind.DEAD: _dead_key,
    Kind.NEVER_ALONE: lambda finding: finding.text.split()[2],
    Kind.NOT_ANALYSED: lambda finding: finding.text,
}


@given(trials.tables())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_the_redundant_cells_are_those_of_brute_force(decision: Decision) -> None:
    found = {(finding.rules[0], finding.cell) for finding in of(Kind.REDUNDANT, decision) if finding.cell}
    assert found == set(_redundant(trials.table_of(decision)))
