"""Every hit policy, with and without a match, with one output and several, with defaults and priorities (DMN 1.5, 8.2.8)."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from cds.dmn import evaluation
from cds.dmn.evaluation import DecisionResult, HitPolicyViolation
from cds.dmn.feel import ast, parser
from cds.dmn.model import Clause, Decision, DecisionTable, HitPolicy, ItemDefinition, Rule, Source

NUMBER = ItemDefinition("number")
WORD = ItemDefinition("string", ("high", "middle", "low"))
LISTS = [HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT]
SINGLES = [HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST]


def decided(policy: HitPolicy, rows: Mapping[str, Mapping[str, str]], outputs: tuple[Clause, ...], value: int | None = 5) -> DecisionResult:
    """The table of these rows, the cell of `a` to the outputs, for a value of `a`; R-1 is the first."""
    rules = tuple(
        Rule(
            f"R-{number}",
            ({"a": parser.unary_tests(cell)},),
            {name: parser.expression(text, frozenset({"a"})) for name, text in then.items()},
            Source(),
        )
        for number, (cell, then) in enumerate(rows.items(), start=1)
    )
    table = DecisionTable(policy, (Clause("a", NUMBER),), outputs, rules)
    return evaluation.evaluate_decision(Decision("d", table, ("a",)), {"a": None if value is None else Decimal(value)})


WORDS = {"> 1": {"out": '"low"'}, "> 2": {"out": '"high"'}, "> 3": {"out": '"middle"'}, "> 9": {"out": '"high"'}}
COUNTS = {"> 1": {"out": "3"}, "> 2": {"out": "1"}, "> 3": {"out": "3"}, "> 9": {"out": "100"}}
ONE = (Clause("out", WORD),)
COUNTED = (Clause("out", NUMBER),)


def test_unique_takes_the_one_rule_that_matches() -> None:
    assert decided(HitPolicy.UNIQUE, {"< 3": {"out": '"low"'}, ">= 3": {"out": '"high"'}}, ONE).value == "high"


def test_any_gives_what_all_rules_that_match_agree_on() -> None:
    result = decided(HitPolicy.ANY, {"> 1": {"out": '"low"'}, "> 2": {"out": '"low"'}, "> 9": {"out": '"high"'}}, ONE)
    assert (result.value, result.rules) == ("low", ("R-1", "R-2"))


def test_any_refuses_rules_that_differ_by_name() -> None:
    with pytest.raises(HitPolicyViolation, match="R-1, R-2, R-3 match and differ") as caught:
        decided(HitPolicy.ANY, WORDS, ONE)
    assert caught.value.expression == "d"


def test_priority_takes_the_highest_output_whatever_the_order_of_rules() -> None:
    assert decided(HitPolicy.PRIORITY, WORDS, ONE).rules == ("R-2",)


def test_priority_goes_by_the_second_output_where_the_first_is_equal() -> None:
    rows = {"> 1": {"out": '"high"', "rate": '"slow"'}, "> 2": {"out": '"high"', "rate": '"fast"'}, "> 3": {"out": '"low"', "rate": '"fast"'}}
    both = (Clause("out", WORD), Clause("rate", ItemDefinition("string"), values=("fast", "slow")))
    assert decided(HitPolicy.PRIORITY, rows, both).value == {"out": "high", "rate": "fast"}
    assert decided(HitPolicy.OUTPUT_ORDER, rows, both).rules == ("R-2", "R-1", "R-3")


def test_priority_may_be_of_numbers() -> None:
    ranked = (Clause("out", NUMBER, values=(Decimal(3), Decimal(1))),)
    assert decided(HitPolicy.PRIORITY, COUNTS, ranked).rules == ("R-1",)


def test_rule_order_and_collect_give_all_outputs_in_the_order_of_rules() -> None:
    for policy in (HitPolicy.RULE_ORDER, HitPolicy.COLLECT):
        assert decided(policy, WORDS, ONE).value == ("low", "high", "middle")


def test_output_order_gives_all_outputs_by_priority_and_equals_in_the_order_of_rules() -> None:
    assert decided(HitPolicy.OUTPUT_ORDER, WORDS, ONE, 10).value == ("high", "high", "middle", "low")
    assert decided(HitPolicy.OUTPUT_ORDER, WORDS, ONE, 10).rules == ("R-2", "R-4", "R-3", "R-1")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(HitPolicy.COLLECT_SUM, 7), (HitPolicy.COLLECT_MIN, 1), (HitPolicy.COLLECT_MAX, 3), (HitPolicy.COLLECT_COUNT, 3)],
)
def test_collect_aggregates_the_outputs_of_all_rules_that_match(policy: HitPolicy, expected: int) -> None:
    assert decided(policy, COUNTS, COUNTED).value == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(HitPolicy.COLLECT_SUM, None), (HitPolicy.COLLECT_MIN, None), (HitPolicy.COLLECT_MAX, None), (HitPolicy.COLLECT_COUNT, 0)],
)
def test_an_aggregate_of_nothing_is_unknown_and_the_count_of_nothing_is_nought(policy: HitPolicy, expected: int | None) -> None:
    assert decided(policy, COUNTS, COUNTED, 0).value == expected


@pytest.mark.parametrize("policy", SINGLES)
def test_no_match_of_one_result_is_unknown(policy: HitPolicy) -> None:
    result = decided(policy, WORDS, ONE, 0)
    assert (result.value, result.rules, result.outputs) == (None, (), ())


@pytest.mark.parametrize("policy", LISTS)
def test_no_match_of_a_list_is_an_empty_list(policy: HitPolicy) -> None:
    assert decided(policy, WORDS, ONE, 0).value == ()


@pytest.mark.parametrize("policy", HitPolicy)
def test_the_default_is_the_result_of_no_match_and_no_rule_gave_it(policy: HitPolicy) -> None:
    defaulted = (Clause("out", NUMBER, default=ast.Constant(Decimal(7))),)
    result = decided(policy, COUNTS, defaulted, 0)
    assert result.value == ((7,) if policy in LISTS else 7)
    assert (result.rules, result.outputs) == ((), ())


def test_several_outputs_are_a_context_and_their_defaults_too() -> None:
    both = (Clause("out", WORD, default=ast.Constant("low")), Clause("rate", NUMBER))
    rows = {"> 1": {"out": '"high"', "rate": "a * 2"}}
    assert decided(HitPolicy.FIRST, rows, both).value == {"out": "high", "rate": 10}
    assert decided(HitPolicy.FIRST, rows, both, 0).value == {"out": "low", "rate": None}


def test_an_unknown_input_keeps_every_rule_open_and_matches_none() -> None:
    result = decided(HitPolicy.UNIQUE, {"< 3": {"out": '"low"'}, ">= 3": {"out": '"high"'}}, ONE, None)
    assert (result.value, [one.rule for one in result.undetermined]) == (None, ["R-1", "R-2"])


def test_a_default_that_is_unknown_does_not_fill_an_output_that_must_have_a_value() -> None:
    never = ItemDefinition("number", nullable=False)
    outputs = (Clause("out", never), Clause("other", NUMBER, default=ast.Constant(Decimal(1))))
    with pytest.raises(HitPolicyViolation, match=r"d\.out has no value"):
        decided(HitPolicy.FIRST, {"> 1": {"out": "1"}}, outputs, 0)
