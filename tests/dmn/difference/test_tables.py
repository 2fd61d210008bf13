"""The regions in which two versions of a table decide differently, by hand and against brute force over every input."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cds.dmn.difference import tables
from cds.dmn.difference.findings import DecisionDifference, Region
from cds.dmn.feel import ast
from cds.dmn.model import Clause, Decision, DecisionTable, HitPolicy, ItemDefinition, Rule, Source
from tests.dmn.analysis import trials
from tests.dmn.analysis.trials import Input, rule

BAGS = (HitPolicy.COLLECT, HitPolicy.COLLECT_SUM, HitPolicy.COLLECT_MIN, HitPolicy.COLLECT_MAX, HitPolicy.COLLECT_COUNT)


def changed(old: Decision, *rules: Rule, **parts: Any) -> Decision:
    """The decision with other rules, or another part of its table."""
    table = trials.table_of(old)
    return replace(old, logic=replace(table, rules=rules or table.rules, **parts))


def seen(regions: Sequence[Region]) -> list[tuple[Mapping[str, str], tuple[str, ...], tuple[str, ...]]]:
    return [(region.cells, region.old.rules, region.new.rules) for region in regions]


def test_a_bound_that_moves_by_one_is_found_with_its_region_and_witness() -> None:
    old = trials.decision(["whole"], HitPolicy.FIRST, [rule("A", "low", {"whole": "< 2"}), rule("B", "top", {})])
    (region,) = tables.difference(old, changed(old, rule("A", "low", {"whole": "< 3"}), rule("B", "top", {})))
    assert (region.cells, region.witness) == ({"whole": "2"}, {"whole": Decimal(2)})
    assert (region.old.rules, region.new.rules) == (("B",), ("A",))
    assert (region.old.outputs, region.new.outputs) == (({"out": ast.Constant("top")},), ({"out": ast.Constant("low")},))


def test_a_rule_that_no_longer_takes_unknown_differs_only_there() -> None:
    old = trials.decision(["word"], HitPolicy.FIRST, [rule("A", "low", {"word": "not(a), unknown"}), rule("B", "top", {})])
    new = changed(old, rule("A", "low", {"word": "not(a, unknown)"}), rule("B", "top", {}))
    assert seen(tables.difference(old, new)) == [({"word": "unknown"}, ("A",), ("B",))]


def test_an_item_of_a_list_is_told_as_a_cell_and_unknown_is_not_without_it() -> None:
    old = trials.decision(["signs"], HitPolicy.COLLECT, [rule("A", "low", {"signs": "x, y"})])
    new = changed(old, rule("A", "low", {"signs": "x"}))
    assert seen(tables.difference(old, new)) == [({"signs": "y and not(x, unknown)"}, ("A",), ())]


def test_of_many_rules_that_all_count_only_the_one_that_changed_is_told() -> None:
    rules = [rule(f"R{number}", "low", {"whole": f"[{number % 5}..4]"}, {"number": f"< {number}"}) for number in range(20)]
    old = trials.decision(["whole", "number", "word"], HitPolicy.COLLECT, rules)
    new = changed(old, *rules[:7], replace(rules[7], then={"out": ast.Constant("top")}), *rules[8:])
    found = seen(tables.difference(old, new))
    assert sorted(found, key=str) == [({"number": "< 7"}, ("R7",), ("R7",)), ({"whole": "[2..4]"}, ("R7",), ("R7",))]


def test_a_rule_that_only_has_another_name_differs_with_the_same_outputs() -> None:
    old = trials.decision(["sure"], HitPolicy.UNIQUE, [rule("A", "low", {"sure": "a"}), rule("B", "top", {"sure": "b"})])
    (region,) = tables.difference(old, changed(old, rule("A", "low", {"sure": "a"}), rule("C", "top", {"sure": "b"})))
    assert (seen([region]), region.same_outputs) == ([({"sure": "b"}, ("B",), ("C",))], True)


def test_a_default_that_changes_differs_where_no_rule_matches() -> None:
    old = trials.decision(["sure"], HitPolicy.UNIQUE, [rule("A", "low", {"sure": "a"})])
    clause = replace(trials.table_of(old).outputs[0], default=ast.Constant("top"))
    found = tables.compare(old, changed(old, outputs=(clause,)))
    assert found.changes == ("the default of the output out differs",)
    assert seen(found.regions) == [({"sure": "b"}, (), ())]


def test_another_hit_policy_differs_where_rules_match_together() -> None:
    old = trials.decision(["sure"], HitPolicy.FIRST, [rule("A", "low", {"sure": "a"}), rule("B", "top", {})])
    found = tables.compare(old, changed(old, hit_policy=HitPolicy.UNIQUE))
    assert found.changes == ("the hit policy was FIRST and is UNIQUE",)
    assert [(region.cells, region.new.violation) for region in found.regions] == [({"sure": "a"}, True)]


def test_an_input_that_is_new_bounds_the_region() -> None:
    old = trials.decision(["sure"], HitPolicy.COLLECT, [rule("A", "low", {"sure": "a"})])
    inputs = (*trials.table_of(old).inputs, Clause("flag", ItemDefinition("boolean")))
    new = changed(old, replace(rule("A", "low"), when=({"sure": (ast.Equals("a"),), "flag": (ast.Equals(True),)},)), inputs=inputs)
    found = tables.compare(old, new)
    assert found.changes == ("the input flag is new",)
    assert seen(found.regions) == [({"sure": "a", "flag": "= false, unknown"}, ("A",), ())]


def test_an_input_that_reads_something_else_is_not_compared_and_says_so() -> None:
    old = trials.decision(["sure"], HitPolicy.UNIQUE, [rule("A", "low", {"sure": "a"})])
    found = tables.compare(old, changed(old, inputs=(replace(trials.table_of(old).inputs[0], expression=ast.Name("other")),)))
    assert [one.reason for one in found.not_proved] == ["the input sure reads another expression"]


def test_two_rules_that_change_places_differ_where_both_match_if_their_order_counts() -> None:
    rules = (rule("A", "low", {"word": "a, b"}), rule("B", "top", {"word": "b, c"}))
    old = trials.decision(["word"], HitPolicy.RULE_ORDER, rules)
    assert seen(tables.difference(old, changed(old, *rules[::-1]))) == [({"word": "b"}, ("A", "B"), ("B", "A"))]
    bag = trials.decision(["word"], HitPolicy.COLLECT, rules)
    found = tables.compare(bag, changed(bag, *rules[::-1]))
    assert found.regions == ()
    assert [change.partition(";")[0] for change in found.changes] == ["the rules come in another order"]


def test_a_test_that_is_no_constant_makes_a_region_that_is_not_certain() -> None:
    limit = (ast.Satisfies(ast.Binary("<", ast.Name("?"), ast.Name("limit"))),)
    one = Rule("A", ({"whole": limit},), {"out": ast.Constant("low")}, Source())
    old = trials.decision(["whole"], HitPolicy.FIRST, [one, rule("B", "low", {})])
    (region,) = tables.difference(old, changed(old, replace(one, then={"out": ast.Constant("top")}), rule("B", "low", {})))
    assert (region.certain, region.cells) == (False, {"whole": "< limit"})
    assert tables.difference(old, old) == ()


def test_a_comparison_that_takes_too_many_states_says_so() -> None:
    old = trials.decision(["sure", "word"], HitPolicy.FIRST, [rule("A", "low", {"sure": "a", "word": "a"}), rule("B", "top", {})])
    found = tables.compare(old, changed(old, rule("A", "low", {"sure": "a", "word": "b"}), rule("B", "top", {})), most=1)
    assert [one.reason for one in found.not_proved] == ["more than 1 states would have to be visited"]
    assert found


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Decision, Decision]:
    """A table and the same with one change: a cell, an output, a rule dropped or added, two rules exchanged."""
    old = draw(trials.tables())
    table = trials.table_of(old)
    rules = list(table.rules)
    number = draw(st.integers(0, len(rules) - 1))
    match draw(st.sampled_from(("cell", "cell", "cell", "output", "drop", "add", "exchange"))):
        case "cell":
            line = draw(st.integers(0, len(rules[number].when) - 1))
            when = list(rules[number].when)
            when[line] = dict(when[line]) | draw(trials.lines([clause.name for clause in table.inputs]))
            rules[number] = replace(rules[number], when=tuple(when))
        case "output":
            rules[number] = replace(rules[number], then=draw(st.sampled_from(rules)).then)
        case "drop":
            del rules[number]
        case "add":
            rules.insert(number, replace(rules[number], id="N"))
        case "exchange":
            rules[number], rules[-1] = rules[-1], rules[number]
    return old, replace(old, logic=replace(table, rules=tuple(rules)))


@given(pairs())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_regions_of_one_change_are_exactly_those_of_brute_force(versions: tuple[Decision, Decision]) -> None:
    require_exact(*versions)


@given(trials.tables(), st.data())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_regions_of_any_two_tables_over_the_same_inputs_are_exactly_those_of_brute_force(old: Decision, data: st.DataObject) -> None:
    table = trials.table_of(old)
    lines = trials.lines([clause.name for clause in table.inputs])
    rules = tuple(replace(one, when=tuple(data.draw(st.lists(lines, min_size=1, max_size=2)))) for one in table.rules)
    require_exact(old, changed(old, *rules))


def require_exact(old: Decision, new: Decision) -> None:
    """Fails unless the regions hold every input with a difference and no other, and each says what both versions give."""
    found = tables.compare(old, new)
    assert found.not_proved == ()
    first = tables.first(old, new)
    assert first in found.regions if found.regions else first is None
    for at in trials.inputs_of(trials.table_of(new)):
        inside = [region for region in found.regions if all(_in(name, text, at) for name, text in region.cells.items())]
        before, after = result(trials.table_of(old), at), result(trials.table_of(new), at)
        assert bool(inside) == (before != after), (at, inside, before, after)
        for region in inside:
            _require_told(region, found, before, after)
    for region in found.regions:
        assert all(_in(name, text, region.witness) for name, text in region.cells.items())


def _in(name: str, text: str, at: Input) -> bool:
    return all(trials.holds({name: trials.tests(name, part)}, at) for part in text.split(" and "))


Result = Sequence[tuple[str, Any]]


def _require_told(region: Region, found: DecisionDifference, before: Result, after: Result) -> None:
    old, new = ([*zip(side.rules, (one["out"] for one in side.outputs), strict=True)] for side in (region.old, region.new))
    if not found.each_rule:
        assert (old, new) == (list(before), list(after))
    else:
        assert set(old) <= set(before)
        assert set(new) <= set(after)


def result(table: DecisionTable, at: Input) -> Any:
    """The rules that give the result with their outputs: in order, or as a bag where the order does not count."""
    hits = [(table.rules[number].id, table.rules[number].then["out"]) for number in trials.matched(table, at)]
    if table.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
        hits.sort(key=lambda hit: trials.OUTPUTS.index(hit[1].value))  # type: ignore[union-attr]
    if table.hit_policy in (HitPolicy.FIRST, HitPolicy.PRIORITY):
        hits = hits[:1]
    return sorted(hits, key=str) if table.hit_policy in BAGS else hits
