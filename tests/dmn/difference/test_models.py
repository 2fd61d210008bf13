"""How two models differ, decision by decision, and changes planted in the tables of the content."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cds.dmn.difference import models
from cds.dmn.difference.findings import DecisionDifference, Region
from cds.dmn.feel import ast
from cds.dmn.model import Decision, DecisionModel, DecisionTable, HitPolicy, ItemDefinition, KnowledgeModel, LiteralExpression, Rule
from cds.releases import loading
from tests.dmn.analysis import trials
from tests.dmn.analysis.trials import rule

DRAFT = Path(__file__).parents[3] / "cds" / "content" / "low-back-pain" / "draft"


@pytest.fixture(scope="module")
def content() -> DecisionModel:
    return loading.draft(DRAFT, name="low-back-pain").model


def literal(name: str, expression: ast.Expression) -> Decision:
    return Decision(name, LiteralExpression("", expression, ItemDefinition("number")), ())


def small(*decisions: Decision, **inputs: ItemDefinition) -> DecisionModel:
    return DecisionModel("small", inputs, decisions)


def test_a_model_does_not_differ_from_itself(content: DecisionModel) -> None:
    found = models.difference(content, content)
    assert not found
    assert found.decisions == ()


def test_decisions_that_come_and_go_are_named() -> None:
    one, other = literal("one", ast.Constant(Decimal(1))), literal("other", ast.Constant(Decimal(1)))
    found = models.difference(small(one), small(other)).decisions
    assert [(each.decision, each.changes) for each in found] == [("other", ("the decision is new",)), ("one", ("the decision is gone",))]


def test_an_expression_that_changes_is_told_with_both_texts() -> None:
    found = models.difference(
        small(literal("one", ast.Name("age"))), small(literal("one", ast.Binary("+", ast.Name("age"), ast.Constant(Decimal(1)))))
    )
    assert [one.changes for one in found.decisions] == [("the expression was age and is age + 1",)]


def test_an_input_that_takes_other_words_or_numbers_is_told() -> None:
    old = small(
        pain=ItemDefinition("integer", (), Decimal(0), Decimal(10)),
        trend=ItemDefinition("string", ("better", "worse")),
        gone=ItemDefinition("number"),
    )
    new = small(pain=ItemDefinition("integer", (), Decimal(0)), trend=ItemDefinition("string", ("better", "same")), come=ItemDefinition("number"))
    assert models.difference(old, new).inputs == (
        "the input gone is gone",
        "the input come is new",
        "the input pain went from 0 to 10 and goes from 0 to no limit",
        "the input trend no longer allows worse and now allows same",
    )


def test_a_table_that_becomes_an_expression_is_told() -> None:
    table = trials.decision(["sure"], HitPolicy.UNIQUE, [rule("A", "low", {"sure": "a"})])
    found = models.difference(small(table), small(literal("trial", ast.Constant(None))))
    assert [one.changes for one in found.decisions] == [("was a table and is an expression",)]


def test_the_table_of_a_knowledge_model_is_compared_like_any_other() -> None:
    body = trials.decision(["sure"], HitPolicy.UNIQUE, [rule("A", "low", {"sure": "a"})]).logic
    other = trials.decision(["sure"], HitPolicy.UNIQUE, [rule("A", "top", {"sure": "a"})]).logic
    old, new = (replace(small(), knowledge=(KnowledgeModel("known", (), logic),)) for logic in (body, other))
    (found,) = models.difference(old, new).decisions
    assert [(region.cells, region.new.outputs) for region in found.regions] == [({"sure": "a"}, ({"out": ast.Constant("top")},))]


def planted(model: DecisionModel, name: str, change: Callable[[Rule], Rule], identifier: str) -> DecisionDifference:
    """The difference that one changed rule of one table makes; no other decision may differ."""
    decision = model.decision(name)
    assert isinstance(decision.logic, DecisionTable)
    rules = tuple(change(one) if one.id == identifier else one for one in decision.logic.rules)
    other = replace(decision, logic=replace(decision.logic, rules=rules))
    changed = replace(model, decisions=tuple(other if one is decision else one for one in model.decisions))
    (found,) = models.difference(model, changed).decisions
    assert (found.decision, found.not_proved) == (name, ())
    return found


def cell(name: str, text: str) -> Callable[[Rule], Rule]:
    """Puts another cell into every alternative of a rule that has one there."""

    def change(one: Rule) -> Rule:
        tests = trials.tests("", text)
        return replace(one, when=tuple({**when, name: tests} if name in when else when for when in one.when))

    return change


def output(name: str, value: str | Decimal) -> Callable[[Rule], Rule]:
    return lambda one: replace(one, then={**one.then, name: ast.Constant(value)})


def only(found: DecisionDifference) -> Region:
    (region,) = found.regions
    return region


def witness(region: Region, *names: str) -> Mapping[str, object]:
    return {name: region.witness[name] for name in names}


def test_a_higher_age_for_a_warning_sign_is_found_among_fifty_inputs(content: DecisionModel) -> None:
    region = only(planted(content, "red-flags", cell("age", ">= 65"), "MAL-2"))
    assert region.cells == {"age": "[60..64]", "rf-weight-loss": "yes"}
    assert (region.old.rules, region.new.rules) == (("MAL-2",), ())
    assert witness(region, "age", "rf-weight-loss") == {"age": Decimal(60), "rf-weight-loss": "yes"}


def test_a_lower_rank_of_a_warning_sign_is_found_wherever_it_matches(content: DecisionModel) -> None:
    region = only(planted(content, "red-flags", output("rank", Decimal(2)), "CES-1"))
    assert (region.cells, region.old.rules, region.new.rules) == ({"rf-saddle": "yes"}, ("CES-1",), ("CES-1",))


def test_the_days_of_a_band_that_move_by_one_leave_a_gap_of_one_day(content: DecisionModel) -> None:
    region = only(planted(content, "duration", cell("duration-days", "[14..20]"), "T-2"))
    assert (region.cells, region.old.rules, region.new.rules) == ({"duration-days": "21"}, ("T-2",), ())


def test_running_from_an_older_age_takes_over_from_every_later_rule(content: DecisionModel) -> None:
    found = planted(content, "running", cell("age", "< 18"), "R-00")
    assert {region.cells["age"] for region in found.regions} == {"[16..17]"}
    assert {region.new.rules for region in found.regions} == {("R-00",)}
    assert {rule for region in found.regions for rule in region.old.rules} >= {"R-02", "R-03", "R-13"}
